"""Machines that answer each other: our count stays bounded, nothing is dropped, people hear of it once and open it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from inboxd import holding, outgoing
from inboxd.tables import effects, mails, stops
from tests.office import ALERTS, GATEWAY, INBOX
from tests.scenarios import troubles
from tests.scenarios.posts import FakePost, Out
from tests.scenarios.world import Rows, World, open_world

KIM = "person:kim"
OFFICE = "staff.rivers@parl.example"
Answer = Callable[[Out, int], EmailMessage]


@pytest.fixture
def post() -> FakePost:
    return FakePost()


@pytest.fixture
def world(tmp_path: Path, sqlite: Rows, post: FakePost) -> Iterator[World]:
    with open_world(tmp_path, {"smtp": "per_minute = 6000"}, post, sqlite) as opened:
        yield opened


@pytest.fixture(params=["sqlite", "postgresql"])
def both(tmp_path: Path, request: pytest.FixtureRequest, post: FakePost) -> Iterator[World]:
    with open_world(tmp_path, {"smtp": "per_minute = 6000"}, post, request.getfixturevalue(request.param)) as opened:
        yield opened


def change(world: World, section: str, **values: object) -> None:
    """Change settings, for the stages and for the rules."""
    troubles.change(world, section, **values)
    world.context.rules = dataclasses.replace(world.context.rules, settings=world.context.settings)


def letter(world: World, number: int, text: str, *, sender: str = OFFICE, subject: str = "A question") -> EmailMessage:
    """A mail that shows no sign of a machine: whatever wrote it takes every header away."""
    made = EmailMessage()
    made["Authentication-Results"] = f"{GATEWAY}; dmarc=pass header.from={sender.rpartition('@')[2]}"
    made["From"], made["To"], made["Subject"] = f"Office <{sender}>", INBOX, subject
    made["Date"] = format_datetime(world.clock.at)
    made["Message-ID"] = f"<loop{number}.{sender.partition('@')[0].replace('+', '.')}@parl.example>"
    made.set_content(text)
    return made


def deliver(world: World, mail: EmailMessage) -> None:
    world.deliver(mail.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"), world.clock.at)
    world.run()


def to_outside(world: World) -> list[Out]:
    return [out for out in world.post.sent() if out.recipients != (ALERTS,)]


def play(world: World, answer: Answer, *, days: int, each_minutes: float = 20) -> int:
    """An auto-responder answers every mail of ours as it comes, for so many days. How many mails it sent."""
    seen, sent = 0, 0
    until = days * 24 * 60 / each_minutes
    for _ in range(int(until)):
        ours = to_outside(world)
        if seen == len(ours):
            break  # nobody says anything any more: the loop is dead
        for out in ours[seen:]:
            sent += 1
            world.clock.forward(minutes=each_minutes)
            deliver(world, answer(out, sent))
        seen = len(ours)
    return sent


def held(world: World) -> list[int]:
    with world.context.database.reading() as tx:
        wanted = mails.c.state == "held", mails.c.held_reason == "REPLY_LIMIT"
        return list(tx.scalars(select(mails.c.id).where(*wanted).order_by(mails.c.id)))


def limit_alerts(world: World) -> int:
    told = [out for out in world.post.sent() if out.recipients == (ALERTS,)]
    return sum("limit" in out.text.lower() for out in told)


def accounted(world: World, delivered: int) -> None:
    """Each mail that came has one row, is at an end or held, and lies in one folder."""
    with world.context.database.reading() as tx:
        states = tx.scalars(select(mails.c.state)).all()
    assert len(states) == delivered
    assert set(states) <= {"done", "held"}
    assert sum(map(len, world.post.contents().values())) == delivered


def test_a_responder_without_any_header_that_begins_a_new_thread_each_time(world: World) -> None:
    change(world, "replies", per_sender_per_day=6)

    def answer(out: Out, number: int) -> EmailMessage:
        text = f"We have noted your message no. {number} and will look at it."
        return letter(world, number, text, subject=f"Noted {number}")

    deliver(world, letter(world, 0, "Our constituent lost her status and needs an answer."))
    sent = play(world, answer, days=30)
    assert len(to_outside(world)) <= 6, "bounded for good, not for each day"
    assert sent == len(to_outside(world))
    assert limit_alerts(world) == 1
    accounted(world, 1 + sent)


def test_a_responder_that_quotes_us_in_the_same_thread(both: World) -> None:
    def answer(out: Out, number: int) -> EmailMessage:
        made = letter(both, number, f"Your message was received, ticket {number}.\n\n> {out.text[:200]}",
                      subject=f"Re: {out.message['Subject']}")
        made["In-Reply-To"] = str(out.message["Message-ID"])
        made["References"] = f"{out.message['References'] or ''} {out.message['Message-ID']}"
        return made

    deliver(both, letter(both, 0, "Our constituent lost her status and needs an answer."))
    sent = play(both, answer, days=7)
    assert len(to_outside(both)) <= 5
    accounted(both, 1 + sent)


def test_a_responder_with_another_tag_in_its_address_each_time(world: World) -> None:
    change(world, "replies", per_sender_per_day=6)

    def answer(out: Out, number: int) -> EmailMessage:
        return letter(world, number, f"Ticket {number} was opened.", sender=f"help+{number}@parl.example")

    deliver(world, letter(world, 0, "Hello, a question.", sender="help+0@parl.example"))
    sent = play(world, answer, days=7)
    assert len(to_outside(world)) <= 6
    accounted(world, 1 + sent)


def test_a_rule_that_forwards_our_notices_back_to_us(world: World) -> None:
    def answer(out: Out, number: int) -> EmailMessage:
        head = f"From: Centre <{INBOX}>\nTo: {OFFICE}\nSubject: {out.message['Subject']}"
        text = f"\n-----Original Message-----\n{head}\n\n{out.text}"
        return letter(world, number, text, subject=f"FW: {out.message['Subject']}")

    deliver(world, letter(world, 0, "Our constituent lost her status and needs an answer."))
    assert play(world, answer, days=7) == 1
    assert len(to_outside(world)) == 1
    accounted(world, 2)


def test_many_responders_with_a_new_address_each_trip_the_brake_on_all(both: World) -> None:
    change(both, "smtp", storm_limit=8)
    for number in range(20):
        both.clock.forward(seconds=30)
        deliver(both, letter(both, number, f"Ticket {number} was opened.", sender=f"desk{number}@parl.example"))
    assert len(to_outside(both)) == 8
    with both.context.database.reading() as tx:
        assert [(row.scope, row.actor) for row in tx.execute(select(stops))] == [("all", "inboxd")]
        waiting = tx.scalars(select(effects.c.id).where(effects.c.kind == "send", effects.c.state == "due")).all()
    assert len(waiting) == 12, "made, and kept"
    assert sum(map(len, both.post.contents().values())) == 20
    troubles.minute(both, 3)
    told = [title for _, title in troubles.told(both)]
    assert told == ["Automatic replies are held back"]
    assert outgoing.release_all(both.context, actor=KIM) == 12
    both.run()
    assert len(to_outside(both)) == 20, "let go by a person, nothing was lost"
    deliver(both, letter(both, 99, "Our constituent lost her status.", sender="desk99@parl.example"))
    assert len(to_outside(both)) == 21, "and it counts anew"


def test_the_backlog_after_an_outage_is_no_storm(world: World) -> None:
    change(world, "smtp", storm_limit=5)
    for number in range(12):
        mail = letter(world, number, "A question.", sender=f"desk{number}@parl.example")
        world.deliver(mail.as_bytes().replace(b"\n", b"\r\n"), world.clock.at)
    world.clock.forward(hours=3)
    world.run()
    assert len(to_outside(world)) == 12


def test_a_fuse_stays_out_until_a_person_gives_one_mail_back(both: World) -> None:
    change(both, "replies", per_sender_per_day=2)
    for number in range(5):
        both.clock.forward(minutes=1)
        deliver(both, letter(both, number, f"Our constituent lost her status, question {number}."))
    assert len(to_outside(both)) == 2
    assert len(held(both)) == 3
    assert limit_alerts(both) == 1, "one alert for all that waits"
    both.clock.forward(hours=30)
    deliver(both, letter(both, 5, "Our constituent lost her status, next day."))
    assert len(to_outside(both)) == 2, "the count is over, the fuse is out"
    assert len(held(both)) == 4
    first, *others = held(both)
    assert holding.retry(both.context, first, KIM)
    both.run()
    assert len(to_outside(both)) == 3, "decided as usual"
    both.clock.forward(minutes=1)
    assert holding.retry(both.context, others[0], KIM)
    both.run()
    assert len(to_outside(both)) == 4
    assert len(held(both)) == 2
    both.clock.forward(minutes=5)
    deliver(both, letter(both, 6, "Our constituent lost her status, once more."))
    assert len(to_outside(both)) == 5, "the fuse is in again"
    accounted(both, 7)


@pytest.mark.parametrize("given_back", [True, False])
def test_what_a_person_gave_back_long_ago_counts_as_what_lies_held_since(both: World, given_back: bool) -> None:
    change(both, "replies", per_sender_per_day=2)
    for number in range(4):
        both.clock.forward(minutes=1)
        deliver(both, letter(both, number, f"Our constituent lost her status, question {number}."))
    first, _ = held(both)
    both.clock.forward(hours=40)
    if given_back:
        assert holding.retry(both.context, first, KIM)
        both.run()
    before = len(to_outside(both))
    both.clock.forward(hours=100)
    deliver(both, letter(both, 9, "Our constituent lost her status, next week."))
    assert len(to_outside(both)) == before + given_back, "one lies held still; the other may tell that people looked"


def test_one_senders_fuse_is_no_other_senders(world: World) -> None:
    change(world, "replies", per_sender_per_day=1)
    for number in range(3):
        deliver(world, letter(world, number, f"Our constituent lost her status, question {number}."))
    deliver(world, letter(world, 9, "Our constituent lost her status.", sender="alma.rivers@parl.example"))
    assert [out.recipients[0] for out in to_outside(world)] == [OFFICE, "alma.rivers@parl.example"]


def test_nobody_reads_what_is_sent_to_noreply(world: World) -> None:
    deliver(world, letter(world, 0, "Our constituent lost her status.", sender="no-reply@parl.example"))
    assert to_outside(world) == []
    with world.context.database.reading() as tx:
        row = tx.execute(select(mails)).one()
    assert (row.state, row.held_reason, len(row.withheld)) == ("held", "NO_SENDER", 1)
