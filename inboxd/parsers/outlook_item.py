"""An Outlook item saved as a file (.msg) opened: the files that were attached to it, and what it says (MS-OXMSG).

A file in it is a storage with its properties and its bytes as streams. An item in the item, or an OLE object, is not
one run of bytes: it stays one file, which is not opened, and its bytes are its streams in a fixed order, so that the
same object has the same digest. Never fails: `read` gives None for bytes that are no item or are beyond the bounds.
"""

from __future__ import annotations

import re

from inboxd.parsers import envelope, mapi
from inboxd.parsers.charsets import one_line
from inboxd.parsers.compound import Broken, Compound
from inboxd.parsers.parts import Letter, Opened, Part
from inboxd.parsers.sniffing import OUTLOOK_ITEM, UNKNOWN

DAMAGED = "outlook_item_damaged"
"""A file in the item cannot be read."""

_PROPERTIES = "__properties_version1.0"
_FILE = "__attach_version1.0_#"
_OBJECT = "__substg1.0_3701000D"
_ITEM_HEADER, _FILE_HEADER = 32, 8
"""Bytes before the first property (2.4.1)."""
_TEXTS = (
    mapi.ATTACH_LONG_NAME,
    mapi.ATTACH_NAME,
    mapi.DISPLAY_NAME,
    mapi.ATTACH_TYPE,
    mapi.ATTACH_CONTENT_ID,
    mapi.ATTACH_CONTENT_LOCATION,
)
_LINES = (
    mapi.MESSAGE_CLASS,
    mapi.SENDER_NAME,
    mapi.SENDER_ADDRESS,
    mapi.SENDER_SMTP_ADDRESS,
    mapi.SUBJECT,
    mapi.MESSAGE_ID,
)
_LONGEST_TEXT = 2 * 1024 * 1024
_LONGEST_LINE = 2000
_BY_A_MACHINE = re.compile(r"report\.|ipm\.note\.rules\.", re.IGNORECASE)
"""Message classes of delivery and read receipts, and of what a rule or an absence notice answered."""
_AUTO_REPLIED = re.compile(r"^auto-submitted:\s*auto-replied\b", re.IGNORECASE | re.MULTILINE)


def read(content: bytes, most: int) -> Opened | None:
    """Open an item; at most `most` files are taken. None if the bytes are none."""
    try:
        with Compound(content) as opened:
            return _read(opened, most)
    except Broken:
        return None


def _read(item: Compound, most: int) -> Opened | None:
    if not item.is_stream(_PROPERTIES):
        return None
    properties = dict(mapi.properties_in_item(item.read(_PROPERTIES), _ITEM_HEADER))
    charset = mapi.charset_of(mapi.codepage(properties))
    storages = sorted(name for name in item.names() if name.lower().startswith(_FILE) and not item.is_stream(name))
    defects: dict[str, None] = {}
    parts: list[Part] = []
    for storage in storages[:most]:
        try:
            part = _part(item, storage, str(len(parts) + 1), charset)
        except Broken:
            defects.setdefault(DAMAGED)
            continue
        parts.append(part)
    if len(storages) > most:
        defects.setdefault("too_many_parts")
    html = _long(item, mapi.HTML, mapi.charset_of_html(properties))
    plain = _long(item, mapi.BODY, charset)
    return Opened(
        kind=OUTLOOK_ITEM,
        parts=tuple(parts),
        text=html or plain,
        letter=_letter(item, plain, html, charset),
        defects=tuple(defects),
    )


def _stream(name: int, kind: int) -> str:
    return f"__substg1.0_{name:04X}{kind:04X}"


def _long(item: Compound, name: int, charset: str) -> str:
    """A text of the item; empty if it has none that can be read."""
    for kind in (mapi.BINARY, mapi.UNICODE, mapi.STRING):
        try:
            value = item.read(_stream(name, kind))[:_LONGEST_TEXT]
        except Broken:
            continue
        if value:
            return mapi.Property(kind=kind, value=value).long_text(charset)
    return ""


def _letter(item: Compound, plain: str, html: str, charset: str) -> Letter | None:
    """None for what no person wrote to be read: a report, an answer by a rule, an automatic answer."""
    lines = {name: one_line(_long(item, name, charset)[:_LONGEST_LINE]) for name in _LINES}
    if _BY_A_MACHINE.match(lines[mapi.MESSAGE_CLASS]):
        return None
    if _AUTO_REPLIED.search(_long(item, mapi.TRANSPORT_HEADERS, charset)):
        return None
    address = lines[mapi.SENDER_SMTP_ADDRESS] or lines[mapi.SENDER_ADDRESS]
    name = lines[mapi.SENDER_NAME]
    return Letter(
        sender=f"{name} <{address}>" if "@" in address and name != address else name or address,
        subject=lines[mapi.SUBJECT],
        plain=plain,
        html=html,
        message_id=envelope.message_id(lines[mapi.MESSAGE_ID]),
    )


def _part(item: Compound, storage: str, path: str, charset: str) -> Part:
    """One file; without bytes if the item holds only a link to it. Raises `Broken` if its bytes cannot be read."""
    properties = dict(mapi.properties_in_item(item.read(storage, _PROPERTIES), _FILE_HEADER))
    for name in _TEXTS:
        for kind in (mapi.UNICODE, mapi.STRING):
            if item.is_stream(storage, _stream(name, kind)):
                properties[name] = mapi.Property(kind=kind, value=item.read(storage, _stream(name, kind)))
                break
    filename = mapi.text(properties, mapi.ATTACH_LONG_NAME, charset)
    filename = filename or mapi.text(properties, mapi.ATTACH_NAME, charset)
    if item.names(storage, _OBJECT):
        content = _streams(item, storage)
        method = mapi.number(properties, mapi.ATTACH_METHOD)
        kind_of = "application/x-ole-storage" if method == mapi.OLE_OBJECT else OUTLOOK_ITEM
        filename = filename or mapi.text(properties, mapi.DISPLAY_NAME, charset)
        if kind_of == OUTLOOK_ITEM and filename and not filename.lower().endswith((".msg", ".eml")):
            filename += ".msg"
    else:
        content = item.read(storage, _stream(mapi.ATTACH_DATA, mapi.BINARY))
        kind_of = ""
    return Part(
        path=path,
        content_type=mapi.text(properties, mapi.ATTACH_TYPE, charset).lower() or UNKNOWN,
        filename=filename,
        content=content,
        content_id=mapi.text(properties, mapi.ATTACH_CONTENT_ID, charset).strip("<> "),
        content_location=mapi.text(properties, mapi.ATTACH_CONTENT_LOCATION, charset),
        parent=OUTLOOK_ITEM,
        shown=mapi.is_shown(properties),
        kind=kind_of,
    )


def _streams(item: Compound, storage: str) -> bytes:
    """An object in its own form: each stream after a line with its path and length."""
    pieces: list[bytes] = []
    for path, value in item.contents(storage, _OBJECT):
        pieces += [f"{path} {len(value)}\n".encode("utf-8", "replace"), value, b"\n"]
    return b"".join(pieces)
