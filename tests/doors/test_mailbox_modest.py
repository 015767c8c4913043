"""The mailbox on a modest server, a Dovecot without MOVE and IDLE and with names of its own: slower, never wrong."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from inboxd.errors import Permanent
from tests.doors.conftest import MakeMailbox, never
from tests.doors.letters import letter
from tests.servers import Dovecot


@pytest.fixture(scope="module")
def modest() -> Iterator[Dovecot]:
    """A server without MOVE and IDLE, with another separator and a prefix."""
    with Dovecot(separator=".", prefix="INBOX.", extra="imap_capability = IMAP4rev1 NAMESPACE UIDPLUS") as server:
        yield server


def test_without_move_mails_are_copied_and_only_they_removed(modest: Dovecot, make_mailbox: MakeMailbox) -> None:
    user = modest.fresh_user()
    for number in range(1, 5):
        modest.deliver(letter(number), user=user)
    with modest.client(user) as client:
        client.select_folder("INBOX")
        client.delete_messages([4])
    mailbox = make_mailbox(server=modest, username=user)
    mailbox.connect()
    assert "MOVE" not in mailbox.capabilities()
    mailbox.open("INBOX")
    moved = mailbox.move([1, 3], "Documents/Failed")
    there = mailbox.open("Documents/Failed")
    assert moved == {1: (there.uidvalidity, 1), 3: (there.uidvalidity, 2)}
    assert modest.uids(user=user) == [2, 4], "somebody else's deletion must stay theirs"
    assert modest.messages("INBOX.Documents.Failed", user=user) == [letter(1), letter(3)]
    mailbox.open("INBOX")
    assert mailbox.move([1, 3], "Documents/Failed") == {}


def test_names_follow_the_servers_separator_and_prefix(modest: Dovecot, make_mailbox: MakeMailbox) -> None:
    user = modest.fresh_user()
    mailbox = make_mailbox(server=modest, username=user)
    mailbox.connect()
    mailbox.ensure_folder("Enquiries/À revoir")
    assert "INBOX.Enquiries.À revoir" in modest.folders(user=user)
    assert mailbox.open("Enquiries/À revoir").exists == 0
    assert mailbox.open("inbox").exists == 0
    assert mailbox.open("Sent").folder == "Sent"
    with pytest.raises(Permanent, match=r"separator '\.'"):
        mailbox.ensure_folder("Enquiries/No.5")


def test_without_idle_the_clock_is_waited_for(modest: Dovecot, make_mailbox: MakeMailbox) -> None:
    mailbox = make_mailbox(server=modest, username=modest.fresh_user())
    mailbox.connect()
    mailbox.open("INBOX")
    began = time.monotonic()
    assert mailbox.idle(0.7, never) is False
    assert 0.6 < time.monotonic() - began < 20
