"""Moves and copies that are nobody's order: what is put back, left alone or told of, and what changes nothing."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from inboxd import timers
from inboxd.cli.stories import lines
from inboxd.settings import Place
from inboxd.tables import mails
from inboxd.triage.moved import Act, Lying, meaning_of
from tests.crash.letters import in_bytes, letter
from tests.scenarios.officers import TUESDAY, URGENT, Desk, FakePost, drag, open_desk, submission
from tests.scenarios.world import Rows


@pytest.fixture
def post() -> FakePost:
    return FakePost()


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
    lying = post.box.folders["Closed"]
    assert desk.journal("copied_by_person") == [
        {"folder": "Closed", "uidvalidity": lying.uidvalidity, "uid": next(iter(lying.mails))}
    ]
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
