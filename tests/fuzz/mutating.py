"""A mail damaged: at single bits, at its lines, at what gives it structure, or cut and joined with another.

Each mutator takes a `Random`, the bytes and other whole mails, and gives bytes. Nothing here knows what a parser does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from random import Random

from tests.fuzz.words import CHARSETS, INJECTIONS

Mutator = Callable[[Random, bytes, Sequence[bytes]], bytes]
_BOUNDARY = re.compile(rb'boundary="?([^"\r\n;]+)', re.IGNORECASE)
_WORDS = (
    b"\r\n",
    b"\n",
    b"\r",
    b"\r\n\r\n",
    b"\0",
    b"\xff\xfe",
    b"--",
    b'"',
    b"<",
    b">",
    b"(",
    b"=?",
    b"?=",
    b"=",
    b";",
    b":",
    b",",
    b"\x1b[31m",
    b"%00",
    b"\xed\xa0\x80",
    b"\xe2\x80\xae",
    b"begin 644 x\r\n",
    b"=ybegin line=128 size=1 name=x\r\n",
    b"Content-Type: message/rfc822\r\n\r\n",
    b"From: victim@bait.example\r\n",
    b"Content-Transfer-Encoding: base64\r\n",
    b"-- \r\n",
    b"\x80",
    b"\xc3",
    b"A" * 1100,
    b" " * 300,
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    b"\x78\x9f\x3e\x22",
    b"PK\x03\x04",
    b"%PDF-1.7\n",
    b"begin-base64 644 x\r\n",
    b"\xef\xbb\xbf",
)


def _flip(rng: Random, raw: bytes, _: Sequence[bytes]) -> bytes:
    changed = bytearray(raw)
    for _ in range(rng.choice((1, 2, 8, 40))):
        if changed:
            changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def _flip_head(rng: Random, raw: bytes, others: Sequence[bytes]) -> bytes:
    at = min(len(raw), 1500)
    return _flip(rng, raw[:at], others) + raw[at:]


def _insert(rng: Random, raw: bytes, _: Sequence[bytes]) -> bytes:
    at = rng.randint(0, min(len(raw), rng.choice((600, 3000, len(raw)))))
    return raw[:at] + rng.choice(_WORDS) * rng.choice((1, 1, 1, 3)) + raw[at:]


def _inject(rng: Random, raw: bytes, _: Sequence[bytes]) -> bytes:
    at = rng.randint(0, min(len(raw), rng.choice((600, 3000))))
    return raw[:at] + rng.choice(INJECTIONS).encode("utf-8", "surrogatepass") + raw[at:]


def _cut(rng: Random, raw: bytes, _: Sequence[bytes]) -> bytes:
    at = rng.randint(0, len(raw))
    return raw[:at] + raw[min(len(raw), at + rng.choice((1, 10, 100, 2000))) :]


def _truncate(rng: Random, raw: bytes, _: Sequence[bytes]) -> bytes:
    return raw[: rng.randint(0, len(raw))]


def _double(rng: Random, raw: bytes, _: Sequence[bytes]) -> bytes:
    at, size = rng.randint(0, len(raw)), rng.choice((1, 20, 400))
    return raw[:at] + raw[at : at + size] * rng.choice((2, 3, 50)) + raw[at + size :]


def _lines(rng: Random, raw: bytes, _: Sequence[bytes]) -> bytes:
    """A line away, doubled, moved; all of it within the first ones, where the fields are."""
    lines = raw.split(b"\r\n", 40)
    at, to = rng.randrange(len(lines)), rng.randrange(len(lines))
    match rng.randrange(3):
        case 0:
            del lines[at]
        case 1:
            lines.insert(to, lines[at])
        case _:
            lines[at], lines[to] = lines[to], lines[at]
    return b"\r\n".join(lines)


def _line_ends(rng: Random, raw: bytes, _: Sequence[bytes]) -> bytes:
    return raw.replace(b"\r\n", rng.choice((b"\n", b"\r", b"\n\r", b"\r\r\n", b"\0\r\n")), rng.choice((-1, 1, 7)))


def _boundary(rng: Random, raw: bytes, _: Sequence[bytes]) -> bytes:
    """Another boundary in the body than was said, one that begins like another, none at all."""
    found = _BOUNDARY.search(raw)
    if found is None:
        return raw
    mark = found[1]
    with_what = rng.choice((mark[:-1], mark + b"x", b"", b"--" + mark, mark[::-1], mark + b"--"))
    return raw.replace(b"--" + mark, b"--" + with_what, rng.choice((1, 2, -1)))


def _charset(rng: Random, raw: bytes, _: Sequence[bytes]) -> bytes:
    return re.sub(rb"(?i)charset=\"?[\w-]*", f'charset="{rng.choice(CHARSETS)}'.encode(), raw, count=rng.choice((0, 1)))


def _coding(rng: Random, raw: bytes, _: Sequence[bytes]) -> bytes:
    name = rng.choice((b"base64", b"quoted-printable", b"x-uuencode", b"8bit", b"BASE64 x", b"", b"gzip"))
    return re.sub(rb"(?i)(transfer-encoding:) *[\w-]+", rb"\1 " + name, raw, count=rng.choice((0, 1)))


def _type(rng: Random, raw: bytes, _: Sequence[bytes]) -> bytes:
    name = rng.choice(
        (
            b"multipart/mixed; boundary=cut",
            b"message/rfc822",
            b"application/ms-tnef",
            b"text/html",
            b"multipart/report",
            b"application/pdf",
            b"text/calendar",
            b"message/partial",
            b"",
            b"multipart/digest",
            b"message/external-body",
        )
    )
    return re.sub(rb"(?i)(content-type:) *[\w/.+-]+", rb"\1 " + name, raw, count=rng.choice((1, 1, 2, 0)))


def _splice(rng: Random, raw: bytes, others: Sequence[bytes]) -> bytes:
    """The head of one mail and the body of another; or one mail in the middle of another."""
    other = rng.choice(others)
    if rng.random() < 0.5:
        return raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" + other.partition(b"\r\n\r\n")[2]
    at = rng.randint(0, len(raw))
    return raw[:at] + other[rng.randint(0, len(other)) :] + raw[at:]


def _wrap(rng: Random, raw: bytes, _: Sequence[bytes]) -> bytes:
    """The whole mail forwarded as an attachment, so many times over."""
    kept = raw.partition(b"\r\n\r\n")[0]
    fields = [line for line in kept.split(b"\r\n") if not line.lower().startswith((b"content-", b"mime-"))]
    for _ in range(rng.choice((1, 2, 30))):
        raw = b"\r\n".join(fields) + b"\r\nMIME-Version: 1.0\r\nContent-Type: message/rfc822\r\n\r\n" + raw
    return raw


MUTATORS: tuple[Mutator, ...] = (
    _flip,
    _flip_head,
    _insert,
    _inject,
    _cut,
    _truncate,
    _double,
    _lines,
    _line_ends,
    _boundary,
    _charset,
    _coding,
    _type,
    _splice,
    _wrap,
)
MOST_BYTES = 400_000


def mutated(rng: Random, raw: bytes, others: Sequence[bytes]) -> bytes:
    """Damaged once to five times; not longer than `MOST_BYTES`."""
    for _ in range(rng.choice((1, 1, 2, 3, 5))):
        raw = rng.choice(MUTATORS)(rng, raw, others)[:MOST_BYTES]
    return raw
