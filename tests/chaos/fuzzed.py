"""What the fuzzer came to, for docs/trust.md: read from the file that its own command writes. Never fails."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tests.office import PROJECT

FUZZING = PROJECT / "docs" / "fuzzing.json"
NOT_YET = "not yet run"


def content() -> Mapping[str, Any] | None:
    """None: it has not run yet."""
    found: Mapping[str, Any] | None = json.loads(FUZZING.read_text(encoding="utf-8")) if FUZZING.exists() else None
    return found


def rows(databases: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Of the table of what was tried."""
    found = content()
    if found is None:
        yield ("mails made by the fuzzer, through the whole daemon", *(NOT_YET for _ in databases), "10,000")
        return
    counts = (f"{found.get('databases', {}).get(name, 0):,}" for name in databases)
    yield ("mails made by the fuzzer, through the whole daemon", *counts, "10,000")


def lines(now: str) -> Iterator[str]:
    """The section about it; `now` is the version of the present code."""
    found = content()
    if found is None:
        yield "Not yet run: `make fuzz`."
        return
    this_one = " (this one)" if found.get("code") == now else ""
    yield (f"`make fuzz` made {found.get('mails', 0):,} mails for the whole daemon, and a coverage-guided fuzzer called"
           f" the parsers {found.get('executions', 0):,} times (`docs/fuzzing.json`). The last was on"
           f" {found.get('date', '?')[:10]}, with code {found.get('code', '?')}{this_one}.")
    still = found.get("open", [])
    yield f"\nComplaints that are still open: {len(still)}.\n"
    yield from (f"- {line}" for line in still[:20])
    for finding in found.get("findings", []):
        yield f"- Found: {finding['what']}. Now: {finding['mended']} (`{finding['test']}`)."
