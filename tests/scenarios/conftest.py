"""Real servers for scenarios, started once for all of them and only when asked for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.servers import Dovecot, Postgres, SmtpSink


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """One database, emptied by each scenario."""
    with Postgres() as cluster:
        yield cluster.create_database()


@pytest.fixture(scope="session")
def dovecot() -> Iterator[Dovecot]:
    with Dovecot() as server:
        yield server


@pytest.fixture
def sink() -> Iterator[SmtpSink]:
    with SmtpSink(security="starttls", login=True) as server:
        yield server
