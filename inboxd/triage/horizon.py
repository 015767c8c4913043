"""Dates and weekdays in a folded text, English and French, as days counted from the day of receipt.

Wall time in the office's zone decides which day "today" is. A day that can be read in two ways (a bare weekday, a
bare day of the month, 3/12) is read as the nearest day to come, the safe side for a removal, unless the clause tells
of it as over (`triage.tenses`). What is not a date is not reported; nothing fails. Sources: `domain.md` 1.6 C9 and
section 3 (Canadian date orders).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from inboxd.triage.dates_written import WAYS

ZONE = ZoneInfo("America/Toronto")


@dataclass(frozen=True, slots=True)
class Mention:
    """A day or a span of days that the text names, in days from the day of receipt (negative: past)."""

    start: int
    end: int
    first: int
    last: int
    sure: bool = True
    """False when it could also be read as another day."""

    @property
    def ahead(self) -> bool:
        """Nothing of it is over: a day to come, or today without a word of what happened."""
        return self.first >= 0


def local_day(received: datetime) -> date:
    """The day of receipt on the office's wall calendar. `received` is aware."""
    return received.astimezone(ZONE).date()


_HOUR = re.compile(
    r"\b(?:[01]?\d|2[0-3]) ?(?:h(?: ?[0-5]\d)?|:[0-5]\d|a\.?m\.?|p\.?m\.?|o'clock)(?![\w:])|\ba \d{1,2} heures\b"
    r"|\b(?:at|by|before) (?:one|two|three|four|five|six|seven|eight|nine|ten|eleven)(?=[.,;:!?]|$)"
    r"|\b(?:noon|midi|midnight|minuit|o'clock)\b"
)


def names_an_hour(text: str) -> bool:
    """Does a folded text name an hour of the day ("16 h 30", "5 p.m.", "noon")?"""
    return _HOUR.search(text) is not None


def mentions(text: str, today: date) -> tuple[Mention, ...]:
    """Every date in a folded text, by place; where two readings overlap, the longer words win."""
    taken = bytearray(len(text))
    kept: list[Mention] = []
    for mention in sorted(_all(text, today), key=lambda mention: (mention.start - mention.end, mention.start)):
        if not any(taken[mention.start : mention.end]):
            taken[mention.start : mention.end] = b"\1" * (mention.end - mention.start)
            kept.append(mention)
    return tuple(sorted(kept, key=lambda mention: mention.start))


def _all(text: str, today: date) -> Iterator[Mention]:
    for way in WAYS:
        if not any(word in text for word in way.needs):
            continue
        for match in way.pattern.finditer(text):
            days = way.resolve(match, today)
            if days is not None:
                yield Mention(match.start(), match.end(), days[0], days[1], way.sure)
