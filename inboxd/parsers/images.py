"""Whether an image is small enough to be a logo: its width and height from its headers.

A page that was scanned or photographed has hundreds of thousands of pixels, a portrait for a form stands upright and
is at least 300 high; a logo in a signature has few pixels or is a low banner, an icon is tiny. Never fails: where the
size cannot be read, only a very small file counts as small, and a TIFF or HEIC, which scanners and telephones make,
never does.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

LOGO_PIXELS = 150_000
"""About 500 x 300. A passport photo or a page is above it, a signature's logo below."""
LOGO_HEIGHT = 220
"""A banner may be wide; a page is never this low."""
LOGO_WIDTH = 1400
LOGO_BYTES = 200 * 1024
UNREADABLE_LOGO_BYTES = 8 * 1024
PORTRAIT_HEIGHT = 300
"""A passport photo of 35 x 45 mm at 200 dpi is 276 x 354: upright and at least so high, it may be one."""
ICON = 64
"""Nothing that a person could read or recognise fits into so many pixels each way."""
_MOST_PAGES = 100
_MOST_BOXES = 1000
_MOST_SEGMENTS = 10_000
_SCANS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What the size of an image says about it."""

    small: bool
    """It may be a logo."""
    icon: bool
    """At most `ICON` each way."""
    pixel: bool
    """A tracking pixel: at most 2 by 2."""


def size_of(content: bytes) -> tuple[int, int] | None:
    """Width and height in pixels of a PNG, GIF, BMP, JPEG, WebP, HEIC, AVIF, or of the largest page of a TIFF.

    None if they cannot be read.
    """
    try:
        return _size_of(content)
    except (struct.error, IndexError):
        return None


def _size_of(content: bytes) -> tuple[int, int] | None:
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        width, height = struct.unpack_from(">II", content, 16)
        return width, height
    if content[:6] in (b"GIF87a", b"GIF89a"):
        width, height = struct.unpack_from("<HH", content, 6)
        return width, height
    if content.startswith(b"BM"):
        width, height = struct.unpack_from("<ii", content, 18)
        return abs(width), abs(height)
    if content.startswith(b"\xff\xd8"):
        return _jpeg(content)
    if content.startswith(_SCANS[:2]):
        return _tiff(content)
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return _webp(content)
    return _heif(content) if content[4:8] == b"ftyp" else None


def _jpeg(content: bytes) -> tuple[int, int] | None:
    """Step from segment to segment to the frame header (SOF0-SOF15 without DHT, JPG and DAC)."""
    position = 2
    for _ in range(_MOST_SEGMENTS):
        if position + 9 > len(content) or content[position] != 0xFF:
            return None
        marker = content[position + 1]
        if marker == 0xFF:
            position += 1
        elif 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height = int.from_bytes(content[position + 5 : position + 7], "big")
            return int.from_bytes(content[position + 7 : position + 9], "big"), height
        elif marker in (0x01, *range(0xD0, 0xDA)):
            return None
        else:
            position += 2 + max(2, int.from_bytes(content[position + 2 : position + 4], "big"))
    return None


def _tiff(content: bytes) -> tuple[int, int] | None:
    """The largest page: ImageWidth (256) and ImageLength (257) of each directory (TIFF 6.0 section 2)."""
    order = "<" if content.startswith(b"II") else ">"
    largest: tuple[int, int] | None = None
    at = struct.unpack_from(f"{order}I", content, 4)[0]
    for _ in range(_MOST_PAGES):
        count = struct.unpack_from(f"{order}H", content, at)[0]
        page: dict[int, int] = {}
        for number in range(min(count, 64)):
            tag, kind = struct.unpack_from(f"{order}HH", content, at + 2 + 12 * number)
            if tag in (256, 257):
                page[tag] = struct.unpack_from(f"{order}{'H' if kind == 3 else 'I'}", content, at + 10 + 12 * number)[0]
        size = page.get(256, 0), page.get(257, 0)
        if largest is None or size[0] * size[1] > largest[0] * largest[1]:
            largest = size
        following = at + 2 + 12 * count
        at = struct.unpack_from(f"{order}I", content, following)[0] if following + 4 <= len(content) else 0
        if not at:
            break
    return largest if largest and all(largest) else None


def _webp(content: bytes) -> tuple[int, int] | None:
    """RFC 9649: the first chunk is VP8 (lossy), VP8L (lossless) or VP8X (extended)."""
    kind = content[12:16]
    if kind == b"VP8X":
        return 1 + int.from_bytes(content[24:27], "little"), 1 + int.from_bytes(content[27:30], "little")
    if kind == b"VP8L":
        bits = struct.unpack_from("<I", content, 21)[0]
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", content, 26)
        return width & 0x3FFF, height & 0x3FFF
    return None


def _heif(content: bytes) -> tuple[int, int] | None:
    """The largest `ispe` in meta/iprp/ipco: an image may be a grid of tiles, and a thumbnail has one too."""
    start, end = 0, len(content)
    for wanted, skipped in ((b"meta", 4), (b"iprp", 0), (b"ipco", 0)):
        found = next((box for box in _boxes(content, start, end) if box[0] == wanted), None)
        if found is None:
            return None
        start, end = found[1] + skipped, found[2]
    places = [at for kind, at, _ in _boxes(content, start, end) if kind == b"ispe"]
    sizes = [struct.unpack_from(">II", content, at + 4) for at in places]
    largest = max(sizes, key=lambda size: size[0] * size[1], default=None)
    return (largest[0], largest[1]) if largest else None


def _boxes(content: bytes, start: int, end: int) -> list[tuple[bytes, int, int]]:
    """Kind, start and end of the content of each box (ISO/IEC 14496-12 4.2)."""
    boxes: list[tuple[bytes, int, int]] = []
    while start + 8 <= end and len(boxes) < _MOST_BOXES:
        size, kind = struct.unpack_from(">I4s", content, start)
        if size == 0:
            size = end - start
        if size < 8:  # 1: a length of 64 bits, for media of gigabytes
            break
        boxes.append((kind, start + 8, min(end, start + size)))
        start += size
    return boxes


def look(content: bytes) -> Look:
    """Whether its size speaks for a logo, an icon or a tracking pixel."""
    size = size_of(content)
    if size is None:
        scan = content.startswith(_SCANS) or content[4:8] == b"ftyp"
        return Look(small=not scan and len(content) <= UNREADABLE_LOGO_BYTES, icon=False, pixel=False)
    width, height = size
    low = height <= LOGO_HEIGHT and width <= LOGO_WIDTH
    upright = height >= PORTRAIT_HEIGHT and height * 20 > width * 23
    return Look(
        small=len(content) <= LOGO_BYTES and (low or (width * height <= LOGO_PIXELS and not upright)),
        icon=0 < width <= ICON and 0 < height <= ICON and len(content) <= LOGO_BYTES,
        pixel=0 < width <= 2 and 0 < height <= 2,
    )
