"""JPEG, PNG and TIFF: whole, or cut off? Pillow decodes JPEG and TIFF; PNG is checked without holding its pixels.

Many pixels are held, not refused: the page may be a real plan, but opening it would take gigabytes. A JPEG is decoded
at an eighth of its size, which reads all of the file and needs a sixty-fourth of the memory.
"""

from __future__ import annotations

import io
import struct
import warnings
import zlib

from PIL import Image

from inboxd.documents import Finding, Reason
from inboxd.inspection.tiff import BadTiff, Pages, TooMany, pages

MOST_PIXELS = 178_000_000
"""One picture: A4 at 1,200 dpi has 139 million, a phone's photo 12 to 50. Just below where Pillow itself refuses."""
_TIFF_PIXELS = 300_000_000
"""Pixels of a TIFF that are decoded; pages beyond are checked by their tables only."""
_TIFF_BYTES = 256 * 1024 * 1024
"""Memory for one page of a TIFF; a larger one is checked by its tables only."""
_PROGRESSIVE_PIXELS = 80_000_000
"""A progressive JPEG is held whole while it is put together, three bytes a pixel and more, whatever size is asked."""
_ERRORS = (
    OSError,
    EOFError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    RuntimeError,
    struct.error,
    zlib.error,
)
"""What Pillow raises for bytes that are no sound picture (SyntaxError is its own custom)."""
_PNG = b"\x89PNG\r\n\x1a\n"
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
_PIECE = 1024 * 1024


def _corrupt(detail: str) -> Finding:
    return Finding(reason=Reason.EMPTY_OR_CORRUPT, detail=detail)


def _too_large(width: int, height: int, most: int = MOST_PIXELS) -> Finding:
    return Finding(
        reason=Reason.NOT_CHECKED, detail=f"{width} by {height} pixels, more than {most // 1_000_000} million"
    )


def _jpeg(content: bytes) -> Finding:
    with Image.open(io.BytesIO(content), formats=("JPEG", "MPO")) as image:
        width, height = image.size
        most = _PROGRESSIVE_PIXELS if image.info.get("progressive") else MOST_PIXELS
        if width * height > most:
            return _too_large(width, height, most)
        image.draft(None, (max(1, width // 8), max(1, height // 8)))
        try:
            image.load()
        except OSError:
            return _corrupt("the picture is cut off")
    return Finding()


def _png_bytes(width: int, height: int, bits: int, interlaced: bool) -> int:
    """How many bytes the unpacked rows have, each with its filter byte (PNG 7.2, 8.2)."""
    passes = _ADAM7 if interlaced else ((0, 0, 1, 1),)
    total = 0
    for left, top, across, down in passes:
        columns, rows = -(-(width - left) // across), -(-(height - top) // down)
        if columns > 0 and rows > 0:
            total += rows * (1 + -(-columns * bits // 8))
    return total


def _png(content: bytes) -> Finding:
    """Chunks and their checksums up to the end mark, and as many bytes of rows as the size needs."""
    position = len(_PNG)
    needed, unpacked = -1, 0
    rows = zlib.decompressobj()
    while position + 12 <= len(content):
        length, kind = struct.unpack_from(">I4s", content, position)
        body = content[position + 8 : position + 8 + length]
        position += 12 + length
        if position > len(content):
            break
        if zlib.crc32(kind + body) != struct.unpack_from(">I", content, position - 4)[0] and kind[0] & 0x20 == 0:
            return _corrupt("the picture is damaged")
        if kind == b"IHDR":
            width, height, depth, colour, _, _, interlace = struct.unpack(">IIBBBBB", body)
            if not width or not height or colour not in _CHANNELS:
                return _corrupt("the picture is damaged")
            if width * height > MOST_PIXELS:
                return _too_large(width, height)
            needed = _png_bytes(width, height, depth * _CHANNELS[colour], interlace == 1)
        elif kind == b"IDAT" and unpacked < needed:
            unpacked += _unpacked(rows, body, needed - unpacked)
        elif kind == b"IEND":
            return Finding() if 0 <= needed <= unpacked else _corrupt("the picture is cut off")
    # Readers show a picture whose rows are all there, whatever became of the end mark.
    return Finding() if 0 <= needed <= unpacked else _corrupt("the picture is cut off")


def _unpacked(rows: zlib._Decompress, body: bytes, wanted: int) -> int:
    count = 0
    while body and count < wanted and not rows.eof:
        count += len(rows.decompress(body, _PIECE))
        body = rows.unconsumed_tail
    return count


def _decode_tiff(content: bytes, found: Pages) -> Finding:
    """Decode pages while there is room. A coding that Pillow does not know is no damage: the tables are sound."""
    room = _TIFF_PIXELS
    try:
        image = Image.open(io.BytesIO(content), formats=("TIFF",))
    except _ERRORS:
        return Finding()
    with image:
        for number, (width, height) in enumerate(found.sizes):
            room -= width * height
            if room < 0:
                break
            try:
                image.seek(number)
            except _ERRORS:
                break
            if width * height * (1 if image.mode in ("1", "L", "P") else 4) > _TIFF_BYTES:
                continue
            try:
                image.load()
            except _ERRORS as error:
                if "decoder" in str(error) and "not available" in str(error):
                    continue
                return _corrupt(f"page {number + 1} of the picture is damaged")
    return Finding()


def _tiff(content: bytes) -> Finding:
    try:
        found = pages(content)
    except BadTiff as error:
        return _corrupt(str(error))
    except TooMany as error:
        return Finding(reason=Reason.NOT_CHECKED, detail=str(error))
    large = next((size for size in found.sizes if size[0] * size[1] > MOST_PIXELS), None)
    if large is not None:
        return _too_large(*large)
    return _decode_tiff(content, found)


LOOKS = {"image/jpeg": _jpeg, "image/png": _png, "image/tiff": _tiff}


def look(content: bytes, kind: str) -> Finding:
    """EMPTY_OR_CORRUPT if the picture cannot be shown in full; NOT_CHECKED for more pixels than are decoded."""
    try:
        with warnings.catch_warnings():
            # Odd EXIF and large pictures are warned of; what matters is judged here.
            warnings.simplefilter("ignore")
            return LOOKS[kind](content)
    except Image.DecompressionBombError:
        return Finding(reason=Reason.NOT_CHECKED, detail=f"more than {MOST_PIXELS // 1_000_000} million pixels")
    except RecursionError:
        raise
    except _ERRORS:
        return _corrupt("the picture is damaged")
