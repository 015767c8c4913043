"""The same ids again: of mails, of where they were met, and of cases, since references, keys and the journal name them.

On PostgreSQL a sequence is set; SQLite counts on from the greatest id, which a row that stands in for the one before
can raise. Ids that a database lost with a transaction are the reason that counting alone does not do.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from sqlalchemy import JSON, Boolean, Connection, func, insert, select, text, update

from inboxd.database import Database
from inboxd.store import floors
from inboxd.tables import Moment, cases, metadata, sightings

STAND_IN = "a row that stands in"


def next_mail(tx: Connection, mail_id: int) -> None:
    """The next mail gets this id."""
    if tx.dialect.name == "postgresql":
        _set_sequence(tx, "mails", mail_id)
    else:
        floors.put(tx, above=mail_id - 1, promised=0)


def _set_sequence(tx: Connection, table: str, next_id: int) -> None:
    sequence = text("SELECT setval(pg_get_serial_sequence(:table, 'id'), :next, false)")
    tx.execute(sequence, {"table": table, "next": next_id})


def newest_sighting(tx: Connection, sighting: int) -> None:
    """The sighting that was put in last has this id."""
    newest = tx.scalar(select(func.max(sightings.c.id)))
    if newest is not None and newest < sighting:
        tx.execute(update(sightings).where(sightings.c.id == newest).values(id=sighting))
    if tx.dialect.name == "postgresql":
        _set_sequence(tx, "sightings", max(newest or 0, sighting) + 1)


@contextmanager
def next_case(database: Database, case_id: int | None, mail_id: int) -> Iterator[None]:
    """Within, the next case gets this id; None: any."""
    if case_id is None:
        yield
        return
    stands_in = False
    with database.transaction() as tx:
        newest = tx.scalar(select(func.max(cases.c.id))) or 0
        if tx.dialect.name == "postgresql":
            _set_sequence(tx, "cases", max(case_id, newest + 1))
        elif newest + 1 < case_id:
            stands_in = True
            tx.execute(insert(cases).values(**_stand_in(case_id - 1, mail_id)))
    try:
        yield
    finally:
        if stands_in:
            with database.transaction() as tx:
                tx.execute(cases.delete().where(cases.c.reference == STAND_IN))


def _stand_in(row_id: int, mail_id: int) -> dict[str, object]:
    """Values that every column of a case takes; nobody ever sees them."""
    values: dict[str, object] = {}
    for column in cases.columns:
        kinds: tuple[tuple[type, object], ...] = (
            (Moment, datetime(1970, 1, 1, tzinfo=UTC)),
            (JSON, []),
            (Boolean, False),
        )
        values[column.name] = next((value for kind, value in kinds if isinstance(column.type, kind)), "")
    return {**values, "id": row_id, "mail_id": mail_id, "reference": STAND_IN, "state": "closed"}


def continue_sequences(tx: Connection) -> None:
    """On PostgreSQL: after rows were put in with their ids, the next ones go on behind them."""
    if tx.dialect.name != "postgresql":
        return
    for table in metadata.sorted_tables:
        if "id" in table.c and table.name != "mails":
            _set_sequence(tx, table.name, (tx.scalar(select(func.max(table.c.id))) or 0) + 1)
    given = floors.standing(tx)
    _set_sequence(tx, "mails", max(given.above, tx.scalar(text("SELECT max(id) FROM mails")) or 0) + 1)
