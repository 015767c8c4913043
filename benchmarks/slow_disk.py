"""What a disk whose every sync takes 2 ms longer costs: `make bench-slow-disk`.

The same mailbox taken in with one reader on SQLite, in turn on the disk as it is and with a library loaded before
inboxd that makes each `fsync` and `fdatasync` wait. Needs a C compiler, and says so. Ends with status 1 below its
bound.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from benchmarks import page
from benchmarks.ground import Ground, Ran, arguments, office, place
from tests.office import PROJECT
from tests.servers import Dovecot, SmtpSink

BOUND = 0.5
"""Of the speed on the disk as it is."""
SLOWER_MS = 2.0
_SOURCE = Path(__file__).with_name("slow_disk.c")


def build(folder: Path) -> Path:
    """The library. Raises `SystemExit` with what is missing."""
    compiler = shutil.which("cc")
    if compiler is None:
        raise SystemExit("bench-slow-disk needs a C compiler (`cc`); Debian: apt install gcc libc6-dev")
    library = folder / "slow_disk.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-O2", "-o", str(library), str(_SOURCE), "-ldl"], check=True)
    return library


def take_in(config: Path, more: Mapping[str, str]) -> float:
    """Seconds until all of it is done."""
    ran = subprocess.run(
        [sys.executable, "-m", "benchmarks.ingesting", str(config)], cwd=PROJECT, capture_output=True, text=True,
        check=False, env=os.environ | more,
    )
    if ran.returncode:
        raise SystemExit(f"inboxd did not do all:\n{ran.stdout}\n{ran.stderr[-4000:]}")
    told = json.loads(ran.stdout.splitlines()[-1])
    assert set(told["states"]) <= {"done", "held"}, told["states"]
    seconds: float = told["seconds"]
    return seconds


def probe(folder: Path, more: Mapping[str, str]) -> float:
    """Milliseconds of a small write with fsync, as a program sees it that is started so."""
    program = "import sys; from pathlib import Path; from benchmarks.ground import fsync_ms;" \
              " print(fsync_ms(Path(sys.argv[1])))"
    ran = subprocess.run([sys.executable, "-c", program, str(folder)], cwd=PROJECT, capture_output=True, text=True,
                         check=True, env=os.environ | more)
    return float(ran.stdout)


def main() -> int:
    parser = arguments(__doc__)
    parser.add_argument("--mails", type=int, default=500)
    parser.add_argument("--runs", type=int, default=3)
    asked = parser.parse_args()
    with (
        place(asked) as root, Dovecot(root / "dovecot") as dovecot,
        SmtpSink(root / "sink", security="plain") as sink,
    ):
        slow = {"LD_PRELOAD": str(build(root)), "SYNC_MS": f"{SLOWER_MS:g}"}
        ground = Ground(root, dovecot, asked.mails)
        ways: dict[str, Mapping[str, str]] = {"the disk as it is": {}, f"each sync {SLOWER_MS:g} ms longer": slow}
        found = {name: Ran(name) for name in ways}
        for _ in range(asked.runs):
            for at, (name, more) in enumerate(ways.items()):
                folder = ground.folder(f"way-{at}")
                found[name].fsync_ms.append(probe(folder, more))
                config = office(folder / "office", dovecot, ground.user(), sink)
                found[name].seconds.append(take_in(config, more))
                print(f"{name}: {found[name].seconds[-1]:.1f} s", flush=True)
    fast, late = found.values()
    ratio = statistics.median(one / other for one, other in zip(fast.seconds, late.seconds, strict=True))
    rows = [(ran.name, f"{ran.median:.1f}", f"{asked.mails / ran.median:.0f}", f"{ran.probe:.2f}")
            for ran in found.values()]
    print(page.put(asked.page, page.SLOW_DISK, [
        f"Written by `make bench-slow-disk`: {asked.mails:,} mixed mails, one reader, SQLite, {asked.runs} times in"
        f" turn, medians. The slow disk has {ratio:.2f} of the speed of the fast one; the bound is {BOUND}.", "",
        *page.table(("disk", "seconds", "mails a second", "fsync ms"), rows),
    ]))
    return 0 if ratio >= BOUND else 1


if __name__ == "__main__":
    sys.exit(main())
