"""Storms of older code, for docs/trust.md: how many there were, what they broke, and what came of it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from tests.chaos.results import Results

DATABASES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
KILLS = ("killed at a random moment", "killed at a named step")
OPEN = "Not looked into yet."
SHOWN = 600
SHOWN_OF_OLD = 110


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """A table of Markdown, figures to the right."""
    yield f"| {' | '.join(head)} |"
    yield f"|---|{'---:|' * (len(head) - 1)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def lines(results: Results, since: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """One table of what storms broke, of any code; `since` says what came of it."""
    runs = results.runs()
    rows = [
        (f"{run['date'][:10]}, version {run['code']}", f"{DATABASES[name]}, {_short(complaint)}",
         next((each["text"] for each in since if _is_about(each, run["code"], complaint)), OPEN))
        for run in runs for name, of in run["databases"].items() for complaint in (*of["complaints"], *of["rebuild"])
    ]
    older = [of for run in results.runs(but=results.newest) for of in run["databases"].values()]
    if older:
        kills = sum(of["faults"].get(kill, 0) for of in older for kill in KILLS)
        yield (f"Versions before {results.newest} went through {sum(of['storms'] for of in older)} storms with"
               f" {kills:,} kills, which are in no figure above.\n")
    if rows:
        yield "| when | what was not as it should be | what came of it |\n|---|---|---|"
        yield from (f"| {' | '.join(row)} |" for row in rows)
        yield ""


def _short(complaint: str) -> str:
    cut = complaint if len(complaint) <= SHOWN_OF_OLD else complaint[:SHOWN_OF_OLD].rpartition(" ")[0] + " …"
    return cut.replace("|", "\\|")


def _is_about(since: Mapping[str, Any], code: str, complaint: str) -> bool:
    return code in since["codes"] and bool(since["word"] in complaint)
