"""The ladder: what rings before and after a due time, in which order, who is told; and steps that make no sense."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inboxd import calendar, ladder
from inboxd.calendar import Deadline
from inboxd.plan import INTERNAL_NOTICES, Category, TimerPlan
from inboxd.settings import Audience
from inboxd.standards import Standards, read_standards
from inboxd.tables import timers
from tests.any_office import Situation, situations
from tests.standards_file import STANDARDS, line, problems, toronto, wall, written

HOUR = timedelta(hours=1)
TUESDAY = toronto("2026-11-03 10:00")


def utc(at: datetime) -> datetime:
    return at.astimezone(UTC)


def rings(plans: tuple[TimerPlan, ...]) -> dict[str, str]:
    return {plan.kind: wall(plan.due_at) for plan in plans}


def deadline_of(standards: Standards, received: datetime, category: str) -> Deadline:
    return calendar.deadline(
        standards.calendar, received, standards.business_days(category), standards.action_hours(category))


def of(category: Category, received: datetime = TUESDAY, standards: Standards = STANDARDS) -> tuple[TimerPlan, ...]:
    return ladder.of_case(standards, received, category, deadline_of(standards, received, category))


# --- what ours says ---------------------------------------------------------------------------------------------


def test_a_critical_case_pages_at_once_reminds_breaches_and_escalates() -> None:
    assert rings(of(Category.CRITICAL)) == {
        "page": "Tue 2026-11-03 10:00",
        "reply_warning": "Tue 2026-11-03 18:00",
        "action_warning": "Wed 2026-11-04 06:00",
        "reply_warning_2": "Wed 2026-11-04 09:00",
        "reply_breach": "Wed 2026-11-04 10:00",
        "action_alarm": "Wed 2026-11-04 10:00",
        "escalation_1": "Wed 2026-11-04 11:00",
        "escalation_2": "Wed 2026-11-04 14:00",
    }


def test_a_case_over_a_weekend_counts_office_hours_and_its_alarm_all_hours() -> None:
    found = rings(of(Category.CRITICAL, toronto("2026-12-11 16:45")))
    assert found["action_warning"] == "Sat 2026-12-12 12:45"
    assert found["action_alarm"] == "Sat 2026-12-12 16:45"
    assert found["reply_warning"] == "Mon 2026-12-14 12:45"
    assert found["escalation_1"] == "Mon 2026-12-14 17:45"
    assert found["escalation_2"] == "Tue 2026-12-15 08:45", "the office closes at 19:00"


def test_what_is_unclear_is_paged_four_office_hours_before_it_is_due_unless_the_office_says_otherwise(
    tmp_path: Path,
) -> None:
    assert rings(of(Category.REVIEW))["review_page"] == "Tue 2026-11-03 18:00"
    sooner = read_standards(written(tmp_path, ("page_hours = 4\n", "page_hours = 6.5\n")))
    assert rings(of(Category.REVIEW, standards=sooner))["review_page"] == "Tue 2026-11-03 15:30"
    unsaid = read_standards(written(tmp_path, ("page_hours = 4\n", "")))
    assert rings(of(Category.REVIEW, standards=unsaid))["review_page"] == "Tue 2026-11-03 18:00"


def test_what_is_unclear_and_may_be_critical_has_the_alarm_of_the_critical_clock() -> None:
    found = rings(ladder.of_case(
        STANDARDS, TUESDAY, Category.REVIEW, deadline_of(STANDARDS, TUESDAY, Category.CRITICAL)))
    assert found["action_warning"] == "Wed 2026-11-04 06:00"
    assert {"page", "review_page", "action_alarm"} <= set(found)


def test_the_ministers_office_has_reminders_and_escalations_of_its_own() -> None:
    due = calendar.deadline(STANDARDS.calendar, TUESDAY, 5, None)
    assert rings(ladder.of_case(STANDARDS, TUESDAY, Category.REVIEW, due, queue=ladder.MIL)) == {
        "reply_warning": "Mon 2026-11-09 10:00",
        "reply_warning_2": "Mon 2026-11-09 18:00",
        "reply_breach": "Tue 2026-11-10 10:00",
        "escalation_1": "Tue 2026-11-10 14:00",
        "escalation_2": "Thu 2026-11-12 10:00",
    }, "nobody is paged, and Remembrance Day is closed"


def test_what_is_critical_from_the_ministers_office_has_the_ladder_of_critical() -> None:
    due = deadline_of(STANDARDS, TUESDAY, Category.CRITICAL)
    assert ladder.of_case(STANDARDS, TUESDAY, Category.CRITICAL, due, queue=ladder.MIL) == of(Category.CRITICAL)


def test_documents_warn_breach_and_escalate_in_business_days() -> None:
    assert rings(ladder.of_documents(STANDARDS, TUESDAY)) == {
        "filing_warning": "Thu 2026-11-05 10:00",
        "filing_breach": "Tue 2026-11-10 10:00",
        "filing_escalation_1": "Thu 2026-11-12 10:00",
    }


def test_a_reminder_never_comes_before_the_receipt_and_not_twice_at_it() -> None:
    """A follow-up that raises a case may leave less time than the reminders need."""
    due = replace(deadline_of(STANDARDS, TUESDAY, Category.URGENT), reply_by=TUESDAY + HOUR)
    found = ladder.of_case(STANDARDS, TUESDAY, Category.URGENT, due)
    assert [(plan.kind, plan.due_at - TUESDAY) for plan in found] == [
        ("reply_warning_2", timedelta()), ("reply_breach", HOUR),
        ("escalation_1", 5 * HOUR), ("escalation_2", 25 * HOUR)]


def test_an_office_may_want_no_step_but_the_breach(tmp_path: Path) -> None:
    none = [(f"reminder_hours = {hours}", "reminder_hours = []") for hours in ("[4, 1]", "[8, 2]")]
    path = written(tmp_path, *none, ("escalation_hours = [1, 4]\n", ""), ("action_reminder_hours = [4]\n", ""),
                   ("escalation_hours = [4, 12]", "escalation_hours = []"))
    standards = read_standards(path)
    assert set(rings(of(Category.URGENT, standards=standards))) == {"reply_breach"}
    assert set(rings(of(Category.CRITICAL, standards=standards))) == {"page", "reply_breach", "action_alarm"}


# --- kinds ------------------------------------------------------------------------------------------------------


def test_every_kind_has_an_internal_notice_and_fits_its_column() -> None:
    assert {step.notice for step in ladder.STEPS.values()} <= INTERNAL_NOTICES
    assert max(map(len, ladder.STEPS)) <= timers.c.kind.type.length
    assert len(ladder.STEPS) == len(ladder.REPLY_KINDS) + len(ladder.ACTION_KINDS) + len(ladder.FILING_KINDS)


def test_kinds_of_earlier_versions_keep_their_meaning() -> None:
    """Rows of cases that were opened before name them."""
    told = {kind: (step.notice, step.to) for kind, step in ladder.STEPS.items()}
    assert told["reply_warning"] == ("reminder", Audience.TEAM)
    assert told["reply_breach"] == ("breach", Audience.TEAM)
    assert told["page"] == ("page", Audience.ON_CALL)
    assert told["review_page"] == ("review_page", Audience.ON_CALL)
    assert told["action_alarm"] == ("action_alarm", Audience.ON_CALL)
    assert told["filing_warning"] == ("filing_reminder", Audience.TEAM)
    assert told["filing_breach"] == ("filing_breach", Audience.TEAM)
    assert told["escalation_6"] == ("escalation", Audience.MANAGERS)


def test_an_answer_stops_every_step_of_the_reply_and_none_of_the_alarm() -> None:
    stopped = {plan.kind for plan in of(Category.CRITICAL)} & set(ladder.REPLY_KINDS)
    assert {plan.kind for plan in of(Category.CRITICAL)} - stopped == {"action_warning", "action_alarm"}


# --- any office -------------------------------------------------------------------------------------------------

falling = st.lists(st.floats(0.25, 12), max_size=6, unique=True).map(lambda hours: tuple(sorted(hours, reverse=True)))
rising = st.lists(st.floats(0, 60), max_size=6, unique=True).map(lambda hours: tuple(sorted(hours)))


def _standards(office: calendar.BusinessCalendar, reminders: tuple[float, ...], escalations: tuple[float, ...],
               alarms: tuple[float, ...]) -> Standards:
    tables = {
        name: table.model_copy(update={"reminder_hours": reminders, "escalation_hours": escalations,
                                       "action_reminder_hours": alarms})
        for name, table in STANDARDS.standards.items()
    }
    return replace(STANDARDS, calendar=office, standards=tables)


@given(situations, st.sampled_from(Category), falling, rising, falling)
def test_the_ladder_of_any_office_is_in_order_distinct_and_never_before_the_receipt(
    situation: Situation, category: Category, reminders: tuple[float, ...], escalations: tuple[float, ...],
    alarms: tuple[float, ...],
) -> None:
    office, received = situation
    standards = _standards(office, reminders, escalations, alarms)
    due = deadline_of(standards, received, category)
    plans = ladder.of_case(standards, received, category, due)
    kinds = [plan.kind for plan in plans]
    times = {plan.kind: utc(plan.due_at) for plan in plans}
    assert len(kinds) == len(set(kinds))
    assert [utc(plan.due_at) for plan in plans] == sorted(times.values())
    assert min(times.values()) >= utc(received)
    assert times["reply_breach"] == utc(due.reply_by)
    for kind, at in times.items():
        if kind in ladder.REMINDERS or kind == "review_page":
            assert at <= times["reply_breach"]
        if kind in ladder.ESCALATIONS:
            assert at >= times["reply_breach"]
        if kind in ladder.ACTION_REMINDERS:
            assert at <= times["action_alarm"]
    for several in (ladder.REMINDERS, ladder.ESCALATIONS, ladder.ACTION_REMINDERS):
        own = [kind for kind in kinds if kind in several]
        assert own == sorted(own, key=several.index), "the first of several rings first"
    assert len([kind for kind in kinds if kind in ladder.ESCALATIONS]) == len(escalations)
    assert not reminders or ladder.REMINDERS[len(reminders) - 1] in kinds, "the last reminder always rings"


@given(situations, falling, rising)
def test_reminders_and_escalations_stand_at_their_office_hours(
    situation: Situation, reminders: tuple[float, ...], escalations: tuple[float, ...]
) -> None:
    """Counted anew from the calendar's own open time, minute by minute of the office."""
    office, received = situation
    standards = _standards(office, reminders, escalations, ())
    due = deadline_of(standards, received, Category.COMPLEX)
    for plan in ladder.of_case(standards, received, Category.COMPLEX, due):
        if plan.kind in ladder.REMINDERS and utc(plan.due_at) > utc(received):
            hours = reminders[ladder.REMINDERS.index(plan.kind)]
            assert _open_between(office, plan.due_at, due.reply_by) == pytest.approx(hours, abs=1e-6)
        if plan.kind in ladder.ESCALATIONS:
            hours = escalations[ladder.ESCALATIONS.index(plan.kind)]
            assert _open_between(office, due.reply_by, plan.due_at) == pytest.approx(hours, abs=1e-6)


def _open_between(office: calendar.BusinessCalendar, since: datetime, until: datetime) -> float:
    begin, end = utc(since), utc(until)
    day, total = since.astimezone(office.zone).date() - calendar.ONE_DAY, timedelta()
    while day <= until.astimezone(office.zone).date():
        if calendar.is_business_day(office, day):
            opens, closes = utc(calendar.opening(office, day)), utc(calendar.closing(office, day))
            total += max(min(closes, end) - max(opens, begin), timedelta())
        day += calendar.ONE_DAY
    return total / HOUR


# --- steps that make no sense -----------------------------------------------------------------------------------

CRITICAL = "reminder_hours = [4, 1]"


@pytest.mark.parametrize(
    ("old", "new", "key", "message"),
    [
        (CRITICAL, "reminder_hours = [1, 4]", "standard.critical.reminder_hours",
         "must fall, the reminder nearest to the due time last: 4 comes after 1"),
        (CRITICAL, "reminder_hours = [4, 4]", "standard.critical.reminder_hours",
         "must fall, the reminder nearest to the due time last: 4 comes after 4"),
        (CRITICAL, "reminder_hours = [7, 6, 5, 4, 3, 2, 1]", "standard.critical.reminder_hours",
         "has 7 steps; write at most 6"),
        (CRITICAL, "reminder_hours = [4, 0]", "standard.critical.reminder_hours.2",
         "input should be greater than 0 (found 0)"),
        (CRITICAL, 'reminder_hours = ["4"]', "standard.critical.reminder_hours.1",
         "input should be a valid number (found '4')"),
        (CRITICAL, "reminder_hours = [true]", "standard.critical.reminder_hours.1",
         "input should be a valid number (found True)"),
        (CRITICAL, "reminder_hours = 4", "standard.critical.reminder_hours",
         "must be a list in square brackets (found 4)"),
        (CRITICAL, "reminder_hours = [12.5]", "standard.critical.reminder_hours",
         "12.5 is more than the 12 office hours until the reply is due"),
        ("escalation_hours = [1, 4]", "escalation_hours = [4, 1]", "standard.critical.escalation_hours",
         "must rise from one step to the next: 1 comes after 4"),
        ("escalation_hours = [1, 4]", "escalation_hours = [-1]", "standard.critical.escalation_hours.1",
         "input should be greater than or equal to 0 (found -1)"),
        ("action_reminder_hours = [4]", "action_reminder_hours = [24]", "standard.critical.action_reminder_hours",
         "24 is not less than action_hours (24)"),
        ("action_hours = 24\n", "", "standard.critical.action_reminder_hours",
         "reminds of an alarm that there is not: give action_hours as well, or leave it out"),
        ("page_hours = 4", "page_hours = 13", "standard.review.page_hours",
         "13 is more than the 12 office hours until the reply is due"),
        ("page_hours = 4", "page_hours = 0", "standard.review.page_hours", "input should be greater than 0 (found 0)"),
        ("[standard.urgent]", "[standard.urgent]\npage_hours = 4", "standard.urgent.page_hours",
         "is not an option; check the spelling against the sample in config/"),
        ("escalation_business_days = [1]", "escalation_business_days = [2, 2]", "filing.escalation_business_days",
         "must rise from one step to the next: 2 comes after 2"),
        ("escalation_business_days = [1]", "escalation_business_days = [0.5]", "filing.escalation_business_days.1",
         "input should be a valid integer (found 0.5)"),
        ("reminder_hours = [12, 4]", "reminder_hours = [25]", "mil.reminder_hours",
         "25 is more than the 24 office hours until the reply is due"),
    ],
)  # fmt: skip
def test_steps_that_cannot_be_are_named_by_line_and_key(
    tmp_path: Path, old: str, new: str, key: str, message: str
) -> None:
    path = written(tmp_path, (old, new))
    told = key.removesuffix(".1").removesuffix(".2").rpartition(".")[2]
    wanted = line(path, new.partition("\n")[2] or new) if new else line(path, told)
    assert problems(path) == [f":{wanted}: {key}: {message}"]


def test_a_file_of_an_earlier_version_is_told_both_what_is_old_and_what_is_missing(tmp_path: Path) -> None:
    path = written(tmp_path, (CRITICAL, "warning_hours = 4"))
    assert problems(path) == [
        f":{line(path, '[standard.critical]')}: standard.critical.reminder_hours: is missing and has no default",
        f":{line(path, 'warning_hours')}: standard.critical.warning_hours: "
        "is not an option; check the spelling against the sample in config/",
    ]
