"""Base64, and the encoded words of header fields (RFC 2045 6.8, RFC 2047), read as mail programs read them.

Many mailers cut an encoded text where a line is full: inside a character, and some inside the four letters that stand
for three bytes. So words that follow each other are put together before they are decoded. Linear, bounded, never
fails: what cannot be decoded is left as it stood, or decoded as far as it goes.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterable, Iterator, Sequence

from inboxd.parsers.charsets import decode

TEXT_CHARACTERS = 16 * 1024
"""What is decoded of one field as text."""

_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?((?:[^?]|\?(?!=)){0,2000})\?=")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]")
_STRANGE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffd]")
"""What no header field says: it shows that bytes were put together in the wrong place."""


def unbase64(data: bytes | memoryview) -> tuple[bytes, str]:
    """Decode base64 as mail clients do; what is damaged is decoded as far as it goes (defect `base64_damaged`)."""
    try:
        return binascii.a2b_base64(data), ""
    except binascii.Error:
        letters = _NOT_BASE64.sub(b"", data)
        # One letter alone carries no byte: the standard library would hand back the text undecoded.
        letters = letters[: len(letters) - 1] if len(letters) % 4 == 1 else letters
        return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4)), "base64_damaged"


def decode_words(text: str) -> str:
    """Decode RFC 2047 words; words that follow each other and share a charset are joined before decoding."""
    if "=?" not in text:
        return text
    output: list[str] = []
    charset = ""
    run: list[tuple[bool, bytes]] = []
    position = 0
    shown = text[:TEXT_CHARACTERS]
    for word in _WORD.finditer(shown):
        gap = shown[position : word.start()]
        named = word.group(1).partition("*")[0].lower()
        if run and (gap.strip() or named != charset):
            output.append(_run(run, charset))
            run = []
        if gap.strip() or not position:
            output.append(gap)
        charset = named
        run.append((word.group(2) in "bB", word.group(3).encode("utf-8", "replace")))
        position = word.end()
    output.append(_run(run, charset))
    return "".join(output) + shown[position:]


def _run(words: Sequence[tuple[bool, bytes]], charset: str) -> str:
    """The text of words that follow each other and share a charset: whether in base64, and the content of each.

    Base64 was cut anywhere, or each word stands for itself with its padding left out. The wrong reading is full of
    damage, which tells it from the right one.
    """
    together, damage = _judged(b"".join(_together(words)), charset)
    if not damage:
        return together
    apart, more = _judged(b"".join(_bytes(*word) for word in words), charset)
    return together if damage <= more else apart


def _bytes(is_base64: bool, content: bytes) -> bytes:
    return unbase64(content)[0] if is_base64 else binascii.a2b_qp(content, header=True)


def _together(words: Iterable[tuple[bool, bytes]]) -> Iterator[bytes]:
    """The bytes of each word, or of several where base64 cannot end before the last of them."""
    waiting: list[bytes] = []
    letters = 0
    for is_base64, content in words:
        if is_base64:
            waiting.append(content)
            letters += len(_NOT_BASE64.sub(b"", content))
        # It can end at a full group of four letters, or at its padding.
        if not is_base64 or letters % 4 == 0 or content.rstrip().endswith(b"="):
            yield _bytes(True, b"".join(waiting))
            waiting, letters = [], 0
        if not is_base64:
            yield _bytes(False, content)
    yield _bytes(True, b"".join(waiting))


def _judged(data: bytes, charset: str) -> tuple[str, int]:
    """The text, and how many signs of it show that its bytes were put together wrongly."""
    text, defect = decode(data, charset)
    return text, len(_STRANGE.findall(text)) + bool(defect)
