"""What the daemon and the process that looks inside files say to each other: frames of a length and JSON.

The process reads hostile bytes, so what it says is not believed: an answer is short, has known words only, and is
never unpickled. Anything else is a `ValueError`.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from typing import TypeVar

from inboxd.confined import LENGTH

MOST_BYTES = 64 * 1024
"""Of one frame. The bytes of a file follow their request outside of any frame."""
_LONGEST_NAME = 1000
_LONGEST_DETAIL = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Look inside the `size` bytes that follow."""

    sniffed_type: str
    name: str
    size: int
    seconds: float
    memory_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the look found, or that it failed. All empty: nothing against the file (or: ready for the first one)."""

    reason: str = ""
    """A code of `documents.Reason`."""
    detail: str = ""
    failed: str = ""
    """The class of the exception that ended the look; `MemoryError` if the memory limit did."""
    used_bytes: int = 0
    """Address space that the look needed at its peak, beyond what was in use before it."""
    grown_bytes: int = 0
    """By how much address space the process has grown since its start, now that the look is over."""


Frame = TypeVar("Frame", Request, Answer)


def pack(frame: Request | Answer) -> bytes:
    """The frame as bytes. Long names lose their front (the extension counts), long details their end."""
    values = asdict(frame)
    if isinstance(frame, Request):
        values["name"] = frame.name[-_LONGEST_NAME:]
    else:
        values["detail"] = frame.detail[:_LONGEST_DETAIL]
    words = json.dumps(values).encode("ascii")
    return LENGTH.pack(len(words)) + words


def length(head: bytes) -> int:
    """How many bytes of words follow these first four. Raises `ValueError` if too many."""
    (count,) = LENGTH.unpack(head)
    if count > MOST_BYTES:
        raise ValueError("a frame that is too long")
    return int(count)


def unpack(kind: type[Frame], words: bytes) -> Frame:
    """Words back into a frame, with just its fields and their types. Raises `ValueError`."""
    try:
        values = json.loads(words.decode("ascii"))
    except RecursionError as error:
        raise ValueError("words that are nested too deep") from error
    wanted = {field.name: field.type for field in fields(kind)}
    if not isinstance(values, dict) or values.keys() != wanted.keys():
        raise ValueError("not the fields of a frame")
    for name, value in values.items():
        if type(value).__name__ not in (wanted[name], "int" if wanted[name] == "float" else ""):
            raise ValueError(f"{name} has another type")
    return kind(**values)
