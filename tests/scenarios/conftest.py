"""Real servers for scenarios, started once for all of them and only when asked for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scenarios.officers import Desk, FakePost, open_desk
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


@pytest.fixture
def private(tmp_path: Path) -> Iterator[Rows]:
    """Rows of the test's own: they are sealed, and a sealed journal is not emptied for the next."""
    made = Rows(f"sqlite:///{tmp_path}/rows.sqlite")
    yield made
    made.database.close()


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


@pytest.fixture(params=["sqlite", "postgresql"])
def desk(tmp_path: Path, request: pytest.FixtureRequest, post: FakePost) -> Iterator[Desk]:
    """An office whose officers use their own mail client; `post` is the fake one of the module."""
    with open_desk(tmp_path, post, request.getfixturevalue(request.param)) as opened:
        yield opened
