"""How often one address may ask, so that nobody can try passwords by the thousand or keep the desk busy."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

MOST_KNOWN = 10_000


class Limit:
    """A bucket for each address that fills again at a steady pace. Memory only: a restart forgives."""

    def __init__(self, most: int, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._pace, self._clock = most, most / seconds, clock
        self._known: dict[str, tuple[float, float]] = {}
        self._hand = threading.Lock()

    def allows(self, address: str) -> bool:
        """Take one out. False if there is none left."""
        now = self._clock()
        with self._hand:
            if len(self._known) >= MOST_KNOWN:
                self._known = {name: kept for name, kept in self._known.items() if not self._is_full(kept, now)}
            left, at = self._known.pop(address, (float(self._most), now))
            left = min(float(self._most), left + (now - at) * self._pace)
            self._known[address] = (left - 1 if left >= 1 else left, now)
            return left >= 1

    def _is_full(self, kept: tuple[float, float], now: float) -> bool:
        left, at = kept
        return left + (now - at) * self._pace >= self._most
