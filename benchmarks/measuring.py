"""One mail handled whole in a process of its own: bytes, parse, look inside, decide; how long, how much memory.

The process is forked from one that has everything loaded, so that nothing of start-up is in the figures, and starts
its own worker before the clock does. Memory is the peak of resident memory (VmHWM), read while it runs.
"""

from __future__ import annotations

import dataclasses
import multiprocessing
import os
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path

from benchmarks.letters import plain
from inboxd import looking_inside, parsers, triage
from inboxd.app import read_rules
from inboxd.archive import digest_of
from inboxd.documents import Application, FileOutcome
from inboxd.errors import Unparsable
from inboxd.mail import Email, Facts, Taken
from inboxd.plan import Plan
from inboxd.settings import read_settings
from inboxd.triage import Rules
from inboxd.workers import Workers
from inboxd.workers.looks import INSPECT
from tests.office import REGISTER, Server, write_office

NOW = datetime(2026, 11, 18, 15, 0, tzinfo=UTC)
MEBIBYTE = 1024 * 1024
ENOUGH_SECONDS = 0.5
"""What is quicker is done again, three times in all, and the least counts."""
GIVE_UP_SECONDS = 100


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What one mail cost, and what became of it."""

    seconds: float
    own_bytes: int
    """Peak of the process that handles mail."""
    look_bytes: int
    """Peak of the process that looks inside files; of the largest, if several were needed."""
    outcome: str
    files_let_through: int = 0


def rules_for(folder: Path) -> Rules:
    """The packaged rules of the invented office."""
    config = write_office(folder, imap=Server(port=1, username="inbox", password="x"), smtp=Server(port=1))
    return read_rules(read_settings(config))[0]


def measure(raw: Path, rules: Rules) -> Measured:
    """Handle the mail in this file. That its process dies or does not end is an outcome too."""
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_handle, args=(raw, rules, sender))
    process.start()
    sender.close()
    began = time.monotonic()
    try:
        if receiver.poll(GIVE_UP_SECONDS):
            found: Measured = receiver.recv()  # from our own process, which ran none of the mail's content
            return found
        how = "DID NOT END"
    except EOFError:
        how = "DIED"
    finally:
        process.kill()
        process.join()
        receiver.close()
    return Measured(seconds=time.monotonic() - began, own_bytes=0, look_bytes=0, outcome=how)


def built(build: Callable[[], bytes], target: Path) -> int:
    """Write a mail to a file, in a process of its own, so that ours stays small. Returns its size."""
    process = multiprocessing.get_context("fork").Process(target=lambda: target.write_bytes(build()))
    process.start()
    process.join()
    if process.exitcode:
        raise RuntimeError(f"the mail could not be built: exit status {process.exitcode}")
    return target.stat().st_size


def _handle(path: Path, rules: Rules, answer: Connection) -> None:
    workers = Workers(rules.settings.limits, function=INSPECT)
    judge(plain(0), rules, workers)
    raw = path.read_bytes()
    watch = _Watch()
    watch.start()
    times: list[float] = []
    while len(times) < 3 and sum(times) < ENOUGH_SECONDS:
        began = time.perf_counter()
        outcome, let_through = judge(raw, rules, workers)
        times.append(time.perf_counter() - began)
    own, look = watch.stop()
    answer.send(
        Measured(seconds=min(times), own_bytes=own, look_bytes=look, outcome=outcome, files_let_through=let_through)
    )
    workers.close()


def judge(raw: bytes, rules: Rules, workers: Workers) -> tuple[str, int]:
    """The whole way of one mail, without the doors. Returns what became of it, and how many files would be attached."""
    settings = rules.settings
    try:
        email = parsers.parse_under(settings, raw, digest=digest_of(raw))
    except Unparsable:
        return "held: UNREADABLE", 0
    facts = _facts(email)
    facts = looking_inside.with_findings(email, facts, rules, NOW, workers, None)
    plan = triage.decide(email, facts, rules, NOW)
    files = plan.submission.files if plan.submission else ()
    return _said(plan), sum(item.outcome is FileOutcome.ATTACHED for item in files)


def _facts(email: Email) -> Facts:
    """What an office knows that has never heard of the sender before, and has the record."""
    number, family, given, born, uci = REGISTER.splitlines()[1].split(",")
    record = Application(
        number=number,
        family_name=family,
        given_name=given,
        uci=uci.replace("-", ""),
        date_of_birth=datetime.fromisoformat(born).date(),
    )
    taken = Taken(
        mail_id=1, digest=email.digest, size=email.size, account="main", folder="INBOX", arrived_at=NOW, attempts=1
    )
    return Facts.of_an_empty_store(taken, application=record if email.subject_reading.number == number else None)


def _said(plan: Plan) -> str:
    if plan.submission is None:
        return " ".join([str(plan.verdict.route), *(str(case.category) for case in plan.cases)])
    files = Counter(str(item.reason or item.outcome) for item in plan.submission.files)
    reasons = sorted({str(reason) for reason in plan.submission.reasons} - files.keys())
    each = [name if count == 1 else f"{count} × {name}" for name, count in files.most_common()]
    return f"{plan.submission.outcome}: {', '.join(reasons + each)}"


class _Watch:
    """Peaks of this process and of its children, looked at every few milliseconds."""

    def __init__(self) -> None:
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._look = 0

    def start(self) -> None:
        # forget the peak of the start
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
        self._thread.start()

    def stop(self) -> tuple[int, int]:
        self._done.set()
        self._thread.join()
        return _peak(os.getpid()), self._look

    def _run(self) -> None:
        children = Path(f"/proc/self/task/{os.getpid()}/children")
        while not self._done.wait(0.005):
            for pid in children.read_text(encoding="ascii").split():
                self._look = max(self._look, _peak(int(pid)))


def _peak(pid: int) -> int:
    """Peak of resident memory of a process, in bytes; 0 if it is gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM:")), 0)
