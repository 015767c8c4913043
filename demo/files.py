"""Small documents made of nothing but code: valid bytes of the types that offices send, and some that are refused.

Pure; the same arguments give the same bytes.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from dataclasses import dataclass

from tests.files import pictures, tnef
from tests.files.malware import eicar
from tests.files.pdf import encrypted
from tests.files.tnef import TnefFile

_GREY = 128
_FIXED_TIME = (2026, 1, 5, 9, 0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file to attach. `content_type` is what the sender's mail program claims."""

    name: str
    content_type: str
    content: bytes


def pdf(name: str, *lines: str) -> File:
    """One page with these lines of text."""
    shown = " T* ".join(f"({line.encode('cp1252', 'replace').decode('latin-1')}) Tj" for line in map(_escaped, lines))
    text = f"BT /F1 12 Tf 72 720 Td 16 TL {shown} ET".encode("latin-1")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(text), text),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    out = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table)
    return File(name=name, content_type="application/pdf", content=bytes(out))


def locked_pdf(name: str) -> File:
    """One page that asks for a password."""
    return File(name=name, content_type="application/pdf", content=encrypted())


def heic(name: str) -> File:
    """A photo as an iPhone keeps it."""
    return File(name=name, content_type="image/heic", content=pictures.heic())


def winmail(*inside: File) -> File:
    """What some versions of Outlook send in place of the files."""
    wrapped = (TnefFile(content=file.content, long_name=file.name, media_type=file.content_type) for file in inside)
    return File(name="winmail.dat", content_type="application/ms-tnef", content=tnef.winmail(*wrapped))


def test_virus(name: str) -> File:
    """The file that every scanner reports and that harms nobody, under another name."""
    return File(name=name, content_type="application/pdf", content=eicar())


def _escaped(line: str) -> str:
    return line.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")


def jpeg(name: str, width: int = 640, height: int = 800) -> File:
    """A plain grey photograph: baseline JPEG, one table of each kind, one bit for each number."""
    blocks = ((width + 7) // 8) * ((height + 7) // 8)
    bits = blocks * 2
    whole, left = divmod(bits, 8)
    scan = bytes(whole) + (bytes([0xFF >> left]) if left else b"")
    out = [
        b"\xff\xd8",
        _segment(0xE0, b"JFIF\0\x01\x01\x01\x00\x96\x00\x96\x00\x00"),
        _segment(0xDB, b"\0" + bytes([16] * 64)),
        _segment(0xC0, struct.pack(">BHHBBBB", 8, height, width, 1, 1, 0x11, 0)),
        _segment(0xC4, b"\x00" + b"\x01" + bytes(15) + b"\x00"),
        _segment(0xC4, b"\x10" + b"\x01" + bytes(15) + b"\x00"),
        _segment(0xDA, b"\x01\x01\x00\x00\x3f\x00"),
        scan,
        b"\xff\xd9",
    ]
    return File(name=name, content_type="image/jpeg", content=b"".join(out))


def _segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def half_jpeg(name: str) -> File:
    """A photograph whose upload broke off: the end is missing."""
    whole = jpeg(name)
    return File(name=name, content_type=whole.content_type, content=whole.content[: len(whole.content) // 2])


def png(name: str, width: int, height: int) -> File:
    """A grey PNG, such as the logo in a signature."""
    rows = (b"\0" + bytes([_GREY]) * width) * height
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows, 9)),
        (b"IEND", b""),
    )
    chunks = (
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in parts
    )
    return File(name=name, content_type="image/png", content=b"\x89PNG\r\n\x1a\n" + b"".join(chunks))


def archive(name: str, *inside: File) -> File:
    """A ZIP with files in it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as box:
        for file in inside:
            box.writestr(zipfile.ZipInfo(file.name, _FIXED_TIME), file.content)
    return File(name=name, content_type="application/zip", content=out.getvalue())
