"""What the simulated year found wrong, each as a short story of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from inboxd.tables import cases
from inboxd.tables import timers as rows
from tests.year.lives import Act, What
from tests.year.world import World

TORONTO = ZoneInfo("America/Toronto")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path, "sqlite:///data/inboxd.sqlite")
    yield world
    world.close()


def at(wall: str) -> int:
    return int(datetime.fromisoformat(wall).replace(tzinfo=TORONTO).timestamp())


def happens(
    world: World, wall: str, what: What, says: str = "", *, read: str = "", days: tuple[date, ...] = ()
) -> None:
    """Something about the one case of the story; a mail may be read later than it came."""
    act = Act(at=at(wall), what=what, number=1, says=says, days=days)
    world.set_clock(at(read or wall))
    if what in (What.WAITS, What.GOES_ON, What.REOPENED):
        world.move(act)
    elif what in (What.CORRECTED, What.CLOSED, What.CLOSURE):
        world.command(act)
    else:
        world.mail(act)
    world.fire()


def looks(world: World, wall: str) -> None:
    world.set_clock(at(wall))
    world.fire()


def reply_by(world: World) -> str:
    with world.context.database.reading() as tx:
        found: datetime = tx.execute(select(cases.c.reply_by)).scalar_one()
    return found.astimezone(TORONTO).strftime("%a %Y-%m-%d %H:%M")


def fired(world: World) -> Counter[tuple[str, datetime]]:
    with world.context.database.reading() as tx:
        return Counter((row.kind, row.due_at) for row in tx.execute(select(rows).where(rows.c.state == "fired")))


def test_a_follow_up_that_raises_a_late_case_does_not_tell_its_breach_again(world: World) -> None:
    """The due time that was running stays: people know that it is over."""
    happens(world, "2026-11-03 10:00", What.ARRIVES, "complex")
    looks(world, "2026-11-05 15:00")
    told = fired(world)
    breach = ("reply_breach", datetime(2026, 11, 5, 15, tzinfo=UTC))
    assert breach in told
    assert "escalation_1" in {kind for kind, _ in told}
    happens(world, "2026-11-05 15:30", What.FOLLOWS_UP, "critical")
    assert reply_by(world) == "Thu 2026-11-05 10:00"
    assert fired(world)[breach] == 1
    assert set(fired(world).values()) == {1}


def test_a_case_that_is_raised_while_it_waits_has_the_office_time_that_it_had_left(world: World) -> None:
    """What waits for its office is not late because the office took its time."""
    happens(world, "2026-11-03 10:00", What.ARRIVES, "complex")
    happens(world, "2026-11-04 16:00", What.WAITS)
    happens(world, "2026-11-09 12:00", What.FOLLOWS_UP, "urgent")
    # three hours were left on the fourth, and three on the fifth
    assert reply_by(world) == "Mon 2026-11-09 18:00"
    assert ("reply_breach", datetime(2026, 11, 5, 15, tzinfo=UTC)) not in fired(world)
    looks(world, "2026-11-09 17:59")
    assert "reply_breach" not in {kind for kind, _ in fired(world)}
    looks(world, "2026-11-09 18:00")
    assert "reply_breach" in {kind for kind, _ in fired(world)}


def test_a_case_waits_until_the_office_has_written_not_until_its_mail_is_read(world: World) -> None:
    """The daemon was stopped for two days: they are no time of waiting when the case is counted anew."""
    happens(world, "2026-11-03 10:00", What.ARRIVES, "complex")
    happens(world, "2026-11-03 12:00", What.WAITS)
    happens(world, "2026-11-03 14:00", What.FOLLOWS_UP, "urgent", read="2026-11-05 14:00")
    happens(world, "2026-11-05 14:30", What.CORRECTED, "complex")
    assert reply_by(world) == "Thu 2026-11-05 12:00", "two hours later than without waiting"


def test_a_closure_counts_once_for_a_case_that_waited_over_it(world: World) -> None:
    """The rules are read again whenever any of their files changes, long after the closure was added."""
    happens(world, "2026-11-03 10:00", What.ARRIVES, "complex")
    happens(world, "2026-11-03 12:00", What.WAITS)
    happens(world, "2026-11-05 08:00", What.CLOSURE, days=(date(2026, 11, 6),))
    world.read_rules()
    before = reply_by(world)
    assert before == "Thu 2026-11-05 10:00", "due before the closed day, and it waits"
    happens(world, "2026-11-05 12:00", What.GOES_ON)
    # 24 hours of office time passed; the sixth is closed, and a weekend
    assert reply_by(world) == "Tue 2026-11-10 10:00"
    for hour in range(3):
        world.set_clock(at("2026-11-05 13:00") + int(timedelta(hours=hour).total_seconds()))
        assert world.read_rules() == 0
    assert reply_by(world) == "Tue 2026-11-10 10:00"


def test_a_case_that_was_closed_when_a_closure_was_added_goes_by_the_clock_that_it_had(world: World) -> None:
    """And is not moved days later, with everything told again, because somebody changed another file of rules."""
    happens(world, "2026-11-03 10:00", What.ARRIVES, "complex")
    happens(world, "2026-11-03 12:00", What.CLOSED)
    happens(world, "2026-11-03 13:00", What.CLOSURE, days=(date(2026, 11, 4),))
    world.read_rules()
    happens(world, "2026-11-05 12:00", What.REOPENED)
    told = fired(world)
    assert world.read_rules() == 0
    looks(world, "2026-11-05 13:00")
    assert reply_by(world) == "Thu 2026-11-05 10:00"
    assert fired(world) == told


def test_two_follow_ups_of_one_second_ring_one_alarm(world: World) -> None:
    """Two desks of one office write of the same removal, about a case that was answered before."""
    happens(world, "2027-04-13 15:40", What.ARRIVES, "not_met")
    happens(world, "2027-04-14 11:50", What.ANSWERED)
    for _ in range(2):
        happens(world, "2027-04-14 15:19:27", What.FOLLOWS_UP, "pressing", read="2027-04-14 16:45:15")
    looks(world, "2027-04-16 02:00")
    alarms = Counter({told: times for told, times in fired(world).items() if told[0] == "action_alarm"})
    assert list(alarms.values()) == [1]
    assert set(fired(world).values()) == {1}
