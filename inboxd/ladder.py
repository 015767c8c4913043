"""The ladder: what rings about a case or about documents, when, and who is told by which notice.

A timer's kind is all that its row keeps; this module says what each kind means, and plans the timers of an office's
standards. A case that was opened under other settings keeps the timers that it has: their kinds mean the same. Pure;
raises `KeyError` for a kind that no version of inboxd has set.

Sources: `product.md` "Enquiries" (before due: remind; at breach: escalate), `domain.md` C1 (the action alarm is never
paused), C5 (filing), C7 (on call).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from inboxd import calendar
from inboxd.calendar import Deadline
from inboxd.plan import Category, TimerPlan
from inboxd.settings import Audience
from inboxd.standard_tables import MOST_STEPS
from inboxd.standards import Standards

MIL = "mil"
"""The queue of the Minister's Office."""
PAGE, REVIEW_PAGE, BREACH, ACTION_ALARM = "page", "review_page", "reply_breach", "action_alarm"
FILING_WARNING, FILING_BREACH = "filing_warning", "filing_breach"


def _numbered(first: str, next_ones: str) -> tuple[str, ...]:
    return (first, *(f"{next_ones}_{number}" for number in range(2, MOST_STEPS + 1)))


REMINDERS = _numbered("reply_warning", "reply_warning")
ESCALATIONS = _numbered("escalation_1", "escalation")
ACTION_REMINDERS = _numbered("action_warning", "action_warning")
FILING_ESCALATIONS = _numbered("filing_escalation_1", "filing_escalation")

REPLY_KINDS = (*REMINDERS, BREACH, *ESCALATIONS, REVIEW_PAGE, PAGE)
"""What an answer stops, and what stands still while a case waits for the office."""
ACTION_KINDS = (*ACTION_REMINDERS, ACTION_ALARM)
"""What nothing pauses and no answer stops (`domain.md` C1)."""
FILING_KINDS = (FILING_WARNING, FILING_BREACH, *FILING_ESCALATIONS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What a kind of timer does when its time has come."""

    notice: str
    """The pair of templates."""
    to: Audience
    ordinal: int = 1
    """Which of several of its sort, from 1."""


def _steps(kinds: Iterable[str], notice: str, to: Audience) -> dict[str, Step]:
    return {kind: Step(notice=notice, to=to, ordinal=number) for number, kind in enumerate(kinds, start=1)}


STEPS: Mapping[str, Step] = MappingProxyType(
    {
        **_steps((PAGE,), "page", Audience.ON_CALL),
        **_steps((REVIEW_PAGE,), "review_page", Audience.ON_CALL),
        **_steps(REMINDERS, "reminder", Audience.TEAM),
        **_steps((BREACH,), "breach", Audience.TEAM),
        **_steps(ESCALATIONS, "escalation", Audience.MANAGERS),
        **_steps(ACTION_REMINDERS, "action_reminder", Audience.ON_CALL),
        **_steps((ACTION_ALARM,), "action_alarm", Audience.ON_CALL),
        **_steps((FILING_WARNING,), "filing_reminder", Audience.TEAM),
        **_steps((FILING_BREACH,), "filing_breach", Audience.TEAM),
        **_steps(FILING_ESCALATIONS, "filing_escalation", Audience.MANAGERS),
    }
)
"""Every kind of timer that inboxd sets."""


def of_case(
    standards: Standards, received: datetime, category: Category, deadline: Deadline, *, queue: str = ""
) -> tuple[TimerPlan, ...]:
    """The ladder of a case whose clock counts from `received` (aware), in the order in which it rings.

    What would come before the receipt comes at receipt; of several reminders, only the last such one.
    """
    lane = queue == MIL and deadline.action_by is None
    reminders = standards.mil_reminder_hours if lane else standards.reminder_hours(category)
    escalations = standards.mil_escalation_hours if lane else standards.escalation_hours(category)
    hours, due = standards.calendar, deadline.reply_by
    plans = _before(REMINDERS, (calendar.subtract_hours(hours, due, each) for each in reminders), received)
    plans.append(TimerPlan(kind=BREACH, due_at=due))
    for kind, each in zip(ESCALATIONS, escalations, strict=False):
        plans.append(TimerPlan(kind=kind, due_at=calendar.add_hours(hours, due, timedelta(hours=each))))
    if category is Category.REVIEW and not lane:
        page_at = calendar.subtract_hours(hours, due, standards.review_page_hours)
        plans.append(TimerPlan(kind=REVIEW_PAGE, due_at=max(page_at, received, key=_utc)))
    if deadline.action_by is not None:
        alarm = deadline.action_by
        earlier = (alarm - timedelta(hours=each) for each in standards.action_reminder_hours(category))
        plans += _before(ACTION_REMINDERS, earlier, received)
        plans.append(TimerPlan(kind=PAGE, due_at=standards.page_at(received)))
        plans.append(TimerPlan(kind=ACTION_ALARM, due_at=alarm))
    return tuple(sorted(plans, key=lambda plan: _utc(plan.due_at)))


def _before(kinds: Iterable[str], times: Iterable[datetime], received: datetime) -> list[TimerPlan]:
    """Reminders that do not come before the receipt."""
    plans = [TimerPlan(kind=kind, due_at=at) for kind, at in zip(kinds, times, strict=False)]
    early = [plan for plan in plans if _utc(plan.due_at) <= _utc(received)]
    at_once = [TimerPlan(kind=early[-1].kind, due_at=received)] if early else []
    return [*at_once, *plans[len(early) :]]


def of_documents(standards: Standards, received: datetime) -> tuple[TimerPlan, ...]:
    """The ladder of documents that are not on the record yet, in the order in which it rings (`domain.md` C5)."""
    breach = standards.filing_breach_days
    later = zip(FILING_ESCALATIONS, (breach + days for days in standards.filing_escalation_days), strict=False)
    counts = {FILING_WARNING: standards.filing_warn_days, FILING_BREACH: breach, **dict(later)}
    return tuple(
        TimerPlan(kind=kind, due_at=calendar.add_business_days(standards.calendar, received, days)[0])
        for kind, days in counts.items()
    )


def _utc(at: datetime) -> datetime:
    # two times of one zone are compared by wall time in Python
    return at.astimezone(UTC)
