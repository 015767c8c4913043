"""The arithmetic of a clock that stands still: due times move on by the office time that passed meanwhile.

A case that waits for the office (`product.md` "Enquiries") keeps the office time it had left: what is due is put off by
the office hours between pause and resumption, and by nothing else. So it is never due earlier than before, a pause at
night costs nothing, and many short pauses are worth one long one. The action alarm is never given to these functions
(`domain.md` C1). Times are aware; they are compared in UTC, since two of one zone are compared by wall time in Python.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from inboxd import calendar
from inboxd.calendar import BusinessCalendar, Deadline
from inboxd.plan import TimerPlan

NOTHING = timedelta()


def office_time(hours: BusinessCalendar, since: datetime, until: datetime) -> timedelta:
    """How much of the time from `since` to `until` the office is open; nothing if `until` is not after `since`."""
    begin, end = since.astimezone(UTC), until.astimezone(UTC)
    if end <= begin:
        return NOTHING
    day, last = calendar.local_time(hours, since).date(), calendar.local_time(hours, until).date()
    total = NOTHING
    while day <= last:
        if calendar.is_business_day(hours, day):
            opens = calendar.opening(hours, day).astimezone(UTC)
            closes = calendar.closing(hours, day).astimezone(UTC)
            total += max(min(closes, end) - max(opens, begin), NOTHING)
        day += calendar.ONE_DAY
    return total


def put_off(hours: BusinessCalendar, due: datetime, by: timedelta) -> datetime:
    """The first moment with so much office time between `due` and it; `due` itself for none."""
    return calendar.add_hours(hours, due, by)


def resumed(hours: BusinessCalendar, due: datetime, paused: datetime, resumes: datetime) -> datetime:
    """When something is due that was due at `due`, after a pause. What was late already when it began stays so."""
    if due.astimezone(UTC) <= paused.astimezone(UTC):
        return due
    return put_off(hours, due, office_time(hours, paused, resumes))


def waited(hours: BusinessCalendar, pauses: Iterable[tuple[datetime, datetime]]) -> timedelta:
    """The office time of all these pauses together."""
    return sum((office_time(hours, began, ended) for began, ended in pauses), NOTHING)


def after_waiting(
    hours: BusinessCalendar,
    pauses: Iterable[tuple[datetime, datetime]],
    deadline: Deadline,
    timers: Iterable[TimerPlan],
    stand_still: Iterable[str],
) -> tuple[Deadline, tuple[TimerPlan, ...]]:
    """A deadline that is counted anew from the first receipt, for a case that waited for the office in between.

    `stand_still` are the kinds of timers that a pause stops; all others stay where they are.
    """
    by, kinds = waited(hours, pauses), frozenset(stand_still)
    if by <= NOTHING:
        return deadline, tuple(timers)
    reply_by = put_off(hours, deadline.reply_by, by)
    moved = tuple(
        dataclasses.replace(timer, due_at=put_off(hours, timer.due_at, by)) if timer.kind in kinds else timer
        for timer in timers
    )
    return dataclasses.replace(deadline, reply_by=reply_by, steps=(*deadline.steps, step(by, reply_by))), moved


def step(by: timedelta, reply_by: datetime) -> str:
    """A line for the deadline's receipt."""
    minutes = int(by.total_seconds()) // 60
    return (
        f"waited {minutes // 60} h {minutes % 60:02d} min of office time for the office: due {reply_by:%Y-%m-%d %H:%M}"
    )
