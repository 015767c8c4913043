"""The hostile mails, each with what it may cost. A case that costs more, or lets its file through, fails the run."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks import hostile_files as files
from benchmarks.letters import (
    ASKING,
    WORDS,
    File,
    attached,
    head,
    letter,
    parts,
    plain,
    submission,
    text_part,
)
from tests.files import office, pdf, pictures

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One mail. `seconds` and `megabytes` (of the daemon's process, all in all) are what it may cost."""

    what: str
    """For people, one line."""
    build: Callable[[], bytes]
    seconds: float = 1.0
    megabytes: int = 250
    sound: bool = False
    """Odd, but its document is a good one and may be accepted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Cases that attack the same reader."""

    title: str
    cases: Sequence[Case]


def _file(what: str, content: Callable[[], bytes], name: bytes, kind: bytes, seconds: float, *, sound: bool) -> Case:
    return Case(
        what=what,
        seconds=seconds,
        sound=sound,
        megabytes=300,
        build=lambda: submission(File(name=name, content=content(), kind=kind)),
    )


def _first_sentence(function: Callable[..., bytes]) -> str:
    return (function.__doc__ or "").partition("\n")[0].rstrip(".")


def _pdf(content: Callable[[], bytes], seconds: float = 3.0, *, sound: bool = False) -> Case:
    what = f"PDF: {_first_sentence(content)}"
    return _file(what, content, b"letter.pdf", b"application/pdf", seconds, sound=sound)


def _image(content: Callable[[], bytes], ending: bytes, seconds: float = 3.0, *, sound: bool = False) -> Case:
    what = f"{ending.decode().upper()}: {_first_sentence(content)}"
    return _file(what, content, b"scan." + ending, b"image/" + ending, seconds, sound=sound)


def _word(content: Callable[[], bytes], ending: bytes, seconds: float = 3.0, *, sound: bool = False) -> Case:
    what = f"{ending.decode().upper()}: {_first_sentence(content)}"
    return _file(what, content, b"form." + ending, b"application/octet-stream", seconds, sound=sound)


def _text(what: str, text: Callable[[], bytes], seconds: float = 1.0, **more: bytes) -> Case:
    return Case(what=what, build=lambda: letter(text(), **more), seconds=seconds)


# Structure


def nested_parts(depth: int = 1500) -> bytes:
    body = b"Content-Type: application/pdf\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + pdf.pdf()
    for level in range(depth):
        body = parts(body, mark=b"cut%d" % level)
    return head() + body


def nested_messages(depth: int = 1500) -> bytes:
    body = submission(File(name=b"letter.pdf", content=pdf.pdf()))
    for _ in range(depth):
        body = head() + b"Content-Type: message/rfc822\r\n\r\n" + body
    return body


def many_files(count: int, content: bytes | None = None) -> bytes:
    return submission(
        *(
            File(name=b"letter-%d.pdf" % number, content=content or pdf.pdf(text=f"Letter {number}"))
            for number in range(count)
        )
    )


def message_in_outlook_in_message() -> bytes:
    """`.msg` in `.eml` in `.msg`."""
    inner = submission(File(name=b"inner.msg", content=files.msg(content=pdf.pdf())))
    outer = files.msg("inner.eml", inner)
    return submission(File(name=b"outer.msg", content=outer, kind=b"application/vnd.ms-outlook"))


def outlook_of_outlook(depth: int = 12) -> bytes:
    content = pdf.pdf()
    for level in range(depth):
        content = files.winmail((b"winmail.dat" if level else b"letter.pdf", content))
    return submission(File(name=b"winmail.dat", content=content, kind=b"application/ms-tnef"))


def winmail(content: Callable[[], bytes], seconds: float = 1.0) -> Case:
    return Case(
        what=_first_sentence(content),
        seconds=seconds,
        build=lambda: submission(File(name=b"winmail.dat", content=content(), kind=b"application/ms-tnef")),
    )


STRUCTURE = Group(
    title="Structure of the mail",
    cases=[
        Case(what="1,500 multiparts, each in the last", build=nested_parts),
        Case(what="1,500 messages, each in the last", build=nested_messages),
        Case(what="70 attachments", build=lambda: many_files(70), seconds=5, sound=True),
        Case(what="3,000 attachments", build=lambda: many_files(3000, pdf.pdf()), seconds=8, sound=True),
        Case(what="300,000 empty parts", build=lambda: head() + parts(*[b""] * 300_000), seconds=5),
        Case(what="150 MB of one file", build=lambda: plain(149 * MEBIBYTE), seconds=15, megabytes=1200, sound=True),
        Case(
            what="a boundary that almost comes 100,000 times",
            build=lambda: (
                head()
                + parts(
                    text_part(b"--cuttlefish\r\n--cu\r\n" * 100_000), attached(File(name=b"a.pdf", content=pdf.pdf()))
                )
            ),
            sound=True,
        ),
        Case(
            what="base64 that is none: 20 MB of dots",
            build=lambda: (
                head()
                + parts(
                    text_part(),
                    b"Content-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"
                    + b"." * 20 * MEBIBYTE,
                )
            ),
            seconds=3,
            megabytes=400,
        ),
        Case(
            what="20 MB of quoted-printable that is only equal signs",
            build=lambda: letter(b"=" * 20 * MEBIBYTE, kind=b"text/plain").replace(
                b"Encoding: 8bit", b"Encoding: quoted-printable"
            ),
            seconds=5,
            megabytes=400,
        ),
        Case(
            what="names with ../, NUL, directions and 300 signs",
            sound=True,
            build=lambda: submission(
                *(
                    File(name=name, content=pdf.pdf(text=f"Letter {number}"))
                    for number, name in enumerate(
                        (
                            b"../../../etc/passwd.pdf",
                            b"..\\..\\boot.pdf",
                            b"a\0b.pdf",
                            b"=?utf-8?q?=E2=80=AEfdp.exe?=",
                            b"x" * 300 + b".pdf",
                            b"",
                            b"CON.pdf",
                            b"letter.pdf",
                            b"letter.pdf",
                        )
                    )
                )
            ),
        ),
        Case(
            what="a name in 10,000 pieces (RFC 2231)",
            sound=True,
            build=lambda: (
                head()
                + parts(
                    text_part(),
                    (
                        b"Content-Type: application/pdf"
                        + b"".join(b";\r\n name*%d=a" % number for number in range(10_000))
                        + b"\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
                        + pdf.pdf()
                    ),
                )
            ),
        ),
    ],
)

HEADERS = Group(
    title="Header fields",
    cases=[
        Case(
            what="20,000 recipients",
            seconds=3,
            build=lambda: letter(
                ASKING,
                to=b", ".join(b"Person %d <person.%d@parl.example>" % (number, number) for number in range(20_000)),
            ),
        ),
        Case(what="one field of 5 MB", build=lambda: letter(ASKING, more=b"X-Note: " + b"word " * MEBIBYTE + b"\r\n")),
        Case(what="5 MB of fields", seconds=3, build=lambda: letter(ASKING, more=b"X-Note: yes\r\n" * 400_000)),
        Case(
            what="a subject of 100,000 encoded words",
            build=lambda: letter(ASKING, subject=b"\r\n ".join([b"=?utf-8?q?a?="] * 100_000)),
        ),
        Case(
            what="50,000 references",
            build=lambda: letter(
                ASKING,
                more=b"References: "
                + b"\r\n ".join(b"<%d@mail.parl.example>" % number for number in range(50_000))
                + b"\r\n",
            ),
        ),
        Case(what="an address of 200,000 open brackets", build=lambda: letter(ASKING, to=b"(" * 200_000)),
        Case(
            what="an address of 100,000 quotation marks and backslashes",
            build=lambda: letter(ASKING, to=b'"\\' * 100_000),
        ),
        Case(what="a sender of 100,000 angle brackets", build=lambda: letter(ASKING, sender=b"<" * 100_000)),
        Case(
            what="an Authentication-Results field of 200,000 results",
            build=lambda: letter(
                ASKING, more=b"Authentication-Results: mx.ircc.example" + b"; spf=pass" * 200_000 + b"\r\n"
            ),
        ),
        Case(
            what="a Content-Type of 100,000 parameters",
            build=lambda: letter(ASKING, kind=b"text/plain" + b"; a=b" * 100_000),
        ),
        Case(
            what="no sender",
            build=lambda: letter(ASKING).replace(b"From: Priya Holt <staff.rivers@parl.example>\r\n", b""),
        ),
        Case(what='the sender <""@x>', build=lambda: letter(ASKING, sender=b'<""@x>')),
        Case(what="UTF-8 by its label, cp1252 by its bytes", build=lambda: letter("Désolé – l’été".encode("cp1252"))),
        Case(what="an unknown charset", build=lambda: letter(ASKING, kind=b'text/plain; charset="x-klingon"')),
    ],
)

TEXT = Group(
    title="Text",
    cases=[
        _text("2 MB in one line", lambda: b"word " * 400_000),
        _text("2 MB in one word", lambda: b"w" * 2_000_000),
        _text("a critical phrase 100,000 times", lambda: b"will be removed from Canada tomorrow. " * 100_000, 4),
        _text("the same, never with its end", lambda: b"will be removed from " * 100_000, 4),
        _text("100,000 times not", lambda: b"not " * 100_000 + b"removed from Canada"),
        _text("100,000 dates", lambda: b"removal on 2026-11-19, 19/11/2026, November 19, 2026. " * 40_000, 4),
        _text("2 MB of digits", lambda: b"1234567890" * 200_000),
        _text("200,000 application numbers", lambda: b"".join(b"E%09d " % number for number in range(200_000)), 4),
        _text("200,000 addresses and links", lambda: b"a@b.example https://drive.example/x " * 100_000, 4),
        _text("2 MB of a@a@a@", lambda: b"a@" * MEBIBYTE),
        _text("one million quotation marks deep", lambda: b">" * MEBIBYTE + b" Hello"),
        _text(
            "100,000 quoted lines, each deeper",
            lambda: b"".join(b">" * (number % 500) + b" a\r\n" for number in range(8000)),
        ),
        _text(
            "100,000 heads of quoted mails",
            lambda: b"On Mon, Ana Pell <ana@parl.example> wrote:\r\n> a\r\n" * 50_000,
            4,
        ),
        _text(
            "100,000 heads of forwarded mails", lambda: b"From: a\r\nSent: b\r\nTo: c\r\nSubject: d\r\n\r\n" * 50_000, 4
        ),
        _text("200,000 signature marks", lambda: b"-- \r\n" * 200_000, 2),
        _text("one million empty lines", lambda: b"\r\n" * MEBIBYTE, 2),
        _text("2 MB of blanks", lambda: b" " * 2 * MEBIBYTE),
        _text("2 MB of combining marks", lambda: b"a" + "́".encode() * MEBIBYTE, 2),
        _text("2 MB of ligatures that unfold", lambda: "ﷺ".encode() * 700_000, 4),
        _text("a second identifier 50,000 times", lambda: WORDS * 8_000, 5, subject=b"MCMPS attachment - E123456789"),
        _text(
            "HTML: 100,000 divisions, each in the last",
            lambda: b"<div>" * 100_000 + b"Hello",
            2,
            kind=b"text/html; charset=utf-8",
        ),
        _text(
            "HTML: 100,000 tables, each in the last",
            lambda: b"<table><tr><td>" * 100_000 + b"Hello",
            2,
            kind=b"text/html; charset=utf-8",
        ),
        _text(
            "HTML: 300,000 links that never end", lambda: b"<a href='" * 300_000, 2, kind=b"text/html; charset=utf-8"
        ),
        _text(
            "HTML: 300,000 wrongly nested letters",
            lambda: b"<b><i></b>" * 100_000 + b"x",
            3,
            kind=b"text/html; charset=utf-8",
        ),
        _text("HTML: 1 MB of entities", lambda: b"&nbsp;&amp;&#65;" * 80_000, 2, kind=b"text/html; charset=utf-8"),
    ],
)

WRAPPINGS = Group(
    title="Wrapped by Outlook",
    cases=[
        Case(what=".msg in .eml in .msg", build=message_in_outlook_in_message, sound=True),
        Case(what="winmail.dat in winmail.dat, 12 deep", build=outlook_of_outlook),
        Case(
            what="winmail.dat with one good file",
            sound=True,
            build=lambda: submission(
                File(
                    name=b"winmail.dat", content=files.winmail((b"letter.pdf", pdf.pdf())), kind=b"application/ms-tnef"
                )
            ),
        ),
        winmail(files.winmail_many, seconds=5.0),
        winmail(files.winmail_claims_much),
        Case(
            what="70 winmail.dat of 300 files each",
            seconds=5,
            build=lambda: submission(
                *(
                    File(
                        name=b"winmail.dat",
                        kind=b"application/ms-tnef",
                        content=files.winmail(
                            *((b"%d.pdf" % number, b"%PDF-1.7 " + struct.pack("<I", number)) for number in range(300))
                        ),
                    )
                    for _ in range(70)
                )
            ),
        ),
        Case(
            what=".msg whose chains are circles",
            build=lambda: submission(
                File(name=b"a.msg", content=_circles(files.msg()), kind=b"application/vnd.ms-outlook")
            ),
        ),
    ],
)


def _circles(compound: bytes) -> bytes:
    whole = bytearray(compound)
    (table,) = struct.unpack_from("<I", whole, 76)
    for number in range(128):
        struct.pack_into("<I", whole, 512 + table * 512 + number * 4, number)
    return bytes(whole)


LOOK = 22.0
"""A look that meets its limit of 20 s, and what is around it."""

PDFS = Group(
    title="PDF",
    cases=[
        _pdf(files.pdf_deep),
        _pdf(files.pdf_deep_by_references, 5, sound=True),
        _pdf(files.pdf_own_parent),
        _pdf(files.pdf_page_tree_of_mirrors),
        _pdf(files.pdf_names_of_mirrors, sound=True),
        _pdf(files.pdf_action_loop, sound=True),
        _pdf(files.pdf_many_pages, LOOK, sound=True),
        _pdf(files.pdf_many_annotations, LOOK, sound=True),
        _pdf(files.pdf_content_bomb, LOOK),
        _pdf(files.pdf_deflated_again, LOOK),
        _pdf(files.pdf_table_bomb, LOOK),
        _pdf(files.pdf_object_stream_bomb, LOOK, sound=True),
        _pdf(files.pdf_endless_revisions, LOOK, sound=True),
        _pdf(files.pdf_only_rubble, LOOK),
    ],
)

PICTURES = Group(
    title="Pictures",
    cases=[
        _image(pictures.png_bomb, b"png"),
        _image(files.png_text_bomb, b"png", 10),
        _image(files.png_largest, b"png"),
        _image(files.png_many_chunks, b"png", 10, sound=True),
        _image(pictures.jpeg_bomb, b"jpeg"),
        _image(files.jpeg_many_scans, b"jpeg", LOOK),
        _image(files.tiff_many_pages, b"tiff", LOOK, sound=True),
        _image(files.tiff_loop, b"tiff", sound=True),
        _image(files.tiff_bomb, b"tiff", LOOK),
        _image(files.tiff_many_bombs, b"tiff", LOOK),
    ],
)

OFFICE = Group(
    title="Word",
    cases=[
        _word(office.docx_bomb, b"docx", LOOK),
        _word(files.docx_many_bombs, b"docx", LOOK),
        _word(files.docx_many_parts, b"docx", LOOK, sound=True),
        _word(files.docx_entities, b"docx"),
        _word(files.docx_deep, b"docx", LOOK),
        _word(files.docx_overlapping, b"docx", LOOK),
        _word(files.doc_loop, b"doc"),
        _word(files.doc_many_streams, b"doc", LOOK, sound=True),
        _word(files.doc_claims_much, b"doc"),
    ],
)

GROUPS: Sequence[Group] = (STRUCTURE, HEADERS, TEXT, WRAPPINGS, PDFS, PICTURES, OFFICE)
