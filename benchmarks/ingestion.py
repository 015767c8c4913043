"""Full ingestion of a mixed mailbox from a real Dovecot, beside those that do less: `make bench`.

In turn, each in a new folder, nothing deleted before the end: `mbsync` (FSync on, COMPRESS off), which only copies;
the plain script, which parses and moves; inboxd, durable as in production, with every reply sent to a real SMTP sink.
A probe of fsync stands beside each. Medians go to `docs/performance.md`; ends with status 1 if inboxd did not do all.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks import mixed_mailbox
from tests.office import PROJECT, Server, write_office
from tests.servers import Dovecot, Postgres, SmtpSink

PAGE = PROJECT / "docs" / "performance.md"
SEED = 20261122
USER = "bench"


@dataclass(slots=True)
class Ran:
    """What one way of taking the mailbox came to, run by run."""

    name: str
    seconds: list[float] = field(default_factory=list)
    fsync_ms: list[float] = field(default_factory=list)
    more: list[dict[str, Any]] = field(default_factory=list)

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)


class Ground:
    """The servers, and the mailbox as it was: each run gets hard links of it under a name of its own."""

    def __init__(self, root: Path, dovecot: Dovecot, count: int) -> None:
        self.root, self.dovecot, self.count = root, dovecot, count
        self._number = 0
        self._first = dovecot.root / "mail" / USER / "Maildir"
        owner = (dovecot.root / "mail").stat()
        self.size = mixed_mailbox.write(self._first, count, SEED, (owner.st_uid, owner.st_gid))

    def user(self) -> str:
        """A user whose inbox holds the mailbox, with an index as a server in use has one."""
        self._number += 1
        name = f"{USER}-{self._number}"
        target = self.dovecot.root / "mail" / name
        subprocess.run(["cp", "-al", str(self._first.parent), str(target)], check=True)
        with self.dovecot.client(name) as client:
            client.select_folder("INBOX")
            client.fetch(client.search(), ["RFC822.SIZE", "INTERNALDATE"])
            client.create_folder("Processed")
        return name

    def folder(self, name: str) -> Path:
        path = self.root / f"{name}-{self._number}"
        path.mkdir()
        return path


def fsync_ms(folder: Path) -> float:
    """Milliseconds of a small write with fsync, the median of fifty."""
    times = []
    for at in range(50):
        began = time.perf_counter()
        with (folder / f"probe-{at}").open("wb") as file:
            file.write(b"x" * 4096)
            file.flush()
            os.fsync(file.fileno())
        times.append(time.perf_counter() - began)
    return statistics.median(times) * 1000


def mbsync(ground: Ground, folder: Path) -> dict[str, Any]:
    user = ground.user()
    (folder / "mail").mkdir()
    (folder / "mbsyncrc").write_text(
        f"FSync yes\n\nIMAPAccount far\nHost 127.0.0.1\n"
        f"Port {ground.dovecot.port}\nUser {user}\nPass {ground.dovecot.password}\n"
        "SSLType None\nAuthMechs LOGIN\nDisableExtension COMPRESS=DEFLATE\n\nIMAPStore far\nAccount far\n\n"
        f"MaildirStore near\nPath {folder}/mail/\nInbox {folder}/mail/INBOX\n\n"
        f"Channel all\nFar :far:INBOX\nNear :near:INBOX\nCreate Near\nSync Pull\nSyncState {folder}/\n",
        encoding="utf-8",
    )
    command = ["mbsync", "-q", "-c", str(folder / "mbsyncrc"), "all"]
    ran = subprocess.run(command, check=False, capture_output=True, text=True, env=os.environ | {"HOME": str(folder)})
    if ran.returncode:
        raise SystemExit(f"mbsync: {ran.stderr}")
    copied = sum(len(files) for _, _, files in os.walk(folder / "mail"))
    assert copied >= ground.count, f"mbsync copied {copied}"
    return {}


def plain_script(ground: Ground, folder: Path) -> dict[str, Any]:
    told = subprocess.run(
        [sys.executable, "-m", "benchmarks.plain_script", str(ground.dovecot.port), ground.user(),
         ground.dovecot.password, str(folder / "out")],
        cwd=PROJECT, check=True, capture_output=True, text=True,
    )
    assert int(told.stdout) == ground.count
    return {}


def inboxd(ground: Ground, folder: Path, sink: SmtpSink, database: str = "") -> dict[str, Any]:
    dovecot = ground.dovecot
    user = ground.user()
    where = {"database": database} if database else {}
    config = write_office(
        folder / "office",
        imap=Server(port=dovecot.port, username=user, password=dovecot.password),
        smtp=Server(port=sink.port, extra={"per_minute": "1000000", "unknown_minutes": "0"}),
        sections={"replies": "per_sender_per_day = 100000"}, **where,
    )
    (config.parent / "roster.csv").write_text(mixed_mailbox.roster(), encoding="utf-8")
    (config.parent / "register.csv").write_text(mixed_mailbox.register(), encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, "-m", "benchmarks.ingesting", str(config)],
        cwd=PROJECT, capture_output=True, text=True, check=False,
    )
    if ran.returncode:
        raise SystemExit(f"inboxd did not do all:\n{ran.stdout}\n{ran.stderr[-4000:]}")
    told: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    assert sum(told["states"].values()) == ground.count, told["states"]
    assert set(told["states"]) <= {"done", "held"}, told["states"]
    return told


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mails", type=int, default=5000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--root", type=Path, help="a folder on the disk to be measured")
    parser.add_argument("--page", type=Path, default=PAGE)
    asked = parser.parse_args()
    root = Path(tempfile.mkdtemp(prefix="bench-", dir=asked.root))
    root.chmod(0o755)
    try:
        return _compare(asked, root)
    finally:
        shutil.rmtree(root)


def _compare(asked: argparse.Namespace, root: Path) -> int:
    with (
        Dovecot(root / "dovecot") as dovecot, SmtpSink(root / "sink", security="plain") as sink, Postgres() as postgres
    ):
        ground = Ground(root, dovecot, asked.mails)
        print(f"{asked.mails} mails, {ground.size / 1e6:.0f} MB", flush=True)
        ways = {
            "mbsync, copies only": lambda folder: mbsync(ground, folder),
            "inboxd, SQLite": lambda folder: inboxd(ground, folder, sink),
            "inboxd, PostgreSQL": lambda folder: inboxd(ground, folder, sink, postgres.create_database()),
            "a plain script, with MOVE": lambda folder: plain_script(ground, folder),
        }
        found = {name: Ran(name) for name in ways}
        for _ in range(asked.runs):
            for at, (name, run) in enumerate(ways.items()):
                folder = ground.folder(f"way-{at}")
                found[name].fsync_ms.append(fsync_ms(folder))
                began = time.perf_counter()
                told = run(folder)
                found[name].seconds.append(told.get("seconds", time.perf_counter() - began))
                found[name].more.append(told)
                print(f"{name}: {found[name].seconds[-1]:.1f} s", flush=True)
    page = _page(asked, ground, found)
    asked.page.write_text(page, encoding="utf-8")
    print(page)
    return 0


def _page(asked: argparse.Namespace, ground: Ground, found: dict[str, Ran]) -> str:
    limit = found["mbsync, copies only"].median
    lines = [
        "# How fast mail is taken in", "",
        f"Written by `make bench`: {asked.mails:,} mixed mails ({ground.size / 1e6:,.0f} MB) on a real Dovecot,"
        f" each way {asked.runs} times in turn, medians. Ratios count; seconds hang on the machine.", "",
        "| way | seconds | mails a second | of mbsync's speed | memory MB, worker MB | fsync ms |",
        "|---|---|---|---|---|---|",
    ]
    for name, ran in found.items():
        last = ran.more[-1]
        memory = f"{last['own_mb']:.0f}, {last['worker_mb']:.0f}" if last else "-"
        speed, probe = asked.mails / ran.median, statistics.median(ran.fsync_ms)
        lines.append(f"| {name} | {ran.median:.1f} | {speed:.0f} | {limit / ran.median:.2f} | {memory} | {probe:.2f} |")
    lines += ["", "Where the time of inboxd goes, by stage, in seconds:", ""]
    lines += ["| stage | SQLite | PostgreSQL |", "|---|---|---|"]
    here, there = (found[name].more[-1]["stages"] for name in ("inboxd, SQLite", "inboxd, PostgreSQL"))
    lines += [f"| {stage} | {here[stage]:.1f} | {there.get(stage, 0):.1f} |"
              for stage in sorted(here, key=here.get, reverse=True) if here[stage] >= 0.05]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
