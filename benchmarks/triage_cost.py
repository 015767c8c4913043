"""What triage costs a mail: both readers over labelled texts, beside parsing the same mail; and how that grows.

`python -m benchmarks.triage_cost` prints the tables and writes `docs/triage-cost.md`. Each figure is the median of
several rounds taken in turn, as a ratio to something run beside it. It grows in a straight line with the length of the
text and with the number of criteria; texts made to be slow must not cost more than a multiple of an ordinary text of
the same length, or the command ends with status 1.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.measuring import rules_for
from inboxd import parsers
from inboxd.mail import Body
from inboxd.triage import Rules
from inboxd.triage.dates_read import dates_read
from inboxd.triage.reading import read
from inboxd.triage.rulebook import Criteria, CriteriaFile, compile_criteria

NOW = datetime(2026, 11, 12, 15, 0, tzinfo=UTC)
ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "triage-cost.md"
ROUNDS = 7
TEXTS = 300
MOST_OF_AN_ORDINARY_TEXT = 12.0
"""A text made to be slow may cost so many times an ordinary one of its length."""
HEAD = """\
# What triage costs

Written by `make bench-triage`; do not edit. Every figure is the median of {rounds} rounds, taken in turn with what it
is compared to, in one process on one core. **× parsing** compares with turning the bytes of the same mail into its
texts and header fields, which every mail needs anyway.

"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Something to time over all texts."""

    name: str
    run: Callable[[str], object]


def body(text: str) -> Body:
    return Body(full=text, new=text, quoted="", signature="", forwarded="", html_only=False, links=())


def texts() -> list[str]:
    """Every few of the texts that the second reader learned from, of every hand."""
    rows = [
        json.loads(row)["text"]
        for path in sorted((ROOT / "training").glob("*.jsonl"))
        for row in path.read_text(encoding="utf-8").splitlines()
    ]
    return rows[:: max(1, len(rows) // TEXTS)]


def timed(steps: Sequence[Step], inputs: Sequence[str]) -> dict[str, float]:
    """Milliseconds for one text, by step: the steps in turn, round after round."""
    found: dict[str, list[float]] = {step.name: [] for step in steps}
    for _ in range(ROUNDS):
        for step in steps:
            begun = time.perf_counter()
            for text in inputs:
                step.run(text)
            found[step.name].append((time.perf_counter() - begun) / len(inputs) * 1000)
    return {name: statistics.median(values) for name, values in found.items()}


def steps_of(rules: Rules) -> tuple[Step, ...]:
    settings = rules.settings
    reader = rules.second_reader
    assert reader is not None, "the second reader is switched on by default"

    def parse(text: str) -> object:
        raw = (
            "From: A. Person <a.person@parl.example>\nTo: service@mcmps.example\nSubject: Question\n"
            "Message-ID: <one@parl.example>\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n" + text
        )
        return parsers.parse_under(settings, raw.encode(), digest="d")

    return (
        Step(name="parsing", run=parse),
        Step(name="the criteria", run=lambda text: read(rules.criteria, body(text), "Question", (), NOW)),
        Step(
            name="the second reader",
            run=lambda text: reader.opinion(body(text), "Question", is_reply=False, received=NOW),
        ),
        Step(name="days for people", run=lambda text: dates_read([("new", text)], NOW)),
    )


def of_so_many(criteria: Criteria, times: int) -> Criteria:
    """The rows so many times over, each copy with ids and phrases of its own."""
    copies = list(criteria.rows)
    for copy in range(1, times):
        copies += [
            row.model_copy(
                update={
                    "id": f"{row.id}-{copy}",
                    "phrases_en": tuple(f"{phrase} v{copy}" for phrase in row.phrases_en),
                    "phrases_fr": tuple(f"{phrase} v{copy}" for phrase in row.phrases_fr),
                }
            )
            for row in criteria.rows
        ]
    return compile_criteria(CriteriaFile.model_construct(words=criteria.words, criterion=tuple(copies)), "copies")


def slow_texts(length: int) -> Iterator[tuple[str, str]]:
    """Texts made to be slow, each of about so many letters."""
    yield "one phrase, over and over", "removal tomorrow " * (length // 17)
    yield "dates and nothing else", "on 2026-11-13 or Friday " * (length // 24)
    yield "one word without an end", "a" * length
    yield "negations", "not never no " * (length // 13)
    yield "open brackets and quotes", "(((\"'«" * (length // 6)
    yield "one sentence of commas", "removal, flight, CBSA, " * (length // 23)
    yield "empty lines", "\n" * length
    yield "letters with marks", "e\N{COMBINING ACUTE ACCENT}" * (length // 2)


def by_step(rules: Rules, inputs: Sequence[str]) -> Iterator[str]:
    found = timed(steps_of(rules), inputs)
    words = statistics.median(len(text.split()) for text in inputs)
    yield f"## One mail\n\n{len(inputs)} texts of {words:.0f} words (median), {len(rules.criteria.rows)} criteria.\n"
    yield "| | ms a mail | × parsing |\n|---|---:|---:|"
    for name, value in found.items():
        yield f"| {name} | {value:.2f} | {value / found['parsing']:.1f} |"


def by_criteria(rules: Rules, inputs: Sequence[str]) -> Iterator[str]:
    yield "\n## With more criteria\n\nThe same rows several times over, each copy with phrases of its own.\n"
    yield "| criteria | phrases | ms a mail | × as now |\n|---:|---:|---:|---:|"
    books = [of_so_many(rules.criteria, times) for times in (1, 2, 4, 8)]
    steps = [
        Step(name=str(place), run=lambda text, book=book: read(book, body(text), "Question", (), NOW))  # type: ignore[misc]  # bound now
        for place, book in enumerate(books)
    ]
    found = list(timed(steps, inputs).values())
    for book, value in zip(books, found, strict=True):
        yield f"| {len(book.rows)} | {len(book._entries)} | {value:.2f} | {value / found[0]:.2f} |"


def by_length(rules: Rules, inputs: Sequence[str]) -> Iterator[str]:
    yield "\n## With longer texts\n\nOrdinary texts, one after the other, up to so many letters.\n"
    yield "| letters | criteria, ms | µs a letter | second reader, ms | µs a letter |\n|---:|---:|---:|---:|---:|"
    _, criteria, second, _ = steps_of(rules)
    whole = "\n\n".join([*inputs] * 6)
    for length in (500, 2_000, 8_000, 32_000, 128_000):
        found = timed([criteria, second], [whole[:length]])
        one, two = found[criteria.name], found[second.name]
        yield f"| {length} | {one:.1f} | {one * 1000 / length:.2f} | {two:.1f} | {two * 1000 / length:.2f} |"


def made_to_be_slow(rules: Rules, inputs: Sequence[str]) -> tuple[list[str], float]:
    """Rows, and the worst ratio to an ordinary text of the same length."""
    length = 64_000
    _, criteria, second, _ = steps_of(rules)
    ordinary = "\n\n".join([*inputs] * 6)[:length]
    rows = [
        f"\n## Texts made to be slow\n\nEach of {length} letters, both readers, beside ordinary texts of that length. "
        f"Bound: {MOST_OF_AN_ORDINARY_TEXT:.0f} ×.\n",
        "| text | ms | × an ordinary one |\n|---|---:|---:|",
    ]
    worst = 0.0
    for name, text in slow_texts(length):
        both = [
            Step(name=kind, run=lambda _, shown=shown: (criteria.run(shown), second.run(shown)))  # type: ignore[misc]  # bound now
            for kind, shown in (("ordinary", ordinary), ("slow", text[:length]))
        ]
        found = timed(both, [""])
        ratio = found["slow"] / found["ordinary"]
        worst = max(worst, ratio)
        rows.append(f"| {name} | {found['slow']:.0f} | {ratio:.1f} |")
    return rows, worst


def main() -> int:
    """Print and write the page; 1 if a text made to be slow costs more than its bound."""
    with tempfile.TemporaryDirectory() as folder:
        rules = rules_for(Path(folder))
    inputs = texts()
    rows = [*by_step(rules, inputs), *by_criteria(rules, inputs[::5]), *by_length(rules, inputs)]
    slow, worst = made_to_be_slow(rules, inputs)
    page = HEAD.format(rounds=ROUNDS) + "\n".join([*rows, *slow]) + "\n"
    print(page)
    PAGE.write_text(page, encoding="utf-8")
    if worst > MOST_OF_AN_ORDINARY_TEXT:
        print(f"a text made to be slow costs {worst:.1f} times an ordinary one", file=sys.stderr)
    return int(worst > MOST_OF_AN_ORDINARY_TEXT)


if __name__ == "__main__":
    sys.exit(main())
