"""What the disk is asked to do, durably, and its refusals as `DiskRefused`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from inboxd.errors import DiskRefused


@contextmanager
def disk(what: str) -> Iterator[None]:
    """Within, a refusal of the disk is `DiskRefused`, with what it was that it refused."""
    try:
        yield
    except OSError as error:
        raise DiskRefused(f"{what}: {error.strerror or type(error).__name__}") from error


def sync_folder(folder: Path) -> None:
    """Have the names in a folder on the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_folder(folder: Path) -> None:
    """A folder for its owner alone, if it is not there. No parents: without them the disk is not there, and files would
    land under its mount point."""
    if not folder.is_dir():
        folder.mkdir(mode=0o700, exist_ok=True)
        sync_folder(folder.parent)
