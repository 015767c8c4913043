"""Files on disk by digest: raw mails, attached documents, sent mails. A door; it knows bytes and names, no rows.

A file is complete or absent: written under `.unfinished/`, fsynced, renamed, its folder fsynced. Finished files are
read-only, and never changed or removed here; one that the disk damaged is replaced when its bytes come in again. Fails
with `DiskRefused` when the disk refuses (full, read-only, gone, no permission).
"""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from inboxd.errors import DiskRefused, Permanent

MAIL = "mail"
DOCUMENTS = "documents"
SENT = "sent"
KINDS = (MAIL, DOCUMENTS, SENT)
UNFINISHED = ".unfinished"
"""One folder for files that are being written, so that what a dying process leaves is found without a search."""
SPOOLED = "fetched-*"
READ_ONLY = 0o400
_PIECE = 1024 * 1024
_CHANGED = "a file in the archive no longer has the digest it is named by"


@contextmanager
def _disk(what: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise DiskRefused(f"{what}: {error.strerror or type(error).__name__}") from error


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def digest_of(raw: bytes) -> str:
    """SHA-256 in hex: a mail's and a document's name."""
    return hashlib.sha256(raw).hexdigest()


def digest_of_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _holds(target: Path, raw: bytes) -> bool:
    """Whether a file has exactly these bytes. A damaged one of the right size must not stand for them for good.

    Comparing costs less than the digest that was made before, and files come in again only after a crash or when
    somebody sends the same thing twice.
    """
    place = 0
    try:
        if target.stat().st_size != len(raw):
            return False
        with target.open("rb") as file, memoryview(raw) as wanted:
            while piece := file.read(_PIECE):
                if piece != wanted[place : place + len(piece)]:
                    return False
                place += len(piece)
    except OSError as error:
        return _useless(error)
    return place == len(raw)


def _is_whole(target: Path, digest: str) -> bool:
    """Whether a file has the digest it is named by."""
    try:
        return digest_of_file(target) == digest
    except OSError as error:
        return _useless(error)


def _useless(error: OSError) -> bool:
    """False for a file that is not there or that the disk cannot give back; any other refusal is the disk's."""
    if error.errno in (errno.ENOENT, errno.EIO):
        return False
    raise error


class Archive:
    """Content-addressed storage under one folder, which is made if missing (mode 0700)."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def prepare(self) -> None:
        """Make the folders. Raises `DiskRefused` if it cannot."""
        with _disk("cannot make the archive folder"):
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            for kind in (*KINDS, UNFINISHED):
                (self.root / kind).mkdir(mode=0o700, exist_ok=True)

    def is_there(self) -> bool:
        """Whether the folder for mails was made already."""
        return (self.root / MAIL).is_dir()

    def path(self, kind: str, digest: str) -> Path:
        return self.root / kind / digest[:2] / digest

    def has(self, kind: str, digest: str) -> bool:
        return self.path(kind, digest).is_file()

    def keep(self, kind: str, raw: bytes) -> str:
        """Store bytes durably and return their digest. The same bytes again cost one reading, and no writing."""
        digest = digest_of(raw)
        target = self.path(kind, digest)
        with _disk("cannot write to the archive"):
            if _holds(target, raw):
                return digest
            self._folder(target.parent)
            temporary = self._temporary(digest)
            try:
                with temporary.open("xb") as file:
                    os.fchmod(file.fileno(), READ_ONLY)
                    file.write(raw)
                    file.flush()
                    os.fsync(file.fileno())
                temporary.rename(target)
            except OSError:
                temporary.unlink(missing_ok=True)
                raise
            _sync_folder(target.parent)
        return digest

    def keep_file(self, kind: str, source: Path) -> str:
        """Move a finished, fsynced file into the archive and return its digest. `source` is gone afterwards."""
        with _disk("cannot write to the archive"):
            digest = digest_of_file(source)
            target = self.path(kind, digest)
            if _is_whole(target, digest):
                source.unlink()
                return digest
            self._folder(target.parent)
            if source.stat().st_dev == target.parent.stat().st_dev:
                source.chmod(READ_ONLY)
                source.rename(target)
            else:
                temporary = self._temporary(digest)
                try:
                    with source.open("rb") as reading, temporary.open("xb") as writing:
                        os.fchmod(writing.fileno(), READ_ONLY)
                        shutil.copyfileobj(reading, writing, _PIECE)
                        writing.flush()
                        os.fsync(writing.fileno())
                    temporary.rename(target)
                except OSError:
                    temporary.unlink(missing_ok=True)
                    raise
                source.unlink()
            _sync_folder(target.parent)
        return digest

    def read(self, kind: str, digest: str) -> bytes:
        """The bytes. Raises `Permanent` if absent, and if they are no longer what they were."""
        with _disk("cannot read from the archive"):
            try:
                raw = self.path(kind, digest).read_bytes()
            except FileNotFoundError as error:
                # without its folders it is the disk that is missing, and no mail is to be held for that
                if (self.root / kind).is_dir():
                    raise Permanent("cannot read from the archive: the file is not there") from error
                raise
        if digest_of(raw) != digest:
            raise Permanent(_CHANGED)
        return raw

    def copy_to(self, kind: str, digest: str, writing: BinaryIO) -> int:
        """Write the bytes into an open file, piece by piece; how many they were. Raises like `read`, at the end."""
        found, size = hashlib.sha256(), 0
        with self.open(kind, digest) as reading, _disk("cannot copy from the archive"):
            while piece := reading.read(_PIECE):
                found.update(piece)
                size += writing.write(piece)
        if found.hexdigest() != digest:
            raise Permanent(_CHANGED)
        return size

    def open(self, kind: str, digest: str) -> BinaryIO:
        """The file, for reading piece by piece; its digest is not compared. Raises `Permanent` if it is absent."""
        with _disk("cannot read from the archive"):
            try:
                return self.path(kind, digest).open("rb")
            except FileNotFoundError as error:
                if (self.root / kind).is_dir():
                    raise Permanent("cannot read from the archive: the file is not there") from error
                raise

    def digests(self, kind: str) -> Iterator[str]:
        """All digests of a kind, for `verify`."""
        with _disk("cannot list the archive"):
            for folder in sorted((self.root / kind).iterdir()):
                yield from sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))

    def free_bytes(self) -> int:
        with _disk("cannot read the archive's disk"):
            return shutil.disk_usage(self.root).free

    def sweep(self, spool: Path) -> int:
        """Remove what a process that died left unfinished here and in the spool; how many files it was.

        For the one daemon that holds the lock: another process might still be writing.
        """
        with _disk("cannot remove unfinished files"):
            left = [*(self.root / UNFINISHED).iterdir(), *spool.glob(SPOOLED)]
            for path in left:
                path.unlink(missing_ok=True)
        return len(left)

    def _temporary(self, digest: str) -> Path:
        return self.root / UNFINISHED / f"{digest[:16]}.{secrets.token_hex(6)}"

    def _folder(self, folder: Path) -> None:
        if not folder.is_dir():
            # no parents: without them the disk is not there, and files would land under its mount point
            folder.mkdir(mode=0o700, exist_ok=True)
            _sync_folder(folder.parent)
