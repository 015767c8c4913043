"""The servers that other tests rely on do what they promise."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy

from tests.servers import Dovecot, Postgres, SmtpSink
from tests.servers.places import find_program


def test_a_missing_program_is_a_failure_that_names_the_package() -> None:
    with pytest.raises(RuntimeError, match="apt-get install dovecot-imapd"):
        find_program("no-such-program", package="dovecot-imapd", folders=(Path("/usr/sbin"),))


def test_every_database_is_new_and_outlives_a_restart(postgres: Postgres) -> None:
    first, second = postgres.create_database(), postgres.create_database()
    engine = sqlalchemy.create_engine(first)
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("CREATE TABLE kept (word text)"))
        connection.execute(sqlalchemy.text("INSERT INTO kept VALUES ('été')"))
    engine.dispose()
    postgres.restart()
    with engine.begin() as connection:
        assert connection.scalar(sqlalchemy.text("SELECT word FROM kept")) == "été"
    engine.dispose()
    other = sqlalchemy.create_engine(second)
    assert sqlalchemy.inspect(other).get_table_names() == []
    other.dispose()


def test_servers_start_and_leave_nothing() -> None:
    with Dovecot() as dovecot, Postgres() as postgres, SmtpSink() as sink:
        folders = [dovecot.root, postgres.root]
        assert sink.mails == []
        assert all(folder.exists() for folder in folders)
    assert not any(folder.exists() for folder in folders)


def test_mail_outlives_a_restart_of_dovecot(dovecot: Dovecot) -> None:
    user = dovecot.fresh_user()
    dovecot.deliver(b"Subject: kept\r\n\r\n", user=user)
    dovecot.restart(hard=True)
    assert dovecot.messages(user=user) == [b"Subject: kept\r\n\r\n"]
    assert dovecot.messages("Nowhere", user=user) == []
    assert "Subject" not in dovecot.log()


def test_the_sink_waits_for_mails_and_says_how_many_came() -> None:
    with SmtpSink() as sink, pytest.raises(TimeoutError, match="0 of 1"):
        sink.wait_for(1, seconds=0.05)
