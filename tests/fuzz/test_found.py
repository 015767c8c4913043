"""What the guided fuzzer found once is tried again on every run, and so is what it begins with."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from tests.fuzz import guided
from tests.fuzz.results import FOUND
from tests.fuzz.targets import TARGETS, corpus
from tests.office import PROJECT

KEPT = sorted(path for path in FOUND.glob("*/*") if path.is_file())


def _crashes(path: Path) -> bool:
    try:
        TARGETS[path.parent.name](path.read_bytes())
    except Exception:  # whatever it is, it must not escape
        return True
    return False


def test_what_was_found_once() -> None:
    assert not [path for path in KEPT if _crashes(path)]


@pytest.mark.parametrize("target", sorted(TARGETS))
def test_what_fuzzing_begins_with(target: str) -> None:
    inputs = list(corpus(target))
    assert inputs
    for raw in inputs[::4]:
        TARGETS[target](raw)


def test_the_guided_fuzzer_watches_what_it_tries(tmp_path: Path) -> None:
    """5 s: two of them fuzzing. It raises where nothing is watched, and bytes would be tried at random."""
    runs, crashes = guided.one("verdict", 2, tmp_path / "corpus")
    assert runs > 100
    assert crashes == []
    assert len(list((tmp_path / "corpus").iterdir())) > len(list(corpus("verdict"))), "new paths were found"


def test_every_finding_names_a_test_that_exists() -> None:
    findings = tomllib.loads((FOUND / "findings.toml").read_text(encoding="utf-8"))["finding"]
    for finding in findings:
        assert finding.keys() == {"what", "mended", "by", "test"}
        assert (PROJECT / finding["test"]).is_file(), finding["test"]
