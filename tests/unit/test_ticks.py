"""The table of ticks goes on when the system's clock is set: APScheduler alone would wait, or count what it missed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from types import SimpleNamespace
from typing import Any

import apscheduler.schedulers.base
import pytest
from apscheduler.jobstores.memory import MemoryJobStore

from inboxd import jobs
from inboxd.jobs import Tick

OFTEN = 0.02


class WallClock:
    """A system clock that can be set; `moved` is by how much."""

    moved = timedelta()

    @classmethod
    def seconds(cls) -> float:
        return time.time() + cls.moved.total_seconds()


class Moved(datetime):
    """`datetime` of a machine with that clock."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Any:
        return datetime.now(UTC) + WallClock.moved


@pytest.fixture
def ticking(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The table with one quick tick; an event that each tick sets."""
    monkeypatch.setattr(WallClock, "moved", timedelta())
    monkeypatch.setattr(apscheduler.schedulers.base, "datetime", Moved)
    monkeypatch.setattr(jobs, "datetime", Moved)
    monkeypatch.setattr(jobs, "table", lambda _: (Tick(name="quick", seconds=OFTEN, due=lambda _: True),))
    came = threading.Event()
    app: Any = SimpleNamespace(channel="")
    ticks = jobs.start(app, lambda _: came.set(), lambda: False, wall=WallClock.seconds)
    yield ticks, came
    ticks.shutdown()


def comes_again(came: threading.Event, seconds: float) -> bool:
    came.clear()
    return came.wait(seconds)


def test_ticks_go_on_when_the_clock_was_set_back(ticking: Any) -> None:
    ticks, came = ticking
    assert comes_again(came, 1), "it ticks"
    WallClock.moved = timedelta(hours=-1)
    comes_again(came, OFTEN * 3)  # one may be under way
    assert not comes_again(came, OFTEN * 10), "by itself it waits for an hour"
    ticks.keep_up()
    assert comes_again(came, 1)
    assert comes_again(came, 1), "and again"


def test_ticks_go_on_when_the_clock_was_set_forward(ticking: Any) -> None:
    ticks, came = ticking
    assert comes_again(came, 1)
    WallClock.moved = timedelta(days=20_000)  # a machine that began in 1970
    ticks.keep_up()
    assert comes_again(came, 1)


def test_a_clock_that_is_being_adjusted_is_left_alone(ticking: Any, caplog: pytest.LogCaptureFixture) -> None:
    ticks, came = ticking
    for step in range(1, 20):
        WallClock.moved = timedelta(seconds=-0.01 * step)
        ticks.keep_up()
    assert "clock.set_back" not in caplog.text
    assert comes_again(came, 2)


def alone(monkeypatch: pytest.MonkeyPatch, tick: Tick, wake: Callable[[str], None]) -> jobs.Ticks:
    monkeypatch.setattr(jobs, "table", lambda _: (tick,))
    app: Any = SimpleNamespace(channel="")
    return jobs.start(app, wake, lambda: False)


def test_a_tick_that_is_late_is_not_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    """APScheduler gives a job one second, unless it is told otherwise."""
    came = threading.Event()
    ticks = alone(monkeypatch, Tick(name="rare", seconds=3600, due=lambda _: True), lambda _: came.set())
    try:
        ticks._scheduler.get_job("rare").modify(next_run_time=datetime.now(UTC) - timedelta(minutes=5))
        assert came.wait(5)
    finally:
        ticks.shutdown()


def test_a_tick_that_takes_long_is_not_run_twice_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    under_way, go_on, looks = threading.Semaphore(0), threading.Event(), list[str]()

    def long(_: object) -> bool:
        looks.append("began")
        under_way.release()
        go_on.wait(10)
        return False

    ticks = alone(monkeypatch, Tick(name="long", seconds=OFTEN, due=long), lambda _: None)
    try:
        assert under_way.acquire(timeout=5)
        assert not under_way.acquire(timeout=OFTEN * 15), "many were due meanwhile"
        assert len(looks) == 1
        go_on.set()
        assert under_way.acquire(timeout=5), "it goes on"
    finally:
        go_on.set()
        ticks.shutdown()


def test_the_table_of_ticks_is_in_memory_alone(ticking: Any) -> None:
    ticks, _ = ticking
    assert {type(store) for store in ticks._scheduler._jobstores.values()} == {MemoryJobStore}
