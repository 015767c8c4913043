"""Bytes to text, whatever the label says: declared charset, its usual aliases, UTF-8, Windows-1252, in that order.

Never fails: the last step takes any byte. What had to be guessed is named, so that the mail can carry it as a defect.
All text that leaves here can be encoded as UTF-8, holds no NUL, and can be normalised in linear time.
"""

from __future__ import annotations

import codecs
import re

from inboxd.parsers.characters import few_marks

GUESSED = "charset_guessed"
"""The declared charset is missing, unknown or wrong, and another one fitted."""
DAMAGED = "charset_damaged"
"""Some bytes fit no charset and are shown as U+FFFD."""

_ALIASES = {
    "ansi_x3.110-1983": "latin-1",
    "cp-850": "cp850",
    "default": "utf-8",
    "default_charset": "utf-8",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "hz-gb-2312": "hz",
    "iso-2022-jp-ms": "iso2022_jp_ext",
    "iso-2022-jp": "iso2022_jp_ext",
    # WHATWG's reading: bytes 0x80-0x9f are letters and quotes of Windows, never C1 controls.
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "iso_8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "iso-8859-8-i": "iso-8859-8",
    "iso-gb2312": "gb18030",
    "koi8r": "koi8-r",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "unicode-1-1-utf-7": "utf-7",
    "unicode-1-1-utf-8": "utf-8",
    "utf8": "utf-8",
    "windows-31j": "cp932",
    "windows-874": "cp874",
    "x-gbk": "gb18030",
    "x-mac-cyrillic": "mac-cyrillic",
    "x-mac-roman": "mac-roman",
    "x-sjis": "cp932",
    "x-user-defined": "cp1252",
}

# These codecs are not charsets, or cost quadratic time on long input; "undefined" always raises.
_REFUSED = frozenset({"idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape", "mbcs", "oem"})
_SURROGATE_OR_NUL = re.compile("[\x00\ud800-\udfff]")
_CONTROL = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]+")
_STATEFUL = re.compile(rb"\x1b\$[@B]|\x1b\([BJ]")
# Bytes by which 7-bit charsets change meaning (ISO-2022, UTF-7, HZ) or UTF-16 shows; without them ASCII is ASCII.
_SHIFTS = re.compile(rb"[\x00\x0e\x0f\x1b+~]")
_CHARSET_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:+-]{0,39}")
_REPLACED = "\ufffd"


def clean(text: str) -> str:
    """Text that any UTF-8 sink takes: NUL goes, a lone surrogate becomes U+FFFD; and with few marks on a letter."""
    text = few_marks(text)
    if not _SURROGATE_OR_NUL.search(text):
        return text
    return _SURROGATE_OR_NUL.sub(lambda found: "" if found.group() == "\x00" else _REPLACED, text)


def one_line(text: str) -> str:
    """Header text without line ends or control characters, so that it can never start a header of its own."""
    return _CONTROL.sub(" ", clean(text)).strip()


def _codec(declared: str) -> str:
    name = declared.strip().strip("\"'").lower().partition("*")[0]
    if not _CHARSET_NAME.fullmatch(name):
        return ""
    try:
        found = codecs.lookup(_ALIASES.get(name, name)).name
    except (LookupError, ValueError):
        return ""
    return "" if found.replace("-", "_") in _REFUSED else found


def _strict(payload: bytes, codec: str) -> str | None:
    try:
        text = payload.decode(codec)
        # utf-7 and utf-16 can yield lone surrogates without an error.
        text.encode("utf-8")
    except (LookupError, ValueError):
        return None
    return text


def _mostly(payload: bytes, codec: str) -> str | None:
    """The text if few characters are damaged: one bad byte must not turn a whole French text into mojibake."""
    try:
        text = payload.decode(codec, "replace")
    except (LookupError, ValueError):
        return None
    damaged = text.count(_REPLACED)
    foreign = len(text) - len(text.encode("ascii", "ignore")) - damaged
    return clean(text) if damaged * 10 <= foreign else None


def decode(payload: bytes, declared: str = "", second: str = "") -> tuple[str, str]:
    """Decode `payload`; returns the text and the defect (GUESSED, DAMAGED or empty). Never raises.

    `second` is another declared charset to try before Windows-1252, such as the body's for a raw header.
    """
    if payload.isascii() and not _SHIFTS.search(payload):
        return payload.decode("ascii"), ""
    codec = _codec(declared)
    if codec and (text := _strict(payload, codec)) is not None:
        return clean(text.removeprefix("\ufeff")), ""
    if not codec and _STATEFUL.search(payload) and (text := _strict(payload, "iso2022_jp_ext")) is not None:
        return clean(text), GUESSED
    if (text := _strict(payload, "utf-8")) is not None:
        harmless = payload.isascii() or not declared.strip()
        return clean(text.removeprefix("\ufeff")), "" if harmless else GUESSED
    return _guess(payload, codec, _codec(second))


def _guess(payload: bytes, codec: str, second: str) -> tuple[str, str]:
    """The declared charset failed, and it is not UTF-8."""
    if second not in ("", "ascii") and (text := _strict(payload, second)) is not None:
        return clean(text), GUESSED
    for candidate in dict.fromkeys(name for name in (codec, second, "utf-8") if name not in ("", "ascii")):
        if (text := _mostly(payload, candidate)) is not None:
            return text, DAMAGED
    if (text := _strict(payload, "cp1252")) is not None:
        return clean(text), GUESSED
    return clean(payload.decode("cp1252", "replace")), DAMAGED
