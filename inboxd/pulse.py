"""Whether the mailbox is still tried to be read, for the watchdog: a loop that turns and reads nothing is no life.

Only what a restart could mend stops the pulse. A server that is down, a full disk, a locked database: each try ends in
a failure that is understood, and the next one is set; so the daemon lives and waits, and people are told by incidents.
What stops it is that nobody tries although the time has come: ticks that do not tick, a stage without end. Pure.
"""

from __future__ import annotations

from collections.abc import Callable


class Pulse:
    """One daemon's. `patience` seconds may pass after the time at which the mailbox was to be tried."""

    def __init__(self, now: Callable[[], float], patience: float) -> None:
        self._now = now
        self._patience = patience
        self._due = now()

    def tried(self, again_in: float) -> None:
        """It was read, or that failed for a reason that is known; the next time is due in so many seconds."""
        self._due = self._now() + again_in

    @property
    def overdue_seconds(self) -> float:
        """How long ago it was to be tried; 0 if that is still to come."""
        return max(0.0, self._now() - self._due)

    @property
    def is_beating(self) -> bool:
        """Whether the service manager may hear that all is well."""
        return self.overdue_seconds <= self._patience


def nothing() -> None:
    """The sign of life where nobody waits for one."""
