"""Storms of other code, for docs/trust.md: how many there were, what they broke, and what came of it. Pure."""

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
    """One table of what storms broke, of any code, by what came of it: `since` says that."""
    found: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for run in results.runs():
        for name, of in run["databases"].items():
            for complaint in (*of["complaints"], *of["rebuild"]):
                came_of_it = next((each["text"] for each in since if _is_about(each, run["code"], complaint)), OPEN)
                alone = complaint if came_of_it == OPEN else ""
                found.setdefault((came_of_it, alone), []).append((run["code"], f"{DATABASES[name]}, {complaint}"))
    others = [of for run in results.runs(but=results.newest) for of in run["databases"].values()]
    if others:
        kills = sum(of["faults"].get(kill, 0) for of in others for kill in KILLS)
        yield (f"Other versions than {results.newest} went through {sum(of['storms'] for of in others)} storms with"
               f" {kills:,} kills, which are in no figure above.\n")
    if found:
        yield "| versions | times | what was not as it should be, at first | what came of it |\n|---|---:|---|---|"
        for (came_of_it, _), seen in found.items():
            codes = ", ".join(dict.fromkeys(code for code, _ in seen))
            yield f"| {codes} | {len(seen)} | {_short(seen[0][1])} | {came_of_it} |"
        yield ""


def _short(complaint: str) -> str:
    cut = complaint if len(complaint) <= SHOWN_OF_OLD else complaint[:SHOWN_OF_OLD].rpartition(" ")[0] + " …"
    return cut.replace("|", "\\|")


def _is_about(since: Mapping[str, Any], code: str, complaint: str) -> bool:
    return code in since["codes"] and bool(since["word"] in complaint)
