"""The desk of a demo that is kept: `inboxd console` on loopback, and an account for each role to open it with."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.client import HTTPConnection

from demo.stage import PATIENCE_SECONDS, STOPPING_SECONDS, DemoFailure, Stage
from inboxd import accounts
from inboxd.roles import Role
from tests.office import PROJECT

PASSWORD = "demo of the desk"  # noqa: S105  # of an invented office, on loopback, in a folder that is thrown away
LANGUAGES = {Role.VIEWER: "fr"}


def people() -> dict[str, Role]:
    """Name and role of each account."""
    return {role.replace("_", "-"): role for role in Role}


@contextmanager
def opened(stage: Stage) -> Iterator[str]:
    """Serve the desk meanwhile; gives its address. Raises `DemoFailure` if it does not start."""
    for name, role in people().items():
        accounts.add(
            stage.database,
            datetime.now(UTC),
            name=name,
            password=PASSWORD,
            role=role,
            language=LANGUAGES.get(role, "en"),
            actor="person:demo",
        )
    with stage.log.open("ab") as log, stage.complaints.open("ab") as complaints:
        process = subprocess.Popen(
            stage.command(["console"]),
            cwd=PROJECT,
            env=stage.environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=complaints,
            start_new_session=True,
        )
    try:
        _expect_answer(stage, process)
        yield stage.settings.console.public
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOPPING_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _expect_answer(stage: Stage, process: subprocess.Popen[bytes]) -> None:
    address = stage.settings.console.address
    assert address is not None
    ends = time.monotonic() + PATIENCE_SECONDS
    while process.poll() is None and time.monotonic() < ends:
        line = HTTPConnection(*address, timeout=5)
        try:
            line.request("GET", "/sign-in")
            if line.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.1)
        finally:
            line.close()
    raise DemoFailure(f"the desk did not start; see {stage.log} and {stage.complaints}")
