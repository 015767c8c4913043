"""OLE compound files: old Word, and the envelope of a locked Office file. Read by olefile.

olefile repairs silently and logs what it met, so each stream's length is compared with the directory's. Word's own
head (MS-DOC 2.5, the FIB) says whether a password is needed and where the text's tables are.
"""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import olefile

from inboxd.documents import Finding, Reason

SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MOST_STREAMS = 500
"""Streams whose bytes are counted; a letter has a dozen, one with many drawn objects a hundred."""
_ERRORS = (
    OSError,
    EOFError,
    struct.error,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    NotImplementedError,
)
"""What olefile raises for bytes that are no sound compound file (`OleFileError` is an OSError)."""
_SMALLEST_SECTOR = 64
_WORD_97, _WORD_6 = 0xA5EC, 0xA5DC
_FIB_SHORTEST = 0x01AA
"""Up to fcClx and lcbClx: where the pieces of the text are."""
_FIB_6_SHORTEST = 0x20
_PACKED = "\x01ole10native"
_ENCRYPTED, _TABLE_1 = 0x0100, 0x0200
_DDE = re.compile(rb"\x13 *DDE(?:AUTO)?\b|\x13\0(?: \0)*D\0D\0E\0(?:A\0U\0T\0O\0)?", re.IGNORECASE)
"""A field of the binary format: the mark 0x13, then its code, in 8 or 16 bits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Streams:
    """What the file holds: lower-case names in full, and the bytes of those that Word's check needs."""

    names: frozenset[str]
    word: bytes
    tables: tuple[int, int]
    """Sizes of 0Table and 1Table; -1 for none."""
    short: str
    """The first stream whose bytes are not all there."""


def _corrupt(detail: str) -> Finding:
    return Finding(reason=Reason.EMPTY_OR_CORRUPT, detail=detail)


def _parts(name: str) -> list[str]:
    return name.split("/")


def _is_macro(names: frozenset[str]) -> bool:
    """A VBA project: its directory stream, wherever it is (MS-OVBA 2.2.1). An empty storage `Macros` is none."""
    return any(
        _parts(name)[-1] == "_vba_project" or _parts(name)[-2:] == ["vba", "dir"] or "_vba_project_cur" in _parts(name)
        for name in names
    )


def active(names: frozenset[str]) -> str:
    """What runs, by the names of the streams: a macro project, or a file packed as an object."""
    if _is_macro(names):
        return "VBA project"
    if any(_parts(name)[-1] == _PACKED for name in names):
        return "a file packed as an object"
    return ""


def _names(ole: olefile.OleFileIO, *, readable: bool) -> frozenset[str]:
    """All names in lower case; if streams can be read, without packed objects that are but a picture from Paint."""
    paths = ole.listdir(streams=True, storages=True)
    return frozenset("/".join(path).lower() for path in paths if not (readable and _is_pasted(ole, path)))


def _is_pasted(ole: olefile.OleFileIO, path: list[str]) -> bool:
    """A bitmap behind the four bytes of its length (MS-OLEDS 2.3.6), as old Word keeps what is pasted from Paint."""
    if path[-1].lower() != _PACKED or ole.get_type(path) != olefile.STGTY_STREAM:
        return False
    return bool(ole.openstream(path).read(6)[4:] == b"BM")


def names_in(content: bytes) -> frozenset[str]:
    """The names in a compound file inside another file; nothing if it cannot be read."""
    try:
        with olefile.OleFileIO(io.BytesIO(content)) as ole:
            return _names(ole, readable=not _goes_in_circles(ole))
    except RecursionError:
        raise
    except _ERRORS:
        return frozenset()


def _sizes(ole: olefile.OleFileIO) -> Iterator[tuple[str, int, int]]:
    """Each stream's name, size by the directory, and the bytes that are there; in all not more than the file twice."""
    room = 2 * int(ole.fp.seek(0, io.SEEK_END))
    for count, path in enumerate(ole.listdir()):
        name, size = "/".join(path), int(ole.get_size(path))
        room -= size
        if count >= _MOST_STREAMS:
            return
        if room < 0:
            yield name, size, -1
            return
        yield name, size, len(ole.openstream(path).read())


def _chains(ole: olefile.OleFileIO) -> Iterator[tuple[Sequence[int], int, int]]:
    """Each chain of sectors (MS-CFB 2.3): the table it is in, its first sector, and how many sectors it should have."""
    everything = len(ole.fat) + 1
    yield ole.fat, ole.first_dir_sector, everything
    yield ole.fat, ole.first_mini_fat_sector, min(ole.num_mini_fat_sectors, everything)
    yield ole.fat, ole.root.isectStart, -(-ole.root.size // ole.sector_size)
    ole.loadminifat()  # only here: olefile reads a chain of circles as long as the head of the file says
    for entry in ole.direntries:
        if entry is not None and entry.entry_type == olefile.STGTY_STREAM:
            table, unit = (ole.minifat, ole.mini_sector_size) if entry.is_minifat else (ole.fat, ole.sector_size)
            yield table, entry.isectStart, -(-entry.size // unit)


def _goes_in_circles(ole: olefile.OleFileIO) -> bool:
    """Whether a chain has a sector twice. Chains that are longer than the file twice in all are another defect."""
    room = 2 * int(ole.fp.seek(0, io.SEEK_END)) // _SMALLEST_SECTOR
    for table, first, count in _chains(ole):
        seen: set[int] = set()
        at = first
        while at < len(table) and len(seen) < min(count, room):
            if at in seen:
                return True
            seen.add(at)
            at = table[at]
        room -= len(seen)
    return False


def _read(content: bytes) -> _Streams | None:
    """None if the chains of sectors go in circles: nothing of such a file can be believed."""
    with olefile.OleFileIO(io.BytesIO(content)) as ole:
        if _goes_in_circles(ole):
            return None
        names = _names(ole, readable=True)
        short = "" if active(names) or "encryptedpackage" in names else _first_short(ole)
        word = b""
        if ole.exists("WordDocument") and int(ole.get_size("WordDocument")) <= len(content):
            word = ole.openstream("WordDocument").read()
        first, second = (int(ole.get_size(name)) if ole.exists(name) else -1 for name in ("0Table", "1Table"))
        return _Streams(names=names, word=word, tables=(first, second), short=short)


def _first_short(ole: olefile.OleFileIO) -> str:
    for name, size, there in _sizes(ole):
        if there < size:
            return name
    return ""


def _word(streams: _Streams) -> Finding:
    """The head of a Word document: locked, a field that starts a program, tables that are not there."""
    word = streams.word
    if len(word) < _FIB_6_SHORTEST:
        return _corrupt("the document's head is cut off")
    (magic,) = struct.unpack_from("<H", word, 0)
    (flags,) = struct.unpack_from("<H", word, 0x0A)
    if magic not in (_WORD_97, _WORD_6):
        return _corrupt("not the head of a Word document")
    if flags & _ENCRYPTED:
        return Finding(reason=Reason.ENCRYPTED, detail="password needed to open")
    if _DDE.search(word):
        return Finding(reason=Reason.MACRO_OR_ACTIVE, detail="a DDE field that starts another program")
    if streams.short:
        return _corrupt("ends before its last parts")
    if magic == _WORD_6:
        # Word 6 and 95 have no table stream; more is not known here than that the file is whole.
        return Finding()
    table = streams.tables[1 if flags & _TABLE_1 else 0]
    if len(word) < _FIB_SHORTEST:
        return _corrupt("the document's head is cut off")
    start, length = struct.unpack_from("<II", word, 0x01A2)
    if table < 0 or start + length > table:
        return _corrupt("the tables of the document are missing")
    return Finding()


def look(content: bytes, kind: str, name: str) -> Finding:
    """ENCRYPTED, MACRO_OR_ACTIVE, EMPTY_OR_CORRUPT in this order, for a file that libmagic calls Word or OLE.

    An OLE file of another kind that is not named `.doc` gives no reason: its type speaks for itself.
    """
    if not content.startswith(SIGNATURE):
        # Word for DOS and Word 2 are application/msword, too; no reader of today opens them.
        return _corrupt("not a Word 97-2003 document")
    unnamed = kind in ("application/cdfv2", "application/x-ole-storage")
    wanted = kind == "application/msword" or (unnamed and name.lower().endswith((".doc", ".dot")))
    try:
        streams = _read(content)
    except RecursionError:
        raise
    except _ERRORS:
        return _corrupt("ends before its table of sectors, or is damaged")
    if streams is None:
        return _corrupt("its allocation table goes in circles")
    if "encryptedpackage" in streams.names:
        rights = any("drmencrypted" in entry for entry in streams.names)
        return Finding(
            reason=Reason.ENCRYPTED,
            detail="locked by rights management" if rights else "Office file with a password",
        )
    found = _word(streams) if streams.word else None
    if found is not None and found.reason is Reason.ENCRYPTED:
        return found
    runs = active(streams.names)
    if runs:
        return Finding(reason=Reason.MACRO_OR_ACTIVE, detail=runs)
    if found is not None:
        return found
    return _corrupt("the document itself is missing") if wanted else Finding()
