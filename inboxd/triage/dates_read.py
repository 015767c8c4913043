"""The days that a mail names, resolved against the day of receipt, for people to check ("Thursday" is which Thursday?).

The same `horizon` that the criteria read by. Never fails on any text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta

from inboxd.plan import DateRead
from inboxd.triage.folding import fold
from inboxd.triage.horizon import Mention, local_day, mentions

MOST = 40
"""So many are kept; a pasted table of payments has hundreds."""
LETTERS_MOST = 64 * 1024


def dates_read(texts: Iterable[tuple[str, str]], received: datetime) -> tuple[DateRead, ...]:
    """The days named in texts, each given with where it stands, in order. `received` is aware."""
    return tuple(_all(texts, local_day(received)))[:MOST]


def _all(texts: Iterable[tuple[str, str]], today: date) -> Iterator[DateRead]:
    for where, text in texts:
        folded = fold(text, LETTERS_MOST)
        for mention in mentions(folded.text, today):
            words, start = folded.words(mention.start, mention.end)
            yield DateRead(words=words, start=start, where=where, sure=mention.sure, **_days(mention, today))


def _days(mention: Mention, today: date) -> dict[str, date]:
    try:
        return {"first": today + timedelta(days=mention.first), "last": today + timedelta(days=mention.last)}
    except OverflowError:  # "in 99999999 days"
        return {"first": date.max, "last": date.max}
