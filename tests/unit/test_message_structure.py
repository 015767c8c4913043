"""Parts of hostile and sloppy mail: what is the body, what is a file, and that no byte of either is lost or changed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from inboxd.mail import Address
from inboxd.parsers import mime
from inboxd.parsers.encoded_words import unbase64
from tests.unit.raw_mail import HEAD, HTML, PLAIN, message, mixed, with_head

# mail-parser raising: M1, M2, M4


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


# What Exchange cuts off the text


def cut_off(name: bytes, content: bytes, kind: bytes = b"text/plain", disposition: bytes = b"attachment") -> bytes:
    lead = b"Content-Type: " + kind + b"; charset=utf-8; name=\"" + name + b"\"\r\nContent-Disposition: " + disposition
    return lead + b"; filename=\"" + name + b"\"\r\n\r\n" + content


SCAN = b"Content-Type: application/pdf; name=a.pdf\r\nContent-Disposition: attachment\r\n\r\n%PDF-1.4\n"


@pytest.mark.parametrize("name", [b"ATT00001.txt", b"ATT00002..txt", b"att12345.TXT"])
@pytest.mark.parametrize("disposition", [b"attachment", b"inline"])
def test_words_behind_a_file_that_exchange_gave_a_name_belong_to_the_text(name: bytes, disposition: bytes) -> None:
    behind = cut_off(name, b"Removal tonight!", b"text/plain", disposition)
    found = message(mixed(PLAIN + b"Here is the scan.", SCAN, behind))
    assert found.plain == "Here is the scan.\nRemoval tonight!"
    assert [part.path for part in found.parts] == ["2"]


def test_words_behind_a_file_are_read_in_both_forms() -> None:
    both = (b"Content-Type: multipart/alternative; boundary=alt\r\n\r\n--alt\r\n" + PLAIN + b"Here it is.\r\n"
            b"--alt\r\n" + HTML + b"<p>Here it is.</p>\r\n--alt--")
    page = b"<html><body>Removal tonight!</body></html>"
    found = message(mixed(both, SCAN, cut_off(b"ATT00001.htm", page, b"text/html")))
    assert found.plain == "Here it is.\nRemoval tonight!"
    assert found.html.endswith("<html><body>Removal tonight!</body></html>")
    assert [part.path for part in found.parts] == ["2"]


def test_a_mail_whose_only_words_exchange_cut_off_still_says_them() -> None:
    notes = b"Content-Type: text/plain; name=notes.txt\r\n\r\nmy notes"
    found = message(mixed(PLAIN + b"\r\n", SCAN, cut_off(b"ATT00001.txt", b"Removal tonight!"), notes))
    assert found.plain.strip() == "Removal tonight!"
    assert [part.path for part in found.parts] == ["2", "4"]


@pytest.mark.parametrize(
    "part",
    [
        cut_off(b"attachment.txt", b"Removal tonight!"),
        cut_off(b"ATT0001.txt", b"Removal tonight!"),
        cut_off(b"ATT00001.txt.txt", b"Removal tonight!"),
        cut_off(b"ATT00001 of mine.txt", b"Removal tonight!"),
        cut_off(b"ATT00001.csv", b"Removal tonight!", b"text/csv"),
        cut_off(b"ATT00001.txt", b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"),
        cut_off(b"ATT00001.txt", b"{\\rtf1\\ansi Removal tonight!}"),
        cut_off(b"ATT00001.txt", b"From: a@b.example\r\nTo: c@d.example\r\nDate: Mon, 2 Nov 2026 08:00:00 -0500\r\n"
                                 b"Message-ID: <x@b.example>\r\n\r\nRemoval tonight!"),
        cut_off(b"ATT00001.bin", b"Removal tonight!", b"application/octet-stream"),
    ],
)
def test_a_file_that_somebody_named_or_that_is_no_text_stays_a_file(part: bytes) -> None:
    found = message(mixed(PLAIN + b"Here it is.", part))
    assert found.plain == "Here it is."
    assert [one.path for one in found.parts] == ["2"]


def test_an_empty_stretch_that_exchange_cut_off_is_no_file() -> None:
    empty = cut_off(b"ATT00001.htm", b"<html><body><br></body></html>", b"text/html"), cut_off(b"ATT00002.txt", b"")
    found = message(mixed(PLAIN + b"Here it is.", SCAN, *empty))
    assert found.plain.strip() == "Here it is."
    assert [part.path for part in found.parts] == ["2"]


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


# Files within the text: M20


def test_m20_yenc_and_a_damaged_uuencoded_file_in_the_text_are_flagged() -> None:
    assert "uuencode" in with_head(b"\r\nsee below\r\nbegin 644 a.txt\r\n#0V%T\r\n").defects
    assert "yenc" in with_head(b"\r\n=ybegin line=128 size=3 name=a\r\nabc\r\n").defects
    assert "uuencode" not in with_head(b"\r\nPlease begin 644 a file\r\nwith it\r\n").defects


def test_m20_a_uuencoded_file_in_the_text_is_a_part_and_the_text_loses_it() -> None:
    found = with_head(b"\r\nsee below\r\nbegin 644 a.txt\r\n#0V%T\r\n`\r\nend\r\nthanks\r\n")
    assert found.plain == "see below\nthanks\n"
    assert [(part.path, part.filename, part.content) for part in found.parts] == [("1#1", "a.txt", b"Cat")]
    assert found.defects == ()


# The standard library's own: S2, S9, S11, S12


def test_s2_a_long_content_type_is_cut_not_suffered() -> None:
    raw = HEAD + b"Content-Type: multipart/mixed" + b"; " * 28_000 + b"boundary=x\r\n\r\n--x\r\n\r\nbody\r\n--x--"
    assert "body" in message(raw).plain


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


def test_a_uuencoded_transfer_encoding_is_decoded() -> None:
    part = (
        b"Content-Type: text/csv; name=a.csv\r\nContent-Transfer-Encoding: x-uuencode\r\n\r\n"
        b"begin 644 a\r\n#0V%T\r\n`\r\nend"
    )
    assert message(mixed(PLAIN + b"x", part)).parts[0].content == b"Cat"


def test_the_tree_is_spans_of_the_raw_bytes() -> None:
    raw = mixed(PLAIN + b"x", b"Content-Type: a/b\r\n\r\n\x00\xff")
    root, defects = mime.cut(raw, max_parts=10, max_depth=5, max_header_bytes=10_000)
    assert defects == ()
    assert [raw[leaf.start : leaf.end] for leaf in root.leaves()] == [b"x", b"\x00\xff"]
