"""Listing and fetching mail from a server that misbehaves as real ones were seen to: no wrong, cut or invented mail."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from inboxd.mail import Fetched
from inboxd.mailbox import ImapMailbox, MessageInfo
from tests.doors.conftest import Connect
from tests.doors.scripted_imap import TAG, Piece, ScriptedImap, quick_to_fail

ARRIVED = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


def info(uid: int, size: int = 5) -> MessageInfo:
    return MessageInfo(uid=uid, size=size, arrived_at=ARRIVED)


def body(uid: int, text: bytes, *, item: bytes = b"BODY[]") -> bytes:
    return b"* %d FETCH (UID %d %s {%d}\r\n%s)\r\n" % (uid, uid, item, len(text), text)


def fetch(mailbox: ImapMailbox, *infos: MessageInfo) -> tuple[list[Fetched], dict[int, str]]:
    reported: dict[int, str] = {}

    def unfetchable(info: MessageInfo, why: str) -> None:
        assert info.uid not in reported, "reported twice"
        reported[info.uid] = why

    return list(mailbox.fetch(infos, unfetchable)), reported


def test_a_message_without_text_in_the_answer_is_asked_for_alone_and_given_up_after_three_readings(
    connect: Connect,
) -> None:
    with ScriptedImap() as server:
        server.on("UID FETCH", body(1, b"one\r\n") + b"* 2 FETCH (UID 2 FLAGS ())\r\n" + TAG + b" OK done\r\n")
        server.always("UID SEARCH", b"* SEARCH 2\r\n" + TAG + b" OK done\r\n")
        server.always("UID FETCH", b"* 2 FETCH (UID 2 BODY[] NIL)\r\n" + TAG + b" OK done\r\n")
        mailbox = connect(server, give_up_seconds=0)
        mails, reported = fetch(mailbox, info(1), info(2))
        assert [(mail.uid, mail.raw) for mail in mails] == [(1, b"one\r\n")]
        assert reported == {}
        assert fetch(mailbox, info(2)) == ([], {})
        assert fetch(mailbox, info(2)) == ([], {2: "the server lists this message and gives no text for it"})
        assert [line.split()[2] for line in server.sent("UID FETCH")] == [b"1,2", b"2", b"2", b"2"]


def test_a_message_that_is_announced_before_it_can_be_had_is_taken_when_it_can(connect: Connect) -> None:
    with ScriptedImap() as server:
        server.on("UID FETCH", TAG + b" OK done\r\n")
        server.on("UID FETCH", b"* 1 FETCH (UID 1 BODY[] NIL)\r\n" + TAG + b" OK done\r\n")
        server.always("UID SEARCH", b"* SEARCH 1\r\n" + TAG + b" OK done\r\n")
        mailbox = connect(server)
        assert fetch(mailbox, info(1)) == ([], {})
        assert fetch(mailbox, info(1)) == ([], {})
        server.on("UID FETCH", body(1, b"one\r\n") + TAG + b" OK done\r\n")
        mails, reported = fetch(mailbox, info(1))
        assert ([mail.raw for mail in mails], reported) == ([b"one\r\n"], {})


def test_three_readings_within_a_moment_give_nothing_up(connect: Connect) -> None:
    with ScriptedImap() as server:
        server.always("UID FETCH", b"* 1 FETCH (UID 1 BODY[] NIL)\r\n" + TAG + b" OK done\r\n")
        server.always("UID SEARCH", b"* SEARCH 1\r\n" + TAG + b" OK done\r\n")
        mailbox = connect(server, give_up_seconds=120)
        assert [fetch(mailbox, info(1)) for _ in range(20)] == [([], {})] * 20


def test_an_empty_text_for_a_message_with_a_size_is_not_taken_for_a_mail(connect: Connect) -> None:
    with ScriptedImap() as server:
        server.always("UID FETCH", b'* 1 FETCH (UID 1 BODY[] "")\r\n' + TAG + b" OK done\r\n")
        server.always("UID SEARCH", b"* SEARCH 1\r\n" + TAG + b" OK done\r\n")
        mailbox = connect(server, give_up_seconds=0)
        found = [fetch(mailbox, info(1)) for _ in range(3)]
        assert [mails for mails, _ in found] == [[], [], []]
        assert [list(reported) for _, reported in found] == [[], [], [1]]


def test_a_message_gone_meanwhile_is_not_reported(connect: Connect) -> None:
    with ScriptedImap() as server:
        server.on("UID FETCH", body(1, b"one\r\n") + TAG + b" OK done\r\n")
        server.on("UID SEARCH", b"* SEARCH\r\n" + TAG + b" OK done\r\n")
        mails, reported = fetch(connect(server), info(1), info(2))
        assert [mail.uid for mail in mails] == [1]
        assert reported == {}


def test_one_bad_message_does_not_hold_up_the_next(connect: Connect) -> None:
    with ScriptedImap() as server:
        server.on("UID FETCH", TAG + b" NO [SERVERBUG] cannot read message of alice@mp.example\r\n")
        server.on("UID FETCH", body(1, b"one\r\n") + TAG + b" OK done\r\n")
        server.on("UID FETCH", TAG + b" NO [SERVERBUG] cannot read message of alice@mp.example\r\n")
        server.always("UID SEARCH", b"* SEARCH 2\r\n" + TAG + b" OK done\r\n")
        server.on("UID FETCH", body(3, b"three\r\n") + TAG + b" OK done\r\n")
        server.always("UID FETCH", TAG + b" NO [SERVERBUG] cannot read message of alice@mp.example\r\n")
        mailbox = connect(server, give_up_seconds=0)
        mails, reported = fetch(mailbox, info(1), info(2), info(3))
        assert [mail.raw for mail in mails] == [b"one\r\n", b"three\r\n"]
        assert reported == {}
        fetch(mailbox, info(2))
        _, reported = fetch(mailbox, info(2))
        assert reported == {
            2: "cannot fetch mail: the server answered: fetch failed: [SERVERBUG] cannot read message of <address>"
        }


@pytest.mark.parametrize(
    "answer",
    [
        b"* 1 FETCH (UID 1 BODY[] {5}\r\none\r\n UID\r\n" + TAG + b" OK done\r\n",
        b"* 1 FETCH (UID x BODY[] {5}\r\none\r\n)\r\n" + TAG + b" OK done\r\n",
        b"* 1 FETCH NIL\r\n" + TAG + b" OK done\r\n",
    ],
)
def test_an_answer_that_makes_no_sense_is_asked_for_again_one_by_one(connect: Connect, answer: bytes) -> None:
    with ScriptedImap() as server:
        server.on("UID FETCH", answer)
        server.on("UID FETCH", body(1, b"one\r\n") + TAG + b" OK done\r\n")
        server.on("UID FETCH", body(2, b"two\r\n") + TAG + b" OK done\r\n")
        mails, reported = fetch(connect(server), info(1), info(2))
        assert [mail.uid for mail in mails] == [1, 2]
        assert reported == {}


def test_news_of_other_messages_amid_an_answer_are_no_mail(connect: Connect) -> None:
    with ScriptedImap() as server:
        server.on(
            "UID FETCH",
            b"* 1 FETCH (FLAGS (\\Seen))\r\n* 9 EXISTS\r\n" + body(5, b"five\r\n")
            + b"* 7 FETCH (UID 7 FLAGS (\\Seen))\r\n* 1 FETCH (FLAGS ())\r\n" + TAG + b" OK done\r\n",
        )
        server.always("UID SEARCH", b"* SEARCH\r\n" + TAG + b" OK done\r\n")
        mails, reported = fetch(connect(server), info(1), info(5), info(7))
        assert [(mail.uid, mail.raw) for mail in mails] == [(5, b"five\r\n")]
        assert reported == {}


def test_a_message_that_breaks_the_connection_comes_last_and_is_given_up(connect: Connect) -> None:
    got: list[int] = []
    reported: dict[int, str] = {}

    def unfetchable(info: MessageInfo, why: str) -> None:
        reported[info.uid] = why

    def take(mailbox: ImapMailbox, *infos: MessageInfo) -> None:
        if not mailbox.connected:
            mailbox.connect()
            mailbox.open("INBOX")
        got.extend(mail.uid for mail in mailbox.fetch(infos, unfetchable))

    with ScriptedImap() as server:
        mailbox = connect(server)
        server.on("UID FETCH", None)
        quick_to_fail(lambda: take(mailbox, info(1), info(2)))
        server.on("UID FETCH", body(3, b"three\r\n") + TAG + b" OK done\r\n")
        server.on("UID FETCH", None)
        quick_to_fail(lambda: take(mailbox, info(1), info(2), info(3)))
        assert got == [3]
        server.on("UID FETCH", body(2, b"two\r\n") + TAG + b" OK done\r\n")
        server.on("UID FETCH", None)
        quick_to_fail(lambda: take(mailbox, info(1), info(2)))
        assert got == [3, 2]
        take(mailbox, info(1))
        assert got == [3, 2]
        assert reported == {1: "the connection breaks whenever this message is asked for"}
        assert [line.split()[2] for line in server.sent("UID FETCH")] == [b"1,2", b"3", b"1", b"2", b"1"]


@pytest.mark.parametrize(
    "answer",
    [
        (b"* 1 FETCH (UID 1 BODY[] {500}\r\nhalf of it", None),
        (b"* 1 FETCH (UID 1 BODY[] {500}\r\nhalf of it", 3.0),
        (b"* BYE too many\r\n", None),
        (3.0,),
        (b"* 1 FETCH (UID 1 BODY[] {5}\r\none\r\n)\r\n", None),
        (b"nonsense\r\n",),
        (b"* SEARCH " + b"1 " * 600_000 + b"\r\n" + TAG + b" OK done\r\n",),
    ],
    ids=["cut", "stalled", "bye", "silent", "no-end", "nonsense", "line-over-a-million"],
)
def test_a_broken_answer_gives_no_mail_and_means_connect_again(connect: Connect, answer: tuple[Piece, ...]) -> None:
    with ScriptedImap() as server:
        server.on("UID FETCH", *answer)
        mailbox = connect(server)
        said = quick_to_fail(lambda: fetch(mailbox, info(1)))
        assert "half of it" not in said
        assert "nonsense" not in said
        assert not mailbox.connected


PART = 256 * 1024


def part(offset: int, text: bytes, size: int = PART) -> tuple[str, bytes]:
    return f"{offset}.{size}", body(1, text, item=b"BODY[]<%d>" % offset) + TAG + b" OK done\r\n"


def test_a_size_that_is_only_an_estimate_cuts_no_mail(connect: Connect) -> None:
    whole = bytes(range(256)) * (PART // 128) + b"the end"
    for claimed in (len(whole) - 5000, len(whole) + 5000, PART + 1):
        with ScriptedImap() as server:
            for offset in (0, PART, 2 * PART, len(whole)):
                server.on("UID FETCH", part(offset, whole[offset:offset + PART])[1])
            mailbox = connect(server, stream_above_bytes=1000)
            [mail], reported = fetch(mailbox, info(1, claimed))
            assert mail.spool is not None
            assert mail.spool.read_bytes() == whole
            assert mail.size == len(whole)
            assert reported == {}


def test_parts_shorter_than_asked_for_are_no_end(connect: Connect) -> None:
    whole = bytes(range(256)) * (PART // 128)
    with ScriptedImap() as server:
        for offset in range(0, len(whole) + 1, PART // 2):
            server.on("UID FETCH", part(offset, whole[offset:offset + PART // 2])[1])
        [mail], reported = fetch(connect(server, stream_above_bytes=1000), info(1, len(whole)))
        assert mail.spool is not None
        assert mail.spool.read_bytes() == whole
        assert reported == {}


def test_a_server_that_sends_parts_without_end_is_stopped(connect: Connect, tmp_path: Path) -> None:
    with ScriptedImap() as server:
        for offset in [*range(0, 6 * PART, PART)] * 3:
            server.on("UID FETCH", part(offset, b"x" * PART)[1])
        server.always("UID SEARCH", b"* SEARCH 1\r\n" + TAG + b" OK done\r\n")
        mailbox = connect(server, stream_above_bytes=1000, give_up_seconds=0)
        found = [fetch(mailbox, info(1, 2 * PART)) for _ in range(3)]
        assert [mails for mails, _ in found] == [[], [], []]
        assert [bool(reported) for _, reported in found] == [False, False, True]
        assert "far more text" in found[2][1][1]
        assert list((tmp_path / "spool").iterdir()) == []
        assert len(server.sent("UID FETCH")) == 18


def test_a_connection_cut_amid_a_large_mail_leaves_no_rest(connect: Connect, tmp_path: Path) -> None:
    with ScriptedImap() as server:
        server.on("UID FETCH", part(0, b"x" * PART)[1])
        server.on("UID FETCH", b"* 1 FETCH (UID 1 BODY[]<%d> {%d}\r\nxxx" % (PART, PART), None)
        mailbox = connect(server, stream_above_bytes=1000)
        quick_to_fail(lambda: fetch(mailbox, info(1, 2 * PART)))
        assert list((tmp_path / "spool").iterdir()) == []


def test_a_message_whose_size_cannot_be_read_is_still_listed(connect: Connect) -> None:
    with ScriptedImap() as server:
        server.on("UID FETCH", TAG + b" NO cannot\r\n")
        server.on("UID FETCH", b"* 1 FETCH (UID 1 RFC822.SIZE 10)\r\n" + TAG + b" OK done\r\n")
        server.on("UID FETCH", TAG + b" NO cannot\r\n")
        mailbox = connect(server)
        before = datetime.now(UTC)
        first, second = mailbox.sizes([1, 2])
        assert (first.uid, first.size, second.uid, second.size) == (1, 10, 2, 0)
        assert before <= first.arrived_at <= datetime.now(UTC)


def test_arrival_is_read_in_any_zone(connect: Connect) -> None:
    with ScriptedImap() as server:
        server.on(
            "UID FETCH",
            b'* 1 FETCH (UID 1 RFC822.SIZE 10 INTERNALDATE " 8-Mar-2026 01:59:59 -0500")\r\n' + TAG + b" OK done\r\n",
        )
        assert connect(server).sizes([1])[0].arrived_at == datetime(2026, 3, 8, 6, 59, 59, tzinfo=UTC)


def test_a_search_that_answers_the_newest_is_filtered(connect: Connect) -> None:
    with ScriptedImap() as server:
        server.on("UID SEARCH", b"* SEARCH 41 7 9\r\n" + TAG + b" OK done\r\n")
        assert connect(server).uids_from(9) == [9, 41]


def test_a_very_full_folder_is_listed_in_pieces(connect: Connect) -> None:
    with ScriptedImap(exists=150_000) as server:
        server.on(
            "SELECT",
            b"* 150000 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n* OK [UIDNEXT 120001] ok\r\n" + TAG + b" OK done\r\n",
        )
        for first in (1, 50_001, 100_001):
            found = b" ".join(b"%d" % uid for uid in range(first, min(first + 50_000, 120_001)))
            server.on("UID SEARCH", b"* SEARCH " + found + b"\r\n" + TAG + b" OK done\r\n")
        server.on("UID SEARCH", b"* SEARCH 120000 120001\r\n" + TAG + b" OK done\r\n")
        assert connect(server).uids() == list(range(1, 120_002))
