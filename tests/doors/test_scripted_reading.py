"""Answers that never end, or only in hours: bounded in time and size, however alive the server seems."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from inboxd.mailbox import ImapMailbox, reading
from inboxd.settings import MailboxSettings
from tests.doors.conftest import Connect
from tests.doors.scripted_imap import TAG, Piece, ScriptedImap, quick_to_fail
from tests.doors.test_scripted_fetching import body, fetch, info


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer may take one timeout (0.6 s here) in all, and literals come at 64 KiB a second at least."""
    monkeypatch.setattr(reading, "TIMEOUTS", 1)
    monkeypatch.setattr(reading, "SLOWEST", 64 * 1024)


def drops(text: bytes, *, pause: float = 0.1) -> tuple[Piece, ...]:
    """Byte by byte, each before any timeout of a socket."""
    return tuple(piece for byte in text for piece in (bytes([byte]), pause))


@pytest.mark.parametrize("pieces", [
    drops(b"* 1 FETCH (UID 1 FLAGS (\\Seen))\r\n" * 4),
    (b"* 1 FETCH (UID 1 BODY[] {40}\r\n", *drops(b"x" * 40)),
    tuple(piece for _ in range(400) for piece in (b"* OK still at it\r\n", 0.1)),
], ids=["a-line-in-drops", "a-literal-in-drops", "chatter-without-end"])  # fmt: skip
def test_an_answer_in_drops_is_given_up(connect: Connect, pieces: tuple[Piece, ...]) -> None:
    with ScriptedImap() as server:
        server.on("UID FETCH", *pieces)
        mailbox = connect(server)
        began = time.monotonic()
        quick_to_fail(lambda: fetch(mailbox, info(1)))
        assert time.monotonic() - began < 4
        assert not mailbox.connected


def test_a_literal_of_a_gigabyte_is_not_begun(connect: Connect) -> None:
    with ScriptedImap() as server:
        server.on("UID FETCH", b"* 1 FETCH (UID 1 BODY[] {1073741824}\r\nabc")
        mailbox = connect(server)
        quick_to_fail(lambda: fetch(mailbox, info(1)))
        assert not mailbox.connected


def test_a_line_over_the_bound_is_given_up(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "LINE_BYTES", 1000)
    with ScriptedImap() as server:
        server.on("UID SEARCH", b"* SEARCH " + b"1 " * 600 + b"\r\n" + TAG + b" OK done\r\n")
        mailbox = connect(server)
        assert "too long" in quick_to_fail(mailbox.uids)


def test_a_large_mail_over_a_thin_line_is_whole_and_signs_of_life_are_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes longer than an answer may without a literal; while bytes come, nobody takes it for a hang."""
    monkeypatch.setattr(reading, "_SIGN_SECONDS", 0.2)
    text = b"x" * 100_000
    signs: list[float] = []
    with ScriptedImap() as server:
        whole = body(1, text) + TAG + b" OK done\r\n"
        server.on("UID FETCH", *(piece for at in range(0, len(whole), 10_000) for piece in (whole[at:at + 10_000], .1)))
        values = {"host": "127.0.0.1", "port": server.port, "security": "plain", "username": "inbox",
                  "password_env": "UNUSED", "timeout_seconds": 0.6}  # fmt: skip
        mailbox = ImapMailbox(MailboxSettings.model_validate(values), lambda: "secret", tmp_path,
                              lambda: signs.append(time.monotonic()))
        mailbox.connect()
        mailbox.open("INBOX")
        signs.clear()
        began = time.monotonic()
        mails, reported = fetch(mailbox, info(1, len(text)))
        took = time.monotonic() - began
        assert ([mail.raw for mail in mails], reported) == ([text], {})
        assert took > 0.9
        assert len(signs) >= 3
        mailbox.close()


def test_a_wait_in_idle_has_no_such_end(connect: Connect) -> None:
    with ScriptedImap(b"IDLE") as server:
        server.on("IDLE", b"+ idling\r\n", *(piece for _ in range(8) for piece in (0.2, b"* OK Still here\r\n")))
        assert connect(server).idle(1.4, lambda: False) is False
