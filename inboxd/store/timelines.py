"""Reads the time lines of cases out of the journal: what happened to each, at its own time. No case fact is among them.

What people did has the time at which the server got their mail or at which inboxd saw it; what we did, when we did it.
Events that mean nothing to the office of the case, and any that is not known here, are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from inboxd.mail import CaseStep
from inboxd.plan import Category
from inboxd.tables import events, mails

OPENED = "case_opened"
AS_RECEIVED = {"case_answered": "answered", "case_follow_up": "added"}
"""Steps that happened when the mail came, not when we read it."""
OTHERS = {
    "case_raised": "raised",
    "case_paused": "waiting",
    "case_resumed": "resumed",
    "case_reclocked": "due_moved",
    "case_closed": "closed",
    "case_reopened": "reopened",
}
CLOSING = "closed"
"""Why a case was resumed in the moment in which it is closed: no step of its own."""


def of_cases(tx: Connection, cases: Sequence[Mapping[str, Any]]) -> dict[int, tuple[CaseStep, ...]]:
    """The steps of each of these rows of cases, oldest first."""
    wanted = (
        select(events.c.case_id, events.c.at, events.c.event, events.c.detail, mails.c.arrived_at)
        .outerjoin(mails, mails.c.id == events.c.mail_id)
        .where(events.c.case_id.in_([case["id"] for case in cases]))
        .order_by(events.c.id)
    )
    journal: dict[int, list[Any]] = {case["id"]: [] for case in cases}
    for row in tx.execute(wanted):
        journal[row.case_id].append(row)
    return {
        case["id"]: tuple(
            sorted(
                (CaseStep(at=case["received"], what="received"), *_steps(journal[case["id"]], case["queue"])),
                key=lambda step: step.at,
            )
        )
        for case in cases
    }


def _steps(journal: Sequence[Any], queue: str) -> Iterator[CaseStep]:
    for row in journal:
        category, due = row.detail.get("category", ""), _due(row.detail)
        if row.event == OPENED:
            yield CaseStep(at=row.at, what="to_review" if category == Category.REVIEW else "decided", category=category)
            if category == Category.NOT_MET and queue != "mil":
                yield CaseStep(at=row.at, what="noticed")
        elif row.event == "case_overridden":
            reviewed = row.detail.get("previous") == Category.REVIEW
            yield CaseStep(at=row.at, what="reviewed" if reviewed else "corrected", category=category, due=due)
        elif row.event in AS_RECEIVED:
            yield CaseStep(at=row.arrived_at or row.at, what=AS_RECEIVED[row.event])
        elif row.event in OTHERS and row.detail.get("why") != CLOSING:
            told = None if row.event == "case_paused" else due
            yield CaseStep(at=row.at, what=OTHERS[row.event], category=category, due=told)


def _due(detail: Mapping[str, Any]) -> datetime | None:
    """The reply-by time that the step left; journals of before it was noted do not say."""
    return datetime.fromisoformat(detail["reply_by"]) if "reply_by" in detail else None
