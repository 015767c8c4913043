"""The processes that read mails, seen from the daemon: asked ahead, the next mails are read while one is decided.

What a mail does to its process is `Unparsable`: a person looks at it, and the next mail gets another process. One that
fails without harm (`Unparsable` of the parser, a bug) is told as such, for the daemon to read by itself and see why.
"""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

from inboxd.archive import MAIL, Archive
from inboxd.confined import LENGTH, TIME_SIGNALS, Child, describe
from inboxd.errors import Unparsable
from inboxd.mail import Email, Taken
from inboxd.readers import frames
from inboxd.readers.frames import Answer, ReadingRules, Request
from inboxd.settings import LimitSettings
from inboxd.triage import Rules
from inboxd.triage.both_readers import words_of

SERVE = "inboxd.readers.serving:serve"
MAILS_EACH = 5000
"""Then a process is replaced: what leaks a little in a parser never becomes much."""
MOST_GROWN_BYTES = 256 * 1024 * 1024
"""Address space that a process keeps; beyond, it is replaced."""
MOST_AHEAD = 64
"""Readings that wait to be asked for; what waits longer was decided elsewhere, and is let go."""
_LEAST_SIZE = 1024 * 1024
"""What is compressed in a small mail may be so large; a mail in a mail is given with each of the files in it."""


def _nothing() -> None:
    """The sign of life of a process is given by who waits for it."""


@dataclass(frozen=True, slots=True)
class _Work:
    """What a process is given: a mail, and the rules to read it by."""

    rules: Rules
    setup: bytes
    taken: Taken
    asks: bool


class Readers:
    """Reads mails. A process is started at its first mail and kept for the next ones."""

    def __init__(
        self,
        limits: LimitSettings,
        archive: Archive,
        *,
        sent_folder: str = "",
        alive: Callable[[], object] = _nothing,
        place: str = SERVE,
    ) -> None:
        """`alive` is called every second or so while a mail is waited for. Mails of `sent_folder` ask for nothing.

        `place` is what the processes run, `module:name`.
        """
        self._sent_folder, self._alive = sent_folder, alive
        self._readers = [_Reader(limits, archive, place) for _ in range(max(1, limits.readers))]
        self._free: queue.SimpleQueue[_Reader] = queue.SimpleQueue()
        for reader in self._readers:
            self._free.put(reader)
        self._threads: ThreadPoolExecutor | None = None
        self._ahead: dict[int, Future[tuple[Answer, Email | None]]] = {}
        self._broke: set[int] = set()
        self._rules: Rules | None = None
        self._setup = b""

    def begin(self, rules: Rules, mails: Sequence[Taken]) -> None:
        """Start reading mails that will be asked for soon, in this order."""
        self._read_by(rules)
        for taken in mails:
            if taken.mail_id not in self._ahead:
                self._ahead[taken.mail_id] = self._start(rules, taken)
        while len(self._ahead) > MOST_AHEAD:
            self._ahead.pop(next(iter(self._ahead))).cancel()

    def read(self, rules: Rules, taken: Taken) -> Email | None:
        """The mail as it reads under these rules; None: it failed without harm, and can be read here to see why.

        Raises `Unparsable` if it met a limit or broke the process, `Transient` if none can be started or the disk
        refuses, `Permanent` if the archive does not have it.
        """
        self._read_by(rules)
        future = self._ahead.pop(taken.mail_id, None) or self._start(rules, taken)
        try:
            answer, email = self._wait(future)
        except Unparsable:
            if taken.mail_id not in self._broke:
                self._ahead[taken.mail_id] = future  # asked again by itself: the same answer, without the harm
            self._broke ^= {taken.mail_id}
            raise
        if email is not None and answer.reading is not None:
            rules.readings.keep(words_of(email, email.subject, taken.arrived_at), answer.reading)
        return email

    def close(self) -> None:
        """End the processes. A later mail starts another."""
        self._forget()
        threads, self._threads = self._threads, None
        if threads is not None:
            for reader in self._readers:
                reader.kill()
            threads.shutdown(cancel_futures=True)
        for reader in self._readers:
            reader.end()

    def _read_by(self, rules: Rules) -> None:
        """Other rules: nothing that was read ahead counts."""
        if rules is not self._rules:
            self._forget()
            self._rules, self._setup = rules, frames.pack_rules(ReadingRules.of(rules))

    def _forget(self) -> None:
        for future in self._ahead.values():
            future.cancel()
        self._ahead.clear()
        self._broke.clear()

    def _start(self, rules: Rules, taken: Taken) -> Future[tuple[Answer, Email | None]]:
        if self._threads is None:
            self._threads = ThreadPoolExecutor(len(self._readers), thread_name_prefix="reader")
        work = _Work(rules, self._setup, taken, asks=taken.folder != self._sent_folder)
        return self._threads.submit(self._work, work)

    def _work(self, work: _Work) -> tuple[Answer, Email | None]:
        reader = self._free.get()
        try:
            return reader.read(work)
        finally:
            self._free.put(reader)

    def _wait(self, future: Future[tuple[Answer, Email | None]]) -> tuple[Answer, Email | None]:
        while future not in wait([future], timeout=1.0).done:
            self._alive()
        return future.result()


class _Reader:
    """One process, used by one thread at a time."""

    def __init__(self, limits: LimitSettings, archive: Archive, place: str) -> None:
        self._limits, self._archive, self._place = limits, archive, place
        self._child: Child | None = None
        self._rules: Rules | None = None

    def read(self, work: _Work) -> tuple[Answer, Email | None]:
        """One mail; another process is asked where an older one broke. Raises as `Readers.read`."""
        if work.rules is not self._rules:
            self.end()
        used = self._child is not None
        try:
            return self._ask(work)
        except _BrokeError as error:
            if not used or error.is_sure:
                raise Unparsable(str(error)) from error
        try:
            return self._ask(work)
        except _BrokeError as error:
            raise Unparsable(str(error)) from error

    def kill(self) -> None:
        if self._child is not None:
            self._child.kill()

    def end(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.end()

    def _ready(self, work: _Work) -> Child:
        if self._child is None:
            setup = LENGTH.pack(len(work.setup)) + work.setup
            self._child = Child(self._place, what="reads mails", alive=_nothing, setup=setup)
            self._rules = work.rules
        return self._child

    def _ask(self, work: _Work) -> tuple[Answer, Email | None]:
        child = self._ready(work)
        try:
            answer, email = self._exchange(child, work)
        except TimeoutError as error:
            self.end()
            raise self._too_long() from error
        except EOFError as error:
            status = child.ended or 0
            self.end()
            if -status in TIME_SIGNALS:
                raise self._too_long() from error
            raise _BrokeError(f"reading it ended the process ({describe(status)})") from error
        except ValueError as error:
            self.end()
            raise _BrokeError(f"reading it gave no answer that can be read ({error})") from error
        except BaseException:  # the archive refused in the middle of the mail
            self.end()
            raise
        child.answered += 1
        if answer.failed == MemoryError.__name__:
            self.end()
            most = self._limits.mail_memory_bytes // (1024 * 1024)
            raise _BrokeError(f"reading it needed more than {most} MiB")
        if child.answered >= MAILS_EACH or answer.grown_bytes > MOST_GROWN_BYTES:
            self.end()
        return answer, email

    def _exchange(self, child: Child, work: _Work) -> tuple[Answer, Email | None]:
        seconds = float(self._limits.mail_seconds)
        deadline = time.monotonic() + seconds
        request = frames.pack_request(
            Request(
                digest=work.taken.digest,
                outline=work.taken.outline,
                arrived_at=work.taken.arrived_at,
                asks=work.asks,
                seconds=seconds,
                memory_bytes=self._limits.mail_memory_bytes,
            )
        )
        child.send(LENGTH.pack(len(request)) + request, deadline)
        self._archive.copy_to(MAIL, work.taken.digest, _Pieces(child, deadline))
        child.send(LENGTH.pack(0), deadline)
        answer = frames.unpack_answer(child.frame(deadline, frames.MOST_BYTES))
        if answer.email is None:
            if not answer.failed:
                raise ValueError("it says neither what it read nor that it failed")
            return answer, None
        most = max(work.taken.size, _LEAST_SIZE) * (self._limits.max_depth + 1)
        files = [child.frame(deadline, most) for _ in answer.email.attachments]
        return answer, frames.whole(answer.email, files)

    def _too_long(self) -> _BrokeError:
        return _BrokeError(f"reading it took more than {self._limits.mail_seconds:g} s", is_sure=True)


class _Pieces:
    """Where the archive writes a mail: to the process, each piece with its length."""

    def __init__(self, child: Child, deadline: float) -> None:
        self._child, self._deadline = child, deadline

    def write(self, piece: bytes) -> int:
        self._child.send(LENGTH.pack(len(piece)), self._deadline)
        self._child.send(piece, self._deadline)
        return len(piece)


class _BrokeError(Exception):
    """What a mail did to its process; the text says it for people."""

    def __init__(self, text: str, *, is_sure: bool = False) -> None:
        super().__init__(text)
        self.is_sure = is_sure
        """The process's age has nothing to do with it."""
