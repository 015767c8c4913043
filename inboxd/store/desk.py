"""Reads for the desk: what is due in order, and what stands beside a mail. A fixed number of queries for any page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from inboxd.tables import cases, events, mails

RUNNING = ("open", "waiting")
CORRECTED = "case_overridden"
CHANGING = ("case_raised", CORRECTED)
"""What gives a case another category, in the journal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which cases; an empty word is no filter."""

    category: str = ""
    office: str = ""
    queue: str = ""
    state: str = ""


def due(tx: Connection, wanted: Wanted, *, skip: int, limit: int) -> tuple[list[dict[str, Any]], dict[str, int]]:
    """Cases that nobody has answered, the one due first on top, each with why it has its category.

    That is `because` of the mail that gave it, or `corrected`, the reason of the person who did.

    And how many run in all, by category, whatever is wanted.
    """
    wanted_cases = select(
        cases.c.id,
        cases.c.mail_id,
        cases.c.reference,
        cases.c.category,
        cases.c.high_profile,
        cases.c.office,
        cases.c.queue,
        cases.c.state,
        cases.c.reply_by,
        cases.c.action_by,
    ).where(cases.c.state.in_((wanted.state,) if wanted.state in RUNNING else RUNNING))
    for column, value in (
        (cases.c.category, wanted.category),
        (cases.c.office, wanted.office),
        (cases.c.queue, wanted.queue),
    ):
        if value:
            wanted_cases = wanted_cases.where(column == value)
    page = wanted_cases.order_by(cases.c.reply_by, cases.c.id).offset(skip).limit(limit).subquery()
    # only for those of the page: what gave each its category
    last = select(func.max(events.c.id)).where(events.c.case_id == page.c.id, events.c.event.in_(CHANGING))
    change = events.alias("change")
    query = (
        select(page, mails.c.because, change.c.event.label("change"), change.c.detail)
        .select_from(page)
        .outerjoin(change, change.c.id == last.correlate(page).scalar_subquery())
        .join(mails, mails.c.id == func.coalesce(change.c.mail_id, page.c.mail_id))
        .order_by(page.c.reply_by, page.c.id)
    )
    rows = tx.execute(query).mappings()
    counted = select(cases.c.category, func.count()).where(cases.c.state.in_(RUNNING)).group_by(cases.c.category)
    return [_with_reason(dict(row)) for row in rows], {row[0]: row[1] for row in tx.execute(counted)}


def _with_reason(row: dict[str, Any]) -> dict[str, Any]:
    change, detail = row.pop("change"), row.pop("detail")
    del row["id"], row["mail_id"]
    return {**row, "corrected": detail.get("reason", "") if change == CORRECTED else None}


def mails_of(tx: Connection, mail_ids: tuple[int, ...]) -> list[dict[str, Any]]:
    """A line for each mail of a conversation, in order of arrival."""
    wanted = select(
        mails.c.id, mails.c.arrived_at, mails.c.sender, mails.c.subject, mails.c.route, mails.c.state, mails.c.office
    ).where(mails.c.id.in_(mail_ids))
    return [dict(row) for row in tx.execute(wanted.order_by(mails.c.arrived_at, mails.c.id)).mappings()]


def case(tx: Connection, reference: str) -> dict[str, Any] | None:
    """One case."""
    row = tx.execute(select(cases).where(cases.c.reference == reference)).mappings().first()
    return None if row is None else dict(row)
