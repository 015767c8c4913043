"""In which order the workers of a run get its tests: the long ones first, so that none begins when all others are done.

Each worker gets one block of all tests at the start (`--dist worksteal`), and takes of the others' later.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

import pytest

LONG = ("tests/test_demo.py", "tests/crash/", "tests/year/", "tests/chaos/test_storms.py")
"""Beginnings of the names of what takes tens of seconds; the longest first."""


def long_first(items: Sequence[pytest.Item], hands: int) -> list[pytest.Item]:
    """All of them, in as many blocks as there are workers: each has its share of the long ones at its beginning.

    Of one file that sets the stage once for all its tests, one worker gets all.
    """
    long = {item: place for place, name in enumerate(LONG) for item in items if item.nodeid.startswith(name)}
    one_stage = [item for item in long if item.nodeid.startswith(LONG[0])]
    dealt = sorted((item for item in long if long[item]), key=lambda item: long[item])
    shares = [dealt[hand::hands] for hand in range(hands)]
    shares[-1] = one_stage + shares[-1]
    rest = iter([item for item in items if item not in long])
    ordered: list[pytest.Item] = []
    for hand, share in enumerate(shares):
        size = (len(items) - len(ordered)) // (hands - hand)
        ordered += [*share, *islice(rest, max(0, size - len(share)))]
    return [*ordered, *rest]
