"""Mails that are hostile by themselves: their structure, their header fields."""

from __future__ import annotations

from benchmarks.hostile_case import MEBIBYTE, Case, Group
from benchmarks.letters import ASKING, File, attached, head, letter, parts, plain, submission, text_part
from tests.files import pdf

CUT = 12.0
"""Seconds to take a mail of twenty million bytes apart; far from what the watchdog waits for."""


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
            seconds=CUT,
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
            seconds=CUT,
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
            what="a subject of 60,000 combining marks in disorder",
            build=lambda: letter(ASKING, subject=b"a" + "\u0301\u0323".encode() * 30_000),
        ),
        Case(
            what="200 names of 16,000 combining marks in disorder",
            sound=True,
            build=lambda: submission(
                *(
                    File(name=b"a" + "\u0301\u0323".encode() * 8_000 + b"%d.pdf" % number, content=pdf.pdf())
                    for number in range(200)
                )
            ),
            seconds=5,
        ),
        Case(
            what="a subject of 100,000 words of base64 that never ends",
            build=lambda: letter(ASKING, subject=b"=?utf-8?b?A?=\r\n " + b"\r\n ".join([b"=?utf-8?b?!?="] * 100_000)),
        ),
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

GROUPS = (STRUCTURE, HEADERS)
