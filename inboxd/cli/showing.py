"""How rows are shown: tables for people, JSON for programs. Control characters of mails never reach a terminal."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

_BIDI = dict.fromkeys((*range(8234, 8239), *range(8294, 8298), 8206, 8207, 65279))
_OBEYED = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
"""Beside what JSON escapes by itself: C1 controls, directions, line ends, halves of characters."""


def clean(text: str) -> str:
    """Text of a stranger, safe for a terminal."""
    return "".join(ch if ch.isprintable() else " " for ch in text.translate(_BIDI))


def _plain(value: object) -> object:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"{type(value).__name__} is no JSON")


def json_text(value: Any) -> str:
    """One JSON document; times in ISO 8601 with offset. What a terminal would obey is written as an escape."""
    text = json.dumps(value, default=_plain, ensure_ascii=False, indent=2)
    return _OBEYED.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def as_json(value: Any) -> None:
    """Print one JSON document."""
    click.echo(json_text(value))


def shown(value: object, zone: ZoneInfo | None = None) -> str:
    """One value for people."""
    if isinstance(value, datetime):
        return value.astimezone(zone).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, list | tuple):
        return ", ".join(str(item) for item in value)
    return clean("" if value is None else str(value))


def table(
    title: str, columns: Sequence[str], rows: Iterable[Mapping[str, object]], zone: ZoneInfo | None = None
) -> None:
    """Print a table with these columns of the rows."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    grid = Table(title=title, title_justify="left", header_style="bold")
    for column in columns:
        grid.add_column(column.replace("_", " "), overflow="fold")
    count = 0
    for row in rows:
        grid.add_row(*(Text(shown(row[column], zone)) for column in columns))
        count += 1
    console = Console(file=sys.stdout, width=None if sys.stdout.isatty() else 160)
    if count:
        console.print(grid)
    else:
        console.print(f"{title}: none", markup=False)
