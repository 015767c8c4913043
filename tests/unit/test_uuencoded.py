"""Files that stand uuencoded in a text: taken out whole, or left where they are and said so."""

from __future__ import annotations

import base64
import binascii
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inboxd.parsers.attachments import attachments
from inboxd.parsers.message import read
from inboxd.parsers.uuencoded import take_out
from inboxd.settings import LimitSettings

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n" * 20
LIMITS = LimitSettings()


def lines(content: bytes, *, backtick: bool = True) -> bytes:
    pieces = (content[at : at + 45] for at in range(0, len(content), 45))
    return b"".join(binascii.b2a_uu(piece, backtick=backtick) for piece in pieces)


def block(content: bytes, name: bytes = b"scan.pdf", *, backtick: bool = True) -> bytes:
    return b"begin 644 " + name + b"\n" + lines(content, backtick=backtick) + b"`\nend\n"


def test_a_file_is_taken_and_the_text_around_it_stays() -> None:
    taken = take_out(b"Bonjour,\n\n" + block(PDF) + b"Merci\n")
    assert (taken.text, taken.complete) == (b"Bonjour,\n\nMerci\n", True)
    assert [(file.name, file.content) for file in taken.files] == [(b"scan.pdf", PDF)]


def test_several_files_and_other_line_ends() -> None:
    text = block(PDF, b"a.pdf") + b"and\n" + block(b"", b"empty.txt") + block(b"Cat", b"b c.txt ")
    taken = take_out(text.replace(b"\n", b"\r\n"))
    found = [(file.name, file.content) for file in taken.files]
    assert found == [(b"a.pdf", PDF), (b"empty.txt", b""), (b"b c.txt", b"Cat")]
    assert taken.text == b"and\r\n"


def test_blanks_that_a_mailer_took_from_the_ends_of_lines_are_no_loss() -> None:
    content = b"II*\x00" + b"\x01" * 41 + bytes(300) + b"end" + bytes(3)
    text = b"\n".join(line.rstrip(b" ") for line in block(content, backtick=False).split(b"\n"))
    assert take_out(text).files[0].content == content


def test_a_checksum_behind_each_line_is_passed_over() -> None:
    text = b"begin 644 a\n" + b"".join(line + b"Q\n" for line in lines(PDF).splitlines()) + b"`\nend\n"
    assert take_out(text).files[0].content == PDF


def test_the_base64_form_is_read_too() -> None:
    taken = take_out(b"begin-base64 644 a.pdf\n" + base64.encodebytes(PDF) + b"====\nbye\n")
    assert (taken.files[0].content, taken.text) == (PDF, b"bye\n")


@pytest.mark.parametrize(
    "text",
    [
        b"begin 644 a.pdf\n" + lines(PDF),
        b"begin 644 a.pdf\n" + lines(PDF)[:200] + b"\nthe rest was lost, sorry\n",
        b"begin 644 a.pdf\n" + lines(PDF).replace(b"M", b"m", 8)[:-4] + b"\nend\n" + block(PDF)[:400],
        b"begin-base64 644 a.pdf\nJVBERi0x\n",
    ],
)
def test_what_cannot_be_decoded_stays_in_the_text_and_is_said(text: bytes) -> None:
    taken = take_out(b"x\n" + text)
    assert (taken.text, taken.files, taken.complete) == (b"x\n" + text, (), False)


@pytest.mark.parametrize(
    "text",
    [
        b"Please begin 644 a file\nwith it",
        b"begin 644 Main Street, and go on\nas far as the bridge\nend\n",
        b"begin 644 Main Street\n\nHello there\n",
        b"begin 9 a\nend\n",
        b"> begin 644 a.txt\n> #0V%T\n> `\n> end\n",
    ],
)
def test_words_are_no_file(text: bytes) -> None:
    taken = take_out(text)
    assert (taken.text, taken.files, taken.complete) == (text, (), True)


@given(st.binary(max_size=400), st.booleans())
def test_any_file_comes_out_as_it_went_in(content: bytes, backtick: bool) -> None:
    taken = take_out(b"x\n" + block(content, backtick=backtick) + b"y\n")
    assert (taken.text, [file.content for file in taken.files]) == (b"x\ny\n", [content])


LINES = [b"begin 644 a", b"begin-base64 644 a", b"end", b"====", b"`", b"#0V%T", b"M", b"", b" ", b"x\xff"]


@given(st.lists(st.sampled_from(LINES), max_size=30))
def test_any_lines_lose_nothing_but_files(pieces: list[bytes]) -> None:
    text = b"\n".join(pieces)
    taken = take_out(text)
    assert len(taken.text) <= len(text)
    assert bool(taken.files) or taken.text == text


@pytest.mark.parametrize(
    "text",
    [
        b"begin 644 a\n" * 100_000,
        b"begin 644 " + b" " * 1_000_000,
        b"begin 644 a\n\n" * 80_000,
        b"begin-base64 644 a\n" * 50_000 + b"====\n",
        b"begin 644 a\n#0V%T\n" * 50_000,
        b"begin 644 a\n`\nend\n" * 50_000,
    ],
    ids=["begins", "blanks", "blank lines", "base64", "cut off", "empty files"],
)
def test_hostile_texts_take_linear_time(text: bytes) -> None:
    began = time.process_time()
    taken = take_out(text)
    assert time.process_time() - began < 3
    assert len(taken.files) <= 1000


def test_a_file_in_the_text_is_an_attachment_behind_it_in_mails_and_in_attached_mails() -> None:
    inner = b"From: a@home.example\r\nDate: Mon, 02 Nov 2026 09:00:00 -0500\r\n\r\n" + block(PDF, b"inner.pdf")
    raw = (
        b"From: ana.pell@parl.example\r\nContent-Type: multipart/mixed; boundary=cut\r\n\r\n"
        b"--cut\r\nContent-Type: text/plain; charset=iso-8859-1\r\n\r\nVoici\r\n" + block(PDF, b"\xe9t\xe9.pdf") +
        b"\r\n--cut\r\nContent-Type: message/rfc822\r\n\r\n" + inner + b"\r\n--cut--\r\n"
    )
    message = read(raw, LIMITS)
    found, _, _ = attachments(message, LIMITS)
    assert message.plain.strip() == "Voici"
    assert [(one.path, one.safe_name, one.sniffed_type, one.opened) for one in found] == [
        ("1#1", "été.pdf", "application/pdf", False),
        ("2", "part-2.eml", "message/rfc822", True),
        ("2/1#1", "inner.pdf", "application/pdf", False),
    ]
    assert found[0].content == found[2].content == PDF


def test_a_damaged_file_in_an_attached_mail_is_a_defect_of_the_mail() -> None:
    raw = (
        b"From: ana.pell@parl.example\r\nContent-Type: multipart/mixed; boundary=cut\r\n\r\n--cut\r\n"
        b"Content-Type: message/rfc822\r\n\r\nFrom: a@home.example\r\n\r\n" + block(PDF)[:300] + b"\r\n--cut--\r\n"
    )
    assert attachments(read(raw, LIMITS), LIMITS)[1] == ("uuencode",)
