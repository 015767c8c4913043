"""The database door: engine, transactions, migrations. Alone maps SQLAlchemy's exceptions.

SQLite runs in WAL mode with `BEGIN IMMEDIATE` for writers, so that two processes queue instead of failing half-way;
PostgreSQL by URL, same code. A locked, full or unreachable database is `DatabaseRefused`.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import (
    ArgumentError,
    DatabaseError,
    DBAPIError,
    InterfaceError,
    NoSuchModuleError,
    OperationalError,
)

from inboxd.errors import DatabaseRefused, Permanent

BUSY_TIMEOUT_MS = 30_000
_READING = "inboxd_reading"
_MIGRATIONS = Path(__file__).parent / "migrations"
_REVISION = re.compile(r'^(revision|down_revision) = "(\w+)"$', re.MULTILINE)
_STAMP = "alembic_version"
_UPGRADING = threading.Lock()  # alembic knows one upgrade in a process


def _sqlite_private(_dialect: object, _record: object, arguments: list[Any], _named: object) -> None:
    """The file is for its owner alone; SQLite gives what it makes beside it the same mode, and says what fails."""
    path = str(arguments[0]) if arguments else ""
    if path in ("", ":memory:") or path.startswith("file:"):
        return
    with suppress(OSError):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if os.fstat(descriptor).st_mode & 0o077:
                os.fchmod(descriptor, 0o600)
        finally:
            os.close(descriptor)


def _sqlite_pragmas(dbapi_connection: Any, _record: object) -> None:
    # autocommit: the BEGIN is ours (below), not the driver's guess
    dbapi_connection.isolation_level = None
    cursor = dbapi_connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _sqlite_begin(connection: Connection) -> None:
    reading = connection.get_execution_options().get(_READING, False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def open_engine(url: str) -> Engine:
    """An engine for a database URL.

    Raises `Permanent` if the URL is no URL or its driver is not installed.
    """
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() == "postgresql" and parsed.drivername == "postgresql":
            parsed = parsed.set(drivername="postgresql+psycopg")
        # parameters are mail content: never in an exception or a log
        engine = create_engine(parsed, hide_parameters=True, pool_pre_ping=True)
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        raise Permanent(
            f"storage.database is not usable: {error}; use sqlite:///inboxd.sqlite or postgresql://user@host/name"
        ) from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "do_connect", _sqlite_private)
        event.listen(engine, "connect", _sqlite_pragmas)
        event.listen(engine, "begin", _sqlite_begin)
    return engine


@contextmanager
def _mapped() -> Iterator[None]:
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        raise DatabaseRefused(f"the database does not answer as it should: {_short(error)}") from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise DatabaseRefused("the connection to the database was lost") from error
        if type(error) is DatabaseError:  # not its subclasses, which are about one statement
            raise Permanent(f"the database cannot be used: {_short(error)}; restore it from the backup") from error
        raise


def _short(error: DBAPIError) -> str:
    return str(error.orig).strip().splitlines()[0] if error.orig is not None else type(error).__name__


def _newer(revision: str | None) -> str:
    return (
        f"the database is at revision {revision}, which belongs to a newer version of inboxd; "
        "install that version, or restore the backup from before it"
    )


@cache
def _revisions() -> dict[str, str | None]:
    """The packaged revisions, each with the one before it, as their files say: read, not run."""
    found: dict[str, str | None] = {}
    for path in sorted((_MIGRATIONS / "versions").glob("[0-9]*.py")):
        said = dict(_REVISION.findall(path.read_text(encoding="utf-8")))
        found[said["revision"]] = said.get("down_revision")
    return found


class Database:
    """Transactions on one engine. Only the four stages and the commands open writing ones."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """All or nothing. Raises `DatabaseRefused` if the database is locked, full or gone."""
        with _mapped(), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A snapshot that takes no write lock."""
        with _mapped(), self.engine.connect() as connection:
            quiet = connection.execution_options(**{_READING: True})
            with quiet.begin():
                yield quiet

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """Reading, and every read sees the rows as they were at the first one, however long it takes."""
        with _mapped(), self.engine.connect() as connection:
            options: dict[str, Any] = {_READING: True}
            if self.engine.dialect.name == "postgresql":  # in WAL mode SQLite does so anyhow
                options["isolation_level"] = "REPEATABLE READ"
            quiet = connection.execution_options(**options)
            with quiet.begin():
                yield quiet

    def close(self) -> None:
        self.engine.dispose()

    def is_there(self) -> bool:
        """False for a SQLite file that does not exist: merely connecting would make it."""
        name = self.engine.url.database
        return self.engine.dialect.name != "sqlite" or name in (None, "", ":memory:") or Path(str(name)).exists()

    def revision(self) -> tuple[str | None, str]:
        """(revision of the database or None if it is empty, revision that this version needs).

        Without alembic: every start and every command asks this, and upgrades are rare.
        """
        known = _revisions()
        head = known.keys() - known.values()
        if len(head) != 1:
            raise RuntimeError(f"the packaged migrations end in {sorted(head) or 'nothing'}")
        with self.reading() as connection:
            stamped = inspect(connection).has_table(_STAMP)
            now = connection.scalar(text(f"SELECT version_num FROM {_STAMP}")) if stamped else None  # noqa: S608  # ours
        return now, head.pop()

    def is_empty(self) -> bool:
        with self.reading() as connection:
            return not set(inspect(connection).get_table_names()) - {_STAMP}

    def upgrade(self) -> None:
        """Bring the tables to this version, in one transaction. Raises `Permanent` if they belong to a newer one."""
        from alembic import command

        current, _ = self.revision()
        if not self._knows(current):
            raise Permanent(_newer(current))
        config = self._alembic()
        with _UPGRADING, self.transaction() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    def prepare(self) -> None:
        """Create the tables of an empty database; refuse one that belongs to another version.

        Raises `Permanent` naming the command that mends it.
        """
        current, head = self.revision()
        if current == head:
            return
        if current is None and self.is_empty():
            self.upgrade()
            return
        if not self._knows(current):
            raise Permanent(_newer(current))
        raise Permanent(
            f"the database is at revision {current or 'none'} and this version needs {head}; "
            "stop the daemon, back up, then run: inboxd db upgrade"
        )

    def _knows(self, revision: str | None) -> bool:
        """Whether a revision is one of this version's; an empty database is."""
        return revision is None or revision in _revisions()

    def _alembic(self) -> Any:
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", str(_MIGRATIONS))
        config.set_main_option("path_separator", "os")
        return config
