"""A service manager for tests: starts the daemon, hears its signs, kills it when none comes in time, starts it again.

What systemd does with Type=notify, WatchdogSec= and Restart=on-failure. Silence counts from READY=1 on.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.office import PROJECT


class Manager:
    """`with Manager(config, folder, watchdog=4) as manager:`; the service runs when the block begins."""

    def __init__(self, config: Path, folder: Path, *, watchdog: float, program: Sequence[str]) -> None:
        self._command = [sys.executable, *program, "run", "--config", str(config)]
        self._folder = folder
        self._watchdog = watchdog
        self.restarts = 0
        self.statuses: list[int] = []
        """How each run ended that the manager did not stop."""
        self._over = threading.Event()
        self._ready = threading.Event()

    def __enter__(self) -> Self:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(self._folder / "notify"))
        self._socket.settimeout(0.1)
        self._log = (self._folder / "journal").open("wb")
        self._start()
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self._watcher.start()
        if not self._ready.wait(60):
            raise AssertionError("the daemon does not start:\n" + self.journal())
        return self

    def _start(self) -> None:
        environment = os.environ | {
            "NOTIFY_SOCKET": str(self._folder / "notify"), "WATCHDOG_USEC": str(int(self._watchdog * 1_000_000)),
        }
        self.process = subprocess.Popen(
            self._command, cwd=PROJECT, env=environment, stdout=self._log, stderr=self._log
        )
        self._heard: float | None = None

    def _watch(self) -> None:
        while not self._over.is_set():
            self._hear()
            silent = self._heard is not None and time.monotonic() - self._heard > self._watchdog
            if silent:
                self.process.send_signal(signal.SIGABRT)
            if silent or self.process.poll() is not None:
                self.statuses.append(self.process.wait(30))
                if self._over.is_set():
                    return
                self.restarts += 1
                self._start()

    def _hear(self) -> None:
        try:
            said = self._socket.recv(4096).decode()
        except TimeoutError:
            return
        if said.startswith("READY=1"):
            self._ready.set()
        if said.startswith("READY=1") or (said == "WATCHDOG=1" and self._heard is not None):
            self._heard = time.monotonic()

    def journal(self) -> str:
        """Everything that the service printed, in all its lives."""
        return (self._folder / "journal").read_text(encoding="utf-8")

    def wait_for(self, what: str, condition: Callable[[], bool], *, seconds: float = 60) -> None:
        """Until the condition holds; fails with the journal."""
        until = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < until, f"not {what} in {seconds} s:\n{self.journal()}"
            time.sleep(0.1)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._watcher.join(40)
        self.process.kill()
        self.process.wait()
        self._socket.close()
        self._log.close()
