"""Pictures: scans and photos whole and cut off, a HEIC as an iPhone sends it, and small files that unfold to millions
of pixels."""

from __future__ import annotations

import io
import struct
import zlib

from PIL import Image, ImageDraw


def page(width: int = 850, height: int = 1100, number: int = 1) -> Image.Image:
    """A drawn page: lines like text on white, each number another one."""
    made = Image.new("RGB", (width, height), "white")
    pen = ImageDraw.Draw(made)
    for row in range(60, height - 60, 24):
        pen.line((60, row, 60 + (row * 37 + number * 101) % max(1, width - 120), row), fill=(30, 30, 60), width=6)
    return made


def jpeg(width: int = 850, height: int = 1100, *, progressive: bool = False, quality: int = 80) -> bytes:
    made = io.BytesIO()
    page(width, height).save(made, "JPEG", quality=quality, progressive=progressive, dpi=(100, 100))
    return made.getvalue()


def png(width: int = 850, height: int = 1100) -> bytes:
    made = io.BytesIO()
    page(width, height).save(made, "PNG")
    return made.getvalue()


def tiff(pages: int = 3, *, compression: str = "group4", width: int = 850, height: int = 1100) -> bytes:
    """A scan as multi-page TIFF; `group4` is the fax coding of office scanners (black and white), `jpeg` for colour."""
    made = io.BytesIO()
    mode = "1" if compression == "group4" else "RGB"
    first, *others = [page(width, height, number).convert(mode) for number in range(1, pages + 1)]
    first.save(made, "TIFF", compression=compression, save_all=True, append_images=others)
    return made.getvalue()


def truncated(whole: bytes, share: float = 0.6) -> bytes:
    """The first part of a file, as after a broken upload."""
    return whole[: int(len(whole) * share)]


def heic() -> bytes:
    """The boxes that an iPhone's HEIC starts with: `ftyp` with the brand `heic`, and a `meta` box."""
    brands = b"heic" + struct.pack(">I", 0) + b"mif1MiHEMiPrmiafMiHBheic"
    handler = b"hdlr" + bytes(8) + b"pict" + bytes(13)
    meta = b"meta" + bytes(4) + struct.pack(">I", len(handler) + 4) + handler
    boxes = (b"ftyp" + brands, meta, b"mdat" + bytes(512))
    return b"".join(struct.pack(">I", len(box) + 4) + box for box in boxes)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png_of(header: bytes, rows: bytes) -> bytes:
    """A PNG of this header (13 bytes) and these rows, each with its filter byte."""
    chunks = _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(rows, 9)) + _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def png_bomb(width: int = 30_000, height: int = 30_000) -> bytes:
    """A valid black PNG of so many pixels (900 million, 110 kB): one bit each, deflated to next to nothing."""
    deflate = zlib.compressobj(9)
    row = bytes(1 + -(-width // 8))
    data = b"".join(deflate.compress(row * 100) for _ in range(height // 100)) + deflate.compress(row * (height % 100))
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    chunks = _chunk(b"IHDR", header) + _chunk(b"IDAT", data + deflate.flush()) + _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def jpeg_bomb() -> bytes:
    """A small JPEG whose frame header claims 65,500 by 65,500 pixels."""
    return sized(jpeg(64, 64), 65_500, 65_500)


def sized(whole: bytes, width: int, height: int) -> bytes:
    """A JPEG whose frame header claims another size than its data has."""
    content = bytearray(whole)
    frame = max(content.find(b"\xff\xc0"), content.find(b"\xff\xc2"))
    content[frame + 5 : frame + 9] = struct.pack(">HH", height, width)
    return bytes(content)
