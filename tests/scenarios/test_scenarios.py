"""Every scenario folder through the real stages: intake, process, outbox, moves, timers; on SQLite and on PostgreSQL.

Those that touch the mailbox also run against a real Dovecot and a real SMTP server, over TLS.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import func, select

from inboxd.tables import sightings
from tests.scenarios import expectations, invariants
from tests.scenarios.in_french import unsaid
from tests.scenarios.invariants import Delivered
from tests.scenarios.posts import FakePost, Post, RealPost
from tests.scenarios.reading import Scenario, folders, local, read
from tests.scenarios.world import Rows, World, open_world

ALL = folders()
AT_THE_MAILBOX = [folder for folder in ALL if read(folder).real_mailbox]


def play(world: World, scenario: Scenario) -> list[str]:
    """Deliver mail after mail, each worked off before the next; returns everything that is not as it must be."""
    story: list[Delivered] = []
    complaints: list[str] = []
    for step in scenario.steps:
        world.set_doors((step.expected or {}).get("doors", {}))
        raw = step.mail(world.placeholder)
        at = step.arrival(raw)
        world.deliver(raw, at, step.folder)
        world.run()
        mail_id = _newest(world, len(story) + 1)
        story.append(Delivered(name=step.name, raw=raw, at=at, folder=step.folder, mail_id=mail_id))
        if step.expected is None:
            continue
        for order in step.expected.get("then", ()):
            world.follow(mail_id, order)
        twin = step.expected.get("same_mail_as")
        if twin is not None:
            known = {item.name: item.mail_id for item in story[:-1]}
            complaints += [] if mail_id == known[twin] else [f"{step.name}: is not the same mail as {twin}"]
        else:
            complaints += [f"{step.name}: is the mail of {item.name}" for item in story[:-1] if item.mail_id == mail_id]
            complaints += expectations.mail_complaints(world, step.name, mail_id, step.expected)
    times = scenario.end.get("at", ())
    for at in (times,) if isinstance(times, str) else times:
        world.clock.at = local(at)
        world.run()
    complaints += expectations.end_complaints(world, scenario.end)
    return complaints + invariants.complaints(world, story)


def _newest(world: World, deliveries: int) -> int:
    with world.context.database.reading() as tx:
        count = tx.scalar(select(func.count()).select_from(sightings))
        newest = tx.scalar(select(sightings.c.mail_id).order_by(sightings.c.id.desc()).limit(1))
    assert count == deliveries, f"{deliveries} deliveries, {count} seen"
    assert newest is not None
    return int(newest)


def check(folder: Path, root: Path, post: Post, rows: Rows) -> None:
    scenario = read(folder)
    with open_world(root, scenario.sections, post, rows) as world:
        complaints = [*play(world, scenario), *unsaid(world)]
    if complaints:
        pytest.fail("\n".join((scenario.title, *complaints)), pytrace=False)


@pytest.mark.parametrize("folder", ALL, ids=lambda path: path.name)
def test_scenario(folder: Path, tmp_path: Path, sqlite: Rows) -> None:
    check(folder, tmp_path, FakePost(), sqlite)


@pytest.mark.parametrize("folder", ALL, ids=lambda path: path.name)
def test_scenario_on_postgresql(folder: Path, tmp_path: Path, postgresql: Rows) -> None:
    check(folder, tmp_path, FakePost(), postgresql)


@pytest.mark.parametrize("folder", AT_THE_MAILBOX, ids=lambda path: path.name)
def test_scenario_on_real_servers(folder: Path, tmp_path: Path, sqlite: Rows, post: RealPost) -> None:
    check(folder, tmp_path, post, sqlite)
