"""Characters made comparable: the steps 3 to 6 and 8 of `domain.md` 2.2, for subjects and for texts.

`clean` changes what cannot change the meaning of a number (width, invisible characters, kinds of dashes and spaces).
`fold` goes further, for comparing words only: numbers are never read from folded text, because an accent or a
Cyrillic letter in a number must stay visible. Pure; never fails.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_RAISED_OR_CIRCLED = re.compile(
    "[\u00b2\u00b3\u00b9\u00bc-\u00be\u2070-\u2079\u2080-\u2089\u2150-\u2189\u2460-\u249b\u24ea-\u24ff\u2776-\u2793"
    "\U0001f100-\U0001f10a]+"
)
"""Not taken as digits: `E12345678²` is a number with a note mark, not the number that ends in 2."""

_DASHES = re.compile("[\u2010-\u2015\u2043\u207b\u2212\u2e3a\u2e3b\ufe58\ufe63\uff0d]")
_INVISIBLE = re.compile("[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
                        "\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e0fff]")
_SPACES = re.compile(r"[^\S\n]|[\x00-\x08\x0e-\x1f\x7f-\x9f]")
_NUMERO = str.maketrans({"\u2116": "# ", "\u00ba": "\u00b0"})
"""No. as one sign, and the ordinal sign used for the degree sign: NFKC would turn them into letters."""

_KANA_MARKS = "\uff9e\uff9f"
_NO_LETTERS = re.compile(r"[^\w\x00-\x7f]{31,}")
_NO_LETTERS_OR_KANA_MARKS = re.compile(rf"(?:[^\w\x00-\x7f]|[{_KANA_MARKS}]){{31,}}")
_MOST_MARKS = 30
"""Marks on one letter (UAX #15, stream-safe text): sorting more, as each normalisation does, takes quadratic time."""

LOOKALIKES = str.maketrans(
    "АВЕЅІЈКМНОРСТУХЗаеіјорсухѕԁԛԝ" "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧοια" "ıɑɡՏՕ",
    "ABESIJKMHOPCTYX3aeijopcyxsdqw" "ABEZHIKMNOPTYXoia" "iagSO",
)
"""Letters of other scripts that are drawn like Latin ones."""


def few_marks(text: str) -> str:
    """The text with at most 30 marks or invisible signs in a row: 100 kB of marks would hold up a mail for half a
    minute each time they are normalised, and no language stacks so many."""
    if text.isascii():
        return text
    has_kana = any(mark in text for mark in _KANA_MARKS)
    return (_NO_LETTERS_OR_KANA_MARKS if has_kana else _NO_LETTERS).sub(_first_marks, text)


def _first_marks(run: re.Match[str]) -> str:
    kept: list[str] = []
    marks = 0
    for sign in run[0]:
        category = unicodedata.category(sign)
        marks = marks + 1 if category[0] == "M" or category == "Cf" or sign in _KANA_MARKS else 0
        if marks <= _MOST_MARKS:
            kept.append(sign)
    return "".join(kept)


def clean(text: str) -> str:
    """NFKC, no invisible characters, every dash `-`, every white space but the line end one space."""
    if not text.isascii():
        text = few_marks(_INVISIBLE.sub("", text)).translate(_NUMERO)
        text = _without_raised(text)
        text = _DASHES.sub("-", _INVISIBLE.sub("", text))
    return _SPACES.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n").replace("\v", "\n").replace("\f", "\n"))


def _without_raised(text: str) -> str:
    pieces: list[str] = []
    at = 0
    for match in _RAISED_OR_CIRCLED.finditer(text):
        pieces += [unicodedata.normalize("NFKC", text[at:match.start()]), match[0]]
        at = match.end()
    pieces.append(unicodedata.normalize("NFKC", text[at:]))
    return "".join(pieces)


@lru_cache(maxsize=4096)
def _fold_character(character: str) -> str:
    base = "".join(c for c in unicodedata.normalize("NFKD", character) if not unicodedata.combining(c))
    base = base.translate(LOOKALIKES) if len(base) == 1 else character
    lower = base.lower()
    return lower if len(lower) == 1 else base


def fold(text: str) -> str:
    """Without accents and case, look-alike letters read as Latin. Same length as `text`: offsets stay true."""
    if text.isascii():
        return text.lower()
    return "".join(map(_fold_character, text))
