"""Folders and moving mail on a real Dovecot: made once, moved once, and the new places told."""

from __future__ import annotations

from inboxd.mailbox import ImapMailbox
from tests.doors.letters import letter
from tests.servers import Dovecot


def test_a_folder_is_made_and_subscribed_once(dovecot: Dovecot, user: str, mailbox: ImapMailbox) -> None:
    for _ in range(2):
        mailbox.ensure_folder("Enquiries/Not met")
        mailbox.ensure_folder("Réponses/À vérifier & classer")
    assert {"Enquiries/Not met", "Réponses/À vérifier & classer"} <= set(dovecot.folders(user=user))
    assert {"Enquiries/Not met", "Réponses/À vérifier & classer"} <= set(dovecot.subscribed(user=user))


def test_moving_tells_the_new_uids(dovecot: Dovecot, user: str, mailbox: ImapMailbox) -> None:
    for number in range(1, 6):
        dovecot.deliver(letter(number), user=user)
    dovecot.deliver(letter(100), "Documents/Filed", user=user)
    assert dovecot.uids("Documents/Filed", user=user) == [1]
    mailbox.open("INBOX")
    moved = mailbox.move([5, 2, 3], "Documents/Filed")
    assert mailbox.uids() == [1, 4]
    there = mailbox.open("Documents/Filed")
    assert moved == {2: (there.uidvalidity, 2), 3: (there.uidvalidity, 3), 5: (there.uidvalidity, 4)}
    assert dovecot.messages("Documents/Filed", user=user) == [letter(n) for n in (100, 2, 3, 5)]


def test_moving_makes_the_folder_if_it_is_missing(dovecot: Dovecot, user: str, mailbox: ImapMailbox) -> None:
    dovecot.deliver(letter(), user=user)
    mailbox.open("INBOX")
    assert list(mailbox.move([1], "Enquiries/Critical")) == [1]
    assert dovecot.messages("Enquiries/Critical", user=user) == [letter()]
    assert "Enquiries/Critical" in dovecot.subscribed(user=user)


def test_moving_again_changes_nothing(dovecot: Dovecot, user: str, mailbox: ImapMailbox) -> None:
    dovecot.deliver(letter(1), user=user)
    dovecot.deliver(letter(2), user=user)
    mailbox.open("INBOX")
    mailbox.move([1], "Held")
    assert mailbox.move([1], "Held") == {}
    assert list(mailbox.move([1, 2, 77], "Held")) == [2]
    assert dovecot.messages("Held", user=user) == [letter(1), letter(2)]
    assert mailbox.move([], "Held") == {}


def test_moving_many_goes_in_batches(dovecot: Dovecot, user: str, mailbox: ImapMailbox) -> None:
    for number in range(450):
        dovecot.deliver(letter(number), user=user)
    state = mailbox.open("INBOX")
    moved = mailbox.move(list(range(1, state.uidnext)), "Automatic")
    assert list(moved) == list(range(1, 451))
    assert len({new for _, new in moved.values()}) == 450
    assert mailbox.uids() == []
