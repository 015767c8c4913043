"""Files that hold files: attached messages, winmail.dat, Outlook items. Opened by what their bytes are.

One level: the files of a wrapping are taken, a wrapping among them stays a file. A name or a declared type is only
believed where the bytes agree, and not needed where they speak for themselves. Never fails: what cannot be opened is
no wrapping.
"""

from __future__ import annotations

import dataclasses

from inboxd.parsers import outlook_item, tnef
from inboxd.parsers.leaves import is_plainly_a_message
from inboxd.parsers.message import nested
from inboxd.parsers.parts import Opened, Part
from inboxd.parsers.sniffing import OUTLOOK_ITEM, PDF, TNEF, UNKNOWN
from inboxd.settings import LimitSettings

_MESSAGES = ("message/rfc822", "message/global")
_DAMAGED = frozenset({tnef.DAMAGED, outlook_item.DAMAGED})
_NO_MESSAGES = ("text/rfc822-headers", "multipart/")
"""Headers alone, of a bounce; MIME source that was left uncut at a limit."""


def open_one(part: Part, kind: str, limits: LimitSettings, most: int) -> Opened | None:
    """What is in `part`, whose bytes are of that kind; None if it is no wrapping or cannot be opened.

    At most `most` files are taken, which can be none; that there were more is the defect `too_many_parts`.
    """
    opened = _open(part, kind, limits.model_copy(update={"max_parts": most}))
    if opened is not None and not opened.parts and _DAMAGED.intersection(opened.defects):
        return None  # nothing but damage: the sender is told, nobody need look for more in it
    if opened is None or len(opened.parts) <= most:
        return opened
    return dataclasses.replace(
        opened, parts=opened.parts[:most], defects=tuple(dict.fromkeys((*opened.defects, "too_many_parts")))
    )


def _open(part: Part, kind: str, limits: LimitSettings) -> Opened | None:
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
