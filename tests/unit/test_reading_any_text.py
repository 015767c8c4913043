"""Reading any text, also hostile text: the same twice, in bounded time, and pointing at the sender's own words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inboxd.plan import Category
from inboxd.triage import phrases
from inboxd.triage.folding import fold
from inboxd.triage.phrases import PLACES_MOST, PhraseBook, pattern_of
from inboxd.triage.rulebook import Criteria
from inboxd.triage.upkeep import samples
from tests.unit.enquiries import CRITERIA, asked

_PIECES = st.sampled_from(
    ["She is on life support", "removal", "tomorrow", "le 24", "n'est pas", "not", "if he were", "Où en est", "status",
     "funérailles", "in 2019", "«", "—", "\n\n", "\n- ", "e\u0301", "ŒUVRE", "Mr.", ".",
     "!", "\u202f", "\u200b", "ﬁ", "½",
     "𝔘", "\udc80", "中", "ß", "İ", "31/12", "2026-02-30", "[", "(", "*", "\x00"]
)  # fmt: skip
_TEXTS = st.one_of(st.text(max_size=300), st.lists(_PIECES, max_size=40).map(" ".join), st.lists(_PIECES).map("".join))


@settings(max_examples=150, deadline=None)
@given(text=_TEXTS, subject=_TEXTS, forwarded=_TEXTS, name=st.text(max_size=30))
def test_any_text_is_read_the_same_twice_and_points_at_its_words(
    text: str, subject: str, forwarded: str, name: str
) -> None:
    first = asked(text, subject=subject, files=(name,), forwarded=forwarded)
    assert first == asked(text, subject=subject, files=(name,), forwarded=forwarded)
    where = {"new": text, "subject": subject, "forwarded": forwarded}
    for hit in (*first.hits, *first.topics):
        assert hit.words
        if hit.where in where:
            assert where[hit.where][hit.start : hit.start + len(hit.words)] == hit.words
    if first.category is Category.NOT_MET:
        assert first.not_met_topics
        assert not first.hits
        assert not first.uncertain


@settings(max_examples=150, deadline=None)
@given(text=_TEXTS)
def test_folding_keeps_places(text: str) -> None:
    folded = fold(text)
    assert folded.text.isascii()
    assert len(folded.offsets) == len(folded.text)
    assert list(folded.offsets) == sorted(folded.offsets)
    assert folded.breaks[-1] == len(folded.text)


def test_a_hostile_text_is_read_in_bounded_time_and_not_refused() -> None:
    """Every phrase of the file, and one phrase without end: seconds, never a refusal."""
    packaged = (Path(__file__).parents[2] / "config" / "criteria.toml").read_text(encoding="utf-8")
    for text in (packaged, "Any update on the file? " * 20_000, "le 24 " * 40_000, "not (" * 40_000):
        started = process_time()
        assert asked(text).category in (None, Category.CRITICAL)
        assert process_time() - started < 30


def test_words_are_shown_as_the_sender_wrote_them() -> None:
    text = "Bonjour,\nil est DE\u0301TENU   par\nl’ASFC depuis hier."
    hit = next(hit for hit in asked(text).hits if hit.criterion == "CR-02" and hit.words.startswith("DE"))
    assert hit.words == "DE\u0301TENU   par"
    assert text[hit.start :].startswith(hit.words)


def test_a_pass_that_gives_no_answer_is_replaced_by_one_search_for_each_phrase() -> None:
    """RE2 answers "nothing" when it runs out of memory; the words after every text tell that from an answer."""
    book = PhraseBook(["life support", "flood*"])
    whole = book._filter_for(0)

    class Dumb:
        def Match(self, data: bytes) -> None:  # noqa: N802 - the library's name
            return None

        def re(self, index: int) -> object:
            return whole.re(index)

    book._filter = Dumb()
    assert [match.index for match in book.find(fold("A flood, and life support."))] == [0, 1]


_ENTRIES = CRITERIA._entries
_PHRASES = st.lists(st.sampled_from(_ENTRIES).flatmap(lambda entry: st.sampled_from(samples(entry[2]))), max_size=6)
_BETWEEN, _SIGNS = " ,:;\"'()/*_~-", "$%&@#+"
_SPELLED_OUT = {"[ _]{1,4}": f"[{_BETWEEN}]{{1,4}}", "[%&0-9a-z]+": f"[a-z0-9{_SIGNS}]+"}
"""What a book writes as one before it looks is one of these."""


def _alone(phrase: str) -> re.Pattern[str]:
    """One phrase, to be looked for in a text as it stands."""
    pattern = pattern_of(phrase)
    for short, long in _SPELLED_OUT.items():
        pattern = pattern.replace(short, long)
    return re.compile(pattern)


_EACH_ALONE = [_alone(phrase) for _, _, phrase in _ENTRIES]
_OTHERWISE_PARTED = st.tuples(
    _PHRASES.map(", ".join), st.sampled_from(_BETWEEN + _SIGNS + ".\n"), st.integers(1, 5)
).map(lambda drawn: drawn[0].replace(" ", drawn[1] * drawn[2]))


@settings(max_examples=60, deadline=None)
@given(texts=st.lists(st.one_of(_TEXTS, _PHRASES.map(", ".join), _OTHERWISE_PARTED), max_size=3))
def test_one_pass_finds_what_each_phrase_finds_by_itself(texts: list[str]) -> None:
    """Places and all, as another engine finds them."""
    folded = fold("\n\n".join(texts))
    each = [
        (index, found.start(), found.end())
        for index, pattern in enumerate(_EACH_ALONE)
        for found in islice(pattern.finditer(folded.text), PLACES_MOST)
    ]
    assert [(match.index, match.start, match.end) for match in CRITERIA._book.find(folded)] == each


@pytest.mark.parametrize("sign", [chr(code) for code in range(32, 127)])
def test_each_sign_parts_words_or_stands_in_one_as_the_language_of_phrases_says(sign: str) -> None:
    written = ["life support", "flight ... tomorrow"]
    book, alone = PhraseBook(written), [_alone(phrase) for phrase in written]
    texts = (
        f"life{sign}support",
        f"life {sign * 3}support",
        f"{sign}life support{sign}",
        f"flight {sign} tomorrow",
        f"flight a{sign}b tomorrow",
        f"flight a{sign}b{sign}c d e f tomorrow",
    )
    for text in texts:
        folded = fold(text)
        each = [(index, *found.span()) for index, way in enumerate(alone) for found in way.finditer(folded.text)]
        assert [(match.index, match.start, match.end) for match in book.find(folded)] == each, text
    assert bool(list(book.find(fold(f"life{sign}support")))) == (sign in _BETWEEN + "`")


def test_what_was_learned_of_texts_is_let_go_in_time_and_nothing_is_found_otherwise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An automaton grows with each text that it reads."""
    made = []

    def make(patterns: Sequence[bytes]) -> object:
        made.append(patterns)
        return filter_of(patterns)

    filter_of = phrases._filter_of
    monkeypatch.setattr(phrases, "_filter_of", make)
    monkeypatch.setattr(phrases, "FORGET_AFTER", 100)
    book = PhraseBook(["life support", "flood*"])
    text = fold("A flood, and life support. " * 3)
    for _ in range(6):
        assert [match.index for match in book.find(text)] == [0, 0, 0, 1, 1, 1]
    assert len(made) == 3  # after every second one


def test_criteria_cannot_be_changed() -> None:
    criteria: Criteria = CRITERIA
    with pytest.raises(AttributeError):
        criteria.version = "x"  # type: ignore[misc]  # the point of the test
    with pytest.raises(Exception, match="frozen"):
        criteria.rows[0].id = "CR-99"
