"""Ways to write a bad template, each refused with its file, its line and a sentence that says what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from inboxd.mail import Language
from inboxd.replies import NOTICES, Templates, Text
from inboxd.replies.checking import check
from inboxd.replies.collection import PACKAGED, assemble
from inboxd.replies.layout import LONGEST_TEXT, flaws_in_text, links_in
from inboxd.replies.page import packaged
from inboxd.replies.sandbox import Source, environment

DOUBLED = "{% for a in [1,2,3,4,5,6,7,8,9,0] %}" * 8 + "x" + "{% endfor %}" * 8
BOTH = {
    "a mark that is not closed": ("{{ number", 4, "expected token 'end of print statement', got 'We'"),
    "a block that is not closed": ("{% if number %}", 12, "Unexpected end of template"),
    "an unknown name": ("{{ nubmer }}", 3, "nubmer: is not a value of the notice receipt; it has confirmed"),
    "a loop in a loop": (DOUBLED, 3, "goes on for too long"),
    "an attribute of Python": ("{{ number.__class__ }}", 3, "__class__: is not for templates"),
    "the same by an index": ("{{ files['__init__'] }}", 3, "__init__: is not for templates"),
    "the same by a filter": ("{{ number | attr('__class__') }}", 3, "attr: is not a filter"),
    "a call": ("{{ number.format(1) }}", 3, "calls, macros, imports"),
    "a text that multiplies": ("{{ number * 100000000 }}", 3, "a template cannot call functions or calculate"),
    "a part that is none": ('{% include "/etc/passwd" %}', 3, "include a part by its literal name"),
    "markup": ("Please <b>read</b> this.", 3, "holds '<b>': notices are plain text"),
    "a code of a page": ("Terms&nbsp;apply.", 3, "holds '&nbsp;': notices are plain text"),
    "a script": ("<script>alert(1)</script>", 3, "holds '<script>'"),
    "a link without encryption": ("See http://www.parl.example/help.", 3, "must begin with https://"),
    "a link that runs": ("javascript:alert(1)", 3, "must begin with https://"),
    "a link without a beginning": ("See www.parl.example.", 3, "write www.parl.example. with https:// before it"),
    "a link that lies": ("https://ircc.example@evil.example/", 3, "it leads elsewhere than it seems to"),
    "a link to nowhere": ("https://localhost/help", 3, "has no host that a reader could reach"),
    "a link that never ends": ("https://www.parl.example/" + "x" * 400, 3, "longer than 400 letters"),
    "letters that turn round": ("abc\u202ecba", 3, "holds right-to-left override"),
    "a letter of no width": ("ab\u200bc", 3, "holds zero width space"),
    "a tab": ("a\tb", 3, "holds a tab"),
    "brackets left over": ("{ number }", 3, "'{ number }' would stand in what the reader gets"),
    "a line that hides the rest": ("-- ", 3, "hides all that follows"),
}
"""Put in as the third line of the receipt in both languages; line and sentence of what its author is told."""
ONE = {
    "another value": ('{{ links | join(", ") }}', "links: is used in en/receipt.txt.j2 and not here"),
    "another link": ("See https://www.parl.example/help", "has 0 links, and the English text 1"),
}
"""Put in in English only; what is wrong with the French file then."""


@pytest.fixture(scope="module")
def sound() -> Templates:
    return packaged()


def told(sound: Templates, english: str, french: str, notice: str = "receipt") -> list[str]:
    """What the author hears who puts these lines in behind the subject."""
    own = {}
    for language, line in (("en", english), ("fr", french)):
        subject, empty, rest = (PACKAGED / language / f"{notice}.txt.j2").read_text(encoding="utf-8").split("\n", 2)
        place = f"{language}/{notice}.txt.j2"
        own[place] = Source(path=Path(place), text="\n".join([subject, empty, line, rest]))
    return wrong(sound, own, notice)


def wrong(sound: Templates, own: dict[str, Source], notice: str) -> list[str]:
    collection, problems = assemble(own, Path())
    made = {
        language: environment(language, collection.files[language], collection.words[language], sound.zone,
                              dict(sound.environments[language].globals))
        for language in Language if language is not Language.BOTH
    }
    return [str(problem) for problem in (*problems, *check(collection, made, frozenset([notice])))]


@pytest.mark.parametrize("kind", BOTH)
def test_a_bad_text_is_refused_at_its_line(sound: Templates, kind: str) -> None:
    line, number, sentence = BOTH[kind]
    for place in ("en/receipt.txt.j2", "fr/receipt.txt.j2"):
        found = [each for each in told(sound, line, line) if each.startswith(f"{place}:{number}: ")]
        assert any(sentence.replace("'We'", "'Nous'" if place[0] == "f" else "'We'") in each for each in found), found


@pytest.mark.parametrize("kind", ONE)
def test_both_languages_say_the_same(sound: Templates, kind: str) -> None:
    line, sentence = ONE[kind]
    found, = told(sound, line, "")
    assert found.startswith("fr/receipt.txt.j2: ")
    assert sentence in found


def test_a_notice_about_a_case_shows_its_reference(sound: Templates) -> None:
    text = "{}: Closed\n\nReply by {{{{ reply_by | when }}}}.\n"
    own = {
        f"{language}/ack_urgent.txt.j2": Source(path=Path(f"{language}/ack_urgent.txt.j2"), text=text.format(subject))
        for language, subject in (("en", "Subject"), ("fr", "Objet "))
    }
    assert [each for each in wrong(sound, own, "ack_urgent") if "{{ reference }}" in each] == [
        f"{language}/ack_urgent.txt.j2: does not show the reference; a notice about a case says {{{{ reference }}}}"
        for language in ("en", "fr")]


def test_what_an_office_may_well_write_is_not_refused(sound: Templates) -> None:
    line = "See https://www.parl.example/help?lang=en#top, or write to <help@parl.example> (a < b & c > d)."
    assert told(sound, line, line.replace("See", "Voir")) == []


def test_a_text_that_is_too_long_is_refused_as_a_text_and_not_for_what_a_sender_wrote() -> None:
    long = Text(subject="s" * 200, body="word " * (LONGEST_TEXT // 5 + 1))
    assert len(list(flaws_in_text(long, {}))) == 2
    assert list(flaws_in_text(long, {}, is_sample=False)) == []


def test_links_are_counted_without_what_a_value_brings() -> None:
    assert links_in("{{ booking_url }} https://a.example/x. (https://b.example/)") == [
        "https://a.example/x", "https://b.example/"]


def test_the_packaged_texts_pass_all_of_it(sound: Templates) -> None:
    assert set(sound.versions) == set(NOTICES)
