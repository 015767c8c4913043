"""What reading a mail can do to its process, told by its subject or X-Harm, for it to run instead of the real one."""

from __future__ import annotations

import ctypes
import os
from typing import BinaryIO

from inboxd.mail import Email
from inboxd.parsers.message import read as read_message
from inboxd.parsers.streamed import Streamed
from inboxd.readers import serving
from inboxd.readers.frames import ReadingRules, Request

_real = serving.read


def _read(rules: ReadingRules, request: Request, mail: Streamed) -> Email:
    subject = _told(mail.text) or read_message(mail.text, rules.limits).subject
    if subject == "for ever":
        while True:
            pass
    if subject == "all memory":
        blocks = []
        while True:
            blocks.append(bytearray(64 * 1024 * 1024))
    if subject == "all memory in C":
        ctypes.memset(ctypes.CDLL(None).malloc(1 << 36), 0, 1)
    if subject == "ends":
        os._exit(3)
    if subject == "a bug":
        raise LookupError("Amara Okonjo-Reyes")
    if subject == "nonsense":
        os.write(_answers[0], b"\x00\x00\x00\x02{}" + b"\xff" * 100)
    return _real(rules, request, mail)


def _told(raw: bytes) -> str:
    _, found, rest = raw.partition(b"\r\nX-Harm: ")
    return rest.partition(b"\r\n")[0].decode() if found else ""


_answers: list[int] = []


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    _answers.append(answers.fileno())
    serving.read = _read
    serving.serve(requests, answers)
