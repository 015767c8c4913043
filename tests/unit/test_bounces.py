"""Delivery reports: which of our mails came back, for whom and why."""

from __future__ import annotations

import pytest

from inboxd.mail import Bounce
from inboxd.parsers.bounces import read_bounce
from inboxd.parsers.message import read
from inboxd.settings import LimitSettings

OURS = "<inboxd.0123abcdef@mail.office.example>"
TEXT = "Content-Type: text/plain\r\n\r\nYour message could not be delivered."
STATUS = (
    "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.parl.example\r\n\r\n"
    "Final-Recipient: rfc822; Wendell.Ashgrove@parl.example\r\nAction: failed\r\nStatus: 5.1.1 (no such user)\r\n"
    "Diagnostic-Code: smtp; 550 5.1.1\r\n User unknown\r\n"
)


def bounce(headers: str, body: str) -> Bounce | None:
    return read_bounce(read(f"{headers}\r\n\r\n{body}".encode(), LimitSettings()))


def report(
    *parts: str,
    headers: str = "From: MAILER-DAEMON@mx.parl.example\r\nSubject: Undeliverable: x",
    kind: str = "multipart/report; report-type=delivery-status",
) -> Bounce | None:
    body = "".join(f"--cut\r\n{part}\r\n" for part in parts) + "--cut--\r\n"
    return bounce(f"{headers}\r\nContent-Type: {kind}; boundary=cut", body)


@pytest.mark.parametrize(
    "returned",
    [
        f"Content-Type: message/rfc822\r\n\r\nFrom: a@b.example\r\nMessage-ID: {OURS}\r\n\r\ntext",
        f"Content-Type: text/rfc822-headers\r\n\r\nMessage-Id: {OURS}\r\nSubject: x",
        f"Content-Type: message/global-headers\r\n\r\nmessage-id: {OURS}",
        f"Content-Type: message/rfc822\r\n\r\n\r\nMessage-ID:\r\n {OURS}\r\n\r\ntext",
    ],
)
def test_standard_report(returned: str) -> None:
    assert report(TEXT, STATUS, returned) == Bounce(
        recipients=("wendell.ashgrove@parl.example",),
        action="failed",
        status="5.1.1",
        original_message_id=OURS,
        diagnostic="smtp; 550 5.1.1 User unknown",
    )


def test_delay_and_success_are_told_from_failure() -> None:
    late, fine = (report(TEXT, STATUS.replace("failed", action)) for action in ("delayed", "delivered"))
    assert late is not None
    assert fine is not None
    assert (late.action, fine.action) == ("delayed", "delivered")


def test_the_worst_recipient_decides() -> None:
    more = "\r\nFinal-Recipient: rfc822; other@parl.example\r\nAction: relayed\r\nStatus: 2.0.0\r\n"
    found = report(TEXT, STATUS + more)
    assert found is not None
    assert (found.action, found.recipients, found.status) == ("failed", ("wendell.ashgrove@parl.example",), "5.1.1")


def test_bare_line_feeds_and_base64_are_read_alike() -> None:
    found = report(TEXT, STATUS.replace("\r\n", "\n"))
    assert found is not None
    assert found.recipients == ("wendell.ashgrove@parl.example",)


def test_without_the_returned_mail_the_thread_header_names_it() -> None:
    headers = f"From: postmaster@parl.example\r\nSubject: Undeliverable\r\nIn-Reply-To: {OURS}"
    found = report(TEXT, STATUS, headers=headers)
    assert found is not None
    assert found.original_message_id == OURS


def test_two_thread_headers_name_nothing() -> None:
    headers = f"From: postmaster@parl.example\r\nSubject: x\r\nIn-Reply-To: {OURS}\r\nReferences: <other@x>"
    found = report(TEXT, STATUS, headers=headers)
    assert found is not None
    assert found.original_message_id == ""


def test_a_status_field_names_the_original() -> None:
    found = report(TEXT, STATUS.replace("Reporting-MTA", f"Original-Message-ID: {OURS}\r\nReporting-MTA"))
    assert found is not None
    assert found.original_message_id == OURS


def test_a_report_that_cannot_be_read_is_still_a_bounce() -> None:
    found = report(TEXT)
    assert found is not None
    assert (found.action, found.status, found.original_message_id) == ("", "", "")


def test_a_read_receipt_is_no_bounce() -> None:
    part = "Content-Type: message/disposition-notification\r\n\r\nDisposition: automatic-action; displayed"
    assert report(TEXT, part, kind="multipart/report; report-type=disposition-notification") is None


QMAIL = f"""Hi. This is the qmail-send program at mx.parl.example.
I'm afraid I wasn't able to deliver your message to the following addresses.

<wendell.ashgrove@parl.example>:
Sorry, no mailbox here by that name. (#5.1.1)

--- Below this line is a copy of the message.

Return-Path: <mcmps@office.example>
Received: from a by b; 2 Nov 2026 09:00:00 -0000
Message-ID: {OURS}
To: somebody.else@parl.example
"""


@pytest.mark.parametrize("sender", ["MAILER-DAEMON@mx.parl.example", "postmaster@parl.example"])
def test_qmail_style_bounce(sender: str) -> None:
    found = bounce(f"Return-Path: <>\r\nFrom: {sender}\r\nTo: mcmps@office.example\r\nSubject: failure notice", QMAIL)
    assert found is not None
    assert found.recipients == ("wendell.ashgrove@parl.example",)
    assert (found.action, found.status, found.original_message_id) == ("failed", "5.1.1", OURS)


def test_exim_style_bounce_names_the_recipient_in_a_header() -> None:
    headers = (
        "From: Mail Delivery System <Mailer-Daemon@mx.parl.example>\r\nX-Failed-Recipients: Kept@parl.example\r\n"
        "Subject: Mail delivery failed: returning message to sender"
    )
    found = bounce(headers, f"  other@parl.example\r\n    550 mailbox full\r\n\r\nMessage-Id: {OURS}\r\n")
    assert found is not None
    assert found.recipients == ("kept@parl.example",)
    assert (found.status, found.original_message_id) == ("5.0.0", OURS)


def test_french_bounce_from_a_postmaster() -> None:
    found = bounce(
        "From: postmaster@sen.parl.example\r\nSubject: Non remis : accusé",
        f"La boîte de pascale@sen.parl.example est pleine. 4.2.2\r\n\r\nMessage-ID: {OURS}",
    )
    assert found is not None
    assert (found.action, found.recipients, found.original_message_id) == (
        "delayed",
        ("pascale@sen.parl.example",),
        OURS,
    )


def test_the_one_recipient_of_the_returned_mail_is_the_failed_one() -> None:
    returned = f"Content-Type: message/rfc822\r\n\r\nMessage-ID: {OURS}\r\nTo: Ana <ana@parl.example>\r\n\r\nx"
    found = report(TEXT, "Content-Type: message/delivery-status\r\n\r\nAction: failed\r\n", returned)
    assert found is not None
    assert found.recipients == ("ana@parl.example",)


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ("From: ana@parl.example\r\nSubject: Undeliverable: your acknowledgement", QMAIL),
        ("From: ana@parl.example\r\nSubject: Mail delivery failed", "It came back, see below"),
        ("From: postmaster@parl.example\r\nSubject: Maintenance on Sunday", "Hello"),
        ("From: bounce.house@fun.example\r\nSubject: Rental", "Hello"),
    ],
)
def test_a_person_who_tells_of_a_bounce_does_not_send_one(headers: str, body: str) -> None:
    assert bounce(headers, body) is None


def test_a_person_who_attaches_a_bounce_does_not_send_one() -> None:
    nested = f"Content-Type: message/rfc822\r\n\r\nFrom: MAILER-DAEMON@x.example\r\nMessage-ID: {OURS}\r\n\r\nx"
    assert (
        report(TEXT, nested, STATUS, headers="From: ana@parl.example\r\nSubject: fwd", kind="multipart/mixed") is None
    )
