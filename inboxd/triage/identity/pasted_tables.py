"""Tables whose cells lost their borders: a line of labels only, and the rows below it (`Name DOB UCI`).

Mail programs paste a table as such lines. Each cell becomes a labelled value. Pure; never raises on any text.
"""

from __future__ import annotations

import re

from inboxd.triage.identity.label_words import (
    APPLICANT_WORD,
    BIRTH,
    BOTH,
    FAMILY,
    GIVEN,
    NAME,
    NUMBERED,
    OTHER,
    ROLE,
    TYPE,
    UCI,
)
from inboxd.triage.identity.labelled import Kind, Labelled, Whose

_MOST_TABLES = 20
_LONGEST_LINE = 160
_HEADER_WORD = re.compile(
    rf"(?:{ROLE}(?:'s?)? )?(?:{BOTH}|{FAMILY}|{GIVEN}|{BIRTH}|(?:{UCI}){NUMBERED}|{NAME}|{TYPE}"
    rf"|{OTHER}{NUMBERED}"
    rf"|{APPLICANT_WORD}|relation)(?![a-z])(?: ?\([^()\n]*\))?[ |,;/]*"
)
_UCI_SHAPE = re.compile(r"(?<![\w-])(?:\d{2}[ .-]?\d{4}[ .-]?\d{4}|\d{4}[ .-]?\d{4})(?![\w-])")
_LETTERS_FIRST = re.compile(r"[ |*>-]*(?P<name>[^\W\d_][^\d|;()\n]*)")


def rows(text: str, folded: str) -> tuple[list[Labelled], list[tuple[int, int]]]:
    """The rows below a line of labels only (a table whose cells lost their borders), and the places it takes up."""
    found: list[Labelled] = []
    taken: list[tuple[int, int]] = []
    lines = [(match.start(), match.end()) for match in re.finditer(r"[^\n]+|(?<=\n)(?=\n)", text)]
    for place, (start, end) in enumerate(lines):
        line = folded[start:end].strip(" |*")
        if (
            len(line) > _LONGEST_LINE
            or sum(1 for _ in _HEADER_WORD.finditer(line)) < 2
            or _HEADER_WORD.sub("", line).strip()
        ):
            continue
        has_birth, has_uci = re.search(BIRTH, line), re.search(UCI, line)
        if len(taken) >= _MOST_TABLES:
            break
        last = end
        for row_start, row_end in lines[place + 1 : place + 12]:
            row = text[row_start:row_end]
            if not row.strip() or re.search(r"[:=]", row) or not (re.search(r"\d", row) or "|" in row):
                break
            found.extend(_cells(row, row_start, birth=has_birth is not None, uci=has_uci is not None))
            last = row_end
        if last > end:
            taken.append((start, last))
    return found, taken


def _cells(row: str, offset: int, *, birth: bool, uci: bool) -> list[Labelled]:
    def cell(kind: Kind, start: int, end: int) -> Labelled:
        return Labelled(kind=kind, whose=Whose.UNSAID, value=row[start:end].strip(), label_start=offset + start,
                        label_end=offset + start, start=offset + start, end=offset + end)  # fmt: skip

    found = []
    if name := _LETTERS_FIRST.match(row):
        found.append(cell(Kind.NAME, name.start("name"), name.end("name")))
    rest = name.end() if name else 0
    number = _UCI_SHAPE.search(row, rest) if uci else None
    while number is not None and re.match(r"(?:19|20)\d\d[ .-]?[01]\d[ .-]?\d\d$", number[0]):
        number = _UCI_SHAPE.search(row, number.end())
    if number:
        found.append(cell(Kind.UCI, number.start(), number.end()))
    if birth:
        found.append(cell(Kind.BIRTH, rest, len(row)))
    return found
