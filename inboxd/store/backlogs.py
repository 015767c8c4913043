"""What waits in the queues, for the watch over the daemon itself. Reads only, once a minute.

Where little waits, only rows that wait are looked at; the past is counted only when a queue is long.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Column, ColumnElement, Connection, and_, case, func, or_, select

from inboxd.conditions import Backlog, Stop
from inboxd.plan import INSIDE, EffectKind
from inboxd.store import brakes, sending
from inboxd.store.journal import DAEMON
from inboxd.tables import effects, mails, marks

_POINTS = 4
"""Times at which a queue is counted, over the time that one may wait."""
_RECENT = 50_000
"""What was done lately is looked for among so many of the newest rows: the cost stays the same over the years."""


def last_reading(tx: Connection, account: str, folder: str) -> datetime | None:
    """When the folder was last read in full; None if it never was."""
    wanted = marks.c.account == account, marks.c.folder == folder
    return tx.scalar(select(marks.c.reconciled_at).where(*wanted))


def undecided(tx: Connection, account: str, now: datetime, patience: timedelta, *, least: int) -> Backlog:
    """Mails that were taken and never decided. What a person gave back is that person's."""
    waits = and_(mails.c.account == account, mails.c.state == "taken", mails.c.decisions == 0)
    late = case((mails.c.taken_at <= now - patience, 1), else_=0)
    row = tx.execute(select(func.count(), func.min(mails.c.taken_at), func.sum(late)).where(waits)).one()
    counts: tuple[int, ...] = ()
    if row[0] >= least:
        newest = select(func.max(mails.c.id)).scalar_subquery()
        gone = and_(mails.c.account == account, mails.c.id > newest - _RECENT, mails.c.decided_at.is_not(None))
        counts = _counts(tx, waits, gone, mails.c.taken_at, mails.c.decided_at, _points(now, patience))
    return Backlog(waiting=row[0], oldest=row[1], late=int(row[2] or 0), counts=counts)


def unsent(tx: Connection, now: datetime, patience: timedelta, *, least: int, proof: bool) -> tuple[Backlog, bool]:
    """Mails of ours that do not go out; and whether any went out lately, which is asked only if `proof` is wanted.

    An alert that goes out is a proof that the server works, and none that replies are taken.
    """
    by = now - patience
    waits = sending.may_leave(brakes.open_scopes(tx), now)  # what is held waits for a person, not for the server
    is_late = and_(effects.c.created_at <= by, or_(effects.c.attempts > 0, effects.c.due_at <= by))
    tried = case((effects.c.attempts > 0, 1), else_=0)
    waiting, failing = tx.execute(select(func.count(), func.sum(tried)).where(waits)).one()
    late, oldest = tx.execute(select(func.count(), func.min(effects.c.created_at)).where(waits, is_late)).one()
    replies, any_sent = 0, True
    counts: tuple[int, ...] = ()
    newest = select(func.max(effects.c.id)).scalar_subquery()
    recent = and_(effects.c.kind == EffectKind.SEND, brakes.sent_after(by), effects.c.id > newest - _RECENT)
    if late or proof:
        own = case((effects.c.template.in_(INSIDE), 1), else_=0)
        sent, alerts = tx.execute(select(func.count(), func.sum(own)).where(recent)).one()
        replies, any_sent = sent - int(alerts or 0), sent > 0
    if waiting >= least:
        counts = _counts(tx, waits, recent, effects.c.created_at, effects.c.done_at, _points(now, patience))
    backlog = Backlog(
        waiting=waiting, oldest=oldest, failing=int(failing or 0), late=late, done_lately=replies, counts=counts
    )
    return backlog, any_sent


def unknown(tx: Connection) -> Backlog:
    """Mails whose text went to the server, and of which nobody knows whether they arrived."""
    waiting, oldest = sending.oldest_unknown(tx)
    return Backlog(waiting=waiting, oldest=oldest)


def stopped(tx: Connection, now: datetime) -> tuple[Stop, ...]:
    """What keeps mail to the outside back, and how much waits for that."""
    return tuple(
        Stop(
            by_breaker=scope == brakes.BULK or actor == DAEMON,
            in_all=scope == brakes.ALL and actor == DAEMON,
            since=since,
            waiting=brakes.held_back(tx, scope, now),
        )
        for scope, (since, _, actor) in brakes.open_stops(tx).items()
    )


def unmoved(tx: Connection, now: datetime, patience: timedelta) -> Backlog:
    """Moves that the mail server refused so far."""
    by = now - patience
    late = and_(
        effects.c.kind == EffectKind.MOVE,
        effects.c.state == "due",
        effects.c.attempts > 0,
        effects.c.created_at <= by,
    )
    count, oldest = tx.execute(select(func.count(), func.min(effects.c.created_at)).where(late)).one()
    if not count:
        return Backlog()
    newest = select(func.max(effects.c.id)).scalar_subquery()
    moved = and_(effects.c.kind == EffectKind.MOVE, effects.c.id > newest - _RECENT, effects.c.done_at > by)
    done = tx.scalar(select(func.count()).where(moved)) or 0
    return Backlog(waiting=count, oldest=oldest, late=count, done_lately=done)


def waiting_documents(tx: Connection, account: str, reasons: Mapping[str, str]) -> dict[str, datetime]:
    """Since when documents wait, by what they wait for. `reasons`: that name, by the reason that they are held for.

    Documents on their way to a register over HTTP wait for `records`.
    """
    held = select(mails.c.held_reason, func.min(mails.c.taken_at)).where(
        mails.c.account == account, mails.c.state == "held", mails.c.held_reason.in_(list(reasons))
    )
    waiting = {reasons[reason]: oldest for reason, oldest in tx.execute(held.group_by(mails.c.held_reason))}
    handed_in = select(func.min(effects.c.created_at)).where(
        effects.c.kind == EffectKind.ATTACH, effects.c.state == "due", effects.c.attempts > 0
    )
    if (oldest := tx.scalar(handed_in)) is not None:
        waiting["records"] = min(oldest, waiting.get("records", oldest))
    return waiting


def _points(now: datetime, patience: timedelta) -> list[datetime]:
    return [now - patience * (_POINTS - 1 - place) / (_POINTS - 1) for place in range(_POINTS)]


def _counts(
    tx: Connection,
    waits: ColumnElement[bool],
    gone: ColumnElement[bool],
    came: Column[datetime],
    went: Column[datetime],
    points: Sequence[datetime],
) -> tuple[int, ...]:
    """How many waited at each of these times: those that do now, and those that went since.

    Asked one after the other: together, the database would look through all that ever was.
    """
    here = [func.sum(case((came <= at, 1), else_=0)) for at in points]
    left = [func.sum(case((and_(came <= at, went > at), 1), else_=0)) for at in points]
    rows = tx.execute(select(*here).where(waits)).one(), tx.execute(select(*left).where(gone, went > points[0])).one()
    return tuple(int(one or 0) + int(other or 0) for one, other in zip(*rows, strict=True))
