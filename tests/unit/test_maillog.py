"""Event lines: one for each call, in one form, with nothing of a mail and nothing that could forge a line."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inboxd import maillog
from tests.daemon.running import EVENT


@pytest.fixture(autouse=True)
def quiet_afterwards() -> Iterator[None]:
    yield
    logging.getLogger("inboxd").handlers.clear()


def lines_of(stream: io.StringIO) -> list[str]:
    return stream.getvalue().splitlines()


def test_a_line_has_time_level_event_and_fields() -> None:
    stream = io.StringIO()
    maillog.start(stream)
    maillog.mail_held(7, reason="NUMBER_UNKNOWN")
    maillog.effect_done(3, kind="send", mail_id=None)
    maillog.mailbox_lost("main", "the server said goodbye", retry_seconds=2.4)
    maillog.mailbox_reconciled("main", "INBOX", new=0)
    held, done, lost = lines_of(stream)
    assert held.endswith("Z warning mail.held mail=7 reason=NUMBER_UNKNOWN")
    assert done.endswith("Z info effect.done effect=3 kind=send mail=-")
    assert lost.endswith('Z warning mailbox.lost account=main why="the server said goodbye" retry_in=2s')
    assert all(EVENT.fullmatch(line) for line in (held, done, lost))


@given(st.text())
def test_no_value_can_end_its_line_or_its_quotes(text: str) -> None:
    stream = io.StringIO()
    maillog.start(stream)
    maillog.stage_failed("intake", text)
    only, = stream.getvalue().split("\n")[:-1]
    assert EVENT.fullmatch(only)
    assert only.isprintable()


def test_a_bug_is_its_class_and_its_lines_of_code_and_not_its_words() -> None:
    stream = io.StringIO()
    maillog.start(stream)
    try:
        raise LookupError("Amara Okonjo-Reyes, E123456789")
    except LookupError as error:
        maillog.bug("process.one", error, mail_id=4)
    line, = lines_of(stream)
    assert "error=LookupError mail=4" in line
    assert "test_maillog.py:" in line
    assert "Amara" not in line


def test_other_libraries_stay_silent(capsys: pytest.CaptureFixture[str]) -> None:
    stream = io.StringIO()
    maillog.start(stream)
    logging.getLogger("imapclient.imaplib").error("LOGIN alma secret")
    maillog.start(stream, level="ERROR")
    maillog.mail_done(1)
    assert stream.getvalue() == ""
    assert "secret" not in capsys.readouterr().err
