"""Officers move mail in their own mail client: what each move means, and that nothing else is ever taken for one."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from inboxd import intake, outbox, overriding, process, timers
from inboxd.cli.stories import lines
from inboxd.cli.verifying import verify
from inboxd.errors import BadConfig
from inboxd.folder_watch import ordering, surveying
from inboxd.mailbox import Identity
from inboxd.plan import Category
from inboxd.settings import Place, read_settings
from inboxd.tables import cases, effects, mails
from inboxd.triage.moved import Act, Lying, meaning_of
from tests.crash.letters import PDF, PHRASE, in_bytes, letter
from tests.fakes import FakeMailbox
from tests.office import write_office
from tests.scenarios.officers import CRITICAL, TUESDAY, URGENT, Desk, FakePost, drag, open_desk
from tests.scenarios.world import Rows


@pytest.fixture
def post() -> FakePost:
    return FakePost()


@pytest.fixture(params=["sqlite", "postgresql"])
def desk(tmp_path: Path, request: pytest.FixtureRequest, post: FakePost) -> Iterator[Desk]:
    with open_desk(tmp_path, post, request.getfixturevalue(request.param)) as opened:
        yield opened


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
    assert set(desk.timers()) == {"action_alarm"}
    desk.later(hours=24)
    assert desk.told() == ["A critical case has arrived", "24 hours have passed on a critical case"]
    desk.later(days=3)
    drag(post.box, "Waiting", "Enquiries/Critical")
    desk.run()
    assert set(desk.timers()) == {"reply_warning", "reply_breach"}, "the alarm rang, and rings once"


def test_what_was_late_before_the_pause_stays_late(desk: Desk, post: FakePost) -> None:
    reference = desk.arrives(URGENT)
    due = desk.case(reference).reply_by
    desk.later(days=3)
    assert desk.told() == ["A reply is due soon", "A reply is late"]
    drag(post.box, "Enquiries/Urgent", "Waiting")
    desk.run()
    drag(post.box, "Waiting", "Enquiries/Urgent")
    desk.later(days=4)
    assert desk.case(reference).reply_by == due
    assert desk.told() == ["A reply is due soon", "A reply is late"]


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
    assert desk.told() == ["A critical case has arrived"], "paged once"
    desk.later(days=2)
    assert sorted(desk.told()) == ["24 hours have passed on a critical case", "A critical case has arrived",
                                   "A reply is due soon", "A reply is late"]


def test_what_is_late_when_a_case_is_opened_again_is_told_at_once(desk: Desk, post: FakePost) -> None:
    desk.arrives(URGENT)
    drag(post.box, "Enquiries/Urgent", "Closed")
    desk.later(days=10)
    assert desk.told() == []
    drag(post.box, "Closed", "INBOX")
    desk.run()
    assert desk.case().state == "open"
    assert desk.told() == ["A reply is due soon", "A reply is late"]
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
    assert (desk.case(reference).state, set(desk.timers())) == ("waiting", {"action_alarm"})
    assert set(desk.timers("paused")) == {"reply_warning", "reply_breach"}
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


def _dated(mail: EmailMessage, date: str) -> EmailMessage:
    mail.replace_header("Date", date)
    return mail


def submission(number: str = "E123456789", text: str = "Please attach this to the record.", **more: str) -> bytes:
    mail = letter(f"{PHRASE} {number}", f"{text}\n", **more)
    mail.add_attachment(PDF, maintype="application", subtype="pdf", filename="passport.pdf")
    return in_bytes(mail)


def test_release_lets_a_held_submission_through(desk: Desk, post: FakePost) -> None:
    desk.world.deliver(submission(), TUESDAY)
    desk.run()
    assert (desk.mail().held_reason, desk.lies()) == ("INFO_MISSING", {"Held": 1})
    drag(post.box, "Held", "Documents/Release")
    desk.run()
    assert desk.lies() == {"Documents/Filed": 1}
    assert (desk.mail().state, desk.mail().instruction["actor"]) == ("done", "mail client")
    assert desk.orders() == [("Held", "Documents/Release", "release")]
    assert desk.timers() == {}, "the filing clock stops"


def test_what_cannot_be_released_goes_back_and_people_are_told_once(desk: Desk, post: FakePost) -> None:
    desk.world.deliver(in_bytes(letter("A constituent", f"{URGENT}\n", sender="kim@parl.example")).replace(
        b"dmarc=pass", b"dmarc=fail"), TUESDAY)  # fmt: skip
    desk.world.deliver(submission("F555000111", text="UCI 22-1111-4444, Maï Tremblay-Nguyen, born 2001-03-09"), TUESDAY)
    desk.run()
    assert desk.lies() == {"Held": 1, "Documents/Filed": 1}
    before = desk.told()
    for _ in range(2):
        drag(post.box, "Documents/Filed", "Documents/Release")
        desk.run()
        assert desk.lies() == {"Held": 1, "Documents/Filed": 1}
    assert desk.told() == [*before, "A message was moved where it cannot be, and is moved back"]
    assert [meaning for _, _, meaning in desk.orders()] == ["undo", "undo"]


def test_a_filed_document_is_no_enquiry(desk: Desk, post: FakePost) -> None:
    desk.world.deliver(submission(text="UCI 11-2222-3333"), TUESDAY)
    desk.run()
    drag(post.box, "Documents/Filed", "Enquiries/Urgent")
    desk.run()
    assert desk.lies() == {"Documents/Filed": 1}
    assert desk.told() == ["A message was moved where it cannot be, and is moved back"]
    drag(post.box, "Documents/Filed", "Closed")
    desk.run()
    assert desk.lies() == {"Closed": 1}, "tidying up is nobody's business but the officer's"
    assert desk.told()[1:] == ["A message was moved, and that changes nothing"]
    assert desk.mail().place == "closed"


def test_what_is_held_does_not_leave_held_but_by_an_order(desk: Desk, post: FakePost) -> None:
    desk.world.deliver(submission(), TUESDAY)
    desk.run()
    for folder in ("Closed", "Waiting", "Enquiries/Urgent", "Documents/Filed"):
        drag(post.box, "Held", folder)
        desk.run()
        assert desk.lies() == {"Held": 1}
    assert desk.mail().state == "held"
    assert desk.told() == ["A message was moved where it cannot be, and is moved back"] * 4


def test_an_open_case_does_not_vanish_among_the_passports(desk: Desk, post: FakePost) -> None:
    desk.arrives(URGENT)
    drag(post.box, "Enquiries/Urgent", "Passport")
    desk.run()
    assert desk.lies() == {"Enquiries/Urgent": 1}
    assert desk.case().state == "open"
    assert desk.told() == ["A message was moved where it cannot be, and is moved back"]


def test_malware_stays_in_quarantine() -> None:
    lying = Lying(place=Place.QUARANTINE, is_held=False, route="submission")
    for target in Place:
        assert meaning_of(lying, target).act is Act.UNDO
    assert meaning_of(lying, None).act is Act.UNDO


@pytest.mark.parametrize("how", ["deleted", "to the trash", "to an archive"])
def test_a_mail_that_is_taken_away_keeps_its_case(desk: Desk, post: FakePost, how: str) -> None:
    desk.arrives(URGENT)
    if how == "deleted":
        post.box.folders["Enquiries/Urgent"].mails.clear()
    else:
        drag(post.box, "Enquiries/Urgent", "Trash" if how == "to the trash" else "Archive/2026")
    desk.run()
    desk.restart()
    desk.run()
    assert (desk.case().state, "reply_breach" in desk.timers()) == ("open", True)
    assert desk.told() == ["A message of an open case was taken away"]
    assert [detail["source"] for detail in desk.journal("taken_away_by_person")] == ["Enquiries/Urgent"]
    assert "no folder of ours" in "\n".join(lines(desk.story(), ZoneInfo("UTC"), desk.world.context.archive))
    if how == "deleted":
        return
    source = next(iter(desk.lies()))
    drag(post.box, source, "Closed")
    desk.run()
    assert desk.case().state == "closed", "it came back, to another folder: that is an order"


def test_housekeeping_rings_no_bell(desk: Desk, post: FakePost) -> None:
    reference = desk.arrives(URGENT)
    assert timers.close_case(desk.world.context, reference, "person:kim")
    desk.run()
    post.box.folders["Closed"].mails.clear()
    desk.run()
    assert desk.told() == []
    assert desk.journal("taken_away_by_person") == [{"source": "Closed"}]


def test_a_copy_is_no_order(desk: Desk, post: FakePost) -> None:
    desk.arrives(URGENT)
    (at, raw), = post.box.folders["Enquiries/Urgent"].mails.values()
    post.box.deliver(raw, at, "Closed")
    desk.run()
    assert (desk.case().state, desk.orders(), desk.told()) == ("open", [], [])
    assert desk.journal("copied_by_person") == [{"folder": "Closed"}]
    post.box.folders["Enquiries/Urgent"].mails.clear()
    desk.run()
    assert desk.case().state == "closed", "a client that copies first and deletes later has moved it"
    assert desk.orders() == [("Enquiries/Urgent", "Closed", "close")]


def test_mails_that_share_a_message_id_are_told_apart(desk: Desk, post: FakePost) -> None:
    """One is moved, the other never: by the whole header and, where that is the same too, by every byte."""
    same = {"message_id": "<same@parl.example>"}
    first = desk.arrives(URGENT, **same)
    second = desk.arrives(URGENT.replace("Sunday", "Monday"), at=TUESDAY + timedelta(minutes=5), **same)
    third = desk.arrives(URGENT.replace("Sunday", "Friday"), at=TUESDAY + timedelta(minutes=9), **same)
    assert len({first, second, third}) == 3
    assert desk.mail(1).size == desk.mail(2).size == desk.mail(3).size
    drag(post.box, "Enquiries/Urgent", "Closed", 2)
    desk.run()
    assert [desk.case(reference).state for reference in (first, second, third)] == ["open", "closed", "open"]
    stranger = in_bytes(letter("A constituent", f"Hello,\n\n{URGENT.replace('Sunday', 'Sundry')}\n", **same))
    post.box.deliver(stranger, TUESDAY - timedelta(days=90), "Closed")
    desk.run()
    assert [desk.case(reference).state for reference in (first, second, third)] == ["open", "closed", "open"]
    assert desk.told() == ["Messages that came another way lie in the folders"]


def test_strangers_are_left_alone_and_told_of_once(desk: Desk, post: FakePost) -> None:
    desk.world.clock.at = TUESDAY
    desk.run()
    old = in_bytes(letter("An old one", "From before.\n"))
    post.box.deliver(old, TUESDAY - timedelta(days=200), "Closed")
    desk.run()
    desk.restart()
    desk.run()
    assert desk.told() == ["Messages that came another way lie in the folders"]
    assert desk.lies() == {"Closed": 1}
    assert desk.rows(select(mails)) == []


def test_what_was_in_a_folder_before_us_is_history(tmp_path: Path, sqlite: Rows) -> None:
    post = FakePost()
    for number in range(30):
        post.box.deliver(in_bytes(letter(f"Old {number}", "From before.\n")), TUESDAY, "Closed")
    with open_desk(tmp_path, post, sqlite) as desk:
        desk.world.clock.at = TUESDAY
        desk.run()
        assert desk.told() == ["Messages that came another way lie in the folders"]
        assert desk.rows(select(mails)) == []
        assert desk.to_sender() == 0


def test_a_mail_that_was_moved_before_we_saw_it_is_taken_and_decided(desk: Desk, post: FakePost) -> None:
    """Promise 1: it was in the inbox. Its move came too early to be an order."""
    desk.world.clock.at = TUESDAY
    desk.run()
    raw = in_bytes(_dated(letter("A constituent", f"{URGENT}\n"), "Tue, 03 Nov 2026 10:30:00 -0500"))
    post.box.deliver(raw, TUESDAY + timedelta(minutes=30), "Closed")
    desk.later(hours=1)
    case = desk.case()
    assert (case.state, case.category, case.received) == ("open", "urgent", TUESDAY + timedelta(minutes=30))
    assert desk.lies() == {"Enquiries/Urgent": 1}
    assert desk.told() == ["A message was moved before it was read"]
    assert desk.to_sender() == 1


def test_an_answer_that_a_client_saved_beside_its_case_is_no_mail_to_us(desk: Desk, post: FakePost) -> None:
    desk.arrives(URGENT)
    ours = _dated(letter("Re: A constituent", "We called.\n", sender="mcmps-cmds@ircc.example"),
                  "Tue, 03 Nov 2026 10:30:00 -0500")  # fmt: skip
    post.box.deliver(in_bytes(ours), TUESDAY + timedelta(minutes=30), "Enquiries/Urgent")
    desk.later(hours=1)
    assert desk.told() == ["Messages that came another way lie in the folders"]
    assert len(desk.rows(select(mails))) == 1


def test_moved_after_it_was_taken_and_before_it_was_decided(desk: Desk, post: FakePost) -> None:
    context = desk.world.context
    desk.world.deliver(in_bytes(letter("A constituent", f"{URGENT}\n")), TUESDAY)
    intake.take_in(context)
    drag(post.box, "INBOX", "Closed")
    desk.watch.look(context)
    assert desk.orders() == [], "nobody can close what is not decided yet"
    desk.run()
    assert desk.case().state == "closed"
    assert desk.lies() == {"Closed": 1}
    assert desk.to_sender() == 1, "the office hears that its mail came, and by when an answer is due"
    assert desk.mail().state == "done"


@pytest.mark.parametrize("looked", [False, True])
def test_moved_after_the_decision_and_before_our_move(desk: Desk, post: FakePost, looked: bool) -> None:
    context = desk.world.context
    desk.world.deliver(in_bytes(letter("A constituent", f"{URGENT}\n")), TUESDAY)
    intake.take_in(context)
    process.all_due(context)
    drag(post.box, "INBOX", "Waiting")
    if looked:
        desk.watch.look(context)
        assert desk.case().state == "waiting"
    else:
        outbox.deliver_due(context)
        outbox.move_due(context)  # finds nothing where the mail was
    desk.run()
    assert desk.case().state == "waiting"
    assert desk.lies() == {"Waiting": 1}
    assert desk.orders() == [("INBOX" if looked else "Enquiries/Urgent", "Waiting", "pause")]
    assert desk.mail().state == "done"


@pytest.mark.parametrize("folder", ["Enquiries/Urgent", "Waiting", "Closed", "INBOX"])
def test_a_renumbered_folder_is_no_order(desk: Desk, post: FakePost, folder: str) -> None:
    desk.arrives(URGENT)
    desk.arrives(URGENT.replace("Sunday", "Saturday"), at=TUESDAY + timedelta(minutes=3))
    if folder not in ("Enquiries/Urgent", "INBOX"):
        drag(post.box, "Enquiries/Urgent", folder)
        desk.run()
    before, lying = desk.orders(), desk.lies()
    states = [case.state for case in desk.rows(select(cases))]
    post.box.renumber(folder)
    desk.run()
    assert desk.orders() == before
    assert desk.lies() == lying
    assert [case.state for case in desk.rows(select(cases))] == states
    assert desk.told() == []
    assert verify(desk.world.context, deep=False, offline=False).notes == []


def test_moved_out_of_a_folder_that_was_renumbered_meanwhile(desk: Desk, post: FakePost) -> None:
    desk.arrives(URGENT)
    second = desk.arrives(URGENT.replace("Sunday", "Saturday"), at=TUESDAY + timedelta(minutes=3))
    drag(post.box, "Enquiries/Urgent", "Closed", 2)
    for folder in ("Enquiries/Urgent", "Closed"):
        post.box.renumber(folder)
    desk.restart()
    desk.run()
    assert desk.case(second).state == "closed"
    assert desk.lies() == {"Enquiries/Urgent": 1, "Closed": 1}
    assert len(desk.orders()) == 1


def test_several_cases_in_one_mail_wait_and_close_together_and_are_not_re_labelled(
    desk: Desk, post: FakePost
) -> None:
    desk.arrives(f"1. For Ms Adaeze Bello, E123456780: {CRITICAL}\n\n2. For Mr Luis Ortega, E987654320: {URGENT}\n")
    found = desk.rows(select(cases))
    assert len(found) == 2
    home = next(iter(desk.lies()))
    drag(post.box, home, "Waiting")
    desk.run()
    assert {case.state for case in desk.rows(select(cases))} == {"waiting"}
    drag(post.box, "Waiting", "Enquiries/Complex")
    desk.run()
    assert {case.state for case in desk.rows(select(cases))} == {"waiting"}, "which of them would be complex?"
    assert desk.lies() == {"Waiting": 1}
    drag(post.box, "Waiting", home)
    desk.run()
    assert {case.state for case in desk.rows(select(cases))} == {"open"}
    drag(post.box, home, "Closed")
    desk.run()
    assert {case.state for case in desk.rows(select(cases))} == {"closed"}


def test_the_ministers_mail_keeps_its_folder(desk: Desk, post: FakePost) -> None:
    desk.arrives(URGENT, sender="desk@minister.example")
    assert desk.lies() == {"Minister": 1}
    drag(post.box, "Minister", "Waiting")
    desk.run()
    assert (desk.case().state, desk.lies()) == ("waiting", {"Waiting": 1})
    drag(post.box, "Waiting", "Minister")
    desk.run()
    assert (desk.case().state, desk.lies()) == ("open", {"Minister": 1})
    drag(post.box, "Minister", "Enquiries/Critical")
    desk.run()
    assert (desk.case().category, desk.lies()) == ("critical", {"Minister": 1})


def test_a_copy_in_the_inbox_is_put_away(desk: Desk, post: FakePost) -> None:
    desk.arrives(URGENT)
    drag(post.box, "Enquiries/Urgent", "Waiting")
    desk.run()
    (at, raw), = post.box.folders["Waiting"].mails.values()
    post.box.deliver(raw, at)
    desk.run()
    assert (desk.case().state, desk.lies()) == ("waiting", {"Waiting": 2})
    drag(post.box, "Waiting", "INBOX")
    desk.run()
    assert (desk.case().state, desk.lies()) == ("open", {"Enquiries/Urgent": 2})


def test_a_look_at_folders_where_nothing_happened_opens_none(desk: Desk, post: FakePost) -> None:
    desk.arrives(URGENT)
    opened: list[str] = []
    whole = post.box.open
    post.box.open = lambda folder: (opened.append(folder), whole(folder))[1]  # type: ignore[method-assign]
    for _ in range(3):
        desk.watch.look(desk.world.context)
    assert opened == []


def test_dying_after_our_own_move_is_no_order(desk: Desk, post: FakePost, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server moved the mail and we did not hear of it: the row still says that the move is due."""
    context = desk.world.context

    class Died(BaseException):
        pass

    def dies(*_: object) -> None:
        raise Died

    desk.world.deliver(in_bytes(letter("A constituent", f"{URGENT}\n")), TUESDAY)
    monkeypatch.setattr(outbox.outbox, "moved", dies)
    with pytest.raises(Died):
        desk.run()
    monkeypatch.undo()
    assert desk.lies() == {"Enquiries/Urgent": 1}
    desk.restart()
    desk.run()
    assert (desk.orders(), desk.case().state, desk.mail().state) == ([], "open", "done")
    assert verify(context, deep=False, offline=False).notes == []
    drag(post.box, "Enquiries/Urgent", "Closed")
    desk.run()
    assert desk.orders() == [("Enquiries/Urgent", "Closed", "close")]


@pytest.mark.parametrize("step", ["_do", "set_category"])
def test_dying_in_the_middle_of_an_order_does_it_once(
    desk: Desk, post: FakePost, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    reference = desk.arrives(URGENT)
    drag(post.box, "Enquiries/Urgent", "Enquiries/Critical")
    owner = ordering if step == "_do" else overriding

    class Died(BaseException):
        pass

    def dies(*_: object, **__: object) -> None:
        raise Died

    monkeypatch.setattr(owner, step, dies)
    with pytest.raises(Died):
        desk.run()
    monkeypatch.undo()
    desk.restart()
    desk.run()
    case = desk.case(reference)
    assert (case.category, case.state, desk.lies()) == ("critical", "open", {"Enquiries/Critical": 1})
    assert len(desk.story()["overrides"]) == 1


def test_a_server_that_does_not_tell_new_numbers(desk: Desk, post: FakePost, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = type(post.box).move

    def mute(self: FakeMailbox, uids: Sequence[int], folder: str) -> dict[int, tuple[int, int]]:
        whole(self, uids, folder)
        return {}

    monkeypatch.setattr(type(post.box), "move", mute)
    desk.arrives(URGENT)
    desk.run()
    assert (desk.orders(), desk.told()) == ([], [])
    drag(post.box, "Enquiries/Urgent", "Waiting")
    desk.run()
    drag(post.box, "Waiting", "Enquiries/Complex")
    desk.run()
    assert desk.orders() == [("Enquiries/Urgent", "Waiting", "pause"), ("Waiting", "Enquiries/Complex", "relabel")]
    assert desk.lies() == {"Enquiries/Complex": 1}
    assert desk.told() == []


def test_a_server_whose_sizes_are_estimates(desk: Desk, post: FakePost, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = type(post.box).identities

    def about(self: FakeMailbox, uids: Sequence[int]) -> list[Identity]:
        return [dataclasses.replace(item, size=item.size + 17) for item in whole(self, uids)]

    monkeypatch.setattr(type(post.box), "identities", about)
    desk.arrives(URGENT)
    drag(post.box, "Enquiries/Urgent", "Closed")
    desk.run()
    assert desk.case().state == "closed"


def test_more_mails_than_one_look_takes(desk: Desk, post: FakePost, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(surveying, "AT_ONCE", 3)
    for number in range(8):
        desk.world.deliver(in_bytes(letter(f"Constituent {number}", f"{URGENT} {number}\n")), TUESDAY)
    desk.run()
    drag(post.box, "Enquiries/Urgent", "Closed")
    desk.restart()
    desk.run()
    assert {case.state for case in desk.rows(select(cases))} == {"closed"}
    post.box.renumber("Closed")
    desk.run()
    assert len(desk.orders()) == 8
    assert desk.told() == []


def test_the_same_folder_for_an_order_and_something_else_is_refused(tmp_path: Path) -> None:
    file = write_office(tmp_path, imap=FakePost.imap, smtp=FakePost.smtp, sections={"folders": 'waiting = "Held"'})
    with pytest.raises(BadConfig, match=r"folders\.waiting is folders\.held too"):
        read_settings(file)


def test_show_tells_who_moved_what(desk: Desk, post: FakePost) -> None:
    desk.arrives(URGENT)
    drag(post.box, "Enquiries/Urgent", "Waiting")
    desk.run()
    told = "\n".join(lines(desk.story(), ZoneInfo("America/Toronto"), desk.world.context.archive))
    assert "moved_by_person  mail client  source=Enquiries/Urgent target=Waiting meaning=pause" in told


def test_to_the_inbox_and_elsewhere_again_and_again(desk: Desk, post: FakePost) -> None:
    """Each return to the inbox is one more sighting of the mail; the old ones lead nowhere and hold nothing up."""
    desk.arrives(URGENT)
    for category in ("Critical", "Complex", "Urgent"):
        drag(post.box, next(iter(desk.lies())), "INBOX")
        intake.take_in(desk.world.context)
        outbox.move_due(desk.world.context)
        drag(post.box, next(iter(desk.lies())), f"Enquiries/{category}")
        desk.run()
        assert desk.lies() == {f"Enquiries/{category}": 1}
    assert [act for _, _, act in desk.orders()] == ["relabel"] * 3
    assert desk.rows(select(effects).where(effects.c.state != "done")) == []
    assert desk.mail().state == "done"
    assert verify(desk.world.context, deep=False, offline=False).notes == []
