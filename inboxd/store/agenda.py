"""Reads for the office's day: what is due, late, waiting, held or undelivered, and what became of the day before.

Lists are capped and come with how many there are in all. What is open is found by the states that are indexed; what
happened lately by `_first_id`, so a table with a million past rows costs a few look-ups more than an empty one. Two
reads look through all that is open (alarms, and counting); they are for once a day, not for each turn of the loop.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, and_, func, select

from inboxd.plan import INSIDE, EffectKind, Route
from inboxd.tables import cases, effects, events, mails, pauses, timers

MARGIN = timedelta(hours=1)
"""How far the clocks of the mail server and of this machine may differ."""
ALARM = "action_alarm"
ANSWERING = ("case_answered", "case_overridden")
"""Events of a person that may leave a case answered."""
NOT_WRITTEN_BY_OFFICES = (Route.CANARY, Route.AUTOMATIC, Route.BOUNCE, Route.DUPLICATE, Route.ANSWER)
Found = tuple[list[dict[str, Any]], int]
"""The first rows, and how many there are in all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastDay:
    """What became of a stretch of time, as it stands now."""

    received: int
    """Mails that people wrote to us."""
    answered: int
    by_notice: int
    """Of those answered: by our own notice alone (`domain.md` C18)."""
    on_time: int


def _rows(tx: Connection, wanted: Select[Any]) -> list[dict[str, Any]]:
    return [dict(row) for row in tx.execute(wanted).mappings()]


def _found(tx: Connection, where: ColumnElement[bool], order: ColumnElement[Any], limit: int) -> Found:
    wanted = select(cases.c.reference, cases.c.category, cases.c.office, cases.c.reply_by).where(where)
    total = tx.scalar(select(func.count()).select_from(cases).where(where)) or 0
    return _rows(tx, wanted.order_by(order, cases.c.id).limit(limit)), total


def overdue(tx: Connection, now: datetime, limit: int) -> Found:
    """Open cases whose reply is late, the longest first."""
    return _found(tx, and_(cases.c.state == "open", cases.c.reply_by <= now), cases.c.reply_by, limit)


def due(tx: Connection, after: datetime, before: datetime, limit: int) -> Found:
    """Open cases that are due later than `after` and before `before`, the soonest first."""
    span = and_(cases.c.state == "open", cases.c.reply_by > after, cases.c.reply_by < before)
    return _found(tx, span, cases.c.reply_by, limit)


def waiting(tx: Connection, limit: int) -> Found:
    """Cases that wait for the office, with `began_at`: since when, the longest first."""
    open_pause = and_(pauses.c.case_id == cases.c.id, pauses.c.ended_at.is_(None))
    wanted = (
        select(cases.c.reference, cases.c.category, cases.c.office, func.max(pauses.c.began_at).label("began_at"))
        .join(pauses, open_pause)
        .where(cases.c.state == "waiting")
        .group_by(cases.c.id, cases.c.reference, cases.c.category, cases.c.office)
        .order_by(func.max(pauses.c.began_at), cases.c.id)
        .limit(limit)
    )
    total = select(func.count()).select_from(cases).where(cases.c.state == "waiting")
    return _rows(tx, wanted), tx.scalar(total) or 0


def alarms(tx: Connection, limit: int) -> Found:
    """Cases whose action alarm is set, or rang while they are not finished; with `state` and `action_by`.

    An answer does not end the alarm (`domain.md` C1): those stay in the list until it rings, or until they are closed.
    """
    running = select(timers.c.case_id).where(timers.c.state == "set", timers.c.kind == ALARM)
    unfinished = select(cases.c.id).where(cases.c.state.in_(("open", "waiting")), cases.c.action_by.is_not(None))
    wanted = (
        select(
            cases.c.reference,
            cases.c.category,
            cases.c.office,
            cases.c.reply_by,
            cases.c.state,
            cases.c.action_by,
            func.count().over().label("total"),
        )
        .where(cases.c.id.in_(running.union(unfinished)))
        .order_by(cases.c.action_by, cases.c.id)
        .limit(limit)
    )
    rows = _rows(tx, wanted)
    totals = [row.pop("total") for row in rows]
    return rows, totals[0] if totals else 0


def handing_in(tx: Connection) -> int:
    """Documents that are on their way to a register over HTTP, which does not have them yet."""
    on_the_way = effects.c.state == "due", effects.c.kind == EffectKind.ATTACH
    return tx.scalar(select(func.count()).select_from(effects).where(*on_the_way)) or 0


def undelivered(tx: Connection, since: datetime, limit: int) -> Found:
    """Replies of ours that did not arrive: what came back since then, and what could not be sent and still is not.

    Each with the mail that it answered, its `office`, and `at`; internal notices have no such mail and no row.
    """
    came_back = select(events.c.detail, events.c.at).where(
        events.c.id >= _first_id(tx, events, events.c.at, since), events.c.event == "undelivered"
    )
    returned: dict[str, datetime] = {row.detail["key"]: row.at for row in tx.execute(came_back)}
    wanted = (
        select(effects.c.key, effects.c.due_at, effects.c.mail_id, mails.c.office)
        .join(mails, mails.c.id == effects.c.mail_id)
        .where(effects.c.kind == EffectKind.SEND, effects.c.template.not_in(INSIDE))
    )
    last: dict[int, dict[str, Any]] = {}
    for which in (effects.c.state == "buried", effects.c.key.in_(returned)):
        for row in tx.execute(wanted.where(which)):
            last[row.mail_id] = {"id": row.mail_id, "office": row.office, "at": returned.get(row.key, row.due_at)}
    newest = sorted(last.values(), key=lambda row: (row["at"], row["id"]), reverse=True)
    return newest[:limit], len(newest)


def past_day(tx: Connection, since: datetime, until: datetime) -> PastDay:
    """What was received and answered from `since` to before `until`. What was answered and raised since is not."""
    arrived = mails.c.arrived_at >= since, mails.c.arrived_at < until
    received = tx.scalar(
        select(func.count())
        .select_from(mails)
        .where(
            mails.c.id >= _first_id(tx, mails, mails.c.taken_at, since - MARGIN),
            *arrived,
            mails.c.route.not_in(NOT_WRITTEN_BY_OFFICES),
        )
    )
    answered = cases.c.answered_at >= since, cases.c.answered_at < until
    by_officers = (
        select(events.c.case_id)
        .where(events.c.id >= _first_id(tx, events, events.c.at, since - MARGIN))
        .where(events.c.event.in_(ANSWERING))
    )
    columns = select(cases.c.id, cases.c.answered_at, cases.c.reply_by)
    theirs = {row.id: row for row in tx.execute(columns.where(cases.c.id.in_(by_officers), *answered))}
    opened = cases.c.id >= _first_id(tx, cases, cases.c.opened_at, since - MARGIN)
    noticed = {row.id: row for row in tx.execute(columns.where(opened, *answered)) if row.id not in theirs}
    both = (*theirs.values(), *noticed.values())
    return PastDay(
        received=received or 0,
        answered=len(both),
        by_notice=len(noticed),
        on_time=sum(row.answered_at <= row.reply_by for row in both),
    )


def _first_id(tx: Connection, table: Table, at: ColumnElement[datetime], since: datetime) -> int:
    """The first id whose row is not older than `since`, by halving: ids and these times grow together.

    A step back of this machine's clock can put a few rows on the wrong side; nothing but a figure hangs on that.
    """
    low, high = 1, (tx.scalar(select(func.max(table.c.id))) or 0) + 1
    while low < high:
        middle = (low + high) // 2
        row = tx.execute(select(table.c.id, at.label("at")).where(table.c.id >= middle).order_by(table.c.id).limit(1))
        found = row.first()
        if found is None or found.at >= since:
            high = middle
        else:
            low = found.id + 1
    return low
