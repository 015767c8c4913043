"""Hostile mail, the whole way from bytes to a decision: what each costs, beside a plain mail of the same size.

`python -m benchmarks.hostile` prints a table and writes `docs/hostile-input.md`; `--only WORDS` runs the cases whose
line holds these words and writes nothing. Ends with status 1 if a case costs more than its bound or lets through a
file that it must not.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks import hostile_attachments, hostile_mails, hostile_texts
from benchmarks.hostile_case import Case
from benchmarks.letters import plain
from benchmarks.measuring import GIVE_UP_SECONDS, MEBIBYTE, Measured, built, measure, rules_for
from inboxd.documents import Attachment
from inboxd.settings import LimitSettings
from inboxd.triage import Rules
from inboxd.workers import Workers

GROUPS = (*hostile_mails.GROUPS, *hostile_texts.GROUPS, *hostile_attachments.GROUPS)
PAGE = Path(__file__).parent.parent / "docs" / "hostile-input.md"
LOOKS = 100
NOT_LOOKED_INTO = Attachment(
    path="1",
    name="notes.txt",
    safe_name="notes.txt",
    declared_type="text/plain",
    sniffed_type="text/plain",
    size=MEBIBYTE,
    digest="",
    inline=False,
    content=bytes(MEBIBYTE),
)
"""A file of a type that has nothing inside: it only travels."""
WORKER_BYTES = 128 * MEBIBYTE
"""What the process that looks inside files may have beside the memory limit of a look."""
HEAD = """\
# What hostile mail costs

Written by `make bench-hostile`, on two cores; do not edit. Each line is one mail, handled the whole way in a fresh
process: bytes, parse, look inside its files, decide. **×** compares with a plain mail of the same size, an ordinary
submission handled in the same way just before. **Peak** is resident memory of the process that handles mail, about
{own:.0f} MB when idle; **look** that of the process that looks inside files, about {look:.0f} MB when idle. **Bound**
is what a case may cost: beyond it the command ends with status 1, as it does if a file that must not pass would be
attached. A look inside one file may take {seconds:g} s and {memory:.0f} MiB (`limits.file_seconds`,
`limits.file_memory_bytes`); a file that meets these limits is held for a person (`NOT_CHECKED`).

Reading a mail has its own process and limits (`limits.mail_seconds`, `limits.mail_memory_bytes`; not part of the
figures below, which are of one process without them). Everything that needs what a mail says reads it there: the
daemon, and each in a process of its own the desk and every command. A mail that meets a limit is held (`UNREADABLE`)
by the daemon, shown by the desk without its text, put into an export as it came, and told in a sentence by `explain`,
`evaluate`, `rebuild` and `case set-category --notify`. With `limits.readers = 0` each reads mails by itself, without
these limits.

The process that looks inside files starts at the first file, which takes {start:.2f} s; the way to it and back adds
{way:.1f} ms to the look inside a file of 1 MB.

"""
COLUMNS = "| mail | size | seconds | × | peak MB | × | look MB | bound | what becomes of it |\n" + (
    "|---|--:|--:|--:|--:|--:|--:|--:|---|\n"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One case, measured."""

    case: Case
    size: int
    hostile: Measured
    plain: Measured
    worker_limit: int

    @property
    def wrong(self) -> tuple[str, ...]:
        """Which bounds were passed."""
        found = []
        if self.hostile.seconds > self.case.seconds:
            found.append("TIME")
        if self.hostile.own_bytes > self.case.megabytes * MEBIBYTE or self.hostile.look_bytes > self.worker_limit:
            found.append("MEMORY")
        if self.hostile.files_let_through and not self.case.sound:
            found.append("LET THROUGH")
        if self.hostile.outcome.isupper():
            found.append("LOST")
        return tuple(found)

    def __str__(self) -> str:
        ratio = self.hostile.seconds / self.plain.seconds
        more = self.hostile.own_bytes / self.plain.own_bytes
        bound = f"{self.case.seconds:g} s, {self.case.megabytes} MB"
        outcome = " ".join((*(f"**{word}**" for word in self.wrong), self.hostile.outcome))
        return (
            f"| {self.case.what} | {_size(self.size)} | {self.hostile.seconds:.2f} | {ratio:.1f} "
            f"| {self.hostile.own_bytes / MEBIBYTE:.0f} | {more:.1f} | {self.hostile.look_bytes / MEBIBYTE:.0f} "
            f"| {bound} | {outcome} |"
        )


def _size(count: int) -> str:
    return f"{count / MEBIBYTE:.1f} MB" if count >= MEBIBYTE / 10 else f"{max(1, count // 1024)} kB"


def run(case: Case, rules: Rules, folder: Path) -> Row:
    """A plain mail of the same size, then the hostile one."""
    limits = rules.settings.limits
    size = built(case.build, folder / "hostile.eml")
    built(lambda: plain(size), folder / "plain.eml")
    ordinary = measure(folder / "plain.eml", rules)
    hostile = measure(folder / "hostile.eml", rules)
    if case.seconds < hostile.seconds < GIVE_UP_SECONDS:  # the machine may have been busy with something else
        again = measure(folder / "hostile.eml", rules)
        hostile = min(hostile, again, key=lambda measured: measured.seconds)
    return Row(
        case=case, size=size, hostile=hostile, plain=ordinary, worker_limit=limits.file_memory_bytes + WORKER_BYTES
    )


def overhead(limits: LimitSettings) -> tuple[float, float]:
    """Seconds to start the process that looks inside files, and for a file of 1 MB to go to it and be answered."""
    workers = Workers(limits)
    began = time.perf_counter()
    workers.check()
    started = time.perf_counter()
    for _ in range(LOOKS):
        workers.inspect(NOT_LOOKED_INTO)
    ended = time.perf_counter()
    workers.close()
    return started - began, (ended - started) / LOOKS


def table(rules: Rules, folder: Path, only: str) -> Iterator[str | Row]:
    """Headings and rows, as they come."""
    for group in GROUPS:
        cases = [case for case in group.cases if only.lower() in f"{group.title}: {case.what}".lower()]
        if cases:
            yield f"## {group.title}\n\n{COLUMNS}"
        for case in cases:
            yield run(case, rules, folder)


def main() -> None:
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--only", default="", help="run the cases whose line holds these words")
    only = reader.parse_args().only
    began, lines, wrong = time.monotonic(), [], 0
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        rules = rules_for(folder / "office")
        built(lambda: plain(0), folder / "small.eml")
        idle = measure(folder / "small.eml", rules)
        for item in table(rules, folder, only):
            lines.append(f"{item}\n" if isinstance(item, Row) else f"\n{item}")
            sys.stdout.write(lines[-1])
            sys.stdout.flush()
            wrong += isinstance(item, Row) and bool(item.wrong)
    limits = rules.settings.limits
    start, way = overhead(limits)
    sys.stdout.write(f"\n{wrong} over their bounds; {time.monotonic() - began:.0f} s\n")
    if not only:
        head = HEAD.format(
            own=idle.own_bytes / MEBIBYTE,
            look=idle.look_bytes / MEBIBYTE,
            seconds=limits.file_seconds,
            memory=limits.file_memory_bytes / MEBIBYTE,
            start=start,
            way=way * 1000,
        )
        PAGE.write_text((head + "".join(lines).lstrip("\n")), encoding="utf-8")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
