"""Files that stand uuencoded in a text (POSIX uuencode, `begin 644 name` to `end`): what mail was before MIME.

Outlook and old scanners still send them. A block that decodes to its end is a file, and the text loses it; one that
does not stays where it stands, and it is said that there was one. Never fails; linear.
"""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass, field

_BEGIN = re.compile(rb"^begin(?P<base64>-base64)? [0-7]{3,4} (?P<name>[^\r\n]{1,1000})\r?$", re.MULTILINE)
_MOST_FILES = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoded:
    """One file: its name as written, and its bytes."""

    name: bytes
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A text, what it held, and whether all that it held could be taken."""

    text: bytes = field(repr=False)
    """Without the blocks that became files."""
    files: tuple[Encoded, ...]
    complete: bool
    """False: a block is left in the text that looks like a file and cannot be decoded."""


def take_out(text: bytes) -> Taken:
    """Take every file out of `text`, which is decoded from its transfer encoding but not from its charset."""
    files: list[Encoded] = []
    kept: list[bytes] = []
    complete = True
    position = done = 0
    while (begin := _BEGIN.search(text, position)) is not None and len(files) < _MOST_FILES:
        position = begin.end()
        body = _next_line(text, position)
        decoded, after = (_base64 if begin["base64"] else _lines)(text, body)
        if decoded is not None:
            files.append(Encoded(name=begin["name"].strip(), content=decoded))
            kept.append(text[done : begin.start()])
            position = done = after
        elif after > body:
            # It went some way as a file and then no further: cut off, or damaged.
            complete = False
            position = after
    if begin is not None:
        complete = False
    return Taken(text=b"".join((*kept, text[done:])) if files else text, files=tuple(files), complete=complete)


def _next_line(text: bytes, position: int) -> int:
    found = text.find(b"\n", position)
    return found + 1 if found >= 0 else len(text)


def _lines(text: bytes, position: int) -> tuple[bytes | None, int]:
    """Decode to `end`; returns the bytes and where the text goes on. None: it is no file, or not to its end.

    The second value is then where it stopped; where it began, if not one line could be decoded.
    """
    data: list[bytes] = []
    reached = position
    while position < len(text):
        following = _next_line(text, position)
        line = text[position:following].rstrip(b"\r\n")
        if line.rstrip() == b"end" and (data or reached < position):
            return b"".join(data), following
        if line.rstrip() in (b"", b"`"):
            reached = position if line.strip() else reached
        else:
            decoded = _decoded(line, first=not data)
            if decoded is None:
                return None, reached
            data.append(decoded)
            reached = following
        position = following
    return None, reached


def _decoded(line: bytes, *, first: bool) -> bytes | None:
    """The bytes of one line; None if it is none. A mailer may have taken blanks from its end, or added a checksum."""
    if not 0x20 < line[0] <= 0x60:
        return None
    letters = -(-((line[0] - 32) & 63) // 3) * 4
    if len(line) > 1 + letters + 2 or (first and len(line) < 1 + letters // 2):
        return None
    try:
        return binascii.a2b_uu(line[: 1 + letters])
    except binascii.Error:
        return None


def _base64(text: bytes, position: int) -> tuple[bytes | None, int]:
    """The same for `begin-base64`, which ends with `====`."""
    end = text.find(b"\n====", position - 1)
    if end < 0:
        return None, len(text)
    try:
        return binascii.a2b_base64(text[position : end + 1]), _next_line(text, end + 1)
    except binascii.Error:
        return None, end + 1
