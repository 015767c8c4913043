"""What systemd hears of several daemons in one process: one voice (sd_notify(3)).

Ready when all are, alive only when each has given a sign of life since the last one that was passed on: a loop that
hangs cannot hide behind another that goes on. Called from any thread. Never fails.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass

from inboxd import notify


class OneVoice:
    """The signs of all daemons, by their names."""

    def __init__(self, names: Iterable[str]) -> None:
        self._one_at_a_time = threading.Lock()
        self._working = set(names)
        self._silent = set(self._working)
        """No sign of life since the last one that systemd got."""
        self._not_ready = set(self._working)
        """Still starting, or reading their rules again."""
        self._is_stopping = False

    def of(self, name: str) -> Voice:
        """What one daemon speaks into."""
        return Voice(name=name, all=self)

    def ready(self, name: str) -> None:
        """One has started, or has read its rules; systemd is told when the last one has."""
        with self._one_at_a_time:
            if name in self._not_ready:
                self._not_ready.discard(name)
                if not self._not_ready and not self._is_stopping:
                    notify.ready()

    def reloading(self, name: str) -> None:
        """One reads its rules again."""
        with self._one_at_a_time:
            if not self._not_ready and not self._is_stopping:
                notify.reloading()
            self._not_ready.add(name)

    def stopping(self) -> None:
        """The first that stops: all do."""
        with self._one_at_a_time:
            if not self._is_stopping:
                self._is_stopping = True
                notify.stopping()

    def watchdog(self, name: str) -> None:
        """One is alive."""
        with self._one_at_a_time:
            self._silent.discard(name)
            self._pass_on()

    def gone(self, name: str) -> None:
        """One has ended: its silence means nothing from now on."""
        with self._one_at_a_time:
            self._working.discard(name)
            self._silent.discard(name)
            self._not_ready.discard(name)

    def _pass_on(self) -> None:
        if not self._silent:
            notify.watchdog()
            self._silent = set(self._working)


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """One daemon's part in it (`daemon.Signs`)."""

    name: str
    all: OneVoice

    def ready(self) -> None:
        self.all.ready(self.name)

    def reloading(self) -> None:
        self.all.reloading(self.name)

    def stopping(self) -> None:
        self.all.stopping()

    def watchdog(self) -> None:
        self.all.watchdog(self.name)

    def gone(self) -> None:
        self.all.gone(self.name)
