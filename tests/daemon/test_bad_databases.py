"""Databases that are locked by a real lock, of another version, or none at all: waited for or named, no mail lost."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from tests.crash.letters import critical, out_of_office
from tests.daemon.conftest import Office
from tests.daemon.running import HURRIED, Running, inboxd, one_line


def test_a_locked_database_is_waited_for_and_then_named(office: Office) -> None:
    assert inboxd(office.config, "once").returncode == 0
    office.deliver(critical())
    path = office.root / "data" / "inboxd.sqlite"
    with closing(sqlite3.connect(path, isolation_level=None)) as other, Running(
        office.config, program=HURRIED, environment={"INBOXD_TEST_FAULTS": "busy=300"}
    ) as daemon:
        daemon.wait_for("mailbox.connected")
        other.execute("BEGIN IMMEDIATE")
        office.deliver(out_of_office())
        assert "database is locked" in daemon.wait_for("database.unavailable", "retry_in=")
        other.execute("ROLLBACK")
        daemon.wait_for("mail.done", times=2)
        assert daemon.stop() == (0, "")
    assert office.folders() == {"Enquiries/Critical": 1, "Automatic": 1}


def test_a_database_of_another_version_is_refused_with_the_command(office: Office) -> None:
    assert inboxd(office.config, "once").returncode == 0
    path = office.root / "data" / "inboxd.sqlite"
    with closing(sqlite3.connect(path)) as database:
        database.execute("update alembic_version set version_num = '9999'")
        database.commit()
    ended = inboxd(office.config, "run")
    assert ended.returncode == 1
    line = one_line(ended.stderr)
    assert "revision 9999" in line
    upgrade = inboxd(office.config, "db", "upgrade")
    assert upgrade.returncode == 1
    assert "9999" in one_line(upgrade.stderr)
    assert "newer" in one_line(upgrade.stderr)


def test_a_file_that_is_no_database(office: Office) -> None:
    (office.root / "data" / "inboxd.sqlite").write_bytes(b"this is a letter, not a database" * 100)
    ended = inboxd(office.config, "once")
    assert ended.returncode == 1
    assert "not a database" in one_line(ended.stderr)
