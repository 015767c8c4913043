"""Numbers as they may be shown in mail: the first letters, stars, the last digits (domain.md 7.1)."""

from __future__ import annotations

import re

_SHAPE = re.compile(r"([A-Z]{0,3})(.*)", re.DOTALL)


def mask(number: str) -> str:
    """`E123456789` as `E*****6789`, `EP12345678` as `EP****5678`. Never more than half of what follows the letters."""
    compact = "".join(letter for letter in number.upper() if letter.isalnum())
    shape = _SHAPE.fullmatch(compact)
    assert shape is not None
    letters, rest = shape.groups()
    shown = min(4, len(rest) // 2)
    hidden = len(rest) - shown
    return letters + "*" * hidden + rest[hidden:]
