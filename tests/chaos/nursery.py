"""Where processes of `inboxd` are born and killed, seen from the harness. Fails with `TimeoutError`."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

from tests.office import PROJECT

KILLED = -signal.SIGKILL


class Life:
    """One process. `status` is its exit status, or minus the signal that ended it; None while it lives."""

    def __init__(self, death: tuple[str, int] | None) -> None:
        self.death = death
        self.pid = 0
        self.status: int | None = None
        self.born, self._ended = threading.Event(), threading.Event()
        self.process: subprocess.Popen[bytes] | None = None
        """Where it is no fork of the nursery."""

    def ended(self, status: int) -> None:
        self.status = status
        self.born.set()
        self._ended.set()

    @property
    def alive(self) -> bool:
        if self.process is not None and self.process.poll() is not None and self.status is None:
            self.ended(self.process.returncode)
        return not self._ended.is_set()

    def wait(self, seconds: float) -> int | None:
        """Its status, or None if it still lives then."""
        if self.process is not None:
            try:
                self.ended(self.process.wait(seconds))
            except subprocess.TimeoutExpired:
                return None
        self._ended.wait(seconds)
        return self.status

    def kill(self) -> int:
        """SIGKILL. Returns how it ended, which may have been before."""
        self.signal(signal.SIGKILL)
        status = self.wait(30)
        if status is None:
            raise TimeoutError(f"process {self.pid} does not even end by SIGKILL")
        return status

    def signal(self, number: signal.Signals) -> None:
        self.born.wait(30)
        if self.alive:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)


class Nursery:
    """`with Nursery() as nursery:`; leaving kills everything that still lives."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.lives"], cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )
        self._numbers = itertools.count(1)
        self._lives: dict[int, Life] = {}
        self._answers: dict[int, list[int]] = {}
        self._answered = threading.Condition()
        self._fresh: list[Life] = []
        self._reader = threading.Thread(target=self._listen, name="nursery", daemon=True)
        self._reader.start()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        for life in self._fresh:
            life.kill()
        self._process.stdin.close()
        self._process.wait(30)
        self._reader.join(5)
        self._process.stdout.close()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            said = json.loads(line)
            if "orphans" in said:
                with self._answered:
                    self._answers[said["id"]] = said["orphans"]
                    self._answered.notify_all()
            elif "born" in said:
                life = self._lives[said["born"]]
                life.pid = said["pid"]
                life.born.set()
            else:
                self._lives[said["ended"]].ended(said["status"])
        for life in self._lives.values():
            if life.status is None:
                life.ended(KILLED)

    def _order(self, **order: Any) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write((json.dumps(order) + "\n").encode())
        self._process.stdin.flush()

    def begin(
        self, config: Path, *command: str, output: Path, clock: Path, death: tuple[str, int] | None = None,
        fresh: bool = False,
    ) -> Life:
        """Start one command; `death` is the named step, and at which time of it, where it kills itself.

        `fresh`: in an interpreter of its own instead of a fork.
        """
        life = Life(death)
        order = {
            "command": ["--config", str(config), *command], "output": str(output), "clock": str(clock), "death": death,
        }
        if fresh:
            life.process = subprocess.Popen(
                [sys.executable, "-m", "tests.chaos.lives", json.dumps(order)], cwd=PROJECT,
                stdin=subprocess.DEVNULL,
            )
            life.pid = life.process.pid
            life.born.set()
            self._fresh.append(life)
            return life
        number = next(self._numbers)
        self._lives[number] = life
        self._order(id=number, **order)
        if not life.born.wait(60):
            raise TimeoutError("the nursery does not answer")
        return life

    def run(self, config: Path, *command: str, output: Path, clock: Path, seconds: float = 120) -> int:
        """One command to its end. Raises `TimeoutError`."""
        life = self.begin(config, *command, output=output, clock=clock)
        status = life.wait(seconds)
        if status is None:
            life.kill()
            raise TimeoutError(f"inboxd {' '.join(command)} did not end within {seconds:.0f} s")
        return status

    def orphans(self) -> Sequence[int]:
        """Processes that killed lives left behind."""
        number = next(self._numbers)
        self._order(id=number, command=["orphans"])
        with self._answered:
            if not self._answered.wait_for(lambda: number in self._answers, 30):
                raise TimeoutError("the nursery does not answer")
            return self._answers.pop(number)
