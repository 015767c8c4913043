"""The files of the archive: kept, read, encrypted anew, removed.

A file is complete or absent: written under `.unfinished/`, fsynced, renamed, its folder fsynced. Finished files are
read-only and never changed; one that the disk damaged is replaced when its bytes come in again, and only a purge
removes one. With keys, what is written is encrypted (`ciphering`); plain files and those of older keys are read beside
it. Fails with `DiskRefused` when the disk refuses (full, read-only, gone, no
permission), with `Permanent` where a file is absent or not what it was, or its key is missing.
"""

from __future__ import annotations

import errno
import hashlib
import io
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import BinaryIO, Protocol

from inboxd.archive import known_keys
from inboxd.archive.batch import Batch
from inboxd.archive.disk import disk, make_folder, sync_folder
from inboxd.archive.shelf import ENCRYPTED, PIECE, READING, Shelf, key_of
from inboxd.ciphering import encipher
from inboxd.errors import Permanent

MAIL = "mail"
DOCUMENTS = "documents"
SENT = "sent"
KINDS = (MAIL, DOCUMENTS, SENT)
UNFINISHED = ".unfinished"
"""One folder for files that are being written, so that what a dying process leaves is found without a search."""
SPOOLED = "fetched-*"
READ_ONLY = 0o400
_CHANGED = "a file in the archive no longer has the digest it is named by"
_WRITING = "cannot write to the archive"
_REMOVING = "cannot remove from the archive"


class Writing(Protocol):
    """Where a file of the archive is written to, piece by piece."""

    def write(self, piece: bytes, /) -> int: ...


def digest_of(raw: bytes) -> str:
    """SHA-256 in hex: a mail's and a document's name."""
    return hashlib.sha256(raw).hexdigest()


def digest_of_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class Archive(Shelf):
    """Content-addressed storage under one folder, which is made if missing (mode 0700)."""

    def prepare(self) -> None:
        """Make the folders. Raises `DiskRefused` if it cannot; `Permanent` if a key is missing, or another one."""
        with disk("cannot make the archive folder"):
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            for kind in (*KINDS, UNFINISHED):
                (self.root / kind).mkdir(mode=0o700, exist_ok=True)
        known_keys.expect(self.root, self.keys)
        if (key := self.keys.newest) is not None and key.key_id not in known_keys.known(self.root):
            known_keys.make_known(self.root, key, self._temporary(key.key_id))

    def is_there(self) -> bool:
        """Whether the folder for mails was made already."""
        return (self.root / MAIL).is_dir()

    @contextmanager
    def together(self) -> Iterator[None]:
        """What is kept within is durable at its end, all at once, for rows that are committed after it.

        It can be read within already. Nothing of it stays where something goes wrong within.
        """
        if self.batch is not None:
            yield
            return
        self.batch = Batch()
        try:
            yield
            with disk(_WRITING):
                self.batch.settle()
        finally:
            self.batch.drop()
            self.batch = None

    def keep(self, kind: str, raw: bytes) -> str:
        """Store bytes durably and return their digest. The same bytes again cost one reading, and no writing.

        Within `together` they are durable at its end.
        """
        digest = digest_of(raw)
        with disk(_WRITING):
            if not self._holds(kind, digest, raw):
                self._write(kind, digest, io.BytesIO(raw))
        return digest

    def keep_file(self, kind: str, source: Path) -> str:
        """Move a finished, fsynced file into the archive and return its digest. `source` is gone afterwards."""
        with disk(_WRITING):
            digest = digest_of_file(source)
            target = self._target(kind, digest)
            if any(self._is_whole(path, digest) for path in self._places(kind, digest)):
                source.unlink()
                return digest
            make_folder(target.parent)
            if self.keys.newest is None and source.stat().st_dev == target.parent.stat().st_dev:
                source.chmod(READ_ONLY)
                source.rename(target)
                sync_folder(target.parent)
            else:
                with source.open("rb") as reading:
                    self._write(kind, digest, reading)
                source.unlink()
        return digest

    def read(self, kind: str, digest: str) -> bytes:
        """The bytes. Raises `Permanent` if absent, and if they are no longer what they were."""
        with self.open(kind, digest) as file, disk(READING):
            raw = file.read()
        if digest_of(raw) != digest:
            raise Permanent(_CHANGED)
        return raw

    def copy_to(self, kind: str, digest: str, writing: Writing) -> int:
        """Write the bytes into an open file, piece by piece; how many they were. Raises like `read`, at the end."""
        found, size = hashlib.sha256(), 0
        with self.open(kind, digest) as reading, disk("cannot copy from the archive"):
            while piece := reading.read(PIECE):
                found.update(piece)
                size += writing.write(piece)
        if found.hexdigest() != digest:
            raise Permanent(_CHANGED)
        return size

    def open(self, kind: str, digest: str) -> BinaryIO:
        """The file, for reading piece by piece; its digest is not compared. Raises `Permanent` if it is absent."""
        with disk(READING):
            try:
                return self._open(kind, digest)
            except FileNotFoundError as error:
                # without its folders it is the disk that is missing, and no mail is to be held for that
                if (self.root / kind).is_dir():
                    raise Permanent(f"{READING}: the file is not there") from error
                raise

    def digests(self, kind: str, beginning: str = "") -> Iterator[str]:
        """All digests of a kind, each once, in their order; only those that begin so, by two letters."""
        with disk("cannot list the archive"):
            shelf = self.root / kind
            folders = filter(Path.is_dir, (shelf / beginning,)) if beginning else sorted(shelf.iterdir())
            for folder in folders:
                names = sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))
                yield from (digest for digest, _ in groupby(name.partition(".")[0] for name in names))

    def free_bytes(self) -> int:
        with disk("cannot read the archive's disk"):
            return shutil.disk_usage(self.root).free

    def recipher(self, kind: str, digest: str) -> bool:
        """Write a file by the newest key, plain if none writes, then remove what it was. False if it was so already.

        Dying in between leaves both, and the next time removes the older one. Raises like `read`: what is damaged, or
        encrypted by a key that is not given, stays as it is.
        """
        with disk(_WRITING):
            target = self._target(kind, digest)
            older = [path for path in self._all(kind, digest) if path != target]
            if older and not self._is_whole(target, digest):
                self._expect_whole(older[-1], digest)
                with self._opened(older[-1], digest) as reading:
                    self._write(kind, digest, reading)
            for path in older:
                path.unlink(missing_ok=True)
            if older:
                sync_folder(target.parent)
        return bool(older)

    def forget_unused_keys(self) -> list[str]:
        """Strike out the keys that no file is encrypted by any more; their ids. They need not be given any more."""
        with disk("cannot list the archive"):
            used = {key_of(path) for kind in KINDS for path in (self.root / kind).glob(f"*/*{ENCRYPTED}")}
        writes = {self.keys.newest.key_id} if self.keys.newest else set()
        unused = sorted(known_keys.known(self.root).keys() - used - writes)
        for key_id in unused:
            known_keys.forget(self.root, key_id)
        return unused

    def remove(self, kind: str, digest: str) -> bool:
        """Remove a file, durably, by whatever key it is encrypted. False if it was not there.

        For a purge alone, and while no daemon works: it might just have found the file and be writing the row.
        """
        with disk(_REMOVING):
            found = self._all(kind, digest)
            for path in found:
                path.unlink(missing_ok=True)
            if found:
                sync_folder(found[0].parent)
        return bool(found)

    def sweep(self, spool: Path) -> int:
        """Remove what a process that died left unfinished here and in the spool; how many files it was.

        For the one daemon that holds the lock: another process might still be writing.
        """
        with disk("cannot remove unfinished files"):
            left = [*(self.root / UNFINISHED).iterdir(), *spool.glob(SPOOLED)]
            for path in left:
                path.unlink(missing_ok=True)
        return len(left)

    def _holds(self, kind: str, digest: str, raw: bytes) -> bool:
        """Whether a file has exactly these bytes. A damaged one must not stand for them for good.

        Comparing costs less than the digest that was made before, and files come in again only after a crash or when
        somebody sends the same thing twice.
        """
        place = 0
        try:
            found = self._open_known(kind, digest)
            if found is None:
                return False
            with found as file, memoryview(raw) as wanted:
                while piece := file.read(PIECE):
                    if piece != wanted[place : place + len(piece)]:
                        return False
                    place += len(piece)
        except (OSError, Permanent) as error:
            return _useless(error)
        return place == len(raw)

    def _is_whole(self, path: Path, digest: str) -> bool:
        """Whether a file has the digest it is named by."""
        try:
            return self._digest_at(path, digest) == digest
        except (OSError, Permanent) as error:
            return _useless(error)

    def _digest_at(self, path: Path, digest: str) -> str:
        found = hashlib.sha256()
        with self._opened(path, digest) as file:
            while piece := file.read(PIECE):
                found.update(piece)
        return found.hexdigest()

    def _expect_whole(self, path: Path, digest: str) -> None:
        if self._digest_at(path, digest) != digest:
            raise Permanent(_CHANGED)

    def _write(self, kind: str, digest: str, reading: BinaryIO) -> None:
        target = self._target(kind, digest)
        make_folder(target.parent)
        temporary = self._temporary(digest[:16])
        try:
            with temporary.open("xb") as file:
                os.fchmod(file.fileno(), READ_ONLY)
                if (key := self.keys.newest) is None:
                    shutil.copyfileobj(reading, file, PIECE)
                else:
                    encipher(key, digest, reading, file)
                if self.batch is None:
                    file.flush()
                    os.fsync(file.fileno())
            if self.batch is not None:
                self.batch.add(target, temporary)
                return
            temporary.rename(target)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        sync_folder(target.parent)

    def _temporary(self, name: str) -> Path:
        return self.root / UNFINISHED / f"{name}.{secrets.token_hex(6)}"


def _useless(error: OSError | Permanent) -> bool:
    """False for a file that is not there or that cannot be given back as it was; any other refusal is the disk's."""
    if isinstance(error, Permanent) or error.errno in (errno.ENOENT, errno.EIO):
        return False
    raise error
