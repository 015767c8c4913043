"""How much memory a process has, and had at most, by the kernel's own count. Loads nothing itself, so costs nothing."""

from __future__ import annotations

import threading
from contextlib import suppress
from pathlib import Path
from typing import Self

LOOK_SECONDS = 0.02


def peak_mb(process: int) -> float:
    """The most memory that a process that still runs ever had (VmHWM), in MB."""
    return _status_mb(process, "VmHWM")


def now_mb(process: int) -> float:
    """The memory that a process has now (VmRSS), in MB."""
    return _status_mb(process, "VmRSS")


def forget_peak(process: int) -> None:
    """Let the peak of a process begin anew from what it has now."""
    Path(f"/proc/{process}/clear_refs").write_text("5", encoding="ascii")


def children(process: int) -> list[int]:
    """The processes that a process started, in whatever thread, and that still run."""
    found: list[int] = []
    for task in Path(f"/proc/{process}/task").iterdir():
        found += [int(word) for word in (task / "children").read_text(encoding="ascii").split()]
    return found


def _status_mb(process: int, name: str) -> float:
    for line in Path(f"/proc/{process}/status").read_text(encoding="ascii", errors="replace").splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError(f"the process {process} has no {name}: it ended")


class MemoryWatch:
    """The most memory of a process, and of each that it started, while the block runs.

    Not `ru_maxrss`: a new process begins with what its parent had. Peaks are the kernel's own, so a look now and then
    is enough for all but a process that ends between two looks.
    """

    def __init__(self, process: int) -> None:
        self._process = process
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.own_mb = 0.0
        self.largest_child_mb = 0.0

    def _watch(self) -> None:
        while not self._ended.wait(LOOK_SECONDS):
            self.look()

    def look(self) -> None:
        with suppress(OSError, RuntimeError):
            self.own_mb = max(self.own_mb, peak_mb(self._process))
            for child in children(self._process):
                self.largest_child_mb = max(self.largest_child_mb, peak_mb(child))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.look()
        self._ended.set()
        self._thread.join()
