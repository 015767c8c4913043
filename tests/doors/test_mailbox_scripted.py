"""The door to the mailbox against a server that misbehaves as real ones were seen to."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from inboxd.errors import Permanent, Transient
from inboxd.mail import Fetched
from inboxd.mailbox import ImapMailbox, MessageInfo
from inboxd.settings import MailboxSettings
from tests.doors.scripted_imap import TAG, Piece, ScriptedImap

Connect = Callable[..., ImapMailbox]
ARRIVED = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


@pytest.fixture
def connect(tmp_path: Path) -> Iterator[Connect]:
    """Connects to a scripted server in clear text and opens the inbox."""
    made: list[ImapMailbox] = []

    def make(server: ScriptedImap, *, folder: str = "INBOX", **changed: object) -> ImapMailbox:
        values: dict[str, object] = {
            "host": "127.0.0.1", "port": server.port, "security": "plain", "username": "inbox",
            "password_env": "UNUSED", "timeout_seconds": 0.6,
        }
        mailbox = ImapMailbox(MailboxSettings.model_validate(values | changed), lambda: "secret", tmp_path / "spool")
        made.append(mailbox)
        mailbox.connect()
        if folder:
            mailbox.open(folder)
        return mailbox

    yield make
    for mailbox in made:
        mailbox.close()


def never() -> bool:
    return False


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


def quick_to_fail(action: Callable[[], object]) -> str:
    """Runs into `Transient` within three seconds and without burning the processor; returns what was said."""
    began, busy = time.monotonic(), time.process_time()
    with pytest.raises(Transient) as caught:
        action()
    assert time.monotonic() - began < 3
    assert time.process_time() - busy < 0.5
    return str(caught.value)


# Waiting


EXISTS = b"* 3 EXISTS\r\n"


@pytest.mark.parametrize("cut", range(1, len(EXISTS)))
def test_a_line_in_two_packets_loses_no_mail(connect: Connect, cut: int) -> None:
    with ScriptedImap(b"IDLE") as server:
        server.on("IDLE", b"+ idling\r\n", 0.05, EXISTS[:cut], 0.05, EXISTS[cut:])
        mailbox = connect(server)
        try:
            assert mailbox.idle(5, never) is True
        except Transient:
            assert not mailbox.connected  # the caller connects again, and searches


def test_news_in_one_packet_with_the_plus_is_seen_at_once(connect: Connect) -> None:
    with ScriptedImap(b"IDLE") as server:
        server.on("IDLE", b"+ idling\r\n* 3 EXISTS\r\n")
        mailbox = connect(server)
        began = time.monotonic()
        assert mailbox.idle(10, never) is True
        assert time.monotonic() - began < 1


def test_news_that_come_with_the_end_of_the_wait_count(connect: Connect) -> None:
    with ScriptedImap(b"IDLE") as server:
        server.on("DONE", EXISTS + TAG + b" OK done\r\n")
        assert connect(server).idle(0.2, never) is True


def test_a_sign_of_life_is_no_news(connect: Connect) -> None:
    with ScriptedImap(b"IDLE") as server:
        server.on("IDLE", b"+ idling\r\n", 0.1, b"* OK Still here\r\n", 0.1, b"* 2 FETCH (FLAGS (\\Seen))\r\n")
        assert connect(server).idle(0.6, never) is False


@pytest.mark.parametrize(
    "pieces",
    [
        (b"+ idling\r\n", 0.1, None),
        (b"+ idling\r\n", 0.1, b"* BYE going down\r\n", None),
        (b"+ idling\r\n", 0.1, b"* BYE going down\r\n"),
        (b"+ idling\r\n* BYE going down\r\n", None),
        (b"* 3 EXISTS\r\n+ idling\r\n",),
        (b"+ idling\r\n", 0.1, b"garbage\r\n"),
        (b"+ idling\r\n", 0.1, b'* 1 FETCH (FLAGS ("\r\n'),
        (TAG + b" NO not now\r\n",),
        (TAG + b" BAD what\r\n",),
        (None,),
        (5.0,),
    ],
    ids=["eof", "bye-eof", "bye", "bye-with-plus", "untagged-before-plus", "garbage", "broken-list", "no", "bad",
         "eof-before-plus", "silence-before-plus"],
)
def test_whatever_breaks_a_wait_means_connect_again(connect: Connect, pieces: tuple[Piece, ...]) -> None:
    with ScriptedImap(b"IDLE") as server:
        server.on("IDLE", *pieces)
        mailbox = connect(server)
        quick_to_fail(lambda: mailbox.idle(20, never))
        assert not mailbox.connected
        mailbox.connect()
        mailbox.open("INBOX")
        assert mailbox.idle(0.2, never) is False


def test_a_server_silent_at_the_end_of_a_wait_is_given_up(connect: Connect) -> None:
    with ScriptedImap(b"IDLE") as server:
        server.on("DONE", 5.0)
        mailbox = connect(server)
        assert "in time" in quick_to_fail(lambda: mailbox.idle(0.2, never))
        assert not mailbox.connected


def test_a_server_that_never_idles_is_polled_after_three_tries(connect: Connect) -> None:
    with ScriptedImap(b"IDLE") as server:
        server.always("IDLE", TAG + b" NO never\r\n")
        mailbox = connect(server)
        for _ in range(3):
            quick_to_fail(lambda: mailbox.idle(0.2, never))
            mailbox.connect()
            mailbox.open("INBOX")
        assert mailbox.idle(0.2, never) is False
        assert mailbox.connected
        assert len(server.sent("IDLE")) == 3


def test_idle_can_be_switched_off(connect: Connect) -> None:
    with ScriptedImap(b"IDLE") as server:
        assert connect(server, idle=False).idle(0.2, never) is False
        assert server.sent("IDLE") == []


# Fetching


def test_a_message_without_text_in_the_answer_is_asked_for_alone_and_reported(connect: Connect) -> None:
    with ScriptedImap() as server:
        server.on("UID FETCH", body(1, b"one\r\n") + b"* 2 FETCH (UID 2 FLAGS ())\r\n" + TAG + b" OK done\r\n")
        server.always("UID SEARCH", b"* SEARCH 2\r\n" + TAG + b" OK done\r\n")
        server.on("UID FETCH", b"* 2 FETCH (UID 2 BODY[] NIL)\r\n" + TAG + b" OK done\r\n")
        mails, reported = fetch(connect(server), info(1), info(2))
        assert [(mail.uid, mail.raw) for mail in mails] == [(1, b"one\r\n")]
        assert reported == {2: "the server lists this message and gives no text for it"}
        assert [line.split()[2] for line in server.sent("UID FETCH")] == [b"1,2", b"2"]


def test_an_empty_text_for_a_message_with_a_size_is_not_taken_for_a_mail(connect: Connect) -> None:
    with ScriptedImap() as server:
        server.always("UID FETCH", b'* 1 FETCH (UID 1 BODY[] "")\r\n' + TAG + b" OK done\r\n")
        server.always("UID SEARCH", b"* SEARCH 1\r\n" + TAG + b" OK done\r\n")
        mails, reported = fetch(connect(server), info(1))
        assert mails == []
        assert list(reported) == [1]


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
        server.on("UID SEARCH", b"* SEARCH 2\r\n" + TAG + b" OK done\r\n")
        server.on("UID FETCH", body(3, b"three\r\n") + TAG + b" OK done\r\n")
        mails, reported = fetch(connect(server), info(1), info(2), info(3))
        assert [mail.raw for mail in mails] == [b"one\r\n", b"three\r\n"]
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
        server.on("UID FETCH", None)
        quick_to_fail(lambda: take(mailbox, info(1), info(2)))
        server.on("UID FETCH", body(2, b"two\r\n") + TAG + b" OK done\r\n")
        take(mailbox, info(1), info(2))
        assert got == [3, 2]
        assert reported == {1: "the connection breaks whenever this message is asked for"}
        assert [line.split()[2] for line in server.sent("UID FETCH")] == [b"1,2", b"3", b"1", b"1", b"2"]


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
        for offset in range(0, 20 * PART, PART):
            server.on("UID FETCH", part(offset, b"x" * PART)[1])
        server.always("UID SEARCH", b"* SEARCH 1\r\n" + TAG + b" OK done\r\n")
        mails, reported = fetch(connect(server, stream_above_bytes=1000), info(1, 2 * PART))
        assert mails == []
        assert "far more text" in reported[1]
        assert list((tmp_path / "spool").iterdir()) == []
        assert len(server.sent("UID FETCH")) < 10


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


# Moving


def moved_by(server: ScriptedImap, connect: Connect, uids: list[int]) -> dict[int, tuple[int, int]]:
    return connect(server).move(uids, "Held")


def test_without_uidplus_nothing_is_expunged(connect: Connect) -> None:
    with ScriptedImap() as server:
        server.on("UID SEARCH", b"* SEARCH 2\r\n" + TAG + b" OK done\r\n")
        assert moved_by(server, connect, [1, 2]) == {}
        assert server.sent("UID COPY") == [b'UID COPY 2 "Held"']
        assert server.sent("UID STORE") == [b"UID STORE 2 +FLAGS.SILENT (\\Deleted)"]
        assert server.sent("EXPUNGE") == []
        assert server.sent("UID EXPUNGE") == []
        assert b"NOT DELETED" in server.sent("UID SEARCH")[0]


def test_new_uids_come_in_the_order_of_the_sets(connect: Connect) -> None:
    with ScriptedImap(b"MOVE UIDPLUS") as server:
        server.on("UID MOVE", b"* OK [COPYUID 38505 304,319:320 3956:3958] moved\r\n" + TAG + b" OK done\r\n")
        moved = moved_by(server, connect, [304, 319, 320, 400])
        assert moved == {304: (38505, 3956), 319: (38505, 3957), 320: (38505, 3958)}


@pytest.mark.parametrize(
    "code", [b"", b"[COPYUID 1 x y] ", b"[COPYUID] ", b"[COPYUID 1 1:4294967295 1:4294967295] ", b"[COPYUID 1 9 9] "]
)
def test_new_uids_that_make_no_sense_are_not_believed(connect: Connect, code: bytes) -> None:
    with ScriptedImap(b"MOVE UIDPLUS") as server:
        server.on("UID MOVE", b"* OK " + code + b"moved\r\n" + TAG + b" OK done\r\n")
        began = time.monotonic()
        assert moved_by(server, connect, [5]) == {}
        assert time.monotonic() - began < 1


def test_a_missing_folder_is_made_and_the_move_tried_again(connect: Connect) -> None:
    with ScriptedImap(b"MOVE UIDPLUS") as server:
        server.on("UID MOVE", TAG + b" NO [TRYCREATE] no such folder\r\n")
        server.on("UID SEARCH", b"* SEARCH 5\r\n" + TAG + b" OK done\r\n")
        server.on("UID MOVE", TAG + b" OK [COPYUID 9 5 1] moved\r\n")
        assert moved_by(server, connect, [5]) == {5: (9, 1)}
        assert server.sent("CREATE") == [b'CREATE "Held"']


def test_a_move_that_is_refused_for_good_says_so(connect: Connect) -> None:
    with ScriptedImap(b"MOVE UIDPLUS") as server:
        server.always("UID MOVE", TAG + b" NO [NOPERM] not for clerk@mp.example\r\n")
        server.always("UID SEARCH", b"* SEARCH 5\r\n" + TAG + b" OK done\r\n")
        with pytest.raises(Permanent, match=r"cannot move mail: .*\[NOPERM\] not for <address>"):
            moved_by(server, connect, [5])


def test_a_server_in_difficulty_is_asked_again_later(connect: Connect) -> None:
    with ScriptedImap(b"MOVE UIDPLUS") as server:
        server.always("UID MOVE", TAG + b" NO [UNAVAILABLE] backend down\r\n")
        with pytest.raises(Transient, match="backend down"):
            moved_by(server, connect, [5])


def test_what_the_server_says_unasked_does_not_pile_up(connect: Connect) -> None:
    with ScriptedImap(b"MOVE UIDPLUS") as server:
        server.always("UID MOVE", b"* 1 EXPUNGE\r\n* 5 EXISTS\r\n* 2 FETCH (FLAGS ())\r\n" + TAG + b" OK done\r\n")
        mailbox = connect(server)
        for _ in range(20):
            mailbox.move([5], "Held")
        assert mailbox._client is not None
        assert sum(map(len, mailbox._client._imap.untagged_responses.values())) < 10


# Connecting


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (TAG + b" NO [AUTHENTICATIONFAILED] no\r\n", Permanent),
        (TAG + b" NO no\r\n", Permanent),
        (TAG + b" BAD no\r\n", Permanent),
        (TAG + b" NO [UNAVAILABLE] directory is down\r\n", Transient),
        (b"* BYE too many connections\r\n", Transient),
    ],
)
def test_a_refused_login_is_permanent_and_a_server_in_difficulty_is_not(
    connect: Connect, answer: bytes, kind: type[Exception]
) -> None:
    with ScriptedImap() as server:
        server.on("LOGIN", answer)
        with pytest.raises(kind) as caught:
            connect(server)
        assert "secret" not in str(caught.value)


def test_a_login_switched_off_is_not_tried(connect: Connect) -> None:
    with ScriptedImap(b"LOGINDISABLED") as server, pytest.raises(Permanent, match="no login"):
        connect(server)
    assert server.sent("LOGIN") == []


@pytest.mark.parametrize("greeting", [(5.0,), (None,), (b"* BYE overloaded\r\n", None), (b"hello\r\n",)])
def test_a_server_that_does_not_greet_is_transient(connect: Connect, greeting: tuple[Piece, ...]) -> None:
    with ScriptedImap(greeting=greeting) as server:
        quick_to_fail(lambda: connect(server))


def test_no_password_in_clear_text_when_starttls_is_not_offered(connect: Connect) -> None:
    with ScriptedImap() as server, pytest.raises(Permanent, match="does not offer STARTTLS"):
        connect(server, security="starttls")
    assert server.sent("LOGIN") == []
    assert server.sent("AUTHENTICATE") == []


def test_no_password_in_clear_text_when_starttls_is_refused(connect: Connect) -> None:
    with ScriptedImap(b"STARTTLS") as server:
        server.on("STARTTLS", TAG + b" NO not today\r\n")
        with pytest.raises(Permanent, match="STARTTLS failed"):
            connect(server, security="starttls")
    assert server.sent("LOGIN") == []


def test_a_greeting_that_claims_to_be_logged_in_does_not_prevent_starttls(connect: Connect) -> None:
    with (
        ScriptedImap(b"STARTTLS", greeting=(b"* PREAUTH welcome\r\n",)) as server,
        pytest.raises((Permanent, Transient)),
    ):
        connect(server, security="starttls")
    assert server.sent("LOGIN") == []


def test_clear_text_to_another_host_is_refused_even_unchecked(tmp_path: Path) -> None:
    settings = MailboxSettings.model_construct(
        host="imap.example", security="plain", username="inbox", password_env="UNUSED"
    )
    with pytest.raises(Permanent, match="loopback only"):
        ImapMailbox(settings, lambda: "secret", tmp_path).connect()


def test_a_setting_that_means_nothing_is_not_taken_for_clear_text(tmp_path: Path) -> None:
    with ScriptedImap() as server:
        settings = MailboxSettings.model_construct(
            host="127.0.0.1", port=server.port, security="ssl", username="inbox", password_env="UNUSED",
            timeout_seconds=1,
        )
        with pytest.raises(Permanent, match="not encrypted"):
            ImapMailbox(settings, lambda: "secret", tmp_path).connect()
    assert server.sent("LOGIN") == []


def test_a_folder_that_may_only_be_read_is_permanent(connect: Connect) -> None:
    with ScriptedImap() as server:
        server.on("SELECT", b"* 0 EXISTS\r\n* OK [READ-ONLY] ok\r\n* OK [UIDVALIDITY 1] ok\r\n" + TAG + b" OK done\r\n")
        with pytest.raises(Permanent, match="may only be read"):
            connect(server)


def test_a_folder_without_uidvalidity_is_permanent(connect: Connect) -> None:
    with ScriptedImap() as server:
        server.on("SELECT", b"* 0 EXISTS\r\n" + TAG + b" OK done\r\n")
        with pytest.raises(Permanent, match="no UIDVALIDITY"):
            connect(server)


def test_closing_a_silent_server_ends(connect: Connect) -> None:
    with ScriptedImap() as server:
        server.on("LOGOUT", 30.0)
        mailbox = connect(server)
        began = time.monotonic()
        mailbox.close()
        assert time.monotonic() - began < 7
        assert not mailbox.connected
