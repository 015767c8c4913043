"""Whether the office's criteria, standards or roster were changed on disk, so that nobody has to tell the daemon.

A file counts as changed when it has stood still between two looks: an editor that writes in pieces is waited for.
After a reading that was refused the other rule files are watched too, since the fault may be in any of them. Never
fails: a file that cannot be looked at is one that is not there.
"""

from __future__ import annotations

from pathlib import Path

from inboxd.settings import Settings

Look = tuple[tuple[int, int, int] | None, ...]
_WATCHED = 3


class RuleFiles:
    """The rule files as they were when they were last read."""

    def __init__(self, settings: Settings) -> None:
        rules = settings.rules
        # those that commands of ours write come first: they are watched while all is well
        self._paths = (rules.criteria, rules.standards, settings.senders.roster, rules.regional_units)
        self._read = self._last = self._look()
        self._watched = _WATCHED

    def changed(self) -> bool:
        """Another state than when they were read, and the same as at the look before. Called by the tick alone."""
        now = self._look()
        settled, self._last = now == self._last, now
        return settled and now[: self._watched] != self._read[: self._watched]

    def reading(self) -> None:
        """They are about to be read; a change that comes later is another one."""
        self._read, self._watched = self._look(), _WATCHED

    def refused(self) -> None:
        """The reading failed: a change of any of them is worth another."""
        self._watched = len(self._paths)

    def _look(self) -> Look:
        return tuple(_state(path) for path in self._paths)


def _state(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns
