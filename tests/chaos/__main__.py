"""`python -m tests.chaos --minutes N --seed S --database sqlite|postgresql|both`: storms until the time is over.

Results go to docs/trust.json as each storm ends, the page docs/trust.md is written from it at the end (`--page-only`:
only that). Exit status 1: a promise was broken.
"""

from __future__ import annotations

import argparse
import contextlib
import logging
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import FrameType

from tests.chaos.campaign import FULL, STEPS, Campaign, durable, tell
from tests.chaos.nursery import Nursery
from tests.chaos.page import write_page
from tests.chaos.results import Results
from tests.office import PROJECT
from tests.servers import Dovecot, Postgres

DATABASES = ("sqlite", "postgresql")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description="The daemon in a storm of faults.")
    parser.add_argument("--minutes", type=float, default=10.0, help="no new storm is begun after so long")
    parser.add_argument("--seed", type=int, default=0, help="of the first storm; 0: one that no run has had")
    parser.add_argument("--database", choices=(*DATABASES, "both"), default="both")
    parser.add_argument("--steps", action="store_true", help="fair weather: daemons die at named steps above all")
    parser.add_argument("--results", type=Path, default=PROJECT / "docs" / "trust.json")
    parser.add_argument("--page", type=Path, default=PROJECT / "docs" / "trust.md")
    parser.add_argument("--merge", type=Path, nargs="+", default=(), metavar="FILE", help="add results of other runs;"
                        " no storm")
    parser.add_argument("--page-only", action="store_true", help="write the page from the results, no storm")
    return parser.parse_args()


def _run(arguments: argparse.Namespace, results: Results) -> bool:
    began, sound = time.monotonic(), True
    names = DATABASES if arguments.database == "both" else (arguments.database,)
    taken = [seed for run in results.content["runs"] for of in run["databases"].values() for seed in of["seeds"]]
    seed = arguments.seed or max(taken, default=0) + 1
    kind = " --steps" if arguments.steps else ""
    results.begin(f"--minutes {arguments.minutes:g} --seed {seed} --database {arguments.database}{kind}")
    memory = Path("/dev/shm")
    root = Path(tempfile.mkdtemp(prefix="chaos-", dir=memory if os.access(memory, os.W_OK) else None))
    try:
        with contextlib.ExitStack() as stack:
            dovecot = stack.enter_context(Dovecot())
            nursery = stack.enter_context(Nursery())
            databases: dict[str, Postgres | None] = dict.fromkeys(names)
            if "postgresql" in databases:
                databases["postgresql"] = postgres = stack.enter_context(Postgres())
                durable(postgres)
            campaign = Campaign(root, dovecot, nursery, results)
            while time.monotonic() - began < arguments.minutes * 60:
                for ended in campaign.story(seed, databases, STEPS if arguments.steps else FULL):
                    results.add(ended)
                    tell(ended)
                    sound &= not (ended.judged.complaints or ended.judged.rebuild)
                seed += 1
    finally:
        subprocess.run(["sh", "-c", f"umount -l {root}/*/data 2>/dev/null; true"], check=False)
        shutil.rmtree(root, ignore_errors=True)
    return sound


def _stop(_: int, __: FrameType | None) -> None:
    raise KeyboardInterrupt


def main() -> int:
    """Storms, then the page. Returns the exit status."""
    arguments = _arguments()
    logging.getLogger("mail.log").setLevel(logging.CRITICAL)  # the SMTP server's complaints about broken connections
    signal.signal(signal.SIGTERM, _stop)
    results = Results(arguments.results)
    sound = True
    for path in arguments.merge:
        results.merge(Results(path))
    if not arguments.page_only and not arguments.merge:
        try:
            sound = _run(arguments, results)
        except KeyboardInterrupt:
            print("stopped", file=sys.stderr)
    results.write()
    write_page(results, arguments.page)
    print(f"written: {arguments.page}")
    return 0 if sound else 1


if __name__ == "__main__":
    sys.exit(main())
