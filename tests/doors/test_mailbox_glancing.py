"""A look at folders on a real Dovecot, and at servers that cannot do everything: numbers, headers, presence."""

from __future__ import annotations

import pytest

from inboxd.errors import Permanent, Transient
from inboxd.mailbox import ImapMailbox
from tests.doors.conftest import Connect
from tests.doors.letters import letter
from tests.doors.scripted_imap import TAG, ScriptedImap
from tests.servers import Dovecot

DONE = TAG + b" OK done\r\n"


def nobody(folder: str, why: str) -> None:
    raise AssertionError(f"{folder}: {why}")


def test_missing_folders_are_made_and_nothing_is_opened(dovecot: Dovecot, user: str, mailbox: ImapMailbox) -> None:
    dovecot.deliver(letter(1), user=user)
    dovecot.deliver(letter(2), "Waiting", user=user)
    inbox = mailbox.open("INBOX")
    found = mailbox.glances(["Waiting", "Documents/Release", "Équipe"], nobody)
    assert [(glance.folder, glance.exists, glance.uidnext) for glance in found] == [
        ("Waiting", 1, 2), ("Documents/Release", 0, 1), ("Équipe", 0, 1)]  # fmt: skip
    assert all(glance.uidvalidity and glance.modseq for glance in found)
    assert {"Documents/Release", "Équipe"} <= set(dovecot.subscribed(user=user))
    assert mailbox.uids() == [1], "the inbox is the open folder still"
    assert mailbox.glances(["Waiting"], nobody) == found[:1], "looking changes nothing"
    assert mailbox.open("Waiting").uidvalidity == found[0].uidvalidity != 0
    assert inbox.uidvalidity


def test_numbers_change_with_mail_and_with_flags(dovecot: Dovecot, user: str, mailbox: ImapMailbox) -> None:
    dovecot.deliver(letter(1), "Waiting", user=user)
    seen = mailbox.glances(["Waiting"], nobody)
    with dovecot.client(user) as client:
        client.select_folder("Waiting")
        client.add_flags([1], [b"\\Deleted"])
        flagged = mailbox.glances(["Waiting"], nobody)
        client.expunge()
    gone = mailbox.glances(["Waiting"], nobody)
    assert len({seen[0], flagged[0], gone[0]}) == 3
    assert (flagged[0].exists, gone[0].exists) == (1, 0)


def test_headers_and_sizes_without_marking_anything_read(dovecot: Dovecot, user: str, mailbox: ImapMailbox) -> None:
    for number in range(1, 91):
        dovecot.deliver(letter(number), user=user)
    mailbox.open("INBOX")
    found = mailbox.identities([90, 2, 77, 500])
    assert [identity.uid for identity in found] == [2, 77, 90]
    for identity in found:
        raw = letter(identity.uid)
        assert identity.size == len(raw)
        assert raw.startswith(identity.header)
        assert identity.header.endswith(b"\r\n\r\n")
    assert len(mailbox.identities(list(range(1, 91)))) == 90
    assert dovecot.flags(2, user=user) <= {"\\Recent"}


def test_what_is_still_there(dovecot: Dovecot, user: str, mailbox: ImapMailbox) -> None:
    for number in range(1, 4):
        dovecot.deliver(letter(number), user=user)
    mailbox.open("INBOX")
    with dovecot.client(user) as client:
        client.select_folder("INBOX")
        client.add_flags([2], [b"\\Deleted"])
    assert mailbox.present([3, 1, 2, 9]) == [1, 3]
    assert mailbox.present([]) == []


def test_without_condstore_it_asks_for_what_there_is(connect: Connect) -> None:
    with ScriptedImap() as server:
        server.on("STATUS", b'* STATUS "Held" (UIDVALIDITY 7 UIDNEXT 12 MESSAGES 3)\r\n' + DONE)
        glance, = connect(server).glances(["Held"], nobody)
        assert (glance.uidvalidity, glance.uidnext, glance.exists, glance.modseq) == (7, 12, 3, 0)
        assert b"HIGHESTMODSEQ" not in server.sent("STATUS")[0]


def test_a_folder_that_cannot_be_had_is_told_of_and_the_others_are_looked_at(connect: Connect) -> None:
    with ScriptedImap() as server:
        no = TAG + b" NO [NOPERM] not yours\r\n"
        server.on("STATUS", no)
        server.on("CREATE", no)
        server.on("STATUS", b'* STATUS "Held" (UIDVALIDITY 7 UIDNEXT 12 MESSAGES 3)\r\n' + DONE)
        told: list[str] = []
        found = connect(server).glances(["Closed", "Held"], lambda folder, why: told.append(folder))
        assert ([glance.folder for glance in found], told) == (["Held"], ["Closed"])


def test_a_server_that_asks_to_wait_is_no_missing_folder(connect: Connect) -> None:
    with ScriptedImap() as server:
        server.on("STATUS", TAG + b" NO [UNAVAILABLE] try later\r\n")
        with pytest.raises(Transient):
            connect(server).glances(["Held"], nobody)
        assert server.sent("CREATE") == []


def test_one_mail_that_cannot_be_had_does_not_hide_the_others(connect: Connect) -> None:
    with ScriptedImap() as server:
        no = TAG + b" NO cannot\r\n"
        server.on("UID FETCH", no)
        server.on("UID FETCH", no)
        server.on("UID FETCH", b'* 2 FETCH (UID 2 RFC822.SIZE 9 BODY[HEADER]<0> "Subject: x\\r\\n")\r\n' + DONE)
        broken, whole = connect(server).identities([1, 2])
        assert (broken.uid, broken.header, whole.uid, whole.size) == (1, b"", 2, 9)


def test_after_a_lost_connection_it_says_so(mailbox: ImapMailbox) -> None:
    mailbox.close()
    with pytest.raises(Transient):
        mailbox.glances(["Held"], nobody)
    with pytest.raises((Transient, Permanent)):
        mailbox.identities([1])


def test_a_mail_is_found_by_its_whole_identifier(dovecot: Dovecot, user: str, mailbox: ImapMailbox) -> None:
    """Where a copy of a mail of ours may lie; nothing is opened for writing, and nothing is marked as read."""
    raw = b"From: a@x.example\r\nMessage-ID:\r\n <inboxd.0a1b@x.example>\r\nSubject: x\r\n\r\nText\r\n"
    dovecot.deliver(raw, "Waiting", user=user)
    dovecot.deliver(b"From: a@x.example\r\nReferences: <inboxd.ffff@x.example>\r\n\r\nText\r\n", "Waiting", user=user)
    mailbox.open("Waiting")
    assert mailbox.holds("<inboxd.0a1b@x.example>")
    assert not mailbox.holds("<inboxd.0a1@x.example>")
    assert not mailbox.holds("<inboxd.ffff@x.example>"), "a mail that names it is no copy of it"
    with dovecot.client(user) as client:
        client.select_folder("Waiting")
        assert b"\\Seen" not in client.get_flags([1])[1]
    mailbox.open("INBOX")
    assert not mailbox.holds("<inboxd.0a1b@x.example>")
