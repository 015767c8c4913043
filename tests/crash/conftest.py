"""One Dovecot, one SMTP server and one killer for all crash tests; each ordeal has an office and a mailbox of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crash.ordeal import Ground, Killer
from tests.servers import Dovecot, Postgres, SmtpSink


@pytest.fixture(scope="session")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    root: Path = tmp_path_factory.mktemp("crash")
    with Dovecot() as dovecot, SmtpSink(root / "sink", security="plain") as sink, Killer() as killer:
        yield Ground(dovecot=dovecot, sink=sink, killer=killer, root=root)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    with Postgres() as cluster:
        yield cluster
