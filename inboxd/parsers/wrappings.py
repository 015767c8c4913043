"""Files that hold files: attached messages, winmail.dat, Outlook items. Opened by what their bytes are.

One level: the files of a wrapping are taken, a wrapping among them stays a file. A name or a declared type is only
believed where the bytes agree, and not needed where they speak for themselves. Never fails: what cannot be opened is
no wrapping.
"""

from __future__ import annotations

from inboxd.parsers import outlook_item, tnef
from inboxd.parsers.message import is_plainly_a_message, nested
from inboxd.parsers.parts import Opened, Part
from inboxd.parsers.sniffing import OUTLOOK_ITEM, PDF, TNEF, UNKNOWN
from inboxd.settings import LimitSettings

_MESSAGES = ("message/rfc822", "message/global")
_NO_MESSAGES = ("text/rfc822-headers", "multipart/")
"""Headers alone, of a bounce; MIME source that was left uncut at a limit."""


def open_one(part: Part, kind: str, limits: LimitSettings) -> Opened | None:
    """What is in `part`, whose bytes are of that kind; None if it is no wrapping or cannot be opened."""
    if kind == TNEF:
        return tnef.read(part.content, limits.max_parts)
    if kind == OUTLOOK_ITEM:
        return outlook_item.read(part.content, limits.max_parts)
    if part.content_type in _MESSAGES:
        return nested(part.content, limits)
    # A PDF behind stray bytes may be one in the beginning of a mail.
    textual = kind == UNKNOWN or kind.startswith(("text/", "message/"))
    textual = textual or (kind == PDF and not part.content.startswith(b"%PDF-"))
    if not textual or part.content_type.startswith(_NO_MESSAGES):
        return None
    named = part.filename.lower().endswith(".eml") and kind != PDF
    return nested(part.content, limits) if named or is_plainly_a_message(part.content) else None
