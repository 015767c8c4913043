"""Raw mails built byte by byte, and read as inboxd reads them, for the tests of `parsers/message.py`."""

from __future__ import annotations

from inboxd.parsers.message import Message, read
from inboxd.settings import LimitSettings

LIMITS = LimitSettings()
HEAD = b"From: Ana Pell <ana.pell@parl.example>\r\nSubject: Dossier\r\nDate: Mon, 02 Nov 2026 09:00:00 -0500\r\n"


def message(raw: bytes, **limits: int) -> Message:
    return read(raw, LimitSettings(**limits) if limits else LIMITS)


def with_head(rest: bytes) -> Message:
    return message(HEAD + rest)


def mixed(*parts: bytes, kind: bytes = b"mixed") -> bytes:
    body = b"".join(b"--cut\r\n" + part + b"\r\n" for part in parts)
    return HEAD + b"Content-Type: multipart/" + kind + b"; boundary=cut\r\n\r\n" + body + b"--cut--\r\n"


PLAIN = b"Content-Type: text/plain; charset=utf-8\r\n\r\n"
HTML = b"Content-Type: text/html; charset=utf-8\r\n\r\n"
