"""What a rebuilt database gets from the old one as it is: what no mail caused, and what happened to effects outside.

Last the journal itself with its chain, entry by entry, in place of what the stages wrote while it was played. That is
left undone where entries name mails or cases that the new database does not have.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Table, select, update

from inboxd.database import Database
from inboxd.rebuilding import numbering
from inboxd.store import floors, seals
from inboxd.tables import (
    applications,
    case_mails,
    cases,
    effects,
    events,
    files,
    filings,
    mails,
    metadata,
    overrides,
    pauses,
    settlings,
    sightings,
    submissions,
    timers,
    tombstones,
)
from inboxd.tables import seals as seal_rows

MADE_ANEW = (mails, sightings, cases, case_mails, timers, pauses, submissions, files, filings, settlings, overrides)
BY_THEMSELVES = (*MADE_ANEW, effects, events, seal_rows, applications)
AT_ONCE = 500
OF_DELIVERY = (
    "state", "attempts", "due_at", "created_at", "done_at", "last_error", "answer", "payload", "message_id", "data_at",
    "looked_at", "hold", "cleared_at", "template_version",
)  # fmt: skip
FAR = 10**9
"""Ids beyond any that was given, for a moment."""


def before(old: Connection, into: Database) -> None:
    """The application records, which decisions about documents rest on. They are those of today."""
    with into.transaction() as tx:
        _copy(old, tx, applications)


def _copy(old: Connection, tx: Connection, table: Any) -> int:
    rows = [dict(row) for row in old.execute(select(table)).mappings()]
    for start in range(0, len(rows), AT_ONCE):
        tx.execute(table.insert(), rows[start : start + AT_ONCE])
    return len(rows)


def purged(old: Connection, into: Database) -> None:
    """The rows of mails that were purged: nobody can decide them again, and they say what was decided."""
    gone = set(old.scalars(select(tombstones.c.mail_id)))
    if not gone:
        return
    with into.transaction() as tx:
        there = set(tx.scalars(select(cases.c.id)))
        lost = {row.id for row in old.execute(select(cases.c.id, cases.c.mail_id)) if row.mail_id in gone} - there
        for table in MADE_ANEW:
            own_id = table in (mails, sightings, cases)
            rows = [
                {name: value for name, value in row.items() if own_id or name != "id"}
                for row in old.execute(select(table).order_by(table.c.id)).mappings()
                if _is_of(table, dict(row), gone, lost)
            ]
            for start in range(0, len(rows), AT_ONCE):
                tx.execute(table.insert(), rows[start : start + AT_ONCE])


def _is_of(table: Table, row: Mapping[str, Any], gone: set[int], lost: set[int]) -> bool:
    """Whether a row is about mails that were purged, or cases of theirs that the new database does not have."""
    if table in (mails, cases):
        return row["id"] in (gone if table is mails else lost)
    if row.get("case_id") is not None:
        return row["case_id"] in lost
    return row["mail_id"] in gone


def after(old: Connection, into: Database, up_to: int) -> bool:
    """Everything else. Returns whether the journal, up to this id, could be taken over with its chain."""
    with into.transaction() as tx:
        for table in metadata.sorted_tables:
            if table not in BY_THEMSELVES:
                tx.execute(table.delete())
                _copy(old, tx, table)
        _effects(old, tx)
        for row in old.execute(select(sightings)).all():
            lies = {name: getattr(row, name) for name in ("folder_now", "uidvalidity_now", "uid_now")}
            tx.execute(update(sightings).where(sightings.c.id == row.id).values(**lies))
        whole = _fits(old, tx)
        if whole:
            _journal(old, tx, up_to)
        numbering.continue_sequences(tx)
        known = floors.standing(tx)
        floors.put(tx, above=max(known.above, known.given), promised=known.promised)
    return whole


def _effects(old: Connection, tx: Connection) -> None:
    """What became of each is what became of it then; those that no mail caused come along; ids are the old ones."""
    ours = {row.key: row.id for row in tx.execute(select(effects.c.key, effects.c.id)).all()}
    tx.execute(update(effects).values(id=effects.c.id + FAR))
    rows = [dict(row) for row in old.execute(select(effects)).mappings()]
    has_mail = set(tx.scalars(select(mails.c.id)))
    for row in rows:
        if row["key"] in ours:
            of_delivery = {name: row[name] for name in OF_DELIVERY}
            tx.execute(update(effects).where(effects.c.key == row["key"]).values(id=row["id"], **of_delivery))
        elif row["mail_id"] is None or row["mail_id"] in has_mail:
            tx.execute(effects.insert().values(**row))
    newest = max((row["id"] for row in rows), default=0)
    left = tx.scalars(select(effects.c.id).where(effects.c.id > FAR).order_by(effects.c.id)).all()
    for number, effect_id in enumerate(left, start=newest + 1):
        tx.execute(update(effects).where(effects.c.id == effect_id).values(id=number))


def _fits(old: Connection, tx: Connection) -> bool:
    """Whether every mail and case that the old database has is here under its number."""
    wanted = select(cases.c.id, cases.c.reference)
    same_cases = {tuple(row) for row in old.execute(wanted)} <= {tuple(row) for row in tx.execute(wanted)}
    return same_cases and set(old.scalars(select(mails.c.id))) <= set(tx.scalars(select(mails.c.id)))


def _journal(old: Connection, tx: Connection, up_to: int) -> None:
    tx.execute(events.delete())
    for table, key in ((events, events.c.id), (seal_rows, seal_rows.c.event_id)):
        last = 0
        while rows := old.execute(
            select(table).where(key > last, key <= up_to).order_by(key).limit(AT_ONCE)
        ).mappings().all():  # fmt: skip
            tx.execute(table.insert(), [dict(row) for row in rows])
            last = rows[-1][key.name]


def journal_of(pairs: Any, into: Database, archive_promise: int) -> bool:
    """The journal of a file, where no old database is at hand. False if it names what the new one does not have."""
    with into.transaction() as tx:
        known = {(cases, row) for row in tx.scalars(select(cases.c.id))}
        known |= {(mails, row) for row in tx.scalars(select(mails.c.id))}
        for _, entry in pairs():
            if (entry.mail_id is not None and (mails, entry.mail_id) not in known) or (
                entry.case_id is not None and (cases, entry.case_id) not in known
            ):
                return False
        tx.execute(events.delete())
        erased_by: dict[int, int] = {}
        for seal, entry in pairs():
            row = {name: getattr(entry, name) for name in ("at", "mail_id", "case_id", "actor", "event", "detail")}
            tx.execute(events.insert().values(id=entry.event_id, **row))
            place = {name: getattr(seal, name) for name in ("place", "event_id", "content", "digest", "sealed_at")}
            tx.execute(seal_rows.insert().values(**place))
            if entry.event == "send_done" and "key" in entry.detail:
                _name_what_was_sent(tx, entry.detail["key"], entry.detail["digest"])
            if entry.event == seals.ERASED:
                erased_by |= dict.fromkeys(map(int, entry.detail["entries"]), entry.event_id)
        for event_id, eraser in erased_by.items():
            tx.execute(update(seal_rows).where(seal_rows.c.event_id == event_id).values(erased_by=eraser))
        numbering.continue_sequences(tx)
        known_floor = floors.standing(tx)
        above = max(known_floor.given, archive_promise)
        floors.put(tx, above=above, promised=above)
    return True


def _name_what_was_sent(tx: Connection, key: str, digest: str) -> None:
    """The bytes that went out are those of then, not what would be written today."""
    payload = tx.scalar(select(effects.c.payload).where(effects.c.key == key))
    if payload is not None and payload["digest"] != digest:
        tx.execute(update(effects).where(effects.c.key == key).values(payload={**payload, "digest": digest}))
