"""What attached messages say is evidence, marked as forwarded: one level deep, from whatever wrapping it comes in."""

from __future__ import annotations

import base64
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inboxd.mail import Email, Language
from inboxd.parsers import parse
from inboxd.settings import LimitSettings, OfficeSettings, SenderSettings
from tests.files.outlook_item import ItemFile, outlook_item
from tests.files.tnef import STRING, TnefFile, attribute, winmail

OFFICE = OfficeSettings(
    address="mcmps@office.example", name_en="Centre", name_fr="Centre", message_id_domain="mail.office.example"
)
HEAD = (
    "From: Ana Pell <ana.pell@parl.example>\r\nSubject: {subject}\r\nDate: Mon, 02 Nov 2026 09:00:00 -0500\r\n"
    "Content-Type: multipart/mixed; boundary=cut\r\n"
)
COVER = "Please see the attached message."
ALARM = "They are sending him back tonight, his application is F107221234."
OWN = "Bonjour, la demande F107221234 est pressante, aidez-nous s'il vous plaît avant la fin de la semaine."
LETTER = (
    "From: =?utf-8?q?Zo=C3=A9_Oak?= <zoe@home.example>\r\nTo: ana.pell@parl.example\r\n"
    "Date: Mon, 02 Nov 2026 08:00:00 -0500\r\nSubject: my brother\r\nMessage-ID: <letter@home.example>\r\n"
    f"Content-Type: text/plain\r\n\r\n{ALARM}\r\n"
)
EVIDENCE = f"From: Zoé Oak <zoe@home.example>\nSubject: my brother\n\n{ALARM}"
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
EML, MSG, TNEF = "message/rfc822", "application/vnd.ms-outlook", "application/ms-tnef"


def attached(content: bytes | str, kind: str = EML, name: str = "") -> str:
    named = f'; name="{name}"' if name else ""
    if kind == EML:
        return f"Content-Type: {kind}{named}\r\n\r\n{content if isinstance(content, str) else content.decode()}"
    written = base64.encodebytes(content.encode() if isinstance(content, str) else content).decode()
    return f"Content-Type: {kind}{named}\r\nContent-Transfer-Encoding: base64\r\n\r\n{written}"


def mail(*parts: str, cover: str = COVER, subject: str = "FW: my brother", fields: str = "") -> Email:
    text = f"Content-Type: text/plain; charset=utf-8\r\n\r\n{cover}"
    body = "".join(f"--cut\r\n{part}\r\n" for part in (text, *parts)) + "--cut--\r\n"
    return read((HEAD.format(subject=subject) + fields + "\r\n" + body).encode())


def read(raw: bytes) -> Email:
    return parse(
        raw,
        digest="0" * 64,
        limits=LimitSettings(),
        office=OFFICE,
        senders=SenderSettings(roster=Path("roster.csv"), authserv_ids=("mx.office.example",)),
        two_letter_prefixes=("EP", "PR", "SV"),
    )


# What is attached is forwarded


def test_the_words_of_an_attached_message_are_evidence_and_not_the_senders_own() -> None:
    found = mail(attached(LETTER))
    assert found.body.new == COVER
    assert found.body.forwarded == EVIDENCE
    assert ALARM not in found.body.full
    assert found.numbers == ("F107221234",)
    assert [one.path for one in found.attachments] == ["2"]
    assert found.defects == ()


@pytest.mark.parametrize(("kind", "name"), [("application/octet-stream", "letter.eml"), ("text/plain", "Mail.txt")])
def test_a_mail_saved_as_a_file_says_the_same(kind: str, name: str) -> None:
    assert mail(attached(f"Received: x\r\n{LETTER}", kind, name)).body.forwarded == EVIDENCE


def test_a_message_in_html_alone_is_read_too() -> None:
    page = LETTER.replace("text/plain", "text/html").replace(ALARM, f"<p>{ALARM}</p><p>Zo&eacute;</p>")
    assert mail(attached(page)).body.forwarded == f"{EVIDENCE}\n\nZoé"


def test_several_messages_follow_each_other_behind_what_is_forwarded_in_the_text() -> None:
    cover = f"{COVER}\r\n\r\n---------- Forwarded message ---------\r\nFrom: Bo <b@home.example>\r\n\r\nI am ill."
    second = LETTER.replace("my brother", "again").replace(ALARM, "No news.")
    found = mail(attached(LETTER), attached(second), cover=cover)
    assert found.body.forwarded == (
        f"I am ill.\n\n{EVIDENCE}\n\nFrom: Zoé Oak <zoe@home.example>\nSubject: again\n\nNo news."
    )


def test_of_an_attached_message_its_own_words_count_and_not_what_it_quotes() -> None:
    thread = LETTER.replace(ALARM, "Thank you.\r\n\r\nOn Mon, Nov 2, 2026, Ana wrote:\r\n> Is it E123456789?")
    found = mail(attached(thread))
    assert found.body.forwarded.endswith("\n\nThank you.")
    assert "Is it E123456789?" in found.body.quoted
    assert found.numbers == ("E123456789",)


def test_a_message_that_itself_forwards_one_brings_the_words_of_both() -> None:
    text = f"Can you help?\r\n\r\nBegin forwarded message:\r\n\r\nFrom: Bo\r\nSubject: x\r\n\r\n{ALARM}"
    assert mail(attached(LETTER.replace(ALARM, text))).body.forwarded.endswith(f"\n\nCan you help?\n\n{ALARM}")


def test_a_message_within_the_attached_message_is_not_opened() -> None:
    outer = LETTER.replace(f"Content-Type: text/plain\r\n\r\n{ALARM}",
                           "Content-Type: multipart/mixed; boundary=in\r\n\r\n--in\r\n\r\nSee below.\r\n--in\r\n"
                           f"Content-Type: message/rfc822\r\n\r\n{LETTER}\r\n--in--")
    found = mail(attached(outer))
    assert found.body.forwarded.endswith("\n\nSee below.")
    assert ALARM not in "".join((found.body.new, found.body.quoted, found.body.forwarded))


def test_a_subject_without_a_text_says_something_too() -> None:
    assert mail(attached(LETTER.replace(ALARM, ""))).body.forwarded == EVIDENCE.removesuffix(f"\n\n{ALARM}")


def test_a_mail_without_words_of_its_own_has_those_of_the_message_only() -> None:
    found = mail(attached(LETTER), cover="")
    assert (found.body.new, found.body.forwarded) == ("", EVIDENCE)


# What is attached, and no evidence


@pytest.mark.parametrize(
    "returned",
    [
        "From: MAILER-DAEMON@mx.parl.example\r\nSubject: Undeliverable\r\nReturn-Path: <>\r\n",
        "From: postmaster@mx.parl.example\r\nSubject: Delivery failure\r\n",
    ],
)
def test_a_returned_mail_says_nothing_new(returned: str) -> None:
    for kind in ("report; report-type=delivery-status", "mixed"):
        raw = f"{returned}Content-Type: multipart/{kind}; boundary=r\r\n\r\n--r\r\n\r\nIt failed.\r\n--r\r\n"
        found = read(f"{raw}Content-Type: message/rfc822\r\n\r\n{LETTER}\r\n--r--\r\n".encode())
        assert found.bounce is not None
        assert found.body.forwarded == ""
        assert found.numbers == ()


def test_a_delivery_report_that_a_person_attaches_says_nothing() -> None:
    report = ("From: postmaster@mx.parl.example\r\nSubject: Undeliverable: removal tonight\r\n"
              "Content-Type: multipart/report; report-type=delivery-status; boundary=r\r\n\r\n--r\r\n\r\n"
              f"Not delivered.\r\n--r\r\nContent-Type: message/rfc822\r\n\r\n{LETTER}\r\n--r--")
    assert mail(attached(report)).body.forwarded == ""


def test_an_automatic_answer_that_a_person_attaches_says_nothing_but_a_notice_does() -> None:
    assert mail(attached(f"Auto-Submitted: auto-replied\r\n{LETTER}")).body.forwarded == ""
    assert mail(attached(f"Auto-Submitted: auto-generated\r\n{LETTER}")).body.forwarded == EVIDENCE


def test_the_mail_that_is_answered_is_quoted_where_it_is_attached() -> None:
    answer = "In-Reply-To: <letter@home.example>\r\n"
    found = mail(attached(LETTER), subject="RE: my brother", fields=answer)
    assert (found.body.forwarded, ALARM in found.body.quoted) == ("", True)
    assert found.numbers == ("F107221234",)
    assert mail(attached(LETTER), subject="TR : my brother", fields=answer).body.forwarded == EVIDENCE
    assert mail(attached(LETTER), subject="RE: x", fields="In-Reply-To: <x@y>\r\n").body.forwarded == EVIDENCE
    thunderbird = f"{answer}X-Forwarded-Message-Id: <letter@home.example>\r\n"
    assert mail(attached(LETTER), subject="Re: my brother", fields=thunderbird).body.forwarded == EVIDENCE


# Outlook items and winmail.dat


def item(kind: str = "IPM.Note", *, html: str = "", eight_bit: bool = False, **more: str) -> bytes:
    names = {"sender": 0x0C1A, "address": 0x5D01, "exchange": 0x0C1F, "plain": 0x1000, "headers": 0x007D}
    texts = {0x001A: kind} | {names[name]: text for name, text in more.items()}
    file = ItemFile(content=PDF, long_name="a.pdf")
    return outlook_item(file, subject="my brother", html=html, texts=texts, eight_bit=eight_bit)


@pytest.mark.parametrize("eight_bit", [False, True])
def test_an_outlook_item_says_what_an_attached_message_says(eight_bit: bool) -> None:
    content = item(sender="Zoé Oak", address="zoe@home.example", plain=ALARM + "\r\n", eight_bit=eight_bit)
    found = mail(attached(content, MSG, "letter.msg"))
    assert found.body.forwarded == EVIDENCE
    assert found.numbers == ("F107221234",)
    assert [one.safe_name for one in found.attachments] == ["letter.msg", "a.pdf"]


def test_an_outlook_item_without_plain_text_has_its_html() -> None:
    content = item(sender="Zoé Oak", exchange="/o=Parl/cn=zoe", html=f"<p>{ALARM}</p>")
    assert mail(attached(content, MSG)).body.forwarded == f"From: Zoé Oak\nSubject: my brother\n\n{ALARM}"


@pytest.mark.parametrize(
    "content",
    [
        item("REPORT.IPM.Note.NDR", plain=ALARM),
        item("IPM.Note.Rules.OofTemplate.Microsoft", plain=ALARM),
        item(plain=ALARM, headers="Received: x\r\nAuto-Submitted: auto-replied\r\nTo: y"),
    ],
)
def test_an_item_that_a_machine_made_says_nothing(content: bytes) -> None:
    assert mail(attached(content, MSG)).body.forwarded == ""


@pytest.mark.parametrize(
    "content",
    [
        winmail(TnefFile(content=PDF, title=b"a.pdf"), plain=f"{OWN}\r\n"),
        winmail(plain=OWN, plain_kind=STRING),
        winmail(html=f"<p>{OWN}</p>"),
        winmail() + attribute(0x0002800C, f"{OWN}\0".encode("cp1252")),
    ],
)
def test_a_mail_that_is_nothing_but_a_winmail_dat_has_its_text_in_there(content: bytes) -> None:
    found = mail(attached(content, TNEF, "winmail.dat"), cover=" \r\n")
    assert found.body.new == found.body.full == OWN
    assert found.body.forwarded == ""
    assert found.numbers == ("F107221234",)
    assert found.language is Language.FR


def test_a_winmail_dat_beside_a_text_says_the_same_once_more() -> None:
    found = mail(attached(winmail(plain=ALARM), TNEF, "winmail.dat"))
    assert (found.body.new, found.body.forwarded, found.numbers) == (COVER, "", ())


# Bounds


def test_what_is_too_much_to_read_is_said() -> None:
    for parts in ([attached(LETTER)] * 21, [attached(LETTER.replace(ALARM, "word " * 50_000))]):
        found = mail(*parts)
        assert "body_too_long" in found.defects
        assert 1000 < len(found.body.forwarded) <= 200_000
    assert mail(*[attached(LETTER)] * 20).defects == ()


def test_many_large_pages_take_no_longer_than_one_large_mail() -> None:
    page = LETTER.replace("text/plain", "text/html").replace(ALARM, "<p>a <b>b</b> https://x.example </p>\r\n" * 8_000)
    start = time.process_time()
    found = mail(*[attached(page)] * 20)
    assert "body_too_long" in found.defects
    assert time.process_time() - start < 12


@given(st.text(st.characters(codec="utf-8"), max_size=300), st.text(max_size=60))
def test_any_attached_text_can_be_read(text: str, subject: str) -> None:
    letter = f"From: a@home.example\r\nSubject: {subject!r}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}"
    found = mail(attached(letter))
    assert found.body.new == COVER
    assert found.body.forwarded.startswith("From: a@home.example")
