"""Scenarios once more, with a look at the folders in each round: nobody moves anything, so no order may be seen.

Whatever our own stages do with a mail (held, retried, quarantined, delivered twice, come back) is never an order. Every
fourth scenario, and each that is about the mailbox; what else they expect is `test_scenarios`' business.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from inboxd import deciding, holding, intake, outbox, timers
from inboxd.folder_watch import Watch
from inboxd.tables import events
from tests.scenarios.posts import FakePost, Post, RealPost
from tests.scenarios.reading import read
from tests.scenarios.test_scenarios import ALL, AT_THE_MAILBOX, play
from tests.scenarios.world import ROUNDS, Rows, World, open_world

EVERY_FOURTH = sorted({*ALL[::4], *AT_THE_MAILBOX})
SEEN = ("moved_by_person", "copied_by_person", "taken_away_by_person", "found_late", "strangers")


@pytest.fixture(autouse=True)
def looking(monkeypatch: pytest.MonkeyPatch) -> None:
    """`World.run` with the look at the folders, each time by a process that remembers nothing."""

    def run(world: World) -> None:
        watch = Watch()
        for _ in range(ROUNDS):
            stages = (intake.take_in, watch.look, holding.wake_waiting, deciding.all_due, timers.fire_due,
                      outbox.deliver_due, outbox.attach_due, watch.look, outbox.move_due)
            if not sum([stage(world.context) for stage in stages]):
                return
        raise AssertionError(f"still busy after {ROUNDS} rounds")

    monkeypatch.setattr(World, "run", run)


def check(folder: Path, root: Path, post: Post, rows: Rows) -> None:
    scenario = read(folder)
    with open_world(root, scenario.sections, post, rows) as world:
        play(world, scenario)
        with world.context.database.reading() as tx:
            seen = tx.execute(select(events.c.event, events.c.detail).where(events.c.event.in_(SEEN))).all()
    assert [f"{row.event}: {row.detail}" for row in seen] == []


@pytest.mark.parametrize("folder", EVERY_FOURTH, ids=lambda path: path.name)
def test_scenario_is_watched(folder: Path, tmp_path: Path, sqlite: Rows) -> None:
    check(folder, tmp_path, FakePost(), sqlite)


@pytest.mark.parametrize("folder", AT_THE_MAILBOX, ids=lambda path: path.name)
def test_scenario_is_watched_on_real_servers(folder: Path, tmp_path: Path, sqlite: Rows, post: RealPost) -> None:
    check(folder, tmp_path, post, sqlite)

