"""A hit that the rest of the text takes back is left open, never decided and never forgotten (`domain.md` 5.1)."""

from __future__ import annotations

import pytest

from inboxd.plan import Category
from inboxd.triage.reading import Reading
from tests.unit.enquiries import asked, ids


def _because(reading: Reading, row: str) -> set[str]:
    return {note.because for note in reading.excluded if note.criterion == row}


@pytest.mark.parametrize(
    ("text", "row", "because"),
    [
        ("His mother has cancer; no trip is planned. How long does a card take?", "UR-01", "nothing presses"),
        ("Sa mère a un cancer; aucun voyage n'est prévu. Quel est le délai?", "UR-01", "nothing presses"),
        ("She uses a wheelchair, and her permit is valid until 2031.", "UR-19", "nothing presses"),
        ("Elle est en fauteuil roulant et sa carte est bonne jusqu'en 2031.", "UR-19", "nothing presses"),
        ("Her father died on Saturday. Please explain the policy on such visas.", "UR-01", "explanation asked"),
        ("Son père est mort samedi. Pouvez-vous expliquer la politique sur ces visas?", "UR-01", "explanation asked"),
        ("He was convicted in 2015. What stage is his file at?", "CX-02", "only status asked"),
        ("Il a été condamné pour vol en 2015. Où en est son dossier?", "CX-02", "only status asked"),
    ],
)
def test_it_is_set_aside_and_left_open(text: str, row: str, because: str) -> None:
    reading = asked(text)
    assert because in _because(reading, row)
    assert row not in ids(reading.hits)
    assert reading.uncertain
    assert reading.category is not Category.NOT_MET


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("His mother has cancer and he flies to her on Monday.", "UR-01"),
        ("She uses a wheelchair, and her permit is valid until 30 November.", "UR-19"),
        ("Elle est en fauteuil roulant et sa carte est bonne jusqu'au 30 novembre.", "UR-19"),
        ("His mother has cancer and is not doing well.", "UR-01"),
        ("He was convicted in 2015. What stage is his file at, and can the refusal be reviewed?", "CX-02"),
        ("Il a été condamné pour vol en 2015. Où en est son dossier, et quels sont ses recours?", "CX-02"),
        ("There is a warrant out for him. What stage is his file at?", "CX-01"),
    ],
)
def test_it_stands(text: str, row: str) -> None:
    assert row in ids(asked(text).hits)


def test_a_word_that_was_read_with_its_far_day_is_no_hint() -> None:
    assert asked("Her permit expires in November 2028. Any update on the file?").category is Category.NOT_MET


def test_the_row_named_in_otherwise_keeps_its_own_exclusions() -> None:
    assert "CX-01" not in ids(asked("A pupil asks if they deport people at night.").hits)
