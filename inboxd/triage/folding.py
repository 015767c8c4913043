"""Text made comparable: accents, case, typographic marks and line wraps do not matter; every letter keeps its place.

The folded text is pure ASCII: lower case, one space between words, a line feed where a paragraph or list item begins,
a full stop only where a sentence can end. Each folded character knows the offset of the character it came from, so
that words found in the folded text can be shown as the sender wrote them. Never fails; characters without an ASCII
reading become `~`.
"""

from __future__ import annotations

import bisect
import unicodedata
from array import array
from dataclasses import dataclass, field

_SPECIAL = {
    "\u2018": "'", "\u2019": "'", "\u201b": "'", "\u02bc": "'", "\u2032": "'", "`": "'", "\u00b4": "'",
    "\u201c": '"', "\u201d": '"', "\u201e": '"', "\u00ab": '"', "\u00bb": '"', "\u2039": '"', "\u203a": '"',
    "\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-", "\u2014": "-", "\u2015": "-", "\u2212": "-",
    "\u0153": "oe", "\u0152": "oe", "\u00e6": "ae", "\u00c6": "ae", "\u00f8": "o", "\u00d8": "o", "\u0142": "l",
    "\u0141": "l", "\u2022": "*", "\u00b7": "*", "\u00ba": "o", "\u00b0": "o",
    "\u200b": "", "\u200c": "", "\u200d": "", "\u2060": "", "\ufeff": "", "\u00ad": "",
}  # fmt: skip
_ABBREVIATIONS = frozenset(
    ("mr", "mrs", "ms", "mx", "dr", "drs", "prof", "st", "ste", "hon", "me", "mme", "mmes", "mlle", "mm", "no", "nos",
     "tel", "ext", "art", "approx", "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec",
     "janv", "fevr", "avr", "juil", "dept", "inc", "ltd", "vs", "etc", "p.m", "a.m", "e.g", "i.e", "u.s", "p.s")
)  # fmt: skip
"""Words whose full stop ends no sentence."""
_BULLETS = frozenset("-*")


def _fold_character(character: str) -> str:
    if (special := _SPECIAL.get(character)) is not None:
        return special
    if "\ud800" <= character <= "\udfff":
        return "~"
    decomposed = unicodedata.normalize("NFKD", character)
    kept = "".join(part for part in decomposed if not unicodedata.combining(part))
    folded = "".join(_SPECIAL.get(part, part) for part in kept.casefold())
    return "".join(part if "!" <= part <= "~" else " " if part.isspace() else "~" for part in folded)


class _Table(dict[str, str]):
    """Folded form by character, filled as characters are met."""

    def __missing__(self, character: str) -> str:
        folded = self[character] = _fold_character(character)
        return folded


_TABLE = _Table()


@dataclass(frozen=True, slots=True)
class Folded:
    """One text, folded. `offsets[i]` is the place in `original` of folded character `i`."""

    original: str
    text: str
    offsets: array[int] = field(repr=False)
    breaks: tuple[int, ...] = field(repr=False)
    """Offsets in `text` at which a sentence ends, rising; the last is the end of the text."""
    whole: bool = True
    """False: the text was folded no further than was asked for."""

    def words(self, start: int, end: int) -> tuple[str, int]:
        """The sender's own spelling of folded `start:end`, and its offset in the original."""
        if start >= end:
            return "", 0
        first, last = self.offsets[start], self.offsets[end - 1] + 1
        while last < len(self.original) and unicodedata.combining(self.original[last]):
            last += 1
        return self.original[first:last], first

    def sentence_index(self, place: int) -> int:
        """Which sentence (from 0) holds folded offset `place`."""
        return min(bisect.bisect_right(self.breaks, place), len(self.breaks) - 1)

    def sentence(self, index: int) -> tuple[int, int]:
        """Folded start and end of a sentence; empty at the end of the text when there is no such sentence."""
        if not 0 <= index < len(self.breaks):
            return len(self.text), len(self.text)
        return (self.breaks[index - 1] if index else 0), self.breaks[index]


def _abbreviation(out: list[str]) -> bool:
    start = len(out)
    while start and (out[start - 1].isalnum() or out[start - 1] in ".-"):
        start -= 1
    word = "".join(out[start:])
    return (len(word) == 1 and word.isalpha()) or word in _ABBREVIATIONS


def fold(text: str, most: int | None = None) -> Folded:
    """Fold a text (see the module's docstring); no more of it than makes `most` folded characters."""
    out: list[str] = []
    offsets = array("I")
    breaks: list[int] = []
    whole = False
    blank_at, newlines = -1, 0
    for place, character in enumerate(text):
        if character.isspace():
            blank_at = place if blank_at < 0 else blank_at
            newlines += character == "\n"
            continue
        folded = _TABLE[character]
        if most is not None and len(out) + len(folded) + 1 > most:
            break
        if blank_at >= 0:
            if folded == "":
                continue
            if out:
                paragraph = newlines > 1 or (newlines == 1 and folded in _BULLETS)
                ended = out[-1] in "!?." or (out[-1] in "\"')" and len(out) > 1 and out[-2] in "!?.")
                if out[-1] == "." and not paragraph and _abbreviation(out[-13:-1]):
                    out.pop()
                    offsets.pop()
                    ended = False
                out.append("\n" if paragraph else " ")
                offsets.append(blank_at)
                if paragraph or ended:
                    breaks.append(len(out))
            blank_at, newlines = -1, 0
        for part in folded:
            out.append(part)
            offsets.append(place)
    else:
        whole = True
    breaks.append(len(out))
    return Folded(text, "".join(out), offsets, tuple(breaks), whole)
