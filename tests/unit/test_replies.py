"""A reply as it goes out: recipient, headers, thread, languages, bytes."""

from __future__ import annotations

import dataclasses
import email.policy
import hashlib
import re
from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import parseaddr
from typing import cast
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inboxd.errors import Permanent
from inboxd.mail import Address, Authentication, AuthResult, Body, Email, Language, SubjectIntent, SubjectReading
from inboxd.parsers.subject import read_subject
from inboxd.plan import INTERNAL_NOTICES, OutgoingMail, ReplyPlan, Value
from inboxd.replies import NOTICES, Templates, mask, message_id_for, render
from inboxd.settings import DocumentSettings, OfficeSettings, ReplySettings

TORONTO = ZoneInfo("America/Toronto")
NOW = datetime(2026, 12, 11, 21, 45, 7, tzinfo=UTC)
OFFICE = OfficeSettings(
    address="question@centre.example", name_en="Example Centre for Members and Senators (ECMS)",
    name_fr="Centre exemplaire des députés et des sénateurs (CEDS)", message_id_domain="centre.example")
REPLIES = ReplySettings(
    booking_url="https://liaison.example/", web_form_url="https://form.example/",
    find_member_url="https://find.example/", status_tracker_url="https://tracker.example/",
    passport_url="https://passport.example/", contact="1-555-0100")
TEMPLATES = Templates.load(REPLIES, OFFICE, TORONTO, DocumentSettings())
EVERY = [(name, language) for name in NOTICES for language in Language]


def a_mail(**changed: object) -> Email:
    mail = Email(
        digest="0" * 64, size=1000, message_id="<one@parl.example>", in_reply_to=(), references=(), date=NOW,
        sender=Address(name="A. Staffer", address="a.staffer@parl.example"), recipients=(), reply_to=(),
        return_path="a.staffer@parl.example", subject="Jane Sample, born 1990", language=Language.EN, attachments=(),
        body=Body(full="", new="", quoted="", signature="", forwarded="", html_only=False, links=()), automatic=None,
        bounce=None, authentication=Authentication(result=AuthResult.PASS, detail=""),
        subject_reading=SubjectReading(intent=SubjectIntent.NONE, normalised="", number="", reason="", looks_like="",
                                       is_reply=False, urgent_word=False, personal_text=False),
        numbers=(), ucis=(), case_references=(), defects=())
    return dataclasses.replace(mail, **changed)  # type: ignore[arg-type]  # tests name fields freely


def reply_of(name: str, language: Language = Language.EN, *, french_first: bool = False, **values: Value) -> ReplyPlan:
    return ReplyPlan(template=name, to="a.staffer@parl.example", language=language, french_first=french_first,
                     values={**NOTICES[name].sample, **values})


def sent(reply: ReplyPlan, to: Email | None = None) -> OutgoingMail:
    return render(TEMPLATES, reply, to, office=OFFICE, effect_key="mail/1042/reply/1", now=NOW)


def parsed(outgoing: OutgoingMail) -> EmailMessage:
    return cast("EmailMessage", BytesParser(policy=email.policy.SMTP).parsebytes(outgoing.raw))


def from_name(outgoing: OutgoingMail) -> str:
    """The display name; decoded by the older API, as the newer one puts a space between two encoded words."""
    name, address = parseaddr(str(message_from_bytes(outgoing.raw)["From"]))
    assert address == OFFICE.address
    return str(make_header(decode_header(name)))


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_every_notice_is_a_sound_mail_in_every_language(name: str, language: Language) -> None:
    outgoing = sent(reply_of(name, language), a_mail())
    mail = parsed(outgoing)
    assert mail.defects == []
    assert mail["To"] == "a.staffer@parl.example"
    assert mail["Subject"] == outgoing.subject
    assert mail["From"].addresses[0].addr_spec == OFFICE.address
    assert mail["Date"].datetime == NOW
    assert mail["Message-ID"] == outgoing.message_id
    assert mail["X-Auto-Response-Suppress"] == "All"
    assert mail["Content-Language"] == {"en": "en", "fr": "fr", "both": "en, fr"}[language]
    assert mail.get_content_type() == "text/plain"
    expected = TEMPLATES.text(name, language, NOTICES[name].sample)
    assert mail.get_content().replace("\r\n", "\n") == expected.body
    assert outgoing.subject == expected.subject
    assert outgoing.template_version == TEMPLATES.version_of(name)
    assert [header for header in ("Cc", "Bcc", "Reply-To", "Sender") if mail[header]] == []
    lines = outgoing.raw.split(b"\r\n")
    assert all(len(line) <= 78 and b"\r" not in line and b"\n" not in line for line in lines)


@pytest.mark.parametrize("name", NOTICES)
def test_a_machine_can_tell_that_a_machine_wrote_it(name: str) -> None:
    expected = "auto-generated" if name in INTERNAL_NOTICES else "auto-replied"
    assert parsed(sent(reply_of(name)))["Auto-Submitted"] == expected


def test_the_message_id_comes_from_the_effect_key_alone() -> None:
    digest = hashlib.sha256(b"mail/1042/reply/1").hexdigest()[:32]
    assert message_id_for("mail/1042/reply/1", "centre.example") == f"<inboxd.{digest}@centre.example>"
    assert sent(reply_of("receipt")).message_id == sent(reply_of("outsider", Language.FR)).message_id
    assert message_id_for("mail/1042/reply/2", "centre.example") != sent(reply_of("receipt")).message_id


@pytest.mark.parametrize("domain", ["", "centre.example>\r\nBcc: x@y.example", "a b", "centre..example"])
def test_a_message_id_needs_a_domain(domain: str) -> None:
    with pytest.raises(Permanent, match="message_id_domain"):
        message_id_for("key", domain)


def test_the_same_input_gives_the_same_bytes() -> None:
    reply = reply_of("failure", Language.BOTH)
    assert sent(reply, a_mail()).raw == sent(reply, a_mail()).raw
    later = render(TEMPLATES, reply, a_mail(), office=OFFICE, effect_key="mail/1042/reply/1", now=NOW.replace(second=8))
    assert later.raw.replace(b"16:45:08", b"16:45:07") == sent(reply, a_mail()).raw


def test_an_answer_stays_in_the_thread() -> None:
    mail = parsed(sent(reply_of("receipt"), a_mail(references=("<a@x.example>", "<b@x.example>"))))
    assert mail["In-Reply-To"] == "<one@parl.example>"
    assert mail["References"].split() == ["<a@x.example>", "<b@x.example>", "<one@parl.example>"]


def test_without_references_the_single_in_reply_to_stands_in() -> None:
    one = parsed(sent(reply_of("receipt"), a_mail(in_reply_to=("<a@x.example>",))))
    assert one["References"].split() == ["<a@x.example>", "<one@parl.example>"]
    two = parsed(sent(reply_of("receipt"), a_mail(in_reply_to=("<a@x.example>", "<b@x.example>"))))
    assert two["References"].split() == ["<one@parl.example>"]


def test_a_mail_without_a_message_id_starts_no_thread() -> None:
    mail = parsed(sent(reply_of("receipt"), a_mail(message_id="", references=("<a@x.example>",))))
    assert mail["In-Reply-To"] is None
    assert mail["References"] is None


def test_a_long_thread_keeps_its_root_and_its_latest() -> None:
    chain = tuple(f"<{place}@x.example>" for place in range(300))
    kept = parsed(sent(reply_of("receipt"), a_mail(references=chain)))["References"].split()
    assert len(kept) == 20
    assert kept[0] == "<0@x.example>"
    assert kept[-3:] == ["<298@x.example>", "<299@x.example>", "<one@parl.example>"]


def test_long_message_ids_are_not_encoded_as_words() -> None:
    long = f"<{'A' * 120}@eurprd05.prod.example>"
    raw = sent(reply_of("receipt"), a_mail(message_id=long, references=(f"<{'B' * 300}@x.example>",))).raw
    assert f"In-Reply-To: {long}\r\n".encode() in raw
    assert f"References: <{'B' * 300}@x.example>\r\n {long}\r\n".encode() in raw


@pytest.mark.parametrize("bad", ["<a@b.example>\r\nBcc: x@y.example", "no brackets", "<a b@c.example>", "<>",
                                 "<é@x.example>", f"<{'a' * 600}@x.example>"])
def test_broken_message_ids_are_left_out(bad: str) -> None:
    mail = parsed(sent(reply_of("receipt"), a_mail(references=("<a@x.example>", bad))))
    assert mail["References"].split() == ["<a@x.example>", "<one@parl.example>"]
    assert parsed(sent(reply_of("receipt"), a_mail(message_id=bad)))["In-Reply-To"] is None


@pytest.mark.parametrize("to", [
    "", "nobody", "a@b.example, c@d.example", "a@b.example\r\nBcc: c@d.example", "A <a@b.example>", "a@b@c.example",
    "é@b.example", "a b@c.example", f"{'a' * 65}@b.example", "a@b.example\n"])
def test_a_recipient_is_one_plain_address_or_nothing_goes_out(to: str) -> None:
    with pytest.raises(Permanent, match="recipient address"):
        sent(dataclasses.replace(reply_of("receipt"), to=to))


def test_an_office_name_cannot_break_out_of_its_header() -> None:
    office = OFFICE.model_copy(update={"name_en": 'Centre "A"\r\nBcc: x@y.example', "name_fr": "=?utf-8?q?x?= é" * 40})
    for language in Language:
        outgoing = render(TEMPLATES, reply_of("receipt", language), None, office=office, effect_key="k", now=NOW)
        assert parsed(outgoing)["Bcc"] is None
        assert parsed(outgoing)["From"].addresses[0].addr_spec == OFFICE.address
        assert all(len(line) <= 998 for line in outgoing.raw.split(b"\r\n"))


def test_an_office_name_that_looks_encoded_is_shown_as_it_is() -> None:
    office = OFFICE.model_copy(update={"name_en": "=?utf-8?q?Bank?= of A"})
    outgoing = render(TEMPLATES, reply_of("receipt"), None, office=office, effect_key="k", now=NOW)
    assert from_name(outgoing) == office.name_en


def test_both_languages_stand_in_full_in_the_order_of_the_province() -> None:
    english = TEMPLATES.text("ack_urgent", Language.EN, NOTICES["ack_urgent"].sample)
    french = TEMPLATES.text("ack_urgent", Language.FR, NOTICES["ack_urgent"].sample)
    for french_first, first, second, note in ((False, english, french, "(Le français suit)"),
                                              (True, french, english, "(English follows)")):
        outgoing = sent(reply_of("ack_urgent", Language.BOTH, french_first=french_first))
        mail = parsed(outgoing)
        text = mail.get_content().replace("\r\n", "\n")
        assert text.startswith(note + "\n\n" + first.body)
        assert text.endswith("\n\n" + second.body)
        assert mail["Subject"] == f"{first.subject} / {second.subject}"
        assert mail["Content-Language"] == ("fr, en" if french_first else "en, fr")
        names = (OFFICE.name_fr, OFFICE.name_en) if french_first else (OFFICE.name_en, OFFICE.name_fr)
        assert from_name(outgoing) == " / ".join(names)


def test_nothing_of_the_sender_is_repeated_but_the_address() -> None:
    for name in NOTICES:
        outgoing = sent(reply_of(name, Language.BOTH), a_mail())
        assert b"Jane" not in outgoing.raw
        assert b"Staffer" not in outgoing.raw


@pytest.mark.parametrize("name", NOTICES)
def test_no_subject_looks_like_a_submission_or_shows_a_number(name: str) -> None:
    for values in NOTICES[name].every_case():
        for french_first in (False, True):
            subject = TEMPLATES.text(name, Language.BOTH, values, french_first=french_first).subject
            assert not re.search("mcmps attachment|fichier joint", subject, re.IGNORECASE)
            assert not re.search(r"[A-Z]{1,2}\d{8,9}", subject)


@pytest.mark.parametrize("name", NOTICES)
def test_an_answer_to_a_notice_is_not_taken_for_a_submission(name: str) -> None:
    for values in NOTICES[name].every_case():
        for language in Language:
            for prefix in ("", "Re: ", "RE : ", "TR : ", "FW: RE: "):
                reading = read_subject(prefix + TEMPLATES.text(name, language, values).subject, ("EP", "PR", "SV"))
                assert (reading.intent, reading.number) == (SubjectIntent.NONE, "")


def test_a_subject_that_would_loop_is_never_sent() -> None:
    with pytest.raises(Permanent, match="subject that must not be sent"):
        sent(reply_of("status", reference="MCMPS  Attachment - Fichier joint CMDS"))


def test_a_value_that_is_missing_stops_the_reply() -> None:
    plan = dataclasses.replace(reply_of("ack_urgent"), values={"received": NOW})
    with pytest.raises(Permanent, match=r"ack_urgent cannot be rendered: .*ack_urgent\.txt\.j2:1: 'reference' is un"):
        sent(plan)


def test_an_unknown_code_stops_the_reply_and_does_not_show_itself() -> None:
    with pytest.raises(Permanent, match="not among the reasons") as caught:
        sent(reply_of("failure", reason="JANE SAMPLE"))
    assert "JANE" not in str(caught.value)


def test_an_unknown_notice_is_refused() -> None:
    with pytest.raises(Permanent, match="no notice called nonsense"):
        sent(dataclasses.replace(reply_of("receipt"), template="nonsense"))


@pytest.mark.parametrize(("number", "shown"), [
    ("E123456789", "E*****6789"), ("EP12345678", "EP****5678"), ("e 123-456-789", "E*****6789"),
    ("XE123456789", "XE*****6789"), ("RHB123456789", "RHB*****6789"), ("1234567", "****567"), ("12", "*2"), ("", ""),
])
def test_masks(number: str, shown: str) -> None:
    assert mask(number) == shown


@given(st.text(max_size=40))
def test_a_mask_hides_at_least_half_of_what_follows_the_letters(number: str) -> None:
    shown = mask(number)
    letters = re.match(r"[A-Z]{0,3}", shown)
    assert letters is not None
    rest = shown[letters.end():]
    assert rest.count("*") * 2 >= len(rest)
    assert len(rest) - rest.count("*") <= 4


ANY = st.text(st.characters(), max_size=60)  # all of Unicode: controls, lone surrogates, direction marks
NASTY = st.one_of(ANY, st.sampled_from([
    "x\r\nBcc: evil@y.example", "x\n\n.\r\nQUIT", "=?utf-8?q?Bcc?=", "{{ 7*7 }}", "\u202egpj.exe", "a\x00b",
    "\u2028Subject: x", "\x85x", "é" * 300, "x" * 5000]))


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(EVERY), st.data())
def test_whatever_the_values_hold_one_sound_mail_comes_out(pair: tuple[str, Language], data: st.DataObject) -> None:
    name, language = pair
    free = {"number", "reference", "correct_subject", "suggestion", "mail_id", "office", "tracker", "max_file_mb"}
    values = dict(NOTICES[name].sample)
    for key in sorted(values.keys() & free):
        values[key] = data.draw(NASTY, label=key)
    for key in sorted(values.keys() & {"files", "confirmed"}):
        values[key] = ({"name": data.draw(NASTY, label=key), "size": data.draw(NASTY)},)
    if "criteria" in values:
        values["criteria"] = ({"id": "CR-01", "en": data.draw(NASTY), "fr": data.draw(NASTY)},)
    outgoing = sent(reply_of(name, language, **values), a_mail(message_id=data.draw(NASTY)))
    mail = parsed(outgoing)
    allowed = {"From", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "Auto-Submitted",
               "X-Auto-Response-Suppress", "Content-Language", "MIME-Version", "Content-Type",
               "Content-Transfer-Encoding"}
    assert set(mail.keys()) <= allowed
    assert len(mail.keys()) == len(set(mail.keys()))
    assert mail["To"] == "a.staffer@parl.example"
    assert mail.defects == []
    head, _, body = outgoing.raw.partition(b"\r\n\r\n")
    assert head.isascii()
    assert body.isascii()
    assert all(len(line) <= 998 for line in outgoing.raw.split(b"\r\n"))
    assert b"\n" not in outgoing.raw.replace(b"\r\n", b"")
    assert b"\r" not in outgoing.raw.replace(b"\r\n", b"")
    text = mail.get_content().replace("\r\n", "\n")
    assert text == TEMPLATES.text(name, language, {**NOTICES[name].sample, **values}).body
    assert "\u202e" not in text
    assert "\x00" not in text
