"""Rows of the floor under the ids of mails: above which a new one lies, and what was promised beside the archive."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, func, select, text, update

from inboxd.tables import floors, mails

MAILS = "mails"
SEQUENCE = "pg_get_serial_sequence('mails', 'id')"
_ABOVE_AND_NEWEST = select(
    select(floors.c.above).where(floors.c.name == MAILS).scalar_subquery(),
    select(func.max(mails.c.id)).scalar_subquery(),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """What the database knows about its ids of mails."""

    above: int
    """A new mail has a greater id."""
    promised: int
    """Up to here the archive knows that ids may be given."""
    given: int
    """The greatest id that was given, or lost with a transaction."""


def standing(tx: Connection) -> Floor:
    """How it is now; all 0 for a database that has no mails and was never promised anything."""
    row = tx.execute(select(floors).where(floors.c.name == MAILS)).first()
    given = tx.scalar(select(func.max(mails.c.id))) or 0
    if tx.dialect.name == "postgresql":
        given = max(given, tx.scalar(text(f"SELECT pg_sequence_last_value({SEQUENCE})")) or 0)
    return Floor(above=row.above if row else 0, promised=row.promised if row else 0, given=given)


def put(tx: Connection, *, above: int, promised: int) -> None:
    """Remember both; from now on new ids are greater than `above`."""
    values = {"above": above, "promised": promised}
    changed = tx.execute(update(floors).where(floors.c.name == MAILS).values(**values))
    if not changed.rowcount:
        tx.execute(floors.insert().values(name=MAILS, **values))
    if tx.dialect.name == "postgresql" and standing(tx).given < above:
        tx.execute(text(f"SELECT setval({SEQUENCE}, :above)"), {"above": above})


def own_id(tx: Connection) -> dict[str, int]:
    """The column of a new mail's id where the database would give a smaller one; else nothing."""
    if tx.dialect.name == "postgresql":
        return {}  # the sequence knows (`put`)
    above, newest = tx.execute(_ABOVE_AND_NEWEST).one()
    above, newest = above or 0, newest or 0
    return {"id": above + 1} if newest < above else {}
