"""Tables that a mail program took apart: each cell on a line of its own, the labels first, the values behind.

They are put together again as `label: value`, one a line, before labels are read; a line of dots between a label and
its value becomes a colon. Pure; never raises on any text.
"""

from __future__ import annotations

import re

from inboxd.triage.identity.label_words import BIRTH, BOTH, FAMILY, GIVEN, NAME, NUMBERED, OTHER, ROLE, TYPE, UCI
from inboxd.triage.identity.labelled import fold

_CELL = re.compile(
    rf"(?:{ROLE}(?:'s?)? )?(?:{BOTH}|{FAMILY}|{GIVEN}|{BIRTH}|(?:{UCI}){NUMBERED}|{NAME}|{TYPE}|(?:{OTHER}){NUMBERED})"
    r"(?: ?\([^()\n]*\))?[ :]*"
)
_LEADERS = re.compile(r"[ \t]*(?:\.{4,}|(?:\. ){4,}|…{2,})[ \t.]*(?=[^\s.])")
_LONGEST = 40
_MOST = 12
"""Columns of a table that is one person's line."""


def laid_out(text: str) -> str:
    """The text with such tables as lines of `label: value`; the text itself if there are none."""
    text = _LEADERS.sub(": ", text)
    lines = text.split("\n")
    said = [place for place, line in enumerate(lines) if line.strip()]
    done: list[str] = []
    kept = 0
    at = 0
    labels = [
        len(lines[place].strip()) <= _LONGEST and bool(_CELL.fullmatch(fold(lines[place].strip()))) for place in said
    ]
    while at < len(said):
        heads = next((count for count in range(_MOST) if not (at + count < len(said) and labels[at + count])), _MOST)
        values = said[at + heads : at + 2 * heads]
        if heads < 2 or len(values) < heads or not _fits(lines, values):
            at += 1
            continue
        done.extend(lines[kept : said[at]])
        done.extend(
            f"{lines[head].strip().rstrip(':').rstrip()}: {lines[value].strip()}"
            for head, value in zip(said[at : at + heads], values, strict=True)
        )
        kept = values[-1] + 1
        at += 2 * heads
    return "\n".join([*done, *lines[kept:]]) if kept else text


def _fits(lines: list[str], values: list[int]) -> bool:
    """Whether these can be the cells of one row: short, none a label, one of them a number or a date."""
    cells = [lines[place].strip() for place in values]
    return all(len(cell) <= 2 * _LONGEST and ":" not in cell for cell in cells) and any(
        re.search(r"\d{2}", cell) for cell in cells
    )
