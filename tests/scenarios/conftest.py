"""Real servers for scenarios, started once for all of them and only when asked for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.scenarios.posts import RealPost
from tests.scenarios.world import Rows
from tests.servers import Dovecot, Postgres, SmtpSink


@pytest.fixture(scope="session")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rows]:
    rows = Rows(f"sqlite:///{tmp_path_factory.mktemp('rows')}/inboxd.sqlite")
    yield rows
    rows.database.close()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Rows]:
    with Postgres() as cluster:
        rows = Rows(cluster.create_database())
        yield rows
        rows.database.close()


@pytest.fixture(scope="session")
def dovecot() -> Iterator[Dovecot]:
    with Dovecot() as server:
        yield server


@pytest.fixture
def post(dovecot: Dovecot, sink: SmtpSink) -> Iterator[RealPost]:
    """Real servers with an empty mailbox."""
    real = RealPost(dovecot, sink)
    yield real
    real.close()


@pytest.fixture
def sink() -> Iterator[SmtpSink]:
    with SmtpSink(security="starttls", login=True) as server:
        yield server
