"""MAPI properties, the words in which Outlook describes an item and its files (MS-OXPROPS), as TNEF and .msg hold them.

Only what a file needs is named here. Reading never fails for odd bytes: `Cut` says that a list of properties ends
before it should, and what was read until then counts.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from inboxd.parsers.charsets import clean, decode, one_line

MESSAGE_CLASS = 0x001A
SUBJECT = 0x0037
TRANSPORT_HEADERS = 0x007D
SENDER_NAME = 0x0C1A
SENDER_ADDRESS = 0x0C1F
SENDER_SMTP_ADDRESS = 0x5D01
BODY = 0x1000
MESSAGE_ID = 0x1035
HTML = 0x1013
DISPLAY_NAME = 0x3001
ATTACH_DATA = 0x3701
ATTACH_NAME = 0x3704
ATTACH_METHOD = 0x3705
ATTACH_LONG_NAME = 0x3707
ATTACH_TYPE = 0x370E
ATTACH_CONTENT_ID = 0x3712
ATTACH_CONTENT_LOCATION = 0x3713
ATTACH_FLAGS = 0x3714
HIDDEN = 0x7FFE
INTERNET_CODEPAGE = 0x3FDE
MESSAGE_CODEPAGE = 0x3FFD

OLE_OBJECT = 6
"""A value of ATTACH_METHOD: what a program pasted, neither a file nor an item (5)."""
_SHOWN_BY_HTML = 0x4
"""A bit of ATTACH_FLAGS: the HTML refers to it (MS-OXCMSG 2.2.2.18)."""

_FIXED = {0x0002: 2, 0x0003: 4, 0x0004: 4, 0x0005: 8, 0x0006: 8, 0x0007: 8, 0x000A: 4, 0x000B: 2, 0x0014: 8, 0x0040: 8,
          0x0048: 16}  # fmt: skip
_VARIABLE = frozenset({0x000D, 0x001E, 0x001F, 0x0102})
OBJECT, STRING, UNICODE, BINARY = 0x000D, 0x001E, 0x001F, 0x0102
_MANY = 0x1000
_MOST_PROPERTIES = 1000
_MOST_VALUES = 1000
"""Of one property of several values."""
_LONGEST_TEXT = 32 * 1024
_CHARSETS = {65001: "utf-8", 20127: "us-ascii", 1200: "utf-16-le", 20866: "koi8-r", 21866: "koi8-u", 10000: "mac-roman",
             936: "gb18030", 54936: "gb18030", 50220: "iso-2022-jp", 51932: "euc-jp", 51949: "cp949"}  # fmt: skip


class Cut(Exception):
    """The list of properties ends in the middle of one, or is longer than any that a program wrote."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Property:
    """One property: its type and its bytes; of several values the first."""

    kind: int
    value: bytes = field(repr=False)

    def number(self) -> int:
        """As a whole number; 0 if it is none."""
        return int.from_bytes(self.value[:8], "little") if self.kind in _FIXED else 0

    def text(self, charset: str) -> str:
        """As one clean line; empty if it is no text. `charset` is that of 8-bit text."""
        return one_line(self.long_text(charset)[:_LONGEST_TEXT])

    def long_text(self, charset: str) -> str:
        """As text of any length with its line ends; a binary one is HTML in the charset of the item."""
        if self.kind == UNICODE:
            return clean(self.value.decode("utf-16-le", "replace"))
        return decode(self.value.rstrip(b"\0"), charset)[0] if self.kind in (STRING, BINARY) else ""


Properties = Mapping[int, Property]


def charset_of(codepage: int) -> str:
    """The name of a Windows code page's charset, for `charsets.decode`; empty for none."""
    if codepage in _CHARSETS:
        return _CHARSETS[codepage]
    if 28591 <= codepage <= 28606:
        return f"iso-8859-{codepage - 28590}"
    return f"cp{codepage}" if 0 < codepage < 2000 else ""


def text(properties: Properties, name: int, charset: str) -> str:
    """A property as one clean line; empty if absent."""
    found = properties.get(name)
    return found.text(charset) if found else ""


def number(properties: Properties, name: int) -> int:
    """A property as a number; 0 if absent."""
    found = properties.get(name)
    return found.number() if found else 0


def is_shown(properties: Properties) -> bool:
    """Whether the item says of its file that its text shows it: hidden from the list, or referred to by the HTML."""
    return bool(number(properties, HIDDEN)) or bool(number(properties, ATTACH_FLAGS) & _SHOWN_BY_HTML)


def codepage(properties: Properties) -> int:
    """The code page that an item names for its 8-bit text; 0 if none."""
    return number(properties, MESSAGE_CODEPAGE) or number(properties, INTERNET_CODEPAGE)


def charset_of_html(properties: Properties) -> str:
    """The charset of an item's HTML, often another than that of its 8-bit text; empty, to be guessed, if unsaid."""
    return charset_of(number(properties, INTERNET_CODEPAGE))


class _Reader:
    """A place in a run of bytes, always padded to four (MS-OXTNEF 2.1.3.4)."""

    def __init__(self, data: memoryview) -> None:
        self.data = data
        self.at = 0

    def take(self, size: int) -> memoryview:
        taken = self.data[self.at : self.at + size]
        if len(taken) < size:
            raise Cut
        self.at += size + -size % 4
        return taken

    def word(self) -> int:
        return int.from_bytes(self.take(4), "little")


def properties_in_tnef(data: memoryview) -> Iterator[tuple[int, Property]]:
    """The properties of an `attMsgProps` or `attAttachment` (MS-OXTNEF 2.1.3.4), named ones left out.

    Raises `Cut` after what could be read.
    """
    reader = _Reader(data)
    count = reader.word()
    for _ in range(min(count, _MOST_PROPERTIES)):
        kind, name = struct.unpack("<HH", reader.take(4))
        if name >= 0x8000:
            reader.take(16)
            if reader.word() == 0:
                reader.take(4)
            else:
                reader.take(reader.word())
        value = _value(reader, kind)
        if name < 0x8000:
            yield name, Property(kind=kind & ~_MANY, value=bytes(value))
    if count > _MOST_PROPERTIES:
        raise Cut


def _value(reader: _Reader, kind: int) -> memoryview:
    """The first value of a property; the others are passed over."""
    single = kind & ~_MANY
    many = reader.word() if kind & _MANY or single in _VARIABLE else 1
    if many > _MOST_VALUES:
        raise Cut
    first: memoryview | None = None
    for _ in range(many):
        if single in _VARIABLE:
            value = reader.take(reader.word())
        elif single in _FIXED:
            value = reader.take(_FIXED[single])
        else:
            raise Cut
        first = value if first is None else first
    return first if first is not None else memoryview(b"")


def properties_in_item(data: bytes, header: int) -> Iterator[tuple[int, Property]]:
    """The fixed-length properties of a `__properties_version1.0` stream (MS-OXMSG 2.4), after its header."""
    for at in range(header, min(len(data) - 15, header + 16 * _MOST_PROPERTIES), 16):
        kind, name = struct.unpack_from("<HH", data, at)
        if kind in _FIXED:
            yield name, Property(kind=kind, value=data[at + 8 : at + 8 + min(8, _FIXED[kind])])
