"""Officers move mail in their own mail client: what each move means, and that nothing else is ever taken for one."""

from __future__ import annotations

from datetime import timedelta

import pytest

from inboxd import overriding, timers
from inboxd.cli.verifying import verify
from inboxd.plan import Category
from inboxd.reporting import history
from inboxd.reporting.history import Standing
from inboxd.store import reported
from tests.crash.letters import in_bytes, letter
from tests.scenarios.officers import CRITICAL, TUESDAY, URGENT, Desk, FakePost, drag

LADDER = {"reply_warning", "reply_warning_2", "reply_breach", "escalation_1", "escalation_2"}
"""Of the reply to an urgent, a complex or a critical case."""
ARRIVED = "a case that is or may be critical has arrived"


@pytest.fixture
def post() -> FakePost:
    return FakePost()


def test_our_own_moves_are_no_orders(desk: Desk, post: FakePost) -> None:
    desk.arrives(URGENT)
    desk.restart()
    desk.run()
    assert desk.orders() == []
    assert desk.lies() == {"Enquiries/Urgent": 1}
    assert desk.told() == []


def test_waiting_stops_the_reply_clock_and_back_it_goes_on(desk: Desk, post: FakePost) -> None:
    reference = desk.arrives(URGENT)
    due = desk.timers()
    assert due["reply_breach"] == TUESDAY + timedelta(days=2)
    desk.later(hours=2)
    drag(post.box, "Enquiries/Urgent", "Waiting")
    desk.run()
    assert (desk.case(reference).state, desk.timers(), desk.timers("paused")) == ("waiting", {}, due)
    desk.later(days=7)
    assert desk.told() == [], "nothing rings while it waits"
    drag(post.box, "Waiting", "Enquiries/Urgent")
    desk.run()
    assert desk.case(reference).state == "open"
    assert desk.case(reference).reply_by == due["reply_breach"] + timedelta(days=8), "11 November is a holiday"
    assert desk.orders() == [("Enquiries/Urgent", "Waiting", "pause"), ("Waiting", "Enquiries/Urgent", "resume")]
    assert desk.lies() == {"Enquiries/Urgent": 1}
    assert verify(desk.world.context, deep=True, offline=True).gaps == []


def test_the_action_alarm_of_a_critical_case_never_pauses(desk: Desk, post: FakePost) -> None:
    """domain.md 1.6 C1."""
    desk.arrives(CRITICAL)
    drag(post.box, "Enquiries/Critical", "Waiting")
    desk.run()
    assert desk.case().state == "waiting"
    assert set(desk.timers()) == {"action_warning", "action_alarm"}
    desk.later(hours=20)
    assert desk.told() == [ARRIVED, "the time to act is nearly over"]
    desk.later(hours=4)
    assert desk.told() == [ARRIVED, "the time to act is nearly over", "the time to act has passed"]
    desk.later(days=3)
    drag(post.box, "Waiting", "Enquiries/Critical")
    desk.run()
    assert set(desk.timers()) == LADDER, "the alarm rang, and rings once"


def test_what_was_late_before_the_pause_stays_late(desk: Desk, post: FakePost) -> None:
    reference = desk.arrives(URGENT)
    due = desk.case(reference).reply_by
    desk.later(days=2)
    desk.later(hours=2)
    assert desk.told() == ["a reply was due", "a reply was due", "a reply is late"]
    drag(post.box, "Enquiries/Urgent", "Waiting")
    desk.run()
    desk.later(days=7)
    assert len(desk.told()) == 3, "nobody escalates what waits for the office"
    drag(post.box, "Waiting", "Enquiries/Urgent")
    desk.run()
    assert desk.case(reference).reply_by == due
    resumed = TUESDAY + timedelta(days=9, hours=2)
    left = {"escalation_1": timedelta(hours=2), "escalation_2": timedelta(hours=22)}
    assert desk.timers() == {kind: resumed + after for kind, after in left.items()}
    desk.later(days=1)
    assert desk.told()[3:] == ["still no reply, step 1", "still no reply, step 2"]


def test_the_office_writes_and_the_case_goes_on_by_itself(desk: Desk, post: FakePost) -> None:
    reference = desk.arrives(URGENT, message_id="<first@parl.example>")
    drag(post.box, "Enquiries/Urgent", "Waiting")
    desk.run()
    thanks = in_bytes(letter("Re: A constituent", "Thank you, we will send it soon.\n",
                             In_Reply_To="<first@parl.example>"))  # fmt: skip
    desk.world.deliver(thanks, TUESDAY + timedelta(days=1))
    desk.run()
    case = desk.case(reference)
    assert case.state == "open"
    assert case.reply_by == TUESDAY + timedelta(days=3), "one business day was waited"
    assert desk.lies() == {"Enquiries/Urgent": 2}
    assert desk.journal("case_resumed")[-1]["why"] == "the office wrote"


def test_an_answer_to_a_waiting_case_stops_it_for_good(desk: Desk, post: FakePost) -> None:
    reference = desk.arrives(URGENT)
    drag(post.box, "Enquiries/Urgent", "Waiting")
    desk.run()
    answer = letter(f"Re: A constituent {reference}", "We called the office.\n", sender="kim@officers.ircc.example")
    desk.world.deliver(in_bytes(answer), TUESDAY + timedelta(hours=3))
    desk.run()
    assert (desk.case(reference).state, desk.timers("set", "paused")) == ("answered", {})
    drag(post.box, "Waiting", "Enquiries/Urgent")
    desk.run()
    assert (desk.case(reference).state, desk.timers("set", "paused")) == ("answered", {})


def test_closed_closes_and_back_opens_again_by_the_clock_it_had(desk: Desk, post: FakePost) -> None:
    reference = desk.arrives(CRITICAL)
    before, due = desk.case(reference), desk.timers()
    drag(post.box, "Enquiries/Critical", "Closed")
    desk.run()
    assert (desk.case(reference).state, desk.timers()) == ("closed", {})
    assert desk.lies() == {"Closed": 1}
    desk.later(hours=1)
    drag(post.box, "Closed", "Enquiries/Critical")
    desk.run()
    after = desk.case(reference)
    assert (after.state, after.reply_by, after.action_by) == ("open", before.reply_by, before.action_by)
    assert desk.timers() == due
    assert desk.told() == [ARRIVED], "paged once"
    desk.later(days=2)
    assert desk.told() == [
        ARRIVED, "a reply was due", "the time to act has passed", "a reply was due", "a reply is late",
        "the time to act has passed", "still no reply, step 1", "still no reply, step 2"]


def test_an_answer_that_is_seen_after_its_case_was_closed_counts(desk: Desk, post: FakePost) -> None:
    """An officer closes first and answers then; who opens the case again does not wait for what was given."""
    reference = desk.arrives(URGENT)
    drag(post.box, "Enquiries/Urgent", "Closed")
    desk.run()
    assert (desk.case().state, desk.case().answered_at) == ("closed", None)
    answer = letter(f"Re: A constituent {reference}", "We called.\n", sender="mcmps-cmds@ircc.example")
    at = desk.world.clock.at + timedelta(minutes=5)
    desk.world.clock.at = at
    post.box.deliver(in_bytes(answer), at, "Sent")
    desk.run()
    assert (desk.case().state, desk.case().answered_at) == ("closed", at)
    assert (desk.timers("set", "paused"), desk.lies()) == ({}, {"Closed": 1, "Sent": 1})
    assert [dict(line) for line in desk.journal("case_answered")] == [{"state": "closed"}]
    desk.later(minutes=5)
    drag(post.box, "Closed", "Enquiries/Urgent")
    desk.run()
    assert (desk.case().state, desk.case().answered_at) == ("answered", at)
    assert desk.timers("set") == {}
    with desk.world.context.database.reading() as tx:
        case, = reported.cases_between(tx, TUESDAY, at, as_of=desk.world.clock.at)
    told = history.history_of(case)
    assert told is not None
    assert (told.last.state, told.last.answered_at, told.last.closed_at) == ("answered", at, None)
    assert told.last.standing(desk.world.clock.at) is Standing.ON_TIME


def test_what_is_late_when_a_case_is_opened_again_is_told_at_once(desk: Desk, post: FakePost) -> None:
    desk.arrives(URGENT)
    drag(post.box, "Enquiries/Urgent", "Closed")
    desk.later(days=10)
    assert desk.told() == []
    drag(post.box, "Closed", "INBOX")
    desk.run()
    assert desk.case().state == "open"
    assert desk.told() == [
        "a reply was due", "a reply was due", "a reply is late", "still no reply, step 1", "still no reply, step 2"]
    assert desk.lies() == {"Enquiries/Urgent": 1}
    assert desk.orders()[-1] == ("Closed", "INBOX", "resume")


@pytest.mark.parametrize("closed_by", ["command", "move"])
def test_a_new_request_opens_a_closed_case_and_brings_its_mail_back(
    desk: Desk, post: FakePost, closed_by: str
) -> None:
    reference = desk.arrives(URGENT, message_id="<first@parl.example>")
    if closed_by == "command":
        assert timers.close_case(desk.world.context, reference, "person:kim")
    else:
        drag(post.box, "Enquiries/Urgent", "Closed")
    desk.run()
    assert desk.lies() == {"Closed": 1}
    again = letter("Re: A constituent", f"{CRITICAL}\n", In_Reply_To="<first@parl.example>")
    desk.world.deliver(in_bytes(again), TUESDAY + timedelta(hours=5))
    desk.run()
    assert desk.case(reference).state == "open"
    assert desk.lies() == {"Enquiries/Critical": 2}


def test_another_category_re_labels_from_the_first_receipt(desk: Desk, post: FakePost) -> None:
    reference = desk.arrives(URGENT)
    desk.later(hours=2)
    drag(post.box, "Enquiries/Urgent", "Enquiries/Critical")
    desk.run()
    case = desk.case(reference)
    assert (case.category, case.reply_by) == ("critical", TUESDAY + timedelta(days=1))
    assert case.action_by == TUESDAY + timedelta(hours=24)
    correction, = desk.story()["overrides"]
    assert (correction["how"], correction["actor"]) == ("folder", "mail client")
    assert correction["reason"] == "moved from Enquiries/Urgent to Enquiries/Critical"
    assert desk.orders() == [("Enquiries/Urgent", "Enquiries/Critical", "relabel")]
    assert desk.lies() == {"Enquiries/Critical": 1}
    assert desk.mail().state == "done"


def test_a_waiting_case_that_is_put_into_another_category_goes_on_there(desk: Desk, post: FakePost) -> None:
    """Time that it waited does not count by the new clock either."""
    reference = desk.arrives(URGENT)
    drag(post.box, "Enquiries/Urgent", "Waiting")
    desk.run()
    desk.later(days=1)
    drag(post.box, "Waiting", "Enquiries/Complex")
    desk.run()
    case = desk.case(reference)
    assert (case.category, case.state, case.reply_by) == ("complex", "open", TUESDAY + timedelta(days=3))
    assert desk.timers()["reply_breach"] == TUESDAY + timedelta(days=3)
    assert desk.timers("paused") == {}
    assert desk.told() == []


def test_a_waiting_case_that_is_corrected_by_command_goes_on_waiting(desk: Desk, post: FakePost) -> None:
    reference = desk.arrives(URGENT)
    drag(post.box, "Enquiries/Urgent", "Waiting")
    desk.run()
    overriding.set_category(desk.world.context, reference, Category.CRITICAL, reason="r", by="kim", how="command")
    desk.run()
    assert (desk.case(reference).state, set(desk.timers())) == ("waiting", {"action_warning", "action_alarm"})
    assert set(desk.timers("paused")) == LADDER
    assert desk.lies() == {"Waiting": 1}
    drag(post.box, "Waiting", "Enquiries/Critical")
    desk.run()
    assert desk.timers()["reply_breach"] == TUESDAY + timedelta(days=1)


def test_the_mails_of_a_case_go_together(desk: Desk, post: FakePost) -> None:
    desk.arrives(URGENT, message_id="<first@parl.example>")
    more = letter("Re: A constituent", "Thank you.\n", In_Reply_To="<first@parl.example>")
    desk.world.deliver(in_bytes(more), TUESDAY + timedelta(hours=1))
    desk.run()
    for folder in ("Waiting", "Closed", "Enquiries/Critical", "Enquiries/Urgent"):
        source = next(iter(desk.lies()))
        drag(post.box, source, folder, sorted(post.box.folders[source].mails)[-1])
        desk.run()
        assert desk.lies() == {folder: 2}


def test_two_quick_moves_the_last_place_counts(desk: Desk, post: FakePost) -> None:
    desk.arrives(URGENT)
    for source, target in (("Enquiries/Urgent", "Closed"), ("Closed", "Enquiries/Critical"),
                           ("Enquiries/Critical", "Waiting")):  # fmt: skip
        drag(post.box, source, target)
    desk.run()
    assert (desk.case().state, desk.case().category) == ("waiting", "urgent")
    assert desk.orders() == [("Enquiries/Urgent", "Waiting", "pause")]
    drag(post.box, "Waiting", "Closed")
    drag(post.box, "Closed", "Waiting")
    desk.run()
    assert len(desk.orders()) == 1, "it lies where it lay"


def test_moves_while_the_daemon_is_stopped_are_seen_when_it_starts(desk: Desk, post: FakePost) -> None:
    desk.arrives(URGENT)
    drag(post.box, "Enquiries/Urgent", "Closed")
    desk.restart()
    desk.run()
    assert desk.case().state == "closed"
    assert desk.orders() == [("Enquiries/Urgent", "Closed", "close")]
