"""A server that asks to be left alone, in the words of Exchange and others: obeyed, and no mail is blamed for it."""

from __future__ import annotations

import pytest

from inboxd.errors import Permanent, Transient
from inboxd.mailbox.failures import LONGEST_WAIT_SECONDS
from tests.doors.conftest import Connect, never
from tests.doors.scripted_imap import TAG, ScriptedImap
from tests.doors.test_scripted_fetching import body, fetch, info

BACKOFF = TAG + b" BAD Request is throttled. Suggested Backoff Time: %d milliseconds\r\n"


def test_the_time_that_the_server_suggests_is_passed_on(connect: Connect) -> None:
    with ScriptedImap() as server:
        server.on("UID SEARCH", BACKOFF % 89117 + b"* BYE Connection closed. 14\r\n", None)
        with pytest.raises(Transient, match="Suggested Backoff Time: 89117") as caught:
            connect(server).uids()
        assert caught.value.wait_seconds == 89.117


def test_no_server_is_waited_for_longer_than_ten_minutes(connect: Connect) -> None:
    with ScriptedImap() as server:
        server.on("SELECT", BACKOFF % 999_999_999)
        with pytest.raises(Transient) as caught:
            connect(server)
        assert caught.value.wait_seconds == LONGEST_WAIT_SECONDS == 600


def test_a_login_that_is_throttled_is_no_wrong_password(connect: Connect) -> None:
    with ScriptedImap() as server:
        server.on("LOGIN", BACKOFF % 5000)
        with pytest.raises(Transient) as caught:
            connect(server)
        assert caught.value.wait_seconds == 5


def test_authenticated_but_not_connected_is_waited_out_and_says_what_else_it_may_mean(connect: Connect) -> None:
    with ScriptedImap() as server:
        server.on("SELECT", TAG + b" BAD User is authenticated but not connected.\r\n")
        with pytest.raises(Transient, match="may not open this mailbox") as caught:
            connect(server)
        assert caught.value.wait_seconds == 60


@pytest.mark.parametrize("answer", [
    b"NO [LIMIT] slow down", b"NO [THROTTLED] slow down", b"NO [INUSE] folder in use", b"NO [UNAVAILABLE] try later",
    b"NO Server Unavailable. 15", b"BAD Server Busy", b"NO Too many connections for this user",
])  # fmt: skip
def test_other_ways_to_ask_for_it(connect: Connect, answer: bytes) -> None:
    with ScriptedImap() as server:
        server.on("UID SEARCH", TAG + b" " + answer + b"\r\n")
        with pytest.raises(Transient) as caught:
            connect(server).uids()
        assert caught.value.wait_seconds == 0


@pytest.mark.parametrize("rounds", [1, 12])
def test_no_mail_is_given_up_because_the_server_is_throttled(connect: Connect, rounds: int) -> None:
    with ScriptedImap() as server:
        mailbox = connect(server, give_up_seconds=0)
        for _ in range(rounds):
            server.on("UID FETCH", BACKOFF % 1)
            with pytest.raises(Transient):
                fetch(mailbox, info(1), info(2))
        server.on("UID FETCH", body(1, b"one\r\n") + body(2, b"two\r\n") + TAG + b" OK done\r\n")
        mails, reported = fetch(mailbox, info(1), info(2))
        assert ([mail.raw for mail in mails], reported) == ([b"one\r\n", b"two\r\n"], {})
        assert {line.split()[2] for line in server.sent("UID FETCH")} == {b"1,2"}


def test_one_mail_of_which_a_server_says_so_for_ever_holds_up_no_other(connect: Connect) -> None:
    """Without a time it may be about this mail: it is asked for alone and last, and given up."""
    busy = TAG + b" NO [UNAVAILABLE] cannot be read now\r\n"
    with ScriptedImap() as server:
        mailbox = connect(server, give_up_seconds=0)
        server.on("UID FETCH", busy)
        with pytest.raises(Transient):
            fetch(mailbox, info(1), info(2))
        server.on("UID FETCH", busy)
        with pytest.raises(Transient):
            fetch(mailbox, info(1), info(2))
        server.on("UID FETCH", body(2, b"two\r\n") + TAG + b" OK done\r\n")
        server.on("UID FETCH", busy)
        mails = mailbox.fetch([info(1), info(2)], lambda *_: None)
        assert next(mails).raw == b"two\r\n"
        with pytest.raises(Transient):
            next(mails)
        server.on("UID FETCH", busy)
        assert fetch(mailbox, info(1))[1] == {
            1: "cannot fetch mail: the server answered: fetch failed: [UNAVAILABLE] cannot be read now"
        }


def test_what_is_kept_of_a_mail_that_was_given_up_does_not_wait_for_a_better_day(connect: Connect) -> None:
    with ScriptedImap() as server:
        mailbox = connect(server)
        server.on("UID FETCH", TAG + b" NO [UNAVAILABLE] cannot be read now\r\n")
        with pytest.raises(Permanent, match="cannot be read now"):
            mailbox.header(1)
        server.on("UID FETCH", BACKOFF % 2000)
        with pytest.raises(Transient):
            mailbox.header(1)


def test_throttled_in_idle_is_no_refusal_of_idle(connect: Connect) -> None:
    with ScriptedImap(b"IDLE") as server:
        for _ in range(4):
            server.on("IDLE", BACKOFF % 3000)
            mailbox = connect(server)
            with pytest.raises(Transient) as caught:
                mailbox.idle(1, never)
            assert caught.value.wait_seconds == 3
            assert not mailbox.connected
        assert len(server.sent("IDLE")) == 4
