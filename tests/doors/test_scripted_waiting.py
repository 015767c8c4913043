"""Waiting for mail on a server that misbehaves as real ones were seen to: no news is missed, no wait hangs."""

from __future__ import annotations

import time

import pytest

from inboxd.errors import Transient
from tests.doors.conftest import Connect, never
from tests.doors.scripted_imap import TAG, Piece, ScriptedImap, quick_to_fail

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
        assert mailbox.idle(60, never) is True
        assert time.monotonic() - began < 20


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
