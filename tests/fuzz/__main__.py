"""`python -m tests.fuzz`: `mails` through the stages, `guided` over the parsers, `mail SEED NUMBER` to see one.

Adds to docs/fuzzing.json and ends with status 1 if anything was found.
"""

from __future__ import annotations

import argparse
import contextlib
import secrets
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.fuzz import campaign, guided, results
from tests.fuzz.campaign import Outcome
from tests.fuzz.mails import fuzzed
from tests.scenarios.world import Rows
from tests.servers import Postgres

_MEMORY = Path("/dev/shm")  # a folder in memory: ten thousand mails are fsynced one by one


@contextlib.contextmanager
def _rows(database: str, root: Path) -> Iterator[Rows]:
    with contextlib.ExitStack() as stack:
        if database == "postgresql":
            url = stack.enter_context(Postgres()).create_database()
        else:
            url = f"sqlite:///{root}/inboxd.sqlite"
        rows = Rows(url)
        stack.callback(rows.database.close)
        yield rows


def _told(outcome: Outcome) -> None:
    if outcome.mails % 1000 == 0:
        print(
            f"  {outcome.mails} mails, {outcome.mails / outcome.seconds:.0f}/s, {len(outcome.complaints)} found",
            flush=True,
        )


def mails(count: int, seed: int, databases: list[str]) -> int:
    """The campaign on each database; how many complaints there were."""
    raws, found = [fuzzed(seed, number) for number in range(count)], 0
    for database in databases:
        print(f"{count} mails of seed {seed} on {database}", flush=True)
        with (
            tempfile.TemporaryDirectory(dir=_MEMORY if _MEMORY.is_dir() else None) as place,
            _rows(database, Path(place)) as rows,
        ):
            outcome = campaign.run(rows, Path(place) / "office", raws, told=_told)
        results.add_mails(database, seed, outcome)
        found += len(outcome.complaints)
        for line in outcome.complaints[:100]:
            print(f"  FOUND {line}")
        print(
            f"  {len(outcome.complaints)} found; {outcome.seconds:.0f} s; "
            f"slowest #{outcome.slowest[1]}: {outcome.slowest[0]:.2f} s",
            flush=True,
        )
    return found


def main() -> None:
    reader = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    ways = reader.add_subparsers(dest="way", required=True)
    through = ways.add_parser("mails", help="mails through the stages")
    through.add_argument("--mails", type=int, default=10_000)
    through.add_argument("--seed", type=int, default=0, help="0: one that no run has had yet")
    through.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="both")
    over = ways.add_parser("guided", help="atheris over the parsers")
    over.add_argument("--minutes", type=float, default=10.0)
    over.add_argument("--target", action="append", default=[], help="only this one; may be given again")
    one = ways.add_parser("mail", help="the bytes of one mail")
    one.add_argument("seed", type=int)
    one.add_argument("number", type=int)
    given = reader.parse_args()
    if given.way == "mail":
        sys.stdout.buffer.write(fuzzed(given.seed, given.number))
        return
    if given.way == "guided":
        sys.exit(1 if guided.campaign(given.minutes * 60, given.target, results.add_executions) else 0)
    databases = ["sqlite", "postgresql"] if given.database == "both" else [given.database]
    sys.exit(1 if mails(given.mails, given.seed or secrets.randbelow(10**6) + 1, databases) else 0)


if __name__ == "__main__":
    main()
