"""docs/imap.md promises a test for each row: they exist, and no row is without one."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROWS = [line for line in (ROOT / "docs" / "imap.md").read_text(encoding="utf-8").splitlines() if line.startswith("| ")]


def test_every_row_names_tests_that_exist() -> None:
    there = {
        name for path in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    }  # fmt: skip
    rows = [row for row in ROWS if not row.endswith("| Test |")]
    assert len(rows) > 35
    for row in rows:
        named = re.findall(r"`(test_\w+)`", row.rpartition(" | ")[2])
        assert named, row
        assert set(named) <= there, row
