"""The report as CSV files: `figures.csv` with every figure, and `lists/` with one file for each list behind one.

Rows are written while they are counted, so that a year is never in memory. All is written into a folder of its own
beside the one that was asked for, and put there when it is whole. Raises `Permanent` when it cannot be written, or when
something is there already. UTF-8 with a mark at the start, as spreadsheets want it; times in ISO 8601 with offset.
"""

from __future__ import annotations

import csv
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from inboxd.errors import Permanent
from inboxd.mail import Language
from inboxd.reporting.tables import Entry, Report
from inboxd.reporting.wording import voice

if TYPE_CHECKING:
    from _csv import Writer

FIGURES = "figures.csv"
LISTS = "lists"
_CALCULATED = ("=", "+", "-", "@", "\t", "\r", "\n")
"""A spreadsheet takes a text that begins so for a formula; behind an apostrophe it stays text."""
NAMED = "name"
"""First column of every list: a mail's id, or a case's reference."""


class Sheets:
    """Files that grow while rows are counted."""

    def __init__(self, folder: Path, zone: ZoneInfo, stack: ExitStack) -> None:
        self._folder, self._zone, self._stack = folder, zone, stack
        self._lists: dict[str, Writer] = {}
        (folder / LISTS).mkdir()

    def enter(self, name: str, entry: Entry) -> None:
        """Add a row to the list of this name. Raises `OSError`."""
        writer = self._lists.get(name)
        if writer is None:
            writer = self._lists[name] = self._open(self._folder / LISTS / f"{name}.csv")
            writer.writerow([NAMED, *entry.cells])
        writer.writerow([self._plain(entry.name), *(self._plain(value) for value in entry.cells.values())])

    def finish(self, report: Report) -> None:
        """Write every figure with the file of its list. Raises `OSError`."""
        voices = [voice(language, report.zone, report.filing_days) for language in (Language.EN, Language.FR)]
        writer = self._open(self._folder / FIGURES)
        writer.writerow(["table", "code", "figure", "value", "list", *(said.language.value for said in voices)])
        for table in report.tables.values():
            for line in table.lines:
                labels = [said.label(table.name, line.code) for said in voices]
                for figure, count in zip(table.counted, line.counts, strict=True):
                    file = f"{LISTS}/{count.listing}.csv" if count.listing else ""
                    writer.writerow([table.name, line.code, figure, count.value, file, *labels])
                for figure, number in zip(table.numbered, line.numbers, strict=True):
                    writer.writerow([table.name, line.code, figure, self._plain(number), "", *labels])

    def _open(self, path: Path) -> Writer:
        return csv.writer(self._stack.enter_context(path.open("w", encoding="utf-8-sig", newline="")))

    def _plain(self, value: object) -> object:
        if isinstance(value, datetime):
            return value.astimezone(self._zone).isoformat(timespec="seconds")
        if isinstance(value, str) and value.startswith(_CALCULATED):
            return f"'{value}"
        return round(value, 4) if isinstance(value, float) else value


@contextmanager
def opened(folder: Path, zone: ZoneInfo, *, replace: bool) -> Iterator[Sheets]:
    """Files for a report, which are put at `folder` when all went well.

    A folder that is not empty is replaced only if `replace` says so and a report is in it.
    """
    _expect_room(folder, replace=replace)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
        try:
            with ExitStack() as stack:
                yield (sheets := Sheets(beside, zone, stack))
            beside.chmod(0o750)
            del sheets
            if folder.exists():
                shutil.rmtree(folder)
            beside.rename(folder)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
    except OSError as error:
        raise Permanent(f"cannot write {folder}: {error.strerror}") from error


def _expect_room(folder: Path, *, replace: bool) -> None:
    if folder.exists() and not folder.is_dir():
        raise Permanent(f"{folder} is a file; name a folder")
    there = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    if not there:
        return
    if not _is_report(there):
        raise Permanent(f"{folder} holds other files ({there[0]}); name a new or empty folder")
    if not replace:
        raise Permanent(f"{folder} holds a report already; give another name, or --replace")


def _is_report(names: Sequence[str]) -> bool:
    return FIGURES in names and set(names) <= {FIGURES, LISTS}
