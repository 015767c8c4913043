"""The clock that a storm puts forward and back: a number of seconds in a file, which every process of the storm adds.

Only what reads the time of day is shifted, as if the machine's clock had been set: the context's clock, the ticks, and
APScheduler's own. What measures durations (`time.monotonic`) goes on, as it does on a real machine.
"""

from __future__ import annotations

import functools
import mmap
import struct
import time
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

from apscheduler.executors import base as executing
from apscheduler.schedulers import base as scheduling

from inboxd import app, context, jobs

_FORMAT = struct.Struct("d")


class Clock:
    """`now = real time + shift`; the shift lies in a file of eight bytes that every process maps."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            path.write_bytes(_FORMAT.pack(0.0))
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), _FORMAT.size)

    @property
    def shift(self) -> float:
        """In seconds."""
        found: float = _FORMAT.unpack(self._map[:])[0]
        return found

    def set(self, shift: float) -> None:
        self._map[:] = _FORMAT.pack(shift)

    def set_to(self, moment: datetime) -> None:
        """From now on it is this moment (aware), and goes on from there."""
        self.set(moment.timestamp() - time.time())

    def move(self, by: timedelta) -> None:
        self.set(self.shift + by.total_seconds())

    def now(self) -> datetime:
        return context.utc_now() + timedelta(seconds=self.shift)


def install(path: Path) -> None:
    """Everything in this process that asks for the time of day asks this clock from now on."""
    clock = Clock(path)
    real = datetime.now

    class Shifted(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]  # plain datetimes, as others make
            return real(tz) + timedelta(seconds=clock.shift)

    for module in (scheduling, executing, jobs):
        module.datetime = Shifted
    put_together, start = app.put_together, jobs.start

    @functools.wraps(put_together)
    def shifted(*arguments: Any, **named: Any) -> Any:
        made = put_together(*arguments, **named)
        made.now = clock.now
        return made

    app.put_together = shifted
    jobs.start = functools.partial(start, wall=lambda: time.time() + clock.shift)
