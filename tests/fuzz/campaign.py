"""Fuzzed mails through the real stages of one office on one database: intake, process, timers, outbox, moves.

The doors are the fakes (a mailbox and a courier in memory); files are looked into by the real process with limits.
Time and memory are measured for each mail. Whatever a stage raises ends the campaign: none may.
"""

from __future__ import annotations

import hashlib
import logging
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select

from inboxd.settings import LimitSettings
from inboxd.tables import mails
from inboxd.workers import Workers
from tests.fakes import FakeMailbox
from tests.fuzz import judging
from tests.scenarios.posts import FakePost
from tests.scenarios.world import Rows, open_world

BATCH = 100
SECONDS_EACH = 10.0
"""Of the processor, for one mail; the look inside files has its own limit."""
MEGABYTES = 300
"""The process grows by no more in a batch."""
SECTIONS = {
    "smtp": "per_minute = 1000000\nbulk_limit = 1000000\nstorm_limit = 1000000",
    "scanner": 'socket = "/run/clamav/clamd.ctl"',
    "limits": "file_seconds = 5",
}
_TOLD = re.compile(r"mail\.(decided|held) mail=([0-9]+)")
_EVENT = re.compile(r"[a-z_]+(?:\.[a-z_]+)*(?: [a-z_]+=(?:[^\s\"]+|\"[^\"\r\n]*\"))*")


class LeanMailbox(FakeMailbox):
    """What was moved is kept by its digest only: ten thousand mails would fill the memory that is measured."""

    def move(self, uids: Sequence[int], folder: str) -> dict[int, tuple[int, int]]:
        box = self.folders[self._open]
        for uid in uids:
            if uid in box.mails and self._open == "INBOX":
                at, raw = box.mails[uid]
                box.mails[uid] = (at, hashlib.sha256(raw).hexdigest().encode())
        return super().move(uids, folder)


@dataclass(slots=True)
class Outcome:
    """What came of a campaign."""

    mails: int = 0
    seconds: float = 0.0
    complaints: list[str] = field(default_factory=list)
    slowest: tuple[float, int] = (0.0, 0)
    """Seconds of the processor, and the number of the mail that took them."""
    most_grown_bytes: int = 0
    look_bytes: int = 0
    """Resident memory at its peak of the process that looks inside files."""
    routes: Counter[str] = field(default_factory=Counter)
    sent: Counter[str] = field(default_factory=Counter)
    fates: dict[int, str] = field(default_factory=dict)
    """Of each mail by its number: rule, and why it is held."""


class _Ear(logging.Handler):
    """Hears the event lines: how long each mail took, whether a bug was told, whether a line is one event."""

    def __init__(self) -> None:
        super().__init__()
        self.at = time.process_time()
        self.took: dict[int, float] = {}
        self.wrong: list[str] = []

    def next_one(self) -> None:
        """A mail begins."""
        self.at = time.process_time()

    def emit(self, record: logging.LogRecord) -> None:
        line, now = record.getMessage(), time.process_time()
        if told := _TOLD.match(line):
            self.took[int(told[2])] = self.took.get(int(told[2]), 0.0) + now - self.at
            self.at = now
        if line.startswith(("bug ", "mail.failed ", "effect.buried", "stage.failed")) or not _EVENT.fullmatch(line):
            self.wrong.append(f"the log says {line!r}")


@contextmanager
def _heard() -> Iterator[_Ear]:
    log, ear = logging.getLogger("inboxd"), _Ear()
    log.addHandler(ear)
    try:
        yield ear
    finally:
        log.removeHandler(ear)


def _memory(pid: int | str, field_name: str) -> int:
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace").splitlines()
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{field_name}:")), 0)


@contextmanager
def _growth() -> Iterator[list[int]]:
    """Appends by how many bytes resident memory went up meanwhile, at its peak."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak begins anew
    before, grown = _memory("self", "VmRSS"), list[int]()
    yield grown
    grown.append(max(0, _memory("self", "VmHWM") - before))


def run(
    rows: Rows,
    root: Path,
    raws: Sequence[bytes],
    *,
    gap: timedelta = timedelta(minutes=7),
    told: Callable[[Outcome], object] = lambda _: None,
) -> Outcome:
    """All mails through the stages, a batch at a time, `gap` apart; then everything is judged."""
    outcome, began = Outcome(), time.monotonic()
    delivered: Counter[str] = Counter()
    post = FakePost()
    post.box = LeanMailbox()
    numbers = {hashlib.sha256(raw).hexdigest(): number for number, raw in enumerate(raws)}
    with open_world(root, SECTIONS, post, rows) as world, _heard() as ear:
        context = world.context
        context.inspector = workers = Workers(LimitSettings(file_seconds=5))
        context.alive = ear.next_one
        workers.check()
        number_of: dict[int, int] = {}
        try:
            for first in range(0, len(raws), BATCH):
                batch = raws[first : first + BATCH]
                at: datetime = world.clock.at + gap
                for raw in batch:
                    world.deliver(raw, at)
                    delivered[hashlib.sha256(raw).hexdigest()] += 1
                with _growth() as grown:
                    world.run()
                outcome.most_grown_bytes = max(outcome.most_grown_bytes, *grown)
                if child := workers._child:  # nobody else needs to know its process
                    outcome.look_bytes = max(outcome.look_bytes, _memory(child.pid, "VmHWM"))
                with context.database.reading() as tx:
                    for row in tx.execute(select(mails.c.id, mails.c.digest).where(mails.c.id.not_in(number_of))):
                        number_of[row.id] = numbers[row.digest]
                by_id = {mail_id: raws[number] for mail_id, number in number_of.items()}
                outcome.complaints += judging.of_sent(context, post.keeper.sent, by_id)
                outcome.sent.update(mail.template for mail in post.keeper.sent)
                post.keeper.sent.clear()
                outcome.mails += len(batch)
                outcome.seconds = time.monotonic() - began
                told(outcome)
            folders = {
                name: [raw.decode() for _, raw in box.mails.values()]
                for name, box in post.box.folders.items()
                if name != "Sent"
            }
            outcome.complaints += judging.at_the_end(context, folders, delivered)
            with context.database.reading() as tx:
                for row in tx.execute(select(mails)):
                    outcome.routes[row.route] += 1
                    outcome.fates[number_of[row.id]] = f"{row.rule} {row.held_reason}".strip()
        finally:
            workers.close()
        outcome.complaints += ear.wrong
    outcome.complaints = [_by_number(text, number_of) for text in outcome.complaints]
    for mail_id, seconds in ear.took.items():
        outcome.slowest = max(outcome.slowest, (seconds, number_of.get(mail_id, -1)))
    if outcome.slowest[0] > SECONDS_EACH:
        outcome.complaints.append(f"mail #{outcome.slowest[1]} took {outcome.slowest[0]:.1f} s")
    if outcome.most_grown_bytes > MEGABYTES * 1024 * 1024:
        outcome.complaints.append(f"the process grew by {outcome.most_grown_bytes // 2**20} MB in a batch")
    outcome.seconds = time.monotonic() - began
    return outcome


def _by_number(text: str, number_of: dict[int, int]) -> str:
    """`mail 812` by its id is `mail #3`, by its number in the seed: what it takes to make it again."""
    return re.sub(r"\bmail[ =]([0-9]+)\b", lambda found: f"mail #{number_of.get(int(found[1]), -1)}", text)
