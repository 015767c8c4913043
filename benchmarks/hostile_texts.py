"""Mails that are hostile by their text."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.hostile_case import MEBIBYTE, Case, Group
from benchmarks.letters import QUESTION, WORDS, File, attached, head, letter, parts, text_part
from tests.files import pdf

READ = 5.0
"""Seconds for a text: it takes about one, however long it is, as only so much of it is read (`parsers/reach.py`)."""


def _text(what: str, text: Callable[[], bytes], **more: bytes) -> Case:
    return Case(what=what, build=lambda: letter(text(), **more), seconds=READ)


TEXT = Group(
    title="Text",
    cases=[
        _text("2 MB in one line", lambda: b"word " * 400_000),
        _text("2 MB in one word", lambda: b"w" * 2_000_000),
        _text("a critical phrase 100,000 times", lambda: b"will be removed from Canada tomorrow. " * 100_000),
        _text("the same, never with its end", lambda: b"will be removed from " * 100_000),
        _text("100,000 times not", lambda: b"not " * 100_000 + b"removed from Canada"),
        _text("120,000 dates", lambda: b"removal on 2026-11-19, 19/11/2026, November 19, 2026. " * 40_000),
        _text("2 MB of digits", lambda: b"1234567890" * 200_000),
        _text("200,000 application numbers", lambda: b"".join(b"E%09d " % number for number in range(200_000))),
        _text("100,000 addresses and links", lambda: b"a@b.example https://drive.example/x " * 100_000),
        _text("2 MB of a@a@a@", lambda: b"a@" * MEBIBYTE),
        _text("one million quotation marks deep", lambda: b">" * MEBIBYTE + b" Hello"),
        _text(
            "8,000 quoted lines, up to 500 deep",
            lambda: b"".join(b">" * (number % 500) + b" a\r\n" for number in range(8000)),
        ),
        _text(
            "50,000 heads of quoted mails",
            lambda: b"On Mon, Ana Pell <ana@parl.example> wrote:\r\n> a\r\n" * 50_000,
        ),
        _text("50,000 heads of forwarded mails", lambda: b"From: a\r\nSent: b\r\nTo: c\r\nSubject: d\r\n\r\n" * 50_000),
        _text("200,000 signature marks", lambda: b"-- \r\n" * 200_000),
        _text("2,000 words of 999 letters", lambda: (b"w" * 999 + b" ") * 2000),
        Case(
            what="1,000 texts, 2 MB in all",
            build=lambda: head(QUESTION) + parts(*[text_part(b"word " * 400)] * 1000),
            seconds=READ,
        ),
        _text("one million empty lines", lambda: b"\r\n" * MEBIBYTE),
        _text("2 MB of blanks", lambda: b" " * 2 * MEBIBYTE),
        _text("2 MB of combining marks", lambda: b"a" + "́".encode() * MEBIBYTE),
        _text("2 MB of combining marks in disorder", lambda: b"a" + "\u0301\u0323".encode() * (MEBIBYTE // 2)),
        _text(
            "HTML: 150,000 such marks as entities",
            lambda: b"<p>a" + b"&#x301;&#x323;" * 75_000,
            kind=b"text/html; charset=utf-8",
        ),
        _text("2 MB of ligatures that unfold", lambda: "ﷺ".encode() * 700_000),
        Case(
            what="a second identifier 8,000 times, beside a document",
            build=lambda: head() + parts(text_part(WORDS * 8_000), attached(File(name=b"a.pdf", content=pdf.pdf()))),
            seconds=READ,
            sound=True,
        ),
        _text(
            "HTML: 100,000 divisions, each in the last",
            lambda: b"<div>" * 100_000 + b"Hello",
            kind=b"text/html; charset=utf-8",
        ),
        _text(
            "HTML: 100,000 tables, each in the last",
            lambda: b"<table><tr><td>" * 100_000 + b"Hello",
            kind=b"text/html; charset=utf-8",
        ),
        _text("HTML: 300,000 links that never end", lambda: b"<a href='" * 300_000, kind=b"text/html; charset=utf-8"),
        _text(
            "HTML: 100,000 wrongly nested marks",
            lambda: b"<b><i></b>" * 100_000 + b"x",
            kind=b"text/html; charset=utf-8",
        ),
        _text("HTML: 240,000 entities", lambda: b"&nbsp;&amp;&#65;" * 80_000, kind=b"text/html; charset=utf-8"),
    ],
)


GROUPS = (TEXT,)
