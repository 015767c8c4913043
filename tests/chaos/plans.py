"""How bad a storm is to be, when it begins, and what it came to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from tests.chaos.checks import Judged

BASES = (
    datetime(2026, 11, 10, 15, 0, tzinfo=UTC), datetime(2026, 11, 13, 23, 40, tzinfo=UTC),
    datetime(2026, 10, 31, 3, 10, tzinfo=UTC), datetime(2027, 3, 12, 20, 30, tzinfo=UTC),
    datetime(2026, 12, 24, 16, 20, tzinfo=UTC), datetime(2026, 8, 2, 12, 0, tzinfo=UTC),
)
"""When storms begin: a working day, a Friday evening, before clocks go back and forward, Christmas, a holiday's eve."""

@dataclass(slots=True, kw_only=True)
class Ended:
    """What one run came to."""

    seed: int
    database: str
    judged: Judged
    faults: Counter[str] = field(default_factory=Counter)
    steps: Counter[str] = field(default_factory=Counter)
    """How often a daemon died at each named step."""
    reached: frozenset[str] = frozenset()
    """Named steps that some daemon of this run reached."""
    late: frozenset[str] = frozenset()
    """Those that are reached only after the leap, if this was the calm run."""
    retried: int = 0
    seconds: float = 0.0
    lives: int = 0


Choose = Callable[[bool, tuple[str, ...]], tuple[str, int] | None]
"""The named step of the next death, and at which time of it; True: of those that come after the leap.

With names: one of these at which none died yet; None if there is no such."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How bad a storm is to be; as it stands, a calm run."""

    length: int = 60
    """Letters of the first post."""
    more: int = 0
    """And so many on top, a quarter of them when the clock has leapt."""
    marches: int = 0
    """Deaths at named steps in good weather, a letter for each, before the weather breaks."""
    kills: int = 0
    strikes: int = 0
    jumps: bool = False
    rebuild: bool = False
    choose: Choose | None = None
    had: Mapping[str, int] = field(default_factory=dict)
    """How often storms before had each fault: what was rare is chosen more."""
