"""Writes TNEF streams (MS-OXTNEF), the `winmail.dat` that Outlook sends in place of attachments.

Valid for other readers too: attributes in the order Outlook writes them, padded properties, checksums. Every call
gives the same bytes.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field

SIGNATURE = b"\x78\x9f\x3e\x22"
MESSAGE_CLASS = b"\x07\x03\x02\x00\x00\x00\x00\x00\xc0\x00\x00\x00\x00\x00\x00F"
"""IID_IMessage: what follows it is a TNEF stream of its own."""
UNICODE, STRING, BINARY, OBJECT, LONG, BOOLEAN = 0x001F, 0x001E, 0x0102, 0x000D, 0x0003, 0x000B


def attribute(name: int, data: bytes, *, level: int = 1, checksum: int | None = None) -> bytes:
    """One attribute: level, id, length, data, checksum (2.1.3.2)."""
    total = sum(data) & 0xFFFF if checksum is None else checksum
    return struct.pack("<BII", level, name, len(data)) + data + struct.pack("<H", total)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)


def _property(name: int, kind: int, value: str | bytes | int) -> bytes:
    head = struct.pack("<HH", kind, name)
    if isinstance(value, int):
        return head + (struct.pack("<i", value) if kind == LONG else struct.pack("<HH", value, 0))
    if isinstance(value, str):
        value = value.encode("utf-16-le") + b"\0\0" if kind == UNICODE else value.encode("cp1252") + b"\0"
    return head + struct.pack("<II", 1, len(value)) + _padded(value)


def named_property(name: str, value: int) -> bytes:
    """A property that has a name in place of a number: a reader must step over it."""
    written = name.encode("utf-16-le") + b"\0\0"
    return struct.pack("<HH", LONG, 0x8001) + bytes(16) + struct.pack("<II", 1, len(written)) + _padded(written) + (
        struct.pack("<i", value)
    )


def properties(*items: tuple[int, int, str | bytes | int], more: Sequence[bytes] = ()) -> bytes:
    """A list of properties (2.1.3.4): id, type, value."""
    return struct.pack("<I", len(items) + len(more)) + b"".join(more) + b"".join(_property(*item) for item in items)


@dataclass(frozen=True, slots=True, kw_only=True)
class TnefFile:
    """A file to put in. `title` is the short name in the code page, `long_name` the one people see."""

    content: bytes = b""
    title: bytes = b""
    long_name: str = ""
    long_name_kind: int = UNICODE
    media_type: str = ""
    content_id: str = ""
    hidden: bool = False
    flags: int = 0
    item: bytes | None = field(default=None, repr=False)
    """A TNEF stream: the file is an item in the item."""
    subject: str = ""
    """Display name of an item in the item."""


def _of_file(file: TnefFile) -> bytes:
    written: list[tuple[int, int, str | bytes | int]] = [(0x3705, LONG, 5 if file.item is not None else 1)]
    if file.long_name:
        written.append((0x3707, file.long_name_kind, file.long_name))
    if file.media_type:
        written.append((0x370E, STRING, file.media_type))
    if file.content_id:
        written.append((0x3712, UNICODE, file.content_id))
    if file.subject:
        written.append((0x3001, UNICODE, file.subject))
    if file.flags:
        written.append((0x3714, LONG, file.flags))
    if file.hidden:
        written.append((0x7FFE, BOOLEAN, 1))
    if file.item is not None:
        written.append((0x3701, OBJECT, MESSAGE_CLASS + file.item))
    parts = [attribute(0x00069002, struct.pack("<HIHHI", 1, 0xFFFFFFFF, 0, 0, 0), level=2)]
    if file.title:
        parts.append(attribute(0x00018010, file.title + b"\0", level=2))
    if file.item is None:
        parts.append(attribute(0x0006800F, file.content, level=2))
    list_of_them = properties(*written, more=[named_property("AttachmentState", 3)])
    return b"".join((*parts, attribute(0x00069005, list_of_them, level=2)))


def winmail(
    *files: TnefFile, codepage: int = 1252, html: str = "", plain: str = "", plain_kind: int = UNICODE
) -> bytes:
    """A whole winmail.dat with these files, and its text."""
    texts: list[tuple[int, int, str | bytes | int]] = [(0x0037, UNICODE, "Documents")]
    texts += [(0x1000, plain_kind, plain)] if plain else []
    message = properties(*texts, *([(0x1013, BINARY, html.encode())] if html else []))
    head = SIGNATURE + struct.pack("<H", 0x1234)
    version = attribute(0x00089006, struct.pack("<I", 0x00010000))
    page = attribute(0x00069007, struct.pack("<II", codepage, 0))
    kind = attribute(0x00078008, b"IPM.Microsoft Mail.Note\0")
    return head + version + page + kind + attribute(0x00069003, message) + b"".join(map(_of_file, files))
