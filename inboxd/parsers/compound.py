"""OLE compound files (MS-CFB) opened by olefile, within bounds: old Word, Outlook items, installers.

olefile follows what a file declares: one of 1 kB can make it read gigabytes (a stream of 4 GiB whose chain is a loop,
a FAT listed over and over, thousands of streams over the same sectors). So what is declared is held against the
length of the file before it is believed. Fails with `Broken` only.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any, Self

import olefile

SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MOST_ENTRIES = 20_000
"""Streams and storages of one file: a message with a hundred files has some two thousand."""


class Broken(Exception):
    """This is no compound file, or none that can be opened within bounds."""


class _Guarded(olefile.OleFileIO):  # type: ignore[misc]  # olefile has no types
    """Counts the directory before it is loaded."""

    def loaddirectory(self, sect: int) -> None:
        most = _MOST_ENTRIES * 128 // self.sector_size
        at = sect
        for _ in range(most):
            if at >= len(self.fat):
                break
            at = self.fat[at]
        else:
            raise Broken("too many entries")
        super().loaddirectory(sect)


class Compound:
    """One compound file. Reading is paid from a budget: all streams together are no longer than the file."""

    def __init__(self, content: bytes) -> None:
        _check_header(content)
        try:
            self._file: Any = _Guarded(io.BytesIO(content))
            if self._file.root.size > len(content):
                raise Broken("the mini stream is longer than the file")
        except Broken:
            raise
        except Exception as error:  # olefile: OSError, IndexError, struct.error, RecursionError, UnicodeError and more
            raise Broken(type(error).__name__) from error
        self._left = 2 * len(content)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    @property
    def clsid(self) -> str:
        """Class of the root storage, upper case with hyphens; empty if it is null."""
        return str(self._file.root.clsid).upper()

    def names(self, *storage: str) -> tuple[str, ...]:
        """Names of what lies directly in the root, or in that storage; nothing if there is no such storage."""
        entry = self._entry(storage)
        return tuple(str(kid.name) for kid in entry.kids) if entry is not None else ()

    def contents(self, *storage: str) -> Iterator[tuple[str, bytes]]:
        """Path within that storage and bytes of each stream in it, at any depth, in a fixed order.

        Raises `Broken` like `read`.
        """
        start = self._entry(storage)
        waiting = [("", start)] if start is not None else []
        seen: set[int] = set()
        while waiting:
            path, entry = waiting.pop()
            if entry.sid in seen:  # olefile lets a storage hold one that holds it
                raise Broken("a storage in itself")
            seen.add(entry.sid)
            if entry.entry_type == olefile.STGTY_STREAM:
                yield path, self._bytes(entry)
            kids = sorted(entry.kids, key=lambda kid: str(kid.name), reverse=True)
            waiting += [(f"{path}/{kid.name}" if path else str(kid.name), kid) for kid in kids]

    def is_stream(self, *path: str) -> bool:
        """Whether there is a stream of that path."""
        entry = self._entry(path)
        return entry is not None and entry.entry_type == olefile.STGTY_STREAM

    def read(self, *path: str) -> bytes:
        """The bytes of a stream; empty if there is no such stream. Raises `Broken` if it cannot be read whole."""
        entry = self._entry(path)
        return self._bytes(entry) if entry is not None and entry.entry_type == olefile.STGTY_STREAM else b""

    def _bytes(self, entry: Any) -> bytes:
        # A little is charged for each, so that looking does not come for nothing either.
        self._left -= entry.size + 64
        if self._left < 0:
            raise Broken("the streams are longer than the file")
        if not entry.size:
            return b""
        try:
            content = bytes(self._file._open(entry.isectStart, entry.size).read())
        except Exception as error:
            raise Broken(type(error).__name__) from error
        if len(content) != entry.size:
            raise Broken("a stream is cut off")
        return content

    def _entry(self, path: tuple[str, ...]) -> Any:
        entry = self._file.root
        for name in path:
            entry = entry.kids_dict.get(name.lower())
            if entry is None:
                return None
        return entry


def _check_header(content: bytes) -> None:
    """Hold what the header declares against the length of the file (MS-CFB 2.2)."""
    if len(content) < 1536 or not content.startswith(SIGNATURE):
        raise Broken("no compound file")
    sector, mini = (1 << min(31, int.from_bytes(content[at : at + 2], "little")) for at in (30, 32))
    fats, mini_fats, difats = (int.from_bytes(content[at : at + 4], "little") for at in (44, 64, 72))
    if sector not in (512, 4096) or mini != 64:
        raise Broken("odd sectors")
    if max(fats, mini_fats, difats) > len(content) // sector:
        raise Broken("more tables than file")
