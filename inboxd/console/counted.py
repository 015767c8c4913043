"""Reports that were counted a moment ago, so that a page, its way back and the next reader need no new count.

Counting a month reads the journal of each of its mails. A count is given out again for a few minutes, with the time at
which things stood so on the page and a way to count anew; never under other rules than those in force.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from inboxd.reporting import Report

GOOD = timedelta(minutes=5)
MOST = 6
"""Counts that are kept; one of a large month has a name for each of its mails."""
Key = tuple[str, str]
"""The month, and the version of the rules."""


class Counts:
    """What was counted lately, for all threads: several who ask for one month wait for one count."""

    def __init__(self) -> None:
        self._kept: dict[Key, Report] = {}
        self._hands: dict[Key, threading.Lock] = {}
        self._hand = threading.Lock()

    def report(self, key: Key, now: datetime, count: Callable[[], Report]) -> Report:
        """The report, counted now if there is none that is fresh."""
        with self._hand:
            hand = self._hands.setdefault(key, threading.Lock())
        with hand:
            kept = self._kept.get(key)
            if kept is not None and timedelta(0) <= now - kept.as_of < GOOD:
                return kept
            made = count()
            with self._hand:
                self._kept.pop(key, None)
                self._kept[key] = made
                while len(self._kept) > MOST:
                    oldest = next(iter(self._kept))
                    del self._kept[oldest]
                    self._hands.pop(oldest, None)
            return made

    def forget(self, key: Key) -> None:
        """Somebody wants it counted anew."""
        with self._hand:
            self._kept.pop(key, None)
