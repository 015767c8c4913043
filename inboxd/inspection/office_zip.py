"""Word files of today (OOXML, a ZIP of XML parts): locked, active, whole? Read by zipfile and expat.

Everything is unfolded once, piece by piece, against its checksum, to a bound. A file that unfolds to more is held, not
refused: no letter does, but a person may tell a bomb from an album. Parts are XML without a document type, as the
standard demands, so no entity can explode.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass, field

from inboxd.documents import Finding, Reason
from inboxd.inspection import archives, compound
from inboxd.inspection.office_parts import BadPart, content_types, field_codes, relations, remote

UNFOLD = 256 * 1024 * 1024
"""Bytes of all parts together."""
_XML = 64 * 1024 * 1024
"""Bytes of all XML parts, which are kept; a thousand pages of text have about 20 million."""
_PIECE = 1024 * 1024
_OBJECT = 16 * 1024 * 1024
_ENCRYPTED = 0x1
_MACRO_TYPES = ("macroenabled", "vbaproject", "ms-word.vbadata")
_DDE = ("DDE", "DDEAUTO")
_ELSEWHERE = {
    "oleobject": "an object that is loaded from elsewhere",
    "frame": "a frame that is loaded from elsewhere",
    "subdocument": "a part that is loaded from elsewhere",
    "afchunk": "a part that is loaded from elsewhere",
}
"""Relationships whose target, if outside the file, is loaded and is not only a link or a picture."""


class _TooMuch(Exception):
    """More unfolds than is looked at; the text says what."""


@dataclass(slots=True, kw_only=True)
class _Package:
    """The parts by lower-case name. Only XML and small binary objects are kept; the rest is read and forgotten."""

    names: frozenset[str]
    parts: dict[str, bytes] = field(default_factory=dict)
    broken: str = ""
    """The first thing that cannot be read, in words."""


def _read(archive: zipfile.ZipFile) -> _Package:
    members = archive.infolist()
    package = _Package(names=frozenset(member.filename.lower().lstrip("/") for member in members))
    room, text_room = UNFOLD, _XML
    for member in members:
        name = member.filename.lower().lstrip("/")
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            package.broken = package.broken or "packed in a way that Word does not read"
            continue
        pieces: list[bytes] = []
        is_text = name.endswith((".xml", ".rels"))
        is_object = name.endswith(".bin") and member.file_size <= _OBJECT
        try:
            with archive.open(member) as part:
                while piece := part.read(_PIECE):
                    room -= len(piece)
                    if room < 0:
                        raise _TooMuch(f"unfolds to more than {UNFOLD // 1024 // 1024} MB")
                    text_room -= len(piece) if is_text else 0
                    if text_room < 0:
                        raise _TooMuch(f"unfolds to more than {_XML // 1024 // 1024} MB of text")
                    if is_text or is_object:
                        pieces.append(piece)
        except archives.ERRORS:
            package.broken = package.broken or "a part of it is damaged"
        if is_text or is_object:
            package.parts[name] = b"".join(pieces)
    return package


def _typed(package: _Package) -> tuple[str, str]:
    """The main part's name, and what is active by the declared types."""
    defaults, overrides = content_types(package.parts.get("[content_types].xml", b""))
    main = runs = ""
    for name in sorted(package.names):
        kind = overrides.get(name, defaults.get(name.rpartition(".")[2], ""))
        if any(mark in kind for mark in _MACRO_TYPES):
            runs = runs or "VBA project"
        elif "activex" in kind:
            runs = runs or "ActiveX control"
        if kind.endswith(".main+xml") and name.startswith("word/"):
            main = main or name
    return main, runs


def _by_name(package: _Package) -> str:
    for name in sorted(package.names):
        last = name.rpartition("/")[2]
        if last in ("vbaproject.bin", "vbadata.xml"):
            return "VBA project"
        if "/activex/" in name or last.startswith("activex"):
            return "ActiveX control"
        if package.parts.get(name, b"").startswith(compound.SIGNATURE):
            runs = compound.active(compound.names_in(package.parts[name]))
            if runs:
                return runs
    return ""


def _by_relation(package: _Package) -> str:
    for name in sorted(package.parts):
        if not name.endswith(".rels"):
            continue
        for kind, target, external in relations(package.parts[name]):
            if external and kind in _ELSEWHERE:
                return _ELSEWHERE[kind]
            if external and kind == "attachedtemplate" and remote(target):
                return "a template that is loaded from elsewhere"
    return ""


def _by_field(package: _Package) -> str:
    for name in sorted(package.parts):
        if name.startswith("word/") and name.endswith(".xml"):
            for code in field_codes(package.parts[name]):
                if code.upper().partition(" ")[0] in _DDE:
                    return "a DDE field that starts another program"
    return ""


def _main_part(package: _Package) -> str:
    """Where the package says that the document is; empty if it does not."""
    for kind, target, external in relations(package.parts.get("_rels/.rels", b"")):
        if kind == "officedocument" and not external:
            return target.lower().lstrip("/")
    return ""


def _judge(package: _Package) -> Finding:
    damage = package.broken
    runs = main = ""
    try:
        runs = _by_name(package)
        main, by_type = _typed(package)
        runs = runs or by_type or _by_relation(package) or _by_field(package)
        main = _main_part(package) or main
    except BadPart as error:
        damage = damage or str(error)
    if runs:
        return Finding(reason=Reason.MACRO_OR_ACTIVE, detail=runs)
    if not damage and (not main or main not in package.names):
        damage = "the document itself is missing"
    return Finding(reason=Reason.EMPTY_OR_CORRUPT, detail=damage) if damage else Finding()


def look(content: bytes) -> Finding:
    """ENCRYPTED, MACRO_OR_ACTIVE, EMPTY_OR_CORRUPT in this order; NOT_CHECKED for more than is unfolded."""
    try:
        if archives.most_members(content) > archives.MOST_MEMBERS:
            return Finding(reason=Reason.NOT_CHECKED, detail=f"more than {archives.MOST_MEMBERS} parts")
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if any(member.flag_bits & _ENCRYPTED for member in archive.infolist()):
                return Finding(reason=Reason.ENCRYPTED, detail="password needed to open")
            package = _read(archive)
    except _TooMuch as error:
        return Finding(reason=Reason.NOT_CHECKED, detail=str(error))
    except RecursionError:
        raise
    except archives.ERRORS:
        return Finding(reason=Reason.EMPTY_OR_CORRUPT, detail="ends before its list of parts, or is damaged")
    return _judge(package)
