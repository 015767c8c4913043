"""A mailbox that cannot be reached, second by second: when the daemon connects again, and what it leaves alone.

The daemon's own rounds, with the doors of the tests and a clock that is turned by hand.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from inboxd import process
from inboxd.daemon import LONGEST_PAUSE_SECONDS, Backoff, Daemon
from inboxd.errors import Transient
from inboxd.mailbox.failures import Throttled
from inboxd.tables import mails
from tests.crash.letters import in_bytes, letter
from tests.fakes import FakeMailbox
from tests.scenarios.posts import FakePost
from tests.scenarios.world import Rows, World, open_world

GONE = Transient("mailbox: cannot connect: Connection refused")


class Steady:
    """Seconds that pass when told."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


class Counted(FakeMailbox):
    """Notes when it was asked to connect."""

    clock: Steady

    def connect(self) -> None:
        self.tries.append(self.clock())
        super().connect()

    @property
    def tries(self) -> list[float]:
        return self.__dict__.setdefault("_tries", [])  # type: ignore[no-any-return]  # made at the first look


@pytest.fixture
def world(tmp_path: Path, sqlite: Rows) -> Iterator[World]:
    with open_world(tmp_path, {}, FakePost(), sqlite) as opened:
        yield opened


class Heard:
    """A service manager that counts signs of life."""

    def __init__(self) -> None:
        self.signs = 0

    def watchdog(self) -> None:
        self.signs += 1

    def ready(self) -> None: ...
    def reloading(self) -> None: ...
    def stopping(self) -> None: ...


def served(world: World, heard: Heard | None = None) -> tuple[Daemon, Counted, Steady]:
    steady = Steady()
    box = Counted(connected=False)
    box.clock = steady
    world.context.mailbox = box
    return Daemon(world.context, steady, heard or Heard()), box, steady


def pass_time(daemon: Daemon, steady: Steady, seconds: int, *, step: int = 1) -> None:
    """The daemon's rounds, one each `step` seconds."""
    for _ in range(0, seconds, step):
        steady.at += step
        daemon.cycle()


def test_pauses_double_to_two_minutes_and_never_lose_their_jitter() -> None:
    for jitter, factor in ((0.0, 0.8), (0.5, 1.0), (1.0, 1.2)):
        pause = Backoff(lambda: 0.0, lambda: jitter)  # noqa: B023  # called within this round only
        found = [pause.failed() for _ in range(12)]
        assert found == pytest.approx([factor * each for each in (2, 4, 8, 16, 32, 64, *[LONGEST_PAUSE_SECONDS] * 6)])


def test_after_a_thousand_failures_it_still_waits_two_minutes() -> None:
    """Two days of an unreachable server: a power of two has grown out of any float long before."""
    pause = Backoff(lambda: 0.0, lambda: 0.5)
    assert [pause.failed() for _ in range(3000)][-1] == LONGEST_PAUSE_SECONDS


def test_what_worked_once_begins_anew() -> None:
    pause = Backoff(lambda: 0.0, lambda: 0.5)
    pause.failed()
    pause.failed()
    pause.worked()
    assert pause.ready
    assert not pause.failing
    assert pause.failed() == 2


@pytest.mark.parametrize("wait", [0.0, 90.0, 600.0])
def test_a_server_that_asks_for_time_gets_it_and_never_less_than_the_pause(wait: float) -> None:
    now = Steady()
    pause = Backoff(now, lambda: 0.0)
    assert pause.failed(wait) == max(wait, 1.6)
    now.at = max(wait, 1.6) - 0.1
    assert not pause.ready
    now.at += 0.2
    assert pause.ready


def test_two_daemons_that_lose_one_server_do_not_come_back_as_one() -> None:
    pauses = [Backoff(lambda: 0.0) for _ in range(50)]
    assert len({round(pause.failed(), 3) for pause in pauses}) > 25


def test_an_unreachable_server_is_tried_again_and_again_ever_less_often(world: World) -> None:
    daemon, box, steady = served(world)
    box.failure = GONE
    pass_time(daemon, steady, 900, step=10)
    gaps = [later - earlier for earlier, later in pairwise(box.tries)]
    assert len(gaps) > 8
    assert all(gap <= LONGEST_PAUSE_SECONDS * 1.2 + 10 for gap in gaps)
    assert gaps[-1] > 90
    box.failure = None
    pass_time(daemon, steady, 150, step=10)
    assert box.connected


def test_throttled_means_left_alone_while_everything_else_goes_on(world: World) -> None:
    daemon, box, steady = served(world)
    pass_time(daemon, steady, 1)
    assert len(box.tries) == 1
    box.failure = Throttled("cannot search the folder: the server answered: throttled", wait_seconds=300)
    world.clock.forward(minutes=1)
    pass_time(daemon, steady, 1)
    assert not box.connected
    box.failure = None
    pass_time(daemon, steady, 298, step=2)
    assert len(box.tries) == 1
    assert not box.connected
    pass_time(daemon, steady, 4)
    assert len(box.tries) == 2
    assert box.connected


def alive(world: World, heard: Heard) -> bool:
    """Whether the service manager hears a sign now, as each wait and each mail in hand gives it."""
    before = heard.signs
    world.context.alive()
    return heard.signs > before


def test_a_loop_that_turns_and_never_tries_to_read_loses_its_sign_of_life(world: World) -> None:
    heard = Heard()
    _, _, steady = served(world, heard)
    limit = world.context.settings.watch.restart_minutes * 60
    steady.at = limit
    assert alive(world, heard)
    steady.at = limit + 1
    assert not alive(world, heard)
    assert not alive(world, heard)
    assert world.log.getvalue().count("mailbox.overdue account=main seconds=901") == 1


def test_after_a_reading_it_has_until_the_next_tick_and_the_patience_on_top(world: World) -> None:
    heard = Heard()
    daemon, _, steady = served(world, heard)
    pass_time(daemon, steady, 1)
    steady.at = 1 + 60 + 900
    assert alive(world, heard)
    steady.at += 1
    assert not alive(world, heard)
    daemon.cycle()
    assert alive(world, heard)


def test_a_server_that_is_down_for_a_day_is_no_reason_to_restart(world: World) -> None:
    heard = Heard()
    daemon, box, steady = served(world, heard)
    box.failure = GONE
    for _ in range(24 * 6):
        steady.at += 600
        daemon.cycle()
        assert alive(world, heard)
        steady.at += 120
        assert alive(world, heard)


def test_a_full_disk_is_no_reason_to_restart(world: World) -> None:
    heard = Heard()
    daemon, _, steady = served(world, heard)
    storage = world.context.settings.storage.model_copy(update={"min_free_bytes": 2**60})
    world.context.settings = world.context.settings.model_copy(update={"storage": storage})
    for _ in range(30):
        steady.at += 600
        daemon.cycle()
        assert alive(world, heard)


def test_a_stage_with_much_to_do_lets_the_mailbox_have_its_turn(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A dozen mails of which each takes seven seconds: after ten the first two are answered and the mailbox is read
    again, and none is lost."""
    daemon, box, steady = served(world)
    for number in range(12):
        box.deliver(in_bytes(letter(f"Question {number}", "How long does a study permit take?")), world.clock.at)
    parse = process.prepare

    def slow(*arguments: Any) -> process.Prepared:
        steady.at += 7
        return parse(*arguments)

    monkeypatch.setattr(process, "prepare", slow)
    began = steady.at
    assert daemon.cycle()
    assert 10 < steady.at - began < 20
    assert len(world.post.sent()) == 2
    while daemon.cycle():
        pass
    with world.context.database.reading() as tx:
        assert set(tx.scalars(select(mails.c.state))) == {"done"}
