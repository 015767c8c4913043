"""Our standards file for tests: as it is, with some of its text replaced, and what is said about a wrong one."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from inboxd.errors import BadConfig
from inboxd.standards import read_standards

OURS = Path(__file__).parents[1] / "config" / "standards.toml"
TEXT = OURS.read_text(encoding="utf-8")
STANDARDS = read_standards(OURS)
TORONTO = ZoneInfo("America/Toronto")


def toronto(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=TORONTO)


def wall(at: datetime | None) -> str:
    assert at is not None
    return at.astimezone(TORONTO).strftime("%a %Y-%m-%d %H:%M")


def written(folder: Path, *changes: tuple[str, str], extra: str = "") -> Path:
    """Our file with some of its text replaced."""
    text = TEXT
    for old, new in changes:
        assert text.count(old) >= 1, old
        text = text.replace(old, new, 1)
    path = folder / "standards.toml"
    path.write_text(text + extra, encoding="utf-8")
    return path


def line(path: Path, text: str) -> int:
    return next(n for n, row in enumerate(path.read_text(encoding="utf-8").splitlines(), 1) if row.startswith(text))


def problems(path: Path) -> list[str]:
    with pytest.raises(BadConfig) as caught:
        read_standards(path)
    return [str(problem).removeprefix(str(path)) for problem in caught.value.problems]
