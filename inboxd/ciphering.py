"""Files encrypted at rest: keys, and a framing that is written and read as a stream. Alone imports cryptography's AEAD.

A file is a header (mark, key id, salt) and pieces of AES-256-GCM, each over its place in the file and whether it is the
last. Each file has a key of its own, derived (HKDF-SHA256) from the archive's key, the salt and the digest of what is
in it. So a piece that was changed, moved, left out or taken from another file is found, and a file that was cut off or
given another file's name too. Fails with `Permanent`.
"""

from __future__ import annotations

import hmac
import io
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from inboxd.errors import Permanent

KEY_BYTES = 32
KEY_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
PIECE = 1024 * 1024
"""Plain bytes of each piece but the last."""
_MARK = b"inboxd-aes-gcm-1"
_SALT_BYTES = 32
_TAG_BYTES = 16
_NOT_AS_WRITTEN = "a file in the archive is not as it was written, or was written with another key of the same name"


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One key of the archive. `key_id` is no secret: it stands in the names of files."""

    key_id: str
    secret: bytes = field(repr=False)

    @property
    def check(self) -> str:
        """What tells this key from another of the same name, and tells nothing of the key."""
        return _derived(self.secret, b"", b"inboxd archive check").hex()

    def is_checked_by(self, check: str) -> bool:
        return hmac.compare_digest(self.check, check)


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyring:
    """The keys of the archive in the order of the credential: the last one writes, all of them read."""

    keys: tuple[Key, ...] = ()
    writes: bool = True
    """False: files are read by these keys, and written plain."""

    @property
    def newest(self) -> Key | None:
        """The key to write with; None: nothing is encrypted."""
        return self.keys[-1] if self.keys and self.writes else None

    def get(self, key_id: str) -> Key | None:
        return next((key for key in self.keys if key.key_id == key_id), None)


def _derived(secret: bytes, salt: bytes, info: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=salt, info=info).derive(secret)


def _file_key(key: Key, salt: bytes, digest: str) -> AESGCM:
    return AESGCM(_derived(key.secret, salt, b"inboxd archive file\0" + bytes.fromhex(digest)))


def _nonce(place: int, *, last: bool) -> bytes:
    return place.to_bytes(11, "big") + bytes([last])


def _pieces(reading: BinaryIO, size: int) -> Iterator[tuple[int, bytes, bool]]:
    """Place, bytes, whether they are the last; the last may be empty only where nothing comes before it."""
    place, piece = 0, _full(reading, size)
    while True:
        following = _full(reading, size) if len(piece) == size else b""
        yield place, piece, not following
        if not following:
            return
        place, piece = place + 1, following


def _full(reading: BinaryIO, size: int) -> bytes:
    """So many bytes, fewer only at the end: a raw stream may give less at a time."""
    parts, missing = [], size
    while missing and (part := reading.read(missing)):
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)


def encipher(key: Key, digest: str, reading: BinaryIO, writing: BinaryIO) -> None:
    """Write what `reading` gives, encrypted. `digest`: SHA-256 in hex of the plain bytes, which the caller knows."""
    salt = os.urandom(_SALT_BYTES)
    name = key.key_id.encode()
    header = _MARK + bytes([len(name)]) + name + salt
    writing.write(header)
    cipher = _file_key(key, salt, digest)
    for place, piece, last in _pieces(reading, PIECE):
        writing.write(cipher.encrypt(_nonce(place, last=last), piece, header))


class Deciphering(io.RawIOBase):
    """The plain bytes of an encrypted file, piece by piece; one piece is in memory. Closes the file with itself.

    Raises `Permanent` at the header, or at the first piece that is not as it was written.
    """

    def __init__(self, key: Key, digest: str, file: BinaryIO) -> None:
        super().__init__()
        self._file = file
        mark = _full(file, len(_MARK) + 1)
        header = mark + _full(file, mark[-1] + _SALT_BYTES) if mark[:-1] == _MARK else b""
        if header[len(mark) : -_SALT_BYTES] != key.key_id.encode():
            raise Permanent(_NOT_AS_WRITTEN)
        self._header = header
        self._cipher = _file_key(key, header[-_SALT_BYTES:], digest)
        self._pieces = _pieces(file, PIECE + _TAG_BYTES)
        self._plain = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, wanted: memoryview) -> int:  # type: ignore[override]  # the stubs ask for more than is needed
        while not self._plain:
            following = next(self._pieces, None)
            if following is None:
                return 0
            place, piece, last = following
            try:
                self._plain = memoryview(self._cipher.decrypt(_nonce(place, last=last), piece, self._header))
            except InvalidTag as error:
                raise Permanent(_NOT_AS_WRITTEN) from error
        size = min(len(wanted), len(self._plain))
        wanted[:size] = self._plain[:size]
        self._plain = self._plain[size:]
        return size

    def close(self) -> None:
        self._file.close()
        super().close()
