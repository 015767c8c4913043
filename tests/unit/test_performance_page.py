"""The page of figures: each benchmark writes its own section, and takes no other's away."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import page
from benchmarks.ground import percentile


def test_a_benchmark_replaces_its_own_section_and_keeps_the_others(tmp_path: Path) -> None:
    there = tmp_path / "performance.md"
    page.put(there, page.START, ["old figures", "", *page.table(("what", "ms"), [("help", "90")])])
    page.put(there, page.INGESTION, ["mails"])
    page.put(there, page.START, ["new figures"])
    text = there.read_text(encoding="utf-8")
    assert text.startswith(page.HEAD.strip())
    assert text.endswith(f"## {page.INGESTION}\n\nmails\n\n## {page.START}\n\nnew figures\n")
    assert "old figures" not in text


def test_a_section_that_has_no_place_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="Elsewhere"):
        page.put(tmp_path / "performance.md", "Elsewhere", ["x"])


def test_the_page_of_the_project_is_as_its_benchmarks_write_it(tmp_path: Path) -> None:
    copy = tmp_path / "performance.md"
    text = page.PAGE.read_text(encoding="utf-8")
    copy.write_text(text, encoding="utf-8")
    section = text.split(f"## {page.INGESTION}\n")[1].split("\n## ")[0]
    page.put(copy, page.INGESTION, [section])
    assert copy.read_text(encoding="utf-8") == text


@pytest.mark.parametrize(("share", "value"), [(0.5, 50), (0.99, 99), (1.0, 100), (0.001, 1)])
def test_a_percentile_is_a_value_that_was_measured(share: float, value: int) -> None:
    assert percentile(range(100, 0, -1), share) == value
