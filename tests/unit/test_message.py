"""Headers and structure of hostile and sloppy mail: a test for each pitfall of mail-parser and the `email` package."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from inboxd.errors import Unparsable
from inboxd.mail import Address
from inboxd.parsers import mime
from inboxd.parsers.charsets import DAMAGED, GUESSED, decode, one_line
from inboxd.parsers.headers import decode_words, structured, unbase64
from inboxd.parsers.message import Message, read
from inboxd.settings import LimitSettings

LIMITS = LimitSettings()
HEAD = b"From: Ana Pell <ana.pell@parl.example>\r\nSubject: Dossier\r\nDate: Mon, 02 Nov 2026 09:00:00 -0500\r\n"


def message(raw: bytes, **limits: int) -> Message:
    return read(raw, LimitSettings(**limits) if limits else LIMITS)


def with_head(rest: bytes) -> Message:
    return message(HEAD + rest)


def mixed(*parts: bytes, kind: bytes = b"mixed") -> bytes:
    body = b"".join(b"--cut\r\n" + part + b"\r\n" for part in parts)
    return HEAD + b"Content-Type: multipart/" + kind + b"; boundary=cut\r\n\r\n" + body + b"--cut--\r\n"


PLAIN = b"Content-Type: text/plain; charset=utf-8\r\n\r\n"
HTML = b"Content-Type: text/html; charset=utf-8\r\n\r\n"


# mail-parser raising: M1-M4


def test_m1_truncated_nested_multipart_that_makes_mail_parser_raise_is_still_read() -> None:
    found = with_head(
        b"Content-Type: multipart/mixed; boundary=a\n\n"
        b"--a\nContent-Type: multipart/mixed; boundary=b\n\nremoval tonight"
    )
    assert found.plain == "removal tonight"
    assert found.sender == Address(name="Ana Pell", address="ana.pell@parl.example")
    assert found.date == datetime(2026, 11, 2, 14, tzinfo=UTC)
    assert {"structure_unreadable", "start_boundary_not_found"} <= set(found.defects)


def test_m2_root_that_is_a_nested_message_is_one_part() -> None:
    found = with_head(b"Content-Type: message/rfc822\r\n\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\nhi")
    assert [(part.path, part.content_type) for part in found.parts] == [("1", "message/rfc822")]
    assert found.plain == ""


def test_m3_nul_in_the_charset_is_only_an_unknown_charset() -> None:
    found = with_head(b'Content-Type: text/plain; charset="utf-8\x00"\r\n\r\nd\xe9j\xe0')
    assert found.plain == "déjà"
    assert GUESSED in found.defects


def test_m4_nesting_beyond_the_limit_is_one_leaf_with_its_bytes() -> None:
    inner = b"Content-Type: application/pdf\r\n\r\n%PDF-1.4 the document"
    for level in range(40):
        inner = b"Content-Type: multipart/mixed; boundary=n%d\r\n\r\n--n%d\r\n" % (level, level) + inner
    found = message(HEAD + inner, max_depth=5)
    assert "too_deep" in found.defects
    assert len(found.parts) == 1
    assert b"%PDF-1.4 the document" in found.parts[0].content


def test_m4_parts_beyond_the_limit_are_kept_as_one_leaf() -> None:
    raw = mixed(*(b"Content-Type: application/pdf\r\n\r\n%PDF-1.4 " + b"%d" % number for number in range(30)))
    found = message(raw, max_parts=10)
    assert "too_many_parts" in found.defects
    assert len(found.parts) == 10
    assert b"%PDF-1.4 29" in found.parts[-1].content


def test_two_thousand_levels_of_nesting_do_not_exhaust_the_stack() -> None:
    inner = b"".join(b"Content-Type: multipart/mixed; boundary=n%d\r\n\r\n--n%d\r\n" % (n, n) for n in range(2000))
    assert "too_deep" in message(HEAD + inner, max_depth=100_000).defects


# What is the body, what is not: M5, M10, M15, M21

REPORT = (
    HEAD + b"Content-Type: multipart/report; report-type=delivery-status; boundary=r\r\n\r\n"
    b"--r\r\nContent-Type: text/plain\r\n\r\nhuman text\r\n"
    b"--r\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
    b"Final-Recipient: rfc822; a@b.example\r\nStatus: 5.1.1\r\n"
    b"--r\r\nContent-Type: message/rfc822\r\n\r\nSubject: original\r\n\r\nORIGINAL BODY\r\n--r--\r\n"
)


def test_m5_the_returned_mail_is_no_body_text_and_the_status_is_kept() -> None:
    found = message(REPORT)
    assert found.plain.strip() == "human text"
    assert [part.content_type for part in found.parts] == ["message/delivery-status", "message/rfc822"]
    assert b"Status: 5.1.1" in found.parts[0].content


def test_m5_the_bytes_of_a_nested_message_are_exact() -> None:
    assert message(REPORT).parts[1].content == b"Subject: original\r\n\r\nORIGINAL BODY"


def test_m10_an_unnamed_binary_part_is_a_file_and_not_text() -> None:
    found = message(mixed(PLAIN + b"see attached", b"Content-Type: application/pdf\r\n\r\n%PDF-1.4 x"))
    assert found.plain == "see attached"
    assert found.parts[0].content == b"%PDF-1.4 x"


def test_m15_a_named_text_part_is_the_body_if_there_is_no_other() -> None:
    found = with_head(b'Content-Type: text/plain; name="message.txt"\r\n\r\nremoval on Friday')
    assert found.plain == "removal on Friday"
    assert found.parts == ()


def test_m15_a_named_text_part_beside_a_body_is_a_file() -> None:
    found = message(mixed(PLAIN + b"hello", b'Content-Type: text/plain; name="notes.txt"\r\n\r\nnotes'))
    assert found.plain == "hello"
    assert [part.filename for part in found.parts] == ["notes.txt"]


def test_m21_an_unnamed_calendar_is_a_part() -> None:
    found = message(mixed(PLAIN + b"x", b"Content-Type: text/calendar; method=REQUEST\r\n\r\nBEGIN:VCALENDAR"))
    assert found.parts[0].parameter("method") == "REQUEST"


def test_text_sent_in_one_form_only_is_in_both_views() -> None:
    both = (
        b"Content-Type: multipart/alternative; boundary=alt\r\n\r\n--alt\r\n"
        + PLAIN
        + b"first\r\n--alt\r\n"
        + HTML
        + b"<p>first</p>\r\n--alt--"
    )
    found = message(mixed(both, HTML + b"<p>removal is tonight</p>", PLAIN + b"<footer>"))
    assert "removal is tonight" in found.plain
    assert found.plain.count("first") == 1
    assert "&lt;footer&gt;" in found.html


def test_texts_of_one_alternative_are_both_given() -> None:
    found = message(mixed(PLAIN + b"plain", HTML + b"<b>rich</b>", kind=b"alternative"))
    assert (found.plain, found.html) == ("plain", "<b>rich</b>")


# Charsets: M6-M9, M24


def test_m6_raw_latin_header_keeps_every_letter() -> None:
    found = message(b"From: a@b.example\r\nSubject: R\xe9ponse \xe0 la r\xe9clamation\r\n\r\nx")
    assert found.subject == "Réponse à la réclamation"


def test_m6_raw_utf8_header() -> None:
    found = message("From: Zoé Côté <a@b.example>\r\nSubject: Réponse à Zoé\r\n\r\nx".encode())
    assert found.subject == "Réponse à Zoé"
    assert found.sender == Address(name="Zoé Côté", address="a@b.example")


def test_m6_raw_header_is_read_in_the_charset_of_the_body() -> None:
    subject = "Вопрос о визе".encode("koi8-r")
    raw = b"From: a@b.example\r\nSubject: " + subject + b"\r\nContent-Type: text/plain; charset=koi8-r\r\n\r\nx"
    assert message(raw).subject == "Вопрос о визе"


@pytest.mark.parametrize(
    "disposition",
    [
        b'attachment; filename="r\xe9sum\xe9.pdf"',
        'attachment; filename="résumé.pdf"'.encode(),
        b'attachment; filename="=?iso-8859-1?Q?r=E9sum=E9.pdf?="',
        b"attachment; filename*=iso-8859-1''r%E9sum%E9.pdf",
        b"attachment; filename*0*=utf-8'fr'r%C3%A9su; filename*1*=m%C3%A9; filename*2=.pdf",
        b"attachment; filename=\"resume.pdf\"; filename*=utf-8''r%C3%A9sum%C3%A9.pdf",
    ],
)
def test_m7_file_names_in_every_encoding(disposition: bytes) -> None:
    found = message(
        mixed(
            PLAIN + b"x", b"Content-Type: application/pdf\r\nContent-Disposition: " + disposition + b"\r\n\r\n%PDF-1.4"
        )
    )
    assert found.parts[0].filename == "résumé.pdf"


@pytest.mark.parametrize("charset", ["iso-2022-jp", "utf-7", "hz"])
def test_m8_seven_bit_charsets_are_decoded_without_transfer_encoding(charset: str) -> None:
    text = "すし" if charset == "iso-2022-jp" else "汉字"
    found = with_head(b"Content-Type: text/plain; charset=" + charset.encode() + b"\r\n\r\n" + text.encode(charset))
    assert found.plain == text


def test_m8_undeclared_iso_2022_jp_is_recognised() -> None:
    assert with_head(b"\r\n" + "すし".encode("iso-2022-jp")).plain == "すし"


def test_m9_undeclared_windows_text() -> None:
    found = with_head(b"\r\nD\xe9j\xe0 pay\xe9 100\x80")
    assert found.plain == "Déjà payé 100€"
    assert GUESSED in found.defects


@pytest.mark.parametrize(
    ("declared", "payload", "text"),
    [
        ("iso-8859-1", b"l\x92\xe9t\xe9", "l’été"),
        ("us-ascii", "été".encode(), "été"),
        ("utf-8", b"\xe9t\xe9", "été"),
        ("windows-874", "ไทย".encode("cp874"), "ไทย"),
        ("x-gbk", "汉字".encode("gbk"), "汉字"),
        ("gb2312", "镕基".encode("gbk"), "镕基"),
        ("ks_c_5601-1987", "한글".encode("cp949"), "한글"),
        ("koi8r", "да".encode("koi8-r"), "да"),
        ("x-sjis", "日本".encode("cp932"), "日本"),
        ("cp-850", "été".encode("cp850"), "été"),
        ("unknown-8bit", "été".encode(), "été"),
        ("x-invalid", b"plain", "plain"),
        ("idna", b"plain+", "plain+"),
        ("", b"\xef\xbb\xbfBonjour \xc3\xa0 vous", "Bonjour à vous"),
    ],
)
def test_m9_charset_ladder(declared: str, payload: bytes, text: str) -> None:
    assert decode(payload, declared)[0] == text


def test_m24_one_bad_byte_does_not_turn_the_whole_text_into_mojibake() -> None:
    payload = "Prière de vérifier le dossier déjà déposé à Montréal, où elle a été reçue. ".encode() * 2 + b"\xff"
    text, defect = decode(payload, "utf-8")
    assert text.startswith("Prière de vérifier")
    assert text.endswith("\ufffd")
    assert defect == DAMAGED


# Fields that repeat or are sloppy: M14, M16, M17


def test_m14_a_repeated_subject_is_one_text_and_a_defect() -> None:
    found = message(
        b"From: a@b.example\r\nSubject: first\r\nSubject: second\r\nMessage-ID: <1@x>\r\nMessage-ID: <2@x>\r\n\r\n"
    )
    assert (found.subject, found.message_id) == ("first", "<1@x>")
    assert {"repeated_subject", "repeated_message_id"} <= set(found.defects)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Fri, 5 Jan 2024 9:11:12 +0100", datetime(2024, 1, 5, 8, 11, 12, tzinfo=UTC)),
        ("Fri, 05 Jan 2024 09:11:12 +01:00", datetime(2024, 1, 5, 8, 11, 12, tzinfo=UTC)),
        ("5 January 2024 09:11:12 -0500", datetime(2024, 1, 5, 14, 11, 12, tzinfo=UTC)),
        ("Fri 5 Jan 2024 09:11:12 -0500", datetime(2024, 1, 5, 14, 11, 12, tzinfo=UTC)),
        ("Fri, 05 Jan 2024 09:11:12", datetime(2024, 1, 5, 9, 11, 12, tzinfo=UTC)),
    ],
)
def test_m16_sloppy_dates(written: str, expected: datetime) -> None:
    found = message(f"From: a@b.example\r\nDate: {written}\r\n\r\nx".encode())
    assert found.date == expected
    assert "date_sloppy" in found.defects


@pytest.mark.parametrize(
    "written", ["nonsense", "Fri, 31 Dec 9999 23:59:59 -2359", "Mon, 1 Jan 1850 00:00:00 +1400", "99999999999999999999"]
)
def test_m16_an_impossible_date_gives_way_to_the_last_received(written: str) -> None:
    raw = (
        b"Received: from a by b with ESMTP id 1;\r\n Mon, 02 Nov 2026 09:00:00 -0500\r\n"
        b"Received: from c by a; Sun, 01 Nov 2026 09:00:00 -0500\r\nFrom: a@b.example\r\nDate: "
        + written.encode()
        + b"\r\n\r\nx"
    )
    found = message(raw)
    assert found.date == datetime(2026, 11, 2, 14, tzinfo=UTC)
    assert "date_unreadable" in found.defects


def test_m16_without_any_date_there_is_none() -> None:
    assert message(b"From: a@b.example\r\n\r\nx").date is None


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("Jean Dupont jean@parl.example", "jean@parl.example"),
        ("jean@parl.example.", "jean@parl.example"),
        ("jean.@docomo.example", "jean.@docomo.example"),
        ("<jean@parl.example", "jean@parl.example"),
    ],
)
def test_m17_a_from_outside_the_grammar_with_one_address(written: str, address: str) -> None:
    found = message(f"From: {written}\r\n\r\nx".encode())
    assert found.sender is not None
    assert found.sender.address == address
    assert "from_uncertain" in found.defects


# Spoofing: S3


@pytest.mark.parametrize(
    "written",
    [
        "boss@parl.example <evil@other.example>",
        '"boss@parl.example" <evil@other.example>',
        "boss@parl.example (Office) <evil@other.example>",
        "=?utf-8?q?boss=40parl=2Eexample?= <evil@other.example>",
        "=?utf-8?q?Boss_=3Cboss=40parl=2Eexample=3E?= <evil@other.example>",
        '"Boss <boss@parl.example>" <evil@other.example>',
        "evil@other.example (boss@parl.example)",
    ],
)
def test_s3_a_display_name_never_becomes_the_sender(written: str) -> None:
    found = message(f"From: {written}\r\n\r\nx".encode())
    assert found.sender is not None
    assert found.sender.address == "evil@other.example"


@pytest.mark.parametrize(
    "written",
    [
        "boss@parl.example, evil@other.example",
        "Boss <boss@parl.example>, Evil <evil@other.example>",
        "<boss@parl.example> <evil@other.example>",
        "boss@parl.example <evil@@other.example>",
        "boss@parl.example <evil=40other.example>",
        "boss@parl.example <evil",
        "Boss boss@parl.example =?utf-8?q?=3Cevil=40other.example=3E?=",
        "boss@parl.example, <evil",
    ],
)
def test_s3_where_two_could_be_meant_there_is_no_sender(written: str) -> None:
    found = message(f"From: {written}\r\n\r\nx".encode())
    assert found.sender is None
    assert {"several_from", "from_unreadable"} & set(found.defects)


def test_s3_two_from_fields_give_no_sender() -> None:
    found = message(b"From: boss@parl.example\r\nFrom: evil@other.example\r\n\r\nx")
    assert found.sender is None
    assert {"several_from", "repeated_from"} <= set(found.defects)


def test_two_from_fields_with_the_same_address_are_one_sender() -> None:
    found = message(b"From: Ana <A@parl.example>\r\nFrom: a@PARL.example\r\n\r\nx")
    assert found.sender == Address(name="Ana", address="a@parl.example")


# What is no mail, or begins with something else: M18, M19


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\r\n\r\n",
        b"\xef\xbb\xbf",
        b"%PDF-1.4\n1 0 obj",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
        b"\x78\x9f\x3e\x22" + bytes(50),
        b"Just a text.\nAnd more of it.",
        b"Content-Type: text/plain\r\n\r\nbody",
        b"From nobody Mon Nov  2 09:00:00 2026\n",
        b"To: a@b.example\r\n\r\nx",
        bytes(range(256)),
    ],
)
def test_m18_junk_is_unparsable(raw: bytes) -> None:
    with pytest.raises(Unparsable):
        message(raw)


@pytest.mark.parametrize(
    "lead",
    [
        b"\xef\xbb\xbf",
        b"\r\n\r\n",
        b"From ana@parl.example Mon Nov  2 09:00:00 2026\n",
        b" \n\t\n",
        b">From ana@parl.example Mon Nov  2 09:00:00 2026\n",
        b"This text stands before the headers\r\n",
        b"\xef\xbb\xbf\r\nFrom ana Mon Nov  2\r\n",
    ],
)
def test_m19_what_stands_before_the_headers_does_not_hide_them(lead: bytes) -> None:
    found = message(lead + HEAD + b"\r\nbody")
    assert (found.subject, found.plain) == ("Dossier", "body")
    assert found.sender is not None


def test_m19_a_spaced_from_field_is_no_from_line() -> None:
    found = message(b"From : Ana <ana@parl.example>\r\nSubject: x\r\n\r\nbody")
    assert found.sender == Address(name="Ana", address="ana@parl.example")


def test_m20_uuencode_and_yenc_in_the_text_are_flagged() -> None:
    assert "uuencode" in with_head(b"\r\nsee below\r\nbegin 644 a.txt\r\n#0V%T\r\n`\r\nend\r\n").defects
    assert "yenc" in with_head(b"\r\n=ybegin line=128 size=3 name=a\r\nabc\r\n").defects
    assert "uuencode" not in with_head(b"\r\nPlease begin 644 a file\r\nwith it\r\n").defects


# Surrogates, NUL and line ends: M22, M23, S13


def test_m23_all_header_text_can_be_encoded() -> None:
    found = message(b"From: \xed\xa0\x80 \xff <a@b.example>\r\nSubject: \xed\xb0\x80 a\x00b =?utf-7?Q?+2AA-?=\r\n\r\nx")
    for text in (found.subject, found.sender.name if found.sender else "", *(text for _, text in found.fields)):
        text.encode("utf-8")
        assert "\x00" not in text


def test_an_encoded_line_end_cannot_start_a_header_in_our_reply() -> None:
    found = message(b"From: a@b.example\r\nSubject: =?utf-8?q?hello=0D=0ABcc:_all=40parl.example?=\r\n\r\nx")
    assert "\r" not in found.subject
    assert "\n" not in found.subject
    assert found.subject == "hello Bcc: all@parl.example"


def test_s13_raw_utf8_addresses_stay_text() -> None:
    found = message("From: zoé@parl.example\r\nTo: été@parl.example\r\n\r\nx".encode())
    assert found.sender is not None
    assert found.sender.address == "zoé@parl.example"
    assert [box.address for box in found.recipients] == ["été@parl.example"]


# The standard library's own: S1, S2, S4-S12


def test_s1_a_broken_rfc_2231_name_is_read_as_far_as_it_goes() -> None:
    found = message(
        mixed(PLAIN + b"x", b"Content-Type: application/pdf; name*=iso-2022-jp''%1B%24B%FF.pdf\r\n\r\n%PDF")
    )
    assert found.parts[0].filename.endswith(".pdf")


def test_s2_a_long_content_type_is_cut_not_suffered() -> None:
    raw = HEAD + b"Content-Type: multipart/mixed" + b"; " * 28_000 + b"boundary=x\r\n\r\n--x\r\n\r\nbody\r\n--x--"
    assert "body" in message(raw).plain


def test_a_header_block_beyond_the_limit_is_cut() -> None:
    raw = HEAD + b"".join(b"X-Filler-%d: y\r\n" % number for number in range(3000)) + b"\r\nbody"
    found = message(raw, max_header_bytes=4096)
    assert "header_too_long" in found.defects
    assert found.plain == "body"


@pytest.mark.parametrize(
    "line",
    [
        b"To: undisclosed-recipients:;",
        b"To: Group: a@b.example, <c;",
        b"To: a@[1.2.3",
        b"Message-ID: <",
        b"Message-ID: []",
        b"Reply-To: \xff\xfe <",
        b'Cc: "',
        b"Date: Mon, 00 Foo -1",
        b"Content-Type: ;;;===",
        b"Content-Disposition: *0*=''",
        b"Content-Transfer-Encoding: \xff",
        b"References: >>><<<",
        b"Return-Path: <<>",
    ],
)
def test_s4_to_s10_no_field_can_raise(line: bytes) -> None:
    found = message(HEAD + line + b"\r\n\r\nbody")
    assert found.subject == "Dossier"


def test_s9_a_multipart_without_boundary_is_text_for_a_person() -> None:
    found = with_head(b"Content-Type: multipart/mixed\r\n\r\nremoval tonight")
    assert found.plain == "removal tonight"
    assert "start_boundary_not_found" in found.defects


def test_a_forgotten_boundary_is_guessed_from_the_parts() -> None:
    found = with_head(
        b"Content-Type: multipart/mixed\r\n\r\n--sep\r\nContent-Type: text/plain\r\n\r\nhello\r\n"
        b"--sep\r\nContent-Type: application/pdf\r\n\r\n%PDF-1.4\r\n--sep--\r\n"
    )
    assert found.plain == "hello"
    assert found.parts[0].content == b"%PDF-1.4"
    assert "boundary_guessed" in found.defects


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (b"JVBER", b"%PD"),
        (b"JVBERi0=", b"%PDF-"),
        (b"JVBERi0", b"%PDF-"),
        (b"JV BE\r\nRi0=\r\n", b"%PDF-"),
        (b"J", b""),
    ],
)
def test_s11_damaged_base64_is_decoded_as_far_as_it_goes(written: bytes, expected: bytes) -> None:
    assert unbase64(written)[0] == expected


def test_s12_original_bytes_are_never_reserialised() -> None:
    body = b"Subject: \xff\xfe\r\nX:\r\n\r\n\x80\x81\r\n\r\nlast"
    found = message(mixed(PLAIN + b"x", b"Content-Type: message/rfc822\r\n\r\n" + body))
    assert found.parts[0].content == body


# Structure


def test_paths_follow_the_tree() -> None:
    inner = (
        b"Content-Type: multipart/mixed; boundary=in\r\n\r\n--in\r\n"
        + PLAIN
        + b"a\r\n--in\r\nContent-Type: a/b\r\n\r\n1"
    )
    found = message(mixed(inner + b"\r\n--in--", b"Content-Type: a/b\r\n\r\n2"))
    assert [(part.path, part.content) for part in found.parts] == [("1.2", b"1"), ("2", b"2")]


def test_an_outer_boundary_that_begins_like_the_inner_one_is_told_apart() -> None:
    inner = b"Content-Type: multipart/mixed; boundary=cutter\r\n\r\n--cutter\r\n" + PLAIN + b"one\r\n--cutter--"
    found = message(mixed(inner, b"Content-Type: a/b\r\n\r\nlast"))
    assert (found.plain, [part.content for part in found.parts]) == ("one", [b"last"])


def test_a_boundary_within_a_line_is_no_boundary() -> None:
    found = message(mixed(PLAIN + b"see --cut and\r\n --cut\r\n--cutlery"))
    assert found.plain == "see --cut and\n --cut\n--cutlery"


def test_a_missing_end_loses_nothing() -> None:
    raw = mixed(PLAIN + b"hello", b"Content-Type: application/pdf\r\n\r\n%PDF-1.4 x").removesuffix(b"\r\n--cut--\r\n")
    found = message(raw)
    assert found.parts[0].content == b"%PDF-1.4 x"
    assert "close_boundary_not_found" in found.defects


def test_a_forgotten_semicolon_before_the_name() -> None:
    assert structured(b'application/pdf name="a b.pdf"')[1]["name"].text() == "a b.pdf"


def test_a_uuencoded_transfer_encoding_is_decoded() -> None:
    part = (
        b"Content-Type: text/csv; name=a.csv\r\nContent-Transfer-Encoding: x-uuencode\r\n\r\n"
        b"begin 644 a\r\n#0V%T\r\n`\r\nend"
    )
    assert message(mixed(PLAIN + b"x", part)).parts[0].content == b"Cat"


def test_thread_headers() -> None:
    found = message(
        b"From: a@b.example\r\nMessage-ID: <1@x>\r\nIn-Reply-To: Message of Monday <0\r\n @x>\r\n"
        b"References: <r1@x><r2@x>\r\n <r1@x>\r\n\r\nx"
    )
    assert found.message_id == "<1@x>"
    assert found.in_reply_to == ("<0@x>",)
    assert found.references == ("<r1@x>", "<r2@x>")


@pytest.mark.parametrize(
    ("line", "path"),
    [
        (b"Return-Path: <>\r\n", ""),
        (b"Return-Path: <A@B.example>\r\nReturn-Path: <>\r\n", "a@b.example"),
        (b"", None),
        (b"Return-Path:\r\n", None),
    ],
)
def test_the_topmost_return_path_counts(line: bytes, path: str | None) -> None:
    assert message(line + HEAD + b"\r\nx").return_path == path


def test_recipients_of_repeated_fields_are_all_seen() -> None:
    found = with_head(b"To: One <one@x.example>\r\nTo: two@x.example\r\nCc: ONE@x.example, three@x.example\r\n\r\nx")
    assert [box.address for box in found.recipients] == ["one@x.example", "two@x.example", "three@x.example"]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("=?utf-8?q?a?= =?utf-8?q?b?=", "ab"),
        ("=?utf-8?b?w6k=?= x", "é x"),
        ("=?utf-8?b?ww==?= =?utf-8?b?qQ==?=", "é"),
        ("x =?iso-8859-1*fr?Q?=E9t=E9?= y", "x été y"),
        ("=?utf-8?Q?Quoi??=", "Quoi?"),
        ("=?utf-8?Q?with spaces?=", "with spaces"),
        ("=?x-unknown?Q?=C3=A9?=", "é"),
        ("=?utf-8?q?unfinished", "=?utf-8?q?unfinished"),
        ("=?=?=?=", "=?=?=?="),
    ],
)
def test_encoded_words(written: str, expected: str) -> None:
    assert decode_words(written) == expected


def test_one_line_has_no_line_of_any_kind() -> None:
    assert one_line("a\u2028b\x85c\x0bd\ne\x00\ud800") == "a b c d e\ufffd"


def test_the_tree_is_spans_of_the_raw_bytes() -> None:
    raw = mixed(PLAIN + b"x", b"Content-Type: a/b\r\n\r\n\x00\xff")
    root, defects = mime.cut(raw, max_parts=10, max_depth=5, max_header_bytes=10_000)
    assert defects == ()
    assert [raw[leaf.start : leaf.end] for leaf in root.leaves()] == [b"x", b"\x00\xff"]
