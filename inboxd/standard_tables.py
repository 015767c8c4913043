"""The tables of the standards file that say how soon people get an answer, and what rings before and after that.

Each list of hours is checked by itself when it is read (pydantic puts file, line and key to it); `wrong_steps` names
what does not hold together although each value does: a reminder before the mail can have come in, an alarm's reminder
without an alarm. Sources: `product.md` "Enquiries" and its table, `domain.md` C1, C5, R1-13.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Annotated, TypeVar

from pydantic import AfterValidator, Field, Strict

from inboxd.config_file import Location, Section

MOST_STEPS = 6
"""So many reminders, and so many escalations, have a kind of timer each (`ladder`)."""

Number = TypeVar("Number", int, float)


def _not_too_many(steps: tuple[Number, ...]) -> tuple[Number, ...]:
    if len(steps) > MOST_STEPS:
        raise ValueError(f"has {len(steps)} steps; write at most {MOST_STEPS}")
    return steps


def _falling(hours: tuple[Number, ...]) -> tuple[Number, ...]:
    wrong = next(((first, then) for first, then in pairwise(hours) if then >= first), None)
    if wrong is not None:
        raise ValueError(f"must fall, the reminder nearest to the due time last: {_pair(wrong)}")
    return _not_too_many(hours)


def _rising(steps: tuple[Number, ...]) -> tuple[Number, ...]:
    wrong = next(((first, then) for first, then in pairwise(steps) if then <= first), None)
    if wrong is not None:
        raise ValueError(f"must rise from one step to the next: {_pair(wrong)}")
    return _not_too_many(steps)


def _pair(wrong: tuple[Number, Number]) -> str:
    return f"{wrong[1]:g} comes after {wrong[0]:g}"


Days = Annotated[int, Strict(), Field(ge=1, le=250)]
Hours = Annotated[float, Strict(), Field(gt=0, le=1000)]
SomeHours = Annotated[float, Strict(), Field(ge=0, le=1000)]
SomeDays = Annotated[int, Strict(), Field(ge=0, le=250)]
Reminders = Annotated[tuple[Hours, ...], AfterValidator(_falling)]
Escalations = Annotated[tuple[SomeHours, ...], AfterValidator(_rising)]
EscalationDays = Annotated[tuple[SomeDays, ...], AfterValidator(_rising)]


class Standard(Section):
    """How soon one category is answered, and the steps of its ladder."""

    business_days: Days
    action_hours: Annotated[int, Strict(), Field(ge=1, le=1000)] | None = None
    reminder_hours: Reminders
    """Office hours before the answer is due, the first reminder first."""
    escalation_hours: Escalations = ()
    """Office hours after it was due."""
    action_reminder_hours: Reminders = ()
    """Consecutive hours before the action alarm."""


class ReviewStandard(Standard):
    """The standard of what a person has to decide first."""

    page_hours: Hours = 4
    """Office hours before the answer is due: people are paged if nobody decided (`product.md`: T-4 h)."""


class StandardTables(Section):
    """One standard for each category."""

    critical: Standard
    urgent: Standard
    complex: Standard
    review: ReviewStandard
    not_met: Standard


class FilingTable(Section):
    """How soon documents are on the application record, in business days from receipt."""

    warn_business_days: Days
    breach_business_days: Days
    escalation_business_days: EscalationDays = ()
    """Business days after the breach."""


class MilTable(Section):
    """The queue of the Minister's Office; what is critical in it has the standard of that category."""

    urgent_complex: Days
    time_sensitive: Days
    other: Days
    reminder_hours: Reminders = ()
    escalation_hours: Escalations = ()


MIL_LANES = ("urgent_complex", "time_sensitive", "other")


def wrong_steps(
    standards: StandardTables, filing: FilingTable, mil: MilTable, shortest_hours: float
) -> Iterator[tuple[Location, str]]:
    """Steps that contradict a due time; `shortest_hours` is the office's shortest day."""
    if filing.warn_business_days >= filing.breach_business_days:
        yield ("filing", "warn_business_days"), "must be less than breach_business_days, or the warning comes too late"
    for name in StandardTables.model_fields:
        standard: Standard = getattr(standards, name)
        most = standard.business_days * shortest_hours
        yield from _too_early(("standard", name, "reminder_hours"), standard.reminder_hours, most)
        if isinstance(standard, ReviewStandard) and standard.page_hours > most:
            yield ("standard", name, "page_hours"), _more(standard.page_hours, most)
        yield from _wrong_action(name, standard)
    lanes = min(getattr(mil, lane) for lane in MIL_LANES)
    yield from _too_early(("mil", "reminder_hours"), mil.reminder_hours, lanes * shortest_hours)


def _too_early(place: Location, hours: tuple[float, ...], most: float) -> Iterator[tuple[Location, str]]:
    if hours and hours[0] > most:
        yield place, _more(hours[0], most)


def _more(hours: float, most: float) -> str:
    return f"{hours:g} is more than the {most:g} office hours until the reply is due"


def _wrong_action(name: str, standard: Standard) -> Iterator[tuple[Location, str]]:
    place: Location = ("standard", name, "action_reminder_hours")
    if not standard.action_reminder_hours:
        return
    if standard.action_hours is None:
        yield place, "reminds of an alarm that there is not: give action_hours as well, or leave it out"
    elif standard.action_reminder_hours[0] >= standard.action_hours:
        first = standard.action_reminder_hours[0]
        yield place, f"{first:g} is not less than action_hours ({standard.action_hours})"
