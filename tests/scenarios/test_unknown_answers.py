"""A mail whose text went out and whose answer never came: shown, looked for, and sent again once at most."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from inboxd import alerts, holding, incidents
from inboxd.errors import Permanent, Transient, Unanswered
from inboxd.store import held, outgoing, reading
from inboxd.tables import effects, events, mails
from tests.crash.letters import in_bytes, letter
from tests.scenarios.posts import FakePost
from tests.scenarios.troubles import GONE, OFFICE, box, change, minute, told
from tests.scenarios.world import Rows, World, open_world

LOST = Unanswered("SMTP DATA: the server closed the connection; it may have been accepted")
ASKS = ("Family reunification", "Could you say how long family applications take? The person is well and at home.\n")


@pytest.fixture
def post() -> FakePost:
    return FakePost()


@pytest.fixture(params=["sqlite", "postgresql"])
def world(tmp_path: Path, request: pytest.FixtureRequest, post: FakePost) -> Iterator[World]:
    sections = {**OFFICE, "smtp": "unknown_minutes = 10", "rules": "second_reader = false"}
    with open_world(tmp_path, sections, post, request.getfixturevalue(request.param)) as opened:
        yield opened


@pytest.fixture
def lite(tmp_path: Path, sqlite: Rows, post: FakePost) -> Iterator[World]:
    sections = {**OFFICE, "smtp": "unknown_minutes = 10", "rules": "second_reader = false"}
    with open_world(tmp_path, sections, post, sqlite) as opened:
        yield opened


def an_answer_is_lost(world: World, *, times: int = 1) -> Any:
    """One enquiry comes, and the answers to the text of its reply are lost. Returns the reply's row."""
    keeper = world.post.keeper  # type: ignore[attr-defined]  # the fake one
    keeper.failures += [LOST] * times
    world.deliver(in_bytes(letter(*ASKS)), world.clock.at)
    world.run()
    assert keeper.sent == []
    return reply(world)


def reply(world: World) -> Any:
    with world.context.database.reading() as tx:
        found, = tx.execute(select(effects).where(effects.c.kind == "send", effects.c.mail_id == 1)).all()
    return found


def state(world: World) -> str:
    """Of the reply, as people see it."""
    return outgoing.state_of(reply(world)._mapping)


def mail_states(world: World) -> list[str]:
    with world.context.database.reading() as tx:
        return list(tx.scalars(select(mails.c.state).order_by(mails.c.id)))


def journal(world: World) -> list[str]:
    with world.context.database.reading() as tx:
        return [name for name in tx.scalars(select(events.c.event).order_by(events.c.id)) if name.startswith("send_")]


def sent_to_offices(world: World) -> list[Any]:
    keeper = world.post.keeper  # type: ignore[attr-defined]  # the fake one
    return [mail for mail in keeper.sent if mail.recipient.endswith("parl.example")]


def bounce(message_id: str) -> bytes:
    """What a server of the other side returns days or seconds later (RFC 3464)."""
    return (
        b"Return-Path: <>\r\nFrom: MAILER-DAEMON@parl.example\r\nTo: mcmps-cmds@ircc.example\r\n"
        b"Subject: Undelivered Mail Returned to Sender\r\nMessage-ID: <bounce-1@parl.example>\r\n"
        b"Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        b"--b\r\nContent-Type: text/plain\r\n\r\nIt could not be delivered.\r\n"
        b"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.parl.example\r\n\r\n"
        b"Final-Recipient: rfc822; staff.rivers@parl.example\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        b"\r\n--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: " + message_id.encode() + b"\r\n\r\n--b--\r\n"
    )


def test_it_is_sent_again_once_the_same_bytes_after_a_look(world: World) -> None:
    before = an_answer_is_lost(world)
    assert state(world) == "unknown"
    minute(world, 9)
    assert state(world) == "unknown", "nothing is sent before the wait is over"
    assert sent_to_offices(world) == []
    minute(world, 2)
    again, = sent_to_offices(world)
    assert again.message_id == before.message_id
    assert again.raw == world.context.archive.read("sent", before.payload["digest"])
    assert state(world) == "done"
    assert mail_states(world) == ["done"]
    assert journal(world) == ["send_unknown", "send_repeated", "send_done"]
    minute(world, 30)
    assert len(sent_to_offices(world)) == 1


def test_unknown_twice_is_a_persons_and_never_sent_a_third_time(world: World) -> None:
    an_answer_is_lost(world, times=2)
    minute(world, 60)
    assert state(world) == "buried"
    assert mail_states(world) == ["held"]
    assert sent_to_offices(world) == []
    alert, = world.post.keeper.sent  # type: ignore[attr-defined]  # the fake one
    assert alert.template == "alert"
    assert holding_retry(world)
    world.run()
    assert len(sent_to_offices(world)) == 1, "a person said so"
    assert mail_states(world) == ["done"]
    assert journal(world) == [
        "send_unknown", "send_repeated", "send_unknown", "send_buried", "send_done", "send_repeated", "send_done",
    ], "the first that is done is the alert"
    with world.context.database.reading() as tx:
        whose = tx.scalars(select(events.c.actor).where(events.c.event == "send_repeated").order_by(events.c.id)).all()
    assert whose == ["inboxd", "person:kim"]


def test_a_third_sending_needs_a_persons_word(world: World) -> None:
    an_answer_is_lost(world, times=2)
    minute(world, 60)
    with pytest.raises(Permanent, match="inboxd retry 1 --send-again"):
        holding.retry(world.context, 1, "person:kim")
    minute(world, 60)
    assert mail_states(world) == ["held"]
    assert sent_to_offices(world) == []


def test_what_waits_for_a_program_and_has_such_a_reply_waits_for_a_person(lite: World) -> None:
    an_answer_is_lost(lite, times=2)
    minute(lite, 60)
    with lite.context.database.transaction() as tx:
        waits = {"held_reason": "NOT_SCANNED", "next_try_at": lite.clock.at}
        tx.execute(update(mails).values(**waits))
    minute(lite, 60)
    assert mail_states(lite) == ["held"]
    assert sent_to_offices(lite) == []


def test_what_a_person_had_sent_once_more_is_not_sent_once_more_by_ourselves(world: World) -> None:
    an_answer_is_lost(world, times=2)
    minute(world, 60)
    world.post.keeper.failures.append(LOST)  # type: ignore[attr-defined]  # the fake one
    assert holding_retry(world)
    minute(world, 60)
    assert state(world) == "buried"
    assert mail_states(world) == ["held"]
    assert sent_to_offices(world) == []


def holding_retry(world: World) -> bool:
    with world.context.database.transaction() as tx:
        return held.retry(tx, 1, world.clock.at, "person:kim", send_again=True)


@pytest.mark.parametrize("folder", ["Sent", "INBOX", "Automatic"])
def test_a_copy_in_the_mailbox_shows_that_it_arrived(lite: World, folder: str) -> None:
    """Some servers keep what they submit; a gateway returns a copy; either way no second one goes out."""
    lost = an_answer_is_lost(lite)
    lite.post.deliver(lite.context.archive.read("sent", lost.payload["digest"]), lite.clock.at, folder)
    minute(lite, 11)
    assert state(lite) == "done"
    assert "it arrived" in reply(lite).answer
    assert sent_to_offices(lite) == []
    assert set(mail_states(lite)) == {"done"}


def test_a_bounce_that_names_it_settles_it_at_once(lite: World) -> None:
    lost = an_answer_is_lost(lite)
    lite.deliver(bounce(lost.message_id), lite.clock.at + timedelta(seconds=5))
    lite.run()
    row = reply(lite)
    assert (row.state, row.last_error) == ("done", "returned as undeliverable")
    assert row.answer == "no answer came, but mail 2 shows that it arrived"
    minute(lite, 30)
    assert sent_to_offices(lite) == []


def test_the_offices_answer_to_it_settles_it(lite: World) -> None:
    lost = an_answer_is_lost(lite)
    lite.deliver(in_bytes(letter("Re: Family reunification", "Thank you.\n", In_Reply_To=lost.message_id)),
                 lite.clock.at + timedelta(minutes=2))
    lite.run()
    assert state(lite) == "done"
    assert mail_states(lite)[0] == "done"


def test_an_answer_settles_even_what_was_given_up(lite: World) -> None:
    lost = an_answer_is_lost(lite, times=2)
    minute(lite, 60)
    assert mail_states(lite) == ["held"]
    lite.deliver(in_bytes(letter("Re: Family reunification", "Thank you.\n", In_Reply_To=lost.message_id)),
                 lite.clock.at)
    lite.run()
    assert state(lite) == "done"
    assert set(mail_states(lite)) == {"done"}
    assert "Held" not in lite.post.contents()


def test_a_mail_that_was_sent_is_not_touched_by_those_that_name_it(lite: World) -> None:
    lite.deliver(in_bytes(letter(*ASKS)), lite.clock.at)
    lite.run()
    before = reply(lite)
    lite.deliver(in_bytes(letter("Re: Family", "Thanks.\n", In_Reply_To=before.message_id)), lite.clock.at)
    lite.run()
    assert reply(lite).answer == before.answer == "250 2.0.0 Ok: 1"


def test_nothing_is_sent_again_while_nobody_can_look(lite: World) -> None:
    an_answer_is_lost(lite)
    box(lite).failure = GONE
    minute(lite, 120)
    assert state(lite) == "unknown"
    assert sent_to_offices(lite) == []
    assert ("duty@officers.ircc.example", "Nobody knows whether a mail of ours arrived") in told(lite)
    box(lite).failure = None
    box(lite).connected = True
    minute(lite, 2)
    assert state(lite) == "done"
    assert len(sent_to_offices(lite)) == 1


def test_a_bounce_that_lies_in_the_inbox_is_read_before_the_look(lite: World) -> None:
    """The wait was over while the mailbox could not be read: what came meanwhile speaks first."""
    lost = an_answer_is_lost(lite)
    box(lite).failure = GONE
    minute(lite, 20)
    lite.post.deliver(bounce(lost.message_id), lite.clock.at, "INBOX")
    box(lite).failure = None
    minute(lite)
    assert reply(lite).last_error == "returned as undeliverable"
    assert sent_to_offices(lite) == []


def test_an_alert_is_sent_again_without_a_look(lite: World) -> None:
    """Twice is better than never, and the mailbox may be what it tells of."""
    keeper = lite.post.keeper  # type: ignore[attr-defined]  # the fake one
    keeper.failures += [LOST] * 3
    told_of = alerts.prepare(lite.context, "test/1", "held", received=lite.clock.at)
    with lite.context.database.transaction() as tx:
        alerts.put_in(tx, told_of, lite.clock.at)
    box(lite).failure = GONE
    minute(lite, 45, look=lambda _: 0)
    assert [mail.template for mail in keeper.sent] == ["alert"]


def test_a_refusal_of_the_text_is_an_answer(lite: World) -> None:
    """451 after the text: known not to be accepted, so it is tried again as any failure is."""
    keeper = lite.post.keeper  # type: ignore[attr-defined]  # the fake one
    keeper.failures.append(Transient("SMTP DATA: the server answered 451"))
    lite.deliver(in_bytes(letter(*ASKS)), lite.clock.at)
    lite.run()
    assert state(lite) == "due"
    minute(lite)
    assert len(sent_to_offices(lite)) == 1


def died_in_hand(world: World) -> None:
    """The process was killed while the text was on its way: claimed, the moment written down, nothing else."""
    an_answer_is_lost(world)
    with world.context.database.transaction() as tx:
        tx.execute(effects.update().where(effects.c.kind == "send").values(
            due_at=world.clock.at + timedelta(minutes=10), last_error=""))


def test_after_a_crash_it_is_unknown_and_says_so(lite: World) -> None:
    died_in_hand(lite)
    lite.restart()
    with lite.context.database.reading() as tx:
        story = reading.story(tx, 1)
    assert story is not None
    effect = next(row for row in story["effects"] if row["kind"] == "send")
    assert outgoing.state_of(effect) == "unknown"
    assert effect["last_error"] == "inboxd ended before the server's answer was written down"
    assert "send_unknown" in [row["event"] for row in story["events"]]
    minute(lite, 1)
    assert len(sent_to_offices(lite)) == 1


def test_a_clock_that_was_set_back_does_not_make_it_wait_for_hours(lite: World) -> None:
    died_in_hand(lite)
    lite.clock.at -= timedelta(hours=5)
    lite.restart()
    minute(lite, 2)
    assert len(sent_to_offices(lite)) == 1


def test_a_long_doubt_is_an_incident_and_its_end_is_told(lite: World) -> None:
    change(lite, "smtp", unknown_minutes=90.0)
    an_answer_is_lost(lite)
    minute(lite, 40)
    title = "Nobody knows whether a mail of ours arrived"
    assert [what for _, what in told(lite)] == [title]
    minute(lite, 70)
    assert [what for _, what in told(lite)] == [title, f"Over: {title}"]
    assert incidents.look(lite.context) == 0
