"""The files that fuzzed mails carry, made by code once: sound ones, ones that must never be filed, and wrappings.

`forbidden()` are the digests of those that must not reach a record as they are; a mutation of one is another file, and
is judged by its bytes (`judging`).
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from tests.fakes import FakeScanner
from tests.files import archives, malware, office, outlook_item, pdf, pictures, tnef
from tests.files.outlook_item import ItemFile
from tests.files.tnef import TnefFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """The bytes of a file, and what a mail would call them."""

    name: str
    media_type: str
    content: bytes
    sound: bool = False
    """May be filed."""


DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PDF, WORD, PNG, JPEG, TIFF = "application/pdf", "application/msword", "image/png", "image/jpeg", "image/tiff"
_SOUND: tuple[tuple[str, str, Callable[[], bytes]], ...] = (
    ("letter.pdf", PDF, pdf.pdf),
    ("packed.pdf", PDF, lambda: pdf.pdf(3, packed=True)),
    ("scan.pdf", PDF, lambda: pdf.scan(1)),
    ("lettre d'appui.docx", DOCX, office.docx),
    ("old.doc", WORD, office.doc),
    ("page.png", PNG, lambda: pictures.png(60, 80)),
    ("photo.jpg", JPEG, lambda: pictures.jpeg(60, 80)),
    ("fax.tiff", TIFF, lambda: pictures.tiff(2, width=60, height=80)),
)
_REFUSED: tuple[tuple[str, str, Callable[[], bytes]], ...] = (
    ("script.pdf", PDF, pdf.javascript),
    ("script-packed.pdf", PDF, lambda: pdf.javascript(packed=True)),
    ("locked.pdf", PDF, pdf.encrypted),
    ("launch.pdf", PDF, pdf.launch),
    ("inside.pdf", PDF, pdf.embedded_file),
    ("cut.pdf", PDF, pdf.truncated),
    ("macro.docx", DOCX, office.docx_with_macro),
    ("remote.docx", DOCX, office.docx_with_template),
    ("object.docx", DOCX, office.docx_with_object),
    ("field.docx", DOCX, office.docx_with_field),
    ("locked.docx", DOCX, office.docx_with_password),
    ("macros.doc", WORD, office.doc_with_macros),
    ("locked.doc", WORD, office.doc_encrypted),
    ("cut.jpg", JPEG, lambda: pictures.truncated(pictures.jpeg(60, 80))),
    ("bomb.png", PNG, pictures.png_bomb),
    ("files.zip", "application/zip", archives.zipped),
    ("files.7z", "application/x-7z-compressed", archives.seven_zip),
    ("files.rar", "application/vnd.rar", archives.rar),
    ("files.tar", "application/x-tar", archives.tar),
    ("test.com", "application/octet-stream", malware.eicar),
    ("marked.pdf", PDF, lambda: pdf.pdf(ballast=10) + FakeScanner().marker),
    ("setup.pdf", PDF, lambda: b"MZ\x90\x00" + bytes(200)),
    ("page.html", "text/html", lambda: b"<script>alert(1)</script>"),
    ("photo.heic", "image/heic", pictures.heic),
    ("empty.pdf", PDF, bytes),
)


def _wrapped() -> list[Content]:
    """Files inside what Outlook makes of mails."""
    good, bad = pdf.pdf(text="wrapped"), pdf.javascript()
    item = outlook_item.outlook_item(ItemFile(long_name="letter.pdf", content=good))
    return [
        Content(
            name="winmail.dat",
            media_type="application/ms-tnef",
            content=tnef.winmail(TnefFile(long_name="letter.pdf", content=good)),
        ),
        Content(
            name="winmail.dat",
            media_type="application/ms-tnef",
            content=tnef.winmail(TnefFile(long_name="../../x.pdf", content=bad), TnefFile(content=item)),
        ),
        Content(name="mail.msg", media_type="application/vnd.ms-outlook", content=item),
        Content(
            name="deep.msg",
            media_type="application/octet-stream",
            content=outlook_item.outlook_item(ItemFile(long_name="mail.msg", content=item)),
        ),
        Content(name="logo.png", media_type=PNG, content=pictures.png(20, 20)),
        Content(name="invite.ics", media_type="text/calendar", content=b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"),
    ]


@functools.cache
def contents() -> tuple[Content, ...]:
    """All of them, sound ones first."""
    return (
        *(Content(name=name, media_type=kind, content=make(), sound=True) for name, kind, make in _SOUND),
        *(Content(name=name, media_type=kind, content=make()) for name, kind, make in _REFUSED),
        *_wrapped(),
    )


@functools.cache
def sound() -> tuple[Content, ...]:
    """Those that may be filed."""
    return tuple(content for content in contents() if content.sound)


@functools.cache
def forbidden() -> frozenset[str]:
    """SHA-256 of those that never may."""
    return frozenset(hashlib.sha256(make()).hexdigest() for _, _, make in _REFUSED)
