"""Clocks moved by a closure come out as if it had been known at receipt, in whatever order closures are added."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from inboxd.calendar import ACTION, BusinessCalendar, Deadline, deadline, is_business_day, is_open
from inboxd.reclocking import later_case
from inboxd.store.reclocks import CaseClock
from tests.any_office import Situation, closed_on, situations

closures = st.lists(st.tuples(st.integers(-3, 20), st.integers(1, 12)), min_size=1, max_size=3)
"""Each begins so many days after the receipt and lasts so many."""


def clock_of(found: Deadline) -> CaseClock:
    """A case as its row keeps it: times in UTC, the arithmetic in words."""
    return CaseClock(
        case_id=1, mail_id=1, reference="MC26-000001-X", category="critical", office="o1", state="open",
        received=found.received.astimezone(UTC), raised=None, clock_start=found.clock_start.astimezone(UTC),
        reply_by=found.reply_by.astimezone(UTC), action_by=found.action_by, steps=found.steps,
    )  # fmt: skip


def closing(
    office: BusinessCalendar, received: datetime, offset: int, length: int
) -> tuple[BusinessCalendar, set[date]]:
    """The office with a closure, and the business days that it takes."""
    first = received.astimezone(office.zone).date() + timedelta(days=offset)
    days = {day for n in range(length) if is_business_day(office, day := first + timedelta(days=n))}
    return replace(office, closed={**closed_on(sorted(days)), **office.closed}), days


@given(situations, st.integers(1, 10), closures)
def test_closures_one_after_the_other_come_out_as_if_all_had_been_known(
    situation: Situation, count: int, given_closures: list[tuple[int, int]]
) -> None:
    office, received = situation
    case = clock_of(deadline(office, received, count, 24))
    for offset, length in given_closures:
        office, days = closing(office, received, offset, length)
        moved = later_case(case, office, frozenset(days))
        if moved is not None:
            assert moved.deadline.reply_by.astimezone(UTC) > case.reply_by
            assert moved.receipt == received
            case = clock_of(replace(moved.deadline, received=received))
        assert later_case(case, office, frozenset(days)) is None, "once is enough"
    known = deadline(office, received, count, 24)
    assert (case.reply_by, case.clock_start) == (known.reply_by.astimezone(UTC), known.clock_start.astimezone(UTC))
    assert case.action_by == known.action_by
    assert [step for step in case.steps if step.startswith(ACTION)] == [known.steps[-1]]
    # a day on which the mail came in only after closing is closed: no clock moves, and what was said of it stays
    assert case.steps == known.steps or case.steps[0].endswith("is after closing")


@given(situations, st.integers(1, 5), st.timedeltas(timedelta(0), timedelta(days=20)), closures)
def test_a_clock_that_was_set_otherwise_never_comes_earlier_and_never_ends_on_a_closed_day(
    situation: Situation, count: int, waited: timedelta, given_closures: list[tuple[int, int]]
) -> None:
    """It waited for its office: the due time is somewhere in office hours, and no arithmetic leads there."""
    office, received = situation
    found = deadline(office, received, count, 24)
    case = clock_of(replace(found, reply_by=deadline(office, found.reply_by + waited, 0, None).reply_by))
    for offset, length in given_closures:
        office, days = closing(office, received, offset, length)
        moved = later_case(case, office, frozenset(days))
        if moved is not None:
            assert moved.deadline.reply_by.astimezone(UTC) > case.reply_by
            case = clock_of(replace(moved.deadline, received=received))
        assert is_open(office, case.reply_by)
        assert later_case(case, office, frozenset(days)) is None, "once is enough"
