"""The pulse: it stops only when nobody tries to read the mailbox although the time has come."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inboxd.pulse import Pulse


class Seconds:
    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


def test_from_the_start_on_it_beats_for_as_long_as_the_patience_lasts() -> None:
    now = Seconds()
    pulse = Pulse(now, 900)
    now.at = 900
    assert pulse.is_beating
    now.at = 901
    assert not pulse.is_beating
    assert pulse.overdue_seconds == 901


@pytest.mark.parametrize("again_in", [0.0, 60.0, 600.0])
def test_what_is_not_due_yet_is_not_waited_for(again_in: float) -> None:
    """A server that asked for ten minutes of peace gets them without a restart."""
    now = Seconds()
    pulse = Pulse(now, 300)
    pulse.tried(again_in)
    now.at = again_in + 300
    assert pulse.is_beating
    now.at += 1
    assert not pulse.is_beating
    pulse.tried(60)
    assert pulse.is_beating


@given(st.lists(st.floats(0, 144), min_size=50, max_size=300))
def test_however_long_a_server_is_down_the_pulse_goes_on(pauses: list[float]) -> None:
    """Each try fails and sets the next one: that is no hang, and no restart would help."""
    now = Seconds()
    pulse = Pulse(now, 300)
    for pause in pauses:
        pulse.tried(pause)
        now.at += pause + 60  # the try itself takes a timeout
        assert pulse.is_beating
