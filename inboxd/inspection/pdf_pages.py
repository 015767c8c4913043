"""Can every page of a PDF be shown? Its content must unpack, and in a file that had to be repaired also its pictures
and fonts must be there: a file that was cut off often still opens, with pages that lack their scan.

Raises `Damaged` with the page and what it lacks, `TooMuch` past a bound; pikepdf's errors for what cannot be read.
"""

from __future__ import annotations

import re

import pikepdf
from pikepdf import Array, Dictionary, Object, Pdf, Stream

from inboxd.inspection.pdf_active import spelled

MOST_PAGES = 10_000
UNFOLD = 256 * 1024 * 1024
"""Bytes that the content of all pages together may unfold to; what they paint with is not counted."""
_DEEPEST_FORM = 8
_DEEPEST_TREE = 50
_MOST_LZW = 64 * 1024
"""LZW has no bound in qpdf and unfolds to 1,400 times its size at most."""
_USED = re.compile(rb"/([^\s/<>\[\](){}%]+)\s+(?:(Do)\b|[-+.\d]+\s+(Tf)\b)")
_GAP = "non-dictionary object"
_REPAIRED = ("reconstruct", "recover", "treating stream as empty")


class Damaged(Exception):
    """A page, or something on it, is not there; the text is for the office."""


class TooMuch(Exception):
    """More than is looked at; the text is for the office."""


def _has_gaps(pdf: Pdf) -> bool:
    """A place in the tree of pages holds nothing, and the count says that something belongs there."""
    tree: object = pdf.Root.get("/Pages")
    count: object = tree.get("/Count") if isinstance(tree, Dictionary) else None
    waiting: list[object] = [tree]
    seen: set[tuple[int, int]] = set()
    there, gaps = 0, False
    while waiting:
        node = waiting.pop()
        if not isinstance(node, Dictionary):
            gaps = True
            continue
        if node.is_indirect and node.objgen in seen:
            continue
        seen.add(node.objgen)
        kids = node.get("/Kids")
        if isinstance(kids, Array):
            waiting += kids.as_list()
        else:
            there += 1
    return gaps and isinstance(count, int) and there < count


def _filters(stream: Object) -> list[bytes]:
    filters: object = stream.get("/Filter")
    return [spelled(one) for one in (filters.as_list() if isinstance(filters, Array) else [filters])]


def _inherited(holder: Object, key: str) -> object:
    """What a page says, or the part of the tree of pages above it (ISO 32000-1, 7.7.3.4)."""
    for _ in range(_DEEPEST_TREE):
        above = holder.get("/Parent")
        if key in holder or not isinstance(above, Dictionary):
            break
        holder = above
    return holder.get(key)


def _resources(holder: Object, kind: str) -> dict[str, Object]:
    resources = _inherited(holder, "/Resources")
    named = resources.get(kind) if isinstance(resources, Dictionary) else None
    if not isinstance(named, Dictionary):
        return {}
    # An object that is not in the file comes as None under its name.
    return {str(key): value for key, value in named.items() if isinstance(value, Object)}


def _check_image(image: Object) -> None:
    """An image of a file that was repaired: its bytes must go on to their own end."""
    raw = image.read_raw_bytes()
    last = next(reversed(_filters(image)), b"")
    if not raw or (last == b"/DCTDecode" and b"\xff\xd9" not in raw[-1024:]):
        raise Damaged("has lost part of a picture")
    if last in (b"/FlateDecode", b""):
        image.read_bytes()


class _Reading:
    """One pass over all pages: what was seen, and how much may still be unfolded."""

    def __init__(self, *, repaired: bool) -> None:
        self._repaired = repaired
        self._seen: set[tuple[int, int]] = set()
        self._room = UNFOLD

    def _decoded(self, stream: Object) -> bytes:
        if b"/LZWDecode" in _filters(stream) and len(stream.read_raw_bytes()) > _MOST_LZW:
            return b""
        content = stream.read_bytes()
        self._room -= len(content)
        if self._room < 0:
            raise TooMuch(f"unfolds to more than {UNFOLD // 1024 // 1024} MB")
        return content

    def page(self, page: Object) -> None:
        """Raises `Damaged` if this page cannot be shown in full. A page without any content is a blank one."""
        contents: object = page.get("/Contents")
        if contents is None and "/Contents" in dict(page.items()):
            # Named, but the object is not in the file: `in` and `keys` leave such entries out, `items` does not.
            raise Damaged("has lost its content")
        parts = contents.as_list() if isinstance(contents, Array) else [] if contents is None else [contents]
        drawn = []
        for part in parts:
            if not isinstance(part, Stream):
                raise Damaged("has lost its content")
            drawn.append(self._decoded(part))
        self._drawing(page, b"\n".join(drawn), 0)

    def _drawing(self, holder: Object, content: bytes, depth: int) -> None:
        """The pictures and forms that this drawing may use, and those inside them."""
        drawn = _resources(holder, "/XObject")
        if self._repaired:
            fonts = _resources(holder, "/Font")
            for name, picture, _ in _USED.findall(content):
                have = drawn if picture else fonts
                if b"#" not in name and f"/{name.decode('utf-8', 'surrogateescape')}" not in have:
                    raise Damaged("has lost a picture" if picture else "has lost a font")
        for inner in drawn.values():
            if not isinstance(inner, Stream) or inner.objgen in self._seen:
                continue
            self._seen.add(inner.objgen)
            kind = inner.get("/Subtype")
            if kind == "/Form" and depth < _DEEPEST_FORM:
                own = inner.stream_dict if "/Resources" in inner else holder
                self._drawing(own, self._decoded(inner), depth + 1)
            elif kind == "/Image" and self._repaired:
                _check_image(inner)


def check_pages(pdf: Pdf) -> None:
    """Raises `Damaged` or `TooMuch` unless every page can be shown in full. To be called once, before a repair."""
    warnings = [str(warning) for warning in pdf.get_warnings()]
    # The library repairs the tree of pages when it is asked for them, so the gaps are looked for before. Where it has
    # done so while opening, its warning tells.
    if any(_GAP in warning for warning in warnings) or _has_gaps(pdf):
        raise Damaged("pages are missing")
    if len(pdf.pages) == 0:
        raise Damaged("no pages")
    if len(pdf.pages) > MOST_PAGES:
        raise TooMuch(f"more than {MOST_PAGES} pages")
    reading = _Reading(repaired=any(word in warning for warning in warnings for word in _REPAIRED))
    for number, page in enumerate(pdf.pages, start=1):
        try:
            reading.page(page.obj)
        except Damaged as error:
            raise Damaged(f"page {number} {error}") from error
        except pikepdf.DataDecodingError as error:
            if "limit exceeded" in str(error):
                raise TooMuch(f"page {number} unfolds to more than is looked at") from error
            raise Damaged(f"page {number} cannot be unpacked") from error
