"""One mail from its bytes: headers, body texts, and the other leaves as parts with their exact bytes.

mail-parser reads the address fields and judges the structure; it is shown the mail without the bodies of its leaves
and is guarded, because it raises on real bounces. Everything it loses (8-bit headers, nested text, bounce fields,
exact attachment bytes) is read here from our own tree. Fails with `Unparsable` when nothing identifies a mail; any
other exception is a bug of ours.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import mailparser

from inboxd.errors import Unparsable
from inboxd.mail import Address
from inboxd.parsers import envelope, mime
from inboxd.parsers.charsets import decode, one_line
from inboxd.parsers.encoded_words import decode_words
from inboxd.parsers.headers import FIELD_BYTES, first, is_verdict
from inboxd.parsers.leaves import Leaves, beginning
from inboxd.parsers.parts import Letter, Opened, Part
from inboxd.parsers.streamed import Streamed
from inboxd.settings import LimitSettings

# It logs whole header lines on a failure; our log holds no names.
logging.getLogger("mailparser").setLevel(logging.CRITICAL + 1)

_IDENTIFYING = frozenset({"from", "date", "received", "message-id", "subject"})
_ONCE = ("from", "subject", "message-id", "date")
_LOSES_WORDS_OR_FILES = frozenset({"too_many_parts", "too_deep", "uuencode", "yenc", "base64_damaged", "body_too_long"})
_ADDRESS_FIELDS = ("from", "to", "cc", "reply-to")
_LONGEST_SUBJECT = 2000
# Auto-Submitted (RFC 3834 section 5). What is auto-generated may be a notice that matters.
_AUTO_REPLIED = re.compile(r"auto-replied\b", re.IGNORECASE)
_ODD = re.compile("[^\t -~]")
_CONTROLS = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_CAMEL = re.compile(r"(?<!^)(?=[A-Z])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What the bytes of one mail say, before anything is judged."""

    fields: tuple[tuple[str, str], ...]
    """Every header field in order: name in lower case, decoded text on one line."""
    content_type: str
    report_type: str
    message_id: str
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    date: datetime | None
    sender: Address | None
    recipients: tuple[Address, ...]
    reply_to: tuple[Address, ...]
    return_path: str | None
    subject: str
    plain: str
    html: str
    parts: tuple[Part, ...]
    defects: tuple[str, ...]

    def header(self, name: str) -> str:
        """The topmost field of that name (lower case); empty if absent."""
        return next(self.headers(name), "")

    def headers(self, name: str) -> Iterator[str]:
        """All fields of that name, topmost first."""
        return (text for known, text in self.fields if known == name)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """What mail-parser saw."""

    addresses: Mapping[str, tuple[tuple[str, str], ...]]
    from_unreadable: bool
    date: datetime | None
    defects: tuple[str, ...]


def _ask_library(skeleton: bytes, alone: bytes) -> _Seen:
    """Let mail-parser read the skeleton; if that fails, the address and date fields alone; if that fails, nothing."""
    failed: tuple[str, ...] = ()
    for shown in (skeleton, alone):
        try:
            read: Any = mailparser.parse_from_bytes(shown)
            addresses = {
                "from": tuple(read.from_),
                "to": tuple(read.to),
                "cc": tuple(read.cc),
                "reply-to": tuple(read.reply_to),
            }
            unreadable = any(item["header"] == "from" and not item["recovered"] for item in read.address_header_defects)
            names = sorted(_CAMEL.sub("_", name.removesuffix("Defect")).lower() for name in read.defects_categories)
            return _Seen(addresses=addresses, from_unreadable=unreadable, date=read.date, defects=(*failed, *names))
        except Exception:  # It raises AttributeError, TypeError, ValueError and more on real mail (M1-M4).
            failed = (*failed, "headers_unreadable" if failed else "structure_unreadable")
    return _Seen(addresses={}, from_unreadable=True, date=None, defects=failed)


def _shown(root: mime.Entity, written: Mapping[str, Sequence[str]]) -> tuple[bytes, bytes]:
    """What mail-parser is asked to read: the skeleton of the mail, and as second try its addresses and date alone.

    Addresses go as UTF-8, repeated fields joined so that none is overlooked.
    """
    joined = {name: ", ".join(written[name]) for name in _ADDRESS_FIELDS if name in written}
    lines = [f"{name}: {text}".encode()[:FIELD_BYTES] for name, text in joined.items()]
    lines += [f"Date: {written['date'][0]}".encode()[:1000]] if "date" in written else []
    alone = b"".join(line + b"\r\n" for line in lines)
    kept = [item for item in root.fields if item.name.startswith("content-") or item.name == "mime-version"][:20]
    top = alone + b"".join(item.name.encode("ascii") + b": " + item.value[:4096] + b"\r\n" for item in kept)
    return mime.skeleton(root, top), alone + b"\r\n"


def _verbatim(value: bytes) -> str:
    """A field of our gateway (`is_verdict`) as it stands: no word of it is decoded, nothing odd in it is left out."""
    return _ODD.sub("?", value.decode("ascii", "replace")).strip()


def _addresses(parsed: Iterable[tuple[str, str]]) -> tuple[Address, ...]:
    found: dict[str, Address] = {}
    for name, spec in parsed:
        if (box := envelope.address(one_line(name), one_line(spec))) is not None:
            found.setdefault(box.address, box)
    return tuple(found.values())


def nested(raw: bytes, limits: LimitSettings) -> Opened | None:
    """The files in an attached message, its text for what that shows inline, and what it says. None if it is none."""
    start, _ = beginning(raw)
    reader = Leaves(raw[start:], limits)
    if not any(item.name in _IDENTIFYING or item.name.startswith("content-") for item in reader.root.fields):
        return None
    plain, html = reader.texts()
    return Opened(
        kind="message/rfc822",
        parts=reader.other_parts(),
        text=f"{plain}\n{html}",
        letter=_letter(reader, plain, html),
        defects=tuple(name for name in reader.defects if name in _LOSES_WORDS_OR_FILES),
    )


def _letter(reader: Leaves, plain: str, html: str) -> Letter | None:
    """None for what no person wrote to be read: a delivery report, an automatic answer (our own notices are some)."""

    def said(name: str) -> str:
        return one_line(decode_words(one_line(decode(first(reader.root.fields, name), "", reader.charset)[0])))

    if reader.root.content_type == "multipart/report" or _AUTO_REPLIED.match(said("auto-submitted")):
        return None
    return Letter(
        sender=said("from")[:_LONGEST_SUBJECT],
        subject=said("subject")[:_LONGEST_SUBJECT],
        plain=plain,
        html=html,
        message_id=envelope.message_id(said("message-id")),
    )


def read(raw: bytes | Streamed, limits: LimitSettings) -> Message:
    """Read one mail; one that was streamed is used up. Raises `Unparsable` if no header field tells it is one (M18)."""
    mail = Streamed.of(raw) if isinstance(raw, bytes) else raw
    start, lead = beginning(mail.text)
    taken_out = [replace(stretch, at=stretch.at - start) for stretch in mail.taken_out]
    try:
        reader = Leaves(mail.text[start:] if start else mail.text, limits, taken_out)
    except mime.MisplacedError:
        return read(mail.whole(), limits)
    root = reader.root
    if not any(item.name in _IDENTIFYING for item in root.fields):
        raise Unparsable("no From, Date, Received, Message-ID or Subject field can be read")
    plain, html = reader.texts()
    written: dict[str, list[str]] = {}
    for item in root.fields:
        strictly = is_verdict(item.name)
        # a control character that goes would join two halves to an address that may be somebody else's
        value = _CONTROLS.sub(b" ", item.value) if item.name in _ADDRESS_FIELDS else item.value
        text = _verbatim(value) if strictly else one_line(decode(value, "", reader.charset)[0])
        written.setdefault(item.name, []).append(text)
    seen = _ask_library(*_shown(root, written))
    mailbox, from_defects = envelope.sender(
        [(one_line(name), one_line(spec)) for name, spec in seen.addresses.get("from", ())],
        unreadable=seen.from_unreadable,
        written=", ".join(written.get("from", ())),
    )
    moment, date_defects = envelope.date(seen.date, written.get("date", [""])[0], written.get("received", []))
    decoded = {
        name: texts if is_verdict(name) else [one_line(decode_words(text)) for text in texts]
        for name, texts in written.items()
    }
    repeated = [f"repeated_{name.replace('-', '_')}" for name in _ONCE if len(written.get(name, ())) > 1]
    if len(decoded.get("subject", [""])[0]) > _LONGEST_SUBJECT:
        reader.defects.setdefault("subject_too_long")
    order = {name: iter(texts) for name, texts in decoded.items()}
    report = root.parameters.get("report-type")
    return Message(
        fields=tuple((item.name, next(order[item.name])) for item in root.fields),
        content_type=root.content_type,
        report_type=report.text().lower() if report else "",
        message_id=envelope.message_id(written.get("message-id", [""])[0]),
        in_reply_to=envelope.message_ids(" ".join(written.get("in-reply-to", ()))),
        references=envelope.message_ids(" ".join(written.get("references", ()))),
        date=moment,
        sender=mailbox,
        recipients=_addresses((*seen.addresses.get("to", ()), *seen.addresses.get("cc", ()))),
        reply_to=_addresses(seen.addresses.get("reply-to", ())),
        return_path=envelope.return_path(written["return-path"][0]) if "return-path" in written else None,
        subject=decoded.get("subject", [""])[0][:_LONGEST_SUBJECT],
        plain=plain,
        html=html,
        parts=reader.other_parts(),
        defects=tuple(dict.fromkeys((*lead, *reader.defects, *repeated, *from_defects, *date_defects, *seen.defects))),
    )
