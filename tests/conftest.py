"""Settings for all tests: Hypothesis judges results, not the speed of the machine; in CI it draws the same cases."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests import dealing, log_lines, office
from tests.log_lines import pytest_runtest_makereport

settings.register_profile(
    "inboxd",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=bool(os.environ.get("CI")),
    database=None,
)
settings.load_profile("inboxd")
log_lines.listen()
__all__ = ["pytest_runtest_makereport", "tried_for_all"]


TRIED = "INBOXD_TESTS_TRIED"
"""Names, for the workers of this run, the folder that `tried_for_all` is."""


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        os.environ[TRIED] = tempfile.mkdtemp(prefix="tried-")


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        shutil.rmtree(os.environ.pop(TRIED), ignore_errors=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items[:] = dealing.long_first(items, int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")))


@pytest.fixture(scope="session", autouse=True)
def tried_for_all() -> Iterator[None]:
    """No process of this run need try the same rules and texts again."""
    folder = Path(os.environ[TRIED])
    office.tried_for_all.append(folder)
    yield
    office.tried_for_all.remove(folder)
