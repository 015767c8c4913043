"""PDFs that are made to cost their reader more than they cost their maker."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence

from benchmarks.hostile_files import GIBIBYTE, unfolds


def _pdf(objects: Sequence[bytes], *, trailer: bytes = b"", version: bytes = b"1.7") -> bytes:
    """A PDF of these objects, numbered from 1; the first is the catalogue."""
    out = bytearray(b"%PDF-" + version + b"\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, trailer, table)
    return bytes(out)


def _stream(content: bytes, more: bytes = b"") -> bytes:
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(content), more, content)


def _page(*more: bytes, catalogue: bytes = b"", page: bytes = b"") -> bytes:
    """One page; object 4 is its content, `more` begin at 5."""
    return _pdf(
        [
            b"<< /Type /Catalog /Pages 2 0 R %s >>" % catalogue,
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R %s >>" % page,
            _stream(b"q Q"),
            *more,
        ]
    )


def deep(depth: int = 200_000) -> bytes:
    """Arrays in arrays, 200,000 deep, in the catalogue."""
    return _page(catalogue=b"/Deep " + b"[" * depth + b"]" * depth)


def deep_by_references(depth: int = 60_000) -> bytes:
    """A chain of 60,000 dictionaries, each in the last by reference."""
    return _page(*(b"<< /Next %d 0 R >>" % (number + 6) for number in range(depth)), catalogue=b"/Deep 5 0 R")


def own_parent() -> bytes:
    """A page tree whose only child is itself."""
    return _pdf(
        [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [2 0 R 2 0 R] /Parent 2 0 R /Count 9 >>"]
    )


def page_tree_of_mirrors(levels: int = 40) -> bytes:
    """Each level of the page tree names the next one twice: 2 to the power of 40 pages in 3 kB."""
    inner = [b"<< /Type /Pages /Count 2 /Kids [%d 0 R %d 0 R] >>" % (at + 3, at + 3) for at in range(levels)]
    return _pdf([b"<< /Type /Catalog /Pages 2 0 R >>", *inner, b"<< /Type /Page /MediaBox [0 0 9 9] >>"])


def names_of_mirrors(levels: int = 40) -> bytes:
    """A tree of names, where scripts are looked for, made of such mirrors."""
    inner = [b"<< /Kids [%d 0 R %d 0 R] >>" % (at + 6, at + 6) for at in range(levels)]
    last = b"<< /Names [(a) << /S /URI /URI (https://riding.example) >>] >>"
    return _page(*inner, last, catalogue=b"/Names << /JavaScript 5 0 R /EmbeddedFiles 5 0 R >>")


def action_loop() -> bytes:
    """An opening action that is followed by itself, and an outline that is its own next."""
    return _page(
        b"<< /S /URI /URI (https://riding.example) /Next [5 0 R 6 0 R] >>",
        b"<< /S /Named /Next 5 0 R >>",
        b"<< /Title (a) /Parent 7 0 R /Next 7 0 R /Prev 7 0 R /First 7 0 R /Last 7 0 R /A 5 0 R >>",
        catalogue=b"/OpenAction 5 0 R /Outlines 7 0 R /AA << /WC 6 0 R >>",
    )


def many_pages(count: int = 40_000) -> bytes:
    """40,000 empty pages."""
    kids = b" ".join(b"%d 0 R" % (number + 3) for number in range(count))
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>"
    return _pdf(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, count),
            *[page] * count,
        ]
    )


def many_annotations(count: int = 60_000) -> bytes:
    """60,000 links on one page."""
    link = b"<</Subtype/Link/A<</S/URI/URI(https://a.example)>>>>"
    return _page(page=b"/Annots [" + link * count + b"]")


def _content(stream: bytes) -> bytes:
    return _pdf(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R >>",
            stream,
        ]
    )


def content_bomb() -> bytes:
    """A page whose content unfolds to 1 GiB."""
    return _content(_stream(unfolds(GIBIBYTE, b" "), b"/Filter /FlateDecode"))


def deflated_again() -> bytes:
    """A page whose content is deflated three times over: 64 GiB in some kilobytes."""
    deflate = zlib.compressobj(9)
    inner = unfolds(GIBIBYTE)
    twice = b"".join(deflate.compress(inner) for _ in range(64)) + deflate.flush()
    return _content(_stream(zlib.compress(twice), b"/Filter [/FlateDecode /FlateDecode /FlateDecode]"))


def _with_xref_stream(objects: Sequence[bytes], table: bytes, size: int, more: bytes = b"") -> bytes:
    """A PDF whose cross-reference table is this deflated stream; every object is also found by searching."""
    out = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    for number, body in enumerate(objects, start=1):
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    place = len(out)
    words = b"/Type /XRef /Size %d /W [1 4 2] /Root 1 0 R /Filter /FlateDecode %s" % (size, more)
    out += b"%d 0 obj\n%s\nendobj\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, _stream(table, words), place)
    return bytes(out)


def table_bomb() -> bytes:
    """A cross-reference stream that unfolds to 1 GiB of entries."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [] /Count 0 >>"]
    return _with_xref_stream(objects, unfolds(GIBIBYTE), GIBIBYTE // 7)


def object_stream_bomb(count: int = 300_000) -> bytes:
    """One object stream that holds 300,000 objects."""
    index = b"".join(b"%d %d " % (number + 10, number * 6) for number in range(count))
    inside = index + b"<<>>  " * count
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R /More [%s] >>" % b" ".join(b"%d 0 R" % (n + 10) for n in range(1000)),
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>",
        _stream(zlib.compress(inside), b"/Type /ObjStm /N %d /First %d /Filter /FlateDecode" % (count, len(index))),
    ]
    entries = b"".join(b"\2" + struct.pack(">IH", 4, number % 65_536) for number in range(count))
    places, at = [], 15
    for number, body in enumerate(objects, start=1):
        places.append(b"\1" + struct.pack(">IH", at, 0))
        at += len(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    table = b"\0" * 7 + b"".join(places) + b"\1" + struct.pack(">IH", at, 0) + b"\0" * 7 * 4 + entries
    return _with_xref_stream(objects, zlib.compress(table), 10 + count)


def endless_revisions(count: int = 20_000) -> bytes:
    """20,000 tables, each pointing at the one before it, and the first one at the last."""
    out = bytearray(_page())
    start = len(out)
    form = b"xref\n0 0\ntrailer\n<</Size 5/Root 1 0 R/Prev %010d>>\n"
    length = len(form % 0)
    for number in range(count):
        out += form % (start + (number - 1) % count * length)
    return bytes(out + b"startxref\n%d\n%%%%EOF\n" % (start + (count - 1) * length))


def only_rubble(count: int = 200_000) -> bytes:
    """200,000 objects that are begun, none ended, and no table: everything has to be searched for."""
    return b"%PDF-1.7\n" + b"".join(b"%d 0 obj\n<< /A [ (" % number for number in range(1, count)) + b"trailer\n<<"
