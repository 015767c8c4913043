"""The pure parsers, each as a function of any bytes: what escapes is a bug, and so is an answer that breaks a rule.

Used by the guided fuzzer and by the replay of what it found (`found/`). A target that takes a text gets it as the
parsers before it would hand it on: decoded, cleaned.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from inboxd import inspection
from inboxd.errors import Unparsable
from inboxd.mail import Email
from inboxd.parsers import parse, references
from inboxd.parsers.attachments import attachments
from inboxd.parsers.authentication import judge as judge_sender
from inboxd.parsers.body import split
from inboxd.parsers.bounces import read_bounce
from inboxd.parsers.charsets import decode, one_line
from inboxd.parsers.encoded_words import decode_words
from inboxd.parsers.file_names import safe_name
from inboxd.parsers.headers import structured
from inboxd.parsers.html_text import html_to_text
from inboxd.parsers.message import read as read_message
from inboxd.parsers.outlook_item import read as read_item
from inboxd.parsers.quotes import separate
from inboxd.parsers.subject import read_subject
from inboxd.parsers.tnef import read as read_tnef
from inboxd.parsers.uuencoded import take_out
from inboxd.settings import LimitSettings, OfficeSettings, SenderSettings
from tests.fuzz import pool
from tests.fuzz.mails import fuzzed, seeds
from tests.office import GATEWAY, INBOX

LIMITS = LimitSettings()
OFFICE = OfficeSettings(address=INBOX, name_en="Centre", name_fr="Centre", message_id_domain="inboxd.ircc.example")
SENDERS = SenderSettings(roster=Path("roster.csv"), authserv_ids=(GATEWAY,))
PREFIXES = ("EP", "PR", "SV")
MOST_BYTES = 16 * 1024
_KINDS = {
    "pdf": ("application/pdf",),
    "picture": ("image/png", "image/jpeg"),
    "tiff": ("image/tiff",),
    "office": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document",),
    "compound": ("application/msword", "application/encrypted"),
    "archive": (
        "application/zip",
        "application/x-7z-compressed",
        "application/vnd.rar",
        "application/x-tar",
        "application/gzip",
    ),
}


def _text(data: bytes) -> str:
    return decode(data)[0]


def _line(data: bytes) -> str:
    return one_line(decode(data)[0])


def _is_clean(text: str) -> None:
    """Any UTF-8 sink takes it, PostgreSQL too; it holds no line of its own where it is one line."""
    text.encode("utf-8")
    assert "\x00" not in text


def whole_mail(data: bytes) -> None:
    """`parsers.parse`, and what every mail promises to the stages after it."""
    with contextlib.suppress(Unparsable):
        email = parse(
            data, digest="0" * 64, limits=LIMITS, office=OFFICE, senders=SENDERS, two_letter_prefixes=PREFIXES
        )
        for text in _texts(email):
            _is_clean(text)
        for attachment in email.attachments:
            assert attachment.safe_name == one_line(attachment.safe_name), attachment.safe_name
            assert not set("/\\") & set(attachment.safe_name), attachment.safe_name
            assert attachment.safe_name not in ("", ".", ".."), attachment.safe_name
        assert len({attachment.path for attachment in email.attachments}) == len(email.attachments)


def _texts(email: Email) -> Iterator[str]:
    yield from (email.message_id, *email.in_reply_to, *email.references, email.subject, *email.numbers, *email.ucis)
    yield from (
        email.body.full,
        email.body.new,
        email.body.quoted,
        email.body.signature,
        email.body.forwarded,
        *email.defects,
    )
    yield from (box.name for box in (email.sender, *email.recipients, *email.reply_to) if box is not None)
    yield from (box.address for box in (email.sender, *email.recipients, *email.reply_to) if box is not None)
    for attachment in email.attachments:
        yield from (attachment.name, attachment.declared_type, attachment.path)


def message(data: bytes) -> None:
    """The MIME tree and header fields, and who sent it and why."""
    with contextlib.suppress(Unparsable):
        read = read_message(data, LIMITS)
        judge_sender(read, read.sender, SENDERS, OFFICE)
        read_bounce(read)
        attachments(read, LIMITS)


def verdict(data: bytes) -> None:
    """One Authentication-Results field: nobody passes whose domain the field does not name."""
    head = b"From: a@parl.example\r\nAuthentication-Results: mx.ircc.example; "
    with contextlib.suppress(Unparsable):
        read = read_message(head + data.replace(b"\n", b" ").replace(b"\r", b" ") + b"\r\n\r\n", LIMITS)
        judge_sender(read, read.sender, SENDERS, OFFICE)


def bounce(data: bytes) -> None:
    """A delivery report around any bytes."""
    kind = b"Content-Type: multipart/report; report-type=delivery-status; boundary=cut"
    head = b"From: mailer-daemon@x.example\r\n" + kind + b"\r\n\r\n--cut\r\n"
    with contextlib.suppress(Unparsable):
        read = read_bounce(read_message(head + data, LIMITS))
        if read is not None:
            for text in (*read.recipients, read.action, read.status, read.original_message_id, read.diagnostic):
                _is_clean(text)


def winmail(data: bytes) -> None:
    """winmail.dat (MS-OXTNEF)."""
    opened = read_tnef(data, 1000)
    assert opened is None or sum(len(part.content) for part in opened.parts) <= 64 * len(data) + 4096


def item(data: bytes) -> None:
    """An Outlook item in its compound file (MS-OXMSG)."""
    opened = read_item(data, 1000)
    assert opened is None or len(opened.parts) <= 1000


def header_words(data: bytes) -> None:
    """Encoded words, structured fields, uuencoded files, file names."""
    words = one_line(decode_words(_line(data)))
    _is_clean(words)
    assert len(words.splitlines()) <= 1
    for parameter in structured(data)[1].values():
        _is_clean(parameter.text())
    name = safe_name(words, "file")
    assert name == one_line(name)
    assert len(name.encode()) < 256
    take_out(data)


def text(data: bytes) -> None:
    """A body: quotes, signatures, HTML."""
    said = _text(data)
    for page in ("", said):
        parts = split("" if page else said, page, forwards=len(data) % 2 == 0)
        for piece in (parts.full, parts.new, parts.quoted, parts.signature, parts.forwarded):
            _is_clean(piece)
    separate(said.split("\n"))


def html(data: bytes) -> None:
    """HTML to text."""
    _is_clean(html_to_text(_text(data)))


def subject(data: bytes) -> None:
    """The subject line, and the numbers in a text."""
    said = _line(data)
    read = read_subject(said[:2000], PREFIXES)
    assert not (read.number and not read.number.isalnum())
    assert read.number.isascii()
    references.application_numbers(said, PREFIXES, subject=said)
    references.ucis(said)
    references.case_references(said, "MC")


def _looker(kind: str) -> Callable[[bytes], None]:
    def look(data: bytes) -> None:
        for media_type in _KINDS[kind]:
            found = inspection.inspect(data, media_type, f"a.{kind}")
            assert "the look inside failed" not in found.detail, found.detail
            assert found.detail.isprintable()

    look.__doc__ = f"The look inside a file that is said to be of these types: {', '.join(_KINDS[kind])}."
    return look


TARGETS: Mapping[str, Callable[[bytes], None]] = {
    "whole_mail": whole_mail,
    "message": message,
    "verdict": verdict,
    "bounce": bounce,
    "winmail": winmail,
    "item": item,
    "header_words": header_words,
    "text": text,
    "html": html,
    "subject": subject,
    **{kind: _looker(kind) for kind in _KINDS},
}


def corpus(target: str) -> Iterator[bytes]:
    """Small inputs to begin with."""
    if target in _KINDS:
        yield from (file.content for file in pool.contents() if file.media_type in _KINDS[target])
    elif target == "winmail":
        yield from (file.content for file in pool.contents() if file.name == "winmail.dat")
    elif target == "item":
        yield from (file.content for file in pool.contents() if file.name.endswith(".msg"))
    elif target == "verdict":
        yield from (
            b"spf=pass smtp.mailfrom=parl.example; dkim=pass header.d=parl.example; dmarc=pass",
            b'dmarc=fail (p=reject) reason="x" policy.a/1=b',
            b"none",
            b"auth=pass smtp.auth=x; iprev=pass policy.iprev=1.2.3.4",
        )
    elif target in ("text", "html", "subject", "header_words"):
        yield from (raw.partition(b"\r\n\r\n")[2][:2000] for raw in seeds()[::9])
        yield from (line for raw in seeds()[::7] for line in raw.split(b"\r\n") if line.startswith(b"Subject:"))
    else:
        yield from (raw for raw in seeds()[::5] if len(raw) < MOST_BYTES)
        yield from (raw for raw in (fuzzed(0, number) for number in range(200)) if len(raw) < MOST_BYTES)
