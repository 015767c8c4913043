"""Long and hostile text: read as far as a bound that no letter reaches, in time that grows no faster than the text.

What was not read is known: such a mail goes to a person, and is neither refused nor decided for less than critical.
"""

from __future__ import annotations

import dataclasses
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from time import process_time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from inboxd import parsers, triage
from inboxd.documents import Application, Reason
from inboxd.mail import Body, Email, Facts, Taken
from inboxd.parsers.characters import clean, few_marks
from inboxd.parsers.html_text import html_to_text
from inboxd.parsers.message import read
from inboxd.parsers.reach import BESIDE, DECIDING, TOO_LONG, beginning, within
from inboxd.plan import Category, Plan, Route
from inboxd.settings import LimitSettings, read_settings
from inboxd.triage import Rules
from inboxd.triage.circumstances import Page
from inboxd.triage.folding import fold
from inboxd.triage.horizon import mentions
from inboxd.triage.notes import LETTERS_MOST
from inboxd.triage.rulebook import Kind
from tests.office import GATEWAY, INBOX, Server, write_office
from tests.remembered import read_rules
from tests.unit.raw_mail import HEAD, HTML, PLAIN, message, mixed

NOW = datetime(2026, 11, 18, 15, 0, tzinfo=UTC)
STATUS = "What is the status of the application?"
CRITICAL = "She will be removed from Canada tomorrow."
PASSPORT = "Our constituent would like to renew her Canadian passport and asks where the passport office is."
FILLER = "The family waits and hopes. "
UNFOLDS = "\ufdfa"
"""NFKC makes eighteen characters of it."""
IN_DISORDER = "\u0301\u0323"
"""Two marks that each normalisation has to sort."""
SUBMITS = "MCMPS attachment - Fichier joint CMDS E123456789"


@pytest.fixture(scope="module")
def both_readers(tmp_path_factory: pytest.TempPathFactory) -> Rules:
    root: Path = tmp_path_factory.mktemp("office")
    server = Server(port=1, username="u", password="p")
    return read_rules(read_settings(write_office(root, imap=server, smtp=Server(port=2))))[0]


@pytest.fixture(scope="module")
def rules(both_readers: Rules) -> Rules:
    """The criteria alone, so that what is learned does not matter here."""
    return dataclasses.replace(both_readers, second_reader=None)


def raw_of(text: str, *, subject: str = "A question", kind: str = "text/plain") -> bytes:
    head = (
        f"Authentication-Results: {GATEWAY}; dmarc=pass header.from=parl.example\r\n"
        f"From: staff.rivers@parl.example\r\nTo: {INBOX}\r\nSubject: {subject}\r\nMessage-ID: <long@parl.example>\r\n"
        f"Content-Type: {kind}; charset=utf-8\r\n\r\n"
    )
    return head.encode() + text.encode()


def email_of(raw: bytes, rules: Rules) -> Email:
    chosen = rules.settings
    return parsers.parse(raw, digest="d", limits=chosen.limits, office=chosen.office,
                         senders=chosen.senders, two_letter_prefixes=("EP",))  # fmt: skip


def decided(email: Email, rules: Rules, record: Application | None = None) -> Plan:
    taken = Taken(mail_id=1, digest="d", size=1, account="main", folder="INBOX", arrived_at=NOW, attempts=1)
    facts = Facts.of_an_empty_store(taken, application=record)
    return triage.decide(email, facts, rules, NOW)


def body(**texts: str) -> Body:
    none = dict.fromkeys(("full", "new", "quoted", "signature", "forwarded"), "")
    return Body(**{**none, **texts}, html_only=False, links=())


# What is read


@given(st.text(st.characters(codec="utf-8"), max_size=60), st.integers(0, 80))
@example(UNFOLDS * 3, 37)
@example("e\u0301" * 700, 1030)
def test_the_beginning_is_the_longest_that_fits(text: str, most: int) -> None:
    read, size = beginning(text, most)
    assert text.startswith(read)
    assert len(unicodedata.normalize("NFKD", read)) == size <= most
    assert len(unicodedata.normalize("NFKC", read)) <= most
    assert read == text or len(unicodedata.normalize("NFKD", text[: len(read) + 1])) > most


def test_new_words_come_first_and_quoted_text_is_cut_first() -> None:
    whole = body(full="f" * 900_000, new="n" * DECIDING, forwarded="g" * 10, quoted="q" * 900_000, signature="s" * 10)
    found, defects = within(whole)
    assert (found.new, found.forwarded, found.signature) == (whole.new, "", whole.signature)
    assert len(found.quoted) == BESIDE - 10
    assert defects == (TOO_LONG,)


def test_a_real_thread_is_read_whole(rules: Rules) -> None:
    quoted = "\r\n".join(f"> {FILLER * 3}" for _ in range(2_000))
    found = email_of(raw_of(f"{STATUS}\r\n\r\nOn 2026-11-03, Office <o@parl.example> wrote:\r\n{quoted}\r\n"), rules)
    assert found.body.new == STATUS
    assert len(found.body.quoted) > 150_000
    assert TOO_LONG not in found.defects


def test_words_below_a_long_quote_are_read(rules: Rules) -> None:
    quoted = "\r\n".join(f"> {FILLER * 3}" for _ in range(10_000))
    found = email_of(raw_of(f"{quoted}\r\n\r\n{CRITICAL}\r\n"), rules)
    assert found.body.new == CRITICAL
    assert TOO_LONG in found.defects
    assert decided(found, rules).cases[0].category is Category.CRITICAL


@pytest.mark.parametrize("kind", ["text/plain", "text/html"])
@pytest.mark.parametrize("filler", [FILLER, UNFOLDS, "é ", "x"])
def test_whatever_the_text_is_made_of_no_more_than_the_bound_is_read(kind: str, filler: str, rules: Rules) -> None:
    found = email_of(raw_of(filler * (900_000 // len(filler)), kind=kind), rules)
    assert TOO_LONG in found.defects
    assert len(unicodedata.normalize("NFKC", found.body.new + found.body.forwarded)) <= DECIDING
    assert len(fold(found.body.new).text) <= 2 * DECIDING


def test_many_texts_are_no_more_than_one() -> None:
    for part, form in ((PLAIN, "plain"), (HTML, "html")):
        found = message(mixed(*[part + b"word " * 100_000] * 30))
        assert "body_too_long" in found.defects
        assert 2_000_000 < len(getattr(found, form)) <= 2 * 1024 * 1024 + 30


# What becomes of it


def test_a_mail_that_was_cut_is_never_refused(rules: Rules, both_readers: Rules) -> None:
    for words in (STATUS, PASSPORT):
        short = decided(email_of(raw_of(words), rules), rules)
        assert short.verdict.route is Route.PASSPORT or short.cases[0].category is Category.NOT_MET
        email = email_of(raw_of(f"{words}\n\n" + f"{FILLER}\n\n" * 60_000), rules)
        for long in (decided(email, rules), decided(email, both_readers)):
            assert long.verdict.route is Route.ENQUIRY
            assert long.cases[0].category is Category.REVIEW
            assert not any(reply.template in ("not_met", "passport") for reply in long.replies)


def test_what_is_critical_in_a_mail_that_was_cut_is_critical(rules: Rules) -> None:
    found = decided(email_of(raw_of(CRITICAL + FILLER * 60_000), rules), rules)
    assert found.cases[0].category is Category.CRITICAL


def test_less_than_critical_is_not_decided_by_half_a_text(rules: Rules) -> None:
    rows = [row for row in rules.criteria.rows if row.category in (Kind.CRITICAL, Kind.URGENT, Kind.COMPLEX)]
    pressing = 0
    for words in (words for row in rows for words in (*row.must_hit_en, *row.must_hit_fr)):
        whole = email_of(raw_of(words), rules)
        category = decided(whole, rules).cases[0].category
        cut = decided(dataclasses.replace(whole, defects=(TOO_LONG,)), rules).cases[0].category
        assert cut is (Category.CRITICAL if category is Category.CRITICAL else Category.REVIEW)
        pressing += category in (Category.URGENT, Category.COMPLEX)
    assert pressing > 20


def test_documents_beside_a_text_that_was_cut_wait_for_a_person(rules: Rules) -> None:
    found = email_of(raw_of("UCI 11-2222-3333 " * 60_000, subject=SUBMITS), rules)
    plan = decided(found, rules, Application(number="E123456789", uci="1122223333"))
    assert plan.submission is not None
    assert plan.held is Reason.UNREADABLE


# Marks


@given(st.text(st.sampled_from("ae \u0301\u0323\u200b\u115f\u3099\uff9e\uff9f\u302e\ufe0f—中"), max_size=400))
def test_no_letter_keeps_more_marks_than_can_be_sorted_in_no_time(text: str) -> None:
    kept = few_marks(text)
    assert few_marks(kept) == kept
    run = longest = 0
    for sign in unicodedata.normalize("NFKD", clean(kept)):
        run = run + 1 if unicodedata.combining(sign) else 0
        longest = max(longest, run)
    assert longest <= 60
    assert [sign for sign in kept if sign in "ae —中"] == [sign for sign in text if sign in "ae —中"]


def test_letters_with_their_marks_stay_as_they_are() -> None:
    for text in ("Zoe\u0308 Co\u0302te\u0301", "ti\u0323\u0302ng Vie\u0323\u0302t", "שָׁלוֹם", "हिन्दी", "ｶﾞ" * 50, "—" * 9):
        assert few_marks(text) == text


@pytest.mark.parametrize(
    "marks", [IN_DISORDER, "\u0301\uff9e", IN_DISORDER * 10 + "\u115f", IN_DISORDER * 10 + "\u200b"]
)
def test_a_megabyte_of_marks_in_disorder_takes_no_time(marks: str, rules: Rules) -> None:
    long = "a" + marks * (400_000 // len(marks))
    entities = "".join(f"&#{ord(sign)};" for sign in marks) * (150_000 // len(marks))
    name = f"Content-Disposition: attachment; filename*=utf-8''{'a%CC%81%CC%A3' + '%CC%81%CC%A3' * 1300}.pdf\r\n\r\nx"
    started = process_time()
    for raw in (
        raw_of(long),
        raw_of(long, kind="text/html"),
        raw_of(f"<p>a{entities}", kind="text/html"),
        raw_of("x", subject=long[:60_000]),
        raw_of("UCI", subject=f"{SUBMITS} {long[:3000]}"),
        mixed(*[name.encode()] * 50),
    ):
        decided(email_of(raw, rules), rules)
    assert process_time() - started < 8


# The same in less time


@given(st.text(st.sampled_from("aÉ.\n !-\ufdfa\u0301Mr"), max_size=200), st.integers(0, 120))
def test_a_text_that_is_folded_in_part_is_folded_as_if_it_were_whole(text: str, most: int) -> None:
    part, whole = fold(text, most), fold(text)
    assert whole.text.startswith(part.text)
    assert list(part.offsets) == list(whole.offsets[: len(part.text)])
    assert len(part.text) <= most
    assert part.whole == (part.text == whole.text) or not part.whole
    assert part.whole or len(whole.text) + 20 > most
    assert part.breaks[-1] == len(part.text)
    assert set(part.breaks[:-1]) <= set(whole.breaks)


@given(st.lists(st.sampled_from(["on 2026-11-19 ", "tomorrow ", "le 24 ", "x. ", "y "]), max_size=30), st.data())
def test_the_dates_of_a_stretch_are_those_that_begin_in_it(words: list[str], data: st.DataObject) -> None:
    folded = fold("".join(words))
    page = Page(folded, (), mentions(folded.text, date(2026, 11, 18)), {}, 2026)
    start, end = sorted((data.draw(st.integers(0, len(folded.text))), data.draw(st.integers(0, len(folded.text)))))
    assert page.dates(start, end) == tuple(each for each in page.mentions if start <= each.start < end)


LONG: dict[str, Callable[[int], str]] = {
    "sentences": lambda size: "will be removed from Canada tomorrow. " * (size // 38),
    "dates": lambda size: "removal on 2026-11-19, 19/11/2026, November 19, 2026. " * (size // 55),
    "heads of forwarded mails": lambda size: "From: a\nSent: b\nTo: c\nSubject: d\n\n" * (size // 35),
    "words of 999 letters": lambda size: ("x" * 999 + " ") * (size // 1000),
    "marks": lambda size: "a" + IN_DISORDER * (size // 2),
    "what unfolds": lambda size: UNFOLDS * size,
}


@pytest.mark.parametrize("what", LONG)
def test_reading_takes_time_in_step_with_the_text(what: str, rules: Rules) -> None:
    def cost(size: int) -> float:
        raw = raw_of(LONG[what](size))
        started = process_time()
        decided(email_of(raw, rules), rules)
        return process_time() - started

    cost(1000)
    assert cost(DECIDING) < 12 * max(0.05, cost(DECIDING // 4))
    assert cost(8 * DECIDING) < 8


@given(st.lists(st.sampled_from([1, 150, 199, 200, 201, 999, 1000, 1001, 2500]), max_size=8), st.booleans())
@settings(max_examples=50)
def test_words_that_no_person_writes_are_put_on_lines(lengths: list[int], blanks: bool) -> None:
    sign, other, most = (" ", "x", 200) if blanks else ("x", " ", 1000)
    text = other.join(sign * length for length in lengths)
    found = read(HEAD + PLAIN + text.encode(), LimitSettings()).plain
    assert found.replace("\n", "") == text
    assert all(len(run) <= most for run in found.replace("\n", other).split(other))


def test_html_gives_no_more_than_is_read_of_a_text() -> None:
    assert len(html_to_text("<p>" + "&#x301;&#x323;" * 50_000)) == 30
    assert LETTERS_MOST >= DECIDING
