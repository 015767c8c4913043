"""How many rows of each kind there are, for the figures that a monitoring system reads once a minute. Reads only.

What is open is counted by kind; of what is done only how much there is, out of an index.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, select

from inboxd.plan import EffectKind
from inboxd.tables import cases, effects, incidents, mails, marks, timers

OPEN = ("due", "buried")


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Everything at one time."""

    mails: dict[str, int]
    """By state."""
    held: dict[str, int]
    """By reason."""
    oldest_taken: datetime | None
    """Since when the oldest mail waits to be decided."""
    outbox: dict[tuple[str, str], int]
    """By kind and state: due, buried, and of mails that are due: held and unknown."""
    oldest_due: dict[str, datetime]
    """By kind: when the oldest effect was put in that could be carried out now."""
    late_timers: int
    oldest_timer: datetime | None
    """When the timer was due that is late the longest."""
    cases: dict[str, int]
    """Those that are open or wait, by category."""
    incidents: dict[str, int]
    """Those that are open, by kind."""
    read_at: dict[str, datetime]
    """By folder that is read: when that was last done in full."""


def counts(tx: Connection, account: str, now: datetime) -> Counts:
    """Count. `account`: of this mailbox."""
    is_taken = mails.c.state == "taken", mails.c.decisions == 0
    held_back = effects.c.kind == EffectKind.SEND, effects.c.state == "due"
    outbox = _by(tx, (effects.c.kind, effects.c.state), effects.c.state.in_(OPEN))
    outbox |= {(EffectKind.SEND, "held"): _count(tx, *held_back, effects.c.hold.is_not(None))}
    outbox |= {(EffectKind.SEND, "unknown"): _count(tx, *held_back, effects.c.data_at.is_not(None))}
    ready = and_(effects.c.state == "due", effects.c.due_at <= now)
    late = timers.c.state == "set", timers.c.due_at <= now
    waiting = select(effects.c.kind, func.min(effects.c.created_at)).where(ready).group_by(effects.c.kind)
    is_open = cases.c.state.in_(("open", "waiting"))
    folders = select(marks.c.folder, marks.c.reconciled_at).where(marks.c.account == account)
    return Counts(
        mails={state: count for (state,), count in _by(tx, (mails.c.state,)).items()},
        held={reason: count for (reason,), count in _by(tx, (mails.c.held_reason,), mails.c.state == "held").items()},
        oldest_taken=tx.scalar(select(func.min(mails.c.taken_at)).where(*is_taken)),
        outbox={(str(kind), state): count for (kind, state), count in outbox.items()},
        oldest_due={str(kind): at for kind, at in tx.execute(waiting)},
        late_timers=_count(tx, *late),
        oldest_timer=tx.scalar(select(func.min(timers.c.due_at)).where(*late)),
        cases={category: count for (category,), count in _by(tx, (cases.c.category,), is_open).items()},
        incidents={
            kind: count
            for (kind,), count in _by(
                tx, (incidents.c.kind,), incidents.c.account == account, incidents.c.state == "open"
            ).items()
        },
        read_at={folder: at for folder, at in tx.execute(folders) if at is not None},
    )


def _by(tx: Connection, columns: Sequence[Any], *where: ColumnElement[bool]) -> dict[tuple[Any, ...], int]:
    found = tx.execute(select(*columns, func.count()).where(*where).group_by(*columns).order_by(*columns))
    return {tuple(row[:-1]): row[-1] for row in found}


def _count(tx: Connection, *where: ColumnElement[bool]) -> int:
    return tx.scalar(select(func.count()).where(*where)) or 0
