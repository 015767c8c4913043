"""Everyday words (airport, police) hint at something critical only where the text presses: an hour, now, a near day."""

from __future__ import annotations

import pytest

from inboxd.plan import Category
from inboxd.triage.folding import fold
from inboxd.triage.horizon import names_an_hour
from tests.unit.enquiries import asked


@pytest.mark.parametrize(
    "text",
    [
        "He drives to the airport at 4 p.m. with his file.",
        "She waits near the airport since last night.",
        "L'aéroport est loin; l'agent décide à 16 h 30.",
        "Son vol est samedi.",
        "The police spoke with her yesterday.",
        "La police vient de partir.",
    ],
)
def test_an_everyday_word_hints_where_the_text_presses(text: str) -> None:
    assert asked(text).hints_at_critical


@pytest.mark.parametrize(
    "text",
    [
        "He works at the airport. Any update on his citizenship application?",
        "The police certificate was sent in October. Any update on the file?",
        "Elle est venue par avion en 2019. Où en est sa demande de citoyenneté?",
        "The lady at the airport was kind in March 2024. Any update on the file?",
    ],
)
def test_the_same_words_say_nothing_where_it_does_not(text: str) -> None:
    reading = asked(text)
    assert not reading.hints_at_critical
    assert reading.category is Category.NOT_MET


def test_a_word_that_was_read_and_set_aside_does_not_hint_too() -> None:
    reading = asked("La Cour vient d'accorder le sursis; le renvoi est annulé.")
    assert ("CR-01", "renvoi", "cancelled") in {(note.criterion, note.words, note.because) for note in reading.excluded}
    assert ("CR-01", "renvoi", "alone") not in {(note.criterion, note.words, note.because) for note in reading.excluded}


@pytest.mark.parametrize(
    "text",
    ["by 5 p.m.", "à 16 h 30", "16h30", "at 16:00", "before noon", "à minuit", "at six.", "five o'clock", "à 8 heures"],
)
def test_an_hour_is_named(text: str) -> None:
    assert names_an_hour(fold(text).text)


@pytest.mark.parametrize(
    "text", ["5 files", "page 12", "in 8 heures de route", "E301884502", "hotel 24", "chapter 3:2", "30 h"]
)
def test_a_number_is_no_hour(text: str) -> None:
    assert not names_an_hour(fold(text).text)
