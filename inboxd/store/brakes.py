"""Rows of what keeps outgoing mail back: the breakers on bulk and on storms, a stop of everything, a hold on one mail.

Nothing is dropped: what is held stays due. Mail to the office's own people is never stopped. The breaker on bulk counts
what is *unusual*, not what is much, that on storms only answers to mail that had just come: ten thousand mails of
offices that piled up in an outage each get their answer.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select, update

from inboxd.plan import INSIDE, EffectKind
from inboxd.store.journal import DAEMON, note
from inboxd.tables import effects, mails, stops

ALL, BULK = "all", "bulk"
"""What a stop holds: all mail to the outside, or what is unusual."""
HOUR = timedelta(hours=1)
"""What the breaker on storms looks back."""
OLD = timedelta(days=14)
"""Nobody expects an automatic answer to a mail as old as this: an old mailbox was put in, or brought back."""
ANSWERS_TO_ONE = 3
"""Documents and a question have an outcome each, and what was held gets a second one; more is unusual."""
_STRANGERS = ("outsider",)


def unusual(now: datetime) -> ColumnElement[bool]:
    """The condition for a mail that counts for the breaker, and that no person let go.

    It goes to a stranger, or to somebody whose mail it does not answer; it is the fourth answer to one mail, or the
    answer to an old one.
    """
    answered = select(mails.c.id).where(
        mails.c.id == effects.c.mail_id,
        func.lower(mails.c.sender) == func.lower(effects.c.recipient),
        mails.c.arrived_at > now - OLD,
    )
    other = effects.alias("other")
    before = (
        select(func.count())
        .where(
            other.c.mail_id == effects.c.mail_id,
            other.c.kind == EffectKind.SEND,
            other.c.template.not_in(INSIDE),
            other.c.id < effects.c.id,
        )
        .correlate(effects)
        .scalar_subquery()
    )
    return and_(
        effects.c.kind == EffectKind.SEND,
        effects.c.template.not_in(INSIDE),
        effects.c.cleared_at.is_(None),
        or_(effects.c.template.in_(_STRANGERS), ~answered.correlate(effects).exists(), before >= ANSWERS_TO_ONE),
    )


def fresh(since: datetime) -> ColumnElement[bool]:
    """The condition for an automatic answer to mail that came after that time, and that no person let go.

    Machines that answer each other do so at once; the backlog after an outage is not fresh, and each gets its answer.
    """
    answered = select(mails.c.id).where(mails.c.id == effects.c.mail_id, mails.c.arrived_at > since)
    return and_(
        effects.c.kind == EffectKind.SEND,
        effects.c.template.not_in(INSIDE),
        effects.c.cleared_at.is_(None),
        answered.correlate(effects).exists(),
    )


def sent_after(since: datetime) -> ColumnElement[bool]:
    """The condition for what was done after that time, found by that time."""
    # asked for the state as it is, SQLite goes by the index on it, through all that was ever done
    return and_(effects.c.state.concat("") == "done", effects.c.done_at > since)


def fresh_sent(tx: Connection, now: datetime) -> int:
    """How many fresh answers went out in the last hour, and since a person ended the last stop of everything."""
    ended = tx.scalar(select(func.max(stops.c.ended_at)).where(stops.c.scope == ALL))
    since = max(now - HOUR, ended) if ended else now - HOUR
    return tx.scalar(select(func.count()).select_from(effects).where(sent_after(since), fresh(since - HOUR))) or 0


def unusual_sent(tx: Connection, since: datetime, now: datetime) -> int:
    """How many unusual mails went out after that time."""
    return tx.scalar(select(func.count()).select_from(effects).where(sent_after(since), unusual(now))) or 0


def open_scopes(tx: Connection) -> frozenset[str]:
    """What is stopped now."""
    return frozenset(tx.scalars(select(stops.c.scope).where(stops.c.ended_at.is_(None))))


def open_stops(tx: Connection) -> dict[str, tuple[datetime, str, str]]:
    """By scope: since when it is stopped, why, and by whom."""
    rows = tx.execute(select(stops).where(stops.c.ended_at.is_(None)).order_by(stops.c.id)).all()
    return {row.scope: (row.began_at, row.reason, row.actor) for row in rows}


def stop(tx: Connection, scope: str, now: datetime, *, reason: str, actor: str = DAEMON) -> bool:
    """Stop from now on. False if it is stopped already."""
    if scope in open_scopes(tx):
        return False
    tx.execute(stops.insert().values(scope=scope, reason=reason, actor=actor, began_at=now))
    note(tx, "outgoing_stopped", now, actor=actor, scope=scope, reason=reason)
    return True


def end_stops(tx: Connection, now: datetime, actor: str) -> int:
    """End every stop and every hold; what waits because of them goes out and is not counted. Returns how many mails.

    What comes later is counted anew.
    """
    open_now = open_scopes(tx)
    due = effects.c.kind == EffectKind.SEND, effects.c.state == "due"
    held = tx.execute(update(effects).where(*due, effects.c.hold.is_not(None)).values(hold=None)).rowcount
    freed = held_back(tx, ALL if ALL in open_now else BULK, now) if open_now else held
    if open_now:
        outside = effects.c.template.not_in(INSIDE) if ALL in open_now else unusual(now)
        tx.execute(update(effects).where(*due, outside).values(cleared_at=now))
    tx.execute(update(stops).where(stops.c.ended_at.is_(None)).values(ended_at=now, ended_by=actor))
    if freed or open_now:
        note(tx, "outgoing_released", now, actor=actor, scopes=sorted(open_now), mails=freed)
    return freed


def held_back(tx: Connection, scope: str, now: datetime) -> int:
    """How many mails wait because of a stop."""
    due = effects.c.kind == EffectKind.SEND, effects.c.state == "due"
    which = (
        unusual(now)
        if scope == BULK
        else and_(effects.c.template.not_in(INSIDE), effects.c.cleared_at.is_(None))
    )
    return tx.scalar(select(func.count()).select_from(effects).where(*due, which)) or 0
