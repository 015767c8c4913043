"""A journal in a database of its own, and what somebody may do to it whom nothing stops."""

from __future__ import annotations

import logging
import threading
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from sqlalchemy import text

from inboxd import proving, sealing
from inboxd.chain import Fault, Seal
from inboxd.context import Context
from inboxd.database import Database
from inboxd.store import seals
from inboxd.store.journal import note

NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
GUARDS = ("events_update", "events_delete", "seals_update", "seals_delete")


class _Office:
    """As much of a context as sealing and proving use."""

    def __init__(self, journal: Journal) -> None:
        self.database, self._journal = journal.database, journal

    def now(self) -> datetime:
        return self._journal.now

    def stopping(self) -> bool:
        return False

    def alive(self) -> None:
        pass


class Journal:
    """Entries `taken` of nobody's mail, one a second."""

    def __init__(self, database: Database) -> None:
        self.database, self.now, self._written = database, NOON, 0
        self.context = cast("Context", _Office(self))

    @property
    def is_postgresql(self) -> bool:
        return self.database.engine.dialect.name == "postgresql"

    def write(self, count: int) -> None:
        for number in range(self._written, self._written + count):
            with self.database.transaction() as tx:
                note(tx, "taken", NOON + timedelta(seconds=number), uid=number)
        self._written += count

    def seal(self) -> int:
        return sealing.seal(self.context)

    def seal_beside(self) -> threading.Thread:
        """In a thread of its own, which has begun to wait, or is done."""
        thread = threading.Thread(target=self.seal)
        thread.start()
        thread.join(0.2)
        return thread

    def head(self) -> Seal:
        with self.database.reading() as tx:
            head = seals.head(tx)
        assert head is not None
        return head

    def faults(self, *heads: str) -> list[Fault]:
        return list(proving.prove(self.context, heads).faults)

    def told(self, caplog: pytest.LogCaptureFixture) -> list[str]:
        """Seal, and what the operator's log says about it."""
        log = logging.getLogger("inboxd")
        before: Any = log.propagate
        log.propagate = True
        caplog.clear()
        try:
            with caplog.at_level(logging.INFO, "inboxd"):
                self.seal()
        finally:
            log.propagate = before
        return [record.getMessage() for record in caplog.records]

    def tamper(self, *statements: str) -> None:
        """Statements with triggers and foreign keys off; they are back afterwards."""
        with self.database.engine.connect() as connection:
            if self.is_postgresql:
                connection.execute(text("SET session_replication_role = replica"))
                for statement in statements:
                    connection.exec_driver_sql(statement)
                connection.execute(text("SET session_replication_role = DEFAULT"))
                connection.commit()
                return
            raw: Any = connection.connection.driver_connection
            connection.rollback()
            kept = raw.execute("select name, sql from sqlite_master where type = 'trigger'").fetchall()
            raw.execute("PRAGMA foreign_keys = OFF")
            for name, _ in kept:
                raw.execute(f"drop trigger {name}")
            for statement in statements:
                raw.execute(statement)
            for _, made in kept:
                raw.execute(made)
            raw.execute("PRAGMA foreign_keys = ON")
