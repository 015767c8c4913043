"""docs/trust.md: what was tried, and what came of it.

Every figure is counted here from results and tests, and is of the newest code that went through enough storms; of other
code only what it broke is told (`history`).

Raises `ValueError` if the words name a test that does not exist.
"""

from __future__ import annotations

import ast
import functools
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.chaos import fuzzed, history, unreached
from tests.chaos.history import DATABASES, KILLS, SHOWN, table
from tests.chaos.refusals import SECURE_VERBS, VERBS
from tests.chaos.results import Results, version
from tests.office import PROJECT

VERBS_ALL = VERBS + SECURE_VERBS
HEAD = """# How far this can be trusted

`make chaos` writes this page; nothing in it is written by hand but the words of `tests/chaos/promises.toml`.

A storm is one run of the real daemon over a real Dovecot, a real SMTP server and a real database. Letters of all kinds
arrive while the daemon is killed (SIGKILL), connections are cut, and servers, disk, database and clock fail. Then it is
calm; then the clock leaps over every deadline, and the same happens once more. What became of each letter must be what
became of it in a run without a fault.
"""
RESTARTS = tuple(f"{name} {how}" for name in ("Dovecot", "PostgreSQL") for how in ("restarted", "killed and restarted"))


def write_page(results: Results, path: Path) -> None:
    """Write the page anew."""
    path.write_text("\n".join(_lines(results)) + "\n", encoding="utf-8")


def _lines(results: Results) -> Iterator[str]:
    code = results.newest
    totals = {name: results.total(name, code) for name in DATABASES}
    words = tomllib.loads(Path(__file__).with_name("promises.toml").read_text(encoding="utf-8"))
    yield HEAD
    yield _which_code(results) + "\n"
    yield "## What was tried\n"
    yield from table(("", *DATABASES.values(), "wanted of each"), _tried(results, totals))
    yield "\n## What was lost\n"
    yield from _lost(results, totals)
    yield "\n## The seven promises\n"
    for number, promise in enumerate(words["promise"], start=1):
        yield from _promise(number, promise)
    yield "## What storms found\n"
    yield from history.lines(results, words.get("since", []))
    yield from (f"- {each['what']} {each['mended']} (`{each['test']}`)." for each in words["found"])
    for each in words["found"]:
        _existing(each["test"])
    yield "\n## What fuzzing came to\n"
    yield from fuzzed.lines(version())
    yield "\n## What is not covered\n"
    yield from (f"- {each['text']}" for each in words["uncovered"])
    yield "\n### Transactions that no storm comes to\n"
    yield "Found in the code; every other function that opens one is among the named steps below.\n"
    for test in (test for sort in words["elsewhere"] for test in sort["tests"]):
        _existing(test)
    yield from unreached.lines({step for name in DATABASES for step in results.steps(name, code)}, words["elsewhere"])
    yield "\n## Every fault, and how often it really happened\n"
    names = sorted({name for total in totals.values() for name in total["faults"]})
    yield from table(("fault", *DATABASES.values()),
                     [(name, *(f"{total['faults'][name]:,}" for total in totals.values())) for name in names])
    yield "\n## Runs of this code\n"
    yield from _runs(results)
    yield "\n## Named steps, and how often a daemon died there\n"
    yield "Those of a transaction name the function that opened it.\n"
    steps = {name: results.steps(name, code) for name in DATABASES}
    every = sorted({step for known in steps.values() for step in known})
    yield from table(("step", *DATABASES.values()),
                     [(step, *(str(known.get(step, 0)) for known in steps.values())) for step in every])


def _which_code(results: Results) -> str:
    code, now = results.newest, version()
    if not code:
        return f"The present code (version {now}) has not been through a storm yet."
    began, ended = (run["date"][:10] for run in (results.runs(of=code)[0], results.runs(of=code)[-1]))
    days = began if began == ended else f"{began} to {ended}"
    if code == now:
        return f"All figures are of storms of the present code (version {now}, {days}), of no other one."
    said = (f"All figures are of storms of version {code} ({days}), the newest that was through enough of them, and"
            f" of no other one. The present code (version {now}) was changed since.")
    for newer, runs in results.newer().items():
        which = "The present code" if newer == now else f"Version {newer}"
        of = [each for run in runs for each in run["databases"].values()]
        kills, broken = (sum(each["faults"].get(kill, 0) for each in of for kill in KILLS),
                         sum(len(each["complaints"]) + len(each["rebuild"]) for each in of))
        said += (f" {which} went through {sum(each['storms'] for each in of)} storms with {kills:,} kills so far:"
                 f" {f'{broken} complaints, see below' if broken else 'nothing lost, nothing doubled'}.")
    return said


def _tried(results: Results, totals: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, ...]]:
    def row(what: str, wanted: str, count: Any) -> tuple[str, ...]:
        return (what, *(f"{count(total):,}" for total in totals.values()), wanted)

    def of(*names: str) -> Any:
        return lambda total: sum(total["faults"][name] for name in names)

    def holding(*words: str) -> Any:
        return lambda total: sum(
            count for name, count in total["faults"].items() if any(word in name for word in words)
        )

    yield row("storms", "", lambda total: total["storms"])
    yield row("letters delivered while it stormed", "", lambda total: total["letters"])
    yield row("daemons started", "", lambda total: total["lives"])
    yield row("killed at a random moment", "500", of(KILLS[0]))
    yield row("killed at a named step", "", of(KILLS[1]))
    steps = [results.steps(name, results.newest) for name in DATABASES]
    yield ("named steps at which one died, of those that there are",
           *(f"{sum(1 for count in known.values() if count)} of {len(known)}" for known in steps), "every one")
    yield row("connections cut or refused", "200", holding("connection cut", "connection refused"))
    yield row("networks slow or silent", "", holding("delayed", "silent"))
    yield row("servers restarted", "20", of(*RESTARTS))
    yield row("SMTP refusals, hang-ups and silences", "", holding("SMTP 4", "SMTP 5", "SMTP hung", "SMTP no answer"))
    yield row("disk full, or no file may grow", "", of("disk full", "no file may grow"))
    yield row("database locked by another", "", of("database locked"))
    yield row("UIDVALIDITY changed", "", of("UIDVALIDITY changed"))
    yield row("clock set forward or back", "", of("clock set forward", "clock set back"))
    yield row("flags and copies by people", "", of("flags changed by a person", "mail copied by a person"))
    for code in ("4", "5"):
        name = f"SMTP verbs at which the server said {code}xx, of {len(VERBS_ALL)}"
        yield (name, *(str(_verbs_with(total, f"SMTP {code}xx to ")) for total in totals.values()), str(len(VERBS_ALL)))
    yield from fuzzed.rows(tuple(DATABASES))


def _verbs_with(total: Mapping[str, Any], words: str) -> int:
    return sum(total["faults"][words + verb] > 0 for verb in VERBS_ALL)


def _lost(results: Results, totals: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    broken = {name: total["complaints"] for name, total in totals.items()}
    rows: list[tuple[str, ...]] = [
        ("broken promises", *(str(len(found)) for found in broken.values())),
        ("storms after which `inboxd rebuild --verify` found a difference that nothing explains",
         *(str(len(total["rebuild"])) for total in totals.values())),
        ("mails that our server accepted", *(f"{total['sent']:,}" for total in totals.values())),
        ("of these accepted twice: the first answer was lost; same Message-ID, same bytes",
         *(f"{total['repeated']:,}" for total in totals.values())),
        ("refused for good by our server, or never confirmed: shown to people as buried",
         *(f"{total['refused']:,}" for total in totals.values())),
        ("held because of the storm, and given to the daemon again by `inboxd retry`",
         *(f"{total['retried']:,}" for total in totals.values())),
    ]
    yield from table(("", *DATABASES.values()), rows)
    for name, total in totals.items():
        for complaint in (*total["complaints"], *total["rebuild"]):
            yield f"\n- {DATABASES[name]}, {complaint[:SHOWN]}"
        for answered in total["judged_again"]:
            yield f"\n- {DATABASES[name]}, a complaint that a person looked into: {answered}"
    been = " and ".join(f"{total['storms']} on {DATABASES[name]}" for name, total in totals.items() if total["storms"])
    if any(broken.values()):
        yield f"\nVersion {results.newest} has been through storms ({been}), and broke promises: see above."
    elif been:
        yield (f"\nWith version {results.newest} nothing was lost, and nothing was doubled but what the table says:"
               f" storms {been}.")


def _promise(number: int, promise: Mapping[str, Any]) -> Iterator[str]:
    paths = sorted({path for pattern in promise["tests"] for path in _existing(pattern)})
    count = sum(map(_tests_in, paths))
    yield f"### {number}. {promise['name']}\n"
    yield f"{promise['text']}\n"
    yield f"{promise['how']}\n".lstrip()
    named = ", ".join(f"`{pattern}`" for pattern in promise["tests"])
    scenarios = PROJECT / "tests" / "scenarios"
    folders = sum(1 for path in scenarios.iterdir() if (path / "expected.toml").exists())
    more = f", and {folders} scenarios" if "tests/scenarios/test_scenarios.py" in promise["tests"] else ""
    yield f"Tests: {named} ({count} test functions{more}).\n"


def _existing(pattern: str) -> list[Path]:
    found = sorted(PROJECT.glob(pattern))
    if not found:
        raise ValueError(f"promises.toml names {pattern}, and there is no such test")
    return found


@functools.cache
def _tests_in(path: Path) -> int:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return sum(isinstance(node, ast.FunctionDef) and node.name.startswith("test_") for node in ast.walk(tree))


def _runs(results: Results) -> Iterator[str]:
    rows = []
    for run in results.runs(of=results.newest):
        for name, of in run["databases"].items():
            if not of["storms"]:
                continue
            seeds = f"{of['seeds'][0]}–{of['seeds'][-1]}" if len(of["seeds"]) > 1 else str(of["seeds"][0])
            kills = sum(of["faults"].get(kill, 0) for kill in KILLS)
            minutes = f"{of['seconds'] / 60:.0f}"
            rows.append((run["date"], DATABASES[name], seeds, str(of["storms"]), str(kills), minutes, run["machine"]))
    yield from table(("date (UTC)", "database", "seeds", "storms", "kills", "minutes", "machine"), rows)
    yield "\nA version is the beginning of a digest over every file of the package but those of the desk."
