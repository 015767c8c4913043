"""A real `inboxd run` process and what it prints, for tests that wait for event lines."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from tests import log_lines
from tests.office import PROJECT

EVENT = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (debug|info|warning|error) [a-z]+(\.[a-z_]+)?"
    r"( [a-z_]+=(\"[^\"]*\"|[^\s\"]+))*"
)
PLAIN = ("-m", "inboxd")
HURRIED = ("-m", "tests.daemon.hurried")
"""The same command with short pauses after failures."""


class Running:
    """`with Running(config) as daemon:`; it has started when the block begins, and is killed if it is still there."""

    def __init__(
        self, config: Path, *, program: Sequence[str] = PLAIN, environment: Mapping[str, str] | None = None
    ) -> None:
        self._command = [sys.executable, *program, "run", "--config", str(config)]
        self._environment = os.environ | (environment or {})
        self._changed = threading.Condition()
        self.lines: list[str] = []

    def __enter__(self) -> Self:
        self.process = subprocess.Popen(
            self._command, cwd=PROJECT, text=True, env=self._environment, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        return self

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            log_lines.look_at([line])
            with self._changed:
                self.lines.append(line.rstrip("\n"))
                self._changed.notify_all()
        with self._changed:
            self._changed.notify_all()

    def wait_for(self, *words: str, times: int = 1, seconds: float = 60, after: int = 0) -> str:
        """The `times`-th line, after the first `after` ones, that holds all the words. Fails with all lines."""
        def found() -> list[str]:
            return [line for line in self.lines[after:] if all(word in line for word in words)]

        with self._changed:
            if not self._changed.wait_for(lambda: len(found()) >= times or not self._reader.is_alive(), seconds):
                raise AssertionError(f"no {times} lines with {words} in {seconds} s:\n" + "\n".join(self.lines))
            if len(found()) < times:
                raise AssertionError(f"the daemon ended without {times} lines with {words}:\n" + "\n".join(self.lines))
            return found()[times - 1]

    def mark(self) -> int:
        """Where the lines are now, for `after`."""
        with self._changed:
            return len(self.lines)

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def end(self, *, seconds: float = 60) -> tuple[int, str]:
        """Wait for its end by itself: exit status and what stood on standard error."""
        assert self.process.stderr is not None
        status = self.process.wait(seconds)
        self._reader.join(5)
        said = self.process.stderr.read()
        log_lines.look_at(said.splitlines())
        return status, said

    def stop(self) -> tuple[int, str]:
        """SIGTERM, and its end."""
        self.signal(signal.SIGTERM)
        return self.end()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._reader.join(5)
        for stream in (self.process.stdout, self.process.stderr):
            assert stream is not None
            stream.close()


def inboxd(
    config: Path, *command: str, program: Sequence[str] = PLAIN, environment: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """One command in a process of its own, to its end."""
    return subprocess.run(
        [sys.executable, *program, "--config", str(config), *command], cwd=PROJECT, capture_output=True, text=True,
        timeout=110, check=False,
        env=os.environ | (environment or {}),
    )


def one_line(text: str) -> str:
    """The only line of an error. More lines, or a traceback, are a failure."""
    lines = text.strip().splitlines()
    assert len(lines) == 1, text
    return lines[0]
