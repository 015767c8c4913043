"""A database made anew from archive and journal, and what it is compared with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import select

from inboxd import rebuilding, sealing
from inboxd.database import Database, open_engine
from inboxd.rebuilding import FromDatabase, Rebuilt
from inboxd.tables import cases, effects, events, mails, metadata
from tests.scenarios.world import World


@contextmanager
def new_database(root: Path) -> Iterator[Database]:
    made = Database(open_engine(f"sqlite:///{root}/anew.sqlite"))
    yield made
    made.close()


def rebuilt(world: World, into: Database) -> Rebuilt:
    sealing.seal(world.context)
    with world.context.database.snapshot() as tx:
        return rebuilding.rebuild(world.context, FromDatabase(tx), into, lambda: None)


def unexplained(found: Rebuilt) -> str:
    return "\n".join(difference.line for difference in found.differences)


def rows(database: Database) -> dict[str, list[Any]]:
    """Every table, without what is numbered as it comes."""
    with database.reading() as tx:
        return {
            table.name: [
                {name: value for name, value in row.items() if name != "id" or table in (mails, cases, effects, events)}
                for row in tx.execute(select(table).order_by(*table.primary_key.columns)).mappings()
            ]
            for table in metadata.sorted_tables
        }


def exported(world: World, file: Path) -> Path:
    sealing.seal(world.context)
    with world.context.database.snapshot() as tx, file.open("w", encoding="utf-8") as lines:
        rebuilding.write_lines(tx, lines, 0, lambda: None)
    return file
