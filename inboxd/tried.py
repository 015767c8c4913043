"""What was tried and found good: rules and texts that did not change are not tried again at each start.

Every worked example of the criteria and every notice with every kind of value is tried before it is taken into use;
that is most of the time that a command takes. A mark is an empty file named by the digest of what was tried and of this
very program, so a changed file, setting or version is tried anew. Never fails: what cannot be read or written down is
tried again. `inboxd check` and the commands that check rules and texts do not look here.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

FOLDER = "tried"
KEPT = 2000
"""Marks beyond the newest so many are removed; each notice has one for each text that it had."""
PACKAGE = Path(__file__).parent


@functools.cache
def _program() -> bytes:
    """What this program is made of: names, sizes and times of its files."""
    total = hashlib.sha256()
    for path in sorted(PACKAGE.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            found = path.stat()
            total.update(f"{path.relative_to(PACKAGE)} {found.st_size} {found.st_mtime_ns}\n".encode())
    return total.digest()


@dataclass(frozen=True, slots=True)
class Tried:
    """Marks in a folder of ours; without one, nothing was tried before."""

    spool: Path | None = None

    def key(self, kind: str, *parts: str) -> str:
        """The name of a mark: of the program, the kind of thing, and all that the trial depends on."""
        total = hashlib.sha256(_program() if self.spool is not None else b"")
        for part in (kind, *parts):
            raw = part.encode("utf-8", "surrogateescape")
            total.update(f"{len(raw)}\n".encode() + raw)
        return total.hexdigest()

    def has(self, key: str) -> bool:
        """Whether it was tried and found good."""
        with contextlib.suppress(OSError):
            return self.spool is not None and (self.spool / FOLDER / key).is_file()
        return False

    def add(self, *keys: str) -> None:
        """They were tried and are good."""
        if self.spool is None:
            return
        folder = self.spool / FOLDER
        with contextlib.suppress(OSError):
            folder.mkdir(mode=0o700, exist_ok=True)  # no parents: without them the disk is not there
            for key in keys:
                (folder / key).touch(mode=0o600)
            for path in _old(folder.iterdir()):
                path.unlink(missing_ok=True)


def _old(marks: Iterable[Path]) -> list[Path]:
    return sorted(marks, key=lambda path: path.stat().st_mtime_ns, reverse=True)[KEPT:]


AFRESH = Tried()
"""Everything is tried."""
