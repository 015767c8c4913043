"""What people do afterwards, and what bugs and doors do in between: nothing lost, nothing twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from inboxd import holding, parsers, timers
from inboxd.cli.verifying import verify
from inboxd.errors import Permanent, Transient
from inboxd.importing import import_file
from inboxd.plan import INTERNAL_NOTICES
from inboxd.store import reading
from inboxd.tables import cases, effects, mails
from inboxd.tables import timers as timer_rows
from tests.scenarios.posts import FakePost
from tests.scenarios.reading import HERE, read
from tests.scenarios.world import Rows, World, open_world


@pytest.fixture
def post() -> FakePost:
    return FakePost()


@pytest.fixture
def world(tmp_path: Path, sqlite: Rows, post: FakePost) -> Iterator[World]:
    with open_world(tmp_path, {}, post, sqlite) as opened:
        yield opened


def mail_of(scenario: str) -> tuple[bytes, datetime]:
    step = next(step for step in read(next(HERE.glob(f"{scenario}-*"))).steps if step.expected is not None)
    raw = step.mail(lambda kind, ordinal, name: b"")
    return raw, step.arrival(raw)


def arrive(world: World, scenario: str) -> int:
    world.deliver(*mail_of(scenario))
    world.run()
    with world.context.database.reading() as tx:
        return int(tx.scalars(select(mails.c.id).order_by(mails.c.id.desc())).first() or 0)


def row(world: World, mail_id: int) -> Any:
    with world.context.database.reading() as tx:
        story = reading.story(tx, mail_id)
    assert story is not None
    return story


def to_sender(post: FakePost) -> list[str]:
    return [mail.template for mail in post.keeper.sent if mail.template not in INTERNAL_NOTICES]


def test_a_held_mail_that_is_retried_unchanged_is_held_again(world: World, post: FakePost) -> None:
    mail_id = arrive(world, "220")
    assert holding.retry(world.context, mail_id, actor="kim")
    world.run()
    story = row(world, mail_id)
    assert (story["mail"]["state"], story["mail"]["held_reason"]) == ("held", "SENDER_UNVERIFIED")
    assert story["mail"]["decisions"] == 2
    assert to_sender(post) == []
    assert post.contents().keys() == {"Held"}
    assert [event["actor"] for event in story["events"] if event["event"] == "retried"] == ["kim"]


def test_people_are_told_which_other_addresses_an_office_has_when_a_reply_comes_back(
    world: World, post: FakePost
) -> None:
    """product.md what can arrive: a bounce of one of our mails; another address of the same office is offered."""
    arrive(world, "220")  # its office: o1
    reply = next(mail for mail in post.keeper.sent if mail.template in INTERNAL_NOTICES)
    assert b"Other addresses" not in reply.raw
    world.deliver(*mail_of("270"))
    world.run()
    ours = next(mail for mail in post.keeper.sent if mail.template.startswith("ack_"))
    bounce = (
        "Return-Path: <>\r\nFrom: MAILER-DAEMON@parl.example\r\nTo: mcmps-cmds@ircc.example\r\nSubject: Undelivered\r\n"
        "Date: Tue, 03 Nov 2026 10:00:00 -0500\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nIt could not be delivered.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.parl.example\r\n\r\n"
        f"Final-Recipient: rfc822; {ours.recipient}\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {ours.message_id}\r\n\r\n--b--\r\n"
    )
    world.deliver(bounce.encode(), datetime.fromisoformat("2026-11-03T10:00:00-05:00"))
    world.run()
    alerts = [mail for mail in post.keeper.sent if mail.template == "alert"]
    told = next(mail for mail in reversed(alerts) if b"Other addr" in mail.raw)
    colleague = {"staff.rivers@parl.example": "alma.rivers@parl.example"}[ours.recipient]
    assert f"- {colleague}".encode() in told.raw
    assert ours.recipient.encode() not in told.raw.partition(b"\r\n\r\n")[2]


def test_a_held_submission_is_filed_when_the_record_was_mended(world: World, post: FakePost) -> None:
    """The record had the wrong UCI; a person mends the register and retries: filed once, told once more, no alarm."""
    mail_id = arrive(world, "074")
    register = world.context.settings.storage.archive.parents[1] / "register.csv"
    mended = register.read_text(encoding="utf-8").replace("11-2222-3333", "22-1111-4444", 1)
    register.write_text(mended, encoding="utf-8")
    assert import_file(world.context, register, lambda _: None).changed == 1
    assert holding.retry(world.context, mail_id, actor="kim")
    world.run()
    story = row(world, mail_id)
    assert story["mail"]["state"] == "done"
    assert [item["outcome"] for item in story["submissions"]] == ["hold", "accept"]
    assert len(story["filings"]) == 1
    assert to_sender(post) == ["held", "receipt"]
    assert post.contents().keys() == {"Documents/Filed"}
    assert {item["state"] for item in story["timers"]} == {"cancelled"}
    world.clock.forward(days=30)
    assert timers.fire_due(world.context) == 0
    assert verify(world.context, deep=True, offline=True).gaps == []


def test_a_done_mail_cannot_be_retried(world: World, post: FakePost) -> None:
    mail_id = arrive(world, "270")
    assert not holding.retry(world.context, mail_id, actor="kim")
    world.run()
    assert to_sender(post) == ["ack_critical"]


def test_a_mail_that_no_code_can_read_is_held_after_three_attempts(
    world: World, post: FakePost, monkeypatch: pytest.MonkeyPatch
) -> None:
    """TOO_MANY_ATTEMPTS; the mail behind it is not held up, and a mended version decides it after a retry."""
    whole = parsers.parse

    def fails(raw: bytes, **limits: Any) -> Any:
        if b"suspicious" in raw:
            raise RuntimeError("E123456789 Amara Okonjo-Reyes")
        return whole(raw, **limits)

    monkeypatch.setattr(parsers, "parse", fails)
    raw, at = mail_of("270")
    world.deliver(raw.replace(b"Subject: ", b"Subject: suspicious "), at)
    second = arrive(world, "272")
    assert row(world, second)["mail"]["state"] == "done"
    for _ in range(4):
        world.clock.forward(minutes=5)
        world.run()
    story = row(world, 1)
    assert (story["mail"]["state"], story["mail"]["held_reason"]) == ("held", "TOO_MANY_ATTEMPTS")
    assert story["mail"]["attempts"] == 3
    assert post.contents()["Held"]
    assert "Okonjo" not in world.log.getvalue()
    monkeypatch.undo()
    assert holding.retry(world.context, 1, actor="kim")
    world.run()
    assert row(world, 1)["mail"]["state"] == "done"
    assert to_sender(post) == ["ack_urgent", "ack_critical"]
    assert "Held" not in post.contents()


def test_the_disk_is_not_the_mails_fault(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    keep = world.context.archive.keep

    def full(kind: str, raw: bytes) -> str:
        if kind == "sent":
            raise Transient("cannot write to the archive: No space left on device")
        return keep(kind, raw)

    monkeypatch.setattr(world.context.archive, "keep", full)
    raw, at = mail_of("270")
    world.deliver(raw, at)
    for _ in range(5):
        with pytest.raises(Transient):
            world.run()
        world.clock.forward(minutes=5)
    with world.context.database.reading() as tx:
        waiting = tx.execute(select(mails.c.state, mails.c.attempts)).one()
    assert tuple(waiting) == ("taken", 0)
    monkeypatch.undo()
    world.run()
    assert row(world, 1)["mail"]["state"] == "done"


def test_a_reply_that_the_server_refuses_for_good_holds_its_mail(world: World, post: FakePost) -> None:
    post.keeper.failures.append(Permanent("550 5.1.1 no such user"))
    mail_id = arrive(world, "272")
    story = row(world, mail_id)
    assert (story["mail"]["state"], story["mail"]["held_reason"]) == ("held", "EFFECT_FAILED")
    assert post.contents().keys() == {"Held"}
    with world.context.database.reading() as tx:
        assert tx.scalars(select(cases.c.state)).all() == ["open"]
    assert holding.retry(world.context, mail_id, actor="kim")
    world.run()
    assert to_sender(post) == ["ack_urgent"]
    assert row(world, mail_id)["mail"]["state"] == "done"


def test_a_reply_waits_through_refusals_and_goes_out_once(world: World, post: FakePost) -> None:
    post.keeper.failures += [Transient("451 4.3.0 try later")] * 5
    mail_id = arrive(world, "272")
    assert to_sender(post) == []
    for _ in range(12):
        world.clock.forward(minutes=15)
        world.run()
    assert to_sender(post) == ["ack_urgent"]
    assert row(world, mail_id)["mail"]["state"] == "done"
    with world.context.database.reading() as tx:
        send = tx.execute(select(effects.c.attempts, effects.c.answer).where(effects.c.kind == "send")).first()
    assert send is not None
    assert send.attempts == 6
    assert send.answer.startswith("250 ")


def test_timers_that_came_due_while_the_daemon_was_down_fire_once_each_in_order(world: World, post: FakePost) -> None:
    arrive(world, "270")
    world.clock.forward(days=3)
    world.restart()
    world.run()
    world.run()
    with world.context.database.reading() as tx:
        order = timer_rows.c.fired_at, timer_rows.c.due_at, timer_rows.c.id
        fired = tx.scalars(select(timer_rows.c.kind).order_by(*order)).all()
        states = set(tx.scalars(select(timer_rows.c.state)))
    assert fired[0] == "page"
    assert fired == [
        "page", "reply_warning", "action_warning", "reply_warning_2", "reply_breach", "action_alarm", "escalation_1",
        "escalation_2"]
    assert states == {"fired"}
    assert [mail.template for mail in post.keeper.sent if mail.template in INTERNAL_NOTICES] == [
        "page", "reminder", "action_reminder", "reminder", "breach", "action_alarm", "escalation", "escalation"]


def test_a_closed_case_is_silent(world: World, post: FakePost) -> None:
    arrive(world, "270")
    with world.context.database.reading() as tx:
        reference = tx.scalars(select(cases.c.reference)).one()
    assert timers.close_case(world.context, reference, actor="kim")
    assert not timers.close_case(world.context, reference, actor="kim")
    world.clock.forward(days=3)
    world.run()
    assert sum(mail.template in INTERNAL_NOTICES for mail in post.keeper.sent) == 1, "only the page at arrival"
