"""Rows of outgoing mail: what may leave now, how much left lately, and what nobody knows to have arrived.

A mail is *unknown* while it is due and `data_at` stands: its text began to go to the server and no answer is written
down. It is looked for before it is sent again, and sent again once; what is unknown then is a person's.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, bindparam, case, func, or_, select, update

from inboxd.plan import INSIDE, Effect, EffectKind
from inboxd.store import brakes, outbox
from inboxd.store.journal import note
from inboxd.tables import effects, mails

MINUTE = timedelta(minutes=1)
_ABOUT_TO = update(effects).where(effects.c.id == bindparam("effect")).values(data_at=bindparam("now"))
NEVER_CONFIRMED = "nobody knows whether it arrived: twice its text went to the server and no answer came back"


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A mail that may leave now."""

    effect: Effect
    is_inside: bool
    """Told to the office's own people: neither a limit nor a stop holds it up."""
    is_unusual: bool
    """Counted by the breaker on bulk (`brakes.unusual`)."""
    is_fresh: bool = False
    """Counted by the breaker on storms (`brakes.fresh`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """A mail whose text went to the server, and nobody knows what came of it."""

    effect: Effect
    since: datetime
    is_inside: bool
    was_sent_again: bool


def may_leave(stopped: Collection[str], now: datetime) -> ColumnElement[bool]:
    """The condition for a mail that nothing holds up but time and the rate limit."""
    free = [effects.c.kind == EffectKind.SEND, effects.c.state == "due", effects.c.data_at.is_(None)]
    free.append(effects.c.hold.is_(None))
    if brakes.ALL in stopped:
        free.append(or_(effects.c.template.in_(INSIDE), effects.c.cleared_at.is_not(None)))
    elif brakes.BULK in stopped:
        free.append(~brakes.unusual(now))
    return and_(*free)


def ready(tx: Connection, now: datetime, limit: int, stopped: Collection[str]) -> list[Waiting]:
    """Mails that may leave now: those to the office's own people first, then the oldest."""
    inside = case((effects.c.template.in_(INSIDE), 1), else_=0)
    unusual = case((brakes.unusual(now), 1), else_=0)
    fresh = case((brakes.fresh(now - brakes.HOUR), 1), else_=0)
    rows = tx.execute(
        select(effects, inside.label("is_inside"), unusual.label("is_unusual"), fresh.label("is_fresh"))
        .where(may_leave(stopped, now), effects.c.due_at <= now)
        .order_by(inside.desc(), effects.c.id)
        .limit(limit)
    )
    return [
        Waiting(
            effect=outbox.as_effect(row),
            is_inside=bool(row.is_inside),
            is_unusual=bool(row.is_unusual),
            is_fresh=bool(row.is_fresh),
        )
        for row in rows
    ]


def is_any_due(tx: Connection, now: datetime) -> bool:
    """Whether a mail may leave now, or one that is unknown is to be looked for."""
    unknown = and_(effects.c.kind == EffectKind.SEND, effects.c.state == "due", effects.c.data_at.is_not(None))
    wanted = or_(may_leave(brakes.open_scopes(tx), now), unknown)
    # the earliest, so that the index is asked and not the table from its beginning
    first = select(effects.c.id).where(effects.c.state == "due", effects.c.due_at <= now, wanted)
    return tx.scalar(first.order_by(effects.c.due_at).limit(1)) is not None


def sent_since(tx: Connection, since: datetime) -> list[datetime]:
    """When each mail went to the server after that time, oldest first; an answer need not have come."""
    # two questions, so that each goes by its index: one with "or" reads every effect that ever was
    done = select(effects.c.done_at).where(effects.c.kind == EffectKind.SEND, brakes.sent_after(since))
    unsure = select(effects.c.data_at).where(
        effects.c.kind == EffectKind.SEND, effects.c.state != "done", effects.c.data_at > since
    )
    found: list[datetime] = [*tx.scalars(done), *tx.scalars(unsure)]
    return sorted(found)


def about_to(tx: Connection, effect: Effect, now: datetime) -> None:
    """The text goes to the server next: from here on it may arrive, whatever becomes of us."""
    tx.execute(_ABOUT_TO, {"effect": effect.effect_id, "now": now})


def no_answer(tx: Connection, effect: Effect, now: datetime, why: str, look_at: datetime) -> None:
    """No answer came to the text: it stays unknown until it is looked for."""
    tx.execute(update(effects).where(effects.c.id == effect.effect_id).values(due_at=look_at, last_error=why))
    note(tx, "send_unknown", now, mail_id=effect.mail_id, effect=effect.effect_id, why=why)


def unknown(tx: Connection, now: datetime, limit: int) -> list[Unknown]:
    """Unknown mails that are to be looked for now, oldest first. What a person holds waits."""
    rows = tx.execute(
        select(effects)
        .where(
            effects.c.kind == EffectKind.SEND,
            effects.c.state == "due",
            effects.c.data_at.is_not(None),
            effects.c.hold.is_(None),
            effects.c.due_at <= now,
        )
        .order_by(effects.c.id)
        .limit(limit)
    )
    return [
        Unknown(
            effect=outbox.as_effect(row),
            since=row.data_at,
            is_inside=row.template in INSIDE,
            was_sent_again=row.looked_at is not None,
        )
        for row in rows
    ]


def send_again(tx: Connection, effect: Effect, now: datetime) -> None:
    """It was looked for and is nowhere: due once more, the same bytes under the same Message-ID."""
    still = effects.c.id == effect.effect_id, effects.c.state == "due", effects.c.data_at.is_not(None)
    tx.execute(update(effects).where(*still).values(data_at=None, looked_at=now, due_at=now))
    note(tx, "send_repeated", now, mail_id=effect.mail_id, effect=effect.effect_id)


def arrived(tx: Connection, keys: Sequence[str], now: datetime, how: str) -> list[Effect]:
    """Mails that something shows to have arrived, of which we did not know it: done. `how` is kept as the answer.

    One that was given up as unknown is found again too, and its mail goes home if that was all it was held for.
    """
    if not keys:
        return []
    unsure = effects.c.state.in_(("due", "buried")), effects.c.data_at.is_not(None)
    rows = tx.execute(select(effects).where(effects.c.kind == EffectKind.SEND, effects.c.key.in_(keys), *unsure)).all()
    found = []
    for row in rows:
        effect = outbox.as_effect(row)
        outbox.done(tx, effect, now, how)
        found.append(effect)
        if effect.mail_id is None:
            continue
        if row.state == "buried":
            _let_go(tx, effect.mail_id, now)
        outbox.finish_mail(tx, effect.mail_id, now)
    return found


def _let_go(tx: Connection, mail_id: int, now: datetime) -> None:
    other = tx.scalar(
        select(func.count()).where(effects.c.mail_id == mail_id, effects.c.state.in_(("buried", "cancelled")))
    )
    held = mails.c.id == mail_id, mails.c.state == "held", mails.c.held_reason == "EFFECT_FAILED"
    if other or tx.scalar(select(mails.c.id).where(*held)) is None:
        return
    tx.execute(update(mails).where(*held).values(state="decided", held_reason="", held_detail=""))
    outbox.send_home(tx, mail_id, now)


def oldest_unknown(tx: Connection) -> tuple[int, datetime | None]:
    """How many mails are unknown, and since when the oldest is."""
    wanted = effects.c.kind == EffectKind.SEND, effects.c.state == "due", effects.c.data_at.is_not(None)
    row = tx.execute(select(func.count(), func.min(effects.c.data_at)).where(*wanted)).one()
    return row[0], row[1]
