"""What the storms of all runs came to: a JSON file beside the page, to which each run adds itself.

Figures are added up by database and by the version of the code: what an older version came to says nothing of a newer
one. A run is told apart by its date and command; nothing in the file is written by hand.
"""

from __future__ import annotations

import functools
import json
import os
import platform
import subprocess
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from tests.chaos.plans import Ended
from tests.office import PROJECT
from tests.servers.places import find_program

DESK = {PROJECT / "inboxd" / "console", PROJECT / "inboxd" / "store" / "desk.py"}
"""The pages of the desk and what only they read: they run beside the daemon, and no storm has them."""
ENOUGH = 500
"""Kills at random moments, on each database."""
SUMMED = ("storms", "letters", "sent", "repeated", "refused", "retried", "lives", "seconds")


def code_files() -> list[Path]:
    """Every file of the package but those of the desk."""
    files = (PROJECT / "inboxd").rglob("*")
    return sorted(
        file for file in files if file.suffix in (".py", ".j2", ".toml") and DESK.isdisjoint((file, *file.parents))
    )


@functools.cache
def version() -> str:
    """Of the code that was tested: the first digits of a digest over its files."""
    digest = sha256()
    for path in code_files():
        digest.update(path.relative_to(PROJECT).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


@functools.cache
def machine() -> str:
    """What it ran on, without its name."""
    dovecot = find_program("dovecot", package="dovecot-imapd", folders=(Path("/usr/sbin"),))
    spoken = subprocess.run([dovecot, "--version"], capture_output=True, text=True, check=True).stdout.split()[0]
    return (f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
            f"Dovecot {spoken}")


class Results:
    """The file, read and written as a whole."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.content: dict[str, Any] = {"runs": []}
        if path.exists():
            self.content = {"runs": json.loads(path.read_text(encoding="utf-8"))["runs"]}
        self._run: dict[str, Any] | None = None

    def begin(self, command: str) -> None:
        """A new run."""
        self._run = {
            "date": datetime.now(UTC).isoformat(timespec="minutes"), "machine": machine(), "code": version(),
            "command": command, "databases": {},
        }
        self.content["runs"].append(self._run)

    def add(self, ended: Ended) -> None:
        """One storm more; written at once, so that a run that is stopped has counted."""
        of = self._present(ended.database)
        found = {
            "storms": 1, "letters": ended.judged.letters, "sent": ended.judged.sent, "repeated": ended.judged.repeated,
            "refused": ended.judged.refused, "retried": ended.retried, "lives": ended.lives,
            "seconds": round(ended.seconds),
        }
        for name, count in found.items():
            of[name] += count
        of["faults"] = dict(sorted((Counter(of["faults"]) + ended.faults).items()))
        of["seeds"].append(ended.seed)
        of["complaints"] += [f"seed {ended.seed}: {complaint}" for complaint in ended.judged.complaints]
        of["rebuild"] += [f"seed {ended.seed}: {line}" for line in ended.judged.rebuild]
        self.note_steps(ended.database, ended.reached, ended.steps)
        self.write()

    def _present(self, database: str) -> dict[str, Any]:
        """What the run in hand came to on a database."""
        assert self._run is not None
        found: dict[str, Any] = self._run["databases"].setdefault(
            database,
            {**dict.fromkeys(SUMMED, 0), "faults": {}, "steps": {}, "seeds": [], "complaints": [], "rebuild": []},
        )
        return found

    def merge(self, other: Results) -> None:
        """Add the runs of another file, from another day or machine; one that is here already takes its place."""
        new = {_name(run) for run in other.content["runs"]}
        self.content["runs"] = [run for run in self.content["runs"] if _name(run) not in new] + other.content["runs"]

    def note_steps(self, database: str, reached: Iterable[str], died: Mapping[str, int]) -> None:
        """Named steps that exist, and how often a daemon died at each."""
        of = self._present(database)
        known = Counter(of["steps"])
        known.update(dict.fromkeys(reached, 0))
        known.update(died)
        of["steps"] = dict(sorted(known.items()))

    @property
    def newest(self) -> str:
        """The newest version of the code with storms enough; else the one of the last storm; empty: no storm."""
        codes = [run["code"] for run in reversed(self.runs())]
        enough = (code for code in codes if all(
            self.total(name, code)["faults"]["killed at a random moment"] >= ENOUGH for name in ("sqlite", "postgresql")
        ))
        return next(enough, next(iter(codes), ""))

    def newer(self) -> dict[str, list[dict[str, Any]]]:
        """Versions that went through storms since then, and not through enough, with their runs."""
        codes = [run["code"] for run in self.runs()]
        last = len(codes) - codes[::-1].index(self.newest) if codes else 0
        return {code: self.runs(of=code) for code in dict.fromkeys(codes[last:])}

    def runs(self, *, of: str | None = None, but: str | None = None) -> list[dict[str, Any]]:
        """Runs with a storm in the order of their dates: of this version of the code only, or of all but this one."""
        found = [run for run in self.content["runs"] if _stormed(run)]
        return sorted((run for run in found if of in (None, run["code"]) and but != run["code"]),
                      key=lambda run: str(run["date"]))

    def steps(self, database: str, code: str) -> Mapping[str, int]:
        """Named steps that a version of the code has, and how often a daemon died at each."""
        found = Counter[str]()
        for run in self.content["runs"]:
            if run["code"] == code:
                found.update(run["databases"].get(database, {}).get("steps", {}))
        return dict(sorted(found.items()))

    def total(self, database: str, code: str | None = None) -> dict[str, Any]:
        """All runs together, or those of one version of the code."""
        runs = [run["databases"][database] for run in self.runs(of=code) if database in run["databases"]]
        faults: Counter[str] = Counter()
        for of in runs:
            faults.update(of["faults"])
        return {name: sum(of[name] for of in runs) for name in SUMMED} | {
            "faults": faults, "complaints": [line for of in runs for line in of["complaints"]],
            "rebuild": [line for of in runs for line in of["rebuild"]],
            "judged_again": [line for of in runs for line in of.get("judged_again", ())],
        }

    def write(self) -> None:
        """As it is now, all or nothing."""
        new = self.path.with_suffix(".new")
        new.write_text(json.dumps(self.content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        new.replace(self.path)


def _name(run: Mapping[str, Any]) -> tuple[str, str]:
    return run["date"], run["command"]


def _stormed(run: Mapping[str, Any]) -> bool:
    return any(of["storms"] for of in run["databases"].values())
