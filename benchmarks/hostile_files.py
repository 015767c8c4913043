"""Pictures, Word files and wrappings that are made to cost their reader more than they cost their maker."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Sequence

from tests.files import office, pictures
from tests.files.compound import compound

MEBIBYTE = 1024 * 1024
GIBIBYTE = 1024 * MEBIBYTE


def unfolds(size: int, filler: bytes = b"\0") -> bytes:
    """A zlib stream of about a thousandth of `size`."""
    deflate = zlib.compressobj(9)
    block = filler * (MEBIBYTE // len(filler))
    return b"".join(deflate.compress(block) for _ in range(size // MEBIBYTE)) + deflate.flush()


# Pictures


def _ifd(entries: Sequence[tuple[int, int, int, int]], following: int) -> bytes:
    """A TIFF directory: tag, type, count, value."""
    body = b"".join(struct.pack("<HHII", *entry) for entry in sorted(entries))
    return struct.pack("<H", len(entries)) + body + struct.pack("<I", following)


def _picture(width: int, height: int, data: int, size: int, compression: int = 1) -> list[tuple[int, int, int, int]]:
    return [
        (256, 4, 1, width),
        (257, 4, 1, height),
        (258, 3, 1, 8),
        (259, 3, 1, compression),
        (262, 3, 1, 1),
        (273, 4, 1, data),
        (277, 3, 1, 1),
        (278, 4, 1, height),
        (279, 4, 1, size),
    ]


def tiff_many_pages(count: int = 25_000) -> bytes:
    """25,000 pages of one point each."""
    length = len(_ifd(_picture(1, 1, 8, 1), 0))
    return (
        b"II*\0"
        + struct.pack("<I", 12)
        + b"\xff\0\0\0"
        + b"".join(
            _ifd(_picture(1, 1, 8, 1), 12 + length * (number + 1) if number + 1 < count else 0)
            for number in range(count)
        )
    )


def tiff_loop() -> bytes:
    """Two pages, the second followed by the first."""
    length = len(_ifd(_picture(1, 1, 8, 1), 0))
    return (
        b"II*\0"
        + struct.pack("<I", 12)
        + b"\xff\0\0\0"
        + _ifd(_picture(1, 1, 8, 1), 12 + length)
        + _ifd(_picture(1, 1, 8, 1), 12)
    )


def tiff_bomb(width: int = 30_000, height: int = 30_000) -> bytes:
    """A page of 30,000 by 30,000 points, deflated to 0.9 MB."""
    data = unfolds(width * height // 1024 * 1024)
    return b"II*\0" + struct.pack("<I", 8 + len(data)) + data + _ifd(_picture(width, height, 8, len(data), 8), 0)


def tiff_many_bombs(count: int = 3_000) -> bytes:
    """3,000 pages of 9,000 by 9,000 points that share one deflated strip: 243 GB of points."""
    data = unfolds(9_000 * 9_000 // 1024 * 1024)
    length = len(_ifd(_picture(1, 1, 8, 1), 0))
    start = 8 + len(data)
    return (
        b"II*\0"
        + struct.pack("<I", start)
        + data
        + b"".join(
            _ifd(_picture(9_000, 9_000, 8, len(data), 8), start + length * (number + 1) if number + 1 < count else 0)
            for number in range(count)
        )
    )


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png_text_bomb(count: int = 2) -> bytes:
    """A sound picture with two compressed texts of 1 GiB each."""
    whole = pictures.png(60, 60)
    text = _chunk(b"zTXt", b"Comment\0\0" + unfolds(GIBIBYTE)) * count
    return whole[:33] + text + whole[33:]


def png_many_chunks(count: int = 200_000) -> bytes:
    """A small picture with 200,000 texts of one sign."""
    whole = pictures.png(60, 60)
    return whole[:33] + _chunk(b"tEXt", b"a\0b") * count + whole[33:]


def png_largest() -> bytes:
    """A picture that says it has 2,147,483,647 by 2,147,483,647 points."""
    header = struct.pack(">IIBBBBB", 2**31 - 1, 2**31 - 1, 16, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", unfolds(MEBIBYTE)) + _chunk(b"IEND", b"")


def jpeg_many_scans(count: int = 60_000) -> bytes:
    """A photograph of 8,000 by 8,000 points whose only scan comes 60,000 times."""
    frame = struct.pack(">BBHBHHBBBB", 0xFF, 0xC2, 11, 8, 8000, 8000, 1, 1, 0x11, 0)
    tables = b"\xff\xdb\x00\x43\x00" + b"\x10" * 64 + b"\xff\xc4\x00\x14\x00\x01" + bytes(15) + b"\x00"
    scan = b"\xff\xda\x00\x08\x01\x01\x00\x00\x00\x00" + b"\x00" * 8
    return b"\xff\xd8" + tables + frame + scan * count + b"\xff\xd9"


# Office


def docx_many_parts(count: int = 30_000) -> bytes:
    """A letter with 30,000 empty parts beside it."""
    return office.docx(parts={f"word/media/{number}": b"" for number in range(count)})


def docx_entities(levels: int = 40) -> bytes:
    """The main part is one XML entity, which is two of the next, and so on: 2 to the power of 40 words."""
    entities = b"".join(b'<!ENTITY a%d "&a%d;&a%d;">' % (at, at + 1, at + 1) for at in range(levels))
    text = b'<?xml version="1.0"?><!DOCTYPE d [' + entities + b'<!ENTITY a%d "lol">]><d>&a0;</d>' % levels
    return office.docx(parts={"word/document.xml": text, "word/_rels/document.xml.rels": text})


def docx_deep(depth: int = 3_000_000) -> bytes:
    """The main part is three million elements, each in the last."""
    return office.docx(parts={"word/document.xml": b"<a>" * depth + b"</a>" * depth})


def docx_many_bombs(count: int = 300) -> bytes:
    """300 parts of XML of 10 MiB each, in 4 MB."""
    part = b'<?xml version="1.0"?><a>' + b" " * 10 * MEBIBYTE + b"</a>"
    return office.docx(parts={f"word/header{number}.xml": part for number in range(count)})


def docx_overlapping(count: int = 20_000) -> bytes:
    """20,000 names in the directory for the bytes of one part of 20 MiB: 400 GB in 2 MB."""
    target = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(office.docx())) as letter,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as out,
    ):
        for name in letter.namelist():
            out.writestr(name, letter.read(name))
        out.writestr("word/a00000.xml", b"<a>" + b" " * 20 * MEBIBYTE + b"</a>")
        info = out.infolist()[-1]
        for number in range(1, count):
            again = zipfile.ZipInfo(f"word/a{number:05}.xml")
            again.compress_type, again.CRC, again.compress_size = info.compress_type, info.CRC, info.compress_size
            again.file_size, again.header_offset, again.external_attr = info.file_size, info.header_offset, 0
            out.filelist.append(again)
    return target.getvalue()


def doc_loop() -> bytes:
    """An allocation table of circles: every chain of sectors leads to itself."""
    whole = bytearray(office.doc())
    (table,) = struct.unpack_from("<I", whole, 76)
    start = 512 + table * 512
    for number in range(128):
        struct.pack_into("<I", whole, start + number * 4, number)
    return bytes(whole)


def doc_many_streams(count: int = 20_000) -> bytes:
    """20,000 small streams beside the text."""
    return office.doc({f"ObjectPool/_{number}": b"x" for number in range(count)})


def doc_claims_much() -> bytes:
    """An allocation table that is said to have four billion sectors."""
    whole = bytearray(office.doc())
    struct.pack_into("<I", whole, 44, 0xFFFFFFF0)
    struct.pack_into("<II", whole, 68, 0, 0xFFFFFFF0)
    return bytes(whole)


# Wrappings


def tnef(*attributes: tuple[int, int, bytes]) -> bytes:
    """A winmail.dat of these attributes: level, tag, value (MS-OXTNEF 2.1.3)."""
    out = bytearray(struct.pack("<IH", 0x223E9F78, 1))
    for level, tag, value in attributes:
        out += struct.pack("<BII", level, tag, len(value)) + value + struct.pack("<H", sum(value) & 0xFFFF)
    return bytes(out)


def winmail(*files: tuple[bytes, bytes]) -> bytes:
    """A winmail.dat that holds files by name."""
    attributes = [(1, 0x00089006, struct.pack("<I", 0x00010000)), (1, 0x00069007, struct.pack("<I", 1252))]
    for name, content in files:
        attributes += [(2, 0x00069002, bytes(14)), (2, 0x00018010, name + b"\0"), (2, 0x0006800F, content)]
    return tnef(*attributes)


def winmail_many(count: int = 20_000) -> bytes:
    """A winmail.dat with 20,000 files of one byte."""
    return winmail(*((b"%d.pdf" % number, b"x") for number in range(count)))


def winmail_claims_much() -> bytes:
    """A winmail.dat whose properties say that there are four billion of them."""
    return tnef(
        (1, 0x00089006, struct.pack("<I", 0x00010000)),
        (2, 0x00069002, bytes(14)),
        (2, 0x00069005, struct.pack("<I", 0xFFFFFFFF) + struct.pack("<HHII", 0x101E, 0x3001, 0xFFFFFFFF, 7)),
    )


def msg(name: str = "letter.pdf", content: bytes = b"%PDF-1.7\n") -> bytes:
    """An Outlook message with one file (MS-OXMSG 2.2)."""
    at = "__attach_version1.0_#00000000/__substg1.0_"
    head = bytes(8) + struct.pack("<IIII", 0, 1, 0, 1) + bytes(8)
    method = struct.pack("<IIQ", 0x37050003, 6, 1)
    return compound(
        {
            "__properties_version1.0": head,
            "__substg1.0_001A001F": "IPM.Note".encode("utf-16-le"),
            "__substg1.0_0037001F": "Documents".encode("utf-16-le"),
            "__substg1.0_1000001F": "Hello".encode("utf-16-le"),
            "__attach_version1.0_#00000000/__properties_version1.0": bytes(8) + method,
            f"{at}3707001F": name.encode("utf-16-le"),
            f"{at}3704001F": name.encode("utf-16-le"),
            f"{at}37010102": content,
            "__nameid_version1.0/__substg1.0_00020102": b"",
            "__nameid_version1.0/__substg1.0_00030102": b"",
            "__nameid_version1.0/__substg1.0_00040102": b"",
        }
    )
