"""Why a promise was missed, as far as rows can tell: one cause for each breach, and what else came together. Pure.

Every cause is a fact of the journal with a rule that can be looked up (`docs/reporting.md`); none is a guess about
people. Delays before a person could see the case explain a breach only if it would have been in time without them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from inboxd.calendar import BusinessCalendar
from inboxd.reporting.history import Promise
from inboxd.triage.pausing import office_time

NOTICEABLE = timedelta(hours=1)
"""Office time; a shorter delay is not named."""


class Cause(StrEnum):
    """What a breach is counted under: the first that fits, in this order."""

    TAKEN_LATE = "taken_late"
    """The daemon did not run, or had no contact with the mailbox."""
    HELD_FIRST = "held_first"
    """The mail was held, and only then became a case."""
    DECIDED_LATE = "decided_late"
    """The daemon had the mail, did not hold it, and was late to decide."""
    RETURNED = "returned"
    """The notice that was the answer came back."""
    REOPENED = "reopened"
    """Answered or closed in time, and opened again by a person."""
    CORRECTED = "corrected"
    """A person's correction brought the due time forward."""
    RAISED = "raised"
    """A later mail raised the category; it was that deadline that was missed."""
    UNDECIDED = "undecided"
    """Nobody had decided its category when it was due."""
    WAITED = "waited"
    """It had waited for the office; the time was not enough even without that."""
    NO_ANSWER = "no_answer"
    """Nothing of the above: nobody answered in time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """Why one promise was missed."""

    cause: Cause
    also: tuple[Cause, ...]
    """What else is true of it, in the same order."""
    late: timedelta
    """Consecutive time from the due time to the answer, or until now."""
    late_office: timedelta
    """The office hours among them."""


def explain(hours: BusinessCalendar, promise: Promise, at: datetime) -> Explained:
    """Why a promise that is missed as of `at` was missed."""
    ended = promise.ended(at)
    late_office = office_time(hours, promise.reply_by, ended)
    delays = _delays(hours, promise)
    facts = [cause for cause, delay in delays.items() if delay >= NOTICEABLE]
    explaining = [cause for cause in facts if delays[cause] >= late_office and promise.answered_at is not None]
    if promise.made.at > promise.reply_by:
        explaining = facts  # it was too late before anybody could see it
    facts += [
        cause
        for cause, is_so in (
            (Cause.RETURNED, promise.was_returned),
            (Cause.REOPENED, promise.was_reopened and not promise.was_returned),
            (Cause.CORRECTED, promise.came_sooner),
            (Cause.RAISED, promise.is_raised),
            (Cause.UNDECIDED, promise.was_undecided_when_due()),
            (Cause.WAITED, bool(promise.pauses)),
        )
        if is_so
    ]
    cause = next((fact for fact in facts if fact in explaining or fact not in delays), Cause.NO_ANSWER)
    return Explained(
        cause=cause,
        also=tuple(fact for fact in facts if fact is not cause),
        late=ended - promise.reply_by,
        late_office=late_office,
    )


def _delays(hours: BusinessCalendar, promise: Promise) -> dict[Cause, timedelta]:
    """Office time between the arrival of the mail that made the promise and the moment when people could see it."""
    taken = promise.made.taken_at or promise.made.at
    arrived = promise.made.arrived_at or promise.since
    waiting = Cause.HELD_FIRST if promise.made.was_held else Cause.DECIDED_LATE
    return {
        Cause.TAKEN_LATE: office_time(hours, arrived, taken),
        waiting: office_time(hours, taken, promise.made.at),
    }
