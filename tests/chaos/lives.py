"""A life of `inboxd`, seen from inside: the real command in a process that is hurried, has a clock that jumps, and may
be told to kill itself (SIGKILL) at a named step.

`python -m tests.chaos.lives` reads one order a line from standard input, forks a process for each, and says on standard
output when one is born and how it ended: forks because importing everything takes two seconds, and there are hundreds.
`python -m tests.chaos.lives ORDER` lives one life in this very process, with nothing preloaded. Nothing of this is in
`inboxd`: what is wrapped is wrapped here, and when standard input ends nothing is left running.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import select
import signal
import sys
import traceback
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

from inboxd import cli, daemon, database, deciding, jobs, outbox
from inboxd.jobs import Tick
from tests.chaos import clock
from tests.crash import forked, killer

_SET_PDEATHSIG, _SET_CHILD_SUBREAPER = 1, 36
TRANSACTION = ("before a transaction", "in a transaction, before its first row", "before commit", "after commit")
TURN_SECONDS = 0.15
SHORT_TURN_SECONDS = 0.015
"""Less than two mails need: a life that is to die while it puts back the second one surely comes to it."""
STEP, DIED = "STEP ", "DIED "
"""How the lines begin by which a life says, between the lines of inboxd itself, what it reached."""


class NamedSteps:
    """Knows each step by its name, writes down which were reached, and dies at the n-th time of one."""

    def __init__(self, output: int, death: tuple[str, int] | None) -> None:
        self._output = output
        self._death = death
        self._count: Counter[str] = Counter()

    def reach(self, name: str) -> None:
        if name in TRANSACTION:
            name = f"{name} of {_whose()}"
        self._count[name] += 1
        if self._count[name] == 1:
            os.write(self._output, f"{STEP}{name}\n".encode())
        if (name, self._count[name]) == self._death:
            os.write(self._output, f"{DIED}{name}\n".encode())
            os.kill(os.getpid(), signal.SIGKILL)


def _whose() -> str:
    """The function of inboxd that opened this transaction."""
    frame = sys._getframe(2)
    while frame.f_back is not None:
        module = str(frame.f_globals.get("__name__", ""))
        if module.startswith("inboxd.") and module != "inboxd.database":
            return f"{module.removeprefix('inboxd.')}.{frame.f_code.co_name}"
        frame = frame.f_back
    return "nobody"


def hurry() -> None:
    """Pauses of fractions of a second, so that a storm of a minute holds many failures and recoveries."""
    outbox.FIRST_PAUSE, outbox.LONGEST_PAUSE = timedelta(seconds=0.2), timedelta(seconds=1)
    deciding.RETRY_AFTER = timedelta(seconds=0.2)
    daemon.TURN_SECONDS = TURN_SECONDS
    daemon.FIRST_PAUSE_SECONDS, daemon.LONGEST_PAUSE_SECONDS = 0.1, 1.0
    jobs.WATCH_SECONDS = 2.0
    database.BUSY_TIMEOUT_MS = 400
    table = jobs.table

    def often(context: Any) -> tuple[Tick, ...]:
        return tuple(
            Tick(name=tick.name, seconds=0.3, due=tick.due) if tick.name == "due" else tick for tick in table(context)
        )

    jobs.table = often


def live(order: dict[str, Any]) -> int:
    """One command of inboxd, to its end. Returns its exit status."""
    output = os.open(order["output"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.dup2(output, 1)
    os.dup2(output, 2)
    hurry()
    clock.install(Path(order["clock"]))
    death = order["death"]
    if death and death[0].endswith("deciding._let_wait"):
        daemon.TURN_SECONDS = SHORT_TURN_SECONDS
    if "run" in order["command"]:
        killer.wrap_the_doors(NamedSteps(output, (death[0], death[1]) if death else None))  # type: ignore[arg-type]  # it only reaches steps
    sys.argv = ["inboxd", *order["command"]]
    try:
        cli.main()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    return 0


def _born(order: dict[str, Any]) -> int:
    pid = os.fork()
    if pid:
        return pid
    status = 70
    try:
        ctypes.CDLL(None).prctl(_SET_PDEATHSIG, signal.SIGKILL)
        forked.wait_for_orders()
        status = live(order)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _say(**words: object) -> None:
    os.write(1, (json.dumps(words) + "\n").encode())


def _children() -> list[int]:
    return [int(pid) for pid in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()]


class Forks:
    """The lives that go on now. What they leave behind when they are killed becomes our child, and is reported."""

    def __init__(self) -> None:
        ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, 1)
        self._living: dict[int, int] = {}
        self._rest = b""
        self._rehearsed = False

    def serve(self) -> None:
        """Until standard input ends."""
        while True:
            ready, _, _ = select.select([0], [], [], 0.01 if self._living else 1.0)
            self._reap()
            if not ready:
                continue
            read = os.read(0, 65536)
            if not read:
                break
            *lines, self._rest = (self._rest + read).split(b"\n")
            for line in lines:
                self._obey(json.loads(line))
        for pid in self._living:
            os.kill(pid, signal.SIGKILL)

    def _obey(self, order: dict[str, Any]) -> None:
        if order["command"] == ["orphans"]:
            _say(orphans=[pid for pid in _children() if pid not in self._living], id=order["id"])
            return
        if not self._rehearsed:
            self._rehearsed = True
            killer.rehearse(Path(order["command"][1]))
            gc.collect()
            gc.freeze()  # forks share what they only read
        self._living[_born(order)] = order["id"]
        _say(born=order["id"], pid=next(pid for pid, number in self._living.items() if number == order["id"]))

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            if pid in self._living:
                _say(ended=self._living.pop(pid), status=os.waitstatus_to_exitcode(status))


def main() -> None:
    """Serve orders, or with an argument live one life in this very process."""
    if len(sys.argv) > 1:
        sys.exit(live(json.loads(sys.argv[1])))
    killer.remember()
    Forks().serve()


if __name__ == "__main__":
    main()
