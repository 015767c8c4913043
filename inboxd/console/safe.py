"""Words of strangers on a page. Jinja2 escapes them; here goes what escaping leaves: direction marks and controls.

A mail is only ever shown as the plain text that was read out of it, never as its own HTML.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_DIRECTION = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
_KEPT = frozenset("\n\t")


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A stretch of text; `hit`: the criterion whose words it is."""

    text: str
    hit: str = ""


def clean(text: str) -> str:
    """Without what changes the direction of the words around it, or is no character to see."""
    return "".join(_shown(letter) for letter in text if letter not in _DIRECTION)


def _shown(letter: str) -> str:
    if letter in _KEPT:
        return letter
    category = unicodedata.category(letter)
    return " " if category in ("Cc", "Zl", "Zp") else "\ufffd" if category == "Cs" else letter


def one_line(text: str) -> str:
    """The same for a heading or a cell."""
    return " ".join(clean(text).split())


def marked(text: str, hits: Iterable[Mapping[str, Any]]) -> Iterator[Piece]:
    """A text in pieces, those that decided named by their criterion. Where two overlap, the first and longer wins."""
    found = sorted(
        ((int(hit["start"]), str(hit["words"]), str(hit["criterion"])) for hit in hits),
        key=lambda item: (item[0], -len(item[1])),
    )
    done = 0
    for start, words, criterion in found:
        if start < done or not words or text[start : start + len(words)] != words:
            continue
        if start > done:
            yield Piece(text=clean(text[done:start]))
        yield Piece(text=clean(words), hit=criterion)
        done = start + len(words)
    if done < len(text):
        yield Piece(text=clean(text[done:]))
