"""The daemon's own work on a mailbox, with a clock around each stage: `python -m benchmarks.ingesting SETTINGS`.

Prints one line of JSON: seconds in all and of each stage, CPU seconds, peak memory of this process and of the largest
worker, mails and replies by their state. What is timed is what runs in production: `once` of the daemon, everything
durable.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import func, select

from benchmarks.resident import MemoryWatch
from inboxd import app, maillog
from inboxd.daemon import Daemon
from inboxd.importing import import_file
from inboxd.tables import effects, mails
from inboxd.trying import try_apart


class Clocked(Daemon):
    """The daemon with a clock around its stages."""

    spent: Counter[str]

    def _stage(self, name: str, work: Callable[[], int]) -> bool:
        began = time.perf_counter()
        try:
            return super()._stage(name, work)
        finally:
            self.spent[name] += time.perf_counter() - began  # type: ignore[assignment]  # seconds


def main() -> int:
    config = Path(sys.argv[1])
    try_apart(app.read_settings(config))
    context = app.build(config)
    import_file(context, config.with_name("register.csv"), lambda _: None)
    maillog.silent().__enter__()  # to its end
    daemon = Clocked(context, time.monotonic)
    daemon.spent = Counter()
    began, cpu = time.perf_counter(), time.process_time()
    with MemoryWatch(os.getpid()) as memory:
        sound = daemon.once()
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    database = app.open_database(context.settings)
    with database.reading() as tx:
        states = dict(tx.execute(select(mails.c.state, func.count()).group_by(mails.c.state)).tuples().all())
        sent = dict(tx.execute(
            select(effects.c.state, func.count()).where(effects.c.kind == "send").group_by(effects.c.state)
        ).tuples().all())
    workers = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(json.dumps({
        "sound": sound, "seconds": seconds, "cpu": cpu + workers.ru_utime + workers.ru_stime, "states": states,
        "sent": sent,
        "stages": daemon.spent, "own_mb": memory.own_mb,
        "worker_mb": memory.largest_child_mb,
    }))
    return 0 if sound else 1


if __name__ == "__main__":
    sys.exit(main())
