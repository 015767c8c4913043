"""Days named in enquiries: counted from the day of receipt in Toronto, also when clocks change (`domain.md` 5.1)."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from inboxd.plan import Category
from inboxd.triage.folding import fold
from inboxd.triage.horizon import local_day, mentions
from tests.unit.enquiries import TORONTO, asked


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("today", (0, 0)), ("tonight", (0, 0)), ("tomorrow", (1, 1)), ("the day after tomorrow", (2, 2)),
        ("aujourd'hui", (0, 0)), ("ce soir", (0, 0)), ("demain", (1, 1)), ("après-demain", (2, 2)),
        ("yesterday", (-1, -1)), ("hier", (-1, -1)),
        ("on Thursday", (1, 1)), ("jeudi", (1, 1)), ("on Wednesday", (0, 0)), ("ce mercredi", (0, 0)),
        ("last Friday", (-5, -5)), ("vendredi dernier", (-5, -5)), ("next Friday", (2, 2)),
        ("vendredi prochain", (2, 2)),
        ("samedi en huit", (10, 10)), ("Saturday the 28th", (10, 10)), ("le samedi 28", (10, 10)),
        ("November 23", (5, 5)), ("Nov. 23rd, 2027", (370, 370)), ("23 novembre", (5, 5)),
        ("le 1er décembre", (13, 13)),
        ("2026-11-28", (10, 10)), ("Thursday, November 19", (1, 1)), ("jeudi 19 novembre", (1, 1)),
        ("18 March 2027", (120, 120)), ("3 January", (46, 46)), ("3 October", (-46, -46)),
        ("in ten days", (10, 10)), ("dans dix jours", (10, 10)), ("d'ici deux jours", (2, 2)),
        ("within 48 hours", (0, 2)), ("dans les 24 heures", (0, 1)), ("a week from today", (7, 7)),
        ("three weeks ago", (-21, -21)), ("il y a deux ans", (-730, -730)), ("a year ago today", (-365, -365)),
        ("next week", (5, 11)), ("la semaine prochaine", (5, 11)), ("this week", (0, 4)),
    ],
)  # fmt: skip
def test_days_are_counted_from_receipt(text: str, days: tuple[int, int]) -> None:
    found = mentions(fold(f"They go {text}.").text, date(2026, 11, 18))
    assert [(mention.first, mention.last) for mention in found] == [days]


@pytest.mark.parametrize("text", ["30 February", "2026-13-40", "the 4 children", "no. 24", "room 12"])
def test_what_is_no_day_is_not_read_as_one(text: str) -> None:
    assert mentions(fold(f"See {text} of it.").text, date(2026, 11, 18)) == ()


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("His removal is set for 28 November 2026.", Category.CRITICAL),
        ("His removal is set for 29 November 2026.", Category.COMPLEX),
        ("His removal is set for tonight.", Category.CRITICAL),
        ("Son renvoi est fixé au 28 novembre 2026.", Category.CRITICAL),
        ("Son renvoi est fixé au 29 novembre 2026.", Category.COMPLEX),
        ("Elle sera expulsée jeudi.", Category.CRITICAL),
        ("A removal order was made against him.", Category.COMPLEX),
        ("Une mesure de renvoi a été prise contre lui.", Category.COMPLEX),
    ],
)
def test_a_removal_is_critical_inside_ten_calendar_days(text: str, category: Category) -> None:
    assert asked(text).category is category


def test_the_day_of_receipt_is_the_day_in_toronto() -> None:
    """04:30 UTC on the 5th is still the 4th in Toronto (winter), and 03:30 UTC in June is the evening before."""
    assert local_day(datetime(2026, 11, 5, 4, 30, tzinfo=UTC)) == date(2026, 11, 4)
    assert local_day(datetime(2026, 6, 5, 3, 30, tzinfo=UTC)) == date(2026, 6, 4)
    text = "His removal is set for 14 November."
    assert asked(text, at=datetime(2026, 11, 4, 4, 59, tzinfo=UTC)).category is Category.COMPLEX
    assert asked(text, at=datetime(2026, 11, 4, 5, 1, tzinfo=UTC)).category is Category.CRITICAL


@pytest.mark.parametrize("hour", [0, 1, 2, 3, 23])
def test_clock_changes_move_no_day(hour: int) -> None:
    """1 November 2026 has 25 hours and 14 March 2027 has 23; ten days stay ten days."""
    autumn = datetime(2026, 11, 1, hour, 30, tzinfo=TORONTO)
    assert asked("His removal is set for 11 November.", at=autumn).category is Category.CRITICAL
    assert asked("His removal is set for 12 November.", at=autumn).category is Category.COMPLEX
    spring = datetime(2027, 3, 14, hour, 30, tzinfo=TORONTO)
    assert asked("Son renvoi est fixé au 24 mars.", at=spring).category is Category.CRITICAL
    assert asked("Son renvoi est fixé au 25 mars.", at=spring).category is Category.COMPLEX
