"""What people see of outgoing mail, and do about it: list, hold, let go, cancel. Each act is in the journal.

An act on several mails is done for all or for none: a wrong id among them raises `Permanent` with a line for each.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, func, or_, select, update

from inboxd.errors import Permanent
from inboxd.plan import INSIDE, EffectKind
from inboxd.standards import Standards
from inboxd.store import brakes, clocks, held, outbox
from inboxd.store.journal import note
from inboxd.tables import effects

STATES = ("due", "unknown", "held", "buried", "cancelled", "done")
"""As people see them: due, unknown and held are one state of the row."""
OPEN = ("due", "unknown", "held", "buried")
CANCELLED = "cancelled"
_SHOWN = ("id", "template", "recipient", "mail_id", "attempts", "created_at", "due_at", "done_at", "message_id")


def state_of(effect: Mapping[str, Any], *, is_stopped: bool = False) -> str:
    """The state of a mail in words for people; `is_stopped`: a stop holds it."""
    if effect["state"] != "due":
        return str(effect["state"])
    if effect["hold"] is not None:
        return "held"
    if effect["data_at"] is not None:
        return "unknown"
    return "held" if is_stopped else "due"


def list_mails(
    tx: Connection, now: datetime, *, state: str = "", to: str = "", limit: int = 50
) -> tuple[list[dict[str, Any]], int]:
    """Outgoing mails, newest first, and how many there are in all. Without a state: all that are not at an end."""
    stopped = brakes.open_stops(tx)
    by_stop = _stopped(stopped, now)
    due, free = effects.c.state == "due", effects.c.hold.is_(None)
    sure = effects.c.data_at.is_(None)
    wanted = {
        "": effects.c.state.in_(("due", "buried")),
        "due": and_(due, free, sure, ~by_stop),
        "unknown": and_(due, free, ~sure),
        "held": and_(due, or_(~free, and_(sure, by_stop))),
    }.get(state, effects.c.state == state)
    which = [effects.c.kind == EffectKind.SEND, wanted]
    if to:
        which.append(func.lower(effects.c.recipient) == to.lower())
    count = tx.scalar(select(func.count()).select_from(effects).where(*which)) or 0
    rows = tx.execute(
        select(effects, by_stop.label("is_stopped")).where(*which).order_by(effects.c.id.desc()).limit(limit)
    )
    return [_for_people(dict(row._mapping), stopped) for row in rows], count


def behind_a_stop(tx: Connection, mail_id: int, now: datetime) -> list[int]:
    """Ids of the mails that answer this one and that a stop holds."""
    by_stop = _stopped(brakes.open_stops(tx), now)
    waiting = effects.c.mail_id == mail_id, effects.c.kind == EffectKind.SEND, effects.c.state == "due"
    return list(tx.scalars(select(effects.c.id).where(*waiting, by_stop).order_by(effects.c.id)))


def _stopped(stopped: Mapping[str, object], now: datetime) -> Any:
    if brakes.ALL in stopped:
        return and_(effects.c.template.not_in(INSIDE), effects.c.cleared_at.is_(None))
    return brakes.unusual(now) if brakes.BULK in stopped else effects.c.id.is_(None)


def _for_people(row: Mapping[str, Any], stopped: Mapping[str, tuple[datetime, str, str]]) -> dict[str, Any]:
    state = state_of(row, is_stopped=bool(row["is_stopped"]))
    why = row["last_error"] or row["answer"]
    if state == "held":
        stop = stopped.get(brakes.ALL) or stopped.get(brakes.BULK)
        why = row["hold"] if row["hold"] is not None else stop[1] if stop else why
    shown = {name: row[name] for name in _SHOWN}
    return {**shown, "state": state, "unknown_since": row["data_at"] if row["state"] == "due" else None, "why": why}


def hold(tx: Connection, ids: Sequence[int], now: datetime, *, reason: str, actor: str) -> None:
    """Hold mails that are due: none of them leaves until it is let go."""

    def refused(row: Row[Any]) -> str:
        return "is held already" if row.hold is not None else _not_due(row)

    for row in _checked(tx, ids, refused):
        tx.execute(update(effects).where(effects.c.id == row.id).values(hold=reason))
        note(tx, "send_held", now, mail_id=row.mail_id, actor=actor, effect=row.id, reason=reason)


def release(tx: Connection, ids: Sequence[int], now: datetime, *, actor: str) -> None:
    """Let mails go, whatever held them: they leave even while all others are stopped."""
    stopped = brakes.open_stops(tx)
    by_stop = _stopped(stopped, now)
    held_now = set(tx.scalars(select(effects.c.id).where(effects.c.id.in_(ids), by_stop)))

    def refused(row: Row[Any]) -> str:
        wrong = _not_due(row)
        return wrong or ("" if row.hold is not None or row.id in held_now else "is not held; it leaves by itself")

    for row in _checked(tx, ids, refused):
        tx.execute(update(effects).where(effects.c.id == row.id).values(hold=None, cleared_at=now))
        note(tx, "send_released", now, mail_id=row.mail_id, actor=actor, effect=row.id)


def cancel(
    tx: Connection, ids: Sequence[int], now: datetime, standards: Standards, *, reason: str, actor: str
) -> list[int]:
    """Cancel mails for good. The mail that one answers is held for a person. Returns the ids of those mails."""
    answered = []
    for row in _checked(tx, ids, lambda row: "" if row.state == "buried" else _not_due(row)):
        why = f"cancelled by a person: {reason}"
        if row.data_at is not None:
            why += "; whether it arrived before, nobody knows"
        tx.execute(update(effects).where(effects.c.id == row.id).values(state=CANCELLED, hold=None, last_error=why))
        answers = row.mail_id is not None and row.template not in INSIDE
        because = held.REPLY_CANCELLED if answers else ""
        told = {"actor": actor, "key": row.key, "reason": reason, "held": because}
        note(tx, "send_cancelled", now, mail_id=row.mail_id, effect=row.id, **told)
        if not answers:
            continue
        clocks.reopen_unanswered(tx, row.mail_id, now, standards)
        outbox.hold_mail(tx, row.mail_id, held.REPLY_CANCELLED, why)
        answered.append(row.mail_id)
    return sorted(set(answered))


def _not_due(row: Row[Any]) -> str:
    if row.state == "done":
        return "was sent already"
    if row.state == "buried":
        mail = f"`inboxd retry {row.mail_id}` tries again" if row.mail_id else "it was told to nobody"
        return f"was given up; {mail}"
    return "" if row.state == "due" else f"is {row.state}"


def _checked(tx: Connection, ids: Sequence[int], refused: Callable[[Row[Any]], str]) -> list[Row[Any]]:
    wanted = sorted(set(ids))
    rows = {row.id: row for row in tx.execute(select(effects).where(effects.c.id.in_(wanted)))}
    problems = []
    for effect_id in wanted:
        row = rows.get(effect_id)
        if row is None or row.kind != EffectKind.SEND:
            problems.append(f"there is no outgoing mail {effect_id}; `inboxd outbox list` shows them")
        elif wrong := refused(row):
            problems.append(f"outgoing mail {effect_id} {wrong}")
    if problems:
        raise Permanent("\n".join((*problems, "nothing was changed")))
    return [rows[effect_id] for effect_id in wanted]
