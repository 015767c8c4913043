"""The files of a mail: every leaf that is not its text, with exact bytes, digest, and the type the bytes have.

A wrapping (an attached message, winmail.dat, an Outlook item) is kept as one file with its original bytes, and its
own files follow it, one level deep; all wrappings of a mail together give no more files than a mail may have parts.
Logos and tracking pixels are told from documents by evidence. Never fails.
"""

from __future__ import annotations

import hashlib
import html
import re
from dataclasses import dataclass
from urllib.parse import unquote

from inboxd.documents import Attachment
from inboxd.parsers import images
from inboxd.parsers.file_names import distinct, fallback_name, safe_name
from inboxd.parsers.html_text import html_to_text
from inboxd.parsers.message import Message
from inboxd.parsers.parts import Letter, Part
from inboxd.parsers.sniffing import UNKNOWN, sniff
from inboxd.parsers.wrappings import open_one
from inboxd.settings import LimitSettings

_CID = re.compile(r"""cid:([^"'\s>\])]{1,300})""", re.IGNORECASE)
_SOURCE = re.compile(r"""<(?:img|v:imagedata)\b[^<>]{0,500}?\ssrc\s*=\s*["']?([^"'\s>]{1,500})""", re.IGNORECASE)
_LEFT_OVER = re.compile(r"att\d{3,5}\.(?:txt|html?)", re.IGNORECASE)
_LEFT_OVER_BYTES = 64 * 1024
# Not shown and no documents: signatures over the mail, resource forks, other views of the same text.
_COMPANIONS = frozenset(
    {
        "application/applefile",
        "application/pgp-signature",
        "application/pkcs7-signature",
        "application/x-pkcs7-signature",
    }
)
_OF_WORD = frozenset({"oledata.mso", "editdata.mso", "filelist.xml", "themedata.thmx", "colorschememapping.xml"})
"""What Word as the editor of a mail puts beside its HTML."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """One file, with what was judged of it."""

    path: str
    part: Part
    kind: str
    inline: bool
    opened: bool = False


def _kind(part: Part) -> str:
    """The type of a part. MIME source left uncut at a limit may hold documents, but is none: it has no type."""
    return UNKNOWN if part.content_type.startswith("multipart/") else part.kind or sniff(part.content)


def _shown(text: str) -> frozenset[str]:
    """What a text shows, lower case: Content-IDs by `cid:`, Content-Locations by the source of an image."""
    names = [found.group(1) for pattern in (_CID, _SOURCE) for found in pattern.finditer(text)]
    plain = {html.unescape(name).lower() for name in names}
    return frozenset((plain | {unquote(name) for name in plain}) - {""})


def _is_left_over(part: Part) -> bool:
    """`ATT001.htm` without a visible letter: Exchange makes it of the text behind a file that Apple Mail placed.

    With five digits, and in the mail or an attached message, it is part of the text (`leaves`).
    """
    if not _LEFT_OVER.fullmatch(part.filename) or len(part.content) > _LEFT_OVER_BYTES:
        return False
    text = part.content.decode("latin-1")
    return not (text if part.filename.lower().endswith(".txt") else html_to_text(text.replace("\0", ""))).strip()


def _inline(part: Part, kind: str, shown: frozenset[str]) -> bool:
    """By evidence: an image that the text shows and that is too small for a document, an icon, a tracking pixel."""
    if part.content_type in _COMPANIONS:
        return True
    if part.parent == "multipart/alternative":
        return part.content_type.startswith("text/") and not part.filename and part.disposition != "attachment"
    if part.parent == "multipart/related" and part.filename.lower() in _OF_WORD:
        return True
    if kind.startswith(("text/", "application/x-empty")):
        return _is_left_over(part)
    if not kind.startswith("image/"):
        return False
    size = images.look(part.content)
    referred = part.shown or bool({part.content_id.lower(), part.content_location.lower()} & shown)
    placed = part.disposition == "inline" or (bool(part.content_id) and part.disposition != "attachment")
    return (
        (size.small and referred)
        or (size.icon and (referred or placed))
        or (size.pixel and part.disposition != "attachment")
    )


def _found(message: Message, limits: LimitSettings) -> tuple[list[_Found], tuple[str, ...], tuple[Letter, ...]]:
    found: list[_Found] = []
    letters: list[Letter] = []
    defects: dict[str, None] = {}
    shown = _shown(message.html + message.plain)
    left = limits.max_parts  # for the files of all wrappings together
    for part in message.parts:
        kind = _kind(part)
        opened = None if message.content_type == "multipart/report" else open_one(part, kind, limits, left)
        if opened is None:
            found.append(_Found(path=part.path, part=part, kind=kind, inline=_inline(part, kind, shown)))
            continue
        found.append(_Found(path=part.path, part=part, kind=opened.kind, inline=False, opened=True))
        defects |= dict.fromkeys(opened.defects)
        left -= len(opened.parts)
        letters += [opened.letter] if opened.letter is not None else []
        shown_within = _shown(opened.text)
        for leaf in opened.parts:
            kind = _kind(leaf)
            inline = _inline(leaf, kind, shown_within)
            found.append(_Found(path=f"{part.path}/{leaf.path}", part=leaf, kind=kind, inline=inline))
    return found, tuple(defects), tuple(letters)


def attachments(
    message: Message, limits: LimitSettings
) -> tuple[tuple[Attachment, ...], tuple[str, ...], tuple[Letter, ...]]:
    """All files of `message` in order; what could not be read of the wrappings among them, by defect; what they say.

    The files of a wrapping follow it, with a path such as `2/1.1`. A delivery report's returned mail is not opened:
    those files are ours, coming back.
    """
    found, defects, letters = _found(message, limits)
    names = distinct(
        safe_name(one.part.filename, fallback_name(one.path, one.part.content_type, one.kind)) for one in found
    )
    files = tuple(
        Attachment(
            path=one.path,
            name=one.part.filename,
            safe_name=name,
            declared_type=one.part.content_type,
            sniffed_type=one.kind,
            size=len(one.part.content),
            digest=hashlib.sha256(one.part.content).hexdigest(),
            inline=one.inline,
            content=one.part.content,
            opened=one.opened,
        )
        for one, name in zip(found, names, strict=True)
    )
    return files, defects, letters
