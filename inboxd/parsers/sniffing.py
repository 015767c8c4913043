"""What the bytes of a file are: libmagic is shown all of them, and where it stops short they are looked at here.

It stops short at containers (OOXML is a zip to it, old Word any compound file), at a few kinds that hide behind a link
or an installer, and above all at files that are two things at once: a picture or PDF that is a zip, RAR, 7z, tar or
disk image as well is the archive, and what is both PDF and picture or page is nothing we know. Not told apart here:
a compound file with something behind it, and text that a program would run. Never fails: what nobody can name is
`application/octet-stream`. The only module that knows libmagic.
"""

from __future__ import annotations

import functools
import io
import re
import zipfile
import zlib
from typing import Any

from inboxd.parsers.compound import SIGNATURE, Broken, Compound

UNKNOWN = "application/octet-stream"
PDF = "application/pdf"
OUTLOOK_ITEM = "application/vnd.ms-outlook"
TNEF = "application/vnd.ms-tnef"

_MOST_ZIP_ENTRIES = 10_000
_CONTENT_TYPES_BYTES = 1024 * 1024
_PDF_WITHIN = 1024
"""Readers accept a PDF whose header stands within the first 1024 bytes."""
# libmagic takes 0.6 s for a file that begins with 64 kB of blank lines: it is shown the beginning with few of them.
_BLANK_WITHIN = 64 * 1024
_LONG_BLANK = re.compile(rb"(\s{64})\s+")

_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml."
_OOXML = {
    "wordprocessingml.document.main+xml": f"{_WORD}document",
    "wordprocessingml.template.main+xml": f"{_WORD}template",
    "ms-word.document.macroenabled.main+xml": "application/vnd.ms-word.document.macroEnabled.12",
    "ms-word.template.macroenabledtemplate.main+xml": "application/vnd.ms-word.template.macroEnabled.12",
    "spreadsheetml.sheet.main+xml": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ms-excel.sheet.macroenabled.main+xml": "application/vnd.ms-excel.sheet.macroEnabled.12",
    "presentationml.presentation.main+xml": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "ms-powerpoint.presentation.macroenabled.main+xml": "application/vnd.ms-powerpoint.presentation.macroEnabled.12",
}
_MAIN_PART = re.compile(rb"""ContentType\s*=\s*["']application/vnd\.(?:openxmlformats-officedocument\.)?([^"']+)["']""")
# By what lies in the root of a compound file. Encrypted goes first: it wraps the others.
_IN_ROOT = (
    ("EncryptedPackage", "application/encrypted"),
    ("__properties_version1.0", OUTLOOK_ITEM),
    ("WordDocument", "application/msword"),
    ("Workbook", "application/vnd.ms-excel"),
    ("Book", "application/vnd.ms-excel"),
    ("PowerPoint Document", "application/vnd.ms-powerpoint"),
    ("VisioDocument", "application/vnd.visio"),
)
# For a compound file that is too damaged to open: the same, as names stand in its directory (UTF-16).
_IN_RUINS = (*_IN_ROOT[:1], ("__substg1.0_", OUTLOOK_ITEM), *_IN_ROOT[2:4], _IN_ROOT[5])
_WORD_TEXT = b"\xec\xa5"
"""How Word's text begins (MS-DOC 2.5.2); Word writes it first, its directory last."""
_INSTALLER = re.compile(r"000C108[246]-0000-0000-C000-000000000046")
# What libmagic has no MIME type for, by how it begins.
_BEGINNINGS = (
    (b"L\0\0\0\x01\x14\x02\0\0\0\0\0\xc0\0\0\0\0\0\0F", "application/x-ms-shortcut"),
    (b"MSCF\0\0\0\0", "application/vnd.ms-cab-compressed"),
    (b"\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d\xae\xb1\x53\x78\xd0\x29\x96\xd3", "application/onenote"),
    (b"\xffWPC", "application/vnd.wordperfect"),
    (b"\x78\x9f\x3e\x22", TNEF),
    (b"\x7fELF", "application/x-executable"),
)
_PICTURES = frozenset({"image/jpeg", "image/png", "image/tiff", "image/gif", "image/bmp", "image/webp"})
_NO_TYPE = frozenset({UNKNOWN, "text/plain", "application/x-empty"})
_ISO_PLACES = (32_769, 34_817, 36_865)
_RAR = re.compile(rb"Rar!\x1a\x07(?:\x00.{2}\x73|\x01\x00.{5})", re.DOTALL)
_SEVEN_ZIP = b"7z\xbc\xaf\x27\x1c"


@functools.cache
def _libmagic() -> Any:
    import pylibmagic  # must come first: it tells `magic` where the library lies

    database = str(pylibmagic.data.joinpath("magic.mgc"))
    import magic

    return magic.Magic(mime=True, magic_file=database)


def _from_library(content: bytes) -> str:
    lead = content[:_BLANK_WITHIN]
    if (squeezed := _LONG_BLANK.sub(rb"\1", lead)) != lead:
        content = squeezed
    try:
        found = str(_libmagic().from_buffer(content))
    except Exception:  # python-magic raises MagicException, and UnicodeDecodeError on odd input
        return UNKNOWN
    return found if "/" in found else UNKNOWN


def _ooxml(content: bytes) -> str:
    """The type that `[Content_Types].xml` gives the main part; empty if it is no OOXML or too odd to open."""
    end = content.rfind(b"PK\x05\x06", max(0, len(content) - 65_557))
    if end < 0 or int.from_bytes(content[end + 10 : end + 12], "little") > _MOST_ZIP_ENTRIES:
        return ""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive, archive.open("[Content_Types].xml") as listing:
            text = listing.read(_CONTENT_TYPES_BYTES)
    except (zipfile.BadZipFile, KeyError, RuntimeError, NotImplementedError, OSError, EOFError, ValueError, zlib.error):
        return ""
    mains = {_OOXML.get(found.group(1).decode("latin-1").lower(), "") for found in _MAIN_PART.finditer(text)} - {""}
    # A macro type anywhere decides: a file that claims both is treated as the dangerous one.
    return max(mains, key=lambda name: ("macro" in name, name), default="")


def _compound(content: bytes, found: str) -> str:
    """The type of a compound file, by what lies in its root; by any trace of that if it cannot be opened."""
    try:
        with Compound(content) as opened:
            names, clsid = opened.names(), opened.clsid
    except Broken:
        if content.startswith(_WORD_TEXT, 512):
            return "application/msword"
        return next((kind for name, kind in _IN_RUINS if name.encode("utf-16-le") in content), found)
    if _INSTALLER.fullmatch(clsid):
        return "application/x-msi"
    within = next((kind for name, kind in _IN_ROOT if name in names), "")
    return within or ("application/x-ole-storage" if found in ("application/msword", OUTLOOK_ITEM) else found)


def _ends_as_zip(content: bytes) -> bool:
    """Whether a zip program would open it: an end record whose directory lies before it (APPNOTE 4.3.16)."""
    end = len(content)
    for _ in range(16):
        end = content.rfind(b"PK\x05\x06", max(0, len(content) - 65_557), end)
        if end < 0:
            return False
        size = int.from_bytes(content[end + 12 : end + 16], "little")
        if size and content.startswith(b"PK\x01\x02", max(0, end - size)):
            return True
    return False


def _is_tar(content: bytes) -> bool:
    """A tar header at the start whose checksum is right (POSIX ustar)."""
    block = content[:512]
    if len(block) < 512 or block[257:262] != b"ustar":
        return False
    try:
        declared = int(block[148:156].strip(b" \0") or b"0", 8)
    except ValueError:
        return False
    return declared == sum(block[:148]) + 8 * 32 + sum(block[156:])


def _is_seven_zip_somewhere(content: bytes) -> bool:
    """A 7z signature with a start header whose checksum is right, wherever: 7-Zip opens it behind anything."""
    at = content.find(_SEVEN_ZIP)
    while 0 <= at <= len(content) - 32:
        if int.from_bytes(content[at + 8 : at + 12], "little") == zlib.crc32(content[at + 12 : at + 32]):
            return True
        at = content.find(_SEVEN_ZIP, at + 1)
    return False


def _also(content: bytes) -> str:
    """The archive that a file is besides what it seems to be; empty if it is none."""
    if _ends_as_zip(content):
        return "application/zip"
    if any(content.startswith(b"CD001", place) for place in _ISO_PLACES):
        return "application/x-iso9660-image"
    if _is_tar(content):
        return "application/x-tar"
    if _RAR.search(content):
        return "application/x-rar"
    return "application/x-7z-compressed" if _is_seven_zip_somewhere(content) else ""


def _pdf_or(content: bytes, found: str) -> str:
    """A PDF may stand behind a few stray bytes, but not behind the beginning of something else."""
    at = content.find(b"%PDF-", 0, _PDF_WITHIN)
    if at < 0:
        return found if found != PDF else UNKNOWN
    if at == 0:
        return PDF
    before = _from_library(content[:at])
    if before in _NO_TYPE and found in (*_NO_TYPE, PDF):
        return PDF
    return UNKNOWN if {before, found} & _PICTURES else (before if found == PDF else found)


def sniff(content: bytes) -> str:
    """The MIME type that the bytes have. `application/x-empty` for none, `application/octet-stream` if unknown."""
    for beginning, kind in _BEGINNINGS:
        if content.startswith(beginning):
            return kind
    found = _from_library(content)
    if content.startswith(b"PK\x03\x04"):
        kind = _ooxml(content)
        if kind and b"%PDF-" in content[:_PDF_WITHIN]:
            return "application/zip"
        return kind or (found if found != UNKNOWN else "application/zip")
    if content.startswith(SIGNATURE):
        return _compound(content, found)
    if found in _PICTURES or found in _NO_TYPE or found == PDF:
        return _also(content) or _pdf_or(content, found)
    return found
