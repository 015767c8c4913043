"""The inside of `benchmarks.memory`: what the daemon loads, in its order, and what this process has after each step."""

from __future__ import annotations

import os
import time
from pathlib import Path

from benchmarks.resident import MemoryWatch

_STATUS = Path("/proc/self/status")


def resident() -> tuple[float, float]:
    """What this process has now, in MB: in all, and what is no file."""
    said = dict(line.split(":", 1) for line in _STATUS.read_text(encoding="ascii", errors="replace").splitlines())
    return int(said["VmRSS"].split()[0]) / 1024, int(said["RssAnon"].split()[0]) / 1024


def steps(config: Path) -> list[tuple[float, float]]:
    """To be run in a process that has loaded nothing but this module."""
    found = []
    from inboxd import app, maillog  # the step that is measured
    from inboxd.daemon import Daemon
    from inboxd.trying import try_apart

    found.append(resident())
    settings = app.read_settings(config)
    try_apart(settings)
    rules, templates = app.read_rules(settings)
    found.append(resident())
    context = app.put_together(settings, rules, templates)
    found.append(resident())
    daemon = Daemon(context, time.monotonic)
    with MemoryWatch(os.getpid()) as memory, maillog.silent():
        assert daemon.once()
        found.append(resident())
    return [*found, (memory.own_mb, 0.0), (memory.largest_child_mb, 0.0)]
