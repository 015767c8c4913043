"""Rows of cases that wait for the office: the reply clock stands still, goes on, or ends. The action alarm never does.

The caller works out the due times (`triage.pausing`); here they are written down, in its transaction.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection, case, select, update

from inboxd.ladder import PAGE, REPLY_KINDS
from inboxd.store.journal import note
from inboxd.tables import case_mails, cases, mails, pauses, timers

STAND_STILL = tuple(kind for kind in REPLY_KINDS if kind != PAGE)
"""`page` rings when a critical mail comes; whoever says that it waits for the office has seen it."""
FOLLOW_UP = "follow_up"

# asked in every round: building a statement costs more than carrying it out
_WRITTEN_TO = (
    select(cases.c.id, mails.c.arrived_at)
    .join(pauses, pauses.c.case_id == cases.c.id)
    .join(case_mails, case_mails.c.case_id == cases.c.id)
    .join(mails, mails.c.id == case_mails.c.mail_id)
    .where(
        cases.c.state == "waiting",
        pauses.c.ended_at.is_(None),
        case_mails.c.relation == FOLLOW_UP,
        case_mails.c.at > pauses.c.began_at,
    )
    .order_by(cases.c.id, case_mails.c.id)
)


def begin(tx: Connection, case_id: int, now: datetime, actor: str) -> bool:
    """The reply clock of an open case stands still. False, and nothing happens, if the case is not open."""
    changed = tx.execute(update(cases).where(cases.c.id == case_id, cases.c.state == "open").values(state="waiting"))
    if changed.rowcount != 1:
        return False
    end(tx, case_id, now)
    reply_by = tx.execute(select(cases.c.reply_by).where(cases.c.id == case_id)).scalar_one()
    tx.execute(pauses.insert().values(case_id=case_id, began_at=now, reply_by=reply_by))
    page = timers.c.case_id == case_id, timers.c.state == "set", timers.c.kind == PAGE
    tx.execute(update(timers).where(*page).values(state="cancelled"))
    stop_timers(tx, case_id, now)
    note(tx, "case_paused", now, case_id=case_id, actor=actor, reply_by=reply_by.isoformat())
    return True


def stop_timers(tx: Connection, case_id: int, began: datetime) -> None:
    """Timers of a waiting case that were not due when the pause began do not ring; those that were due do."""
    running = timers.c.case_id == case_id, timers.c.state == "set", timers.c.kind.in_(STAND_STILL)
    tx.execute(update(timers).where(*running, timers.c.due_at > began).values(state="paused"))


def since(tx: Connection, case_id: int) -> datetime | None:
    """When the pause of a waiting case began; None if it does not wait."""
    in_force = (
        select(pauses.c.began_at)
        .join(cases, cases.c.id == pauses.c.case_id)
        .where(pauses.c.case_id == case_id, pauses.c.ended_at.is_(None), cases.c.state == "waiting")
    )
    return tx.scalar(in_force.order_by(pauses.c.id.desc()).limit(1))


def resume(
    tx: Connection,
    case_id: int,
    now: datetime,
    later: Callable[[datetime], datetime],
    step: Callable[[datetime], str],
    actor: str,
    *,
    why: str = "",
    version: str = "",
) -> datetime | None:
    """A waiting case is open again; `later` says to when a due time moves, `step` the line for the deadline's receipt.

    `version` is that of the calendar by which `later` counts. The new reply-by; None, and nothing happens, if the case
    does not wait.
    """
    row = tx.execute(
        select(cases.c.reply_by, cases.c.steps).where(cases.c.id == case_id, cases.c.state == "waiting")
    ).first()
    if row is None:
        return None
    reply_by = later(row.reply_by)
    clock: dict[str, object] = {}
    if reply_by != row.reply_by:
        clock = {"reply_by": reply_by, "steps": [*row.steps, step(reply_by)]}
        clock |= {"calendar_version": version} if version else {}
    tx.execute(update(cases).where(cases.c.id == case_id).values(state="open", **clock))
    stopped = select(timers.c.id, timers.c.due_at).where(timers.c.case_id == case_id, timers.c.state == "paused")
    for timer in tx.execute(stopped).all():
        tx.execute(update(timers).where(timers.c.id == timer.id).values(state="set", due_at=later(timer.due_at)))
    end(tx, case_id, now)
    note(tx, "case_resumed", now, case_id=case_id, actor=actor, reply_by=reply_by.isoformat(), why=why)
    return reply_by


def end(tx: Connection, case_id: int, at: datetime) -> None:
    """No pause of the case is open any more: it goes on, or something else happened. None ends before it began."""
    open_pause = pauses.c.case_id == case_id, pauses.c.ended_at.is_(None)
    ended_at = case((pauses.c.began_at > at, pauses.c.began_at), else_=at)
    tx.execute(update(pauses).where(*open_pause).values(ended_at=ended_at))


def ended(tx: Connection, case_id: int) -> tuple[tuple[datetime, datetime], ...]:
    """The pauses of a case that are over, from when to when."""
    over = select(pauses.c.began_at, pauses.c.ended_at).where(
        pauses.c.case_id == case_id, pauses.c.ended_at.is_not(None)
    )
    return tuple((row.began_at, row.ended_at) for row in tx.execute(over.order_by(pauses.c.id)))


def written_to(tx: Connection) -> list[tuple[int, datetime]]:
    """Cases that wait although the office has written since: id, and when that mail arrived."""
    return [(row.id, row.arrived_at) for row in tx.execute(_WRITTEN_TO)]
