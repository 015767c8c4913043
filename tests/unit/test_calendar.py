"""Business time: the worked examples of `domain.md` 1.7, and what must hold for any office and any mail."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inboxd.calendar import (
    ClosedDay,
    OpenHours,
    add_business_days,
    business_time,
    closing,
    deadline,
    is_business_day,
    is_open,
    next_opening,
    opening,
    subtract_hours,
)
from tests.any_office import ALWAYS, OFFICE, Situation, situations

TORONTO = ZoneInfo("America/Toronto")


def toronto(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=TORONTO)


def wall(at: datetime) -> str:
    return at.astimezone(TORONTO).strftime("%a %Y-%m-%d %H:%M %Z")


# --- worked examples, domain.md 1.7 -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("received", "business_days", "due"),
    [
        ("2026-12-11 16:45", 1, "Mon 2026-12-14 16:45 EST"),
        ("2026-12-11 16:45", 2, "Tue 2026-12-15 16:45 EST"),
        ("2026-12-11 19:30", 1, "Tue 2026-12-15 07:00 EST"),
        ("2026-12-12 11:00", 1, "Tue 2026-12-15 07:00 EST"),
        ("2026-12-24 15:00", 1, "Tue 2026-12-29 15:00 EST"),
        ("2026-12-24 15:00", 5, "Tue 2027-01-05 15:00 EST"),
        ("2026-04-02 14:00", 1, "Tue 2026-04-07 14:00 EDT"),
        ("2026-03-06 12:00", 1, "Mon 2026-03-09 12:00 EDT"),
    ],
)
def test_reply_is_due_as_in_the_worked_examples(received: str, business_days: int, due: str) -> None:
    assert wall(deadline(OFFICE, toronto(received), business_days, None).reply_by) == due


def test_action_alarm_is_24_hours_after_receipt_whatever_the_weekend() -> None:
    assert wall(_action_by("2026-12-11 16:45")) == "Sat 2026-12-12 16:45 EST"


def test_action_alarm_counts_real_hours_over_both_clock_changes() -> None:
    assert wall(_action_by("2026-03-07 12:00")) == "Sun 2026-03-08 13:00 EDT"
    assert wall(_action_by("2026-10-31 12:00")) == "Sun 2026-11-01 11:00 EST"


def _action_by(received: str) -> datetime:
    action_by = deadline(OFFICE, toronto(received), 1, 24).action_by
    assert action_by is not None
    assert action_by - toronto(received).astimezone(UTC) == timedelta(hours=24)
    return action_by


def test_business_days_keep_the_wall_time_over_both_clock_changes() -> None:
    assert wall(add_business_days(OFFICE, toronto("2026-03-06 12:00"), 1)[0]) == "Mon 2026-03-09 12:00 EDT"
    assert wall(add_business_days(OFFICE, toronto("2026-10-30 12:00"), 1)[0]) == "Mon 2026-11-02 12:00 EST"


def test_closed_days_of_2026_and_2027_are_those_of_the_dossier() -> None:
    stated = {
        2026: "01-01 04-03 04-06 05-18 07-01 08-03 09-07 09-30 10-12 11-11 12-25 12-28",
        2027: "01-01 03-26 03-29 05-24 07-01 08-02 09-06 09-30 10-11 11-11 12-27 12-28",
    }
    for year, days in stated.items():
        assert [f"{day:%m-%d}" for day in sorted(OFFICE.closed) if day.year == year] == days.split()
        every_day = (date(year, 1, 1) + timedelta(days=offset) for offset in range(365))
        assert sum(is_business_day(OFFICE, day) for day in every_day) == 249


# --- the edges of the day ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("received", "starts"),
    [
        ("2026-12-14 05:10", "2026-12-14 07:00"),
        ("2026-12-14 06:59:59", "2026-12-14 07:00"),
        ("2026-12-14 07:00", "2026-12-14 07:00"),
        ("2026-12-14 19:00", "2026-12-14 19:00"),
        ("2026-12-14 19:00:01", "2026-12-15 07:00"),
        ("2026-12-14 23:59:59", "2026-12-15 07:00"),
        ("2026-12-13 10:00", "2026-12-14 07:00"),
        ("2026-12-25 10:00", "2026-12-29 07:00"),
        ("2026-12-31 20:00", "2027-01-04 07:00"),
    ],
)
def test_mail_outside_hours_starts_its_clock_at_the_next_opening(received: str, starts: str) -> None:
    receipt = deadline(OFFICE, toronto(received), 1, None)
    assert receipt.clock_start == toronto(starts) == next_opening(OFFICE, toronto(received))
    assert receipt.received == toronto(received)


def test_receipt_in_another_zone_is_read_on_the_offices_clock() -> None:
    vancouver = datetime(2026, 12, 11, 16, 30, tzinfo=ZoneInfo("America/Vancouver"))
    assert wall(deadline(OFFICE, vancouver, 1, None).reply_by) == "Tue 2026-12-15 07:00 EST"


def test_time_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="without zone"):
        deadline(OFFICE, datetime(2026, 12, 11, 16, 45), 1, None)  # noqa: DTZ001 - the missing zone is the point


def test_office_that_never_opens_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="never open"):
        replace(OFFICE, hours={})
    with pytest.raises(ValueError, match="never open"):
        replace(OFFICE, hours={8: OpenHours(opens=time(7), closes=time(19))})
    with pytest.raises(ValueError, match="opens at 19:00 and closes at 07:00"):
        OpenHours(opens=time(19), closes=time(7))


def test_closed_day_has_neither_opening_nor_closing() -> None:
    assert (opening(OFFICE, date(2026, 12, 24)), closing(OFFICE, date(2026, 12, 24))) == (
        toronto("2026-12-24 07:00"), toronto("2026-12-24 19:00"))
    for helper in (opening, closing):
        with pytest.raises(ValueError, match="closed on 2026-12-25"):
            helper(OFFICE, date(2026, 12, 25))


def test_a_year_of_closed_days_still_ends() -> None:
    days = [date(2026, 1, 1) + timedelta(days=offset) for offset in range(3 * 365)]
    shut = replace(OFFICE, closed={day: ClosedDay(day=day, name_en="Flood", name_fr="Inondation") for day in days})
    assert wall(next_opening(shut, toronto("2026-01-01 12:00"))) == "Mon 2029-01-01 07:00 EST"


def test_result_is_kept_inside_shorter_hours() -> None:
    hours = {1: OpenHours(opens=time(9), closes=time(12)), 2: OpenHours(opens=time(7), closes=time(19))}
    short = replace(OFFICE, hours=hours)
    assert wall(add_business_days(short, toronto("2026-12-08 16:00"), 1)[0]) == "Mon 2026-12-14 12:00 EST"
    assert wall(add_business_days(short, toronto("2026-12-08 07:30"), 1)[0]) == "Mon 2026-12-14 09:00 EST"


def test_office_open_round_the_clock_survives_the_hour_that_does_not_exist() -> None:
    due, steps = add_business_days(ALWAYS, toronto("2026-03-07 02:30"), 1)
    assert wall(due) == "Sun 2026-03-08 03:00 EDT"
    assert steps[-1] == "2026-03-08 has no 02:30, clocks change: due at 03:00"
    assert wall(add_business_days(ALWAYS, toronto("2026-03-07 03:00"), 1)[0]) == "Sun 2026-03-08 03:00 EDT"
    assert wall(add_business_days(ALWAYS, toronto("2026-10-31 01:30"), 1)[0]) == "Sun 2026-11-01 01:30 EDT"


def test_what_arrives_when_an_hour_comes_again_is_not_due_before_what_came_the_first_time() -> None:
    first, again = datetime(2026, 11, 1, 5, 50, tzinfo=UTC), datetime(2026, 11, 1, 6, 10, 30, tzinfo=UTC)
    assert (wall(first), wall(again)) == ("Sun 2026-11-01 01:50 EDT", "Sun 2026-11-01 01:10 EST")
    assert wall(add_business_days(ALWAYS, first, 1)[0]) == "Mon 2026-11-02 01:50 EST"
    due, steps = add_business_days(ALWAYS, again, 1)
    assert wall(due) == "Mon 2026-11-02 02:00 EST"
    assert "01:10:30 came again on 2026-11-01: counted as 02:00" in steps


def test_a_day_that_ends_at_midnight_ends_when_its_last_hour_has_come_twice() -> None:
    saturday = {6: OpenHours(opens=time(8), closes=time.max)}
    beirut = replace(OFFICE, zone=ZoneInfo("Asia/Beirut"), closed={}, hours=saturday)
    autumn = date(2026, 10, 24)  # a Saturday: at midnight the clock goes back to 23:00
    assert closing(beirut, autumn).astimezone(UTC) == datetime(2026, 10, 24, 22, tzinfo=UTC) - timedelta.resolution
    assert is_open(beirut, datetime(2026, 10, 24, 21, 30, tzinfo=UTC))


# --- the arithmetic explains itself -----------------------------------------------------------------------------


def test_steps_tell_the_whole_arithmetic() -> None:
    receipt = deadline(OFFICE, toronto("2026-12-24 19:30"), 1, 24)
    assert receipt.steps == (
        "2026-12-24 19:30 is after closing",
        "2026-12-25 skipped: Christmas Day",
        "2026-12-26 skipped: Saturday",
        "2026-12-27 skipped: Sunday",
        "2026-12-28 skipped: Boxing Day",
        "the clock starts at 2026-12-29 07:00",
        "2026-12-30 is business day 1",
        "action within 24 consecutive hours: 2026-12-25 19:30 EST",
    )
    assert receipt.calendar_version == OFFICE.version


def test_steps_name_the_clock_change_and_an_early_mail() -> None:
    assert add_business_days(OFFICE, toronto("2026-03-06 06:00"), 1)[1] == (
        "2026-03-06 06:00 is before opening",
        "the clock starts at 2026-03-06 07:00",
        "2026-03-07 skipped: Saturday",
        "2026-03-08 skipped: Sunday",
        "2026-03-09 is business day 1",
        "clocks change from EST to EDT: 07:00 stays 07:00",
    )


def test_steps_of_mail_on_a_closed_day_begin_with_that_day() -> None:
    assert add_business_days(OFFICE, toronto("2026-12-13 10:00"), 0)[1] == (
        "2026-12-13 skipped: Sunday",
        "the clock starts at 2026-12-14 07:00",
    )


def test_steps_have_the_seconds_of_a_receipt() -> None:
    assert deadline(OFFICE, toronto("2026-12-14 19:00:01"), 1, 24).steps == (
        "2026-12-14 19:00:01 is after closing",
        "the clock starts at 2026-12-15 07:00",
        "2026-12-16 is business day 1",
        "action within 24 consecutive hours: 2026-12-15 19:00:01 EST",
    )


def test_steps_name_a_day_with_shorter_hours() -> None:
    hours = {1: OpenHours(opens=time(9), closes=time(12)), 2: OpenHours(opens=time(7), closes=time.max)}
    steps = add_business_days(replace(OFFICE, hours=hours), toronto("2026-12-07 08:00"), 1)[1]
    assert steps[-1] == "2026-12-08 is business day 1"
    steps = add_business_days(replace(OFFICE, hours=hours), toronto("2026-12-08 16:00"), 1)[1]
    assert steps[-1] == "2026-12-14 is open 09:00 to 12:00: due at 12:00"


def test_receipt_before_the_reviewed_holidays_says_so() -> None:
    receipt = deadline(OFFICE, toronto("2025-12-24 12:00"), 1, None)
    assert receipt.steps[-1] == "the holiday table begins on 2026-01-01: earlier holidays are not counted"
    assert not any("holiday table" in step for step in deadline(OFFICE, toronto("2026-01-02 12:00"), 1, None).steps)


def test_deadline_beyond_the_reviewed_holidays_is_computed_and_says_so() -> None:
    receipt = deadline(OFFICE, toronto("2030-12-31 12:00"), 2, None)
    assert wall(receipt.reply_by) == "Thu 2031-01-02 12:00 EST"
    assert receipt.steps[-1] == "the holiday table ends on 2030-12-31: later holidays are not counted"
    assert not any("holiday table" in step for step in deadline(OFFICE, toronto("2030-12-30 12:00"), 1, None).steps)


# --- warnings ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("due", "hours", "warned"),
    [
        ("2026-12-14 16:45", 4, "Mon 2026-12-14 12:45 EST"),
        ("2026-12-14 08:00", 4, "Fri 2026-12-11 16:00 EST"),
        ("2026-12-14 07:00", 0, "Mon 2026-12-14 07:00 EST"),
        ("2026-12-29 07:00", 12, "Thu 2026-12-24 07:00 EST"),
        ("2026-12-13 12:00", 1, "Fri 2026-12-11 18:00 EST"),
        ("2026-12-14 05:00", 1, "Fri 2026-12-11 18:00 EST"),
        ("2026-03-09 08:00", 2, "Fri 2026-03-06 18:00 EST"),
        ("2026-12-15 09:30", 26.5, "Fri 2026-12-11 07:00 EST"),
    ],
)
def test_warning_comes_that_many_office_hours_before(due: str, hours: float, warned: str) -> None:
    assert wall(subtract_hours(OFFICE, toronto(due), hours)) == warned


def test_cannot_count_backwards() -> None:
    with pytest.raises(ValueError, match="cannot go back 1"):
        add_business_days(OFFICE, toronto("2026-12-14 08:00"), -1)
    with pytest.raises(ValueError, match="negative"):
        subtract_hours(OFFICE, toronto("2026-12-14 08:00"), -1)


# --- how long something has waited -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("since", "until", "days", "hours"),
    [
        ("2026-12-11 16:45", "2026-12-11 16:45", 0, 0),
        ("2026-12-11 16:45", "2026-12-11 18:15", 0, 1.5),
        ("2026-12-11 16:45", "2026-12-13 12:00", 0, 2.25),  # Friday evening, then the weekend: no time passes
        ("2026-12-11 16:45", "2026-12-14 16:44", 0, 2.25 + 9 + 44 / 60),
        ("2026-12-11 16:45", "2026-12-14 16:45", 1, 0),
        ("2026-12-11 16:45", "2026-12-15 17:45", 2, 1),
        ("2026-12-12 11:00", "2026-12-13 11:00", 0, 0),  # the clock starts on Monday
        ("2026-12-24 15:00", "2026-12-29 15:00", 1, 0),
        ("2026-03-06 12:00", "2026-03-09 12:30", 1, 0.5),  # clocks change in between
        ("2026-12-11 16:45", "2026-12-10 09:00", 0, 0),
    ],
)
def test_time_that_was_waited_is_counted_as_the_standards_count(
    since: str, until: str, days: int, hours: float
) -> None:
    assert business_time(OFFICE, toronto(since), toronto(until)) == (days, timedelta(hours=hours))


@given(situations, st.integers(0, 5))
def test_what_is_due_has_waited_so_many_business_days_and_not_a_moment_more(situation: Situation, count: int) -> None:
    office, received = situation
    due = deadline(office, received, count, None).reply_by
    assert business_time(office, received, due) == (count, timedelta())


@given(minute=st.integers(0, 700 * 24 * 60), days=st.integers(0, 40), more=st.integers(0, 59))
def test_business_days_that_were_added_are_counted_again(minute: int, days: int, more: int) -> None:
    received = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
    due, _ = add_business_days(OFFICE, received, days)
    later = due + timedelta(minutes=more)
    if later <= closing(OFFICE, due.date()):
        assert business_time(OFFICE, received, later) == (days, timedelta(minutes=more))
    assert business_time(OFFICE, received, due - timedelta(seconds=1))[0] == max(days - 1, 0)


def test_a_long_wait_is_counted_quickly() -> None:
    assert business_time(OFFICE, toronto("2026-01-05 09:00"), toronto("2027-12-30 09:00"))[0] > 480
