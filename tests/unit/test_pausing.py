"""A clock that stands still and goes on: compared with counting minutes, over nights, holidays, clock changes."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from inboxd.calendar import BusinessCalendar, ClosedDay, Deadline, OpenHours, add_business_days, is_open
from inboxd.plan import TimerPlan
from inboxd.triage.pausing import after_waiting, office_time, put_off, resumed

TORONTO = ZoneInfo("America/Toronto")
MINUTE = timedelta(minutes=1)


def calendar(**hours: OpenHours) -> BusinessCalendar:
    """Monday to Friday 07:00 to 19:00, but for the days that are given."""
    usual = {f"day{day}": OpenHours(opens=time(7), closes=time(19)) for day in range(1, 6)}
    closed = (date(2026, 10, 12), date(2026, 11, 11), date(2026, 12, 25), date(2026, 12, 28), date(2027, 1, 1))
    return BusinessCalendar(
        zone=TORONTO,
        hours={int(day[-1]): span for day, span in (usual | hours).items()},
        closed={day: ClosedDay(day=day, name_en="closed", name_fr="fermé") for day in closed},
        version="v", covered_until=date(2027, 12, 31),
    )  # fmt: skip


USUAL = calendar()
ODD = calendar(day5=OpenHours(opens=time(9), closes=time(13, 30)), day6=OpenHours(opens=time(0), closes=time(6)))
CALENDARS = (USUAL, ODD)
moments = st.integers(0, 170 * 24 * 60).map(lambda minutes: datetime(2026, 10, 1, tzinfo=UTC) + minutes * MINUTE)
spans = st.integers(0, 6 * 24 * 60).map(lambda minutes: timedelta(minutes=minutes))
calendars = st.sampled_from(CALENDARS)


def minutes_open(hours: BusinessCalendar, since: datetime, until: datetime) -> int:
    """Counted one by one: minutes whose beginning and middle are in office hours."""
    count, at = 0, since
    while at < until:
        count += is_open(hours, at) and is_open(hours, at + MINUTE / 2)
        at += MINUTE
    return count


def slow_put_off(hours: BusinessCalendar, due: datetime, minutes: int) -> datetime:
    at = due
    while minutes:
        minutes -= is_open(hours, at) and is_open(hours, at + MINUTE / 2)
        at += MINUTE
    return at


@given(calendars, moments, spans)
@settings(max_examples=60, deadline=None)
def test_office_time_is_the_minutes_that_the_office_is_open(
    hours: BusinessCalendar, since: datetime, span: timedelta
) -> None:
    assert office_time(hours, since, since + span) == minutes_open(hours, since, since + span) * MINUTE
    assert office_time(hours, since + span, since) == timedelta()


@given(calendars, moments, spans, spans)
@settings(max_examples=40, deadline=None)
def test_put_off_counts_the_same_minutes(
    hours: BusinessCalendar, due: datetime, span: timedelta, since: timedelta
) -> None:
    minutes = minutes_open(hours, due, due + span)
    assert put_off(hours, due, minutes * MINUTE) == slow_put_off(hours, due, minutes)


@given(calendars, moments, st.integers(1, 5), st.lists(st.tuples(spans, spans), max_size=4))
@settings(max_examples=150, deadline=None)
def test_a_case_has_as_much_office_time_as_without_the_pauses(
    hours: BusinessCalendar, received: datetime, days: int, pauses: list[tuple[timedelta, timedelta]]
) -> None:
    """Office time from receipt to the end, less that of the pauses, is what it was; and it is never due earlier."""
    first = due = add_business_days(hours, received, days)[0]
    at, stood_still = received, timedelta()
    for running, waiting in pauses:
        paused = at + running
        at = paused + waiting
        later = resumed(hours, due, paused, at)
        assert later.astimezone(UTC) >= due.astimezone(UTC)
        if paused < due.astimezone(UTC):
            stood_still += office_time(hours, paused, at)
        else:
            assert later == due, "late stays late"
        due = later
    assert office_time(hours, received, due) - stood_still == office_time(hours, received, first)


@given(calendars, moments, spans, spans, spans)
@settings(max_examples=150, deadline=None)
def test_the_longer_the_pause_the_later_and_no_pause_is_none(
    hours: BusinessCalendar, paused: datetime, until_due: timedelta, waiting: timedelta, more: timedelta
) -> None:
    due = paused + until_due
    short, long = (resumed(hours, due, paused, paused + span) for span in (waiting, waiting + more))
    assert short.astimezone(UTC) <= long.astimezone(UTC)
    assert resumed(hours, due, paused, paused) == due


@given(calendars, moments, spans, spans, spans)
@settings(max_examples=150, deadline=None)
def test_two_pauses_in_a_row_are_one(
    hours: BusinessCalendar, paused: datetime, until_due: timedelta, first: timedelta, second: timedelta
) -> None:
    due = paused + until_due
    assume(office_time(hours, paused, due))  # what has no office time left is due when the first pause ends
    between = paused + first
    twice = resumed(hours, resumed(hours, due, paused, between), between, between + second)
    assert twice == resumed(hours, due, paused, between + second)


@given(calendars, moments, spans, spans, spans)
@settings(max_examples=100, deadline=None)
def test_of_two_due_times_the_earlier_stays_the_earlier(
    hours: BusinessCalendar, paused: datetime, one: timedelta, other: timedelta, waiting: timedelta
) -> None:
    early, late = sorted((paused + one, paused + other))
    resumes = paused + waiting
    if early > paused:
        assert resumed(hours, early, paused, resumes) <= resumed(hours, late, paused, resumes)


def test_a_weekend_in_waiting_costs_nothing() -> None:
    friday, monday = datetime(2026, 11, 6, 20, tzinfo=TORONTO), datetime(2026, 11, 9, 6, tzinfo=TORONTO)
    due = datetime(2026, 11, 9, 10, tzinfo=TORONTO)
    assert resumed(USUAL, due, friday, monday) == due


@pytest.mark.parametrize(("paused", "resumes", "due", "wanted"), [
    # over the end of daylight-saving time, 1 November 2026
    ("2026-10-30T10:00-04:00", "2026-11-03T10:00-05:00", "2026-11-02T10:00-05:00", "2026-11-04T10:00-05:00"),
    # over Remembrance Day
    ("2026-11-10T18:00-05:00", "2026-11-12T08:00-05:00", "2026-11-12T10:00-05:00", "2026-11-12T12:00-05:00"),
    # over Christmas
    ("2026-12-24T15:00-05:00", "2026-12-29T08:00-05:00", "2026-12-29T09:00-05:00", "2026-12-29T14:00-05:00"),
])  # fmt: skip
def test_by_hand(paused: str, resumes: str, due: str, wanted: str) -> None:
    at = [datetime.fromisoformat(text) for text in (paused, resumes, due, wanted)]
    assert resumed(USUAL, at[2], at[0], at[1]).astimezone(UTC) == at[3].astimezone(UTC)


def test_a_clock_counted_anew_keeps_the_alarm_and_leaves_the_waiting_out() -> None:
    received = datetime(2026, 11, 3, 10, tzinfo=TORONTO)
    alarm = TimerPlan(kind="action_alarm", due_at=received + timedelta(hours=24))
    breach = TimerPlan(kind="reply_breach", due_at=received + timedelta(days=1))
    deadline = Deadline(received=received, clock_start=received, reply_by=breach.due_at, action_by=alarm.due_at,
                        steps=("x",), calendar_version="v")  # fmt: skip
    pauses = [(received + timedelta(hours=1), received + timedelta(hours=3)),
              (received + timedelta(hours=5), received + timedelta(hours=6))]  # fmt: skip
    new, timers = after_waiting(USUAL, pauses, deadline, (breach, alarm), ("reply_breach",))
    assert new.reply_by == received + timedelta(days=1, hours=3)
    assert timers == (TimerPlan(kind="reply_breach", due_at=new.reply_by), alarm)
    assert new.steps == ("x", "waited 3 h 00 min of office time for the office: due 2026-11-04 13:00")
    assert after_waiting(USUAL, [], deadline, (breach, alarm), ("reply_breach",)) == (deadline, (breach, alarm))
