"""One confined process, seen from the daemon: started, asked, ended.

It cannot be trusted to answer, to read on or to end: nothing here waits for it without a deadline, and while waiting
the daemon's sign of life is given. What goes wrong with the process is `EOFError` (it ended), `TimeoutError` or
`ValueError` (it spoke nonsense); that it cannot be started at all is `Transient`.
"""

from __future__ import annotations

import io
import os
import select
import signal
import struct
import subprocess
import sys
import time
import weakref
from collections.abc import Callable
from pathlib import Path

from inboxd.errors import Transient

LENGTH = struct.Struct("!I")
"""Before each frame: of how many bytes it is."""
TIME_SIGNALS = (signal.SIGXCPU, signal.SIGALRM)
"""The process's own clocks (`limits`), which end it when nobody is left to do so."""
START_SECONDS = 60.0
"""For a start on a machine that is busy; 0.3 s otherwise."""
ALIVE_SECONDS = 1.0
_END_SECONDS = 5.0
_CHUNK = 64 * 1024
_PIECE = 1024 * 1024
_FIRST_FRAME = 64 * 1024
_PROGRAM = Path(__file__).with_name("program.py")
_ENVIRONMENT = ("LD_LIBRARY_PATH",)
"""What an interpreter in an unusual place may need; nothing else of the daemon's, least of all its secrets."""


class Child:
    """A started process. `ended` says how it ended: an exit status, or minus the signal; None while it runs."""

    def __init__(self, place: str, *words: str, what: str, alive: Callable[[], object], setup: bytes = b"") -> None:
        """Start it, tell it `setup`, and wait until it is ready: its first frame. Raises `Transient` if that fails.

        `place` is the function that it runs, `module:name`; `what` says for people what it does.
        """
        self._alive = alive
        self._alive_at = time.monotonic()
        try:
            self._process = subprocess.Popen(
                # isolated: neither the folder it is started in nor PYTHON* variables say what is imported
                [sys.executable, "-I", "-B", str(_PROGRAM), place, *words],
                bufsize=0,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd="/",
                env={"LC_ALL": "C.UTF-8"} | {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
                start_new_session=True,  # Ctrl-C is for the daemon, which finishes the mail in hand
            )
        except OSError as error:
            raise Transient(f"the process that {what} cannot be started: {error.strerror}") from error
        self._finish = weakref.finalize(self, _finish, self._process)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._stdin, self._stdout = self._process.stdin.fileno(), self._process.stdout.fileno()
        os.set_blocking(self._stdin, False)
        os.set_blocking(self._stdout, False)
        self.answered = 0
        try:
            deadline = time.monotonic() + START_SECONDS
            self.send(setup, deadline)
            self.frame(deadline, _FIRST_FRAME)
        except (EOFError, TimeoutError, ValueError) as error:
            self.end()
            raise Transient(
                f"the process that {what} did not start (exit status {self.ended}): is inboxd whole?"
            ) from error
        except BaseException:
            self.end()
            raise

    @property
    def ended(self) -> int | None:
        return self._process.returncode

    @property
    def pid(self) -> int:
        return self._process.pid

    def end(self) -> None:
        """Kill it, if it has not ended by itself, and leave nothing of it. May be called again."""
        self._finish()

    def kill(self) -> None:
        """From another thread than the one that asks, which sees the end and tidies up."""
        self._process.kill()

    def send(self, content: bytes, deadline: float) -> None:
        """Hand in bytes. Raises `EOFError`, `TimeoutError`: end it then, as with all that follows."""
        rest = memoryview(content)
        while rest:
            self._wait(self._stdin, select.POLLOUT, deadline)
            try:
                rest = rest[os.write(self._stdin, rest[:_CHUNK]) :]
            except BlockingIOError:
                continue
            except BrokenPipeError as error:
                raise self._gone() from error

    def frame(self, deadline: float, most: int) -> bytes:
        """The next frame that it says, of so many bytes at most. Raises `ValueError` as well."""
        (count,) = LENGTH.unpack(self.receive(LENGTH.size, deadline))
        if count > most:
            raise ValueError("a frame that is too long")
        return self.receive(count, deadline)

    def receive(self, count: int, deadline: float) -> bytes:
        """The next so many bytes that it says."""
        got = io.BytesIO()  # gives its bytes without a copy: a file may be large
        while (rest := count - got.tell()) > 0:
            self._wait(self._stdout, select.POLLIN, deadline)
            part = os.read(self._stdout, min(rest, _PIECE))
            if not part:
                raise self._gone()
            got.write(part)
        return got.getvalue()

    def _wait(self, descriptor: int, event: int, deadline: float) -> None:
        """Until the other end reads or writes, or is gone. Gives the sign of life meanwhile."""
        poll = select.poll()
        poll.register(descriptor, event)
        while True:
            now = time.monotonic()
            if now - self._alive_at >= ALIVE_SECONDS:
                self._alive_at = now
                self._alive()
            if now >= deadline:
                raise TimeoutError
            if poll.poll(min(deadline - now, ALIVE_SECONDS) * 1000):
                return

    def _gone(self) -> EOFError:
        """It closed its end: how it ended is known at once, or it is made to end."""
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        return EOFError(describe(self._process.returncode))


def describe(status: int) -> str:
    """How a process ended, for people: `signal 11`, `exit status 3`."""
    return f"signal {-status}" if status < 0 else f"exit status {status}"


def _finish(process: subprocess.Popen[bytes]) -> None:
    """Also called when nobody holds the child any more, and when the interpreter ends."""
    if process.poll() is None:
        process.send_signal(signal.SIGKILL)
        process.wait()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            stream.close()
