"""Mails that are put together byte by byte, so that they can be as wrong and as large as a sender likes."""

from __future__ import annotations

import base64
import random
from dataclasses import dataclass

from tests.files import pdf

SENDER = b"Priya Holt <staff.rivers@parl.example>"
INBOX = b"mcmps-cmds@ircc.example"
SUBMISSION = b"MCMPS attachment - Fichier joint CDMS E123456789"
QUESTION = b"A question from a constituent"
WORDS = b"""Hello,\r
\r
Please add the documents of Amara Okonjo-Reyes, born 1984-06-30, UCI 11-2222-3333, to the application.\r
She has given our office her written consent.\r
\r
Thank you,\r
Priya Holt\r
"""
ASKING = b"Hello,\r\n\r\nOur constituent asks when the application will be decided.\r\n\r\nThank you,\r\nPriya Holt\r\n"
_GATEWAY = b"""Authentication-Results: mx.ircc.example; spf=pass smtp.mailfrom=parl.example; \
dkim=pass header.d=parl.example; dmarc=pass header.from=parl.example\r\n"""
_SMALL = 16 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file to attach."""

    name: bytes
    content: bytes
    kind: bytes = b"application/pdf"


def head(subject: bytes = SUBMISSION, *, sender: bytes = SENDER, to: bytes = INBOX, more: bytes = b"") -> bytes:
    """Header fields as the gateway delivers them, without the empty line."""
    return b"".join(
        (
            b"Return-Path: <staff.rivers@parl.example>\r\n",
            _GATEWAY,
            b"From: ",
            sender,
            b"\r\nTo: ",
            to,
            b"\r\nSubject: ",
            subject,
            b"\r\nDate: Wed, 18 Nov 2026 09:30:00 -0500\r\nMessage-ID: <hostile@mail.parl.example>\r\n",
            b"MIME-Version: 1.0\r\n",
            more,
        )
    )


def letter(
    text: bytes, *, subject: bytes = QUESTION, kind: bytes = b"text/plain; charset=utf-8", **more: bytes
) -> bytes:
    """A mail of one text."""
    return head(subject, **more) + b"Content-Type: " + kind + b"\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + text


def attached(file: File) -> bytes:
    """A part with a file in base64."""
    return b"".join(
        (
            b"Content-Type: ",
            file.kind,
            b'; name="',
            file.name,
            b'"\r\nContent-Disposition: attachment; filename="',
            file.name,
            b'"\r\nContent-Transfer-Encoding: base64\r\n\r\n',
            base64.encodebytes(file.content),
        )
    )


def parts(*bodies: bytes, mark: bytes = b"cut") -> bytes:
    """The header field and the body of a multipart."""
    inside = b"".join(b"--" + mark + b"\r\n" + body + b"\r\n" for body in bodies)
    return b'Content-Type: multipart/mixed; boundary="' + mark + b'"\r\n\r\n' + inside + b"--" + mark + b"--\r\n"


def text_part(text: bytes = WORDS) -> bytes:
    return b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + text


def submission(*files: File, **more: bytes) -> bytes:
    """A document submission with everything it needs, and these files."""
    return head(**more) + parts(text_part(), *(attached(file) for file in files))


def plain(size: int) -> bytes:
    """An ordinary submission of about `size` bytes: one sound PDF, whose scan is noise that nothing compresses."""
    if size < _SMALL:
        return submission(File(name=b"letter.pdf", content=pdf.pdf()))
    noise = random.Random(size).randbytes(max(1, (size - 4096) * 72 // 100))
    content = pdf.changed(lambda made: made.pages[0].obj.__setitem__("/Thumb", made.make_stream(noise)))
    return submission(File(name=b"scan.pdf", content=content))
