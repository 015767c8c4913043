"""Offices and receipts of every kind for Hypothesis, and the same office for the slow reading of the rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import chain, pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from inboxd.calendar import BusinessCalendar, ClosedDay, OpenHours
from inboxd.standards import read_standards
from tests.slow_clock import END_OF_DAY, SlowOffice

OFFICE = read_standards(Path(__file__).parents[1] / "config" / "standards.toml").calendar
ALWAYS = replace(OFFICE, closed={}, hours={n: OpenHours(opens=time(0), closes=time.max) for n in range(1, 8)})
FIRST = datetime(2026, 1, 1, tzinfo=UTC)
LAST = datetime(2028, 12, 31, tzinfo=UTC)
ZONES = ("America/Toronto", "America/St_Johns", "America/Regina", "UTC", "Australia/Lord_Howe", "America/Havana",
         "Asia/Beirut")
"""With half an hour of summer time (Lord Howe), and clock changes at midnight, forward and back (Havana, Beirut)."""


def changes() -> list[tuple[ZoneInfo, datetime]]:
    """Every clock change of these zones."""
    hours = [FIRST + timedelta(hours=n) for n in range(3 * 365 * 24)]
    return [
        (zone, late) for zone in map(ZoneInfo, ZONES) for early, late in pairwise(hours)
        if early.astimezone(zone).utcoffset() != late.astimezone(zone).utcoffset()
    ]


any_time = st.datetimes(FIRST.replace(tzinfo=None), LAST.replace(tzinfo=None), timezones=st.just(UTC))


def _span(begin: int, length: int) -> tuple[int, int]:
    return begin, min(begin + length, 1440)


spans = st.builds(_span, st.integers(0, 1438), st.integers(1, 1440))
"""Hours of a day in minutes after midnight, nights and single minutes too."""


def hours_of(span: tuple[int, int]) -> OpenHours:
    opens, closes = (divmod(minute, 60) for minute in span)
    return OpenHours(opens=time(*opens), closes=time.max if span[1] == 1440 else time(*closes))


days = st.integers(0, 3 * 365).map(lambda offset: date(2026, 1, 1) + timedelta(days=offset))
stretches = st.builds(
    lambda first, length: [first + timedelta(days=n) for n in range(length)], days, st.integers(1, 60))
closed_days = st.lists(st.lists(days, max_size=20) | stretches, max_size=3).map(lambda parts: [*chain(*parts)])


def closed_on(days: list[date]) -> dict[date, ClosedDay]:
    return {day: ClosedDay(day=day, name_en="Closure", name_fr="Fermeture") for day in days}


offices = st.builds(
    BusinessCalendar,
    zone=st.sampled_from(ZONES).map(ZoneInfo),
    hours=st.dictionaries(st.integers(1, 7), spans.map(hours_of), min_size=1),
    closed=closed_days.map(closed_on),
    version=st.just("v"),
    covered_until=st.just(date(2028, 12, 31)),
)


@st.composite
def changes_at_work(draw: st.DrawFn) -> tuple[BusinessCalendar, datetime]:
    """An office that is open, or opens or closes, when its clock is changed; and a receipt about then."""
    zone, change = draw(st.sampled_from(CHANGES))
    about = (change - timedelta(minutes=1)).astimezone(zone)
    minute = about.hour * 60 + about.minute
    begin = st.sampled_from((0, minute)) | st.integers(max(minute - 90, 0), minute)
    end = st.sampled_from((1440, minute + 1)) | st.integers(minute + 1, min(minute + 90, 1440))
    nights = st.tuples(begin, end).map(hours_of)
    office = BusinessCalendar(
        zone=zone,
        hours={day: draw(nights) for day in range(1, 8)},
        closed=closed_on(draw(st.lists(st.integers(-2, 2), max_size=1).map(
            lambda found: [about.date() + timedelta(days=n) for n in found]))),
        version="v",
        covered_until=date(2028, 12, 31),
    )
    off = draw(st.timedeltas(timedelta(hours=-2), timedelta(hours=2)) | st.integers(-100, 100).map(
        lambda minutes: timedelta(minutes=minutes)))
    return office, change - timedelta(days=draw(st.integers(0, 2))) + off


CHANGES = changes()
Situation = tuple[BusinessCalendar, datetime]
situations = st.tuples(offices, any_time) | changes_at_work()
"""An office and a receipt at any time, or just when clocks change while it is open."""


def slow(office: BusinessCalendar) -> SlowOffice:
    """The same office for the slow reading."""

    def minute(wall: time) -> int:
        return END_OF_DAY if wall == time.max else wall.hour * 60 + wall.minute

    hours = {day: (minute(span.opens), minute(span.closes)) for day, span in office.hours.items()}
    return SlowOffice(zone=office.zone, hours=hours, closed=frozenset(office.closed))
