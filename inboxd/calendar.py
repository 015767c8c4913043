"""Business time: when the office is open, and when something that arrived now is due.

Wall time in the office's zone decides; results are aware datetimes. Sources: `domain.md` 1.6 (C1-C3, C17) and 1.7.
Nothing here fails on a checked calendar: one that is never open cannot be made, so every search for an open day ends.
Hours are closed intervals: mail at exactly 19:00 still counts for the day (C17: "after 19:00" waits for the opening).
An office that is open through a clock change: a wall time that is skipped that night means the moment of the change; of
a time that comes twice the first is meant; what arrives when it comes again counts as if at the end of that hour. So
what arrives later is never due earlier.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

ONE_DAY = timedelta(days=1)
ACTION = "action within"
"""How the step of the action alarm begins."""
_SECOND = timedelta(seconds=1)
_SKIPPED = re.compile(r"(\d{4}-\d\d-\d\d) skipped: ")
_COUNTED = re.compile(r"\d{4}-\d\d-\d\d is business day (\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenHours:
    """One weekday's hours, wall time; `closes` may be 24:00 only as time.max."""

    opens: time
    closes: time

    def __post_init__(self) -> None:
        if self.opens >= self.closes:
            raise ValueError(f"opens at {self.opens:%H:%M} and closes at {self.closes:%H:%M}")

    @property
    def length(self) -> timedelta:
        """Wall time from opening to closing."""
        return datetime.combine(date.min, self.closes) - datetime.combine(date.min, self.opens)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedDay:
    """A day the office is closed although the weekday is not."""

    day: date
    name_en: str
    name_fr: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BusinessCalendar:
    """Hours by ISO weekday (1 = Monday) and closed days, in one zone."""

    zone: ZoneInfo
    hours: Mapping[int, OpenHours]
    closed: Mapping[date, ClosedDay]
    version: str
    """Digest of the file it was read from; kept with each deadline."""
    covered_until: date
    """The last day for which the holiday table was reviewed."""
    covered_from: date = date.min
    """The first such day."""

    def __post_init__(self) -> None:
        if not set(self.hours) & set(range(1, 8)):
            raise ValueError("the office is never open: no weekday has hours")


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """A due time with its arithmetic (a deadline receipt)."""

    received: datetime
    clock_start: datetime
    reply_by: datetime
    action_by: datetime | None
    """Critical only: 24 consecutive hours after receipt, never paused (`domain.md` C1)."""
    steps: tuple[str, ...]
    """Each step in a few words, e.g. `2026-12-25 skipped: Christmas Day`."""
    calendar_version: str


def is_business_day(calendar: BusinessCalendar, day: date) -> bool:
    """Whether the office opens at all on this date of its own zone."""
    return day.isoweekday() in calendar.hours and day not in calendar.closed


def opening(calendar: BusinessCalendar, day: date) -> datetime:
    """When the office opens on a business day. Raises `ValueError` on any other day."""
    return span_of(calendar, day, _hours(calendar, day))[0]


def closing(calendar: BusinessCalendar, day: date) -> datetime:
    """When the office closes on a business day; still open at that very moment. `ValueError` on any other day."""
    return span_of(calendar, day, _hours(calendar, day))[1]


def span_of(calendar: BusinessCalendar, day: date, hours: OpenHours) -> tuple[datetime, datetime]:
    """From when to when these hours last on a day, whether the office is open then or not."""
    begins = wall_moment(calendar, day, hours.opens)
    if hours.closes != time.max:
        return begins, wall_moment(calendar, day, hours.closes)
    # the end of the day, also of one whose last hour comes twice
    midnight = _utc(wall_moment(calendar, day + ONE_DAY, time.min))
    return begins, local_time(calendar, midnight - timedelta.resolution)


def is_open(calendar: BusinessCalendar, at: datetime) -> bool:
    """Whether the office is open at this moment. `at` is aware."""
    day = local_time(calendar, at).date()
    if not is_business_day(calendar, day):
        return False
    return _utc(opening(calendar, day)) <= _utc(at) <= _utc(closing(calendar, day))


def next_opening(calendar: BusinessCalendar, at: datetime) -> datetime:
    """The first moment from `at` on when the office is open: `at` itself in hours, else the next opening (C17)."""
    local = local_time(calendar, at)
    if is_open(calendar, at):
        return local
    day = local.date()
    if is_business_day(calendar, day) and _utc(at) < _utc(opens := opening(calendar, day)):
        return opens
    return opening(calendar, next_business_day(calendar, day))


def next_business_day(calendar: BusinessCalendar, day: date) -> date:
    """The first business day after `day`."""
    day += ONE_DAY
    while not is_business_day(calendar, day):
        day += ONE_DAY
    return day


def add_business_days(calendar: BusinessCalendar, start: datetime, days: int) -> tuple[datetime, tuple[str, ...]]:
    """`days` business days after `start` at the same wall time (C1-C3), and the steps that led there.

    Outside hours the count starts at the next opening. Where the last day has shorter hours than the first, the
    result is kept inside them. The offset may differ from that of `start`: clocks change, the wall time stays.
    """
    if days < 0:
        raise ValueError(f"cannot go back {-days} business days")
    begun = next_opening(calendar, start)
    steps = _waiting(calendar, local_time(calendar, start), begun)
    day = begun.date()
    for count in range(1, days + 1):
        before, day = day, next_business_day(calendar, day)
        steps += _skipped(calendar, before, day)
        steps.append(f"{day} is business day {count}")
    due = begun
    if day != begun.date():
        due, kept = _same_wall_time(calendar, begun, day)
        steps += kept
    if begun.date() < calendar.covered_from:
        steps.append(f"the holiday table begins on {calendar.covered_from}: earlier holidays are not counted")
    if day > calendar.covered_until:
        steps.append(f"the holiday table ends on {calendar.covered_until}: later holidays are not counted")
    return due, tuple(steps)


def postpone(calendar: BusinessCalendar, due: datetime, days: int) -> datetime:
    """A due time so many business days later, at the same wall time, although its own day may be closed by now."""
    begun = local_time(calendar, due)
    day = begun.date()
    for _ in range(days):
        day = next_business_day(calendar, day)
    return _same_wall_time(calendar, begun, day)[0] if days else begun


def counted(steps: Iterable[str]) -> tuple[int, frozenset[date]]:
    """What an arithmetic counted: how many business days, and the days that it skipped by name."""
    lines = tuple(steps)
    numbers = [int(found[1]) for step in lines if (found := _COUNTED.match(step))]
    skipped = (date.fromisoformat(found[1]) for step in lines if (found := _SKIPPED.match(step)))
    return max(numbers, default=0), frozenset(skipped)


def subtract_hours(calendar: BusinessCalendar, at: datetime, hours: float) -> datetime:
    """The latest moment with `hours` office hours between it and `at`: when people are warned that `at` is near.

    Office hours, not hours: 4 hours before Monday 08:00 is Friday 16:00, when somebody can still act.
    """
    if hours < 0:
        raise ValueError("hours cannot be negative")
    end = local_time(calendar, at)
    wanted = timedelta(hours=hours)
    day = end.date()
    while True:
        if is_business_day(calendar, day):
            opens, closes = opening(calendar, day), closing(calendar, day)
            last = min(_utc(end), _utc(closes))
            if last - _utc(opens) >= wanted:
                return local_time(calendar, last - wanted)
            wanted -= max(last - _utc(opens), timedelta())
        day -= ONE_DAY


def add_hours(calendar: BusinessCalendar, at: datetime, by: timedelta) -> datetime:
    """The first moment with so much office time between `at` and it; `at` itself for none."""
    if by <= timedelta():
        return at
    reached = next_opening(calendar, at)
    while True:
        closes = closing(calendar, reached.date())
        open_today = _utc(closes) - _utc(reached)
        if by <= open_today:
            return local_time(calendar, _utc(reached) + by)
        by -= open_today
        reached = opening(calendar, next_business_day(calendar, reached.date()))


def business_time(calendar: BusinessCalendar, since: datetime, until: datetime) -> tuple[int, timedelta]:
    """How long something has waited, as the standards count: whole business days, and the office hours after them.

    The inverse of `add_business_days`: two days and nothing more is the very moment when two business days are over.
    Nothing at all while the clock has not started. `ValueError` for a time without zone.
    """
    reached, end = next_opening(calendar, since), local_time(calendar, until)
    days = sum(is_business_day(calendar, day) for day in _dates(reached.date() + ONE_DAY, end.date()))
    if days and _utc(add_business_days(calendar, since, days)[0]) > _utc(end):
        days -= 1
    if days:
        reached = add_business_days(calendar, since, days)[0]
    rest = timedelta()
    for day in _dates(reached.date(), end.date()):
        if is_business_day(calendar, day):
            begins = max(_utc(opening(calendar, day)), _utc(reached))
            rest += max(min(_utc(closing(calendar, day)), _utc(end)) - begins, timedelta())
    return days, rest


def _dates(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += ONE_DAY


def deadline(calendar: BusinessCalendar, received: datetime, business_days: int, action_hours: int | None) -> Deadline:
    """When something received at `received` (aware) must be answered, with its arithmetic (C1-C3, C17).

    `action_hours` are consecutive hours from receipt, counted in UTC and never moved by nights or holidays.
    """
    due, steps = add_business_days(calendar, received, business_days)
    action_by = None if action_hours is None else _utc(received) + timedelta(hours=action_hours)
    if action_by is not None:
        local = local_time(calendar, action_by)
        when = f"{local:%Y-%m-%d} {_clock(local.time())} {local:%Z}"
        steps = (*steps, f"{ACTION} {action_hours} consecutive hours: {when}")
    return Deadline(
        received=received,
        clock_start=next_opening(calendar, received),
        reply_by=due,
        action_by=action_by,
        steps=steps,
        calendar_version=calendar.version,
    )


def local_time(calendar: BusinessCalendar, at: datetime) -> datetime:
    """The same moment on the office's clock. Raises `ValueError` for a time without zone: guessing one loses hours."""
    if at.tzinfo is None:
        raise ValueError("a time without zone cannot be placed in the calendar")
    return at.astimezone(calendar.zone)


def _utc(at: datetime) -> datetime:
    # Two datetimes of one ZoneInfo are compared and subtracted by wall time in Python; only UTC counts real hours.
    return at.astimezone(UTC)


def _hours(calendar: BusinessCalendar, day: date) -> OpenHours:
    if not is_business_day(calendar, day):
        raise ValueError(f"the office is closed on {day}")
    return calendar.hours[day.isoweekday()]


def wall_moment(calendar: BusinessCalendar, day: date, wall: time) -> datetime:
    """When the office's clock first shows `wall` on `day`, or first shows more, where it jumps over it."""
    at = datetime.combine(day, wall, calendar.zone)
    moment = _utc(at).astimezone(calendar.zone)
    if moment.replace(tzinfo=None) == at.replace(tzinfo=None):
        return moment
    return _change(calendar.zone, _utc(at.replace(fold=1)), _utc(at)).astimezone(calendar.zone)


def _same_wall_time(calendar: BusinessCalendar, begun: datetime, day: date) -> tuple[datetime, list[str]]:
    """The due time on a business day that the count reached from `begun`, inside its hours; and why, if it differs."""
    hours, counts, steps = _hours(calendar, day), begun.time(), []
    if begun.fold:
        counts = _end_of_repeated(begun)
        steps.append(f"{_clock(begun.time())} came again on {begun.date()}: counted as {_clock(counts)}")
    wall = min(max(counts, hours.opens), hours.closes)
    if wall != counts:
        span = f"{_clock(hours.opens)} to {_clock(hours.closes)}"
        steps.append(f"{day} is open {span}: due at {_clock(wall)}")
    due = closing(calendar, day) if wall == hours.closes else wall_moment(calendar, day, wall)
    if due.time() != wall:
        steps.append(f"{day} has no {_clock(wall)}, clocks change: due at {_clock(due.time())}")
    elif due.utcoffset() != begun.utcoffset():
        steps.append(f"clocks change from {begun:%Z} to {due:%Z}: {_clock(wall)} stays {_clock(wall)}")
    return due, steps


def _end_of_repeated(second: datetime) -> time:
    """What the clock would have shown next when it was put back; `second` is in the time that came again."""
    first = second.replace(fold=0)
    change = _change(second.tzinfo, _utc(first), _utc(second)).replace(tzinfo=None)
    offset = first.utcoffset()
    assert offset is not None
    end = change + offset
    return end.time() if end.date() == second.date() else time.max


def _change(zone: tzinfo | None, before: datetime, after: datetime) -> datetime:
    """The one moment between two (UTC) from which on the zone's offset is that of `after`; changes are on a second."""
    low, high = before.replace(microsecond=0), after.replace(microsecond=0)
    target = high.astimezone(zone).utcoffset()
    while high - low > _SECOND:
        middle = low + (high - low) // _SECOND // 2 * _SECOND
        low, high = (low, middle) if middle.astimezone(zone).utcoffset() == target else (middle, high)
    return high


def _clock(wall: time) -> str:
    """`15:00`, with seconds where there are any; `24:00` for the end of a day."""
    if wall == time.max:
        return "24:00"
    return f"{wall:%H:%M:%S}" if wall.second or wall.microsecond else f"{wall:%H:%M}"


def _waiting(calendar: BusinessCalendar, received: datetime, begun: datetime) -> list[str]:
    if begun == received:
        return []
    steps = []
    first = received.date()
    if not is_business_day(calendar, first):
        first -= ONE_DAY
    else:
        when = "before opening" if begun.date() == first else "after closing"
        steps.append(f"{first} {_clock(received.time())} is {when}")
    steps += _skipped(calendar, first, begun.date())
    steps.append(f"the clock starts at {begun:%Y-%m-%d} {_clock(begun.time())}")
    return steps


def _skipped(calendar: BusinessCalendar, after: date, before: date) -> list[str]:
    steps = []
    day = after + ONE_DAY
    while day < before:
        closed = calendar.closed.get(day)
        steps.append(f"{day} skipped: {closed.name_en if closed else day.strftime('%A')}")
        day += ONE_DAY
    return steps
