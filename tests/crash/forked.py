"""Confined processes for lives that are forks: each is forked before its life begins, and waits until it is asked for.

A real one starts an interpreter and imports for a second what the fork has already; there are hundreds of lives, and
what is tried is their death, not their start. From its first frame on it is what a real one is: the same function, in
a process of its own, under the same limits, over two pipes. Every further one that a life starts is a real one.
"""

from __future__ import annotations

import functools
import importlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import IO, Any

from inboxd.confined import child, program
from inboxd.readers import frames, one_process, serving
from inboxd.readers.frames import ReadingRules, Request
from inboxd.workers import looks

WAITING = ((one_process.SERVE,), (looks._SERVE, looks.INSPECT))
"""The words of those that lives need: one reads mails, one looks inside files."""
_KNOWN_DESCRIPTORS = 3


class Forked:
    """What `confined.Child` uses of `subprocess.Popen`, over a fork of this process."""

    def __init__(self, words: Sequence[str]) -> None:
        to_child, from_us = os.pipe()
        from_child, to_us = os.pipe()
        self.returncode: int | None = None
        self.pid = os.fork()
        if not self.pid:
            _serve(words, to_child, to_us)
        os.close(to_child)
        os.close(to_us)
        self.stdin: IO[bytes] = os.fdopen(from_us, "wb", buffering=0)
        self.stdout: IO[bytes] = os.fdopen(from_child, "rb", buffering=0)

    def poll(self) -> int | None:
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        end = None if timeout is None else time.monotonic() + timeout
        while (status := self.poll()) is None:
            if end is not None and time.monotonic() > end:
                raise subprocess.TimeoutExpired("a fork", timeout or 0)
            time.sleep(0.005)
        return status

    def send_signal(self, number: signal.Signals) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def _serve(words: Sequence[str], requests: int, answers: int) -> None:
    """In the fork: what the program of a confined process does, with its streams where it expects them."""
    try:
        os.setsid()
        os.chdir("/")
        os.environ.clear()
        os.dup2(requests, 0)
        os.dup2(answers, 1)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        os.closerange(_KNOWN_DESCRIPTORS, os.sysconf("SC_OPEN_MAX"))
        sys.argv = ["program.py", *words]
        program.main()
    finally:
        os._exit(1)  # nobody asked for it, and its life is over


def remember_setup() -> None:
    """What a reader is told at its start is read once; call it in the parent of all forks, before `rehearse`."""
    frames.unpack_rules = functools.cache(frames.unpack_rules)


def rehearse(rules: ReadingRules, *mails: bytes) -> None:
    """Load, in the parent, what a reader loads when it is told these rules, and what it loads late."""
    told = frames.unpack_rules(frames.pack_rules(rules))
    for raw in mails:
        request = Request(digest="", outline=None, arrived_at=datetime.now(UTC), seconds=1, memory_bytes=1)
        serving._weighed(told, request, serving.read(told, request, raw))
    importlib.import_module(looks.INSPECT.partition(":")[0])
    importlib.import_module(looks._SERVE.partition(":")[0])


def wait_for_orders() -> None:
    """In a life, before it begins and while it has one thread: those that it will start are there already."""
    waiting = {words: Forked(words) for words in WAITING}

    def popen(arguments: Sequence[str], **how: Any) -> Any:
        words = tuple(arguments[arguments.index(str(child._PROGRAM)) + 1 :])
        return waiting.pop(words, None) or subprocess.Popen(arguments, **how)

    child.subprocess = SimpleNamespace(**{**vars(subprocess), "Popen": popen})  # type: ignore[assignment]
