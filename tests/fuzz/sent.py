"""What must be true of every mail that we send, whatever came in: judged from its bytes alone, by the standard library.

Exactly the header fields that we write, each once and in our order; one recipient; nothing in it that a stranger could
have put there to be obeyed: no line of its own, no control or direction character, nothing calculated.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from email import message_from_bytes, policy
from email.utils import getaddresses

from inboxd.plan import OutgoingMail
from tests.fuzz.words import BAIT, CANARY
from tests.office import INBOX

_OURS = (
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "In-Reply-To",
    "References",
    "Auto-Submitted",
    "X-Auto-Response-Suppress",
    "Content-Language",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
)
_MAY_LACK = frozenset({"In-Reply-To", "References"})
_NAME = re.compile(rb"[A-Za-z-]+(?=: ?)")
_LONGEST_LINE = 998
_DIRECTIONS = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_MOST_BYTES = 300_000
"""No notice is longer, however many files and matters it lists."""


def complaints(mail: OutgoingMail) -> Iterable[str]:
    """Everything that is not as it must be."""
    raw = mail.raw
    head, found, _ = raw.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    if not found or any(mark in line for line in raw.split(b"\r\n") for mark in (b"\r", b"\n", b"\0")):
        yield "it has a line end or NUL by itself"
    if any(len(line) > _LONGEST_LINE for line in raw.split(b"\r\n")):
        yield "it has a line of more than 998 bytes"
    if not raw.isascii():
        yield "it is not ASCII as sent"
    if len(raw) > _MOST_BYTES:
        yield f"it has {len(raw)} bytes"
    names = [name[0].decode() if (name := _NAME.match(line)) else "?" for line in lines if line[:1] not in b" \t"]
    if names != [name for name in _OURS if name in names or name not in _MAY_LACK]:
        yield f"its header fields are {names}"
    message = message_from_bytes(raw, policy=policy.default)
    if message.defects or message.get_content_type() != "text/plain":
        yield f"it is {message.get_content_type()} with defects {message.defects}"
        return
    to = [address for _, address in getaddresses([str(value) for value in message.get_all("To", [])])]
    if to != [mail.recipient] or not re.fullmatch(r"[^@\s<>,;]+@[^@\s<>,;]+", mail.recipient):
        yield f"it says To {to} and goes to {mail.recipient!r}"
    if [address for _, address in getaddresses([str(message["From"])])] != [INBOX]:
        yield "it is not from us"
    if mail.recipient == BAIT:
        yield "it goes to the bait"
    if str(message["Auto-Submitted"]) not in ("auto-replied", "auto-generated"):
        yield "it does not say that it is automatic"
    yield from _text(f"{message['Subject']}\n{str(message.get_content()).replace(chr(13) + chr(10), chr(10))}")


def _text(text: str) -> Iterable[str]:
    odd = sorted(
        {
            f"U+{ord(sign):04X}"
            for sign in text
            if sign != "\n" and (sign in _DIRECTIONS or unicodedata.category(sign) in ("Cc", "Cs", "Zl", "Zp"))
        }
    )
    if odd:
        yield f"its text holds {odd}"
    if CANARY in text:
        yield "its text holds what a template calculated from a mail"
    if "x" * 9 in text:
        yield "its text holds what a template looped from a mail"
