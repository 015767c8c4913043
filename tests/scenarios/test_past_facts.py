"""Past mail is judged with what was known then: cases as they were, replies up to then, its own doing left out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from inboxd import overriding, replaying, timers
from inboxd.plan import INTERNAL_NOTICES, Category
from inboxd.replaying import Compared, Unread
from inboxd.tables import cases, events, mails
from tests.crash.letters import in_bytes, letter
from tests.scenarios.posts import FakePost
from tests.scenarios.world import World, open_world

MONDAY = datetime(2026, 11, 2, 15, 0, tzinfo=UTC)
URGENT = "Her mother died in Lagos on Sunday and the funeral is on Friday. The visitor visa is still pending."
REFUSED = "Could you please tell us the status of the application? The constituent would like an update."
CRITICAL = "She is being removed from Canada tomorrow morning and her life is at risk there."


@pytest.fixture
def post() -> FakePost:
    return FakePost()


@pytest.fixture(params=["sqlite", "postgresql"])
def world(tmp_path: Path, request: pytest.FixtureRequest, post: FakePost) -> Iterator[World]:
    sections = {"rules": "second_reader = false", "replies": "per_sender_per_day = 2"}
    with open_world(tmp_path, sections, post, request.getfixturevalue(request.param)) as opened:
        yield opened


def deliver(world: World, text: str, at: datetime, subject: str = "A constituent", **headers: str) -> None:
    world.deliver(in_bytes(letter(subject, f"{text}\n", **headers)), at)
    world.run()


def judged(world: World) -> list[Compared | Unread]:
    """Every mail, by the rules in force against themselves."""
    past = replaying.past_mails(world.context, MONDAY - timedelta(days=1), MONDAY + timedelta(days=60))
    return list(replaying.judge_past(world.context, world.context.rules.criteria, past))


def as_decided(world: World) -> list[Compared]:
    found = judged(world)
    assert all(isinstance(item, Compared) and not item.kinds for item in found), "the same rules change nothing"
    return [item for item in found if isinstance(item, Compared)]


def test_a_follow_up_meets_its_case_as_it_was(world: World) -> None:
    deliver(world, URGENT, MONDAY, message_id="<first@parl.example>")
    deliver(world, CRITICAL, MONDAY + timedelta(days=2), "Re: A constituent", In_Reply_To="<first@parl.example>")
    deliver(world, "Thank you.", MONDAY + timedelta(days=3), "Re: A constituent", In_Reply_To="<first@parl.example>")
    world.clock.forward(days=4)
    with world.context.database.reading() as tx:
        case = tx.execute(select(cases)).one()
    overriding.set_category(
        world.context, case.reference, Category.COMPLEX, reason="r", by="person:kim", how="command"
    )
    timers.close_case(world.context, case.reference, "person:kim")
    opened, raised, thanked = as_decided(world)
    assert (opened.old.categories, opened.old.templates) == ((Category.URGENT,), ("ack_urgent",))
    assert opened.old.reply_by == (MONDAY + timedelta(days=2),)
    assert (raised.old.categories, raised.old.templates) == ((Category.CRITICAL,), ("raised",))
    assert (thanked.old.categories, thanked.old.templates) == ((Category.CRITICAL,), ())
    assert thanked.old.reply_by == raised.old.reply_by == (case.reply_by,)


def test_a_corrected_case_is_met_as_corrected_by_later_mail_only(world: World) -> None:
    deliver(world, URGENT, MONDAY, message_id="<first@parl.example>")
    deliver(world, "Thank you.", MONDAY + timedelta(hours=1), "Re: x", In_Reply_To="<first@parl.example>")
    with world.context.database.reading() as tx:
        reference = tx.scalar(select(cases.c.reference)) or ""
    world.clock.forward(hours=1)
    overriding.set_category(world.context, reference, Category.COMPLEX, reason="r", by="person:kim", how="command")
    deliver(world, "Thank you.", MONDAY + timedelta(hours=3), "Re: x", In_Reply_To="<first@parl.example>")
    assert [item.old.category for item in as_decided(world)] == [Category.URGENT, Category.URGENT, Category.COMPLEX]


def test_replies_sent_since_do_not_count_against_old_mail(world: World, post: FakePost) -> None:
    """Two replies a day to one sender: today's limit says nothing about last week's mail."""
    for day in range(4):
        deliver(world, REFUSED, MONDAY + timedelta(days=day, hours=day), subject=f"Question {day}")
        deliver(world, REFUSED, MONDAY + timedelta(days=day, hours=day + 1), subject=f"Another {day}")
    assert [mail.template for mail in post.keeper.sent if mail.template not in INTERNAL_NOTICES] == ["not_met"] * 8
    world.clock.forward(days=1)
    assert [item.old.templates for item in as_decided(world)] == [("not_met",)] * 8
    assert {item.old.held for item in as_decided(world)} == {""}


def test_replies_sent_before_do_count(world: World, post: FakePost) -> None:
    for hour in range(3):
        deliver(world, REFUSED, MONDAY + timedelta(hours=hour), subject=f"Question {hour}")
    assert [mail.template for mail in post.keeper.sent if mail.template not in INTERNAL_NOTICES] == ["not_met"] * 2
    assert [item.old.held for item in as_decided(world)] == ["", "", "REPLY_LIMIT"]


def test_a_pointer_is_given_once_then_as_now(world: World, post: FakePost) -> None:
    for day in (0, 5):
        raw = in_bytes(letter("Hello", "When?\n", sender="a.person@elsewhere.example"))
        world.deliver(raw, MONDAY + timedelta(days=day))
        world.run()
    assert [item.old.templates for item in as_decided(world)] == [("outsider",), ()]


def test_a_journal_that_does_not_say_until_when_is_read_too(world: World) -> None:
    """Journals of before 0003 name the category and no reply-by: that of the case stands in for it."""
    deliver(world, URGENT, MONDAY, message_id="<first@parl.example>")
    deliver(world, "Thank you.", MONDAY + timedelta(hours=1), "Re: x", In_Reply_To="<first@parl.example>")
    with world.context.database.transaction() as tx:
        tx.execute(update(events).where(events.c.event == "case_opened").values(detail={"category": "urgent"}))
    assert [item.old.reply_by for item in as_decided(world)] == [(MONDAY + timedelta(days=2),)] * 2


def test_an_answer_in_between_is_known_to_the_mail_after_it(world: World) -> None:
    deliver(world, URGENT, MONDAY, message_id="<first@parl.example>")
    deliver(world, "Thank you.", MONDAY + timedelta(hours=1), "Re: x", In_Reply_To="<first@parl.example>")
    with world.context.database.reading() as tx:
        reference = tx.scalar(select(cases.c.reference))
    deliver(world, "We phoned.", MONDAY + timedelta(hours=2), f"Re: x {reference}", sender="kim@officers.ircc.example")
    deliver(world, URGENT, MONDAY + timedelta(hours=3), "Re: x", In_Reply_To="<first@parl.example>")
    templates = [item.old.templates for item in as_decided(world)]
    assert templates == [("ack_urgent",), (), (), ("raised",)], "what asks again after the answer opens the case again"


def test_mails_in_hand_are_named(world: World) -> None:
    deliver(world, URGENT, MONDAY)
    with world.context.database.transaction() as tx:
        tx.execute(update(mails).values(state="taken"))
    unread, = judged(world)
    assert isinstance(unread, Unread)
    assert "not decided yet" in unread.why
