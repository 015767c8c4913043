"""docs/imap.md and docs/measured.md promise a test for each row: they exist, and no row is without one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LEAST = {"imap.md": 36, "measured.md": 18}


@pytest.mark.parametrize("name", LEAST)
def test_every_row_names_tests_that_exist(name: str) -> None:
    there = {
        test for path in (ROOT / "tests").rglob("test_*.py")
        for test in re.findall(r"^def (test_\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    }  # fmt: skip
    lines = (ROOT / "docs" / name).read_text(encoding="utf-8").splitlines()
    rows = [line for line in lines if line.startswith("| ") and not line.endswith("| Test |")]
    assert len(rows) >= LEAST[name]
    for row in rows:
        named = re.findall(r"`(test_\w+)`", row.rpartition(" | ")[2])
        assert named, row
        assert set(named) <= there, row
