"""Several cases in one mail: what is set apart and what stays whole, and that no word is lost on the way."""

from __future__ import annotations

from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inboxd.parsers.references import application_numbers
from inboxd.triage.several import Division, divide
from tests.unit.matters import ONE, SEVERAL


def divided(text: str, subject: str = "") -> Division | None:
    return divide(text, subject, application_numbers(text, ("EP",), subject=subject))


def own_words(division: Division | None) -> list[str]:
    return [division.text[matter.start : matter.end].strip() for matter in division.matters] if division else []


@pytest.mark.parametrize("name", SEVERAL)
def test_separate_matters_are_set_apart(name: str) -> None:
    subject, text, count = SEVERAL[name]
    division = divided(text, subject)
    assert division is not None
    assert len(division.matters) == count
    for number in application_numbers(text, ("EP",)):
        holders = [matter for matter in division.matters if number in matter.numbers]
        assert len(holders) == 1, number
        assert number in text[holders[0].start : holders[0].end]


@pytest.mark.parametrize("name", ONE)
def test_one_matter_stays_whole(name: str) -> None:
    subject, text = ONE[name]
    assert own_words(divided(text, subject)) == []


def test_words_before_the_first_and_behind_the_last_belong_to_all() -> None:
    subject, text, _ = SEVERAL["lettered"]
    division = divided(text, subject)
    assert division is not None
    assert division.head == "Bonjour,\n\n"
    assert division.tail == "Merci"
    second = division.words_of(division.matters[1])
    assert second.text == "Bonjour,\n\nb) Mme Lin Bouchard-Zhao, S444555666 : tout est là?\n\nMerci"


def test_a_sentence_about_all_of_them_is_not_the_last_ones_own() -> None:
    division = divided("1. Mr. Castell, E123456789.\n2. Ms. Birk, W111222333, waits. Both are to be removed on Friday.")
    assert division is not None
    assert division.tail == "Both are to be removed on Friday."
    assert all("removed" in division.words_of(matter).text for matter in division.matters)


def test_what_goes_on_about_the_last_one_is_its_own_where_items_have_paragraphs() -> None:
    text = ("1) Mr. Castell, E123456789.\n\nHis file is old.\n\n2) Ms. Birk, W111222333.\n\nShe is in hospital.\n\n"
            "Please call us.")  # fmt: skip
    division = divided(text)
    assert division is not None
    assert own_words(division)[1] == "2) Ms. Birk, W111222333.\n\nShe is in hospital."
    assert division.tail == "Please call us."
    short = divided("1) Mr. Castell, E123456789.\n\n2) Ms. Birk, W111222333.\n\nShe is in hospital.")
    assert short is not None
    assert short.tail == "She is in hospital.", "it is not sure whose it is: it counts for both"


def test_family_members_are_one_case_beside_another_persons() -> None:
    subject, text, _ = SEVERAL["a couple and another"]
    division = divided(text, subject)
    assert division is not None
    assert [matter.numbers for matter in division.matters] == [("E123456789", "W111222333"), ("S444555666",)]


def test_family_with_somebody_else_in_between_stays_whole() -> None:
    assert divided("1. Mr. Amadi, E123456789\n2. Ms. Kowal, S444555666\n3. Mrs. Amadi, W111222333") is None


def test_more_cases_than_references_are_read_whole() -> None:
    people = [f"{count}. Mr. {chr(64 + count)}{chr(96 + count) * 4}son, E1234567{count:02d}" for count in range(1, 25)]
    assert divided("\n".join(people[:20])) is not None
    assert divided("\n".join(people)) is None


@pytest.mark.parametrize("text", [
    "1. Mr. A " * 3_000, "- Mr. Castell, E123456789\n" * 1_000, "Mr. Castell (E123456789)\n\n" * 1_000,
    "First, " * 4_000, "(" * 29_000, "E123456789 - Ms. " * 1_500, "Case 1: " * 3_000, "A" * 29_999,
    "\n".join(f"Mr. Name{'x' * (count % 7)} (E{count:09d}) asks.\n" for count in range(700)),
    " ".join(f"{count}. Mr. Name{'x' * (count % 7)} (E{count:09d})." for count in range(1, 700)),
])
def test_hostile_text_is_looked_at_in_bounded_time(text: str) -> None:
    started = process_time()
    divided(text)
    assert process_time() - started < 5


_PIECES = st.sampled_from(
    ["1. ", "2. ", "3) ", "a) ", "b) ", "Case 1: ", "Case 2: ", "First, ", "Second, ", "- ", "\n- ", "\n\n", "\n",
     "Re: ", "Mr. Castell", "Ms. Birk", "M. Vasile", "Mme Oduya", "his wife", "E123456789", "W111222333", "S444555666",
     "files", "Also, for ", "Autre dossier : ", "both are", "She is to be removed on Friday. ", "status?", " ", ", ",
     "é", "\x00"]
)  # fmt: skip
_TEXTS = st.one_of(
    st.lists(_PIECES, max_size=40).map("".join), st.lists(_PIECES, max_size=30).map(" ".join), st.text(max_size=200)
)


@settings(max_examples=400, deadline=None)
@given(text=_TEXTS, subject=st.sampled_from(["", "Two files", "E123456789", "Liste"]))
def test_every_word_lies_in_a_matter_or_in_what_belongs_to_all(text: str, subject: str) -> None:
    division = divided(text, subject)
    assert division == divided(text, subject)
    if division is None:
        return
    assert len(division.matters) > 1
    assert division.head + "".join(text[m.start : m.end] for m in division.matters) + division.tail == text
    for matter in division.matters:
        words = division.words_of(matter)
        whole = f"{division.head} {text[matter.start : matter.end]} {division.tail}"
        assert words.text.split() == whole.split()
        for offset, letter in enumerate(words.text):
            if not letter.isspace():
                assert text[words.place(offset)] == letter


def wrapped(text: str, places: frozenset[int]) -> str:
    """The text with line breaks for some of its spaces, as mail programs make them: never in the first 30 letters."""
    spaces = [place for place, letter in enumerate(text) if letter == " "]
    chosen: set[int] = set()
    begins = 0
    for count, place in enumerate(spaces):
        begins = max(begins, text.rfind("\n", 0, place) + 1)
        if count in places and place - begins >= 30:
            chosen.add(place)
            begins = place + 1
    return "".join("\n" if place in chosen else letter for place, letter in enumerate(text))


@settings(max_examples=300, deadline=None)
@given(mail=st.sampled_from([(s, t) for s, t, _ in SEVERAL.values()] + list(ONE.values())),
       places=st.frozensets(st.integers(0, 80)))  # fmt: skip
def test_wrapping_lines_changes_nothing(mail: tuple[str, str], places: frozenset[int]) -> None:
    subject, text = mail
    before = [item.split() for item in own_words(divided(text, subject))]
    assert [item.split() for item in own_words(divided(wrapped(text, places), subject))] == before
