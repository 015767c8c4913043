"""What benchmarks share: folders, servers' mailboxes, a probe of the disk, and what each run came to.

Each run gets a folder and a mailbox of its own, and nothing is deleted before the end: after a big deletion a file
system takes minutes to make files quickly again.
"""

from __future__ import annotations

import argparse
import math
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks import mixed_mailbox
from benchmarks.page import PAGE
from tests.office import PROJECT, Server, write_office
from tests.servers import Dovecot, SmtpSink

SEED = 20261122
USER = "bench"
ON_CALL = re.compile(r'(\[\[on_call\]\]\ndays = "\w+"\nhours = )"[^"]+"')
_MANY = str(1_000_000)
UNLIMITED = {"per_minute": _MANY, "storm_limit": _MANY, "bulk_limit": _MANY, "unknown_minutes": "0"}
"""A mailbox written a minute ago is answered as fresh mail: the brake on storms would stop it at 500."""


@dataclass(slots=True)
class Ran:
    """What one way of doing something came to, run by run."""

    name: str
    seconds: list[float] = field(default_factory=list)
    fsync_ms: list[float] = field(default_factory=list)
    more: list[dict[str, Any]] = field(default_factory=list)

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    @property
    def probe(self) -> float:
        return statistics.median(self.fsync_ms)


class Ground:
    """The mail server, and the mailbox as it was: each run gets hard links of it under a name of its own."""

    def __init__(self, root: Path, dovecot: Dovecot, count: int) -> None:
        self.root, self.dovecot, self.count = root, dovecot, count
        self._number = 0
        self._first = dovecot.root / "mail" / USER / "Maildir"
        owner = (dovecot.root / "mail").stat()
        self.size = mixed_mailbox.write(self._first, count, SEED, (owner.st_uid, owner.st_gid))

    def user(self) -> str:
        """A user whose inbox holds the mailbox, with an index as a server in use has one."""
        self._number += 1
        name = f"{USER}-{self._number}"
        target = self.dovecot.root / "mail" / name
        subprocess.run(["cp", "-al", str(self._first.parent), str(target)], check=True)
        with self.dovecot.client(name) as client:
            client.select_folder("INBOX")
            client.fetch(client.search(), ["RFC822.SIZE", "INTERNALDATE"])
            client.create_folder("Processed")
        return name

    def folder(self, name: str) -> Path:
        path = self.root / f"{name}-{self._number}"
        path.mkdir()
        return path


def office(folder: Path, dovecot: Dovecot, user: str, sink: SmtpSink, *, readers: int = 1, **more: Any) -> Path:
    """An office for the mixed mailbox, whose limits no benchmark reaches. Returns its settings file.

    `readers`: processes that read mails; 1 is what an office has that says nothing.
    """
    config = write_office(
        folder,
        imap=Server(port=dovecot.port, username=user, password=dovecot.password),
        smtp=Server(port=sink.port, extra=UNLIMITED),
        sections={"replies": "per_sender_per_day = 100000", "limits": f"readers = {readers}"}, **more,
    )
    (config.parent / "roster.csv").write_text(mixed_mailbox.roster(), encoding="utf-8")
    (config.parent / "register.csv").write_text(mixed_mailbox.register(), encoding="utf-8")
    for path in config.parent.iterdir():
        if path.is_file():
            path.chmod(0o600)  # the daemon refuses to start with less
    return config


def inboxd(config: Path, *command: str) -> str:
    """One command in a process of its own, to its end; what it printed."""
    ran = subprocess.run(
        [sys.executable, "-m", "inboxd", "--config", str(config), *command], cwd=PROJECT, text=True,
        capture_output=True, check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def always_on_call(config: Path) -> None:
    """Whether a page leaves at once must not hang on the hour at which it is timed."""
    standards = config.parent / "standards.toml"
    told, windows = ON_CALL.subn(r'\1"00:00-24:00"', standards.read_text(encoding="utf-8"))
    assert windows, "config/standards.toml names no on-call windows"
    standards.write_text(told, encoding="utf-8")


@contextmanager
def daemon(config: Path, folder: Path) -> Iterator[int]:
    """A real `inboxd run`, that said READY=1; its process id. It must end well when it is told to."""
    address = folder / f"notify-{time.monotonic_ns()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(address))
        manager.settimeout(60)
        with (folder / "events.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "inboxd", "run", "--config", str(config)], cwd=PROJECT, stdout=log,
                env=os.environ | {"NOTIFY_SOCKET": str(address)},
            )
        try:
            while b"READY=1" not in manager.recv(4096):
                assert process.poll() is None, "the daemon did not start"
            reader = threading.Thread(target=_hear, args=(manager, process), daemon=True)
            reader.start()
            yield process.pid
        finally:
            process.terminate()
            status = process.wait(120)
        reader.join()
        assert status == 0, f"inboxd ended with status {status}"


def _hear(manager: socket.socket, process: subprocess.Popen[bytes]) -> None:
    """Read signs of life as systemd does: the daemon waits half a second for a manager that does not listen."""
    manager.settimeout(1)
    while process.poll() is None:
        with suppress(TimeoutError, OSError):
            manager.recv(4096)


def fsync_ms(folder: Path) -> float:
    """Milliseconds of a small write with fsync, the median of fifty."""
    times = []
    for at in range(50):
        began = time.perf_counter()
        with (folder / f"probe-{at}-{time.monotonic_ns()}").open("wb") as file:
            file.write(b"x" * 4096)
            file.flush()
            os.fsync(file.fileno())
        times.append(time.perf_counter() - began)
    return statistics.median(times) * 1000


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` of them do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * share) - 1)]


def arguments(about: str | None) -> argparse.ArgumentParser:
    """The options of every benchmark."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--root", type=Path, help="a folder on the disk to be measured")
    parser.add_argument("--page", type=Path, default=PAGE, help="where the section is written to")
    return parser


@contextmanager
def place(asked: argparse.Namespace) -> Iterator[Path]:
    """A new folder that the mail server's user may enter; gone at the end."""
    root = Path(tempfile.mkdtemp(prefix="bench-", dir=asked.root))
    root.chmod(0o755)
    try:
        yield root
    finally:
        shutil.rmtree(root)
