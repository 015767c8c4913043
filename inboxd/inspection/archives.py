"""Archives: a ZIP that is no Office file, and the others by their type alone. They are never unpacked.

A locked member is named as such, because then the fix is another one. What cannot be read stays an archive.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

from inboxd.documents import Finding, Reason

ZIP = "application/zip"
TYPES = frozenset(
    {
        ZIP,
        "application/x-zip-compressed",
        "application/x-7z-compressed",
        "application/x-rar",
        "application/x-rar-compressed",
        "application/vnd.rar",
        "application/gzip",
        "application/x-gzip",
        "application/x-tar",
        "application/x-bzip2",
        "application/x-xz",
        "application/zstd",
        "application/x-lzip",
        "application/x-lzma",
        "application/vnd.ms-cab-compressed",
        "application/java-archive",
    }
)
ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    OSError,
    EOFError,
    LookupError,
    ValueError,
    RuntimeError,
)
"""What zipfile raises for bytes that are no sound ZIP. RuntimeError: a password; NotImplementedError is one, too."""
MOST_MEMBERS = 10_000
_ENCRYPTED = 0x1
_SMALL = 512


def most_members(content: bytes) -> int:
    """How many members the ZIP's end record claims, before anything is read into memory; 0 if there is none."""
    end = content.rfind(b"PK\x05\x06", max(0, len(content) - 65_557))
    return int.from_bytes(content[end + 10 : end + 12], "little") if end >= 0 else 0


def sole_member(content: bytes) -> bytes:
    """What the only member of a small ZIP holds; nothing if there are more, it is locked, larger or not readable."""
    try:
        if most_members(content) != 1:
            return b""
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            (member,) = archive.infolist()
            if member.file_size > _SMALL or member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                return b""
            return archive.read(member)
    except ERRORS:
        return b""


def look(content: bytes, kind: str, name: str) -> Finding:
    """ENCRYPTED where a member needs a password, EMPTY_OR_CORRUPT for half a Word file, else ARCHIVE."""
    if kind != ZIP:
        return Finding(reason=Reason.ARCHIVE, detail="an archive")
    try:
        if most_members(content) > MOST_MEMBERS:
            return Finding(reason=Reason.ARCHIVE, detail=f"an archive with more than {MOST_MEMBERS} files")
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
    except ERRORS:
        if name.lower().endswith((".docx", ".docm")):
            return Finding(reason=Reason.EMPTY_OR_CORRUPT, detail="ends before its list of parts")
        return Finding(reason=Reason.ARCHIVE, detail="a damaged archive")
    if any(member.flag_bits & _ENCRYPTED for member in members):
        return Finding(reason=Reason.ENCRYPTED, detail="an archive with a password")
    count = f"{len(members)} file{'s' if len(members) != 1 else ''}"
    return Finding(reason=Reason.ARCHIVE, detail=f"an archive with {count}")
