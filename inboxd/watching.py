"""Whether the office's criteria, standards, roster or texts were changed on disk: nobody has to tell the daemon.

A file counts as changed when it has stood still between two looks: an editor that writes in pieces is waited for.
After a reading that was refused the other rule files are watched too, since the fault may be in any of them. Never
fails: a file that cannot be looked at is one that is not there.
"""

from __future__ import annotations

from pathlib import Path

from inboxd.settings import Settings

State = tuple[int, int, int] | None
Look = tuple[State | tuple[str, State], ...]
_WATCHED = 3


class RuleFiles:
    """The rule files as they were when they were last read."""

    def __init__(self, settings: Settings) -> None:
        rules = settings.rules
        # those that commands of ours write come first: they are watched while all is well
        self._paths = (rules.criteria, rules.standards, settings.senders.roster, rules.regional_units)
        self._texts = settings.replies.templates
        self._read = self._last = self._look()
        self._watched = _WATCHED

    def changed(self) -> bool:
        """Another state than when they were read, and the same as at the look before. Called by the tick alone."""
        now = self._look()
        settled, self._last = now == self._last, now
        return settled and self._of_interest(now) != self._of_interest(self._read)

    def reading(self) -> None:
        """They are about to be read; a change that comes later is another one."""
        self._read, self._watched = self._look(), _WATCHED

    def refused(self) -> None:
        """The reading failed: a change of any of them is worth another."""
        self._watched = len(self._paths)

    def _of_interest(self, look: Look) -> Look:
        return look[: self._watched] + look[len(self._paths) :]

    def _look(self) -> Look:
        return tuple(_state(path) for path in self._paths) + (_states(self._texts) if self._texts else ())


def _states(folder: Path) -> tuple[tuple[str, State], ...]:
    """Every file of the office's own texts, by name: one that comes or goes is a change too."""
    try:
        paths = [path for inside in (folder, folder / "en", folder / "fr") for path in sorted(inside.glob("*"))]
    except OSError:
        return ()
    return tuple((str(path), _state(path)) for path in paths if not path.name.startswith(".") and not path.is_dir())


def _state(path: Path) -> State:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns
