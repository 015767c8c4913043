"""What the daemons of a storm print: event lines, and between them the named steps that they reached."""

from __future__ import annotations

import os
import threading
from collections import Counter
from pathlib import Path

from tests.chaos.lives import DIED, STEP

CAUGHT_UP = "CAUGHT UP"


class Log:
    """What the daemons print: a pipe with a reader, so that no limit on files stops an event line."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lines: list[str] = []
        self.reached: Counter[str] = Counter()
        """Named steps, and how many lives reached each."""
        self.died: list[str] = []
        """At which named steps lives killed themselves, in order."""
        self._caught_up = threading.Event()
        os.mkfifo(path, 0o600)
        self._pipe = os.open(path, os.O_RDWR)
        self._thread = threading.Thread(target=self._read, name="log", daemon=True)
        self._thread.start()

    def _read(self) -> None:
        rest = b""
        while chunk := os.read(self._pipe, 65536):
            if b"\0" in chunk:
                return
            *whole, rest = (rest + chunk).split(b"\n")
            for line in (part.decode("utf-8", "replace") for part in whole if part):
                if line == CAUGHT_UP:
                    self._caught_up.set()
                elif line.startswith(STEP):
                    self.reached[line.removeprefix(STEP)] += 1
                elif line.startswith(DIED):
                    self.died.append(line.removeprefix(DIED))
                else:
                    self.lines.append(line)

    def new_life(self) -> None:
        """A killed process may have left half a line."""
        os.write(self._pipe, b"\n")

    def catch_up(self) -> None:
        """Returns when everything that was printed until now is in `lines`."""
        self._caught_up.clear()
        os.write(self._pipe, b"\n" + CAUGHT_UP.encode() + b"\n")
        self._caught_up.wait(30)

    def close(self) -> None:
        os.write(self._pipe, b"\0")
        self._thread.join(30)
        if not self._thread.is_alive():  # a number that is free is given to another file, which it would go on to read
            os.close(self._pipe)
