"""Where a file of the archive lies, by whatever key it is encrypted, and how it is opened.

The name says which key: `DIGEST.KEY.aes`; a plain file is named by its digest alone. Raises `OSError` as the disk does,
`Permanent` where a key is missing or a file is not as it was written.
"""

from __future__ import annotations

import errno
import io
import os
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

from inboxd.archive.batch import Batch
from inboxd.ciphering import Deciphering, Key, Keyring
from inboxd.errors import Permanent

ENCRYPTED = ".aes"
READING = "cannot read from the archive"
PIECE = 1024 * 1024


class Shelf:
    """Files by kind and digest under one folder.

    `read_keys` is asked for the keys when one is first needed: a look at rows needs none.
    """

    def __init__(self, root: Path, read_keys: Callable[[], Keyring] = Keyring) -> None:
        self.root = root
        self.read_keys = read_keys
        self.batch: Batch | None = None
        """What is being written together (`Archive.together`)."""

    @cached_property
    def keys(self) -> Keyring:
        """The keys. Raises `Permanent` if they cannot be read."""
        return self.read_keys()

    def path(self, kind: str, digest: str) -> Path:
        """Where the file lies. For people, who need no key to be told so."""
        plain = self._plain(kind, digest)
        return plain if plain.is_file() else next(iter(self._all(kind, digest)), plain)

    def has(self, kind: str, digest: str) -> bool:
        """Whether it is there, by whatever key."""
        return self._plain(kind, digest).is_file() or bool(self._all(kind, digest))

    def _plain(self, kind: str, digest: str) -> Path:
        return self.root / kind / digest[:2] / digest

    def _by(self, kind: str, digest: str, key: Key | None) -> Path:
        plain = self._plain(kind, digest)
        return plain if key is None else plain.with_name(f"{digest}.{key.key_id}{ENCRYPTED}")

    def _target(self, kind: str, digest: str) -> Path:
        return self._by(kind, digest, self.keys.newest)

    def _places(self, kind: str, digest: str) -> list[Path]:
        """Where it can lie so that it can be read: where it is written now first, then by older keys, then plain."""
        each = (self.keys.newest, *reversed(self.keys.keys), None)
        return list(dict.fromkeys(self._by(kind, digest, key) for key in each))

    def _all(self, kind: str, digest: str) -> list[Path]:
        """Every file with these bytes, by whatever key, in the order of their names: the plain one first."""
        plain = self._plain(kind, digest)
        found = sorted(plain.parent.glob(f"{digest}.*{ENCRYPTED}"))
        return [plain, *found] if plain.is_file() else found

    def _open(self, kind: str, digest: str) -> BinaryIO:
        """Raises `FileNotFoundError`, `Permanent` if it is there by a key that is not given."""
        if file := self._open_known(kind, digest):
            return file
        if others := self._all(kind, digest):
            names = ", ".join(sorted({key_of(path) for path in others}))
            raise Permanent(f"{READING}: the file is encrypted by a key that is not given ({names})")
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))

    def _open_known(self, kind: str, digest: str) -> BinaryIO | None:
        """None if it is not there by any key that is given; the folder, which grows, is not gone through for others."""
        places = self._places(kind, digest)
        for path in places if len(places) == 1 else places * 2:  # again, where it was encrypted anew in between
            try:
                return self._opened(path, digest)
            except FileNotFoundError:
                continue
        return None

    def _opened(self, path: Path, digest: str) -> BinaryIO:
        batch = self.batch  # other threads read while it ends
        lies_at = (batch.lies_at(path) if batch is not None else None) or path
        if path.suffix != ENCRYPTED:
            return lies_at.open("rb")
        key = self.keys.get(key_of(path))
        if key is None:
            raise Permanent(f"{READING}: the file is encrypted by a key that is not given ({key_of(path)})")
        file = lies_at.open("rb")
        try:
            return io.BufferedReader(Deciphering(key, digest, file), PIECE)
        except BaseException:
            file.close()
            raise


def key_of(path: Path) -> str:
    """The id of the key that a file is encrypted by; empty for a plain one."""
    return path.name.split(".")[1] if path.suffix == ENCRYPTED else ""
