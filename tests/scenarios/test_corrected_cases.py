"""A person's word on a case, through the real stages: clocks from the first receipt, timers, folders, what is sent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from inboxd import deciding, holding, intake, outbox, overriding, timers
from inboxd.cli.verifying import verify
from inboxd.errors import Permanent, Transient
from inboxd.overriding import Corrected, Refused
from inboxd.plan import INTERNAL_NOTICES, Category
from inboxd.store import reading
from inboxd.tables import cases, events, mails, overrides
from inboxd.tables import effects as effect_rows
from inboxd.tables import timers as timer_rows
from tests.crash.letters import STAFF, in_bytes, letter
from tests.scenarios.posts import FakePost
from tests.scenarios.world import World, open_world

TUESDAY = datetime(2026, 11, 3, 15, 0, tzinfo=UTC)
"""10:00 in Ottawa."""
ALONE = {"rules": "second_reader = false"}
"""The criteria decide alone: these stories are about what people do afterwards."""
URGENT = "Her mother died in Lagos on Sunday and the funeral is on Friday. The visitor visa is still pending."
REFUSED = "Could you please tell us the status of the application? The constituent would like an update."
CRITICAL = "Our constituent is being removed from Canada tomorrow morning and her life is at risk there."
LADDER = {"reply_warning", "reply_warning_2", "reply_breach", "escalation_1", "escalation_2"}
"""Of the reply to an urgent, a complex or a critical case."""


@pytest.fixture
def post() -> FakePost:
    return FakePost()


@pytest.fixture(params=["sqlite", "postgresql"])
def world(tmp_path: Path, request: pytest.FixtureRequest, post: FakePost) -> Iterator[World]:
    with open_world(tmp_path, ALONE, post, request.getfixturevalue(request.param)) as opened:
        yield opened


def arrives(world: World, text: str, at: datetime = TUESDAY, subject: str = "A constituent", **headers: str) -> str:
    """A mail of an office comes and is worked through. The reference of the newest case."""
    world.deliver(in_bytes(letter(subject, f"Hello,\n\n{text}\n", **headers)), at)
    world.run()
    return str(rows(world, select(cases.c.reference).order_by(cases.c.id))[-1][0])


def rows(world: World, query: Any) -> list[Any]:
    with world.context.database.reading() as tx:
        return list(tx.execute(query).all())


def case(world: World, reference: str) -> Any:
    return rows(world, select(cases).where(cases.c.reference == reference))[0]


def correct(world: World, reference: str, category: Category, *, notify: bool = False, how: str = "command",
            reason: str = "read by telephone") -> Corrected:  # fmt: skip
    done = overriding.set_category(
        world.context, reference, category, reason=reason, by="person:kim", how=how, notify=notify
    )
    world.run()
    return done


def running(world: World) -> dict[str, datetime]:
    found = rows(world, select(timer_rows.c.kind, timer_rows.c.due_at).where(timer_rows.c.state == "set"))
    assert len({row.kind for row in found}) == len(found), "no clock runs twice"
    return {row.kind: row.due_at for row in found}


def to_sender(post: FakePost) -> list[str]:
    return [mail.template for mail in post.keeper.sent if mail.recipient == STAFF]


def alerts(post: FakePost) -> list[str]:
    return [mail.subject for mail in post.keeper.sent if mail.template in INTERNAL_NOTICES]


def lies(post: FakePost) -> dict[str, int]:
    """How many mails lie in each folder."""
    return {folder: len(found) for folder, found in post.contents().items()}


def test_a_raise_runs_from_the_first_receipt_and_moves_the_mail(world: World, post: FakePost) -> None:
    reference = arrives(world, URGENT)
    assert (case(world, reference).category, lies(post)) == ("urgent", {"Enquiries/Urgent": 1})
    sent = len(post.keeper.sent)
    world.clock.forward(hours=2)
    done = correct(world, reference, Category.CRITICAL)
    assert (done.previous, done.category, done.state, done.moved) == ("urgent", "critical", "open", 1)
    now = case(world, reference)
    assert now.received == TUESDAY
    assert now.reply_by == TUESDAY + timedelta(days=1), "one business day from receipt, not from the correction"
    assert now.action_by == TUESDAY + timedelta(hours=24)
    assert now.criteria == []
    assert set(running(world)) == {*LADDER, "action_warning", "action_alarm"}, "the page was due and fired"
    assert lies(post) == {"Enquiries/Critical": 1}
    page, = alerts(post)
    assert "a case that is or may be critical has arrived" in page
    assert len(post.keeper.sent) == sent + 1, "the page and nothing to the sender"
    assert to_sender(post) == ["ack_urgent"]
    assert verify(world.context, deep=True, offline=True).gaps == []


def test_what_is_overdue_by_the_new_clock_fires_at_once_and_in_order(world: World, post: FakePost) -> None:
    reference = arrives(world, URGENT)
    world.clock.forward(hours=30)
    world.run()
    before = len(alerts(post))
    overriding.set_category(
        world.context, reference, Category.CRITICAL, reason="a removal", by="person:kim", how="command"
    )
    assert timers.fire_due(world.context) == 8
    fired = rows(
        world,
        select(timer_rows.c.kind, timer_rows.c.due_at).where(
            timer_rows.c.state == "fired", timer_rows.c.key.contains("override")
        ).order_by(timer_rows.c.id),
    )  # fmt: skip
    told = rows(world, select(events.c.detail).where(events.c.event == "timer_fired").order_by(events.c.id))
    assert {row.kind for row in fired} == {*LADDER, "page", "action_warning", "action_alarm"}
    order = [row.detail["kind"] for row in told][-8:]
    due = {row.kind: row.due_at for row in fired}
    assert order == sorted(order, key=lambda kind: due[kind])
    assert order[0] == "page"
    world.run()
    assert len(alerts(post)) == before + 8
    world.clock.forward(days=30)
    assert timers.fire_due(world.context) == 0


def test_a_lowered_case_loses_its_alarm_and_keeps_no_old_timer(world: World, post: FakePost) -> None:
    reference = arrives(world, CRITICAL)
    assert case(world, reference).category == "critical"
    correct(world, reference, Category.COMPLEX)
    assert set(running(world)) == LADDER
    assert running(world)["reply_breach"] == TUESDAY + timedelta(days=2)
    assert case(world, reference).action_by is None
    assert lies(post) == {"Enquiries/Complex": 1}
    assert to_sender(post) == ["ack_critical"]


def test_a_timer_that_fired_at_that_time_does_not_fire_again(world: World, post: FakePost) -> None:
    """Urgent and complex share one clock (domain.md 1.6 C8): the reminder came, and comes once."""
    reference = arrives(world, URGENT)
    world.clock.at = TUESDAY + timedelta(days=1, hours=23)
    world.run()
    before = alerts(post)
    assert any("SOON" in subject for subject in before)
    correct(world, reference, Category.COMPLEX)
    assert alerts(post) == before
    assert set(running(world)) == {"reply_breach", "escalation_1", "escalation_2"}


def test_a_refusal_by_command_sends_nothing(world: World, post: FakePost) -> None:
    reference = arrives(world, URGENT)
    done = correct(world, reference, Category.NOT_MET)
    assert (done.state, done.notified) == ("open", "")
    assert to_sender(post) == ["ack_urgent"]
    assert running(world)["reply_breach"] == TUESDAY + timedelta(days=1), "a person owes the notice in one day"
    assert lies(post) == {"Enquiries/Not met": 1}


def test_a_refusal_with_notify_is_the_answer(world: World, post: FakePost) -> None:
    reference = arrives(world, URGENT)
    world.clock.forward(hours=1)
    done = correct(world, reference, Category.NOT_MET, notify=True)
    assert (done.state, done.notified) == ("answered", "not_met")
    assert to_sender(post) == ["ack_urgent", "not_met"]
    assert running(world) == {}
    answered = case(world, reference)
    assert (answered.state, answered.answered_at) == ("answered", TUESDAY + timedelta(hours=1))
    notice = post.keeper.sent[-1]
    assert reference in notice.subject
    assert b"In-Reply-To:" in notice.raw
    assert rows(world, select(mails.c.state))[0].state == "done"
    assert verify(world.context, deep=True, offline=True).gaps == []


def test_a_refusal_that_comes_back_is_on_the_clock_again(world: World, post: FakePost) -> None:
    """domain.md C18: the notice was the answer; undelivered, the case waits for a person, with a timer."""
    reference = arrives(world, URGENT)
    correct(world, reference, Category.NOT_MET, notify=True)
    notice = post.keeper.sent[-1]
    bounce = (
        "Return-Path: <>\r\nFrom: MAILER-DAEMON@parl.example\r\nTo: mcmps-cmds@ircc.example\r\nSubject: Undelivered\r\n"
        "Date: Tue, 03 Nov 2026 11:00:00 -0500\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nIt could not be delivered.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.parl.example\r\n\r\n"
        f"Final-Recipient: rfc822; {notice.recipient}\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {notice.message_id}\r\n\r\n--b--\r\n"
    )
    world.deliver(bounce.encode(), TUESDAY + timedelta(hours=1))
    world.run()
    assert case(world, reference).state == "open"
    due = TUESDAY + timedelta(days=1)
    assert running(world) == {
        "reply_warning": due - timedelta(hours=16), "reply_breach": due, "escalation_1": due + timedelta(hours=4)}


def test_a_raise_with_notify_tells_the_new_reply_by(world: World, post: FakePost) -> None:
    reference = arrives(world, REFUSED)
    assert (case(world, reference).category, case(world, reference).state) == ("not_met", "answered")
    done = correct(world, reference, Category.URGENT, notify=True)
    assert (done.state, done.notified) == ("open", "ack_urgent")
    assert to_sender(post) == ["not_met", "ack_urgent"]
    assert case(world, reference).answered_at is None
    assert set(running(world)) == LADDER
    assert b"November 5, 2026" in post.keeper.sent[-1].raw
    assert reference in post.keeper.sent[-1].subject


def test_a_reply_by_that_is_over_is_never_promised(world: World, post: FakePost) -> None:
    reference = arrives(world, REFUSED)
    world.clock.forward(days=5)
    with pytest.raises(Refused, match="late already"):
        correct(world, reference, Category.URGENT, notify=True)
    assert case(world, reference).category == "not_met"
    assert rows(world, select(overrides)) == []
    assert to_sender(post) == ["not_met"]


def test_what_a_person_answered_stays_answered(world: World) -> None:
    reference = arrives(world, URGENT)
    answer = letter(f"Re: A constituent {reference}", "We called the office.\n", sender="kim@officers.ircc.example")
    world.deliver(in_bytes(answer), TUESDAY + timedelta(hours=3))
    world.run()
    assert case(world, reference).state == "answered"
    correct(world, reference, Category.COMPLEX)
    assert case(world, reference).state == "answered"
    assert case(world, reference).answered_at is not None
    assert running(world) == {}
    done = correct(world, reference, Category.CRITICAL)
    assert done.state == "answered"
    assert set(running(world)) == {"action_warning", "action_alarm"}, "only the alarm never stops (domain.md C1)"
    assert running(world)["action_alarm"] == TUESDAY + timedelta(hours=24)


def test_what_cannot_be_corrected_is_said_and_nothing_changes(world: World) -> None:
    reference = arrives(world, URGENT)
    with pytest.raises(Refused, match="is urgent already"):
        correct(world, reference, Category.URGENT)
    with pytest.raises(Refused, match="there is no case MC26-999999-X"):
        correct(world, "mc26-999999-x", Category.URGENT)
    with pytest.raises(Refused, match="says why"):
        correct(world, reference, Category.COMPLEX, reason="  ")
    timers.close_case(world.context, reference, "person:kim")
    with pytest.raises(Refused, match="is closed"):
        correct(world, reference, Category.COMPLEX)
    assert rows(world, select(overrides)) == []
    assert issubclass(Refused, Permanent)


def test_two_people_at_once_do_not_both_win(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    reference = arrives(world, URGENT)
    whole = overriding.overrides.record

    def late(tx: Any, *given: Any, **named: Any) -> int:
        tx.execute(update(cases).values(category="complex"))
        return whole(tx, *given, **named)

    monkeypatch.setattr(overriding.overrides, "record", late)
    with pytest.raises(Transient, match="changed meanwhile"):
        correct(world, reference, Category.CRITICAL)
    monkeypatch.undo()
    assert case(world, reference).category == "urgent", "all or nothing"


def test_what_both_readers_had_said_is_kept(world: World) -> None:
    reference = arrives(world, URGENT)
    decided_by = case(world, reference).criteria
    correct(world, reference, Category.COMPLEX, how="folder", reason="the mother is well")
    kept, = rows(world, select(overrides))
    assert (kept.from_category, kept.to_category, kept.how, kept.actor) == ("urgent", "complex", "folder", "person:kim")
    assert kept.reason == "the mother is well"
    assert kept.criteria == decided_by != []
    assert {hit["criterion"] for hit in kept.hits} >= set(decided_by)
    assert kept.opinion is None, "it is switched off here"
    assert kept.rules_version == rows(world, select(mails.c.rules_version))[0].rules_version
    with world.context.database.reading() as tx:
        story = reading.story(tx, 1)
        listed = reading.list_cases(tx)
    assert story is not None
    assert [item["reference"] for item in story["overrides"]] == [reference]
    assert listed[0]["corrected"] == "from urgent, person:kim"


def test_the_mails_of_a_case_go_together(world: World, post: FakePost) -> None:
    reference = arrives(world, URGENT, message_id="<first@parl.example>")
    world.deliver(
        in_bytes(letter("Re: A constituent", f"One thing more about {reference}: thank you.\n",
                        In_Reply_To="<first@parl.example>")), TUESDAY + timedelta(hours=1))  # fmt: skip
    world.run()
    assert sum(lies(post).values()) == 2
    correct(world, reference, Category.CRITICAL)
    assert lies(post) == {"Enquiries/Critical": 2}


def test_a_correction_before_the_first_move_ends_in_the_new_folder(world: World, post: FakePost) -> None:
    """Both moves of one mail are due; the second waits for the first and finds the mail where that put it."""
    world.deliver(in_bytes(letter("A constituent", f"{URGENT}\n")), TUESDAY)
    intake.take_in(world.context)
    deciding.all_due(world.context)
    reference = str(rows(world, select(cases.c.reference))[0][0])
    overriding.set_category(world.context, reference, Category.CRITICAL, reason="r", by="person:kim", how="command")
    moves = rows(world, select(effect_rows.c.id).where(effect_rows.c.kind == "move", effect_rows.c.state == "due"))
    assert len(moves) == 2
    outbox.deliver_due(world.context)
    outbox.move_due(world.context)
    assert lies(post) == {"Enquiries/Critical": 1}
    world.run()
    assert rows(world, select(mails.c.state))[0].state == "done"


def test_a_mail_that_is_decided_again_goes_where_a_person_put_it(world: World, post: FakePost) -> None:
    post.keeper.failures.append(Permanent("550 5.1.1 no such user"))
    reference = arrives(world, URGENT)
    assert lies(post) == {"Held": 1}
    correct(world, reference, Category.COMPLEX)
    assert lies(post) == {"Held": 1}, "it waits for somebody to look at the reply"
    assert holding.retry(world.context, 1, "person:kim")
    world.run()
    assert lies(post) == {"Enquiries/Complex": 1}


def test_the_ministers_queue_keeps_its_standards_and_gets_no_mail(world: World, post: FakePost) -> None:
    reference = arrives(world, URGENT, sender="desk@minister.example")
    was = case(world, reference)
    assert was.queue == "mil"
    with pytest.raises(Refused, match="Minister"):
        correct(world, reference, Category.CRITICAL, notify=True)
    other = Category.NOT_MET if was.category != "not_met" else Category.URGENT
    done = correct(world, reference, other)
    days = {Category.NOT_MET: 14, Category.URGENT: 2}[other]
    assert (case(world, reference).reply_by - TUESDAY).days >= days - 1
    assert done.moved == 0
    assert lies(post) == {"Minister": 1}
    assert [mail.template for mail in post.keeper.sent if mail.recipient == "desk@minister.example"] == []
