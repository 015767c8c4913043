"""Servers and a nursery for the storms of CI, and one small calm run that its tests may spoil."""

from __future__ import annotations

import contextlib
import functools
import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.chaos.campaign import Campaign, durable
from tests.chaos.nursery import Nursery
from tests.chaos.results import Results
from tests.servers import Dovecot, Postgres


@pytest.fixture(scope="package")
def campaign(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Campaign]:
    # in memory where there is such a place: fsync costs nothing there
    memory = Path("/dev/shm")
    root = Path(tempfile.mkdtemp(prefix="chaos-", dir=memory if os.access(memory, os.W_OK) else None))
    logging.getLogger("mail.log").setLevel(logging.CRITICAL)  # the SMTP server's complaints about broken connections
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, root, ignore_errors=True)
        dovecot = stack.enter_context(Dovecot())
        nursery = stack.enter_context(Nursery())
        yield Campaign(root, dovecot, nursery, Results(tmp_path_factory.mktemp("results") / "trust.json"))


@pytest.fixture(scope="package")
def postgres() -> Iterator[Callable[[], Postgres]]:
    """A cluster, for those who ask for it."""
    with contextlib.ExitStack() as stack:

        @functools.cache
        def cluster() -> Postgres:
            made = stack.enter_context(Postgres())
            durable(made)
            return made

        yield cluster
