"""Rows of application records and of what is attached to them: look one up, attach to it, replace records."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, Table, bindparam, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from inboxd.documents import Application
from inboxd.tables import applications, filings

COLUMNS = ("number", "family_name", "given_name", "date_of_birth", "uci")

ATTACHED = "attached"
DUE = "due"
REFUSED = "refused"
"""States of a filing: on the record; on its way to a register over HTTP; refused there for good."""

_BY_NUMBER = select(applications).where(applications.c.number == bindparam("wanted"))
_FILED = select(filings.c.digest, filings.c.application_number).where(
    filings.c.digest.in_(bindparam("digests", expanding=True)), filings.c.state != REFUSED
)


def look_up(tx: Connection, number: str) -> Application | None:
    """The record with this number, or None."""
    row = tx.execute(_BY_NUMBER, {"wanted": number}).first()
    if row is None:
        return None
    return Application(
        number=row.number,
        family_name=row.family_name,
        given_name=row.given_name,
        date_of_birth=row.date_of_birth,
        uci=row.uci,
    )


def of_person(tx: Connection, uci: str) -> list[str]:
    """The numbers of all records with this UCI, given as its digits."""
    digits = func.replace(func.replace(applications.c.uci, "-", ""), " ", "")
    return list(tx.scalars(select(applications.c.number).where(digits == uci).order_by(applications.c.number)))


def filed(tx: Connection, digests: Sequence[str]) -> dict[str, set[str]]:
    """For each digest, the numbers of the records it is attached to, or on its way to."""
    found: dict[str, set[str]] = {}
    if not digests:
        return found
    for row in tx.execute(_FILED, {"digests": list(digests)}):
        found.setdefault(row.digest, set()).add(row.application_number)
    return found


def attach(
    tx: Connection, *, number: str, digest: str, mail_id: int, path: str, at: datetime, state: str = ATTACHED
) -> None:
    """Attach a document to a record. The same bytes on the same record again change nothing."""
    _insert_once(
        tx,
        filings,
        ("application_number", "digest"),
        [
            {
                "application_number": number,
                "digest": digest,
                "mail_id": mail_id,
                "path": path,
                "filed_at": at,
                "state": state,
            }
        ],
    )


def settle(tx: Connection, number: str, digest: str, state: str, answer: str) -> None:
    """What a register over HTTP said about a document that was on its way to it."""
    this = filings.c.application_number == number, filings.c.digest == digest
    tx.execute(update(filings).where(*this).values(state=state, answer=answer))


def _insert_once(tx: Connection, table: Table, keys: tuple[str, ...], rows: list[dict[str, object]]) -> None:
    insert = postgresql.insert if tx.dialect.name == "postgresql" else sqlite.insert
    tx.execute(insert(table).on_conflict_do_nothing(index_elements=keys), rows)


def put(tx: Connection, records: Sequence[Application], at: datetime) -> tuple[int, int]:
    """Insert or replace records. Returns (new, changed); unchanged ones count as neither."""
    numbers = [record.number for record in records]
    known = {row.number: row for row in tx.execute(select(applications).where(applications.c.number.in_(numbers)))}
    new = [record for record in records if record.number not in known]
    changed = [record for record in records if record.number in known and not _same(known[record.number], record)]
    if new:
        tx.execute(applications.insert(), [_row(record, at) for record in new])
    for record in changed:
        tx.execute(applications.update().where(applications.c.number == record.number).values(**_row(record, at)))
    return len(new), len(changed)


def _row(record: Application, at: datetime) -> dict[str, object]:
    return {
        "number": record.number,
        "family_name": record.family_name,
        "given_name": record.given_name,
        "date_of_birth": record.date_of_birth,
        "uci": record.uci,
        "imported_at": at,
    }


def _same(row: object, record: Application) -> bool:
    return all(getattr(row, name) == getattr(record, name) for name in COLUMNS)
