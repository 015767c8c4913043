"""`docs/performance.md`: one section for each benchmark, written by its own command; the others stay as they are.

A section is named by its heading, and the order is fixed here. What no benchmark wrote yet is not on the page.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from tests.office import PROJECT

PAGE = PROJECT / "docs" / "performance.md"
INGESTION = "A mailbox taken in"
PEERS = "The same work by others"
LATENCY = "From arrival to notice"
GROWTH = "With years of mail behind it"
LARGE = "Large mail"
SLOW_DISK = "A slow disk"
START = "Start-up"
MEMORY = "Where the memory goes"
ORDER = (INGESTION, PEERS, LATENCY, GROWTH, LARGE, SLOW_DISK, START, MEMORY)
_HEADING = "## "
HEAD = """\
# How fast mail is taken in

Each section is written by the command that it names, which leaves the others; do not edit. `make bench` runs the first
and those that take seconds. Ratios to what ran beside it, in turn, count; seconds hang on the machine and on what else
it did, of which the probe of the disk (a small write with fsync) tells a part. Each run has a folder of its own, and
nothing is deleted before the end. `BENCH_ROOT=/folder` measures the disk that it lies on, `PAGE=file` writes to another
page, `RUNS=` makes it longer or shorter. By themselves: `make bench-peers MAILS=500`, `make bench-latency MINUTES=10`,
`make bench-growth MAILS=1000000`, `make bench-large`, `make bench-slow-disk`, `make bench-start`,
`make bench-memory MAILS=300`. What the desk and due timers cost is in [desk-times.md](desk-times.md) and
[sweep-cost.md](sweep-cost.md).
"""


def put(page: Path, heading: str, lines: Iterable[str]) -> str:
    """Write one section anew. Returns its text."""
    if heading not in ORDER:
        raise ValueError(f"no section is named {heading!r}; `ORDER` names them")
    sections = _sections(page.read_text(encoding="utf-8")) if page.exists() else {}
    sections[heading] = "\n".join(lines).strip()
    parts = [HEAD.strip(), *(f"{_HEADING}{name}\n\n{sections[name]}" for name in ORDER if name in sections)]
    page.write_text("\n\n".join(parts) + "\n", encoding="utf-8")
    return sections[heading]


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A table whose first column is words and whose others are figures."""
    rule = "|---|" + "---:|" * (len(head) - 1)
    return [f"| {' | '.join(head)} |", rule, *(f"| {' | '.join(row)} |" for row in rows)]


def _sections(text: str) -> dict[str, str]:
    found = {}
    for part in ("\n" + text).split("\n" + _HEADING)[1:]:
        heading, _, body = part.partition("\n")
        found[heading] = body.strip()
    return found
