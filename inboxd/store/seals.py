"""Rows of the journal's chain: what has no place in it yet, giving it one, reading it in order, erasing a detail.

Only `seal` and `erase` write, both alone: a second process waits. An id that is sealed is never smaller than one before
it, on PostgreSQL too (`horizon`), so an entry that turns up in between was not written by inboxd.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select, text, update

from inboxd.chain import Entry, Seal, content_of, seal_all
from inboxd.errors import Permanent
from inboxd.store.journal import inserted_id
from inboxd.tables import cases, events, mails, seals

ERASED = "journal_erased"
"""The entry that says that the detail of others was erased, and what is left of them."""
WAIT_FOR_WRITERS = "5s"
IN_MEMORY = 1000


def entry_of(row: Row[Any]) -> Entry:
    """A row of the journal as a value."""
    return Entry(
        event_id=row.id,
        at=row.at,
        mail_id=row.mail_id,
        case_id=row.case_id,
        actor=row.actor,
        event=row.event,
        detail=row.detail,
    )


def _seal(row: Row[Any]) -> Seal:
    return Seal(place=row.place, event_id=row.event_id, content=row.content, sealed_at=row.sealed_at, digest=row.digest)


def head(tx: Connection) -> Seal | None:
    """The last place that was given; None for a journal that was never sealed."""
    row = tx.execute(select(seals).order_by(seals.c.place.desc()).limit(1)).first()
    return None if row is None else _seal(row)


def horizon(tx: Connection) -> int:
    """The id up to which no entry is being written any more: what is below it is there or will never be.

    On PostgreSQL ids are given before their transactions end, in any order; so this waits until those that write now
    have ended, and lets none begin until this transaction ends, which should therefore do nothing else.
    """
    if tx.dialect.name == "postgresql":
        tx.execute(text(f"SET LOCAL lock_timeout = '{WAIT_FOR_WRITERS}'"))
        tx.execute(text("LOCK TABLE events IN SHARE MODE"))
    return newest(tx)


def newest(tx: Connection) -> int:
    """The id of the newest entry; 0 if there is none."""
    return tx.scalar(select(func.max(events.c.id))) or 0


def _alone(tx: Connection) -> None:
    """Whoever else seals or erases waits; SQLite has but one writer anyhow."""
    if tx.dialect.name == "postgresql":
        tx.execute(text("LOCK TABLE seals IN SHARE ROW EXCLUSIVE MODE"))


def seal(tx: Connection, up_to: int, limit: int, now: datetime) -> list[Seal]:
    """Give the next entries that have no place one, up to an id that `horizon` named. None left: an empty list."""
    _alone(tx)
    last = head(tx)
    after = last.event_id if last else 0
    wanted = select(events).where(events.c.id > after, events.c.id <= up_to).order_by(events.c.id).limit(limit)
    given = seal_all(last, [entry_of(row) for row in tx.execute(wanted)], now)
    if given:
        tx.execute(seals.insert(), [dataclasses.asdict(item) for item in given])
    return given


def in_order(tx: Connection, after: int = 0) -> Iterator[tuple[Seal, Entry | None]]:
    """Every place behind `after` with its entry, None where that is gone; without holding them all in memory."""
    with_entry = select(seals, events).outerjoin(events, events.c.id == seals.c.event_id)
    wanted = with_entry.where(seals.c.place > after).order_by(seals.c.place)
    for row in tx.execution_options(yield_per=IN_MEMORY).execute(wanted):
        yield _seal(row), None if row.id is None else entry_of(row)


def without_place(tx: Connection, up_to: int) -> list[Entry]:
    """Entries that have no place although a later one has: nobody but a stranger writes those."""
    sealed = select(seals.c.event_id).where(seals.c.event_id == events.c.id)
    wanted = select(events).where(events.c.id <= up_to, ~sealed.exists()).order_by(events.c.id)
    return [entry_of(row) for row in tx.execute(wanted)]


def erasures(tx: Connection) -> dict[int, str]:
    """What is left of each entry whose detail was erased, by its id, as the entry says that erased it."""
    told = select(events.c.detail).where(events.c.event == ERASED).order_by(events.c.id)
    return {
        int(event_id): str(content)
        for detail in tx.scalars(told)
        for event_id, content in dict(detail.get("entries", {})).items()
    }


def place_of(tx: Connection, content: str) -> int | None:
    """The first place at which this content was sealed."""
    place: int | None = tx.scalar(select(func.min(seals.c.place)).where(seals.c.content == content))
    return place


def has_digest(tx: Connection, digest: str) -> bool:
    """Whether a place of the chain has this digest."""
    return tx.scalar(select(seals.c.place).where(seals.c.digest == digest).limit(1)) is not None


def untold(tx: Connection) -> list[str]:
    """What rows say and the journal does not, in words: each was noted there when it was written."""
    found = []
    for what, table, event, column in (
        ("mail", mails, "taken", events.c.mail_id),
        ("case", cases, "case_opened", events.c.case_id),
    ):
        told = select(events.c.id).where(column == table.c.id, events.c.event == event)
        without = select(table.c.id).where(~told.exists()).order_by(table.c.id)
        found += [f"{what} {row} is there, and no entry {event}" for row in tx.scalars(without)]
    noted = (
        select(func.count())
        .where(events.c.mail_id == mails.c.id, events.c.event.in_(("decided", "held")))
        .scalar_subquery()
    )
    fewer = select(mails.c.id, mails.c.decisions, noted.label("told")).where(mails.c.decisions > noted)
    return found + [
        f"mail {row.id} was decided {row.decisions} times, and the entries tell of {row.told}"
        for row in tx.execute(fewer.order_by(mails.c.id))
    ]


def _nothing_left(_: Entry) -> Mapping[str, Any]:
    return {}


def erase(
    tx: Connection,
    event_ids: Collection[int],
    now: datetime,
    *,
    actor: str,
    why: str,
    left_of: Callable[[Entry], Mapping[str, Any]] = _nothing_left,
) -> int:
    """Erase the detail of sealed entries, so that the chain still holds. Returns how many were erased.

    What is left of each (when, who, which mail or case, which event) is told by a new entry, which is sealed like any
    other; the detail says no more than `why`, and what `left_of` keeps of it. Entries that were erased before stay as
    they are. Raises `Permanent` if one is not sealed yet (seal first), or is itself such a telling entry.
    """
    _alone(tx)
    wanted = (
        select(events, seals.c.place, seals.c.erased_by)
        .outerjoin(seals, seals.c.event_id == events.c.id)
        .where(events.c.id.in_(event_ids))
        .order_by(events.c.id)
    )
    rows = [row for row in tx.execute(wanted).all() if row.erased_by is None]
    if any(row.place is None or row.event == ERASED for row in rows):
        raise Permanent("an entry of the journal is erased after it was sealed, and never one that tells of that")
    if not rows:
        return 0
    left = {row.id: {"erased": why, **left_of(entry_of(row))} for row in rows}
    entries = {str(row.id): content_of(dataclasses.replace(entry_of(row), detail=left[row.id])) for row in rows}
    told = events.insert().values(at=now, actor=actor, event=ERASED, detail={"why": why, "entries": entries})
    eraser = inserted_id(tx.execute(told))
    ids = [row.id for row in rows]
    tx.execute(update(seals).where(seals.c.event_id.in_(ids)).values(erased_by=eraser))
    for event_id in ids:
        tx.execute(update(events).where(events.c.id == event_id).values(detail=left[event_id]))
    return len(ids)
