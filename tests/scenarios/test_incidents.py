"""The ladder of an incident of the service itself: told once, to managers if it lasts, and once when it is over."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from inboxd import alerts, maillog
from inboxd.cli.verifying import verify
from inboxd.store import incidents as rows
from inboxd.tables import incident_steps, marks
from inboxd.tables import incidents as table
from tests.office import ALERTS
from tests.scenarios.posts import FakePost
from tests.scenarios.troubles import (
    CHIEF,
    GONE,
    OFFICE,
    OVER,
    SILENT,
    TEAM_TOLD,
    all_rows,
    box,
    change,
    minute,
    told,
)
from tests.scenarios.world import Rows, World, open_world


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Rows:
    found: Rows = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def post() -> FakePost:
    return FakePost()


@pytest.fixture
def lite(tmp_path: Path, sqlite: Rows, post: FakePost) -> Iterator[World]:
    """An office in SQLite, for what does not depend on the database."""
    with open_world(tmp_path, OFFICE, post, sqlite) as opened:
        yield opened


@pytest.fixture
def world(tmp_path: Path, database: Rows, post: FakePost) -> Iterator[World]:
    with open_world(tmp_path, OFFICE, post, database) as opened:
        yield opened


ALL_TOLD = [(ALERTS, SILENT), (CHIEF, SILENT), (ALERTS, SILENT)]


def test_a_silent_mailbox_is_told_once_then_to_managers_and_its_end_once(world: World) -> None:
    minute(world, 3)
    box(world).failure = GONE
    minute(world, 14)
    assert told(world) == [], "ten minutes without a reading, five of grace"
    minute(world, 2)
    assert told(world) == TEAM_TOLD
    minute(world, 118)
    assert told(world) == TEAM_TOLD, "one alert, however long it lasts"
    minute(world, 3)
    assert sorted(told(world)) == sorted(ALL_TOLD), "managers after two hours, the team with them"
    box(world).failure = None
    minute(world, 9)
    assert len(told(world)) == 3, "the end is told when it has lasted"
    minute(world, 3)
    assert sorted(told(world)[3:]) == sorted([(ALERTS, OVER), (CHIEF, OVER)]), "whoever was told hears of the end"
    minute(world, 300)
    assert len(told(world)) == 5
    only, = all_rows(world)
    assert (only.state, only.live, only.kind, only.subject) == ("over", None, "mailbox_silent", "mailbox")
    lines = [line for line in world.log.getvalue().splitlines() if line.startswith("incident.")]
    assert [line.split()[0] for line in lines] == [
        "incident.opened", "incident.told", "incident.told", "incident.over", "incident.told"]
    assert verify(world.context, deep=True, offline=True).gaps == []


def test_the_alert_says_since_when_what_it_means_and_what_to_do_in_both_languages(world: World) -> None:
    minute(world)
    last = world.clock.at
    box(world).failure = GONE
    minute(world, 20)
    mail, = world.post.sent()
    text = mail.text
    assert mail.message["Auto-Submitted"] == "auto-generated"
    assert f"Since: Monday, January 5, 2026, 7:{last.minute:02d} a.m. (ET)" in text, "the last reading, not the alert"
    assert "nobody is answered, no critical case is seen or paged" in " ".join(text.split())
    assert "Read the inbox with a mail client, critical mail first" in " ".join(text.split())
    assert "La boîte de courriel n'est plus lue." in text
    assert "imap" not in text.lower(), "no host, no error text of a server"


def test_a_blip_tells_nobody_and_leaves_its_row(world: World) -> None:
    minute(world)
    box(world).failure = GONE
    minute(world, 13)
    box(world).failure = None
    minute(world, 60)
    assert told(world) == []
    only, = all_rows(world)
    assert (only.state, only.live) == ("over", None)
    with world.context.database.reading() as tx:
        steps = dict(tx.execute(select(incident_steps.c.step, incident_steps.c.state)).all())
    assert steps == {"told": "cancelled", "escalated": "cancelled", "over": "cancelled"}


def test_what_comes_again_soon_is_the_same_incident_and_later_another_one(world: World) -> None:
    minute(world)
    for _ in range(3):
        box(world).failure = GONE
        minute(world, 18)
        box(world).failure = None
        minute(world, 5)
    assert told(world) == TEAM_TOLD, "it flaps: told once"
    minute(world, 8)
    assert told(world) == [*TEAM_TOLD, (ALERTS, OVER)]
    assert len(all_rows(world)) == 1
    minute(world, 30)
    box(world).failure = GONE
    minute(world, 18)
    assert told(world) == [*TEAM_TOLD, (ALERTS, OVER), *TEAM_TOLD]
    assert len(all_rows(world)) == 2


def test_a_flapping_thing_that_never_lasts_as_long_as_the_grace_is_told_once_too(lite: World) -> None:
    world = lite
    change(world, "watch", mailbox_minutes=3)
    minute(world)
    for _ in range(6):
        box(world).failure = GONE
        minute(world, 5)
        box(world).failure = None
        minute(world, 2)
    assert told(world) == TEAM_TOLD
    minute(world, 12)
    assert told(world) == [*TEAM_TOLD, (ALERTS, OVER)]


def test_restarts_in_between_change_nothing(world: World) -> None:
    minute(world)
    box(world).failure = GONE
    for _ in range(150):
        world.restart()
        minute(world)
    box(world).failure = None
    for _ in range(15):
        world.restart()
        minute(world)
    assert sorted(told(world)) == sorted([*ALL_TOLD, (ALERTS, OVER), (CHIEF, OVER)])


def test_after_hours_off_what_is_due_is_told_in_order(world: World) -> None:
    minute(world)
    box(world).failure = GONE
    minute(world, 12)
    world.clock.forward(hours=9)
    world.restart()
    minute(world)
    assert [title for _, title in told(world)] == [SILENT] * 3
    assert told(world)[0] == TEAM_TOLD[0]
    box(world).failure = None
    minute(world)
    world.clock.forward(hours=9)
    box(world).failure = GONE
    minute(world, 2)
    assert len(told(world)) == 3, "its end was not told, so it is the same incident"
    assert [row.state for row in all_rows(world)] == ["open"]


class Died(BaseException):
    """The process is gone."""


@pytest.mark.parametrize("place", ["rendered", "marked", "put in", "committed", "opened", "ended"])
def test_dying_at_any_point_neither_loses_nor_doubles_an_alert(
    world: World, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    module, name = {
        "rendered": (alerts, "prepare"), "marked": (rows, "fire"), "put in": (alerts, "put_in"),
        "committed": (maillog, "incident_told"), "opened": (maillog, "incident_opened"), "ended": (rows, "end"),
    }[place]
    deaths = [0]
    monkeypatch.setattr(module, name, dying(getattr(module, name), deaths))
    minute(world)
    for failure, minutes in ((GONE, 150), (None, 15)):
        box(world).failure = failure
        for _ in range(minutes):
            try:
                minute(world)
            except Died:
                world.restart()
    assert sorted(told(world)) == sorted([*ALL_TOLD, (ALERTS, OVER), (CHIEF, OVER)])
    assert deaths[0] >= 1


def dying(real: Callable[..., Any], deaths: list[int]) -> Callable[..., Any]:
    """Does the real thing, and dies every other time."""
    def call(*given: Any, **named: Any) -> Any:
        found = real(*given, **named)
        deaths[0] += 1
        if deaths[0] % 2:
            raise Died
        return found

    return call


def test_a_clock_that_jumps(world: World) -> None:
    minute(world, 3)
    world.clock.forward(hours=30)
    minute(world, 3)
    assert all_rows(world) == [], "the mailbox was read before anybody looked"
    box(world).failure = GONE
    minute(world, 12)
    world.clock.forward(days=-40)
    minute(world, 8)
    assert told(world) == TEAM_TOLD, "set back by weeks: still told within the grace time"
    minute(world, 121)
    assert len(told(world)) == 3
    box(world).failure = None
    minute(world)
    world.clock.forward(days=-3)
    minute(world, 12)
    assert {title for _, title in told(world)[3:]} == {OVER}
    assert all(row.state == "over" for row in all_rows(world))


weather = st.lists(st.tuples(st.booleans(), st.integers(1, 40)), min_size=1, max_size=6)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(weather, st.sets(st.integers(0, 200), max_size=8))
def test_in_any_weather_each_beginning_and_each_end_is_told_once(
    lite: World, spells: list[tuple[bool, int]], restarts: set[int]
) -> None:
    """Up and down for random times, with restarts: what people heard is one beginning, one end, in turn."""
    world = lite
    with world.context.database.transaction() as tx:
        for emptied in (incident_steps, table, marks):
            tx.execute(emptied.delete())
    world.post.keeper.sent.clear()
    passed, longest = 0, 0
    for is_up, minutes in [(True, 1), *spells, (True, 25)]:
        box(world).failure = None if is_up else GONE
        for _ in range(minutes):
            passed += 1
            if passed in restarts:
                world.restart()
            minute(world)
        down = 0 if is_up else minutes
        longest = max(longest, down)
    heard = [title for recipient, title in told(world) if recipient == ALERTS]
    pairs = [title for title in heard if title != SILENT]
    assert all(title == OVER for title in pairs)
    turns = [title for before, title in zip(["", *heard], heard, strict=False) if title != before]
    assert turns == [SILENT, OVER] * len(pairs), "a beginning, managers perhaps, an end"
    assert bool(heard) or longest < 16, "ten minutes of silence and five of grace are always told"
    assert all((row.state, row.live) == ("over", None) for row in all_rows(world))
