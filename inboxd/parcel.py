"""A folder of files to give out: whole or absent, for its owner only, with a manifest that `sha256sum -c` accepts.

Written under a hidden name beside its place, each file and folder fsynced, renamed at the end. A door: it knows bytes
and names. Fails with `DiskRefused` when the disk refuses, with `Permanent` if the place is taken.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from inboxd.errors import DiskRefused, Permanent

MANIFEST = "manifest.sha256"
LONGEST_NAME = 200
"""Bytes of UTF-8; file systems take 255."""
_UNFIT = re.compile(r"[/\\\x00-\x1f\x7f]")
"""No way out of the folder, and nothing that `sha256sum` would have to escape."""


@contextmanager
def _disk() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise DiskRefused(f"the folder cannot be written: {error.strerror or type(error).__name__}") from error


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _shortened(name: str, room: int) -> str:
    """`name` in at most `room` bytes; its ending stays."""
    stem, dot, ending = name.rpartition(".")
    if not stem or len(ending.encode()) > 20:
        stem, dot, ending = name, "", ""
    tail = dot + ending
    return stem.encode()[: room - len(tail.encode())].decode("utf-8", "ignore").rstrip(". ") + tail


class Parcel:
    """A folder that is being written. `seal` puts it in its place; `discard` takes all of it away."""

    def __init__(self, into: Path, name: str) -> None:
        """Start one for the place `into`/`name`. Raises `Permanent` if there is no `into`, or the place is taken."""
        if not into.is_dir():
            raise Permanent(f"{into} is not a folder; make it first")
        self.target = into / name
        self._expect_room()
        self._root = into / f".{name}.{secrets.token_hex(4)}.unfinished"
        self.digests: dict[str, str] = {}
        """SHA-256 by path inside the folder."""
        self._taken: set[str] = set()
        with _disk():
            self._root.mkdir(mode=0o700)

    def add(self, folder: str, name: str, digest: str, write: Callable[[BinaryIO], object]) -> str:
        """Add a file whose digest `write` has proved, or will raise. Returns its path: a taken name gets a number."""
        clean = _UNFIT.sub("_", name.encode("utf-8", "replace").decode())
        path, count = self._path(folder, clean, ""), 1
        while path.casefold() in self._taken:
            count += 1
            path = self._path(folder, clean, f"{count}-")
        with _disk():
            if folder:
                (self._root / folder).mkdir(mode=0o700, exist_ok=True)
            with open(self._root / path, "xb", opener=lambda at, flags: os.open(at, flags, 0o600)) as file:
                write(file)
                file.flush()
                os.fsync(file.fileno())
        self.digests[path] = digest
        self._taken.add(path.casefold())
        return path

    def add_bytes(self, folder: str, name: str, content: bytes) -> str:
        """Add a file with these bytes; its path."""
        return self.add(folder, name, hashlib.sha256(content).hexdigest(), lambda file: file.write(content))

    def finish(self) -> str:
        """Write the manifest; its own digest."""
        lines = "".join(f"{digest}  {path}\n" for path, digest in sorted(self.digests.items()))
        content = lines.encode()
        self.add_bytes("", MANIFEST, content)
        with _disk():
            for folder in (*(path for path in self._root.iterdir() if path.is_dir()), self._root):
                _sync(folder)
        return hashlib.sha256(content).hexdigest()

    def seal(self) -> None:
        """Put the folder in its place. Raises `Permanent` if somebody took it meanwhile."""
        self._expect_room()
        with _disk():
            self._root.rename(self.target)
            _sync(self.target.parent)

    def discard(self) -> None:
        """Take everything away that is not in its place yet."""
        shutil.rmtree(self._root, ignore_errors=True)

    def _expect_room(self) -> None:
        if os.path.lexists(self.target):
            raise Permanent(f"{self.target} is there already; name another folder, or move that one away")

    @staticmethod
    def _path(folder: str, name: str, mark: str) -> str:
        fitting = mark + _shortened(name, LONGEST_NAME - len(mark))
        return f"{folder}/{fitting}" if folder else fitting
