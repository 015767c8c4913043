"""The processes that read mails, seen from the daemon and from every command and page that needs what a mail says.

The daemon asks ahead: the next mails are read while one is decided. Everybody else asks for one mail, and is told at
once what a mail did to a process some minutes ago: pages are loaded again. What a mail does is `Unparsable`, a person
looks at it, and the next mail gets another process. One that fails without harm (`Unparsable` of the parser, a bug) is
read once more here, which says why.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, TypeVar

from inboxd.archive import MAIL, Archive, digest_of
from inboxd.documents import Outlined
from inboxd.errors import Unparsable
from inboxd.mail import Email, Taken
from inboxd.pulse import nothing
from inboxd.readers import frames
from inboxd.readers.frames import ReadingRules
from inboxd.readers.one_process import SERVE, OneProcess, Pieces, Said, Work
from inboxd.settings import Settings

if TYPE_CHECKING:  # who decides nothing loads no rules
    from inboxd.readers.here import ReadHere
    from inboxd.triage import Rules

T = TypeVar("T")

MOST_AHEAD = 64
"""Readings that wait to be asked for; what waits longer was decided elsewhere, and is let go."""
HARM_KEPT_SECONDS = 600.0
"""What a mail did is told again for so long, without the harm. Then it is tried again: it may have been the machine."""
_MOST_KEPT = 1000


class Readers:
    """Reads mails. A process is started at its first mail and kept for the next ones."""

    def __init__(
        self, settings: Settings, archive: Archive, *, alive: Callable[[], object] = nothing, place: str = SERVE
    ) -> None:
        """`alive` is called every second or so while a mail is waited for. `place`: what processes run, `module:name`.

        Mails of the Sent folder ask for nothing.
        """
        self._settings, self._archive, self._alive = settings, archive, alive
        self._processes = [OneProcess(settings.limits, place) for _ in range(max(1, settings.limits.readers))]
        self._free: queue.LifoQueue[OneProcess] = queue.LifoQueue()  # one that was started comes before one to start
        for process in self._processes:
            self._free.put(process)
        self._lock = threading.Lock()
        self._threads: ThreadPoolExecutor | None = None
        self._ahead: dict[int, Future[Said]] = {}
        self._broke: set[int] = set()
        self._harm: dict[tuple[str, float], tuple[float, str]] = {}
        self._rules: Rules | None = None
        self._setup = b""

    def start(self, rules: Rules) -> None:
        """Have a process started that will be needed soon, and do not wait for it; `prepare` tells if that fails."""
        self._read_by(rules)
        if not any(process.reads_by(rules) for process in self._processes):
            self._pool().submit(self._start_one, rules)

    def prepare(self, rules: Rules) -> None:
        """Wait until there is a process. Raises `Transient` if none can be started.

        Starting one takes a second: who dies in it should have no mail in hand, which would be blamed for it.
        """
        self._read_by(rules)
        if not any(process.reads_by(rules) for process in self._processes):
            self._wait(self._pool().submit(self._start_one, rules))

    def begin(self, rules: Rules, mails: Sequence[Taken]) -> None:
        """Start reading mails that will be asked for soon, in this order."""
        self._read_by(rules)
        for taken in mails:
            if taken.mail_id not in self._ahead:
                self._ahead[taken.mail_id] = self._start(rules, taken)
        while len(self._ahead) > MOST_AHEAD:
            self._ahead.pop(next(iter(self._ahead))).cancel()

    def read(self, rules: Rules, taken: Taken) -> Email:
        """The mail as it reads under these rules, which find what both readers made of its words. By one thread.

        Raises `Unparsable` if it is none, met a limit or broke the process, `Transient` if none can be started or the
        disk refuses, `Permanent` if the archive does not have it.
        """
        self._read_by(rules)
        future = self._ahead.pop(taken.mail_id, None) or self._start(rules, taken)
        try:
            said = self._wait(future)
        except Unparsable:
            if taken.mail_id not in self._broke:
                self._ahead[taken.mail_id] = future  # asked again by itself: the same answer, without the harm
            self._broke ^= {taken.mail_id}
            raise
        if said.email is None:
            return self._here().read(rules, taken)
        if said.reading is not None:
            from inboxd.readers import weighing

            weighing.keep(rules, said.email, taken.arrived_at, said.reading)
        return said.email

    def stored(self, digest: str, outline: Sequence[Outlined] | None = None, *, at_most: float = 0) -> Email:
        """What a mail of the archive says; with an `outline`, the archive has only its beginning. By any thread.

        `at_most`: so many seconds at most, where that is less than the limit. Raises as `read`.
        """
        files = None if outline is None else tuple(outline)
        said = self._of_one(digest, files, at_most, lambda pieces: self._archive.copy_to(MAIL, digest, pieces))
        return self._here().stored(digest, outline) if said.email is None else said.email

    def given(self, raw: bytes) -> Email:
        """What a mail says that is in no archive, or only its header. Raises as `read`, by any thread."""
        said = self._of_one(digest_of(raw), None, 0, lambda pieces: pieces.write(raw))
        return self._here().given(raw) if said.email is None else said.email

    def close(self) -> None:
        """End the processes, whoever waits for them. A later mail starts another."""
        self._forget()
        with self._lock:
            threads, self._threads = self._threads, None
        if threads is not None:
            for process in self._processes:
                process.kill()
            threads.shutdown(cancel_futures=True)
        for process in self._processes:
            process.end()

    def _here(self) -> ReadHere:
        from inboxd.readers.here import ReadHere  # brings the parsers, of which a process has its own

        return ReadHere(self._settings, self._archive)

    def _read_by(self, rules: Rules) -> None:
        """Other rules: nothing that was read ahead counts."""
        if rules is not self._rules:
            from inboxd.readers.weighing import Weights

            self._forget()
            self._rules, self._setup = rules, frames.pack_rules(ReadingRules.of(rules.settings, Weights.of(rules)))

    def _forget(self) -> None:
        for future in self._ahead.values():
            future.cancel()
        self._ahead.clear()
        self._broke.clear()

    def _start(self, rules: Rules, taken: Taken) -> Future[Said]:
        work = Work(
            setup=self._setup,
            rules=rules,
            digest=taken.digest,
            outline=taken.outline,
            arrived_at=None if taken.folder == self._settings.mailbox.sent_folder else taken.arrived_at,
            seconds=float(self._settings.limits.mail_seconds),
            write_to=lambda pieces: self._archive.copy_to(MAIL, taken.digest, pieces),
        )
        return self._pool().submit(self._in_a_process, work)

    def _of_one(
        self,
        digest: str,
        outline: tuple[Outlined, ...] | None,
        at_most: float,
        write_to: Callable[[Pieces], object],
    ) -> Said:
        limit = float(self._settings.limits.mail_seconds)
        work = Work(
            setup=self._setup or frames.pack_rules(ReadingRules.of(self._settings)),
            rules=None,
            digest=digest,
            outline=outline,
            arrived_at=None,
            seconds=min(limit, at_most) if at_most else limit,
            write_to=write_to,
        )
        return self._wait(self._pool().submit(self._unless_it_harmed, work))

    def _unless_it_harmed(self, work: Work) -> Said:
        """Asked in the thread that reads: who waited behind the first one is told the same, and waits no more."""
        mail = work.digest, work.seconds
        until, why = self._harm.get(mail, (0.0, ""))
        if time.monotonic() < until:
            raise Unparsable(why)
        try:
            return self._in_a_process(work)
        except Unparsable as error:
            with self._lock:
                self._harm.pop(mail, None)
                self._harm[mail] = time.monotonic() + HARM_KEPT_SECONDS, str(error)
                while len(self._harm) > _MOST_KEPT:
                    self._harm.pop(next(iter(self._harm)))
            raise

    def _start_one(self, rules: Rules) -> None:
        process = self._free.get()
        try:
            if not process.reads_by(rules):
                process.end()
            process.start(self._setup, rules)
        finally:
            self._free.put(process)

    def _in_a_process(self, work: Work) -> Said:
        process = self._free.get()
        try:
            return process.read(work)
        finally:
            self._free.put(process)

    def _pool(self) -> ThreadPoolExecutor:
        with self._lock:
            if self._threads is None:
                self._threads = ThreadPoolExecutor(len(self._processes), thread_name_prefix="reader")
            return self._threads

    def _wait(self, future: Future[T]) -> T:
        try:
            while future not in wait([future], timeout=1.0).done:
                self._alive()
        except KeyboardInterrupt:  # else the interpreter would wait for the end of the reading, on its way out
            self.close()
            raise
        return future.result()


def open_readers(
    settings: Settings, archive: Archive | None = None, *, alive: Callable[[], object] = nothing
) -> Readers | ReadHere:
    """What mails are read with under these settings; nothing is started before the first one.

    Without an archive only mails that are given can be read.
    """
    archive = archive or Archive(settings.storage.archive)
    if settings.limits.readers:
        return Readers(settings, archive, alive=alive)
    from inboxd.readers.here import ReadHere

    return ReadHere(settings, archive)
