"""The tables of a TIFF (TIFF 6.0, and BigTIFF): how many pages, how large, and whether all their strips are there.

A scan that was cut off still opens in most readers, with its last pages black or gone; the tables tell. Raises
`BadTiff` for what is damaged, `TooMany` past a bound.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

MOST_PAGES = 5_000
MOST_STRIPS = 1_000_000
_SIZES = {1: "B", 3: "H", 4: "I", 16: "Q"}
_WIDTHS = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_WIDTH, _HEIGHT, _STRIPS, _STRIP_BYTES, _TILES, _TILE_BYTES = 256, 257, 273, 279, 324, 325


class BadTiff(Exception):
    """Damaged; the text is for the office."""


class TooMany(Exception):
    """More pages or strips than are looked at; the text is for the office."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """Width and height of each page, in pixels."""

    sizes: tuple[tuple[int, int], ...]


class _Reader:
    def __init__(self, content: bytes) -> None:
        self._content = content
        order = {b"II": "<", b"MM": ">"}.get(content[:2])
        if order is None or len(content) < 8:
            raise BadTiff("the picture is damaged")
        self._order = order
        (version,) = struct.unpack_from(order + "H", content, 2)
        self._big = version == 43
        self.first = self._number("Q", 8) if self._big else self._number("I", 4)

    def _number(self, form: str, at: int) -> int:
        try:
            return int(struct.unpack_from(self._order + form, self._content, at)[0])
        except struct.error as error:
            raise BadTiff("the picture is cut off") from error

    def directory(self, at: int) -> tuple[dict[int, list[int]], int]:
        """The tags that matter here, and where the next directory is (0: nowhere)."""
        counting, entry, head = ("Q", 20, 8) if self._big else ("H", 12, 2)
        offset = "Q" if self._big else "I"
        entries = self._number(counting, at)
        if entries > 4096:
            raise BadTiff("the picture is damaged")
        tags: dict[int, list[int]] = {}
        for place in range(at + head, at + head + entries * entry, entry):
            tag, kind = self._number("H", place), self._number("H", place + 2)
            if tag in (_WIDTH, _HEIGHT, _STRIPS, _STRIP_BYTES, _TILES, _TILE_BYTES):
                tags[tag] = self._values(kind, place + 4, offset)
        return tags, self._number(offset, at + head + entries * entry)

    def _values(self, kind: int, at: int, offset: str) -> list[int]:
        count = self._number(offset, at)
        room = 8 if self._big else 4
        if kind not in _SIZES:
            raise BadTiff("the picture is damaged")
        if count > MOST_STRIPS:
            raise TooMany(f"more than {MOST_STRIPS} strips")
        place = at + room
        if count * _WIDTHS[kind] > room:
            place = self._number(offset, place)
        try:
            return list(struct.unpack_from(f"{self._order}{count}{_SIZES[kind]}", self._content, place))
        except struct.error as error:
            raise BadTiff("the picture is cut off") from error


def pages(content: bytes) -> Pages:
    """All pages of a TIFF. Raises `BadTiff` if one is not there in full, `TooMany` if there are more than looked at."""
    reader = _Reader(content)
    sizes: list[tuple[int, int]] = []
    seen: set[int] = set()
    strips = 0
    at = reader.first
    while at:
        if at in seen:
            raise BadTiff("the picture is damaged")
        if len(seen) >= MOST_PAGES:
            raise TooMany(f"more than {MOST_PAGES} pages")
        seen.add(at)
        tags, at = reader.directory(at)
        number = len(sizes) + 1
        try:
            size = (tags[_WIDTH][0], tags[_HEIGHT][0])
            places = tags.get(_STRIPS) or tags[_TILES]
            counts = tags.get(_STRIP_BYTES) or tags[_TILE_BYTES]
        except (LookupError, TypeError) as error:
            raise BadTiff(f"page {number} of the picture is damaged") from error
        strips += len(places)
        if strips > MOST_STRIPS:
            raise TooMany(f"more than {MOST_STRIPS} strips")
        if any(place + count > len(content) for place, count in zip(places, counts, strict=False)):
            raise BadTiff(f"page {number} of the picture is cut off")
        sizes.append(size)
    if not sizes:
        raise BadTiff("no pages")
    return Pages(sizes=tuple(sizes))
