"""An officer's real mail client on the same account, at a real Dovecot, while the stages work."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import imapclient
import pytest
from sqlalchemy import func, select

from inboxd.cli.verifying import verify
from inboxd.tables import cases, effects, mails, sightings
from tests.crash.letters import in_bytes, letter
from tests.scenarios.officers import ALONE, CRITICAL, TUESDAY, URGENT, Desk, open_desk
from tests.scenarios.posts import RealPost
from tests.scenarios.world import Rows


@pytest.fixture
def desk(tmp_path: Path, sqlite: Rows, post: RealPost) -> Iterator[Desk]:
    with open_desk(tmp_path, post, sqlite) as opened:
        yield opened


@pytest.fixture
def officer(desk: Desk, post: RealPost) -> Iterator[imapclient.IMAPClient]:
    """A session of its own that stays logged in."""
    with post.dovecot.client(post.user) as client:
        yield client


def drag(officer: imapclient.IMAPClient, source: str, target: str, uids: Sequence[int] = ()) -> None:
    officer.select_folder(source)
    officer.move(list(uids) or officer.search(), target)


def renumber(desk: Desk, post: RealPost, folder: str) -> None:
    """What a restored server does: UIDVALIDITY changes, every mail gets a new number."""
    maildir = post.dovecot.root / "mail" / post.user / "Maildir" / f".{folder.replace('/', '.')}"
    desk.world.context.mailbox.close()
    for path in (*maildir.glob("dovecot-uidlist*"), *maildir.glob("dovecot.index*")):
        path.unlink()
    desk.world.context.mailbox.connect()


def test_folders_for_orders_are_there_from_the_start(desk: Desk, post: RealPost) -> None:
    assert {"Waiting", "Closed", "Documents/Release", "Enquiries/Critical"} <= set(
        post.dovecot.folders(user=post.user))  # fmt: skip
    assert {"Waiting", "Closed", "Documents/Release"} <= set(post.dovecot.subscribed(user=post.user))


def test_orders_by_move(desk: Desk, officer: imapclient.IMAPClient) -> None:
    desk.arrives(URGENT)
    due = desk.case().reply_by
    drag(officer, "Enquiries/Urgent", "Waiting")
    desk.run()
    assert (desk.case().state, desk.timers()) == ("waiting", {})
    desk.later(days=1)
    drag(officer, "Waiting", "Enquiries/Critical")
    desk.run()
    case = desk.case()
    assert (case.state, case.category, case.reply_by) == ("open", "critical", due)
    drag(officer, "Enquiries/Critical", "Closed")
    desk.run()
    assert (desk.case().state, desk.timers()) == ("closed", {})
    drag(officer, "Closed", "INBOX")
    desk.run()
    assert desk.case().state == "open"
    assert desk.lies() == {"Enquiries/Critical": 1}
    assert [act for _, _, act in desk.orders()] == ["pause", "relabel", "close", "resume"]
    assert verify(desk.world.context, deep=True, offline=False).gaps == []
    assert verify(desk.world.context, deep=True, offline=False).notes == []


def test_a_client_that_copies_and_marks_deleted(desk: Desk, officer: imapclient.IMAPClient) -> None:
    """How clients move without MOVE; some never expunge (RFC 3501)."""
    desk.arrives(URGENT)
    officer.select_folder("Enquiries/Urgent")
    uids = officer.search()
    officer.copy(uids, "Waiting")
    desk.run()
    assert (desk.case().state, desk.orders()) == ("open", []), "until it is gone from there, it is a copy"
    officer.delete_messages(uids)
    desk.run()
    assert desk.case().state == "waiting"
    officer.expunge()
    desk.run()
    assert desk.orders() == [("Enquiries/Urgent", "Waiting", "pause")]
    assert desk.told() == []


def test_a_deleted_mail_that_is_undeleted(desk: Desk, officer: imapclient.IMAPClient) -> None:
    desk.arrives(URGENT)
    officer.select_folder("Enquiries/Urgent")
    officer.delete_messages(officer.search())
    desk.run()
    assert desk.told() == ["A message of an open case was taken away"]
    officer.remove_flags(officer.search(), [imapclient.DELETED])
    desk.run()
    assert (desk.case().state, desk.orders()) == ("open", [])
    drag(officer, "Enquiries/Urgent", "Closed")
    desk.run()
    assert desk.case().state == "closed"


def test_reading_and_flagging_changes_nothing(desk: Desk, officer: imapclient.IMAPClient, post: RealPost) -> None:
    desk.arrives(URGENT)
    officer.select_folder("Enquiries/Urgent")
    uids = officer.search()
    before = desk.rows(select(sightings)), desk.rows(select(cases)), desk.rows(select(effects))
    for flag in (imapclient.SEEN, imapclient.FLAGGED, imapclient.ANSWERED, b"$Important"):
        officer.add_flags(uids, [flag])
        officer.fetch(uids, ["BODY[]"])
        desk.run()
    assert (desk.rows(select(sightings)), desk.rows(select(cases)), desk.rows(select(effects))) == before
    assert {"\\Seen", "\\Flagged", "\\Answered"} <= post.dovecot.flags(uids[0], "Enquiries/Urgent", user=post.user)
    drag(officer, "Enquiries/Urgent", "Waiting")
    desk.run()
    drag(officer, "Waiting", "Closed")
    desk.run()
    uid, = post.dovecot.uids("Closed", user=post.user)
    assert {"\\Seen", "\\Flagged"} <= post.dovecot.flags(uid, "Closed", user=post.user), "theirs to set, and kept"


def test_our_look_leaves_mail_unread(desk: Desk, post: RealPost, officer: imapclient.IMAPClient) -> None:
    desk.arrives(URGENT)
    drag(officer, "Enquiries/Urgent", "Waiting")
    desk.run()
    uid, = post.dovecot.uids("Waiting", user=post.user)
    assert "\\Seen" not in post.dovecot.flags(uid, "Waiting", user=post.user)


@pytest.mark.parametrize("folder", ["Enquiries/Urgent", "Waiting"])
def test_renumbered_by_the_server(
    desk: Desk, post: RealPost, officer: imapclient.IMAPClient, folder: str
) -> None:
    desk.arrives(URGENT)
    if folder == "Waiting":
        drag(officer, "Enquiries/Urgent", "Waiting")
        desk.run()
    orders = desk.orders()
    officer.logout()
    renumber(desk, post, folder)
    desk.run()
    assert "mailbox.renumbered" in desk.world.log.getvalue()
    assert (desk.orders(), desk.told(), desk.lies()) == (orders, [], {folder: 1})
    with post.dovecot.client(post.user) as again:
        drag(again, folder, "Closed")
    desk.run()
    assert desk.case().state == "closed"


def test_answering_moving_and_working_at_the_same_time(
    desk: Desk, officer: imapclient.IMAPClient, post: RealPost
) -> None:
    """Thirty mails come, while a person moves, flags and answers at random; nothing is lost, nothing happens twice."""
    chance = random.Random(20261103)
    names = ["Enquiries/Urgent", "Enquiries/Critical", "Enquiries/Complex", "Waiting", "Closed", "INBOX"]
    stop, problems = threading.Event(), []
    answered: set[str] = set()

    def officer_at_work() -> None:
        try:
            with post.dovecot.client(post.user) as client:
                while not stop.is_set():
                    source, target = chance.sample(names, 2)
                    if source == "INBOX":
                        continue  # what is in there may be not ours yet: that is another test
                    client.select_folder(source)
                    uids = client.search()
                    if uids:
                        uid = chance.choice(uids)
                        client.add_flags([uid], [chance.choice([imapclient.SEEN, imapclient.FLAGGED])])
                        client.move([uid], target)
                    time.sleep(0.02)
        except Exception as error:
            problems.append(error)

    person = threading.Thread(target=officer_at_work)
    person.start()
    try:
        for number in range(30):
            text = f"{CRITICAL if number % 3 == 0 else URGENT} Number {number}."
            mail = letter(f"Constituent {number}", f"{text}\n", message_id=f"<busy-{number}@parl.example>")
            desk.world.deliver(in_bytes(mail), TUESDAY + timedelta(seconds=number))
            desk.round()
            if number % 10 == 9:
                reference = str(desk.case().reference)
                reply = letter(f"Re: Constituent {reference}", "We called.\n", sender="mcmps-cmds@ircc.example")
                post.deliver(in_bytes(reply), TUESDAY + timedelta(seconds=number), "Sent")
                answered.add(reference)
    finally:
        stop.set()
        person.join(10)
    assert problems == []
    desk.run()
    desk.restart()
    desk.run()
    assert desk.rows(select(func.count()).select_from(cases)) == [(30,)]
    assert desk.to_sender() == 30, "one acknowledgement each"
    lying = desk.lies()
    from inboxd.tables import events
    for row in desk.rows(select(sightings).where(sightings.c.folder_now == "INBOX")):
        print("SIGHTING", row.id, row.mail_id, row.uid_now, desk.mail(row.mail_id).place, desk.mail(row.mail_id).state)
        for s in desk.rows(select(sightings).where(sightings.c.mail_id == row.mail_id)): print("   s", s.id, s.folder, s.uid, "->", s.folder_now, s.uid_now)
        for e in desk.rows(select(events).where(events.c.mail_id == row.mail_id).order_by(events.c.id)): print("   ", e.id, e.event, e.detail)
        for e in desk.rows(select(effects).where(effects.c.mail_id == row.mail_id).order_by(effects.c.id)): print("   ", e.id, e.key, e.kind, e.state, e.payload.get("place"), e.payload.get("sighting"), e.answer)
    assert sum(count for folder, count in lying.items() if folder != "Sent") == 30
    assert "INBOX" not in lying
    assert {row.state for row in desk.rows(select(mails.c.state))} == {"done"}
    assert desk.told().count("A message of an open case was taken away") == 0
    result = verify(desk.world.context, deep=True, offline=False)
    assert (result.gaps, result.notes) == ([], [])
    agree(desk)
    for reference in answered:
        assert desk.case(reference).state in ("answered", "closed")
        assert desk.case(reference).answered_at is not None


def agree(desk: Desk) -> None:
    """What lies in a folder and how its case stands say the same, for every mail."""
    lying = select(mails.c.id, mails.c.place, sightings.c.folder_now).join(
        sightings, sightings.c.mail_id == mails.c.id)  # fmt: skip
    places = desk.rows(lying.where(sightings.c.uid_now > 0, mails.c.place != "stay"))
    settings = desk.world.context.settings
    assert [row for row in places if settings.folder(row.place) != row.folder_now] == []
    for case in desk.rows(select(cases)):
        place = desk.mail(case.mail_id).place
        if case.state in ("waiting", "closed"):
            assert place == case.state
        elif case.state == "open":
            assert place == case.category


def test_settings_name_the_folders(tmp_path: Path, sqlite: Rows, post: RealPost) -> None:
    sections = {**ALONE, "folders": 'waiting = "Équipe/En attente"\nclosed = "Équipe/Terminé"'}
    with open_desk(tmp_path, post, sqlite, sections) as desk, post.dovecot.client(post.user) as client:
        desk.arrives(URGENT)
        drag(client, "Enquiries/Urgent", "Équipe/En attente")
        desk.run()
        assert desk.case().state == "waiting"
        drag(client, "Équipe/En attente", "Équipe/Terminé")
        desk.run()
        assert desk.case().state == "closed"
