"""Every test of a run is dealt once, and the long ones at the beginning of a worker's block."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from tests.dealing import long_first

LONG = [f"tests/crash/test_every_step.py::test[{number}]" for number in range(7)]
STAGED = [f"tests/test_demo.py::test_{number}" for number in range(3)]
SHORT = [f"tests/unit/test_body.py::test[{number}]" for number in range(40)]


@pytest.mark.parametrize("hands", [1, 2, 4, 60])
@pytest.mark.parametrize("names", [LONG + SHORT + STAGED, SHORT, LONG, []])
def test_each_is_dealt_once_and_the_long_ones_first(names: list[str], hands: int) -> None:
    given: Any = [Named(name) for name in names]
    ordered = [item.nodeid for item in long_first(given, hands)]
    assert sorted(ordered) == sorted(names)
    if SHORT[0] in names and LONG[0] in names and hands < len(LONG):
        begin = 0
        for hand in range(hands):  # as the tests are divided among workers
            assert ordered[begin] not in SHORT
            begin += (len(names) - begin) // (hands - hand)


def test_a_file_that_sets_its_stage_once_stays_together() -> None:
    ordered = [item.nodeid for item in long_first([Named(name) for name in SHORT + LONG + STAGED], 4)]  # type: ignore[misc]
    first = ordered.index(STAGED[0])
    assert ordered[first:first + 3] == STAGED


class Named(SimpleNamespace):
    """As much of a test as its dealer looks at."""

    def __init__(self, nodeid: str) -> None:
        super().__init__(nodeid=nodeid)

    __hash__ = object.__hash__
