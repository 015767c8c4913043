"""How long `inboxd --help` and `inboxd run` take to start, beside an interpreter that does nothing: `make bench-start`.

`run` is timed until it says READY=1 to the service manager, on a mailbox that is empty and an office whose files were
tried before, as at each start but the first. In turn, medians. Ends with status 1 above the bound of `--help`.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from benchmarks import page
from benchmarks.ground import Ran, arguments, daemon, fsync_ms, office, place
from tests.office import PROJECT
from tests.servers import Dovecot, SmtpSink

BOUND = 8.0
"""`--help` may take so many times what an empty program takes."""
HEAVY = 10
"""So many of the heaviest imports of `run` are named."""
NOTHING, HELP, CLICK = "python -c pass", "inboxd --help", "python -c 'import click'"
FIRST, AGAIN = "inboxd run to ready, the first time", "inboxd run to ready"


def to_the_end(*command: str) -> float:
    """Seconds of a program that ends by itself."""
    began = time.perf_counter()
    subprocess.run([sys.executable, *command], cwd=PROJECT, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began


def to_ready(config: Path, folder: Path) -> float:
    """Seconds until the daemon says that it is ready."""
    began = time.perf_counter()
    with daemon(config, folder):
        return time.perf_counter() - began


def heaviest(environment: Mapping[str, str]) -> list[tuple[str, float]]:
    """Libraries by what loading them cost `inboxd run`, each with what it loads besides, in milliseconds."""
    program = "import inboxd.app, inboxd.channels, inboxd.daemon"
    told = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", program], cwd=PROJECT, capture_output=True, text=True, check=True,
        env=environment,
    )
    found: dict[str, float] = {}
    for line in told.stderr.splitlines():
        _, _, rest = line.partition("|")
        taken, _, name = rest.partition("|")
        if taken.strip().isdecimal() and "." not in name and name.strip() != "inboxd":
            found[name.strip()] = int(taken) / 1000
    return sorted(found.items(), key=lambda each: -each[1])[:HEAVY]


def main() -> int:
    parser = arguments(__doc__)
    parser.add_argument("--runs", type=int, default=9)
    asked = parser.parse_args()
    with (
        place(asked) as root, Dovecot(root / "dovecot") as dovecot, SmtpSink(root / "sink", security="plain") as sink
    ):
        config = office(root / "office", dovecot, dovecot.fresh_user(), sink)
        first = Ran(FIRST, [to_ready(config, root)], [fsync_ms(root)])
        ways: dict[str, Callable[[], float]] = {
            NOTHING: lambda: to_the_end("-c", "pass"),
            CLICK: lambda: to_the_end("-c", "import click"),
            HELP: lambda: to_the_end("-m", "inboxd", "--help"),
            AGAIN: lambda: to_ready(config, root),
        }
        found = {name: Ran(name) for name in ways}
        for _ in range(asked.runs):
            for name, run in ways.items():
                found[name].fsync_ms.append(fsync_ms(root))
                found[name].seconds.append(run())
    floor = found[NOTHING].median
    ratio = statistics.median(
        mine / theirs for mine, theirs in zip(found[HELP].seconds, found[NOTHING].seconds, strict=True)
    )
    rows = [
        (ran.name, f"{ran.median * 1000:.0f}", f"{ran.median / floor:.1f}", f"{ran.probe:.2f}")
        for ran in (*found.values(), first)
    ]
    imports = ", ".join(f"{name} {taken:.0f}" for name, taken in heaviest(os.environ))
    print(page.put(asked.page, page.START, [
        f"Written by `make bench-start`: {asked.runs} times in turn, medians; the bound of `--help` is {BOUND:.0f}"
        " times an empty program.", "",
        *page.table(("what", "ms", "of an empty program", "fsync ms"), rows), "",
        f"The heaviest imports of `run`, in ms under `-X importtime`, each with what it loads: {imports}.",
    ]))
    if ratio > BOUND:
        print(f"inboxd --help takes {ratio:.1f} times an empty program; the bound is {BOUND:.0f}")
    return 1 if ratio > BOUND else 0


if __name__ == "__main__":
    sys.exit(main())
