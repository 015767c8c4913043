"""What all fuzzing came to: `docs/fuzzing.json`, to which each run adds itself. Nothing in the file is written by hand.

A seed counts once for each database, with the most mails that were made of it; executions of the guided fuzzer add up.
What was found, and which test keeps it mended, stands in `found/findings.toml`.
"""

from __future__ import annotations

import json
import tomllib
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from tests.fuzz.campaign import Outcome
from tests.office import PROJECT

PAGE = PROJECT / "docs" / "fuzzing.json"
FOUND = Path(__file__).parent / "found"
_MEBIBYTE = 1024 * 1024


def version() -> str:
    """Of the code that was fuzzed: the first digits of a digest over every file of the package."""
    digest = sha256()
    for path in sorted((PROJECT / "inboxd").rglob("*")):
        if path.suffix in (".py", ".j2", ".toml") and path.is_file():
            digest.update(path.relative_to(PROJECT).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


def read(page: Path = PAGE) -> dict[str, Any]:
    """The file; an empty one where there is none."""
    empty: dict[str, Any] = {
        "mails": 0,
        "databases": {},
        "executions": 0,
        "by_target": {},
        "findings": [],
        "seeds": [],
        "open": [],
    }
    return empty | (json.loads(page.read_text(encoding="utf-8")) if page.exists() else {})


def add_mails(database: str, seed: int, outcome: Outcome, page: Path = PAGE) -> None:
    """One campaign more."""
    content = read(page)
    run = {
        "seed": seed,
        "database": database,
        "mails": outcome.mails,
        "seconds": round(outcome.seconds),
        "slowest_seconds": round(outcome.slowest[0], 2),
        "grown_mb": round(outcome.most_grown_bytes / _MEBIBYTE),
        "look_mb": round(outcome.look_bytes / _MEBIBYTE),
        "sent": dict(sorted(outcome.sent.items())),
        "routes": dict(sorted(outcome.routes.items())),
        "code": version(),
        "date": _now(),
    }
    content["seeds"] = [old for old in content["seeds"] if (old["seed"], old["database"]) != (seed, database)] + [run]
    content["open"] = [line for line in content["open"] if not line.startswith(f"{database} seed {seed}: ")]
    content["open"] += [f"{database} seed {seed}: {line}" for line in outcome.complaints[:100]]
    _write(content, page)


def add_executions(target: str, count: int, page: Path = PAGE) -> None:
    """A run of the guided fuzzer: how often a target was called."""
    content = read(page)
    content["by_target"][target] = content["by_target"].get(target, 0) + count
    _write(content, page)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="minutes")


def _write(content: dict[str, Any], page: Path) -> None:
    databases: dict[str, int] = {}
    for run in content["seeds"]:
        databases[run["database"]] = databases.get(run["database"], 0) + run["mails"]
    content |= {
        "mails": sum(databases.values()),
        "databases": dict(sorted(databases.items())),
        "executions": sum(content["by_target"].values()),
        "by_target": dict(sorted(content["by_target"].items())),
        "findings": tomllib.loads((FOUND / "findings.toml").read_text(encoding="utf-8"))["finding"],
        "date": _now(),
        "code": version(),
    }
    new = page.with_suffix(".new")
    new.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    new.replace(page)
