"""A large mail whose base64 is decoded while it comes in is read as if it had come at once, to the letter."""

from __future__ import annotations

import base64
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import mixed_mailbox
from inboxd.errors import Unparsable
from inboxd.parsers import message
from inboxd.parsers.streamed import Streamed, Streaming
from inboxd.settings import LimitSettings
from tests.office import PROJECT

LIMITS = LimitSettings()
NOISE = random.Random(11).randbytes(40_000)
HEAD = b"From: <staff.rivers@parl.example>\r\nMIME-Version: 1.0\r\n"
BASE64 = b"Content-Transfer-Encoding: base64\r\n"
PDF = b"Content-Type: application/pdf\r\n" + BASE64 + b"\r\n"


def lines(content: bytes, length: int = 76, end: bytes = b"\r\n") -> bytes:
    encoded = base64.b64encode(content)
    return b"".join(encoded[at : at + length] + end for at in range(0, len(encoded), length))


def mixed(*parts: bytes) -> bytes:
    return (HEAD + b'Content-Type: multipart/mixed; boundary="="\r\n\r\nA preamble.\r\n'
            + b"".join(b"--=\r\n" + part + b"\r\n" for part in parts) + b"--=--\r\n")


def streamed(raw: bytes, piece: int = 1_000) -> Streamed:
    streaming = Streaming(large_bytes=400, least_bytes=300)
    for at in range(0, len(raw), piece):
        streaming.write(raw[at : at + piece])
    return streaming.done()


def said(raw: bytes | Streamed) -> str:
    """All that is read, bytes of files and all."""
    try:
        read = message.read(raw, LIMITS)
    except Unparsable as error:
        return str(error)
    return repr(read) + repr([part.content for part in read.parts])


ALIKE = {
    "one file": mixed(PDF + lines(NOISE)),
    "files after each other": mixed(PDF + lines(NOISE[:900]), PDF + lines(NOISE[:1_801]), PDF + lines(NOISE[:5_700])),
    "another length of line": mixed(PDF + lines(NOISE, 60), PDF + lines(NOISE, 40)),
    "line ends of Unix": mixed(PDF + lines(NOISE, end=b"\n")).replace(b"\r\n", b"\n"),
    "lines of other lengths in between": mixed(PDF + lines(NOISE[:5_700]) + lines(NOISE[:6_000], 64) + lines(NOISE)),
    "the whole mail is a file": HEAD + PDF + lines(NOISE),
    "never closed": mixed(PDF + lines(NOISE)).removesuffix(b"--=--\r\n"),
}


@pytest.mark.parametrize("name", ALIKE)
def test_what_is_taken_out_is_read_all_the_same(name: str) -> None:
    raw = ALIKE[name]
    mail = streamed(raw)
    assert len(mail.text) < len(raw) / 2, "most of it is decoded already"
    assert mail.size == len(raw)
    assert mail.whole() == raw
    assert said(mail) == said(raw)


ODD = {
    "in the text of the mail": HEAD + b"\r\nHello.\r\n" + lines(NOISE),
    "in a file that is not encoded": mixed(b"Content-Type: text/plain; name=a.txt\r\n\r\n" + lines(NOISE)),
    "in an attached mail": mixed(b"Content-Type: message/rfc822\r\n\r\n" + mixed(PDF + lines(NOISE))),
    "in the preamble": mixed(PDF + lines(NOISE)).replace(b"A preamble.\r\n", lines(NOISE)),
    "before all fields": b"\r\n" + lines(NOISE) + mixed(PDF + b"aaaa"),
    "among the fields": HEAD + lines(NOISE) + b"Subject: A question\r\n\r\nHello.\r\n",
    "as the rest of a field": HEAD + lines(NOISE) + b" and more\r\nSubject: A question\r\n\r\nHello.\r\n",
    "right before the end of fields": HEAD + BASE64 + lines(NOISE) + b"\r\nHello.\r\n",
    "right behind them, without an empty line": HEAD + BASE64 + lines(NOISE),
    "behind letters that are no full group": mixed(PDF + b"abc\r\n" + lines(NOISE)),
    "behind its padding": mixed(PDF + lines(b"abcd") + lines(NOISE)),
    "behind what is no base64": mixed(PDF + b"?abc\r\n" + lines(NOISE)),
    "padding in the middle": mixed(PDF + lines(NOISE) + b"QQ==\r\n" + lines(NOISE)),
    "damaged at its end": mixed(PDF + lines(NOISE) + b"abcde\r\n"),
    "damaged further on": mixed(PDF + lines(NOISE) + b"ab*c\r\n" + lines(NOISE) + b"?\r\n"),
    "nothing but its lines": mixed(PDF + lines(NOISE[:5_700]))[:-9],
    "a boundary that is only guessed": mixed(PDF + lines(NOISE)).replace(b'; boundary="="', b""),
    "two that claim one file": mixed(PDF + lines(NOISE[:5_700]) + b"\r\n" + lines(NOISE[:5_700])),
}


@pytest.mark.parametrize("piece", [1, 77, 1_000, 1_000_000])
@pytest.mark.parametrize("name", ODD)
def test_odd_places(name: str, piece: int) -> None:
    raw = ODD[name]
    assert streamed(raw, piece).whole() == raw
    assert said(streamed(raw, piece)) == said(raw)


def test_a_small_mail_stays_as_it_is() -> None:
    raw = mixed(PDF + lines(NOISE))
    streaming = Streaming()
    assert streaming.write(raw) == len(raw)
    assert streaming.done() == Streamed.of(raw)


def test_a_large_mail_is_lean() -> None:
    """What this is for, with the sizes that the daemon has."""
    raw = mixed(PDF + lines(NOISE * 80))
    streaming = Streaming()
    for at in range(0, len(raw), 1024 * 1024):
        streaming.write(raw[at : at + 1024 * 1024])
    mail = streaming.done()
    assert len(mail.text) < 1_000
    assert said(mail) == said(raw)


def test_mails_of_all_kinds() -> None:
    kept = sorted((PROJECT / "tests").rglob("*.eml"))
    lean = 0
    for raw in [*(path.read_bytes() for path in kept), *mixed_mailbox.mails(30, 5)]:
        for wire in {raw, raw.replace(b"\r\n", b"\n")}:
            mail = streamed(wire)
            lean += bool(mail.taken_out)
            assert mail.whole() == wire
            assert said(mail) == said(wire)
    assert lean > 30


_PIECES = st.sampled_from((
    lines(NOISE[:57]), lines(NOISE[:300]), lines(NOISE[:855]), lines(NOISE[:3_000]), lines(NOISE[:1_000], 64),
    lines(NOISE[:999], 72, b"\n"), b"--=\r\n", b"--=--\r\n", b"\r\n", b"\n", b"\r", b"QQ==\r\n", b"abc", b"?", PDF,
    BASE64, HEAD, b"Subject: a\r\n", b" b\r\n", b"Content-Type: multipart/mixed; boundary==\r\n\r\n",
    b"Content-Type: message/rfc822\r\n\r\n",
))


@given(pieces=st.lists(_PIECES, max_size=14), size=st.integers(1, 2_000), start=st.booleans())
def test_any_pieces(pieces: list[bytes], size: int, start: bool) -> None:
    raw = (ALIKE["one file"][:160] if start else b"") + b"".join(pieces)
    assert streamed(raw, size).whole() == raw
    assert said(streamed(raw, size)) == said(raw)
