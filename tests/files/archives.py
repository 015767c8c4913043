"""Archives: ZIP whole, locked, truncated and exploding; heads of 7z, RAR, gzip, tar, bzip2 and xz that libmagic knows.

None of these may be attached to a record; what matters is that each is named for what it is.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zipfile
from collections.abc import Mapping

_DAY = (2026, 11, 2, 9, 0, 0)
LETTER = b"Letter of support. Lettre d'appui.\n" * 20


def zipped(members: Mapping[str, bytes] | None = None, *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A ZIP with these members (default: one letter), in this order, all of the same invented day."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in ({"letter.txt": LETTER} if members is None else members).items():
            member = zipfile.ZipInfo(name, _DAY)
            member.compress_type = method
            member.external_attr = 0o644 << 16
            archive.writestr(member, content)
    return made.getvalue()


def zip_with_password(members: Mapping[str, bytes] | None = None) -> bytes:
    """A ZIP whose members are marked as encrypted, in the local headers and in the directory (APPNOTE 4.4.4)."""
    content = bytearray(zipped(members, method=zipfile.ZIP_STORED))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = content.find(signature)
        while place >= 0:
            content[place + offset] |= 1
            place = content.find(signature, place + 4)
    return bytes(content)


def zip_truncated() -> bytes:
    """A ZIP that lost its directory, as after a broken download."""
    whole = zipped({"a.txt": bytes(range(256)) * 40, "b.txt": LETTER})
    return whole[: len(whole) // 2]


def seven_zip() -> bytes:
    """The head of a 7z archive, version 0.4, with an empty end header."""
    return b"7z\xbc\xaf\x27\x1c\x00\x04" + struct.pack("<IQQI", 0x8D9BD50F, 0, 0, 0) + bytes(64)


def rar() -> bytes:
    """The signature and main header of a RAR 5 archive."""
    return b"Rar!\x1a\x07\x01\x00" + b"\x33\x92\xb5\xe5\x0a\x01\x05\x06\x00\x05\x01\x01\x80\x80\x00" + bytes(64)


def gz(content: bytes = LETTER) -> bytes:
    return gzip.compress(content, mtime=0)


def bz(content: bytes = LETTER) -> bytes:
    return bz2.compress(content)


def xz(content: bytes = LETTER) -> bytes:
    return lzma.compress(content)


def tar(members: Mapping[str, bytes] | None = None) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, content in ({"letter.txt": LETTER} if members is None else members).items():
            member = tarfile.TarInfo(name)
            member.size, member.mtime = len(content), 1_793_600_000
            archive.addfile(member, io.BytesIO(content))
    return made.getvalue()
