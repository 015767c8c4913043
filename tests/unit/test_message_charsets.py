"""Text of hostile and sloppy mail: every letter of every charset, and nothing that could not be stored or sent."""

from __future__ import annotations

import base64
from itertools import pairwise
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inboxd.mail import Address
from inboxd.parsers.charsets import DAMAGED, GUESSED, decode, one_line
from inboxd.parsers.encoded_words import decode_words
from tests.unit.raw_mail import PLAIN, message, mixed, with_head

# Charsets: M3, M6-M9, M24


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


def test_m3_nul_in_the_charset_is_only_an_unknown_charset() -> None:
    found = with_head(b'Content-Type: text/plain; charset="utf-8\x00"\r\n\r\nd\xe9j\xe0')
    assert found.plain == "déjà"
    assert GUESSED in found.defects


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
    assert found.sender is None, "no reply could reach it: a person looks"
    assert "from_unanswerable" in found.defects
    assert found.header("from") == "zoé@parl.example"
    assert [box.address for box in found.recipients] == ["été@parl.example"]


# Encoded words and names: S1


def test_s1_a_broken_rfc_2231_name_is_read_as_far_as_it_goes() -> None:
    found = message(
        mixed(PLAIN + b"x", b"Content-Type: application/pdf; name*=iso-2022-jp''%1B%24B%FF.pdf\r\n\r\n%PDF")
    )
    assert found.parts[0].filename.endswith(".pdf")


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


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("=?utf-8?B?w6l0w6kuc?= =?utf-8?B?GRm?=", "été.pdf"),
        ("=?utf-8?B?w6l0w6kuc?=\r\n\t=?UTF-8?B?GRm?= and =?utf-8?B?w6k?=", "été.pdf and é"),
        ("=?utf-8?q?=C3=A9?= =?utf-8?B?dMOpLnB?= =?utf-8?B?k?= =?utf-8?B?Zg==?=", "été.pdf"),
        ("=?iso-8859-1?B?6XTpLn?= =?iso-8859-1?B?BkZg?=", "été.pdf"),
        ("=?utf-8?B?w6l0w6kuc?= =?us-ascii?B?GRm?=", "été.\x19\x19"),  # another charset: another text
        ("=?utf-8?B?w6k?= =?utf-8?B?dMOp?= =?utf-8?B?LnBkZg?=", "été.pdf"),
        ("=?utf-8?B?YQ?= =?utf-8?B?Yg?=", "ab"),  # padding left out of each
        ("=?utf-8?B?YWI?= =?utf-8?B?Yw?= =?utf-8?q?d?=", "abcd"),
        ("=?utf-8?B?Y?= =?utf-8?q?d?=", "d"),
    ],
)
def test_base64_that_is_cut_inside_its_groups_is_put_together(written: str, expected: str) -> None:
    assert decode_words(written) == expected


@given(st.text(st.characters(blacklist_categories=("Cc", "Cs")), min_size=1, max_size=60), st.data())
def test_encoded_words_may_be_cut_anywhere(text: str, data: st.DataObject) -> None:
    whole = base64.b64encode(text.encode()).decode()
    cuts = sorted(data.draw(st.sets(st.integers(1, len(whole)), max_size=8)))
    pieces = [whole[start:end] for start, end in pairwise((0, *cuts, len(whole)))]
    assert decode_words(" ".join(f"=?utf-8?B?{piece}?=" for piece in pieces if piece)) == text.removeprefix("\ufeff")


@given(st.lists(st.tuples(st.sampled_from("bq"), st.text("AQkw6=/ _\x80?", max_size=6)), max_size=30))
def test_any_words_are_read_and_none_changes_what_stands_around(words: list[tuple[str, str]]) -> None:
    read = decode_words("before " + " ".join(f"=?utf-8?{how}?{text}?=" for how, text in words) + " after")
    assert read.startswith("before ")
    assert read.endswith(" after")


def test_words_that_never_end_their_base64_take_no_time() -> None:
    started = process_time()
    decode_words("=?utf-8?B?A?=" + "=?utf-8?B?!?=" * 100_000)
    assert process_time() - started < 5


def test_one_line_has_no_line_of_any_kind() -> None:
    assert one_line("a\u2028b\x85c\x0bd\ne\x00\ud800") == "a b c d e\ufffd"
