"""Connecting to a server that misbehaves as real ones were seen to: no password in clear text, clear errors."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from inboxd.errors import Permanent, Transient
from inboxd.mailbox import ImapMailbox
from inboxd.settings import MailboxSettings
from tests.doors.conftest import Connect
from tests.doors.scripted_imap import TAG, Piece, ScriptedImap, quick_to_fail


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
        assert time.monotonic() - began < 25
        assert not mailbox.connected
