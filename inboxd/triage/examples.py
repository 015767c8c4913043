"""The worked examples of the criteria, tried: each read as a mail of its own, and whether its row hit as the file says.

Used when the criteria are loaded (a row that does not do what its examples say must never judge a mail) and by
`inboxd criteria check`. Pure; never fails.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from inboxd import mail
from inboxd.triage.horizon import ZONE
from inboxd.triage.reading import Reading, read
from inboxd.triage.rulebook import Criteria, Criterion

EXAMPLES_RECEIVED = datetime(2026, 11, 2, 10, 0, tzinfo=ZONE)
"""When worked examples count as received: Monday 2 November 2026, 10:00."""
KEYS = ("must_hit_en", "must_hit_fr", "must_not_hit_en", "must_not_hit_fr")
_SHOWN = 4
"""Hits, and words set aside, that are told of one example."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One worked example and how it was read."""

    row: Criterion
    place: int
    """The row's place in the file, from 0."""
    key: str
    """One of `KEYS`."""
    number: int
    """The example's place in its list, from 1."""
    text: str
    reading: Reading

    @property
    def wanted(self) -> bool:
        """The file says that the row hits."""
        return not self.key.startswith("must_not")

    @property
    def behaves(self) -> bool:
        return self.wanted == any(hit.criterion == self.row.id for hit in (*self.reading.hits, *self.reading.topics))

    def told(self) -> str:
        """What was wanted, and what was read instead, in one line."""
        hits = [f"{hit.criterion} {hit.words!r}" for hit in (*self.reading.hits, *self.reading.topics)]
        own = [hit.words for hit in (*self.reading.hits, *self.reading.topics) if hit.criterion == self.row.id]
        if own:
            return f"example {self.number}: {self.text!r} must not hit {self.row.id}, and {own[0]!r} does"
        aside = sorted(self.reading.excluded, key=lambda note: note.criterion != self.row.id)
        notes = [f"{note.criterion or 'in general'} {note.words!r} ({note.because})" for note in aside]
        no_phrase = all(note.criterion != self.row.id for note in aside)
        return (
            f"example {self.number}: {self.text!r} must hit {self.row.id}, and does not"
            + (f": no phrase of {self.row.id} is in it" if no_phrase else "")
            + f"; hit: {_listed(hits)}; set aside: {_listed(notes)}"
        )


def _listed(items: list[str]) -> str:
    more = len(items) - _SHOWN
    return ", ".join(items[:_SHOWN]) + (f" and {more} more" if more > 0 else "") if items else "nothing"


def count(criteria: Criteria) -> int:
    """How many examples there are to try."""
    return sum(len(getattr(row, key)) for row in criteria.rows for key in KEYS)


def trials(criteria: Criteria) -> Iterator[Trial]:
    """Try every example, in the order of the file."""
    for place, row in enumerate(criteria.rows):
        for key in KEYS:
            for number, text in enumerate(getattr(row, key), start=1):
                reading = read(criteria, _body(text), "", (), EXAMPLES_RECEIVED)
                yield Trial(row=row, place=place, key=key, number=number, text=text, reading=reading)


def _body(text: str) -> mail.Body:
    return mail.Body(full=text, new=text, quoted="", signature="", forwarded="", html_only=False, links=())
