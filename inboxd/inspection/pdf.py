"""PDF: asked for a password? active? whole? Read by pikepdf (qpdf), which repairs what ordinary readers repair.

A file that opens without asking is accepted although it is encrypted: an empty user password with printing or copying
forbidden is how many offices' scanners and forms save, every reader opens it, and nobody at the sender's end would
understand "remove the password". Damage is accepted where the repair shows every page with all that is on it.
"""

from __future__ import annotations

import functools
import io
import re
from collections.abc import Iterator

import pikepdf
from pikepdf import Array, Dictionary, Object, Pdf, Stream

from inboxd.documents import Finding, Reason
from inboxd.inspection.pdf_active import LOCKED, active, active_in_ruins, spelled

UNFOLD = 64 * 1024 * 1024
"""Bytes that one stream may unfold to; a page of dense vector drawing has a few million."""
MOST_OBJECTS = 500_000
MOST_PAGES = 10_000
_DEEPEST_FORM = 8
_DEEPEST_TREE = 50
_MOST_LZW = 64 * 1024
"""LZW has no bound in qpdf and unfolds to 1,400 times its size at most."""
_OBJECT = re.compile(rb"\b\d{1,10}\s+\d{1,5}\s+obj\b")
_TABLE = re.compile(rb"startxref|trailer|/XRef\b")
_USED = re.compile(rb"/([^\s/<>\[\](){}%]+)\s+(?:(Do)\b|[-+.\d]+\s+(Tf)\b)")


@functools.cache
def _limit() -> None:
    """qpdf's limits are of the whole process; only this module uses it."""
    pikepdf.settings.set_qpdf_limits(
        flate_max_memory=UNFOLD,
        png_max_memory=UNFOLD,
        tiff_max_memory=UNFOLD,
        run_length_max_memory=UNFOLD,
        dct_max_memory=UNFOLD,
    )


class _Damaged(Exception):
    """A page or what is on it cannot be shown; the text says which."""


def _corrupt(detail: str) -> Finding:
    return Finding(reason=Reason.EMPTY_OR_CORRUPT, detail=detail)


def _too_much(said: str) -> bool:
    return "limit exceeded" in said


def _ends_early(content: bytes) -> bool:
    """Objects after the last end mark, and no cross-reference table for them: the end of the file is missing.

    Readers would show what they find, at worst an older state of a form that was saved again.
    """
    tail = content[content.rfind(b"%%EOF") + 1 :]
    return _OBJECT.search(tail) is not None and _TABLE.search(tail) is None


def _missing_pages(pdf: Pdf) -> bool:
    """A place in the tree of pages holds nothing, and the count says that something belongs there.

    Must be asked before the library repairs the tree. Where it has while opening, its warning tells.
    """
    if any("non-dictionary object" in str(warning) for warning in pdf.get_warnings()):
        return True
    tree = pdf.Root.get("/Pages")
    count = tree.get("/Count") if isinstance(tree, Dictionary) else None
    waiting: list[object] = [tree]
    seen: set[tuple[int, int]] = set()
    there, gaps = 0, False
    while waiting:
        node = waiting.pop()
        if not isinstance(node, Dictionary):
            gaps = True
            continue
        if node.objgen != (0, 0) and node.objgen in seen:
            continue
        seen.add(node.objgen)
        kids = node.get("/Kids")
        if isinstance(kids, Array):
            waiting += kids.as_list()
        else:
            there += 1
    return gaps and isinstance(count, int) and there < count


def _filters(stream: Object) -> list[bytes]:
    filters = stream.get("/Filter")
    return [spelled(one) for one in (filters.as_list() if isinstance(filters, Array) else [filters])]


def _decoded(stream: Object) -> bytes:
    if b"/LZWDecode" in _filters(stream) and len(stream.read_raw_bytes()) > _MOST_LZW:
        return b""
    return bytes(stream.read_bytes())


def _content(page: Object) -> bytes:
    """What draws the page; nothing for a blank one."""
    contents = page.get("/Contents")
    parts = contents.as_list() if isinstance(contents, Array) else [contents] if contents is not None else []
    drawn = []
    for part in parts:
        if not isinstance(part, Stream):
            raise _Damaged("has lost its content")
        drawn.append(_decoded(part))
    return b"\n".join(drawn)


def _inherited(holder: Object, key: str) -> object:
    """What a page says, or the part of the tree of pages above it (ISO 32000-1, 7.7.3.4)."""
    for _ in range(_DEEPEST_TREE):
        if key in holder or not isinstance(holder.get("/Parent"), Dictionary):
            break
        holder = holder["/Parent"]
    return holder.get(key)


def _resources(holder: Object, kind: str) -> dict[str, Object]:
    resources = _inherited(holder, "/Resources")
    named = resources.get(kind) if isinstance(resources, Dictionary) else None
    if not isinstance(named, Dictionary):
        return {}
    return {str(key): value for key, value in named.items()}


def _check_image(image: Object) -> None:
    """An image of a file that was repaired: its bytes must go on to their own end."""
    raw = image.read_raw_bytes()
    last = next(reversed(_filters(image)), b"")
    if not raw or (last == b"/DCTDecode" and b"\xff\xd9" not in raw[-1024:]):
        raise _Damaged("has lost part of a picture")
    if last in (b"/FlateDecode", b""):
        image.read_bytes()


def _check_drawing(holder: Object, content: bytes, repaired: bool, seen: set[tuple[int, int]], depth: int) -> None:
    """The pictures and forms that this drawing uses, and those inside them."""
    drawn = _resources(holder, "/XObject")
    if repaired:
        fonts = _resources(holder, "/Font")
        for name, picture, font in _USED.findall(content):
            have = drawn if picture else fonts
            if (picture or font) and f"/{name.decode('utf-8', 'surrogateescape')}" not in have and b"#" not in name:
                raise _Damaged("has lost a part" if picture else "has lost a font")
    for inner in drawn.values():
        if not isinstance(inner, Stream) or inner.objgen in seen:
            continue
        seen.add(inner.objgen)
        kind = inner.get("/Subtype")
        if kind == "/Form" and depth < _DEEPEST_FORM:
            inside = inner.stream_dict if "/Resources" in inner else holder
            _check_drawing(inside, _decoded(inner), repaired, seen, depth + 1)
        elif kind == "/Image" and repaired:
            _check_image(inner)


def _pages(pdf: Pdf) -> Iterator[Object]:
    for page in pdf.pages:
        yield page.obj


def _whole(pdf: Pdf, content: bytes) -> Finding:
    if _ends_early(content):
        return _corrupt("ends before its cross-reference table")
    repaired = bool(pdf.get_warnings())
    if _missing_pages(pdf):
        return _corrupt("pages are missing")
    if len(pdf.pages) == 0:
        return _corrupt("no pages")
    seen: set[tuple[int, int]] = set()
    for number, page in enumerate(_pages(pdf), start=1):
        if number > MOST_PAGES:
            return Finding(reason=Reason.NOT_CHECKED, detail=f"more than {MOST_PAGES} pages")
        try:
            _check_drawing(page, _content(page), repaired, seen, 0)
        except _Damaged as error:
            return _corrupt(f"page {number} {error}")
        except pikepdf.DataDecodingError as error:
            if _too_much(str(error)):
                return Finding(reason=Reason.NOT_CHECKED, detail=f"page {number} unfolds to more than is looked at")
            return _corrupt(f"page {number} cannot be unpacked")
    return Finding()


def _refused(content: bytes, said: str) -> Finding:
    """Why qpdf could not open or read the file, from what it said."""
    if _too_much(said):
        return Finding(reason=Reason.NOT_CHECKED, detail="unfolds to more than is looked at")
    if "encrypt" in said:
        # Certificates or a seller's own handler instead of a password.
        return Finding(reason=Reason.ENCRYPTED, detail="locked for certain readers")
    runs = active_in_ruins(content)
    if runs:
        return Finding(reason=Reason.MACRO_OR_ACTIVE, detail=runs)
    if _ends_early(content):
        return _corrupt("ends before its cross-reference table")
    return _corrupt("no pages" if "find any pages" in said or "no pages" in said else "damaged beyond repair")


def look(content: bytes) -> Finding:
    """ENCRYPTED, MACRO_OR_ACTIVE, EMPTY_OR_CORRUPT in this order; NOT_CHECKED for more than is looked at."""
    _limit()
    try:
        with Pdf.open(io.BytesIO(content), inherit_page_attributes=False) as pdf:
            if len(pdf.objects) > MOST_OBJECTS:
                return Finding(reason=Reason.NOT_CHECKED, detail=f"more than {MOST_OBJECTS} objects")
            runs = active(pdf)
            if runs == LOCKED:
                return Finding(reason=Reason.ENCRYPTED, detail="locked by rights management")
            return Finding(reason=Reason.MACRO_OR_ACTIVE, detail=runs) if runs else _whole(pdf, content)
    except pikepdf.PasswordError:
        return Finding(reason=Reason.ENCRYPTED, detail="password needed to open")
    except pikepdf.PikepdfError as error:
        return _refused(content, str(error))
