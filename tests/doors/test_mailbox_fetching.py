"""Listing and fetching mail from a real Dovecot: every mail once, its bytes as they are, large ones into a file."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from inboxd.errors import Permanent, Transient
from inboxd.mailbox import FolderState, ImapMailbox, MessageInfo
from tests.doors.conftest import MakeMailbox
from tests.doors.letters import Unfetchable, everything, letter
from tests.servers import Dovecot

# Listing


def test_open_tells_the_state_of_the_folder(dovecot: Dovecot, user: str, mailbox: ImapMailbox) -> None:
    dovecot.deliver(letter(1), user=user)
    dovecot.deliver(letter(2), user=user)
    state = mailbox.open("INBOX")
    assert state == FolderState(folder="INBOX", uidvalidity=state.uidvalidity, uidnext=3, exists=2)
    assert state.uidvalidity > 0


def test_a_folder_that_is_not_there_cannot_be_opened(mailbox: ImapMailbox) -> None:
    with pytest.raises(Permanent, match="cannot open folder 'Nowhere'"):
        mailbox.open("Nowhere")
    assert mailbox.connected
    with pytest.raises(RuntimeError):
        mailbox.uids()


def test_mails_marked_deleted_are_not_listed(dovecot: Dovecot, user: str, mailbox: ImapMailbox) -> None:
    for number in range(3):
        dovecot.deliver(letter(number), user=user)
    with dovecot.client(user) as client:
        client.select_folder("INBOX")
        client.delete_messages([2])
    mailbox.open("INBOX")
    assert mailbox.uids() == [1, 3]


def test_the_newest_mail_is_not_listed_again_when_nothing_is_newer(
    dovecot: Dovecot, user: str, mailbox: ImapMailbox
) -> None:
    for number in range(3):
        dovecot.deliver(letter(number), user=user)
    state = mailbox.open("INBOX")
    assert mailbox.uids_from(2) == [2, 3]
    assert mailbox.uids_from(state.uidnext) == []
    dovecot.deliver(letter(4), user=user)
    assert mailbox.uids_from(state.uidnext) == [4]


def test_sizes_and_arrival_are_the_servers(dovecot: Dovecot, user: str, mailbox: ImapMailbox) -> None:
    arrived = datetime(2026, 3, 8, 6, 59, 59, tzinfo=UTC)
    dovecot.deliver(letter(), user=user, at=arrived)
    mailbox.open("INBOX")
    assert mailbox.sizes([1, 99]) == [MessageInfo(uid=1, size=len(letter()), arrived_at=arrived)]
    assert mailbox.sizes([1])[0].arrived_at.tzinfo is UTC
    [mail] = everything(mailbox)
    assert mail.arrived_at == arrived


# Fetching


def test_fetching_changes_no_flag(dovecot: Dovecot, user: str, mailbox: ImapMailbox) -> None:
    dovecot.deliver(letter(), user=user)
    mailbox.open("INBOX")
    everything(mailbox)
    assert "\\Seen" not in dovecot.flags(1, user=user)


@pytest.mark.parametrize(
    "raw",
    [
        b"Subject: no body\r\n\r\n",
        b"no header at all\r\n",
        b"Subject: eight bit \xe9\xff\r\n\r\n\xc3\xa9\x80\r\n",
        b"Subject: ) {5}\r\n\r\n* 1 FETCH (UID 9 BODY[] {3}\r\nabc)\r\nA1 OK done\r\n",
        b"Subject: quotes \"\\\"\r\n\r\n\" \\ NIL\r\n",
        b"Subject: long line\r\n\r\n" + b"x" * 1_200_000 + b"\r\n",
    ],
    ids=["no-body", "no-header", "eight-bit", "looks-like-imap", "quotes", "line-over-a-million"],
)
def test_the_bytes_come_as_they_are(dovecot: Dovecot, user: str, mailbox: ImapMailbox, raw: bytes) -> None:
    dovecot.deliver(raw, user=user)
    dovecot.deliver(letter(2), user=user)
    mailbox.open("INBOX")
    assert [mail.raw for mail in everything(mailbox)] == [raw, letter(2)]


class CountingFetches:
    """Counts FETCH commands for text that reach the server and notes how many mails each asked for."""

    def __init__(self, mailbox: ImapMailbox, monkeypatch: pytest.MonkeyPatch) -> None:
        self.batches: list[int] = []
        client = mailbox._client
        assert client is not None
        real = client.fetch

        def fetch(uids: list[int], items: list[str]) -> object:
            if any(item.startswith("BODY.PEEK[]") for item in items):
                self.batches.append(len(uids))
            return real(uids, items)

        monkeypatch.setattr(client, "fetch", fetch)


def test_batches_are_bounded_by_count(
    dovecot: Dovecot, user: str, make_mailbox: MakeMailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(7):
        dovecot.deliver(letter(number), user=user)
    mailbox = make_mailbox(batch_count=3)
    mailbox.connect()
    mailbox.open("INBOX")
    fetches = CountingFetches(mailbox, monkeypatch)
    assert [mail.raw for mail in everything(mailbox)] == [letter(number) for number in range(7)]
    assert fetches.batches == [3, 3, 1]


def test_batches_are_bounded_by_bytes(
    dovecot: Dovecot, user: str, make_mailbox: MakeMailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        dovecot.deliver(letter(number, size=40_000), user=user)
    mailbox = make_mailbox(batch_bytes=100_000)
    mailbox.connect()
    mailbox.open("INBOX")
    fetches = CountingFetches(mailbox, monkeypatch)
    assert len(everything(mailbox)) == 4
    assert fetches.batches == [2, 2]


def test_a_large_mail_goes_to_a_file_in_parts(
    dovecot: Dovecot, user: str, make_mailbox: MakeMailbox, spool: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = letter(2, size=12 * 1024 * 1024)
    for raw in (letter(1), large, letter(3)):
        dovecot.deliver(raw, user=user)
    mailbox = make_mailbox()
    mailbox.connect()
    mailbox.open("INBOX")
    fetches = CountingFetches(mailbox, monkeypatch)
    first, streamed, third = everything(mailbox)
    assert (first.raw, third.raw) == (letter(1), letter(3))
    assert streamed.raw is None
    assert streamed.spool is not None
    assert streamed.spool.parent == spool
    assert streamed.spool.read_bytes() == large
    assert streamed.size == len(large)
    assert fetches.batches == [1] * (1 + len(large) // (256 * 1024) + 1 + 1)


@pytest.mark.parametrize("size", [256 * 1024, 512 * 1024, 512 * 1024 + 1])
def test_a_streamed_mail_that_ends_with_a_part_is_whole(
    dovecot: Dovecot, user: str, make_mailbox: MakeMailbox, size: int
) -> None:
    raw = letter(size=size)[:size]
    dovecot.deliver(raw, user=user)
    mailbox = make_mailbox(stream_above_bytes=1000)
    mailbox.connect()
    mailbox.open("INBOX")
    [mail] = everything(mailbox)
    assert mail.spool is not None
    assert mail.spool.read_bytes() == raw


def test_a_full_disk_stops_a_large_mail_and_leaves_no_rest(
    dovecot: Dovecot, user: str, make_mailbox: MakeMailbox, spool: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dovecot.deliver(letter(size=600_000), user=user)
    mailbox = make_mailbox(stream_above_bytes=1000)
    mailbox.connect()
    mailbox.open("INBOX")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("inboxd.mailbox.fetching.os.fsync", full)
    with pytest.raises(Transient, match="spool: No space left"):
        everything(mailbox)
    assert list(spool.iterdir()) == []
    monkeypatch.undo()
    assert mailbox.connected
    assert len(everything(mailbox)) == 1


def test_a_mail_that_was_removed_after_the_search_is_left_out(
    dovecot: Dovecot, user: str, make_mailbox: MakeMailbox
) -> None:
    for number in range(1, 5):
        dovecot.deliver(letter(number, size=20_000 if number > 2 else 0), user=user)
    mailbox = make_mailbox(stream_above_bytes=10_000)
    mailbox.connect()
    mailbox.open("INBOX")
    infos = mailbox.sizes(mailbox.uids())
    with dovecot.client(user) as client:
        client.select_folder("INBOX")
        client.delete_messages([2, 3])
        client.expunge()
    reported = Unfetchable()
    assert [mail.uid for mail in mailbox.fetch(infos, reported)] == [1, 4]
    assert reported == []


def test_opening_another_folder_amid_a_fetch_is_a_bug_and_gives_no_wrong_mail(
    dovecot: Dovecot, user: str, make_mailbox: MakeMailbox
) -> None:
    for number in (1, 2):
        dovecot.deliver(letter(number), user=user)
    mailbox = make_mailbox(batch_count=1)
    mailbox.connect()
    mailbox.open("INBOX")
    mails = mailbox.fetch(mailbox.sizes(mailbox.uids()), Unfetchable())
    assert next(mails).raw == letter(1)
    mailbox.open("Sent")
    with pytest.raises(RuntimeError, match="another folder"):
        next(mails)


def test_the_header_alone(dovecot: Dovecot, user: str, mailbox: ImapMailbox) -> None:
    dovecot.deliver(letter(5, size=50_000), user=user)
    mailbox.open("INBOX")
    assert mailbox.header(1) == b"From: office@mp.example\r\nSubject: letter 5\r\n\r\n"
    with pytest.raises(Permanent, match="not in the folder"):
        mailbox.header(2)


def test_a_header_is_read_to_256_kib(dovecot: Dovecot, user: str, mailbox: ImapMailbox) -> None:
    dovecot.deliver(b"".join(b"X-%05d: %s\r\n" % (n, b"x" * 60) for n in range(10_000)) + b"\r\nbody\r\n", user=user)
    mailbox.open("INBOX")
    assert len(mailbox.header(1)) == 256 * 1024
