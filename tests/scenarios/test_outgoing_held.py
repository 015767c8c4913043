"""Mail that leaves is held, let go or cancelled by people."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from inboxd import holding, outgoing
from inboxd.errors import Permanent, Transient
from inboxd.store import brakes
from inboxd.tables import cases, effects, events, mails
from tests.crash.letters import critical, in_bytes, letter
from tests.office import ALERTS
from tests.scenarios.outflow import HELD_BACK, KIM, SECTIONS, left, offices, rows, shown
from tests.scenarios.posts import FakePost
from tests.scenarios.troubles import minute, told
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
