"""One mail from its bytes: headers, body texts, and the other leaves as parts with their exact bytes.

mail-parser reads the address fields and judges the structure; it is shown the mail without the bodies of its leaves
and is guarded, because it raises on real bounces. Everything it loses (8-bit headers, nested text, bounce fields,
exact attachment bytes) is read here from our own tree. Fails with `Unparsable` when nothing identifies a mail; any
other exception is a bug of ours.
"""

from __future__ import annotations

import html as html_text
import logging
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import mailparser

from inboxd.errors import Unparsable
from inboxd.mail import Address
from inboxd.parsers import envelope, mime, uuencoded
from inboxd.parsers.charsets import decode, one_line
from inboxd.parsers.encoded_words import decode_words
from inboxd.parsers.headers import FIELD_BYTES, first, is_verdict, read_block, structured
from inboxd.parsers.html_text import html_to_text
from inboxd.parsers.parts import Letter, Opened, Part
from inboxd.parsers.sniffing import sniff
from inboxd.settings import LimitSettings

# It logs whole header lines on a failure; our log holds no names.
logging.getLogger("mailparser").setLevel(logging.CRITICAL + 1)

_IDENTIFYING = frozenset({"from", "date", "received", "message-id", "subject"})
_ONCE = ("from", "subject", "message-id", "date")
_LOSES_WORDS_OR_FILES = frozenset({"too_many_parts", "too_deep", "uuencode", "yenc", "base64_damaged", "body_too_long"})
_ADDRESS_FIELDS = ("from", "to", "cc", "reply-to")
_LONGEST_BODY = 2 * 1024 * 1024
_LONGEST_SUBJECT = 2000
_BODY_TYPES = ("text/plain", "text/html")
_NO_PROSE = frozenset({"text/rtf", "text/calendar", "text/vcard"})
# Exchange's own name for a stretch of the body that Apple Mail or a list server placed behind a file.
_CUT_OFF = re.compile(r"att[0-9]{5}\.{1,2}(?:txt|html?)", re.IGNORECASE)
_SPARE_BODY_TYPES = ("text/enriched", "text/richtext", "text/markdown", "text/x-markdown")

_LEADING = re.compile(rb"(?:\xef\xbb\xbf|[ \t]*(?:\r\n|\r|\n)|>?From (?![ \t]*:)[^\r\n]*(?:\r\n|\r|\n))+")
_FIELD_LINE = re.compile(rb"[!-9;-~]+[ \t]*:")
_FIRST_FIELD = re.compile(
    rb"[\r\n](?=(?:return-path|received|from|to|date|subject|message-id|mime-version|delivered-to):)", re.IGNORECASE
)
# What no person writes, and what backtracking expressions further on would take quadratic time for.
_OVERLONG = re.compile(r"(?<!\S)\S{1001,}|(?<![^\S\n])[^\S\n]{201,}")
_LONGEST_WORD, _LONGEST_BLANK = 1000, 200
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


def _start(raw: bytes) -> tuple[int, tuple[str, ...]]:
    """Where the first header field begins, past BOM, blank lines, From_ lines and a stray line of text."""
    lead = _LEADING.match(raw)
    start = lead.end() if lead else 0
    if _FIELD_LINE.match(raw, start):
        return start, ("leading_junk",) if raw.startswith((b"\xef\xbb\xbf", b">From ")) else ()
    found = _FIRST_FIELD.search(raw, start, start + 1000)
    return (found.end(), ("leading_junk",)) if found else (start, ())


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


def _on_lines(run: re.Match[str]) -> str:
    size = _LONGEST_BLANK if run[0].isspace() else _LONGEST_WORD
    return "\n".join(run[0][at : at + size] for at in range(0, len(run[0]), size))


class _Reader:
    """One pass over the tree of one message: splits its leaves into body texts and parts."""

    def __init__(self, raw: bytes, limits: LimitSettings) -> None:
        self.raw = raw
        self.root, defects = mime.cut(
            raw,
            max_parts=limits.max_parts,
            max_depth=limits.max_depth,
            max_header_bytes=limits.max_header_bytes,
        )
        self.defects: dict[str, None] = dict.fromkeys(defects)
        self.left = {"plain": _LONGEST_BODY, "html": _LONGEST_BODY}
        self.leaves = tuple(self.root.leaves())
        texts = [leaf for leaf in self.leaves if leaf.content_type in _BODY_TYPES]
        self.charset = next((leaf.parameters["charset"].text() for leaf in texts if "charset" in leaf.parameters), "")
        self.parts = {leaf.path: self._part(leaf) for leaf in self.leaves}
        self.body = self._body_paths()
        self.parts = {part.path: part for part in self._with_uuencoded()}

    def _part(self, leaf: mime.Entity) -> Part:
        disposition, parameters = structured(first(leaf.fields, "content-disposition"))
        disposed, typed = parameters.get, leaf.parameters.get
        # The last two are nobody's rule, and are sent.
        names = disposed("filename"), typed("name"), disposed("name"), typed("filename")
        name = next((found for found in names if found is not None and found.value), None)
        content, defect = mime.content(self.raw, leaf)
        if defect:
            self.defects.setdefault(defect)
        return Part(
            path=leaf.path,
            content_type=leaf.content_type,
            parameters=leaf.parameters,
            filename=name.text(self.charset) if name else "",
            disposition=disposition,
            content_id=one_line(decode(first(leaf.fields, "content-id"))[0]).strip("<> "),
            content_location=one_line(decode(first(leaf.fields, "content-location"))[0]),
            parent=leaf.parent,
            content=content,
        )

    def _body_paths(self) -> frozenset[str]:
        """Leaves that are the text of the mail: unnamed plain text and HTML; else the first named one (M15).

        What Exchange cut off the text goes on with it, as a reader sees it.
        """
        cut_off = [part for part in self.parts.values() if _is_cut_off(part)]
        going_on = frozenset(part.path for part in cut_off)
        own = [p for p in self.parts.values() if p.disposition in ("", "inline") and p.path not in going_on]
        for types, named in ((_BODY_TYPES, False), (_SPARE_BODY_TYPES, False), (_BODY_TYPES, True)):
            fitting = [part for part in own if part.content_type in types and bool(part.filename) is named]
            if named and any(part.content.strip() for part in cut_off):
                break
            if any(part.content.strip() for part in fitting):
                return going_on | {part.path for part in (fitting[:1] if named else fitting)}
        # Nothing but blank texts: they are still no documents.
        return going_on | {part.path for part in own if part.content_type in _BODY_TYPES and not part.filename}

    def _with_uuencoded(self) -> Iterator[Part]:
        """The parts; a uuencoded file in the text becomes one after it, such as `1#1`, and the text loses it."""
        for part in self.parts.values():
            if part.path not in self.body or part.content_type == "text/html" or b"begin" not in part.content:
                yield part
                continue
            taken = uuencoded.take_out(part.content)
            if not taken.complete:
                self.defects.setdefault("uuencode")
            yield replace(part, content=taken.text)
            for number, file in enumerate(taken.files, start=1):
                name = decode(file.name, part.parameter("charset"), self.charset)[0]
                yield Part(
                    path=f"{part.path}#{number}",
                    content_type="application/octet-stream",
                    filename=one_line(decode_words(name)),
                    content=file.content,
                    parent=part.content_type,
                )

    def _text(self, part: Part) -> str:
        form = "html" if part.content_type == "text/html" else "plain"
        most = self.left[form]
        text, defect = decode(part.content[: 2 * most], part.parameter("charset"))
        if defect:
            self.defects.setdefault(defect)
        if len(text) > most or len(part.content) > 2 * most:
            self.defects.setdefault("body_too_long")
        text = text[:most].replace("\r\n", "\n").replace("\r", "\n")
        self.left[form] -= len(text)
        return text if form == "html" else _OVERLONG.sub(_on_lines, text)

    def _segments(self, entity: mime.Entity) -> list[tuple[str, str]]:
        """Stretches of the body in order, each as plain text and HTML, one of them empty unless both were sent."""
        if not entity.children:
            if entity.path not in self.body:
                return []
            text = self._text(self.parts[entity.path])
            return [("", text) if entity.content_type == "text/html" else (text, "")]
        below = [segment for child in entity.children for segment in self._segments(child)]
        if entity.content_type != "multipart/alternative" or not below:
            return below
        return [("\n".join(plain for plain, _ in below if plain), "\n".join(page for _, page in below if page))]

    def texts(self) -> tuple[str, str]:
        """The whole body twice: as plain text and as HTML; one is empty if nobody sent that form."""
        segments = self._segments(self.root)
        some_plain = any(plain.strip() for plain, _ in segments)
        some_html = any(page.strip() for _, page in segments)
        if some_plain and some_html:
            # Text in one form only, such as a footer: both views must show it, or it would be overlooked.
            segments = [
                (plain if plain.strip() else html_to_text(page), page or f"<pre>{html_text.escape(plain)}</pre>")
                for plain, page in segments
            ]
        joined = "\n".join(plain for plain, _ in segments if plain), "\n".join(page for _, page in segments if page)
        if "\n=ybegin " in f"\n{joined[0]}":
            self.defects.setdefault("yenc")
        return joined

    def other_parts(self) -> tuple[Part, ...]:
        return tuple(part for path, part in self.parts.items() if path not in self.body)


def nested(raw: bytes, limits: LimitSettings) -> Opened | None:
    """The files in an attached message, its text for what that shows inline, and what it says. None if it is none."""
    start, _ = _start(raw)
    reader = _Reader(raw[start:], limits)
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


def _letter(reader: _Reader, plain: str, html: str) -> Letter | None:
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


def _is_cut_off(part: Part) -> bool:
    """By the name that Exchange gave it, and by its bytes: words, and not a file that has lost its name."""
    if part.content_type not in _BODY_TYPES or not _CUT_OFF.fullmatch(part.filename):
        return False
    kind = sniff(part.content)
    words = kind == "application/x-empty" or (kind.startswith("text/") and kind not in _NO_PROSE)
    return words and not is_plainly_a_message(part.content)


def is_plainly_a_message(raw: bytes) -> bool:
    """By its bytes alone, whatever it is called: it has fields that a saved web page or a note has not."""
    start, _ = _start(raw)
    block = read_block(raw, start, min(len(raw), start + 128 * 1024), 64 * 1024)
    names = {item.name for item in block.fields}
    return (
        "missing_header_body_separator" not in block.defects
        and names >= {"from", "date"}
        and bool(names & {"to", "cc", "bcc", "received", "delivered-to"})
        and bool(names & {"mime-version", "message-id", "received"})
    )


def read(raw: bytes, limits: LimitSettings) -> Message:
    """Read one mail. Raises `Unparsable` if no header field identifies it as one (M18)."""
    start, lead = _start(raw)
    reader = _Reader(raw[start:] if start else raw, limits)
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
