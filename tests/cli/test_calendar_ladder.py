"""`calendar add` and the ladder: each step moves with its due time, never to earlier, and the alarm stays."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete, update

from inboxd import parking
from inboxd.tables import timers
from tests.cli.conftest import Give
from tests.cli.december import ADD, CRITICAL_MOVED, december, set_timers, toronto, wall
from tests.cli.worlds import case_of, every_row
from tests.scenarios.world import World


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with december(tmp_path, monkeypatch) as opened:
        yield opened


@pytest.fixture
def config(world: World) -> Path:
    return world.context.settings.rules.standards.parent / "inboxd.toml"


def test_timers_move_with_the_clock_and_the_action_alarm_stays(give: Give, world: World, config: Path) -> None:
    alarm = {"action_warning": "Thu 12-31 11:00", "action_alarm": "Thu 12-31 15:00"}
    assert set_timers(world, 2) == {
        "reply_warning": "Thu 12-31 14:00", "reply_warning_2": "Mon 01-04 08:00", "reply_breach": "Mon 01-04 10:00",
        "escalation_1": "Mon 01-04 14:00", "escalation_2": "Tue 01-05 10:00"}
    assert set_timers(world, 3) == {
        "reply_warning": "Thu 12-31 11:00", "reply_warning_2": "Thu 12-31 14:00", "reply_breach": "Thu 12-31 15:00",
        "escalation_1": "Thu 12-31 16:00", "escalation_2": "Thu 12-31 19:00", **alarm}
    give(config, *ADD, "--yes")
    assert set_timers(world, 2) == {
        "reply_warning": "Mon 01-04 14:00", "reply_warning_2": "Tue 01-05 08:00", "reply_breach": "Tue 01-05 10:00",
        "escalation_1": "Tue 01-05 14:00", "escalation_2": "Wed 01-06 10:00"}
    assert set_timers(world, 3) == {**CRITICAL_MOVED, **alarm}
    assert set_timers(world, 4) == {
        "filing_warning": "Tue 01-05 11:00", "filing_breach": "Fri 01-08 11:00",
        "filing_escalation_1": "Mon 01-11 11:00"}
    assert set_timers(world, 6) == {
        "reply_warning": "Mon 01-04 13:00", "reply_warning_2": "Tue 01-05 09:00", "reply_breach": "Tue 01-05 13:00",
        "escalation_1": "Tue 01-05 17:00", "escalation_2": "Wed 01-06 13:00"}
    critical_case = case_of(world, 3)
    assert wall(critical_case.action_by) == "Thu 12-31 15:00"
    assert critical_case.steps[-1] == "action within 24 consecutive hours: 2026-12-31 15:00 EST"


def test_what_was_told_is_told_again_before_the_new_time(give: Give, world: World, config: Path) -> None:
    """The reminder for Thursday is out when the day is closed late on Thursday morning."""
    world.clock.at = toronto("2026-12-31 12:00")
    world.run()
    left = set_timers(world, 3)
    assert set(left) == {"reply_warning_2", "reply_breach", "escalation_1", "escalation_2", "action_alarm"}
    give(config, *ADD, "--yes")
    assert set_timers(world, 3) == {**CRITICAL_MOVED, "action_alarm": "Thu 12-31 15:00"}
    world.clock.at = toronto("2027-01-04 15:00")
    world.run()
    fired = [(row.kind, wall(row.due_at)) for row in every_row(world, timers)
             if row.mail_id == 3 and row.state == "fired" and row.kind == "reply_warning"]
    assert fired == [("reply_warning", "Thu 12-31 11:00"), ("reply_warning", "Mon 01-04 11:00")]


def test_a_step_of_older_settings_keeps_its_distance_and_no_new_one_is_made(
    give: Give, world: World, config: Path
) -> None:
    """Opened when there was one reminder, six office hours before, and nobody escalated."""
    case = case_of(world, 2)
    with world.context.database.transaction() as tx:
        tx.execute(delete(timers).where(
            timers.c.case_id == case.id, timers.c.kind.not_in(("reply_warning", "reply_breach"))))
        tx.execute(update(timers).where(timers.c.case_id == case.id, timers.c.kind == "reply_warning").values(
            due_at=toronto("2026-12-31 16:00")))
    give(config, *ADD, "--yes")
    assert set_timers(world, 2) == {"reply_warning": "Mon 01-04 16:00", "reply_breach": "Tue 01-05 10:00"}


def test_steps_of_a_case_that_waits_move_too_and_ring_after_the_pause(give: Give, world: World, config: Path) -> None:
    case = case_of(world, 2)
    with world.context.database.transaction() as tx:
        assert parking.pause(world.context, tx, case.id, "person:kim")
    give(config, *ADD, "--yes")
    paused = {row.kind: wall(row.due_at) for row in every_row(world, timers) if row.state == "paused"}
    assert paused == {
        "reply_warning": "Mon 01-04 14:00", "reply_warning_2": "Tue 01-05 08:00", "reply_breach": "Tue 01-05 10:00",
        "escalation_1": "Tue 01-05 14:00", "escalation_2": "Wed 01-06 10:00"}
