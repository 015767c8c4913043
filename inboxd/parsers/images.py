"""Whether an image is small enough to be a logo: its width and height from the first bytes.

A page that was scanned or photographed has hundreds of thousands of pixels; a logo in a signature has few. Never
fails: where the size cannot be read, only a very small file counts as small.
"""

from __future__ import annotations

LOGO_PIXELS = 150_000
"""About 500 x 300. A passport photo or a page is above it, a signature's logo below."""
LOGO_HEIGHT = 220
"""A banner may be wide; a page is never this low."""
LOGO_WIDTH = 1400
LOGO_BYTES = 200 * 1024
UNREADABLE_LOGO_BYTES = 8 * 1024


def size_of(content: bytes) -> tuple[int, int] | None:
    """Width and height in pixels of a PNG, GIF, BMP or JPEG; None if they cannot be read."""
    if content.startswith(b"\x89PNG\r\n\x1a\n") and len(content) >= 24:
        return int.from_bytes(content[16:20], "big"), int.from_bytes(content[20:24], "big")
    if content[:6] in (b"GIF87a", b"GIF89a") and len(content) >= 10:
        return int.from_bytes(content[6:8], "little"), int.from_bytes(content[8:10], "little")
    if content.startswith(b"BM") and len(content) >= 26:
        return (
            abs(int.from_bytes(content[18:22], "little", signed=True)),
            abs(int.from_bytes(content[22:26], "little", signed=True)),
        )
    return _jpeg(content) if content.startswith(b"\xff\xd8") else None


def _jpeg(content: bytes) -> tuple[int, int] | None:
    """Step from segment to segment to the frame header (SOF0-SOF15 without DHT, JPG and DAC)."""
    position = 2
    while position + 9 <= len(content) and content[position] == 0xFF:
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


def is_small(content: bytes) -> tuple[bool, bool]:
    """Whether it may be a logo, and whether it is a tracking pixel (at most 2 by 2)."""
    size = size_of(content)
    if size is None:
        return len(content) <= UNREADABLE_LOGO_BYTES, False
    width, height = size
    pixel = 0 < width <= 2 and 0 < height <= 2
    low = height <= LOGO_HEIGHT and width <= LOGO_WIDTH
    return len(content) <= LOGO_BYTES and (width * height <= LOGO_PIXELS or low), pixel
