"""inboxd writes to itself: the mail comes back, is measured and filed away, and people hear of one that does not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from inboxd import canaries, incidents, outbox
from inboxd.cli.verifying import verify
from inboxd.errors import Transient
from inboxd.store import brakes
from inboxd.tables import effects, mails
from tests.crash.letters import critical
from tests.office import INBOX
from tests.scenarios.posts import FakePost
from tests.scenarios.test_metrics import figures
from tests.scenarios.troubles import box, change, minute, told
from tests.scenarios.world import Rows, World, open_world

MONDAY = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
LATE = "Mail does not arrive"


@pytest.fixture(params=["sqlite", "postgresql"])
def world(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[World]:
    with open_world(tmp_path, {}, FakePost(), request.getfixturevalue(request.param)) as opened:
        change(opened, "watch", canary_minutes=60)
        yield opened


@pytest.fixture
def lite(tmp_path: Path, sqlite: Rows) -> Iterator[World]:
    with open_world(tmp_path, {}, FakePost(), sqlite) as opened:
        change(opened, "watch", canary_minutes=60)
        yield opened


def fly(world: World) -> bytes:
    """One leaves; its bytes."""
    assert canaries.send_due(world.context) == 1
    outbox.deliver_due(world.context)
    sent = world.post.keeper.sent[-1]  # type: ignore[attr-defined]
    assert (sent.template, sent.recipient, sent.sender) == ("canary", INBOX, INBOX)
    raw: bytes = sent.raw
    return raw


def come_back(world: World, raw: bytes, *, seconds: float = 8) -> None:
    world.clock.forward(seconds=seconds)
    world.deliver(raw, world.clock.at)
    world.run()


def routes(world: World) -> list[str]:
    with world.context.database.reading() as tx:
        return list(tx.scalars(select(mails.c.route).order_by(mails.c.id)))


def test_it_comes_back_is_measured_filed_away_and_never_answered(world: World) -> None:
    come_back(world, fly(world))
    assert routes(world) == ["canary"]
    assert list(world.post.contents()) == ["Automatic"]
    assert len(world.post.keeper.sent) == 1  # type: ignore[attr-defined]
    found = figures(world)
    assert (found["canary_seconds"], found["canary_late"]) == (8, 0)
    assert found["canary_timestamp_seconds"] == world.clock.at.timestamp()


def test_one_leaves_each_hour_and_none_where_nobody_asked_for_it(lite: World) -> None:
    assert canaries.send_due(lite.context) == 1
    assert canaries.send_due(lite.context) == 0
    lite.clock.forward(minutes=59)
    assert canaries.send_due(lite.context) == 0
    lite.clock.forward(minutes=1)
    assert canaries.send_due(lite.context) == 1
    change(lite, "watch", canary_minutes=0)
    lite.clock.forward(hours=5)
    assert canaries.send_due(lite.context) == 0
    assert not any(name.startswith("canary") for name in figures(lite))


def test_a_clock_that_was_set_back_does_not_stop_them(lite: World) -> None:
    assert canaries.send_due(lite.context) == 1
    lite.clock.forward(hours=-10)
    assert canaries.send_due(lite.context) == 1


def test_verify_counts_it_among_what_was_received_by_a_name_of_its_own(lite: World) -> None:
    come_back(lite, fly(lite))
    lite.deliver(critical(), lite.clock.at)
    lite.run()
    result = verify(lite.context, deep=True, offline=False)
    assert result.gaps == []
    lines = list(result.lines())
    assert lines[0] == "received 2 = 2 done + 0 held + 0 decided + 0 taken"
    assert "routes: 1 canary, 1 enquiry" in lines


def test_delivered_twice_it_is_one_and_sent_again_by_somebody_it_measures_nothing(lite: World) -> None:
    raw = fly(lite)
    come_back(lite, raw)
    lite.clock.forward(minutes=30)
    lite.deliver(raw, lite.clock.at)
    lite.deliver(b"Received: from elsewhere.example\r\n" + raw, lite.clock.at)
    lite.run()
    assert routes(lite) == ["canary", "canary"]
    assert len(lite.post.keeper.sent) == 1  # type: ignore[attr-defined]


@pytest.mark.parametrize(("old", "new"), [
    (f"From: {INBOX}".encode(), b"From: staff.rivers@parl.example"),
    (b"Subject: inboxd canary 2026", b"Subject: inboxd canary 2025"),
])
def test_what_only_looks_like_one_is_judged_like_any_other_mail(lite: World, old: bytes, new: bytes) -> None:
    raw = fly(lite)
    assert old in raw
    come_back(lite, raw.replace(old, new).replace(b"Auto-Submitted: auto-generated\r\n", b""))
    assert "canary" not in routes(lite)


def test_one_that_does_not_come_back_is_told_once_and_its_end_too(lite: World) -> None:
    fly(lite)
    minute(lite, 14)
    assert told(lite) == []
    minute(lite, 6)
    assert told(lite) == [("duty@officers.ircc.example", LATE)]
    assert figures(lite)["canary_late"] == 1
    minute(lite, 40)
    raw = fly(lite)
    minute(lite, 2)
    assert figures(lite)["canary_late"] == 1, "the next one may still come"
    come_back(lite, raw)
    minute(lite, 15)
    assert told(lite)[1:] == [("duty@officers.ircc.example", f"Over: {LATE}")]


def test_while_the_mailbox_is_not_read_only_that_is_told(lite: World) -> None:
    fly(lite)
    box(lite).failure = Transient("gone")
    minute(lite, 30)
    assert told(lite) == [("duty@officers.ircc.example", "The mailbox is not being read")]


def test_one_that_the_outgoing_server_did_not_take_is_not_late(lite: World) -> None:
    lite.post.keeper.failures = [Transient("smtp: 451 not now")] * 50  # type: ignore[attr-defined]
    assert canaries.send_due(lite.context) == 1
    minute(lite, 20)
    incidents.look(lite.context)
    assert figures(lite)["canary_late"] == 0


def test_neither_a_stop_nor_the_fuse_holds_it_up(lite: World) -> None:
    with lite.context.database.transaction() as tx:
        brakes.stop(tx, brakes.ALL, lite.clock.at, reason="a person")
        brakes.stop(tx, brakes.BULK, lite.clock.at, reason="too many")
    fly(lite)
    with lite.context.database.reading() as tx:
        assert tx.scalars(select(effects.c.state)).all() == ["done"]
