"""Names of files made safe to show, to store and to hand on, whatever a sender wrote.

A safe name is one path component on every system, prints as it reads (nothing that turns the direction of text or
hides behind blanks), fits into 255 bytes with room for a mark, and keeps its ending. Never fails.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from inboxd.parsers.charsets import clean

LONGEST = 120
"""Characters of a safe name."""
LONGEST_BYTES = 240
"""Bytes of a safe name as UTF-8: file systems take 255."""
_LONGEST_ENDING = 10
_LOOKED_AT = 4096
"""Characters of a name that are looked at, from its end: path and ending are there."""

_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml."
_ENDINGS = {
    "application/encrypted": "ole",
    "application/msword": "doc",
    "application/ms-tnef": "dat",
    "application/pdf": "pdf",
    "application/rtf": "rtf",
    "application/vnd.ms-outlook": "msg",
    "application/vnd.ms-tnef": "dat",
    "application/zip": "zip",
    f"{_WORD}document": "docx",
    "image/bmp": "bmp",
    "image/gif": "gif",
    "image/heic": "heic",
    "image/heif": "heif",
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/tiff": "tif",
    "image/webp": "webp",
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
# Windows takes these for devices, also with a blank or an ending after them, and with raised digits.
_RESERVED = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[\d¹²³]) *(?:\.|$)", re.IGNORECASE)
_FORBIDDEN = re.compile(r'[<>:"|?*]')
# Letters and signs that Unicode counts as visible and that show nothing: they could push an ending out of sight.
_BLANK = re.compile("[\u115f\u1160\u2800\u3164\uffa0\u034f]")
_ONLY_ENDING = re.compile(r"\.[A-Za-z]{1,4}")


def _size(text: str) -> int:
    return len(text.encode("utf-8"))


def _split(name: str) -> tuple[str, str]:
    """Stem, and ending with its dot; no ending where it is too long for one, or where there would be no stem."""
    stem, dot, ending = name.rpartition(".")
    if not stem or len(ending) > _LONGEST_ENDING:
        return name, ""
    return stem, dot + ending


def _fit(stem: str, tail: str) -> str:
    """`stem` cut so that it and `tail` fit; the cut leaves no blank or dot at its end."""
    stem = stem[: max(1, LONGEST - len(tail))]
    room = LONGEST_BYTES - _size(tail)
    if _size(stem) > room:
        stem = stem.encode("utf-8")[:room].decode("utf-8", "ignore")
    return stem.rstrip(". ") + tail


def safe_name(name: str, fallback: str) -> str:
    """A name to show and to store: the last path component, printable, at most `LONGEST` and `LONGEST_BYTES`.

    `fallback` is taken where nothing is left; it must be a safe name with an ending itself.
    """
    name = name.strip()
    if name.startswith("'") and name.endswith("'"):
        name = name.strip("'")
    text = unicodedata.normalize("NFC", clean(name)).replace("\\", "/").rstrip("/ .").rpartition("/")[2][-_LOOKED_AT:]
    text = _BLANK.sub(" ", text)
    text = "".join(" " if unicodedata.category(sign) in ("Zl", "Zp", "Zs") else sign for sign in text)
    text = "".join(sign for sign in text if unicodedata.category(sign)[0] != "C" and sign != "\ufffd")
    text = re.sub(r" {2,}", " ", _FORBIDDEN.sub("_", text)).strip(" ")
    if _ONLY_ENDING.fullmatch(text):
        text = _split(fallback)[0] + text
    text = text.strip(" .") or fallback
    if _RESERVED.match(text):
        text = f"_{text}"
    return _fit(*_split(text))


def distinct(wanted: Iterable[str]) -> list[str]:
    """Safe names that differ from each other also where case does not count; later ones get ` (2)`, ` (3)`."""
    taken: set[str] = set()
    counts: dict[str, int] = {}
    names: list[str] = []
    for name in wanted:
        stem, ending = _split(name)
        given = name
        while given.casefold() in taken:
            counts[name.casefold()] = counts.get(name.casefold(), 1) + 1
            given = _fit(stem, f" ({counts[name.casefold()]}){ending}")
        taken.add(given.casefold())
        names.append(given)
    return names


def fallback_name(path: str, declared: str, sniffed: str) -> str:
    """A name for a file that has none: the same for the same mail each time, from its place and type."""
    types = (declared, sniffed) if declared.startswith(_BY_DECLARATION) else (sniffed, declared)
    ending = next((_ENDINGS[name] for name in types if name in _ENDINGS), "bin")
    return f"part-{re.sub('[^0-9A-Za-z.]', '-', path)}.{ending}"
