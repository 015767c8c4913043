"""Waiting for mail on a real Dovecot: news and stops end the wait, and a server that goes away is noticed."""

from __future__ import annotations

import threading
import time

import pytest

from inboxd.errors import Transient
from inboxd.mailbox import ImapMailbox
from tests.doors.conftest import MakeMailbox, never
from tests.doors.letters import everything, letter
from tests.servers import Dovecot


def after(seconds: float, action: object, *arguments: object, **named: object) -> threading.Timer:
    assert callable(action)
    timer = threading.Timer(seconds, action, arguments, named)
    timer.start()
    return timer


@pytest.mark.parametrize("security", ["tls", "plain"])
def test_a_new_mail_ends_the_wait(dovecot: Dovecot, user: str, make_mailbox: MakeMailbox, security: str) -> None:
    dovecot.deliver(letter(1), user=user)
    mailbox = make_mailbox(security=security, port=dovecot.tls_port if security == "tls" else dovecot.port)
    mailbox.connect()
    state = mailbox.open("INBOX")
    timer = after(0.3, dovecot.deliver, letter(2), user=user)
    began = time.monotonic()
    assert mailbox.idle(60, never) is True
    assert time.monotonic() - began < 20
    timer.join()
    assert mailbox.uids_from(state.uidnext) == [2]


def test_a_mail_that_came_before_the_wait_ends_it_too(dovecot: Dovecot, user: str, mailbox: ImapMailbox) -> None:
    mailbox.open("INBOX")
    dovecot.deliver(letter(1), user=user)
    began = time.monotonic()
    assert mailbox.idle(60, never) is True
    assert time.monotonic() - began < 20


def test_a_quiet_wait_ends_in_time_and_the_connection_lives(dovecot: Dovecot, user: str, mailbox: ImapMailbox) -> None:
    dovecot.deliver(letter(1), user=user)
    mailbox.open("INBOX")
    began = time.monotonic()
    assert mailbox.idle(1.2, never) is False
    assert 1.1 < time.monotonic() - began < 20
    assert mailbox.uids() == [1]


def test_a_wait_is_cut_short_by_stop(mailbox: ImapMailbox) -> None:
    mailbox.open("INBOX")
    stopping = threading.Event()
    after(0.2, stopping.set)
    began = time.monotonic()
    assert mailbox.idle(60, stopping.is_set) is False
    assert time.monotonic() - began < 20
    assert mailbox.connected


def test_a_wait_is_never_longer_than_the_renewal(make_mailbox: MakeMailbox) -> None:
    mailbox = make_mailbox(idle_renew_seconds=0.5)
    mailbox.connect()
    mailbox.open("INBOX")
    began = time.monotonic()
    assert mailbox.idle(60, never) is False
    assert time.monotonic() - began < 20


# a server that dies between accept and handshake leaves a socket inside the ssl module, closed when it is collected
HALF_OPEN = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@HALF_OPEN
@pytest.mark.parametrize("hard", [False, True], ids=["with-goodbye", "killed"])
def test_a_server_that_goes_away_during_the_wait_is_noticed_at_once(
    make_mailbox: MakeMailbox, user: str, hard: bool
) -> None:
    with Dovecot() as own:
        own.deliver(letter(1), user=user)
        mailbox = make_mailbox(server=own)
        mailbox.connect()
        mailbox.open("INBOX")
        asked = 0

        def stop() -> bool:
            nonlocal asked
            asked += 1
            return False

        after(0.3, own.stop, hard=hard)
        began, busy = time.monotonic(), time.process_time()
        with pytest.raises(Transient):
            mailbox.idle(30, stop)
        assert time.monotonic() - began < 20
        assert time.process_time() - busy < 3, "a busy loop"
        assert asked < 10, "a busy loop"
        assert not mailbox.connected
        with pytest.raises(Transient):
            mailbox.uids()
        if hard:
            with pytest.raises(Transient):
                mailbox.connect()
            own.start()
            mailbox.connect()
            mailbox.open("INBOX")
            assert [mail.raw for mail in everything(mailbox)] == [letter(1)]
        mailbox.close()


@HALF_OPEN
def test_a_server_killed_between_commands_is_transient_and_comes_back(make_mailbox: MakeMailbox, user: str) -> None:
    with Dovecot() as own:
        own.deliver(letter(1), user=user)
        mailbox = make_mailbox(server=own)
        mailbox.connect()
        state = mailbox.open("INBOX")
        own.restart(hard=True)
        with pytest.raises(Transient):
            mailbox.uids()
        mailbox.connect()
        assert mailbox.open("INBOX").uidvalidity == state.uidvalidity
        mailbox.close()
        mailbox.close()
        assert not mailbox.connected
