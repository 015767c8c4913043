"""Rows of clocks that a closure moves: which are open, what they count, and their new due times."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select, update

from inboxd.calendar import Deadline
from inboxd.errors import Transient
from inboxd.ladder import ACTION_KINDS, FILING_KINDS, PAGE, REPLY_KINDS
from inboxd.plan import TimerPlan
from inboxd.store.journal import note
from inboxd.tables import cases, events, mails, timers

RUNNING = ("open", "waiting")
AHEAD = ("set", "paused")
"""States of a timer that has not rung: it may stand still while its case waits for the office."""
ONCE = (PAGE, *ACTION_KINDS)
"""Fired once for a case, whenever its answer is due."""
ADDED = "closure_added"
LATELY = 100_000
"""So many rows of the journal are looked through for the last closure: it is a matter of minutes, not of years."""
OVERLAP = 1000
"""PostgreSQL numbers journal rows before they are committed: so many may belong to transactions side by side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseClock:
    """A case whose reply clock runs."""

    case_id: int
    mail_id: int
    reference: str
    category: str
    office: str
    state: str
    received: datetime
    raised: datetime | None
    """When the mail that raised it last came in."""
    clock_start: datetime
    reply_by: datetime
    action_by: datetime | None
    steps: tuple[str, ...]
    queue: str = ""
    """mcmps, or mil."""
    calendar_version: str = ""
    """Of the calendar by which it was counted last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilingClock:
    """A mail with documents that are not filed yet."""

    mail_id: int
    office: str
    received: datetime
    due: dict[str, datetime]
    """Of each timer that is set, by kind."""


def running_cases(tx: Connection, since: datetime, after_event: int | None) -> list[CaseClock]:
    """Cases that are open or waiting and due at `since` or later; with `after_event`, those of later journal rows."""
    wanted = [cases.c.state.in_(RUNNING), cases.c.reply_by >= since]
    if after_event is not None:
        wanted.append(cases.c.id.in_(_told(events.c.case_id, after_event)))
        # one that was finished when the closure was added, and opened again since, goes by the clock that it had
        reopened = events.c.id > after_event, events.c.event == "case_reopened", events.c.case_id.is_not(None)
        wanted.append(cases.c.id.not_in(select(events.c.case_id).where(*reopened)))
    found = tx.execute(select(cases).where(*wanted).order_by(cases.c.reply_by, cases.c.id)).all()
    raised = _raised(tx)
    return [
        CaseClock(
            case_id=row.id,
            mail_id=row.mail_id,
            reference=row.reference,
            category=row.category,
            office=row.office,
            state=row.state,
            received=row.received,
            raised=raised.get(row.id),
            clock_start=row.clock_start,
            reply_by=row.reply_by,
            action_by=row.action_by,
            steps=tuple(row.steps),
            queue=row.queue,
            calendar_version=row.calendar_version,
        )
        for row in found
    ]


def _told(column: Any, after_event: int) -> Any:
    return select(column).where(events.c.id > after_event - OVERLAP, column.is_not(None))


def _raised(tx: Connection) -> dict[int, datetime]:
    """When the last mail that raised each running case came in."""
    told = (
        select(events.c.case_id, mails.c.arrived_at)
        .join(mails, mails.c.id == events.c.mail_id)
        .join(cases, cases.c.id == events.c.case_id)
        .where(events.c.event == "case_raised", cases.c.state.in_(RUNNING))
        .order_by(events.c.id)
    )
    return {row.case_id: row.arrived_at for row in tx.execute(told)}


def running_filings(tx: Connection, since: datetime, after_event: int | None) -> list[FilingClock]:
    """Mails whose filing timers are set and due at `since` or later."""
    wanted: list[ColumnElement[bool]] = [
        timers.c.state == "set",
        timers.c.kind.in_(FILING_KINDS),
        timers.c.due_at >= since,
    ]
    if after_event is not None:
        wanted.append(timers.c.mail_id.in_(_told(events.c.mail_id, after_event)))
    found = (
        select(timers.c.mail_id, timers.c.kind, timers.c.due_at, mails.c.arrived_at, mails.c.office)
        .join(mails, mails.c.id == timers.c.mail_id)
        .where(*wanted)
        .order_by(timers.c.due_at, timers.c.id)
    )
    clocks: dict[int, FilingClock] = {}
    for row in tx.execute(found):
        new = FilingClock(mail_id=row.mail_id, office=row.office, received=row.arrived_at, due={})
        clocks.setdefault(row.mail_id, new).due[row.kind] = row.due_at
    return list(clocks.values())


def move_case(
    tx: Connection,
    case: CaseClock,
    deadline: Deadline,
    plans: Iterable[TimerPlan],
    later: Callable[[datetime], datetime],
    now: datetime,
    *,
    actor: str,
) -> None:
    """Give a case its later clock and its timers their new times. Raises `Transient` if it changed meanwhile.

    `later` says to when a timer of the reply moves that is set: it may be one of older settings. What has fired for
    the old time is set again by `plans`, but for what fires once for a case.
    """
    unchanged = cases.c.reply_by == case.reply_by, cases.c.state == case.state, cases.c.category == case.category
    changed = tx.execute(
        update(cases)
        .where(cases.c.id == case.case_id, *unchanged)
        .values(
            clock_start=deadline.clock_start,
            reply_by=deadline.reply_by,
            steps=list(deadline.steps),
            calendar_version=deadline.calendar_version,
        )
    )
    if changed.rowcount != 1:
        raise Transient("a case changed meanwhile; nothing was done, give the command again")
    moves = select(func.count()).where(events.c.case_id == case.case_id, events.c.event == "case_reclocked")
    owner = f"case/{case.reference}/closure-{(tx.scalar(moves) or 0) + 1}"
    known = select(timers.c.id, timers.c.kind, timers.c.due_at, timers.c.state).where(
        timers.c.case_id == case.case_id, timers.c.state.in_((*AHEAD, "fired"))
    )
    rows = tx.execute(known).all()
    for row in rows:
        if row.state in AHEAD and row.kind in REPLY_KINDS and row.kind not in ONCE:
            _set_to(tx, row.id, later(row.due_at))
    for plan in plans:
        of_kind = [row for row in rows if row.kind == plan.kind]
        again = of_kind and all(row.state not in AHEAD for row in of_kind) and case.state == "open"
        again = again and plan.kind in REPLY_KINDS and plan.kind not in ONCE
        if again and all(row.due_at != plan.due_at for row in of_kind):
            tx.execute(
                timers.insert().values(
                    key=f"{owner}/{plan.kind}",
                    case_id=case.case_id,
                    mail_id=case.mail_id,
                    kind=plan.kind,
                    due_at=plan.due_at,
                    state="set",
                )
            )
    note(
        tx,
        "case_reclocked",
        now,
        mail_id=case.mail_id,
        case_id=case.case_id,
        actor=actor,
        previous=case.reply_by.isoformat(),
        reply_by=deadline.reply_by.isoformat(),
    )


def move_filing(tx: Connection, clock: FilingClock, due: dict[str, datetime], now: datetime, *, actor: str) -> None:
    """Give a mail's filing timers later times. Raises `Transient` if one fired meanwhile."""
    for kind, at in due.items():
        row_id = tx.scalar(
            select(timers.c.id).where(
                timers.c.mail_id == clock.mail_id,
                timers.c.kind == kind,
                timers.c.state == "set",
                timers.c.due_at == clock.due[kind],
            )
        )
        if row_id is None:
            raise Transient("a filing timer changed meanwhile; nothing was done, give the command again")
        _set_to(tx, row_id, at)
    note(
        tx,
        "filing_reclocked",
        now,
        mail_id=clock.mail_id,
        actor=actor,
        previous=", ".join(f"{kind} {clock.due[kind].isoformat()}" for kind in due),
        due=", ".join(f"{kind} {at.isoformat()}" for kind, at in due.items()),
    )


def _set_to(tx: Connection, timer_id: int, at: datetime) -> None:
    this = timers.c.id == timer_id, timers.c.state.in_(AHEAD)
    if tx.execute(update(timers).where(*this).values(due_at=at)).rowcount != 1:
        raise Transient("a timer fired meanwhile; nothing was done, give the command again")


def last_added(tx: Connection) -> tuple[int, dict[str, Any]] | None:
    """The journal's row of the closure that was added last, and what it says; None if that is long ago."""
    lately = events.c.id > select(func.max(events.c.id) - LATELY).scalar_subquery()
    wanted = select(events.c.id, events.c.detail).where(events.c.event == ADDED, lately)
    row = tx.execute(wanted.order_by(events.c.id.desc()).limit(1)).first()
    return None if row is None else (row.id, dict(row.detail))
