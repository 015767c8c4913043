"""Mail that leaves: at a pace, with a brake on what is unusual in bulk, and held, let go or cancelled by people."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from inboxd import outgoing, pacing
from inboxd.context import utc_now
from inboxd.daemon import Daemon
from inboxd.errors import Transient
from inboxd.store import sending
from inboxd.tables import effects, mails, stops
from tests.crash.letters import critical, documents, in_bytes, letter
from tests.office import ALERTS
from tests.scenarios.outflow import HELD_BACK, KIM, SECTIONS, left, offices, rows, shown, strangers
from tests.scenarios.posts import FakePost
from tests.scenarios.troubles import CHIEF, change, minute, told
from tests.scenarios.world import Rows, World, open_world


@pytest.fixture
def post() -> FakePost:
    return FakePost()


@pytest.fixture(params=["sqlite", "postgresql"])
def world(tmp_path: Path, request: pytest.FixtureRequest, post: FakePost) -> Iterator[World]:
    with open_world(tmp_path, SECTIONS, post, request.getfixturevalue(request.param)) as opened:
        yield opened


@pytest.fixture
def lite(tmp_path: Path, sqlite: Rows, post: FakePost) -> Iterator[World]:
    with open_world(tmp_path, SECTIONS, post, sqlite) as opened:
        yield opened


# The pace


def test_not_more_in_a_minute_than_was_set(world: World) -> None:
    change(world, "smtp", per_minute=4)
    offices(world, 10)
    assert left(world).total() == 4
    assert pacing.seconds_to_room(world.context) == 60
    minute(world)
    assert left(world).total() == 8
    minute(world)
    assert left(world).total() == 10
    assert pacing.seconds_to_room(world.context) == 0.0, "nothing waits any more"


def test_a_restart_grants_nothing(world: World) -> None:
    change(world, "smtp", per_minute=4)
    offices(world, 10)
    world.restart()
    world.clock.forward(seconds=30)
    world.run()
    assert left(world).total() == 4
    world.clock.forward(seconds=31)
    world.run()
    assert left(world).total() == 8


def test_room_comes_back_as_mails_grow_old(lite: World) -> None:
    change(lite, "smtp", per_minute=4)
    offices(lite, 2)
    lite.clock.forward(seconds=40)
    offices(lite, 6, first=11)
    assert left(lite).total() == 4
    assert pacing.seconds_to_room(lite.context) == 20
    lite.clock.forward(seconds=21)
    lite.run()
    assert left(lite).total() == 6


def test_alerts_do_not_wait_for_room_and_leave_first(lite: World) -> None:
    change(lite, "smtp", per_minute=1)
    offices(lite, 3)
    lite.deliver(critical(), lite.clock.at)
    lite.run()
    sent = [mail.template for mail in lite.post.keeper.sent]  # type: ignore[attr-defined]  # the fake one
    assert "page" in sent
    assert left(lite).total() == 1
    assert {row["state"] for row in shown(lite)} == {"due"}


def test_inboxd_once_waits_for_room_and_ends_when_all_left(lite: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the real clock, with a minute of half a second."""
    monkeypatch.setattr(pacing, "MINUTE", timedelta(seconds=0.5))
    change(lite, "smtp", per_minute=2)
    for number in range(6):
        raw = in_bytes(letter("Question", "How long?\n", sender=f"staff-{number}@parl.example"))
        lite.post.deliver(raw, utc_now(), "INBOX")
    lite.context.now = utc_now
    began = time.monotonic()
    assert Daemon(lite.context, time.monotonic).once()
    assert time.monotonic() - began >= 1.0
    assert left(lite).total() == 6


# The brake on bulk


def test_a_flood_of_strangers_is_answered_up_to_the_limit_and_then_held(world: World) -> None:
    strangers(world, 12)
    assert left(world) == {"outsider": 5}
    held = shown(world, "held")
    assert len(held) == 7
    assert {row["why"] for row in held} == {"more than 5 unusual automatic mails in 10 minutes"}
    assert all(mail.state == "decided" for mail in rows(world, mails)[5:]), "nothing dropped, nothing judged otherwise"
    stop, = rows(world, stops)
    assert (stop.scope, stop.actor, stop.ended_at) == ("bulk", "inboxd", None)
    minute(world, 2)
    assert told(world) == [(ALERTS, HELD_BACK)]
    minute(world, 60)
    assert left(world) == {"outsider": 5}, "it is never let go by itself"
    assert told(world) == [(ALERTS, HELD_BACK)], "told once"
    minute(world, 65)
    assert (CHIEF, HELD_BACK) in told(world)
    assert outgoing.release_all(world.context, actor=KIM) == 7
    minute(world, 12)
    assert left(world) == {"outsider": 12}
    assert all(mail.state == "done" for mail in rows(world, mails))
    assert told(world)[-1][1] == f"Over: {HELD_BACK}"
    ended, = rows(world, stops)
    assert ended.ended_by == KIM


def test_offices_are_answered_all_the_while(world: World) -> None:
    strangers(world, 8)
    offices(world, 3)
    world.deliver(documents(), world.clock.at)
    world.deliver(critical(), world.clock.at)
    world.run()
    assert left(world)["outsider"] == 5
    assert left(world).total() == 5 + 5


def test_what_waits_behind_a_flood_leaves_in_the_same_round(lite: World) -> None:
    keeper = lite.post.keeper  # type: ignore[attr-defined]  # the fake one
    keeper.failures += [Transient("smtp: down")] * 3
    for number in range(110):
        sender = f"person-{number}@mail.example"
        lite.post.deliver(in_bytes(letter("Q", "May I?\n", sender=sender)), lite.clock.at, "INBOX")
    offices(lite, 1)
    lite.clock.forward(minutes=2)
    lite.run()
    assert left(lite).total() == 6
    assert left(lite)["outsider"] == 5


def test_a_backlog_after_an_outage_is_no_bulk(world: World) -> None:
    """However many offices wrote in the week when nobody read: each gets the answer to its own mail."""
    offices(world, 60, age=timedelta(days=7))
    assert left(world).total() == 60
    assert rows(world, stops) == []


def test_an_old_mailbox_put_into_the_inbox_is_bulk(world: World) -> None:
    """Years of mail brought to a new installation: offices must not hear from us about each."""
    offices(world, 12, age=timedelta(days=400))
    assert left(world).total() == 5
    assert len(shown(world, "held")) == 7


def test_a_few_strangers_at_a_time_are_no_bulk(lite: World) -> None:
    for hour in range(3):
        strangers(lite, 5, first=hour * 100)
        minute(lite, 11)
    assert left(lite) == {"outsider": 15}
    assert rows(lite, stops) == []


def test_a_reply_to_somebody_else_and_a_fourth_reply_to_one_mail_count(lite: World) -> None:
    """Neither happens; if a fault made it happen, it would stop at the limit."""
    change(lite, "smtp", bulk_limit=1)
    offices(lite, 3)
    now = lite.clock.at
    with lite.context.database.transaction() as tx:
        again = {"state": "due", "due_at": now}
        tx.execute(update(effects).where(effects.c.mail_id == 1, effects.c.kind == "send")
                   .values(**again, recipient="someone-else@parl.example"))
        pattern = tx.execute(select(effects).where(effects.c.mail_id == 2, effects.c.kind == "send")).one()._mapping
        for number in range(3):
            tx.execute(effects.insert().values(
                **{name: value for name, value in pattern.items() if name not in ("id", "key", "state", "due_at")},
                key=f"again/{number}", **again))
    with lite.context.database.reading() as tx:
        waiting = {mail.effect.key: mail.is_unusual for mail in sending.ready(tx, now, 10, frozenset())}
    assert [waiting[f"again/{number}"] for number in range(3)] == [False, False, True]
    assert sum(waiting.values()) == 2
    before = left(lite).total()
    lite.run()
    assert left(lite).total() == before + 3
    assert [row["state"] for row in shown(lite)] == ["held"]


def test_what_comes_after_a_release_is_counted_anew(lite: World) -> None:
    strangers(lite, 8)
    outgoing.release_all(lite.context, actor=KIM)
    lite.run()
    assert left(lite) == {"outsider": 8}
    minute(lite, 11)
    strangers(lite, 7, first=100)
    assert left(lite) == {"outsider": 13}


def test_a_restart_does_not_close_the_brake(lite: World) -> None:
    strangers(lite, 8)
    lite.restart()
    minute(lite, 20)
    strangers(lite, 1, first=500)
    assert left(lite) == {"outsider": 5}


def test_one_of_them_can_be_let_go(lite: World) -> None:
    strangers(lite, 7)
    chosen = shown(lite, "held")[0]
    outgoing.release(lite.context, [chosen["id"]], actor=KIM)
    lite.run()
    keeper = lite.post.keeper  # type: ignore[attr-defined]  # the fake one
    assert keeper.sent[-1].recipient == chosen["recipient"]
    assert len(shown(lite, "held")) == 1
