"""The database door: the tables that migrations make are the ones the code means, and failures get their names."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, select, text

from inboxd import database as door
from inboxd.database import Database, open_engine
from inboxd.errors import DatabaseRefused, Permanent
from inboxd.tables import marks, metadata
from tests.servers import Postgres


@pytest.fixture(scope="module")
def cluster() -> Iterator[Postgres]:
    with Postgres() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Of a database with nothing in it."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/inboxd.sqlite"
    created: str = request.getfixturevalue("cluster").create_database()
    return created


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    made = Database(open_engine(url))
    yield made
    made.close()


def add_mark(tx: Connection, folder: str) -> None:
    tx.execute(marks.insert().values(account="main", folder=folder, uidvalidity=1, next_uid=1))


def folders(database: Database) -> list[str]:
    with database.reading() as tx:
        return sorted(tx.scalars(select(marks.c.folder)))


def test_migrations_make_the_tables_that_the_code_means(database: Database) -> None:
    database.prepare()
    with database.reading() as tx:
        context = MigrationContext.configure(tx, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []
        assert set(inspect(tx).get_table_names()) == {*metadata.tables, "alembic_version"}


def test_the_revisions_read_from_the_files_are_those_that_alembic_knows(database: Database) -> None:
    """Asked at every start and by every command, so not by alembic; an upgrade goes by alembic."""
    folder = Path(door.__file__).parent / "migrations"
    scripts = ScriptDirectory(str(folder))
    assert database.revision() == (None, scripts.get_current_head())
    for script in scripts.walk_revisions():
        database.prepare()
        with database.transaction() as tx:
            tx.execute(text("update alembic_version set version_num = :wanted"), {"wanted": script.revision})
        assert database.revision() == (script.revision, scripts.get_current_head())
        if script.revision != scripts.get_current_head():
            with pytest.raises(Permanent, match=f"at revision {script.revision} and this version needs"):
                database.prepare()
        with database.transaction() as tx:
            tx.execute(text("update alembic_version set version_num = :head"), {"head": scripts.get_current_head()})


def test_preparing_twice_changes_nothing(database: Database) -> None:
    assert database.is_empty()
    assert database.revision()[0] is None
    database.prepare()
    current, needed = database.revision()
    assert current == needed
    with database.transaction() as tx:
        add_mark(tx, "INBOX")
    database.prepare()
    database.upgrade()
    assert folders(database) == ["INBOX"]
    assert not database.is_empty()


def test_a_transaction_is_all_or_nothing(database: Database) -> None:
    database.prepare()

    def half() -> None:
        with database.transaction() as tx:
            add_mark(tx, "INBOX")
            raise LookupError

    with pytest.raises(LookupError):
        half()
    assert folders(database) == []


def test_tables_of_another_version_are_refused(database: Database) -> None:
    database.prepare()
    with database.transaction() as tx:
        tx.execute(text("update alembic_version set version_num = 'from-tomorrow'"))
    for attempt in (database.prepare, database.upgrade):
        with pytest.raises(Permanent, match=r"revision from-tomorrow, which belongs to a newer version of inboxd"):
            attempt()
    with database.transaction() as tx:
        tx.execute(text("delete from alembic_version"))
    with pytest.raises(Permanent, match=r"at revision none and this version needs .*: inboxd db upgrade"):
        database.prepare()


def test_a_lock_that_lasts_is_passing_trouble(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "BUSY_TIMEOUT_MS", 100)
    path = tmp_path / "x.sqlite"
    database = Database(open_engine(f"sqlite:///{path}"))
    database.prepare()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseRefused, match="database is locked"), database.transaction():
            pass
        assert folders(database) == [], "readers are not locked out"
        other.execute("ROLLBACK")
    with database.transaction() as tx:
        add_mark(tx, "INBOX")
    database.close()


def test_a_reader_does_not_hold_up_a_writer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """WAL: with SQLite's own journal the commit would wait for the reader, and give up."""
    monkeypatch.setattr(door, "BUSY_TIMEOUT_MS", 100)
    database = Database(open_engine(f"sqlite:///{tmp_path}/x.sqlite"))
    database.prepare()
    with database.snapshot() as reading:
        assert reading.execute(select(marks)).all() == []
        with database.transaction() as tx:
            add_mark(tx, "INBOX")
        assert reading.execute(select(marks)).all() == [], "what it sees stays as it was"
    assert folders(database) == ["INBOX"]
    database.close()


def test_two_writers_queue(tmp_path: Path) -> None:
    """BEGIN IMMEDIATE: a writer that read before it writes must not fail half-way."""
    url = f"sqlite:///{tmp_path}/x.sqlite"
    Database(open_engine(url)).prepare()
    failures: list[BaseException] = []

    def write(name: str) -> None:
        mine = Database(open_engine(url))
        try:
            for number in range(20):
                with mine.transaction() as tx:
                    assert tx.execute(select(marks)).all() is not None
                    add_mark(tx, f"{name}{number}")
        except BaseException as error:
            failures.append(error)
        finally:
            mine.close()

    writers = [threading.Thread(target=write, args=(name,)) for name in "abc"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert failures == []
    assert len(folders(Database(open_engine(url)))) == 60


def test_a_server_that_stops_is_passing_trouble_and_comes_back(cluster: Postgres) -> None:
    database = Database(open_engine(cluster.create_database()))
    database.prepare()
    cluster.stop()
    try:
        with pytest.raises(DatabaseRefused) as refused:
            folders(database)
        assert "\n" not in str(refused.value)
    finally:
        cluster.start()
    assert folders(database) == []
    database.close()


def test_a_file_that_is_no_database_and_a_folder_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "letter.sqlite").write_bytes(b"a letter " * 1000)
    with pytest.raises(Permanent, match="file is not a database; restore it from the backup"):
        Database(open_engine(f"sqlite:///{tmp_path}/letter.sqlite")).prepare()
    with pytest.raises(DatabaseRefused, match="unable to open database file"):
        Database(open_engine(f"sqlite:///{tmp_path}/nowhere/x.sqlite")).prepare()


@pytest.mark.parametrize("url", ["nonsense", "mysql://x/y", "oracle://x", "sqlite+aiosqlite:///x"])
def test_an_address_that_is_none(url: str) -> None:
    with pytest.raises(Permanent, match=r"storage\.database is not usable"):
        open_engine(url)


def test_whether_there_is_a_database_is_told_without_making_one(tmp_path: Path) -> None:
    path = tmp_path / "x.sqlite"
    database = Database(open_engine(f"sqlite:///{path}"))
    assert not database.is_there()
    assert not path.exists()
    database.prepare()
    assert database.is_there()
    database.close()
    assert Database(open_engine("sqlite://")).is_there()


def test_the_parameters_of_a_statement_stand_in_no_error(database: Database) -> None:
    database.prepare()

    def twice() -> None:
        with database.transaction() as tx:
            add_mark(tx, "Okonjo-Reyes")
            add_mark(tx, "Okonjo-Reyes")

    with pytest.raises(Exception, match=r"UNIQUE|unique") as refused:
        twice()
    assert "[parameters:" not in str(refused.value)
    assert "INSERT" in str(refused.value)
