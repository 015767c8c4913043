"""What a hostile case is: a mail, what it may cost, and whether its file may pass."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One mail. `seconds` and `megabytes` (of the daemon's process, all in all) are what it may cost."""

    what: str
    """For people, one line."""
    build: Callable[[], bytes]
    seconds: float = 1.0
    megabytes: int = 250
    sound: bool = False
    """Odd, but its document is a good one and may be accepted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Cases that attack the same reader."""

    title: str
    cases: Sequence[Case]
