"""The files of a mail: every leaf that is not its text, with exact bytes, digest, and the type the bytes have.

libmagic says what the bytes are; where it stops short (OOXML as plain zip, old Word as plain OLE, a PDF behind a few
stray bytes) the container is looked into. A nested message is kept as one file with its original bytes, and its own
files are taken one level deep. Never fails: what libmagic cannot name is `application/octet-stream`.
"""

from __future__ import annotations

import functools
import hashlib
import io
import re
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from typing import Any

from inboxd.mail import Attachment
from inboxd.parsers.charsets import clean
from inboxd.parsers.images import is_small
from inboxd.parsers.message import Message, Part, nested
from inboxd.settings import LimitSettings

UNKNOWN = "application/octet-stream"
_PEEK = 8 * 1024
"""What libmagic is shown: more costs milliseconds a file and told nothing more on real mail."""
_LONGEST_NAME = 120
_MOST_ZIP_ENTRIES = 10_000
_CONTENT_TYPES_BYTES = 1024 * 1024
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

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
# Names of streams in an OLE file, as they stand in its directory (UTF-16). Encrypted goes first: it wraps the others.
_OLE_STREAMS = (
    ("EncryptedPackage", "application/encrypted"),
    ("__substg1.0_", "application/vnd.ms-outlook"),
    ("WordDocument", "application/msword"),
    ("Workbook", "application/vnd.ms-excel"),
    ("PowerPoint Document", "application/vnd.ms-powerpoint"),
)
_EXTENSIONS = {
    "application/encrypted": "ole",
    "application/msword": "doc",
    "application/ms-tnef": "dat",
    "application/pdf": "pdf",
    "application/vnd.ms-outlook": "msg",
    "application/vnd.ms-tnef": "dat",
    "application/zip": "zip",
    f"{_WORD}document": "docx",
    "image/gif": "gif",
    "image/heic": "heic",
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/tiff": "tif",
    "message/delivery-status": "txt",
    "message/rfc822": "eml",
    "text/calendar": "ics",
    "text/csv": "csv",
    "text/html": "html",
    "text/plain": "txt",
    "text/rtf": "rtf",
    "text/vcard": "vcf",
}
_BY_DECLARATION = ("message/", "text/calendar", "text/vcard", "text/csv")
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)", re.IGNORECASE)
_FORBIDDEN = re.compile(r'[<>:"|?*]')
_CID = re.compile(r"""cid:([^"'\s>\])]{1,300})""", re.IGNORECASE)
_MAIN_PART = re.compile(rb"""ContentType\s*=\s*["']application/vnd\.(?:openxmlformats-officedocument\.)?([^"']+)["']""")
# Not shown and no documents: signatures over the mail, resource forks, other views of the same text.
_COMPANIONS = frozenset(
    {
        "application/applefile",
        "application/pgp-signature",
        "application/pkcs7-signature",
        "application/x-pkcs7-signature",
    }
)


@functools.cache
def _libmagic() -> Any:
    import pylibmagic  # must come first: it tells `magic` where the library lies

    database = str(pylibmagic.data.joinpath("magic.mgc"))
    import magic

    return magic.Magic(mime=True, magic_file=database)


def _from_library(content: bytes) -> str:
    try:
        found = str(_libmagic().from_buffer(content[:_PEEK]))
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


def sniff(content: bytes) -> str:
    """The MIME type that the bytes have. `application/x-empty` for none, `application/octet-stream` if unknown."""
    found = _from_library(content)
    if content.startswith(b"PK\x03\x04"):
        return _ooxml(content) or (found if found != UNKNOWN else "application/zip")
    if content.startswith(_OLE):
        return next((name for stream, name in _OLE_STREAMS if stream.encode("utf-16-le") in content), found)
    if found in (UNKNOWN, "text/plain") and b"%PDF-" in content[:1024]:
        # Readers accept a PDF whose header stands within the first 1024 bytes.
        return "application/pdf"
    return found


def _kind(part: Part) -> str:
    """The type of a part. MIME source left uncut at a limit may hold documents, but is none: it has no type."""
    return UNKNOWN if part.content_type.startswith("multipart/") else sniff(part.content)


def _shorten(stem: str, dot: str, extension: str, room: int) -> str:
    return stem[: max(1, room - len(dot) - len(extension))].rstrip(". ") + dot + extension


def safe_name(name: str, fallback: str) -> str:
    """A name to show and to store: last path component, no control, direction or reserved characters, at most 120."""
    text = unicodedata.normalize("NFC", clean(name)).replace("\\", "/").rstrip("/ .").rpartition("/")[2]
    text = "".join(" " if unicodedata.category(sign) in ("Zl", "Zp", "Zs") else sign for sign in text)
    text = "".join(sign for sign in text if unicodedata.category(sign)[0] != "C" and sign != "\ufffd")
    text = re.sub(r" {2,}", " ", _FORBIDDEN.sub("_", text)).strip(" .")
    if not text:
        text = fallback
    if _RESERVED.match(text):
        text = f"_{text}"
    stem, dot, extension = text.rpartition(".")
    if not stem or len(extension) > 10:
        return text[:_LONGEST_NAME].rstrip(". ")
    return _shorten(stem, dot, extension, _LONGEST_NAME)


def _distinct(wanted: Iterable[str]) -> list[str]:
    """Names that differ from each other also where case does not count; later ones get ` (2)`, ` (3)`."""
    taken: set[str] = set()
    counts: dict[str, int] = {}
    names: list[str] = []
    for name in wanted:
        stem, dot, extension = name.rpartition(".")
        stem, dot, extension = (stem, dot, extension) if stem and len(extension) <= 10 else (name, "", "")
        given = name
        while given.casefold() in taken:
            counts[name.casefold()] = counts.get(name.casefold(), 1) + 1
            mark = f" ({counts[name.casefold()]})"
            given = stem[: _LONGEST_NAME - len(mark) - len(dot) - len(extension)] + mark + dot + extension
        taken.add(given.casefold())
        names.append(given)
    return names


def _inline(part: Part, sniffed: str, shown: frozenset[str]) -> bool:
    """By evidence: an image that the text shows and that is too small for a document, or a tracking pixel."""
    if part.content_type in _COMPANIONS:
        return True
    if part.parent == "multipart/alternative":
        return part.content_type.startswith("text/") and not part.filename and part.disposition != "attachment"
    if not sniffed.startswith("image/"):
        return False
    small, pixel = is_small(part.content)
    return (pixel and part.disposition != "attachment") or (small and part.content_id.lower() in shown)


def _shown_ids(text: str) -> frozenset[str]:
    return frozenset(found.group(1).lower() for found in _CID.finditer(text)) - {""}


def _is_message(part: Part) -> bool:
    """By declaration or name; whether it can be read as one shows when it is opened."""
    return part.content_type in ("message/rfc822", "message/global") or part.filename.lower().endswith(".eml")


def attachments(message: Message, limits: LimitSettings) -> tuple[Attachment, ...]:
    """All files of `message` in order; the files of a nested message follow it, with a path such as `2/1.1`.

    A delivery report's returned mail is not opened: those files are ours, coming back.
    """
    found: list[tuple[str, Part, str, bool]] = []
    shown = _shown_ids(message.html + message.plain)
    for part in message.parts:
        sniffed = _kind(part)
        found.append((part.path, part, sniffed, _inline(part, sniffed, shown)))
        if message.content_type != "multipart/report" and _is_message(part):
            inner, text = nested(part.content, limits)
            inner_shown = _shown_ids(text)
            for leaf in inner:
                kind = _kind(leaf)
                found.append((f"{part.path}/{leaf.path}", leaf, kind, _inline(leaf, kind, inner_shown)))
    names = _distinct(safe_name(part.filename, _fallback(path, part, kind)) for path, part, kind, _ in found)
    return tuple(
        Attachment(
            path=path,
            name=part.filename,
            safe_name=name,
            declared_type=part.content_type,
            sniffed_type=sniffed,
            size=len(part.content),
            digest=hashlib.sha256(part.content).hexdigest(),
            inline=inline,
            content=part.content,
        )
        for (path, part, sniffed, inline), name in zip(found, names, strict=True)
    )


def _fallback(path: str, part: Part, sniffed: str) -> str:
    """The same name for the same mail each time, from its place and type."""
    types: Sequence[str] = (sniffed, part.content_type)
    if part.content_type.startswith(_BY_DECLARATION):
        types = (part.content_type, sniffed)
    extension = next((_EXTENSIONS[name] for name in types if name in _EXTENSIONS), "bin")
    return f"part-{path.replace('/', '-')}.{extension}"
