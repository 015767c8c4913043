"""The greatest id that a mail may have been given, kept beside the archive: an older database must not give it again.

References are made of ids. So before ids are given, the archive, which is never older than a database that is restored
with it, is told: an empty file under `ids/`, named by the number. The greatest counts, so copies of the archive may be
mixed. Raises `DiskRefused`.
"""

from __future__ import annotations

import os
from pathlib import Path

from inboxd.errors import DiskRefused

FOLDER = "ids"


def promised(archive: Path) -> int:
    """The greatest id that may have been given; 0 if none was ever promised."""
    try:
        return max((int(path.name) for path in _promises(archive)), default=0)
    except FileNotFoundError:
        return 0
    except OSError as error:
        raise DiskRefused(f"cannot read the archive's folder {FOLDER}: {error.strerror}") from error


def _promises(archive: Path) -> list[Path]:
    return [path for path in (archive / FOLDER).iterdir() if path.name.isascii() and path.name.isdecimal()]


def promise(archive: Path, number: int) -> None:
    """Make it known, durably, that ids up to this one may be given. Smaller numbers say nothing and are removed."""
    folder = archive / FOLDER
    try:
        folder.mkdir(mode=0o700, exist_ok=True)  # no parents: without them the disk is not there
        os.close(os.open(folder / f"{number:010d}", os.O_WRONLY | os.O_CREAT, 0o400))
        for place in (folder, archive):
            descriptor = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        for path in _promises(archive):
            if int(path.name) < number:
                path.unlink(missing_ok=True)
    except OSError as error:
        raise DiskRefused(f"cannot write to the archive's folder {FOLDER}: {error.strerror}") from error
