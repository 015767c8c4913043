"""The two halves of the submission phrase in a subject: `MCMPS attachment` and `Fichier joint CMDS`.

Works on folded text (`characters.fold`), so that case, accents and kinds of dashes are out of the way. Which rows of
`domain.md` 2.3 are meant is said at each rule. Pure; never fails.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from inboxd.mail import SubjectIntent

Span = tuple[int, int]

_GAP = r"[^\w|]*"
_ENGLISH = re.compile(rf"(?<![a-z0-9])mcmps{_GAP}attachment(?:s(?![0-9]))?")
"""The s of a plural, unless digits follow: in `attachmentS123456789` it is the number's letter."""
_FRENCH = re.compile(rf"fichiers?{_GAP}joints?{_GAP}cmds")
_ACRONYM = re.compile(r"(?<![a-z0-9])(?:mcmps|cmds)(?=[^a-z]|[a-z]{1,3}[0-9]|$)(?![ ]?-[ ]?[0-9]{4}-[0-9])")
"""Not the start of a tracking number such as `CMDS-2026-33688`."""
_DOCUMENT = re.compile(
    r"(?<!travel )(?<!identity )\b(?:attachments?|attached|documents?|docs?|files?|fichiers?|pieces?|annexes?"
    r"|enclosures?|enclosed|ci-joint[es]*|joint[es]*|soumission|submission)\b"
)
_WORD = re.compile(r"[a-z]+")
_NEAR_EACH_OTHER = 12
"""Characters between an acronym and a word for document, for a subject without any number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """How plainly the phrase is there. `spans` are the parts of the text that belong to it, to be left out."""

    intent: SubjectIntent
    spans: tuple[Span, ...]
    halves: int


def distance(left: str, right: str, most: int) -> int:
    """Edits from one word to another, a swap of neighbours counting once; `most + 1` when there are more than that."""
    if abs(len(left) - len(right)) > most:
        return most + 1
    before: list[int] = []
    last = list(range(len(right) + 1))
    for row, a in enumerate(left, start=1):
        line = [row]
        for column, b in enumerate(right, start=1):
            cost = min(last[column] + 1, line[column - 1] + 1, last[column - 1] + (a != b))
            if row > 1 and column > 1 and a == right[column - 2] and left[row - 2] == b:
                cost = min(cost, before[column - 2] + 1)
            line.append(cost)
        before, last = last, line
    return min(last[-1], most + 1)


def _nearest(word: str, forms: Iterable[str], most: int) -> int:
    return min(distance(word, form, most) for form in forms)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Half:
    words: tuple[tuple[str, ...], ...]
    """The forms of each word of this half, in order."""
    bounds: tuple[int, ...]
    """Edits allowed in each word: one in an acronym, two in `attachment`."""
    acronym: int
    """Which of the words is the acronym."""


_ENGLISH_HALF = _Half(words=(("mcmps",), ("attachment", "attachments")), bounds=(1, 2), acronym=0)
_FRENCH_HALF = _Half(words=(("fichier", "fichiers"), ("joint", "joints"), ("cmds",)), bounds=(1, 1, 1), acronym=2)
_MOST_IN_A_HALF = 2


def _mistyped(text: str, half: _Half) -> tuple[Span, int, bool] | None:
    """The first run of words that is this half with few typing errors: span, edits, whether the acronym is right."""
    words = list(_WORD.finditer(text))
    size = len(half.words)
    for first in range(len(words) - size + 1):
        run = words[first:first + size]
        edits = [_nearest(word[0], forms, most)
                 for word, forms, most in zip(run, half.words, half.bounds, strict=True)]
        within = all(edit <= most for edit, most in zip(edits, half.bounds, strict=True))
        if within and sum(edits) <= _MOST_IN_A_HALF:
            return (run[0].start(), run[-1].end()), sum(edits), edits[half.acronym] == 0
    return None


def find_phrase(text: str, *, has_number: bool) -> Phrase:
    """Find the phrase in folded text. `has_number`: something in the subject may be meant as a number."""
    spans: list[Span] = []
    exact = 0
    near: list[tuple[int, bool]] = []
    for pattern, half in ((_ENGLISH, _ENGLISH_HALF), (_FRENCH, _FRENCH_HALF)):
        match = pattern.search(text)
        if match:
            exact += 1
            spans += [found.span() for found in pattern.finditer(text)]
            continue
        mistyped = _mistyped(_blank(text, spans), half)
        if mistyped:
            span, edits, acronym_right = mistyped
            near.append((edits, acronym_right))
            spans.append(span)
    halves = exact + len(near)
    spans += [match.span() for match in _ACRONYM.finditer(_blank(text, spans))]
    if exact == 2:  # row "exact", "halves reversed", "plural", dashes and spaces
        intent = SubjectIntent.EXACT
    elif halves == 2 or exact == 1 or _nearly_right(near):  # row "only one half, or a typo in one half"
        intent = SubjectIntent.NEAR
    elif near or _paraphrased(text, has_number=has_number):  # rows "Pièce jointe CMDS", "words re-ordered"
        intent = SubjectIntent.PARAPHRASE
    else:
        intent = SubjectIntent.NONE
    return Phrase(intent=intent, spans=tuple(sorted(spans)), halves=halves)


def _nearly_right(near: list[tuple[int, bool]]) -> bool:
    """One half alone: the acronym is right and there is one wrong letter."""
    return bool(near) and near[0][0] <= 1 and near[0][1]


def _paraphrased(text: str, *, has_number: bool) -> bool:
    for acronym in _ACRONYM.finditer(text):
        for document in _DOCUMENT.finditer(text):
            apart = max(document.start() - acronym.end(), acronym.start() - document.end())
            if has_number or apart <= _NEAR_EACH_OTHER:
                return True
    return False


def _blank(text: str, spans: Iterable[Span]) -> str:
    for start, end in spans:
        text = text[:start] + "|" * (end - start) + text[end:]
    return text


blank = _blank
"""`text` with the spans written over with `|`, which no pattern here takes for a letter, a digit or a separator."""
