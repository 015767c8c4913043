"""Atheris over each parser in turn: coverage says which bytes are worth changing further.

Each target runs in a process of its own (libFuzzer ends it at the first crash); what crashed it is kept in `found/` by
target and digest, where every run of the tests replays it. Only Linux has atheris.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path

from tests.fuzz.results import FOUND
from tests.fuzz.targets import MOST_BYTES, TARGETS, corpus

INPUT_SECONDS = 10
"""libFuzzer calls it a hang when one input takes longer."""
MEMORY_MB = 2048
_RUNS = re.compile(r"(?:^#|stat::number_of_executed_units: )([0-9]+)", re.MULTILINE)


def one(target: str, seconds: float, known: Path) -> tuple[int, list[Path]]:
    """Fuzz one target for so long; how many inputs were tried, and the files of those that crashed it."""
    known.mkdir(parents=True, exist_ok=True)
    for raw in corpus(target):
        (known / sha256(raw).hexdigest()[:20]).write_bytes(raw)
    with tempfile.TemporaryDirectory() as place:
        command = [
            sys.executable,
            "-m",
            "tests.fuzz.instrumented",
            target,
            f"-max_total_time={max(1, round(seconds))}",
            f"-timeout={INPUT_SECONDS}",
            f"-rss_limit_mb={MEMORY_MB}",
            f"-max_len={MOST_BYTES}",
            f"-artifact_prefix={place}/",
            "-print_final_stats=1",
            "-verbosity=1",
            str(known),
        ]
        done = subprocess.run(
            command, capture_output=True, text=True, errors="replace", check=False, timeout=seconds + 180
        )
        runs = max((int(found) for found in _RUNS.findall(done.stderr)), default=0)
        crashes = []
        for path in sorted(Path(place).iterdir()):
            kept = FOUND / target / sha256(path.read_bytes()).hexdigest()[:16]
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.write_bytes(path.read_bytes())
            crashes.append(kept)
            print(f"  FOUND {kept}\n{_said(done.stderr)}", flush=True)
        if "no interesting inputs" in done.stderr:
            raise RuntimeError(f"{target} is not watched: bytes were tried at random")
        if done.returncode and not crashes:
            raise RuntimeError(f"the fuzzer of {target} ended with {done.returncode}:\n{done.stderr[-3000:]}")
    return runs, crashes


def _said(stderr: str) -> str:
    """The traceback."""
    at = stderr.find("Uncaught Python exception")
    return stderr[at : at + 3000] if at >= 0 else stderr[-2000:]


def campaign(seconds: float, wanted: Sequence[str], tried: Callable[[str, int], object]) -> int:
    """All targets, or those wanted, one after the other; how many crashed. `tried` is told the inputs of each."""
    names, crashed = list(wanted) or list(TARGETS), 0
    with tempfile.TemporaryDirectory() as place:
        for target in names:
            runs, crashes = one(target, seconds / len(names), Path(place) / target)
            crashed += len(crashes)
            tried(target, runs)
            print(f"{target}: {runs} inputs", flush=True)
    return crashed
