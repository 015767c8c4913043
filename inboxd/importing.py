"""Bringing a register file into the built-in register, in batches, each its own transaction.

A file that cannot be used as a whole raises `BadConfig`; a bad row is reported and the others are taken. Stopping
half-way loses nothing: the same file again goes on where it stopped.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from inboxd.context import Context
from inboxd.documents import Application
from inboxd.errors import Problem
from inboxd.parsers.references import application_numbers
from inboxd.records import put
from inboxd.register_file import BATCH, Import, read_rows


def count_rows(path: Path) -> int | None:
    """About how many rows a file has, for a progress bar; None if it cannot be read."""
    try:
        with path.open("rb") as file:
            return max(0, sum(1 for _ in file) - 1)
    except OSError:
        return None


def import_file(context: Context, path: Path, progress: Callable[[int], None]) -> Import:
    """Import a CSV file. `progress` is told how many rows are done."""
    prefixes = context.settings.documents.two_letter_prefixes

    def is_number(text: str) -> bool:
        return application_numbers(text, prefixes) == (text,)

    bad: list[Problem] = []
    waiting: list[Application] = []
    read = new = changed = 0

    def flush() -> None:
        nonlocal new, changed
        if waiting:
            with context.database.transaction() as tx:
                added, altered = put(tx, waiting, context.now())
            new, changed = new + added, changed + altered
            waiting.clear()

    for row in read_rows(path, is_number):
        read += 1
        if isinstance(row, Problem):
            bad.append(row)
        else:
            waiting.append(row)
        if len(waiting) >= BATCH:
            flush()
            progress(read)
    flush()
    progress(read)
    return Import(read=read, new=new, changed=changed, bad=tuple(bad))
