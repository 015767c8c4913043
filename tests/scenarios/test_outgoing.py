"""Mail that leaves: at a pace, with a brake on what is unusual in bulk, and held, let go or cancelled by people."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from inboxd import holding, outgoing, pacing
from inboxd.context import utc_now
from inboxd.daemon import Daemon
from inboxd.errors import Permanent, Transient
from inboxd.plan import INTERNAL_NOTICES
from inboxd.store import brakes, sending
from inboxd.store.outgoing import list_mails
from inboxd.tables import cases, effects, events, mails, stops
from tests.crash.letters import critical, documents, in_bytes, letter
from tests.office import ALERTS
from tests.scenarios.posts import FakePost
from tests.scenarios.troubles import CHIEF, OFFICE, change, minute, told
from tests.scenarios.world import Rows, World, open_world

SECTIONS = {**OFFICE, "rules": "second_reader = false",
            "smtp": "per_minute = 1000\nbulk_limit = 5\nbulk_minutes = 10"}
HELD_BACK = "Automatic replies are held back"
KIM = "person:kim"


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


def left(world: World) -> Counter[str]:
    """Templates of what left for the outside."""
    keeper = world.post.keeper  # type: ignore[attr-defined]  # the fake one
    return Counter(mail.template for mail in keeper.sent if mail.template not in INTERNAL_NOTICES)


def strangers(world: World, count: int, *, first: int = 1) -> None:
    """So many people who are no clients write, each once."""
    for number in range(first, first + count):
        raw = in_bytes(letter("Question", "May I ask something?\n", sender=f"person-{number}@mail.example"))
        world.post.deliver(raw, world.clock.at, "INBOX")
    world.run()


def offices(world: World, count: int, *, first: int = 1, age: timedelta = timedelta(0)) -> None:
    """So many members of staff of clients write, each once."""
    for number in range(first, first + count):
        raw = in_bytes(letter("Question", f"How long do applications take? ({number})\n",
                              sender=f"staff-{number}@parl.example"))
        world.post.deliver(raw, world.clock.at - age, "INBOX")
    world.run()


def shown(world: World, state: str = "") -> list[dict[str, Any]]:
    with world.context.database.reading() as tx:
        return list_mails(tx, world.clock.at, state=state)[0]


def rows(world: World, table: Any) -> list[Any]:
    with world.context.database.reading() as tx:
        return list(tx.execute(select(table).order_by(table.c.id)).all())


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


# A person's word


def test_everything_is_stopped_but_alerts(world: World) -> None:
    assert outgoing.hold_all(world.context, reason="the new texts are wrong", actor=KIM) == 0
    world.deliver(critical(), world.clock.at)
    offices(world, 2)
    assert left(world).total() == 0
    sent = {mail.template for mail in world.post.keeper.sent}  # type: ignore[attr-defined]  # the fake one
    assert "page" in sent
    assert {row["why"] for row in shown(world, "held")} == {"the new texts are wrong"}
    assert len(rows(world, cases)) == 3, "cases and clocks go on"
    with pytest.raises(Permanent, match="stopped already"):
        outgoing.hold_all(world.context, reason="again", actor=KIM)
    minute(world, 20)
    assert told(world) == [], "a short stop is nobody's trouble"
    minute(world, 15)
    assert told(world) == [(ALERTS, HELD_BACK)], "it may have been forgotten"
    assert outgoing.release_all(world.context, actor=KIM) == 3
    world.run()
    assert left(world).total() == 3
    assert shown(world) == []


def test_what_is_held_is_no_trouble_of_the_server(lite: World) -> None:
    outgoing.hold_all(lite.context, reason="a pause", actor=KIM)
    offices(lite, 3)
    minute(lite, 100)
    assert {what for _, what in told(lite)} == {HELD_BACK}


def test_one_mail_is_held_and_let_go(world: World) -> None:
    keeper = world.post.keeper  # type: ignore[attr-defined]  # the fake one
    keeper.failures += [Transient("smtp: down")] * 3
    offices(world, 3)
    first, second, third = (row["id"] for row in reversed(shown(world)))
    outgoing.hold(world.context, [second], reason="a wrong figure", actor=KIM)
    minute(world, 5)
    assert left(world).total() == 2
    held, = shown(world)
    assert (held["id"], held["state"], held["why"]) == (second, "held", "a wrong figure")
    assert [row.state for row in rows(world, mails)].count("done") == 2, "its mail stays where people see it"
    outgoing.release(world.context, [second], actor=KIM)
    world.run()
    assert left(world).total() == 3
    acts = [(row.event, row.actor) for row in rows(world, events) if row.actor == KIM]
    assert acts == [("send_held", KIM), ("send_released", KIM)]
    assert {first, third} == {row.id for row in rows(world, effects) if row.kind == "send"} - {second}


def test_a_cancelled_reply_leaves_its_mail_to_a_person(world: World) -> None:
    outgoing.hold_all(world.context, reason="a pause", actor=KIM)
    offices(world, 1)
    reply, = shown(world)
    assert rows(world, cases)[0].state == "answered", "the notice is the answer (domain.md C18)"
    assert outgoing.cancel(world.context, [reply["id"]], reason="by telephone", actor=KIM) == [1]
    outgoing.release_all(world.context, actor=KIM)
    world.run()
    mail, = rows(world, mails)
    assert (mail.state, mail.held_reason) == ("held", "REPLY_CANCELLED")
    assert world.post.contents().keys() == {"Held"}
    assert left(world).total() == 0
    assert rows(world, cases)[0].state == "open", "nobody has answered it"
    assert [row["state"] for row in shown(world, "cancelled")] == ["cancelled"]
    assert holding.retry(world.context, 1, KIM)
    world.run()
    mail, = rows(world, mails)
    assert mail.state == "done"
    assert world.post.contents().keys() == {"Enquiries/Not met"}
    assert left(world).total() == 0, "cancelled is for good"


def test_what_was_given_up_can_be_cancelled(lite: World) -> None:
    keeper = lite.post.keeper  # type: ignore[attr-defined]  # the fake one
    keeper.failures.append(Permanent("SMTP RCPT: the server answered 550"))
    offices(lite, 1)
    given_up, = shown(lite, "buried")
    outgoing.cancel(lite.context, [given_up["id"]], reason="wrong address", actor=KIM)
    assert holding.retry(lite.context, 1, KIM)
    lite.run()
    assert rows(lite, mails)[0].state == "done"
    assert left(lite).total() == 0


def test_wrong_ids_are_all_named_and_nothing_is_changed(lite: World) -> None:
    offices(lite, 1)
    keeper = lite.post.keeper  # type: ignore[attr-defined]  # the fake one
    keeper.failures += [Transient("smtp: down")] * 3
    offices(lite, 1, first=50)
    sends = [row.id for row in rows(lite, effects) if row.kind == "send"]
    move = next(row.id for row in rows(lite, effects) if row.kind == "move")
    before = rows(lite, effects), rows(lite, events)
    with pytest.raises(Permanent) as refused:
        outgoing.hold(lite.context, [*sends, move, 999], reason="all", actor=KIM)
    assert str(refused.value).splitlines() == [
        f"outgoing mail {sends[0]} was sent already",
        *(f"there is no outgoing mail {number}; `inboxd outbox list` shows them" for number in (move, 999)),
        "nothing was changed",
    ]
    for act in (outgoing.hold, outgoing.cancel):
        with pytest.raises(Permanent, match="--reason"):
            act(lite.context, [sends[1]], reason="  ", actor=KIM)
    with pytest.raises(Permanent, match="is not held"):
        outgoing.release(lite.context, [sends[1]], actor=KIM)
    assert (rows(lite, effects), rows(lite, events)) == before


def test_a_mail_in_hand_that_is_cancelled_is_done_if_it_left(lite: World) -> None:
    """The one that was being handed in cannot be called back; the row says what happened."""
    keeper = lite.post.keeper  # type: ignore[attr-defined]  # the fake one
    send = keeper.send

    def while_it_leaves(mail: Any, about_to: Any) -> str:
        row = next(row for row in rows(lite, effects) if row.kind == "send")
        outgoing.cancel(lite.context, [row.id], reason="stop", actor=KIM)
        answer: str = send(mail, about_to)
        return answer

    keeper.send = while_it_leaves
    offices(lite, 1)
    assert [row.state for row in rows(lite, effects) if row.kind == "send"] == ["done"]
    assert rows(lite, mails)[0].held_reason == "REPLY_CANCELLED", "a person looks all the same"


def test_the_breaker_looks_at_rows_not_at_names(lite: World) -> None:
    """A sender is compared without capitals: offices write their address as they like."""
    raw = in_bytes(letter("Question", "How long?\n", sender="Staff.Rivers@PARL.example"))
    lite.post.deliver(raw, lite.clock.at, "INBOX")
    lite.run()
    with lite.context.database.reading() as tx:
        assert brakes.unusual_sent(tx, lite.clock.at - timedelta(hours=1), lite.clock.at) == 0
    assert left(lite).total() == 1
