"""A weekday beside an event that is over is past; what is cancelled for good, denied or long over is settled."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inboxd.plan import Category
from inboxd.triage.folding import fold
from inboxd.triage.horizon import mentions
from inboxd.triage.tenses import told_as_past
from tests.unit.enquiries import asked, ids

WEDNESDAY = date(2026, 11, 18)


def _days(text: str) -> list[tuple[int, int]]:
    return [(mention.first, mention.last) for mention in mentions(fold(text).text, WEDNESDAY)]


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("Her mother died on Saturday in Lagos.", (-4, -4)),
        ("He lost his father in Kumasi on Friday.", (-5, -5)),
        ("On Friday she was arrested.", (-5, -5)),
        ("Friday, CBSA removed him.", (-5, -5)),
        ("CBSA removed him on Monday.", (-2, -2)),
        ("He passed away on the 14th.", (-4, -4)),
        ("She died on Wednesday.", (-7, 0)),
        ("Sa mère est morte samedi à Dakar.", (-4, -4)),
        ("Elle s'est noyée samedi.", (-4, -4)),
        ("L'ASFC l'a arrêté lundi.", (-2, -2)),
        ("Samedi, elle est décédée.", (-4, -4)),
        ("Il est décédé le 14.", (-4, -4)),
        ("He was arrested this morning.", (-1, 0)),
        ("Elle a été arrêtée ce matin.", (-1, 0)),
        ("He is detained since Monday.", (-2, -2)),
        ("Le site est en panne depuis ce matin.", (-1, 0)),
        ("She was removed in March 2025.", (-627, -600)),
        ("Elle a été expulsée en mars 2025.", (-627, -600)),
    ],
)  # fmt: skip
def test_a_day_told_of_as_over_is_past(text: str, days: tuple[int, int]) -> None:
    assert _days(text) == [days]


@pytest.mark.parametrize(
    "text",
    [
        "She flies Friday.", "CBSA told him to be at the airport on Friday.", "He received a ticket for Friday.",
        "He received a ticket Friday.", "She was told that he will be arrested Friday.",
        "He is being deported on Friday.", "He is arrested Friday.", "If he died on Friday, what then?",
        "Her removal was set for Friday.", "They must be gone by Friday.", "Friday she flies.",
        "Her father died, and the burial is Friday.", "She will be removed on Friday.",
        "He was refused a stay before Friday.", "This Friday she left a note.",
        "Il part vendredi.", "Elle est expulsée vendredi.", "Elle sera expulsée vendredi.",
        "Elle a reçu une convocation vendredi.", "Le renvoi est vendredi.", "Il a reçu un billet pour vendredi.",
        "Son père est mort, l'enterrement est vendredi.", "Il doit être parti vendredi.",
    ],
)  # fmt: skip
def test_every_other_bare_weekday_is_the_one_to_come(text: str) -> None:
    assert _days(text) == [(2, 2)]


def test_an_arrest_on_friday_and_a_flight_on_friday_are_told_apart() -> None:
    urgent = asked("Her father died on Friday in Accra and she asks for the visa.")
    assert urgent.category is Category.URGENT
    assert asked("CBSA put her on a flight that leaves Friday.").category is Category.CRITICAL


@given(text=st.text(alphabet="abc .,;\nonfridaysamedi'", max_size=200), at=st.integers(0, 200), long=st.integers(0, 9))
def test_any_text_has_a_tense(text: str, at: int, long: int) -> None:
    start = min(at, len(text))
    assert told_as_past(text, start, min(start + long, len(text))) in (True, False)


# --- settled, or left open -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "settled"),
    [
        ("The removal was cancelled. Any update on the file?", True),
        ("Le renvoi a été annulé. Où en est le dossier?", True),
        ("The removal was postponed. Any update on the file?", False),
        ("The removal was cancelled, but a new one is set. Any update?", False),
        ("The removal was cancelled and the flight is on Friday. Any update?", False),
        ("Her son has recovered and her mother is on life support.", False),
        ("He was never convicted. Any update on the file?", True),
        ("He is not on life support. Any update on the file?", False),
        ("Her father died in 2009. Any update on the file?", True),
        ("Her father died in 2025. Any update on the file?", False),
        ("His wife was on life support in 2019. Any update on the file?", True),
        ("His wife was on life support in 2019. The doctors meet on Friday. Any update on the file?", False),
        ("His wife was on life support in 2025. Any update on the file?", False),
        ("He was diagnosed with cancer in 2019 and is still in pain. Any update on the file?", False),
    ],
)
def test_what_is_surely_over_is_settled_and_the_rest_stays_open(text: str, settled: bool) -> None:
    assert (asked(text).category is Category.NOT_MET) is settled


def test_a_hint_inside_words_that_were_read_as_a_whole_is_accounted_for() -> None:
    reading = asked("Her application was not refused. She only asks where it stands.")
    assert {note.because for note in reading.excluded} == {"not"}
    assert "alone" in {note.because for note in asked("The officer has a word for it. Any update?").excluded}


def test_a_hint_of_a_critical_row_is_not_silenced_by_an_urgent_one() -> None:
    """A child alone is not the lonely old man of another row."""
    reading = asked("La dame de 81 ans est seule, et l'enfant dort tout seul.")
    assert reading.category in (None, Category.CRITICAL)
    assert "UR-19" in ids(reading.hits)
