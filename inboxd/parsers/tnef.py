"""winmail.dat opened: the files in a TNEF stream, which Outlook sends in place of attachments (MS-OXTNEF).

Read by our own bounded reader: every length is held against what is left, each byte is copied once at most, and what
is cut off or has a wrong checksum is named as a defect beside what could be read. Never fails: `read` gives None for
bytes that are no TNEF stream.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from inboxd.parsers import mapi
from inboxd.parsers.charsets import decode, one_line
from inboxd.parsers.parts import Letter, Opened, Part
from inboxd.parsers.sniffing import TNEF

SIGNATURE = b"\x78\x9f\x3e\x22"
DAMAGED = "tnef_damaged"
"""Something is cut off: files may be missing."""
CHECKSUM = "tnef_checksum"
"""A checksum is wrong; what it stands for was read all the same."""

# Attributes by the lower half of their id: the upper half is a type, which writers disagree on.
_MESSAGE_PROPERTIES = 0x9003
_CODEPAGE = 0x9007
_BODY = 0x800C
_NEW_FILE = 0x9002
_TITLE = 0x8010
_TRANSPORT_NAME = 0x9001
_DATA = 0x800F
_FILE_PROPERTIES = 0x9005
_MAC_BINARY = 1
"""A bit of the flags in attAttachRendData: the data is in MacBinary."""
_MESSAGE_CLASS = b"\x07\x03\x02\x00\x00\x00\x00\x00\xc0\x00\x00\x00\x00\x00\x00F"
_STREAM_CLASS = b"\x0c\x00\x00\x00\x00\x00\x00\x00\xc0\x00\x00\x00\x00\x00\x00F"
_HARMLESS = b"\0\r\n\t "
"""What mailers leave behind the last attribute."""
_MOST_ATTRIBUTES = 20_000
_LONGEST_TEXT = 2 * 1024 * 1024
"""Bytes of a text of the message; Unicode has two to a character."""


@dataclass(slots=True)
class _File:
    """One attachment while its attributes come in. Kept to this module: what leaves it is a `Part`."""

    mac_binary: bool = False
    title: bytes = b""
    transport_name: bytes = b""
    data: memoryview | None = None
    properties: dict[int, mapi.Property] = field(default_factory=dict)
    cut: bool = False
    """Its properties end before they should."""


class _Stream:
    """One pass over a TNEF stream."""

    def __init__(self, content: bytes) -> None:
        self.view = memoryview(content)
        self.defects: dict[str, None] = {}
        self.files: list[_File] = []
        self.properties: dict[int, mapi.Property] = {}
        self.codepage = 0
        self.body = b""

    def attributes(self) -> Iterator[tuple[int, memoryview]]:
        """Id and data of each attribute (2.1.3.2): level, id, length, data, checksum."""
        at, end = 6, len(self.view)
        for _ in range(_MOST_ATTRIBUTES):
            if at + 9 > end or self.view[at] not in (1, 2):
                if bytes(self.view[at:]).strip(_HARMLESS):
                    self.defects.setdefault(DAMAGED)
                return
            name = int.from_bytes(self.view[at + 1 : at + 3], "little")
            size = int.from_bytes(self.view[at + 5 : at + 9], "little")
            data = self.view[at + 9 : at + 9 + size]
            at += 9 + size
            if len(data) < size:
                self.defects.setdefault(DAMAGED)
            elif _checksum(data) != int.from_bytes(self.view[at : at + 2], "little"):
                self.defects.setdefault(CHECKSUM)
            at = min(at + 2, end) if at < end else end
            yield name, data
        self.defects.setdefault(DAMAGED)

    def read(self, most: int) -> None:
        for name, data in self.attributes():
            if name == _CODEPAGE:
                self.codepage = int.from_bytes(data[:4], "little")
            elif name == _BODY:
                self.body = bytes(data)
            elif name == _MESSAGE_PROPERTIES:
                if not self.properties:
                    _collect(data, self.properties)
            elif name == _NEW_FILE:
                if len(self.files) >= most:
                    self.defects.setdefault("too_many_parts")
                    return
                flags = int.from_bytes(data[10:14], "little")
                self.files.append(_File(mac_binary=bool(flags & _MAC_BINARY)))
            elif self.files:
                self._of_file(self.files[-1], name, data)
            elif name in (_TITLE, _TRANSPORT_NAME, _DATA, _FILE_PROPERTIES):
                # A file that does not begin as one: its bytes count all the same.
                self.files.append(_File())
                self._of_file(self.files[-1], name, data)

    def _of_file(self, file: _File, name: int, data: memoryview) -> None:
        if name == _TITLE:
            file.title = bytes(data)
        elif name == _TRANSPORT_NAME:
            file.transport_name = bytes(data)
        elif name == _DATA:
            file.data = data
        elif name == _FILE_PROPERTIES and not file.properties:
            file.cut = not _collect(data, file.properties)


def _collect(data: memoryview, into: dict[int, mapi.Property]) -> bool:
    """Whether the list of properties could be read to its end; what was read until then is in `into`."""
    try:
        for name, found in mapi.properties_in_tnef(data):
            into.setdefault(name, found)
    except mapi.Cut:
        return False
    return True


def _checksum(data: memoryview) -> int:
    """The sum of all bytes in 16 bits (2.1.3.2). Adler-32 holds the plain sum of 256 bytes, and is fast."""
    return sum((zlib.adler32(data[at : at + 256]) & 0xFFFF) - 1 for at in range(0, len(data), 256)) & 0xFFFF


def read(content: bytes, most: int) -> Opened | None:
    """Open a TNEF stream; at most `most` files are taken. None if the bytes are none."""
    if not content.startswith(SIGNATURE):
        return None
    stream = _Stream(content)
    stream.read(most)
    if any(file.cut and file.data is None and mapi.ATTACH_DATA not in file.properties for file in stream.files):
        stream.defects.setdefault(DAMAGED)
    charset = mapi.charset_of(stream.codepage) or mapi.charset_of(mapi.codepage(stream.properties))
    parts = tuple(_part(str(number), file, charset) for number, file in enumerate(stream.files, start=1))
    plain = _long(stream, mapi.BODY, charset) or decode(stream.body[:_LONGEST_TEXT].rstrip(b"\0"), charset)[0]
    html = _long(stream, mapi.HTML, mapi.charset_of_html(stream.properties))
    letter = Letter(
        sender="", subject=mapi.text(stream.properties, mapi.SUBJECT, charset), plain=plain, html=html, is_the_mail=True
    )
    return Opened(kind=TNEF, parts=parts, text=html or plain, letter=letter, defects=tuple(stream.defects))


def _long(stream: _Stream, name: int, charset: str) -> str:
    """A text of the message; empty if it has none."""
    found = stream.properties.get(name)
    return mapi.Property(kind=found.kind, value=found.value[:_LONGEST_TEXT]).long_text(charset) if found else ""


def _name(file: _File, charset: str) -> str:
    for name in (mapi.ATTACH_LONG_NAME, mapi.ATTACH_NAME):
        if found := mapi.text(file.properties, name, charset):
            return found
    for written in (file.title, file.transport_name):
        if found := one_line(decode(written.rstrip(b"\0"), charset)[0]):
            return found
    return mapi.text(file.properties, mapi.DISPLAY_NAME, charset)


def _part(path: str, file: _File, charset: str) -> Part:
    name = _name(file, charset)
    content, kind = _content(file)
    if kind == TNEF:
        # Outlook calls each of them `Untitled Attachment`; its subject is the display name.
        name = mapi.text(file.properties, mapi.DISPLAY_NAME, charset) or name
        name += ".msg" if name and not name.lower().endswith(".msg") else ""
    return Part(
        path=path,
        content_type=mapi.text(file.properties, mapi.ATTACH_TYPE, charset).lower() or "application/octet-stream",
        filename=name,
        content=content,
        content_id=mapi.text(file.properties, mapi.ATTACH_CONTENT_ID, charset).strip("<> "),
        content_location=mapi.text(file.properties, mapi.ATTACH_CONTENT_LOCATION, charset),
        parent=TNEF,
        shown=mapi.is_shown(file.properties),
        kind=kind,
    )


def _content(file: _File) -> tuple[bytes, str]:
    """The bytes of a file, and its type where they must not be asked: an item in the item is one more TNEF stream."""
    held = file.properties.get(mapi.ATTACH_DATA)
    if held is not None and held.kind == mapi.OBJECT:
        lead, rest = held.value[:16], held.value[16:]
        if lead == _MESSAGE_CLASS:
            return rest, TNEF
        if lead == _STREAM_CLASS or file.data is None:
            return rest, ""
    if file.data is None:
        return (held.value if held is not None else b""), ""
    return (_without_mac_binary(file.data) if file.mac_binary else bytes(file.data)), ""


def _without_mac_binary(data: memoryview) -> bytes:
    """The data fork of a MacBinary file: a header of 128 bytes gives its length at 83; as it is if that is wrong."""
    size = int.from_bytes(data[83:87], "big")
    if len(data) < 128 or data[0] != 0 or not 0 < data[1] < 64 or 128 + size > len(data):
        return bytes(data)
    return bytes(data[128 : 128 + size])
