"""Machines are told from people by signs that no person's mail carries (RFC 3834)."""

from __future__ import annotations

import pytest

from inboxd.mail import Automatic, AutomaticKind
from inboxd.parsers.automatic import judge
from inboxd.parsers.body import is_forward, split
from inboxd.parsers.bounces import read_bounce
from inboxd.parsers.message import read
from inboxd.settings import LimitSettings, OfficeSettings

OFFICE = OfficeSettings(
    address="MCMPS@office.example",
    aliases=("cmds@office.example",),
    name_en="Centre",
    name_fr="Centre",
    message_id_domain="mail.office.example",
)
PERSON = (
    "Return-Path: <ana.pell@parl.example>\r\nFrom: Ana Pell <ana.pell@parl.example>\r\nTo: mcmps@office.example\r\n"
    "Message-ID: <a1@parl.example>\r\n"
)


def verdict(
    headers: str = "",
    *,
    subject: str = "Dossier E123456789",
    body: str = "Bonjour",
    base: str = PERSON,
) -> Automatic | None:
    if headers and not headers.endswith("\r\n"):
        headers += "\r\n"
    raw = f"{headers}{base}Subject: {subject}\r\n" + ("" if "\r\n\r\n" in headers else "\r\n") + body
    message = read(raw.encode(), LimitSettings())
    words = split(message.plain, message.html, forwards=is_forward(message.subject))
    return judge(message, read_bounce(message), OFFICE, words)


def kind(headers: str = "", **changes: str) -> AutomaticKind | None:
    found = verdict(headers, **changes)
    return found.kind if found else None


@pytest.mark.parametrize(
    "headers",
    [
        "",
        "Auto-Submitted: no",
        "Importance: high\r\nX-Priority: 1",
        "Precedence: first-class",
        "Disposition-Notification-To: ana.pell@parl.example",
        "X-Auto-Response-Suppress: DR, OOF, AutoReply",
        "X-Autoreply: no",
        "X-Auto-Response-Suppress: All\r\nIn-Reply-To: <inboxd.ab@mail.office.example>",
        "X-MS-Exchange-Organization-AuthAs: Internal",
        "References: <inboxd.abcdef@mail.office.example>",
    ],
)
def test_a_person_is_never_automatic(headers: str) -> None:
    assert verdict(headers) is None


@pytest.mark.parametrize(
    "subject",
    [
        "RE: Automatic reply: your file",
        "Fwd: Out of office",
        "Out of office hours: removal tonight",
        "Out of Office of the Minister - request",
        "Absent from hearing: removal order",
        "Absente de son audience",
        "TR: Réponse automatique : dossier",
        "Réponse automatique du portail incorrecte",
        "Undeliverable passport",
        "Absent : le père de la cliente",
        "URGENT: automatic reply from IRCC is wrong",
        "Away: client stuck abroad",
        "Delivery failure of PR card by mail",
        "Read: letter of support",
        "Mail delivery failed at the border",
    ],
)
def test_a_person_who_writes_about_such_things_is_no_machine(subject: str) -> None:
    assert verdict(subject=subject) is None


def test_a_footer_does_not_make_a_list() -> None:
    assert (
        verdict(body="Bonjour\n\nTo unsubscribe from our newsletter click here. I am out of the office on Fridays.")
        is None
    )


@pytest.mark.parametrize(
    ("headers", "evidence"),
    [
        ("Auto-Submitted: auto-replied", "Auto-Submitted: auto-replied"),
        ("Auto-Submitted: AUTO-GENERATED (rejected)", "Auto-Submitted: auto-generated"),
        ("Auto-Submitted: auto-notified; owner-email=a@b.example", "Auto-Submitted: auto-notified"),
        ("X-Autoreply: yes", "X-Autoreply"),
        ("X-Autorespond: vacation", "X-Autorespond"),
        ("Precedence: auto_reply", "Precedence: auto_reply"),
        ("Return-Path: <>", "Return-Path: <>"),
    ],
)
def test_headers_say_so(headers: str, evidence: str) -> None:
    assert verdict(headers) == Automatic(kind=AutomaticKind.AUTO_REPLY, evidence=evidence)


def test_suppressed_answers_to_an_address_that_nobody_reads() -> None:
    base = PERSON.replace("ana.pell", "no-reply")
    assert kind("X-Auto-Response-Suppress: All", base=base) is AutomaticKind.AUTO_REPLY
    assert kind(base=base) is None


@pytest.mark.parametrize("name", ["List-Id", "List-Unsubscribe", "List-Post", "List-Help"])
def test_list_headers(name: str) -> None:
    assert verdict(f"{name}: <https://x.example>") == Automatic(kind=AutomaticKind.LIST, evidence=name)


@pytest.mark.parametrize("value", ["bulk", "junk", "LIST"])
def test_precedence(value: str) -> None:
    assert kind(f"Precedence: {value}") is AutomaticKind.LIST


@pytest.mark.parametrize(
    "subject",
    [
        "Automatic reply: MCMPS attachment - Fichier joint CMDS E123456789",
        "Réponse automatique : Accusé de réception",
        "Reponse automatique: dossier",
        "Out of Office: your enquiry",
        "Out of office",
        "Out of Office AutoReply: dossier",
        "Absent du bureau : dossier",
        "Absente du bureau: dossier",
        "Absence du bureau / Out of Office: RE: dossier",
        "Message d’absence : dossier",
        "[EXT] Automatic reply: dossier",
        "AUTO: Ana Pell is out of the office (returning 11/09/2026)",
    ],
)
def test_out_of_office_by_subject_where_a_gateway_took_the_headers(subject: str) -> None:
    assert verdict(subject=subject) == Automatic(kind=AutomaticKind.OUT_OF_OFFICE, evidence="Subject: says so")


def test_a_weak_subject_counts_in_an_answer_only() -> None:
    assert (
        kind("In-Reply-To: <x@mail.office.example>", subject="Absente : Suivi 26-0093310")
        is AutomaticKind.OUT_OF_OFFICE
    )
    assert kind(subject="Absente : Suivi 26-0093310") is None


def test_an_automatic_answer_that_tells_of_absence_in_its_text() -> None:
    headers = "Auto-Submitted: auto-replied\r\nIn-Reply-To: <x@mail.office.example>"
    assert kind(headers, body="Je suis en congé jusqu'au 16 novembre.") is AutomaticKind.OUT_OF_OFFICE
    assert kind(headers, body="Thank you for contacting our office.") is AutomaticKind.AUTO_REPLY


@pytest.mark.parametrize("address", ["mcmps@office.example", "CMDS@office.example"])
def test_mail_from_our_own_address(address: str) -> None:
    base = PERSON.replace("ana.pell@parl.example", address)
    assert verdict(base=base) == Automatic(kind=AutomaticKind.OWN, evidence="From: own address")


def test_another_sign_goes_before_our_own_address() -> None:
    base = PERSON.replace("ana.pell@parl.example", "mcmps@office.example")
    assert kind("Auto-Submitted: auto-replied", base=base) is AutomaticKind.AUTO_REPLY


def test_our_own_message_id() -> None:
    base = PERSON.replace("<a1@parl.example>", "<inboxd.0123abcdef@mail.office.example>")
    assert verdict("Auto-Submitted: auto-replied", base=base) == Automatic(
        kind=AutomaticKind.OWN, evidence="Message-ID: ours"
    )


@pytest.mark.parametrize(
    "identifier",
    [
        "<inboxd.0123@other.example>",
        "<inboxd.xyz@mail.office.example>",
        "<0123@mail.office.example>",
        "<inboxd.0123@mailXoffice.example>",
    ],
)
def test_a_message_id_that_only_resembles_ours(identifier: str) -> None:
    assert verdict(base=PERSON.replace("<a1@parl.example>", identifier)) is None


def test_a_notice_of_another_inboxd_is_a_machines_even_without_a_header_that_says_so() -> None:
    base = PERSON.replace("<a1@parl.example>", "<inboxd.0123456789abcdef0123456789ABCDEF@mil.office.example>")
    assert verdict(base=base) == Automatic(kind=AutomaticKind.AUTO_REPLY, evidence="Message-ID: of another inboxd")
    in_answer = "In-Reply-To: <inboxd.0123456789abcdef0123456789abcdef@mil.office.example>"
    assert verdict(in_answer) is None, "a person's answer to one is a person's"


def multipart(content_type: str, *parts: str) -> tuple[str, str]:
    body = "".join(f"--cut\r\n{part}\r\n" for part in parts) + "--cut--\r\n"
    return f"Content-Type: {content_type}; boundary=cut", body


TEXT = "Content-Type: text/plain\r\n\r\nhello"


def test_read_receipt() -> None:
    headers, body = multipart(
        "multipart/report; report-type=disposition-notification",
        TEXT,
        "Content-Type: message/disposition-notification\r\n\r\nDisposition: automatic-action; displayed",
    )
    assert kind(headers, body=body) is AutomaticKind.RECEIPT


def test_read_receipt_without_report_type() -> None:
    headers, body = multipart(
        "multipart/report", TEXT, "Content-Type: message/disposition-notification\r\n\r\nDisposition: x; displayed"
    )
    assert kind(headers, body=body) is AutomaticKind.RECEIPT


def test_feedback_report_is_automatic() -> None:
    headers, body = multipart(
        "multipart/report; report-type=feedback-report",
        TEXT,
        "Content-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse",
    )
    assert kind(headers, body=body) is AutomaticKind.AUTO_REPLY


CALENDAR = "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nEND:VEVENT\r\nEND:VCALENDAR"


@pytest.mark.parametrize(
    "part",
    [
        f"Content-Type: text/calendar; method=REQUEST\r\n\r\n{CALENDAR}",
        f"Content-Type: text/calendar; charset=utf-8\r\n\r\n{CALENDAR}",
        "Content-Type: text/calendar; method=reply; name=meeting.ics\r\n\r\nBEGIN:VCALENDAR",
    ],
)
def test_meeting_request(part: str) -> None:
    headers, body = multipart("multipart/alternative", TEXT, part)
    found = verdict(headers, body=body)
    assert found is not None
    assert found.kind is AutomaticKind.CALENDAR


def test_a_calendar_file_that_a_person_attaches_is_a_file() -> None:
    headers, body = multipart(
        "multipart/mixed",
        TEXT,
        f"Content-Type: text/calendar; name=hearing.ics\r\nContent-Disposition: attachment\r\n\r\n{CALENDAR}",
    )
    assert verdict(headers, body=body) is None


def test_a_forwarded_automatic_mail_does_not_make_the_forward_automatic() -> None:
    headers, body = multipart(
        "multipart/mixed",
        TEXT,
        "Content-Type: message/rfc822\r\n\r\nAuto-Submitted: auto-replied\r\nSubject: Out of office\r\n\r\nx",
        "Content-Type: message/disposition-notification\r\n\r\nDisposition: x; displayed",
    )
    assert verdict(headers, body=body) is None


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ("X-Auto-Submitted: auto-replied", AutomaticKind.AUTO_REPLY),
        ("X-Autoresponse: yes", AutomaticKind.AUTO_REPLY),
        ("X-Vacation: yes", AutomaticKind.AUTO_REPLY),
        ("X-Cron-Env: <SHELL=/bin/sh>", AutomaticKind.AUTO_REPLY),
        ("X-Precedence: auto_reply", AutomaticKind.AUTO_REPLY),
        ("Preference: auto_reply", AutomaticKind.AUTO_REPLY),
        ("X-Precedence: bulk", AutomaticKind.LIST),
        ("X-BeenThere: caucus@parl.example", AutomaticKind.LIST),
        ("X-Mailman-Version: 2.1", AutomaticKind.LIST),
        ("Mailing-List: contact caucus-help@parl.example", AutomaticKind.LIST),
        ("X-Mailing-List: <caucus@parl.example>", AutomaticKind.LIST),
        ("Auto-Submitted: (x) auto-replied", None),
        ("X-Loop: caucus@parl.example", None),
        ("X-MS-Exchange-Inbox-Rules-Loop: ana.pell@parl.example", None),
        ("Sender: owner-x@parl.example", None),
        ("Precedence: normal", None),
    ],
)
def test_fields_of_responders_and_list_software(headers: str, expected: AutomaticKind | None) -> None:
    assert kind(headers) is expected


AWAY = "I am out of the office until Monday, November 9. For urgent matters, please contact Kim at 613-555-0101."
ANSWER = "In-Reply-To: <x@mail.office.example>"


def test_a_text_that_is_nothing_but_an_absence_notice_in_an_answer() -> None:
    found = Automatic(kind=AutomaticKind.OUT_OF_OFFICE, evidence="Text: nothing but an absence notice")
    assert verdict(ANSWER, subject="Dossier", body=AWAY) == found
    assert verdict(subject="RE: Dossier", body=AWAY) == found
    assert verdict(subject="Réf : Dossier", body="Je suis en congé jusqu'au 16 novembre.") == found
    assert verdict(subject="Dossier", body=AWAY) is None, "nobody asked: whoever wrote it wants us to know"
    assert verdict(ANSWER, body=f"{AWAY} The removal is on Friday.") is None
    forwarded = "Forwarded message\nFrom: a@b.example\nSubject: x\n\nRemoval tonight"
    assert verdict(ANSWER, body=f"{AWAY}\n\n{forwarded}") is None


def test_a_machine_that_says_so_in_its_text() -> None:
    assert verdict(ANSWER, body="Thank you for your message.\n\nThis is an automated response.") == Automatic(
        kind=AutomaticKind.AUTO_REPLY, evidence="Text: says so"
    )
    assert kind(ANSWER, body="Thank you. Is this an automated response?") is None


BACK = "-----Original Message-----\nFrom: Centre <mcmps@office.example>\nTo: Ana\nSubject: Received\n\nWe received it."


def test_our_own_mail_forwarded_back_without_a_word() -> None:
    assert verdict(subject="FW: Received", body=BACK) == Automatic(
        kind=AutomaticKind.OWN, evidence="forwarded: our own mail"
    )
    assert kind(subject="FW: Received", body=f"What does this mean?\n\n{BACK}") is None
    assert kind(subject="FW: Received", body=BACK.replace("mcmps@office.example", "other@parl.example")) is None
