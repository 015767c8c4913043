"""Numbers and names as they may be shown in mail: some letters, stars, the last digits (domain.md 7.1)."""

from __future__ import annotations

import re
import unicodedata

_SHAPE = re.compile(r"([A-Z]{0,3})(.*)", re.DOTALL)
_WORD = re.compile(r"[^\W\d_]+")


def mask(number: str) -> str:
    """`E123456789` as `E*****6789`, `EP12345678` as `EP****5678`. Never more than half of what follows the letters."""
    compact = "".join(letter for letter in number.upper() if letter.isalnum())
    shape = _SHAPE.fullmatch(compact)
    assert shape is not None
    letters, rest = shape.groups()
    shown = min(4, len(rest) // 2)
    hidden = len(rest) - shown
    return letters + "*" * hidden + rest[hidden:]


def mask_names(text: str, *names: str) -> str:
    """Each word of `text` that is a word of one of `names` as its first letter and stars; case and accents alike."""
    hidden = {_folded(word) for name in names for word in _WORD.findall(name) if len(word) > 1}
    return _WORD.sub(lambda word: word[0][0] + "*" * 4 if _folded(word[0]) in hidden else word[0], text)


def _folded(word: str) -> str:
    plain = unicodedata.normalize("NFKD", word.casefold())
    return "".join(letter for letter in plain if not unicodedata.combining(letter))
