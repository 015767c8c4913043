"""Full ingestion of a mixed mailbox from a real Dovecot, beside those that do less: `make bench`.

In turn, each in a new folder, nothing deleted before the end: `mbsync` (FSync on, COMPRESS off), which only copies;
the plain script, which parses and moves; inboxd, durable as in production, with every reply sent to a real SMTP sink.
A probe of fsync stands beside each. Medians go to `docs/performance.md`; ends with status 1 if inboxd did not do all.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks import page
from benchmarks.ground import Ground, Ran, arguments, fsync_ms, office, place
from tests.office import PROJECT
from tests.servers import Dovecot, Postgres, SmtpSink

SQLITE = "inboxd, SQLite, one reader"
POSTGRESQL = "inboxd, PostgreSQL, two readers"


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


def inboxd(ground: Ground, folder: Path, sink: SmtpSink, readers: int, database: str = "") -> dict[str, Any]:
    where = {"database": database} if database else {}
    config = office(folder / "office", ground.dovecot, ground.user(), sink, readers=readers, **where)
    ran = subprocess.run(
        [sys.executable, "-m", "benchmarks.ingesting", str(config)],
        cwd=PROJECT, capture_output=True, text=True, check=False,
    )
    if ran.returncode:
        raise SystemExit(f"inboxd did not do all:\n{ran.stdout}\n{ran.stderr[-4000:]}")
    told: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    assert sum(told["states"].values()) == ground.count, told["states"]
    assert set(told["states"]) <= {"done", "held"}, told["states"]
    assert set(told["sent"]) == {"done"}, told["sent"]
    return told


def main() -> int:
    parser = arguments(__doc__)
    parser.add_argument("--mails", type=int, default=5000)
    parser.add_argument("--runs", type=int, default=3)
    asked = parser.parse_args()
    with place(asked) as root:
        return _compare(asked, root)


def _compare(asked: argparse.Namespace, root: Path) -> int:
    with (
        Dovecot(root / "dovecot") as dovecot, SmtpSink(root / "sink", security="plain") as sink, Postgres() as postgres
    ):
        ground = Ground(root, dovecot, asked.mails)
        print(f"{asked.mails} mails, {ground.size / 1e6:.0f} MB", flush=True)
        ways = {
            "mbsync, copies only": lambda folder: mbsync(ground, folder),
            SQLITE: lambda folder: inboxd(ground, folder, sink, 1),
            "inboxd, SQLite, two readers": lambda folder: inboxd(ground, folder, sink, 2),
            POSTGRESQL: lambda folder: inboxd(ground, folder, sink, 2, postgres.create_database()),
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
    print(page.put(asked.page, page.INGESTION, _section(asked, ground, found)))
    return 0


def _section(asked: argparse.Namespace, ground: Ground, found: dict[str, Ran]) -> list[str]:
    limit = found["mbsync, copies only"].median
    rows = []
    for name, ran in found.items():
        last = ran.more[-1]
        memory = f"{last['own_mb']:.0f}, {last['worker_mb']:.0f}" if last else "-"
        rows.append((name, f"{ran.median:.1f}", f"{asked.mails / ran.median:.0f}", f"{limit / ran.median:.2f}", memory,
                     f"{ran.probe:.2f}"))
    here, there = (found[name].more[-1]["stages"] for name in (SQLITE, POSTGRESQL))
    stages = [(stage, f"{here[stage]:.1f}", f"{there.get(stage, 0):.1f}")
              for stage in sorted(here, key=here.get, reverse=True) if here[stage] >= 0.05]
    head = ("way", "seconds", "mails a second", "of mbsync's speed", "memory MB, worker MB", "fsync ms")
    return [
        f"Written by `make bench`: {asked.mails:,} mixed mails ({ground.size / 1e6:,.0f} MB) on a real Dovecot,"
        f" each way {asked.runs} times in turn, medians.", "",
        *page.table(head, rows),
        "", "Where the time of inboxd goes, by stage, in seconds:", "",
        *page.table(("stage", SQLITE.removeprefix("inboxd, "), POSTGRESQL.removeprefix("inboxd, ")), stages),
    ]


if __name__ == "__main__":
    sys.exit(main())
