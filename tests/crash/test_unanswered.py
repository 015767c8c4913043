"""Killed between DATA and the server's 250, with real servers: nothing goes out a second time before a look."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.crash.letters import STAFF
from tests.crash.ordeal import KILLED, Case, Ground, Office
from tests.crash.test_every_step import ARRIVED, CASES
from tests.servers import Received

ENQUIRY = replace(CASES["documents"](), name="unknown", sections={"smtp": "unknown_minutes = 10"})


def killed_at(ground: Ground, case: Case, step: str) -> Office:
    """An office whose process died at a step of the one reply, after which the server had the whole mail, or not."""
    model = ground.office(case)
    steps = ground.killer.run(model.config, ("once",)).steps
    office = ground.office(case)
    died = ground.killer.run(office.config, ("once",), kill_at=steps.index(step) + 1)
    assert died.status == KILLED, died.output
    return office


def once(ground: Ground, office: Office) -> None:
    ended = ground.killer.run(office.config, ("once",))
    assert ended.status == 0, ended.output


def listed(ground: Ground, office: Office, *options: str) -> list[dict[str, Any]]:
    ended = ground.killer.run(office.config, ("outbox", "list", "--json", *options))
    assert ended.status == 0, ended.output
    found: list[dict[str, Any]] = json.loads(ended.output)["mails"]
    return found


def to_the_sender(office: Office) -> list[Received]:
    """What the SMTP server accepted for whoever sent the documents; people may have been told besides."""
    return [mail for mail in office.accepted if mail.recipients == (STAFF,)]


def wait_is_over(office: Office) -> None:
    """As if ten minutes had passed."""
    text = office.config.read_text(encoding="utf-8")
    office.config.write_text(text.replace("unknown_minutes = 10", "unknown_minutes = 0"), encoding="utf-8")


def test_died_before_the_text_it_is_simply_due_again(ground: Ground) -> None:
    office = killed_at(ground, ENQUIRY, "after SMTP rcpt")
    once(ground, office)
    assert len(office.accepted) == 1
    assert office.outcome().folders == {"Documents/Filed": 1}


@pytest.mark.parametrize(("step", "had_it"), [("before SMTP data", 0), ("after SMTP data", 1), ("after send", 1)])
def test_unknown_is_shown_looked_for_and_sent_once_more(ground: Ground, step: str, had_it: int) -> None:
    office = killed_at(ground, ENQUIRY, step)
    assert len(office.accepted) == had_it
    for _ in range(2):
        once(ground, office)
        assert len(office.accepted) == had_it, "nothing is sent before the wait is over"
        row, = listed(ground, office, "--state", "unknown")
        assert row["why"] == "inboxd ended before the server's answer was written down"
    verified = ground.killer.run(office.config, ("verify",))
    assert "nothing lost, nothing doubled" in verified.output
    wait_is_over(office)
    once(ground, office)
    assert len(office.accepted) == had_it + 1
    assert office.sent_twice().total() == had_it, "the same bytes under the same Message-ID"
    assert listed(ground, office) == []
    assert office.outcome().folders == {"Documents/Filed": 1}


@pytest.mark.parametrize("folder", ["Sent", "INBOX", "Automatic"])
def test_a_copy_on_the_server_spares_the_second_sending(ground: Ground, folder: str) -> None:
    office = killed_at(ground, ENQUIRY, "after SMTP data")
    once(ground, office)
    copy = office.accepted[0].raw
    office.dovecot.deliver(copy, folder, user=office.user, at=datetime.now(UTC) - timedelta(minutes=1))
    wait_is_over(office)
    once(ground, office)
    assert len(to_the_sender(office)) == 1
    done, = listed(ground, office, "--state", "done", "--to", STAFF)
    assert "it arrived" in done["why"]
    assert listed(ground, office) == []


def test_a_bounce_settles_it_before_the_wait_is_over(ground: Ground) -> None:
    office = killed_at(ground, ENQUIRY, "after SMTP data")
    bounce = (
        b"Return-Path: <>\r\nFrom: MAILER-DAEMON@parl.example\r\nTo: mcmps-cmds@ircc.example\r\n"
        b"Subject: Undelivered\r\nMessage-ID: <dsn@parl.example>\r\nAuto-Submitted: auto-replied\r\n"
        b'MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary="=_d"\r\n\r\n'
        b"--=_d\r\nContent-Type: text/plain\r\n\r\nIt came back.\r\n--=_d\r\n"
        b"Content-Type: message/delivery-status\r\n\r\n"
        b"Reporting-MTA: dns; mx.parl.example\r\n\r\nFinal-Recipient: rfc822; staff.rivers@parl.example\r\n"
        b"Action: failed\r\nStatus: 5.1.1\r\n\r\n--=_d\r\nContent-Type: message/rfc822\r\n\r\n"
        + office.accepted[0].raw + b"\r\n--=_d--\r\n"
    )
    office.dovecot.deliver(bounce, user=office.user, at=ARRIVED)
    once(ground, office)
    replies = [row for row in listed(ground, office, "--state", "done") if row["template"] == "receipt"]
    assert [row["why"] for row in replies] == ["returned as undeliverable"]
    assert len(to_the_sender(office)) == 1
