"""Headers of hostile and sloppy mail: who sent it and when, never somebody that a display name only claims."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from inboxd.errors import Unparsable
from inboxd.mail import Address
from inboxd.parsers.headers import structured
from tests.unit.raw_mail import HEAD, message, with_head

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


@pytest.mark.parametrize("address", [
    "jean@parlé.example", "jérôme@parl.example", '"jean d"@parl.example', "jean@[192.0.2.1]", "jean@parl..example",
    f"jean@{'parl.' * 60}example", "jean paul@parl.example", "jean\r\n paul@parl.example", "jean\0paul@parl.example",
    "jean\x1b(Bpaul@parl.example", "jean@pa\0rl.example", "jean@parl.example\x07.evil.example",
])
def test_a_sender_whom_no_reply_can_reach_is_none(address: str) -> None:
    found = message(f"From: Jean <{address}>\r\n\r\nx".encode())
    assert found.sender is None
    assert {"from_unanswerable", "from_unreadable", "several_from"} & set(found.defects)


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


# Too long, or outside every grammar: S4-S10


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


def test_a_forgotten_semicolon_before_the_name() -> None:
    assert structured(b'application/pdf name="a b.pdf"')[1]["name"].text() == "a b.pdf"
