"""Files that are made durable together: written at once, on the disk and under their names when the batch ends.

One sync after the other is what a mail waits for most. A journalling file system merges those that are asked for at the
same time, so that the files of twenty mails cost little more than those of one.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from inboxd.archive.disk import sync_folder

AT_ONCE = 8
FEW = 3
"""So many files are synced one after the other: threads would cost more than they save."""


class Batch:
    """Files that are written, and not under their names yet."""

    def __init__(self) -> None:
        self._written: dict[Path, Path] = {}
        """By the name that it will have, where it lies."""

    def add(self, target: Path, temporary: Path) -> None:
        self._written[target] = temporary

    def lies_at(self, target: Path) -> Path | None:
        """Where a file of this batch can be read before the batch ends."""
        return self._written.get(target)

    def settle(self) -> None:
        """Have every file on the disk, then under its name, then the names on the disk. Raises `OSError`."""
        _each(_sync, self._written.values())
        for target, temporary in self._written.items():
            temporary.rename(target)
        folders = {target.parent for target in self._written}
        self._written.clear()
        _each(sync_folder, sorted(folders))

    def drop(self) -> None:
        """Nothing of it is wanted, or what is left of it after a failure."""
        for temporary in self._written.values():
            temporary.unlink(missing_ok=True)
        self._written.clear()


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _each(work: Callable[[Path], None], paths: Iterable[Path]) -> None:
    paths = list(paths)
    if len(paths) <= FEW:
        for path in paths:
            work(path)
        return
    with ThreadPoolExecutor(min(AT_ONCE, len(paths))) as threads:
        for _ in threads.map(work, paths):
            pass
