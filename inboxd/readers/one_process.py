"""One process that reads mails, seen from who asks: started at its first mail, asked, replaced.

What a mail does to it is a `BrokeError` at first, and `Unparsable` once another process broke on it as well.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from inboxd.confined import LENGTH, TIME_SIGNALS, Child, describe
from inboxd.documents import Outlined
from inboxd.errors import Transient, Unparsable
from inboxd.mail import Email
from inboxd.pulse import nothing
from inboxd.readers import frames
from inboxd.readers.frames import Answer, Request
from inboxd.settings import LimitSettings

if TYPE_CHECKING:  # who weighs no words loads no rules
    from inboxd.triage.reading import Reading

SERVE = "inboxd.readers.serving:serve"
MAILS_EACH = 5000
"""Then a process is replaced: what leaks a little in a parser never becomes much."""
MOST_GROWN_BYTES = 256 * 1024 * 1024
"""Address space that a process keeps; beyond, it is replaced."""
_LEAST_SIZE = 1024 * 1024
"""What is compressed in a small mail may be so large; a mail in a mail is given with each of the files in it."""


class Pieces(Protocol):
    """Where a mail is written to, piece by piece."""

    def write(self, piece: bytes, /) -> int: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What a process is given: a mail, and what to read it by."""

    setup: bytes
    """`frames.pack_rules`, for a process that is to be started."""
    rules: object | None
    """By which its words are weighed: a process that was started with others is replaced. None: they are not."""
    digest: str
    outline: tuple[Outlined, ...] | None
    arrived_at: datetime | None
    """As in `frames.Request`."""
    seconds: float
    write_to: Callable[[Pieces], object]
    """Writes the mail. What it raises ends the process and is passed on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a process said of a mail."""

    email: Email | None
    """None: it failed without harm, and can be read here to see why."""
    reading: Reading | None = None


class OneProcess:
    """Used by one thread at a time, but for `kill`."""

    def __init__(self, limits: LimitSettings, place: str) -> None:
        self._limits, self._place = limits, place
        self._child: Child | None = None
        self._rules: object | None = None
        self._stopped = False

    def read(self, work: Work) -> Said:
        """One mail; another process is asked where an older one broke. Raises as `pool.Readers.read`."""
        if work.rules is not None and not self.reads_by(work.rules):
            self.end()
        used = self._child is not None
        try:
            return self._ask(work)
        except BrokeError as error:
            if not used or error.is_sure:
                raise Unparsable(str(error)) from error
        try:
            return self._ask(work)
        except BrokeError as error:
            raise Unparsable(str(error)) from error

    def kill(self) -> None:
        """From another thread: whoever waits for it is told `Transient`. Until `end`, nothing is started."""
        self._stopped = True
        if (child := self._child) is not None:
            child.kill()

    def end(self) -> None:
        """Leave nothing of it. A later mail starts another."""
        self._stopped = False
        child, self._child = self._child, None
        self._rules = None
        if child is not None:
            child.end()

    def _replace(self) -> None:
        stopped = self._stopped
        self.end()
        self._stopped = stopped

    def reads_by(self, rules: object) -> bool:
        """Whether it is there, and need not be started anew for these rules."""
        return self._child is not None and self._rules is rules

    def start(self, setup: bytes, rules: object | None) -> Child:
        """Start it, if it is not there. Raises `Transient` if that fails, or meanwhile all are stopped."""
        if self._child is None and not self._stopped:
            self._child = Child(
                self._place, what="reads mails", alive=nothing, setup=LENGTH.pack(len(setup)) + setup
            )
            self._rules = rules
        if self._child is None or self._stopped:
            raise Transient("the processes that read mails are being stopped")
        return self._child

    def _ask(self, work: Work) -> Said:
        child = self.start(work.setup, work.rules)
        try:
            answer, said = self._exchange(child, work)
        except TimeoutError as error:
            self._replace()
            raise _too_long(work) from error
        except EOFError as error:
            status = child.ended or 0
            self._replace()
            if self._stopped:
                raise Transient("the processes that read mails are being stopped") from error
            if -status in TIME_SIGNALS:
                raise _too_long(work) from error
            raise BrokeError(f"reading it ended the process ({describe(status)})") from error
        except ValueError as error:
            self._replace()
            raise BrokeError(f"reading it gave no answer that can be read ({error})") from error
        except BaseException:  # the archive refused in the middle of the mail
            self._replace()
            raise
        child.answered += 1
        if answer.failed == MemoryError.__name__:
            self._replace()
            most = self._limits.mail_memory_bytes // (1024 * 1024)
            raise BrokeError(f"reading it needed more than {most} MiB")
        if child.answered >= MAILS_EACH or answer.grown_bytes > MOST_GROWN_BYTES:
            self._replace()
        return said

    def _exchange(self, child: Child, work: Work) -> tuple[Answer, Said]:
        deadline = time.monotonic() + work.seconds
        request = frames.pack_request(
            Request(
                digest=work.digest,
                outline=work.outline,
                arrived_at=work.arrived_at,
                seconds=work.seconds,
                memory_bytes=self._limits.mail_memory_bytes,
            )
        )
        child.send(LENGTH.pack(len(request)) + request, deadline)
        mail = _Counted(child, work, deadline)
        work.write_to(mail)
        child.send(LENGTH.pack(0), deadline)
        answer = frames.unpack_answer(child.frame(deadline, frames.MOST_BYTES))
        if answer.email is None:
            if not answer.failed:
                raise ValueError("it says neither what it read nor that it failed")
            return answer, Said(email=None)
        reading = None
        if answer.weighed:
            from inboxd.readers import weighing  # who asked for it has it already

            reading = weighing.unpack(child.frame(deadline, frames.MOST_BYTES))
        most = max(mail.size, _LEAST_SIZE) * (self._limits.max_depth + 1)
        files = [child.frame(deadline, most) for _ in answer.email.attachments]
        return answer, Said(email=frames.whole(answer.email, files), reading=reading)


class _Counted:
    """Where a mail is written: to the process, each piece with its length."""

    def __init__(self, child: Child, work: Work, deadline: float) -> None:
        self._child, self._work, self._deadline = child, work, deadline
        self.size = 0

    def write(self, piece: bytes) -> int:
        if not piece:
            return 0  # it would end the mail
        try:
            self._child.send(LENGTH.pack(len(piece)), self._deadline)
            self._child.send(piece, self._deadline)
        except TimeoutError as error:  # who writes would take it for a refusal of the disk
            raise _too_long(self._work) from error
        self.size += len(piece)
        return len(piece)


class BrokeError(Exception):
    """What a mail did to its process; the text says it for people."""

    def __init__(self, text: str, *, is_sure: bool = False) -> None:
        super().__init__(text)
        self.is_sure = is_sure
        """The process's age has nothing to do with it."""


def _too_long(work: Work) -> BrokeError:
    return BrokeError(f"reading it took more than {work.seconds:g} s", is_sure=True)
