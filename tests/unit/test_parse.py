"""Bytes to Email as a whole; and that any bytes give an Email or `Unparsable`, never anything else."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import logging
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inboxd.errors import Unparsable
from inboxd.mail import Address, AuthResult, AutomaticKind, Email, Language, SubjectIntent
from inboxd.parsers import parse
from inboxd.settings import LimitSettings, OfficeSettings, SenderSettings

OFFICE = OfficeSettings(
    address="mcmps@office.example", name_en="Centre", name_fr="Centre", message_id_domain="mail.office.example"
)


def email(raw: bytes, limits: LimitSettings | None = None) -> Email:
    return parse(
        raw,
        digest=hashlib.sha256(raw).hexdigest(),
        limits=limits or LimitSettings(),
        office=OFFICE,
        senders=SenderSettings(roster=Path("roster.csv"), authserv_ids=("mx.office.example",)),
        two_letter_prefixes=("EP", "PR", "SV"),
    )


PDF = base64.encodebytes(b"%PDF-1.4\n1 0 obj<<>>endobj\n%%EOF\n")
SUBMISSION = (
    (
        b"Return-Path: <ana.pell.c1@parl.example>\r\n"
        b"Received: from out.parl.example by mx.office.example; Mon, 02 Nov 2026 09:00:07 -0500\r\n"
        b"Authentication-Results: mx.office.example; dmarc=pass header.from=parl.example\r\n"
        b"From: =?utf-8?q?Pell=2C_Zo=C3=A9?= <Ana.Pell.C1@parl.example>\r\n"
        b"To: MCMPS-CMDS <mcmps@office.example>\r\nCc: second@parl.example\r\nReply-To: team@parl.example\r\n"
        b"Subject: MCMPS attachment - Fichier joint CMDS E123456789\r\n"
        b"Date: Mon, 02 Nov 2026 09:00:00 -0500\r\nMessage-ID: <m1@parl.example>\r\nReferences: <m0@parl.example>\r\n"
        b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="=_1"\r\n\r\n'
        b"--=_1\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
        b"Bonjour,\r\n\r\nVoici le certificat de police de la cliente, dossier W987654321. Merci de le joindre.\r\n\r\n"
        b'--=_1\r\nContent-Type: application/pdf; name="certificat.pdf"\r\nContent-Transfer-Encoding: base64\r\n'
        b'Content-Disposition: attachment; filename="certificat.pdf"\r\n\r\n'
    )
    + PDF
    + b"\r\n--=_1--\r\n"
)
AWAY = (
    b"Return-Path: <>\r\nFrom: ana.pell@parl.example\r\n"
    b"Subject: Automatic reply: MCMPS attachment - Fichier joint CMDS "
    b"E123456789\r\nAuto-Submitted: auto-replied\r\n\r\nI am out of the office.\r\n"
)
BOUNCE = (
    b"Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.parl.example\r\nSubject: Undeliverable\r\n"
    b"Content-Type: multipart/report; report-type=delivery-status; boundary=r\r\n\r\n--r\r\n\r\nIt failed.\r\n"
    b"--r\r\nContent-Type: message/delivery-status\r\n\r\n"
    b"Final-Recipient: rfc822; ana@parl.example\r\nAction: failed\r\n"
    b"Status: 5.1.1\r\n--r\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: <inboxd.0a@mail.office.example>\r\n"
    b"Subject: for W987654321\r\n\r\nremoval tonight\r\n--r--\r\n"
)
HTML = (
    b"From: a@parl.example\r\nSubject: =?iso-8859-1?Q?Visa_refus=E9?=\r\n"
    b"Content-Type: multipart/related; boundary=h\r\n\r\n"
    b"--h\r\nContent-Type: text/html; charset=windows-1252\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    b'<html><body><p>The client=92s visa was refused.</p><img src=3D"cid:logo@x"></body></html>\r\n'
    b"--h\r\nContent-Type: image/gif\r\nContent-ID: <logo@x>\r\n\r\nGIF89a\x10\x00\x10\x00\r\n--h--\r\n"
)
NESTED = (
    b"From: a@parl.example\r\nSubject: fwd\r\nContent-Type: multipart/mixed; boundary=o\r\n\r\n"
    b"--o\r\n\r\nsee below\r\n--o\r\n"
    b"Content-Type: message/rfc822\r\n\r\nFrom: c@home.example\r\nSubject: x\r\n"
    b"Content-Type: multipart/mixed; boundary=i\r\n"
    b"\r\n--i\r\n\r\nI am desperate\r\n"
    b"--i\r\nContent-Type: application/pdf; name=a.pdf\r\n\r\n%PDF-1.4\r\n--i--\r\n--o--\r\n"
)
SAMPLES = (SUBMISSION, AWAY, BOUNCE, HTML, NESTED)


def strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from strings(item)
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from strings(getattr(value, field.name))


def check(raw: bytes) -> Email | None:
    """The contract for any bytes."""
    try:
        found = email(raw, LimitSettings(max_parts=50, max_depth=8))
    except Unparsable:
        return None
    for text in strings(found):
        text.encode("utf-8")
        assert "\x00" not in text
    for line in (found.subject, found.message_id, *found.references, *found.in_reply_to):
        assert "\n" not in line
        assert "\r" not in line
    assert found.date is None or found.date.tzinfo is not None
    assert sum(len(one.content) for one in found.attachments) <= 2 * len(raw)
    for one in found.attachments:
        assert one.digest == hashlib.sha256(one.content).hexdigest()
        assert one.safe_name
    assert len({one.safe_name.casefold() for one in found.attachments}) == len(found.attachments)
    assert found.bounce is None or found.automatic is not None
    return found


def test_a_submission() -> None:
    found = email(SUBMISSION)
    assert found.sender == Address(name="Pell, Zoé", address="ana.pell.c1@parl.example")
    assert found.recipients == (
        Address(name="MCMPS-CMDS", address="mcmps@office.example"),
        Address(name="", address="second@parl.example"),
    )
    assert [box.address for box in found.reply_to] == ["team@parl.example"]
    assert found.date == datetime(2026, 11, 2, 14, tzinfo=UTC)
    assert (found.message_id, found.references) == ("<m1@parl.example>", ("<m0@parl.example>",))
    assert found.return_path == "ana.pell.c1@parl.example"
    assert found.size == len(SUBMISSION)
    assert found.digest == hashlib.sha256(SUBMISSION).hexdigest()
    assert found.subject_reading.intent is SubjectIntent.EXACT
    assert found.subject_reading.number == "E123456789"
    assert found.numbers == ("E123456789", "W987654321")
    assert found.language is Language.FR
    assert found.authentication.result is AuthResult.PASS
    assert found.automatic is None
    assert found.bounce is None
    assert [(one.name, one.sniffed_type, one.inline) for one in found.attachments] == [
        ("certificat.pdf", "application/pdf", False)
    ]
    assert found.attachments[0].content == base64.decodebytes(PDF)
    assert found.defects == ()


def test_an_automatic_reply_that_carries_the_phrase_is_automatic() -> None:
    found = email(AWAY)
    assert found.automatic is not None
    assert found.automatic.kind is AutomaticKind.OUT_OF_OFFICE


def test_a_bounce_speaks_only_for_itself() -> None:
    found = email(BOUNCE)
    assert found.bounce is not None
    assert found.bounce.original_message_id == "<inboxd.0a@mail.office.example>"
    assert found.automatic is not None
    assert found.automatic.kind is AutomaticKind.BOUNCE
    assert "removal" not in found.body.full
    assert found.numbers == ()
    assert [one.path for one in found.attachments] == ["2", "3"]


def test_a_reply_that_names_no_number_means_that_of_the_mail_it_answers() -> None:
    head = b"From: ana.pell@parl.example\r\nSubject: Re: the flight\r\n\r\n"
    quoted = b"\r\n\r\nOn Mon, Nov 2, 2026, Ana wrote:\r\n> It is about E123456789.\r\n"
    assert email(head + b"It was called off, thanks." + quoted).numbers == ("E123456789",)
    assert email(head + b"And now about F987654321." + quoted).numbers == ("F987654321",)


def test_an_html_mail_with_a_logo() -> None:
    found = email(HTML)
    assert found.subject == "Visa refusé"
    assert "The client’s visa was refused." in found.body.new
    assert found.body.html_only
    assert [one.inline for one in found.attachments] == [True]


def test_a_nested_message_is_files_and_not_the_senders_words() -> None:
    found = email(NESTED)
    assert "desperate" not in found.body.full
    assert [(one.path, one.name) for one in found.attachments] == [("2", ""), ("2/2", "a.pdf")]


def test_the_same_bytes_give_the_same_email() -> None:
    for raw in SAMPLES:
        assert email(raw) == email(raw)


def test_no_header_text_reaches_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        email(b"From: Secret Name <a@b.example>\r\nSubject: =?utf-8?b?####?= Secret\r\nDate: Secret\r\n\r\nSecret")
    assert "Secret" not in caplog.text


@pytest.mark.parametrize(
    "raw",
    [
        b"From: " + b", ".join(b"u%d@b.example" % number for number in range(4000)) + b"\r\n\r\nx",
        b"From: a@b.example\r\nTo: " + b"(" * 60_000 + b"\r\n\r\nx",
        b"From: a@b.example\r\nSubject: " + b"=?a?q?" * 10_000 + b"\r\n\r\nx",
        b"From: a@b.example\r\n" + b"X: y\r\n" * 40_000 + b"\r\nx",
        b"From: a@b.example\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n" + b"--x\r\n\r\ny\r\n" * 20_000,
        b'From: a@b.example\r\nContent-Type: multipart/mixed; boundary="-"\r\n\r\n' + b"-" * 500_000,
        b"From: a@b.example\r\nContent-Type: text/plain; charset=punycode\r\n\r\n" + b"a" * 500_000,
        b"From: mailer-daemon@b.example\r\nSubject: failed\r\n\r\n" + b"a.b-c@" * 50_000,
        b"From: a@b.example\r\nContent-Type: message/rfc822\r\n\r\n" * 3000,
        b"From: a@b.example\r\nContent-Type: multipart/mixed" + b'; "' * 30_000 + b"\r\n\r\nx",
    ],
    ids=["mailboxes", "comments", "words", "fields", "parts", "dashes", "punycode", "bounce", "nested", "parameters"],
)
def test_a_hostile_mail_costs_no_more_than_its_length(raw: bytes) -> None:
    start = time.process_time()
    check(raw)
    assert time.process_time() - start < 8


@settings(deadline=None, max_examples=150)
@given(st.binary(max_size=400))
def test_any_bytes_are_an_email_or_unparsable(raw: bytes) -> None:
    check(raw)
    check(b"From: a@b.example\r\n" + raw)


@settings(deadline=None, max_examples=250, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_a_mutated_mail_is_an_email_or_unparsable(data: st.DataObject) -> None:
    raw = bytearray(data.draw(st.sampled_from(SAMPLES)))
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(raw)))
        end = min(len(raw), at + data.draw(st.integers(0, 40)))
        new = data.draw(
            st.one_of(
                st.binary(max_size=8),
                st.sampled_from(
                    [
                        b"\r\n",
                        b"\r\n\r\n",
                        b"\x00",
                        b"--",
                        b"=?",
                        b"?=",
                        b";",
                        b'"',
                        b"\xff",
                        b"<",
                        b"@",
                        b"\x1b$B",
                        b"--=_1\r\n",
                        b"Content-Type: message/rfc822\r\n\r\n",
                        b"charset=utf-7",
                        b"name*0*=",
                        b"%",
                    ]
                ),
            )
        )
        raw[at:end] = new
    check(bytes(raw))
