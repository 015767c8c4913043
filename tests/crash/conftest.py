"""One Dovecot, one SMTP server and one killer for all crash tests; each ordeal has its own office and mailbox."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crash.ordeal import Ground, Killer
from tests.servers import Dovecot, Postgres, SmtpSink


@pytest.fixture(scope="session")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    # in memory where there is such a place: a killed process leaves the same files, and fsync costs nothing
    memory = Path("/dev/shm")
    usual: Path = tmp_path_factory.mktemp("crash")
    root = Path(tempfile.mkdtemp(prefix="crash-", dir=memory)) if os.access(memory, os.W_OK) else usual
    with Dovecot() as dovecot, SmtpSink(root / "sink", security="plain") as sink, Killer() as killer:
        yield Ground(dovecot=dovecot, sink=sink, killer=killer, root=root)
    shutil.rmtree(root)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    with Postgres() as cluster:
        yield cluster
