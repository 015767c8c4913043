"""What a store costs when it holds years of mail: `make bench-growth`, `make bench-growth MAILS=1000000`.

Beside an empty store, in turn: the same mails taken in, all of inboxd, and its memory. Then the commands that look:
`list`, `show`, `report` and `verify`, which have more to read the more there is. Ends with status 1 if taking in is
slower than the bound.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks import filling, mixed_mailbox, page
from benchmarks.ground import SEED, arguments, fsync_ms, office, place
from benchmarks.resident import MemoryWatch
from inboxd import app
from tests.office import PROJECT
from tests.servers import Dovecot, SmtpSink

BOUND = 0.9
"""Of the speed on an empty store."""
PATTERNS = 10
LONG_SECONDS = 15.0
"""A command that takes so long is measured once."""
COMMANDS = {
    "list": ("list",), "list --state held": ("list", "--state", "held"), "cases": ("cases",),
    "show": ("show",), "report of last month": ("report",),
    "verify --offline": ("verify", "--offline"), "verify --offline --journal": ("verify", "--offline", "--journal"),
}


@dataclass(slots=True, kw_only=True)
class Store:
    """One office with its mailbox."""

    config: Path
    user: str
    dovecot: Dovecot
    runs: int = 0

    def deliver(self, count: int) -> None:
        """Mails that nobody saw before, the same for each store in the same run."""
        self.runs += 1
        maildir = self.dovecot.root / "mail" / self.user / "Maildir"
        owner = (self.dovecot.root / "mail").stat()
        mixed_mailbox.write(maildir, count, SEED + self.runs, (owner.st_uid, owner.st_gid))

    def take_in(self, count: int) -> dict[str, float]:
        """Deliver, and have the daemon do all of it. Seconds and memory."""
        self.deliver(count)
        ran = subprocess.run(
            [sys.executable, "-m", "benchmarks.ingesting", str(self.config)], cwd=PROJECT, capture_output=True,
            text=True, check=False,
        )
        if ran.returncode:
            raise SystemExit(f"inboxd did not do all:\n{ran.stdout}\n{ran.stderr[-4000:]}")
        told = json.loads(ran.stdout.splitlines()[-1])
        assert set(told["states"]) <= {"done", "held"}, told["states"]
        return {"seconds": told["seconds"], "own_mb": told["own_mb"]}


def command(config: Path, *words: str) -> tuple[float, float]:
    """Seconds of a command in a process of its own, and the most memory that it had, in MB."""
    began = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-m", "inboxd", "--config", str(config), *words], cwd=PROJECT, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as process, MemoryWatch(process.pid) as memory:
        said, _ = process.communicate()
        taken = time.perf_counter() - began
    assert process.returncode == 0, said.decode()[-2000:]
    return taken, memory.own_mb


def several(runs: int, config: Path, *words: str) -> list[tuple[float, float]]:
    """`command` so many times; one that takes long only once."""
    found = [command(config, *words)]
    while len(found) < runs and found[0][0] < LONG_SECONDS:
        found.append(command(config, *words))
    return found


def main() -> int:
    parser = arguments(__doc__)
    parser.add_argument("--mails", type=int, default=100_000)
    parser.add_argument("--open-timers", type=int, default=100_000)
    parser.add_argument("--taken", type=int, default=300, help="so many mails are taken in, in each run")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--kept", type=Path, help="a folder: the full store is taken from there, and put there after")
    asked = parser.parse_args()
    with place(asked) as root, Dovecot(root / "dovecot") as dovecot, SmtpSink(root / "sink", security="plain") as sink:
        stores = {}
        for name in ("empty", "full"):
            user = dovecot.fresh_user()
            stores[name] = Store(config=office(root / name, dovecot, user, sink), user=user, dovecot=dovecot)
        there = asked.kept is not None and asked.kept.exists()
        if there:
            shutil.rmtree(root / "full" / "data", ignore_errors=True)
            shutil.move(asked.kept, root / "full" / "data")
        for store in stores.values():
            store.take_in(PATTERNS)
        context = app.build(stores["full"].config)
        file = Path(str(context.database.engine.url.database))
        began = time.perf_counter()
        filled = filling.told(file) if there else filling.fill(context, file, asked.mails, asked.open_timers)
        context.close()
        for store in stores.values():
            store.runs = filled.mails  # a kept store has seen the mails of earlier times
        os.sync()  # else each small write of the measured part waits for what was written before it
        print(f"filled in {time.perf_counter() - began:.0f} s: {filled}", flush=True)
        found: dict[str, list[dict[str, float]]] = {name: [] for name in stores}
        probes = []
        for _ in range(asked.runs):
            for name, store in stores.items():
                probes.append(fsync_ms(root))
                found[name].append(store.take_in(asked.taken))
                print(name, found[name][-1], flush=True)
        shown = {"empty": "7", "full": str(filling.FIRST + 7)}
        looked = {
            name: [several(asked.runs, store.config, *words, *([shown[which]] if name == "show" else []))
                   for which, store in stores.items()]
            for name, words in COMMANDS.items()
        }
        size = file.stat().st_size / 1e6
        if asked.kept is not None:
            shutil.move(root / "full" / "data", asked.kept)

    def median(name: str, what: str) -> float:
        return statistics.median(run[what] for run in found[name])

    ratio = statistics.median(
        empty["seconds"] / full["seconds"] for empty, full in zip(found["empty"], found["full"], strict=True)
    )
    rows = [(f"{asked.taken} mails taken in", f"{median('empty', 'seconds'):.1f}", f"{median('full', 'seconds'):.1f}",
             f"{ratio:.2f}", f"{median('empty', 'own_mb'):.0f}", f"{median('full', 'own_mb'):.0f}")]
    for name in COMMANDS:
        (one, other), mb = ([statistics.median(run[at] for run in runs) for runs in looked[name]] for at in (0, 1))
        rows.append((f"`inboxd {name}`", f"{one:.2f}", f"{other:.2f}", f"{one / other:.2f}", f"{mb[0]:.0f}",
                     f"{mb[1]:.0f}"))
    print(page.put(asked.page, page.GROWTH, [
        f"Written by `make bench-growth MAILS={asked.mails}`: a store with {filled.mails:,} mails,"
        f" {filled.open_timers:,} open timers and {filled.events:,} entries in the journal ({size:,.0f} MB of SQLite)"
        f" beside one with ten; {asked.runs} times in turn, medians (once what takes longer than"
        f" {LONG_SECONDS:.0f} s). Probe of the disk:"
        f" {statistics.median(probes):.2f} ms. The bound is {BOUND} of the speed on the empty one.", "",
        *page.table(("what", "s, ten mails", "s, full", "of its speed", "MB, ten mails", "MB, full"), rows), "",
        "`report` and `verify` read what they count or prove; the others must stay as they are.",
    ]))
    if ratio < BOUND:
        print(f"taking in is at {ratio:.2f} of the speed on an empty store; the bound is {BOUND}")
    return 1 if ratio < BOUND else 0


if __name__ == "__main__":
    sys.exit(main())
