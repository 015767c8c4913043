"""Business time: what holds for every office and every mail, and agreement with looking at every minute."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import example, given, settings
from hypothesis import strategies as st

from inboxd.calendar import (
    BusinessCalendar,
    add_business_days,
    closing,
    counted,
    deadline,
    is_business_day,
    is_open,
    next_opening,
    opening,
    postpone,
    subtract_hours,
)
from tests.any_office import ALWAYS, OFFICE, Situation, changes_at_work, closed_on, situations, slow

# --- what holds for every office and every mail -----------------------------------------------------------------

@given(situations, st.integers(0, 10))
def test_nothing_is_due_before_it_arrived(situation: Situation, count: int) -> None:
    office, received = situation
    receipt = deadline(office, received, count, 24)
    assert received <= receipt.clock_start.astimezone(UTC) <= receipt.reply_by.astimezone(UTC)
    assert receipt.action_by == received + timedelta(hours=24)


@given(situations, st.integers(0, 5))
def test_due_time_is_in_office_hours(situation: Situation, count: int) -> None:
    office, received = situation
    assert is_open(office, deadline(office, received, count, None).reply_by)


@given(situations, st.timedeltas(timedelta(0), timedelta(hours=2)) | st.timedeltas(timedelta(0), timedelta(days=9)),
       st.integers(0, 5))
@example((OFFICE, datetime(2026, 3, 8, 6, 59, tzinfo=UTC)), timedelta(minutes=1), 1)
@example((OFFICE, datetime(2026, 11, 1, 5, 30, tzinfo=UTC)), timedelta(hours=1), 1)
def test_what_arrives_later_is_never_due_earlier(situation: Situation, later: timedelta, count: int) -> None:
    _expect_no_sooner(situation, later, count)


def _expect_no_sooner(situation: Situation, later: timedelta, count: int) -> None:
    office, received = situation
    first, second = (deadline(office, at, count, None).reply_by for at in (received, received + later))
    assert first.astimezone(UTC) <= second.astimezone(UTC)


@given(situations, st.integers(0, 5), st.integers(-2, 30), st.integers(1, 60))
def test_one_more_closure_never_moves_a_deadline_earlier(
    situation: Situation, count: int, offset: int, length: int
) -> None:
    office, received = situation
    first = received.astimezone(office.zone).date() + timedelta(days=offset)
    extra = closed_on([first + timedelta(days=n) for n in range(length)])
    closed = replace(office, closed={**office.closed, **extra})
    before, after = (deadline(calendar, received, count, None) for calendar in (office, closed))
    assert after.reply_by.astimezone(UTC) >= before.reply_by.astimezone(UTC)
    assert after.clock_start.astimezone(UTC) >= before.clock_start.astimezone(UTC)
    assert is_open(closed, after.reply_by)


@given(changes_at_work(), st.timedeltas(timedelta(0), timedelta(hours=2)), st.integers(1, 2))
@example((ALWAYS, datetime(2026, 11, 1, 5, 50, tzinfo=UTC)), timedelta(minutes=20), 1)
@example((ALWAYS, datetime(2026, 3, 7, 7, 30, tzinfo=UTC)), timedelta(minutes=30), 1)
def test_not_even_when_clocks_change_at_work(situation: Situation, later: timedelta, count: int) -> None:
    _expect_no_sooner(situation, later, count)


@settings(max_examples=150)
@given(changes_at_work(), st.integers(0, 3))
def test_deadline_agrees_with_every_minute_when_clocks_change_at_work(situation: Situation, count: int) -> None:
    _expect_as_by_the_minute(situation, count)


@given(changes_at_work())
def test_open_or_closed_agrees_when_clocks_change_at_work(situation: Situation) -> None:
    _expect_open_alike(situation)


@given(situations, st.integers(0, 5))
@example((OFFICE, datetime(2026, 12, 24, 20, tzinfo=UTC)), 5)
@example((OFFICE, datetime(2026, 3, 6, 17, 0, 0, 1, tzinfo=UTC)), 2)
@example((OFFICE, datetime(2026, 10, 31, 0, 0, 59, tzinfo=UTC)), 1)
def test_deadline_agrees_with_looking_at_every_minute(situation: Situation, count: int) -> None:
    _expect_as_by_the_minute(situation, count)


def _expect_as_by_the_minute(situation: Situation, count: int) -> None:
    office, received = situation
    receipt, watch = deadline(office, received, count, None), slow(office)
    assert receipt.clock_start.astimezone(UTC) == watch.start(received)
    assert receipt.reply_by.astimezone(UTC) == watch.due(received, count)


@given(situations)
def test_open_or_closed_agrees_with_the_slow_reading(situation: Situation) -> None:
    _expect_open_alike(situation)


def _expect_open_alike(situation: Situation) -> None:
    office, at = situation
    assert is_open(office, at) == slow(office).is_open(at)
    assert is_open(office, next_opening(office, at))


@given(situations, st.integers(0, 10))
def test_the_arithmetic_tells_what_it_counted(situation: Situation, count: int) -> None:
    office, received = situation
    due, steps = add_business_days(office, received, count)
    first, last = received.astimezone(office.zone).date(), due.date()
    days, skipped = counted(steps)
    assert days == count
    between = (first + timedelta(days=offset) for offset in range((last - first).days + 1))
    assert skipped == {day for day in between if not is_business_day(office, day)}


@given(situations, st.integers(0, 5), st.integers(0, 5))
def test_postponing_counts_as_adding_does(situation: Situation, count: int, more: int) -> None:
    office, received = situation
    due = add_business_days(office, received, count)[0]
    later = postpone(office, due, more)
    assert later.astimezone(UTC) >= due.astimezone(UTC)
    assert later.date() == add_business_days(office, due, more)[0].date()


@given(situations, st.integers(0, 40))
def test_warning_leaves_exactly_the_office_hours_asked_for(situation: Situation, half_hours: int) -> None:
    office, received = situation
    due = deadline(office, received, 1, None).reply_by.astimezone(UTC)
    warned = subtract_hours(office, due, half_hours / 2).astimezone(UTC)
    assert _open_between(office, warned, due) == timedelta(hours=half_hours / 2)
    assert warned <= due


def _open_between(office: BusinessCalendar, start: datetime, end: datetime) -> timedelta:
    total = timedelta()
    day = start.astimezone(office.zone).date()
    while day <= end.astimezone(office.zone).date():
        if is_business_day(office, day):
            opens, closes = (moment(office, day).astimezone(UTC) for moment in (opening, closing))
            total += max(min(end, closes) - max(start, opens), timedelta())
        day += timedelta(days=1)
    return total
