"""The words of the desk: the same in both languages, none missing, none too many."""

from __future__ import annotations

import re
from pathlib import Path

from inboxd.console import wording
from inboxd.console.arriving import PROBLEMS

CONSOLE = Path(wording.__file__).parent
BY_CODE = ("again.", "state.", "done.", "error.", "act.", "nav.", "part.", "role.", "account.", "effect.", "incident.",
           "version.", "stopped.", "kind.", "not_in.")
BY_LANGUAGE = {"texts.en", "texts.fr"}
"""Sections whose keys are put together from a code."""


def test_both_languages_say_the_same_things() -> None:
    english, french = (wording.read_words(language) for language in wording.LANGUAGES)
    assert list(english) == list(french)
    for key, text in english.items():
        assert text.strip()
        assert set(re.findall(r"\{\w+\}", text)) == set(re.findall(r"\{\w+\}", french[key])), key
    same = {key for key, text in english.items() if text == french[key]}
    assert len(same) < len(english) / 8, same


def test_every_word_that_a_page_says_is_there_and_none_is_left_over() -> None:
    texts = [path.read_text(encoding="utf-8") for path in (*CONSOLE.glob("*.py"), *(CONSOLE / "pages").iterdir())]
    used = {key for text in texts for key in re.findall(r"\"([a-z_]+\.[a-z_]+)\"", text)}
    known = set(wording.read_words("en"))
    sections = {key.partition(".")[0] for key in known}
    assert {key for key in used if key.partition(".")[0] in sections} - known == set()
    assert {key for key in known - used - BY_LANGUAGE if not key.startswith(BY_CODE)} == set()


def test_whoever_is_not_let_in_is_told_why() -> None:
    told = {key.removeprefix("not_in.") for key in wording.read_words("fr") if key.startswith("not_in.")}
    assert told == PROBLEMS | {"wrong", "no_local"}


def test_french_has_its_spaces_and_apostrophes() -> None:
    texts = wording.read_words("fr").values()
    assert [text for text in texts if "'" in text or re.search(r" [:;?!]", text)] == []


def test_no_page_joins_words_with_a_mark_of_one_language() -> None:
    """A colon behind words is `site.colon`, a per cent or a quotation mark comes from the words or the style."""
    wrong = []
    for path in sorted((CONSOLE / "pages").glob("*.j2")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            # what a reader sees: no attribute that only the browser reads, and no words of a script's settings
            shown = re.sub(r"<meta [^>]*>|hx-[a-z]+=\"[^\"]*\"", "", line)
            if re.search(r"(?:\}\}|%\}|>|\w|\))\s?:(?:\s|$|<|\{)|[«»“”]|\}\}\s?%(?!\})|\w\s:\s", shown):
                wrong.append(f"{path.name}:{number}")
    assert wrong == []


def test_the_colon_of_each_language() -> None:
    assert wording.read_words("en")["site.colon"] == ": "
    assert wording.read_words("fr")["site.colon"] == "\N{NO-BREAK SPACE}: "


def test_french_from_the_office_is_shown_as_the_desk_writes_it() -> None:
    assert wording.typeset("l'ASFC : 24 h", "fr") == "l’ASFC\N{NO-BREAK SPACE}: 24\N{NO-BREAK SPACE}h"
    assert wording.typeset("the member's: 24 h", "en") == "the member's: 24 h"
