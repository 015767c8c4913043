"""A text as the bytes of a mail: headers by RFC 5322 and 3834, quoted-printable UTF-8, CRLF.

Headers are put together here rather than by `email.message`, which encodes long message-ids in In-Reply-To and
References as if they were words, so that other mail programs lose the thread. The same input gives the same bytes.
Raises `Permanent` when an address or the Message-ID domain could not stand in a header.
"""

from __future__ import annotations

import binascii
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.utils import format_datetime

from inboxd.errors import Permanent
from inboxd.mail import Email
from inboxd.replies.wording import one_line

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*")
_DOMAIN = re.compile(r"[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*")
_MESSAGE_ID = re.compile(r"<[\x21-\x3b\x3d\x3f-\x7e]+@[\x21-\x3b\x3d\x3f-\x7e]+>")
_LONGEST_ID = 500
"""A longer message-id would not fit a header line of 998 with its name; no mail program makes one."""
_MOST_REFERENCES = 20
_LONGEST_NAME = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Headers:
    """What stands above the text, not yet encoded."""

    sender_name: str
    sender: str
    recipient: str
    subject: str
    message_id: str
    date: datetime
    """Aware; shown with its own offset."""
    in_answer: bool
    languages: str
    """Content-Language, e.g. `en` or `fr, en`."""
    threads: tuple[str, ...]
    """References, oldest first; the last is also In-Reply-To. Empty: starts a thread."""


def message_id_for(effect_key: str, domain: str) -> str:
    """The Message-ID of the mail that the effect `effect_key` sends; the same at each try (promise 2)."""
    if not _DOMAIN.fullmatch(domain):
        raise Permanent("office.message_id_domain is not a domain name")
    return f"<inboxd.{hashlib.sha256(effect_key.encode()).hexdigest()[:32]}@{domain}>"


def threads_of(email: Email | None) -> tuple[str, ...]:
    """References for an answer to `email` (RFC 5322 3.6.4), at most 20: the first one and the latest."""
    if email is None or not _sound(email.message_id):
        return ()
    before: Sequence[str] = email.references
    if not before and len(email.in_reply_to) == 1:
        before = email.in_reply_to
    chain = list(dict.fromkeys(one for one in before if _sound(one) and one != email.message_id))
    if len(chain) >= _MOST_REFERENCES:
        chain = chain[:1] + chain[-(_MOST_REFERENCES - 2):]
    return (*chain, email.message_id)


def _sound(message_id: str) -> bool:
    return len(message_id) <= _LONGEST_ID and _MESSAGE_ID.fullmatch(message_id) is not None


def _address(address: str, whose: str) -> str:
    if len(address) > 254 or not _ADDRESS.fullmatch(address):
        raise Permanent(f"the {whose} address cannot stand in a mail header")
    return address


def _words(name: str, text: str) -> str:
    """Unstructured text, folded; encoded words (RFC 2047) where it is not plain ASCII, or could be taken for one."""
    plain = text.isascii() and "=?" not in text and max(map(len, text.split() or [""])) < 60
    return Header(text, "us-ascii" if plain else "utf-8", header_name=name, maxlinelen=75).encode(linesep="\r\n")


def _mailbox(name: str, address: str) -> str:
    shown = one_line(name).strip()[:_LONGEST_NAME]
    if not shown:
        return f"<{address}>"
    if shown.isascii() and "=?" not in shown:
        quoted = shown.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{quoted}"\r\n <{address}>'
    return f"{_words('From', shown)}\r\n <{address}>"


def _body(text: str) -> bytes:
    encoded = binascii.b2a_qp(text.encode("utf-8"), quotetabs=False, istext=True)
    return encoded.replace(b"\n", b"\r\n")


def to_bytes(headers: Headers, text: str) -> bytes:
    """The mail, ready for SMTP (dot-stuffing is SMTP's)."""
    lines = [
        f"From: {_mailbox(headers.sender_name, _address(headers.sender, 'sender'))}",
        f"To: {_address(headers.recipient, 'recipient')}",
        f"Subject: {_words('Subject', one_line(headers.subject))}",
        f"Date: {format_datetime(headers.date)}",
        f"Message-ID: {headers.message_id}",
    ]
    if headers.threads:
        lines.append(f"In-Reply-To: {headers.threads[-1]}")
        lines.append("References: " + "\r\n ".join(headers.threads))
    lines += [
        f"Auto-Submitted: {'auto-replied' if headers.in_answer else 'auto-generated'}",
        "X-Auto-Response-Suppress: All",
        f"Content-Language: {headers.languages}",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: quoted-printable",
    ]
    return "\r\n".join(lines).encode("ascii") + b"\r\n\r\n" + _body(text)
