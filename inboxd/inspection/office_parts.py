"""The XML parts of a Word file, read by expat: declared types, relationships, field codes.

Raises `BadPart` for what is no XML, and for XML with a document type, which Office never writes and refuses to read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from urllib.parse import unquote
from xml.parsers import expat

_DEEPEST = 2_000
_LOCAL = re.compile(r"^(?:file:/{1,3})?(?:/?[a-z]:(?:[\\/]|$)|[^:\\/?#]*(?:[\\/][^:]*)?$)", re.IGNORECASE)
"""A path on the writer's own disk, or relative to the file."""
_MAC = re.compile(r"^(?!https?:|ftp:|file:|mhtml:|mk:|script:|ms-)[^:\\/]+(?::[^:\\/]+){2,}$", re.IGNORECASE)
"""`Macintosh HD:Users:...:Letter.dotx`, as Word for Mac writes it."""
_SHARE = re.compile(r"^(?:file:)?[\\/]{2,5}([^\\/]+)", re.IGNORECASE)
_BEGIN, _INSIDE = "begin", ("separate", "end")

Start = Callable[[str, dict[str, str]], None]


class BadPart(Exception):
    """A part that cannot be read; the text is for the office."""


def _parse(content: bytes, start: Start | None, text: Callable[[str], None] | None = None, end: str = "") -> None:
    """Hand each element's local name and attributes to `start`; bounded in depth, without entities.

    `text` gets the text inside elements of the local name `end`, in pieces.
    """
    parser = expat.ParserCreate(namespace_separator="|")
    parser.buffer_text = True
    wanted_start = start or (lambda name, attributes: None)
    depth = 0
    inside = False

    def opened(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth, inside
        depth += 1
        if depth > _DEEPEST:
            raise BadPart("nested deeper than Word writes")
        local = name.rpartition("|")[2]
        inside = local == end
        wanted_start(local, {key.rpartition("|")[2]: value for key, value in attributes.items()})

    def closed(_: str) -> None:
        nonlocal depth, inside
        depth -= 1
        inside = False

    def typed(*_: object) -> None:
        raise BadPart("a part of it has a document type")

    if start is not None:
        parser.StartElementHandler = opened
        parser.EndElementHandler = closed
    parser.StartDoctypeDeclHandler = typed
    if text is not None:
        wanted = text
        parser.CharacterDataHandler = lambda piece: wanted(piece) if inside else None
    try:
        parser.Parse(content, True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise BadPart("a part of it is no valid XML") from error


def content_types(content: bytes) -> tuple[dict[str, str], dict[str, str]]:
    """Types by ending and by part name, all in lower case, from `[Content_Types].xml` (ECMA-376-2, 10.1.2)."""
    defaults: dict[str, str] = {}
    overrides: dict[str, str] = {}

    def start(name: str, attributes: dict[str, str]) -> None:
        kind = attributes.get("ContentType", "").lower()
        if name == "Default":
            defaults[attributes.get("Extension", "").lower()] = kind
        elif name == "Override":
            overrides[attributes.get("PartName", "").lower().lstrip("/")] = kind

    _parse(content, start)
    return defaults, overrides


def relations(content: bytes) -> list[tuple[str, str, bool]]:
    """Kind (last component, lower case), target, and whether it is outside the file, for each relationship."""
    found: list[tuple[str, str, bool]] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        if name == "Relationship":
            kind = attributes.get("Type", "").rstrip("/").rpartition("/")[2].lower()
            outside = attributes.get("TargetMode", "").strip().lower() == "external"
            found.append((kind, attributes.get("Target", ""), outside))

    if content:
        _parse(content, start)
    return found


def remote(target: str) -> bool:
    """Whether a template's address leads over the network to a server that anyone could own.

    Word notes the template of every letter: `file:///C:\\...\\Letter.dotx` is in most files and loads nothing at the
    reader's end. So is a share by a bare name (`\\\\SERVER01\\Templates`), which exists in the writer's own network
    only. A web address, or a server by a full name or a number, is loaded from wherever it leads.
    """
    target = unquote(target.strip())
    share = _SHARE.match(target)
    if share and not re.fullmatch(r"[a-z]:|[a-z]\|", share.group(1), re.IGNORECASE):
        return "." in share.group(1) or "@" in share.group(1) or ":" in share.group(1)
    return _LOCAL.match(target) is None and _MAC.match(target) is None


def field_codes(content: bytes) -> Iterator[str]:
    """The codes of all fields, put together from the runs that Word spreads them over (ECMA-376-1, 17.16.2)."""
    if content[:1] not in (b"\xff", b"\xfe", b"\0") and content[1:2] != b"\0" and b"instr" not in content:
        # Most parts: not UTF-16, and no such name in them. Only whether it is XML matters, which is ten times faster.
        _parse(content, None)
        return
    codes: list[str] = []
    open_fields: list[list[str]] = [[]]

    def start(name: str, attributes: dict[str, str]) -> None:
        if name == "fldSimple":
            codes.append(attributes.get("instr", ""))
        elif name == "fldChar":
            kind = attributes.get("fldCharType", "").lower()
            if kind == _BEGIN:
                open_fields.append([])
            elif kind in _INSIDE and len(open_fields) > 1:
                codes.append("".join(open_fields[-1]))
                open_fields[-1].clear()
                if kind == "end":
                    open_fields.pop()

    def text(piece: str) -> None:
        open_fields[-1].append(piece)

    _parse(content, start, text, "instrText")
    codes += ["".join(pieces) for pieces in open_fields]
    for code in codes:
        yield " ".join(code.split())
