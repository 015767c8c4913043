"""Rows of timers whose time has come: which, what their notices need, and that each rings once."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, select, update

from inboxd import ladder
from inboxd.ladder import FILING_KINDS
from inboxd.store.clocks import CLOCK_EVENTS
from inboxd.store.journal import note
from inboxd.tables import cases, events, mails, timers

# asked every second: building a statement costs more than carrying it out
_DUE = (
    select(
        timers,
        cases.c.reference,
        cases.c.category,
        cases.c.office.label("case_office"),
        cases.c.received,
        cases.c.reply_by,
        cases.c.action_by,
        mails.c.office,
        mails.c.arrived_at,
        mails.c.digest,
    )
    .outerjoin(cases, cases.c.id == timers.c.case_id)
    .outerjoin(mails, mails.c.id == timers.c.mail_id)
    .where(timers.c.state == "set", timers.c.due_at <= bindparam("now"))
    .order_by(timers.c.due_at, timers.c.id)
    .limit(bindparam("most"))
)
_FIRED = (
    update(timers)
    .where(timers.c.id == bindparam("timer"), timers.c.state == "set")
    .values(state="fired", fired_at=bindparam("now"))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DueTimer:
    """A timer whose time has come, with what its notice needs."""

    timer_id: int
    kind: str
    due_at: datetime
    case_id: int | None
    mail_id: int | None
    digest: str
    """Of the mail that set it."""
    reference: str
    category: str
    office: str
    received: datetime
    promised: datetime
    """The due time that it belongs to: of the answer, of the action, or of the documents."""


def due(tx: Connection, now: datetime, limit: int) -> list[DueTimer]:
    """Timers whose time has come, oldest first; late ones too."""
    rows = tx.execute(_DUE, {"now": now, "most": limit}).all()
    filed_by = _filing_breaches(tx, {row.mail_id for row in rows if row.kind in FILING_KINDS})
    return [
        DueTimer(
            timer_id=row.id,
            kind=row.kind,
            due_at=row.due_at,
            case_id=row.case_id,
            mail_id=row.mail_id,
            digest=row.digest or "",
            reference=row.reference or "",
            category=row.category or "",
            office=row.case_office or row.office or "",
            received=row.received or row.arrived_at or row.due_at,
            promised=_promised(row, filed_by),
        )
        for row in rows
    ]


def _promised(row: Row[Any], filed_by: Mapping[int, datetime]) -> datetime:
    if row.kind in FILING_KINDS:
        return filed_by.get(row.mail_id, row.due_at)
    promised: datetime | None = row.action_by if row.kind in ladder.ACTION_KINDS else row.reply_by
    return promised or row.due_at


def _filing_breaches(tx: Connection, mail_ids: Collection[int]) -> dict[int, datetime]:
    """By when the documents of these mails must be filed."""
    if not mail_ids:
        return {}
    found = select(timers.c.mail_id, timers.c.due_at).where(
        timers.c.mail_id.in_(mail_ids), timers.c.kind == ladder.FILING_BREACH
    )
    return {row.mail_id: row.due_at for row in tx.execute(found)}


def set_after_its_time(tx: Connection, timer: DueTimer) -> str:
    """Whether a timer was set only after its time: `clock` (the clock of its case was set anew), `opened`, or empty."""
    if timer.case_id is None:
        first = select(func.min(events.c.at)).where(events.c.mail_id == timer.mail_id, events.c.event == "decided")
        decided = tx.scalar(first)
        return "opened" if decided is not None and decided > timer.due_at else ""
    since = select(events.c.event).where(events.c.case_id == timer.case_id, events.c.at > timer.due_at)
    found = set(tx.scalars(since.where(events.c.event.in_(("case_opened", *CLOCK_EVENTS)))))
    return "clock" if found & CLOCK_EVENTS else "opened" if found else ""


def fired(tx: Connection, timer: DueTimer, now: datetime) -> bool:
    """Mark a timer fired; False if another process fired it."""
    changed = tx.execute(_FIRED, {"timer": timer.timer_id, "now": now})
    if changed.rowcount != 1:
        return False
    rang = {"kind": timer.kind, "due": timer.due_at.isoformat()}
    note(tx, "timer_fired", now, mail_id=timer.mail_id, case_id=timer.case_id, **rang)
    return True
