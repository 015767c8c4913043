"""Mails that are hostile by a file: wrapped by Outlook, PDF, pictures, Word."""

from __future__ import annotations

import struct
from collections.abc import Callable

from benchmarks import hostile_files as files
from benchmarks import hostile_pdfs as pdfs
from benchmarks.hostile_case import Case, Group
from benchmarks.letters import File, submission
from tests.files import office, pdf, pictures

LOOK = 22.0
"""A look that meets its limit of 20 s, and what is around it."""


SEVERAL = 65.0
"""Several such files in one mail: they share what one mail may take."""


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


def four_photographs() -> bytes:
    slow = files.jpeg_many_scans()
    return submission(*(File(name=b"%d.jpg" % number, content=slow + b"%d" % number) for number in range(4)))


def winmail(content: Callable[[], bytes], seconds: float = 1.0) -> Case:
    return Case(
        what=_first_sentence(content),
        seconds=seconds,
        build=lambda: submission(File(name=b"winmail.dat", content=content(), kind=b"application/ms-tnef")),
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


PDFS = Group(
    title="PDF",
    cases=[
        _pdf(pdfs.deep),
        _pdf(pdfs.deep_by_references, 5, sound=True),
        _pdf(pdfs.own_parent),
        _pdf(pdfs.page_tree_of_mirrors),
        _pdf(pdfs.names_of_mirrors, sound=True),
        _pdf(pdfs.action_loop, sound=True),
        _pdf(pdfs.many_pages, LOOK, sound=True),
        _pdf(pdfs.many_annotations, LOOK, sound=True),
        _pdf(pdfs.content_bomb, LOOK),
        _pdf(pdfs.deflated_again, LOOK),
        _pdf(pdfs.table_bomb, LOOK),
        _pdf(pdfs.object_stream_bomb, LOOK, sound=True),
        _pdf(pdfs.endless_revisions, LOOK, sound=True),
        _pdf(pdfs.only_rubble, LOOK),
    ],
)

PICTURES = Group(
    title="Pictures",
    cases=[
        _file("PNG: 30,000 by 30,000 points", pictures.png_bomb, b"scan.png", b"image/png", 3, sound=False),
        _image(files.png_text_bomb, b"png", 10, sound=True),
        _image(files.png_largest, b"png"),
        _image(files.png_many_chunks, b"png", 10, sound=True),
        _file(
            "JPEG: 65,500 by 65,500 points, by its head",
            pictures.jpeg_bomb,
            b"scan.jpeg",
            b"image/jpeg",
            3,
            sound=False,
        ),
        _image(files.jpeg_many_scans, b"jpeg", LOOK),
        Case(what="JPEG: four of these in one mail", build=four_photographs, seconds=SEVERAL, megabytes=300),
        _image(files.tiff_many_pages, b"tiff", LOOK, sound=True),
        _image(files.tiff_loop, b"tiff", sound=True),
        _image(files.tiff_bomb, b"tiff", LOOK),
        _image(files.tiff_many_bombs, b"tiff", LOOK),
    ],
)

OFFICE = Group(
    title="Word",
    cases=[
        _file(
            "DOCX: The main part unfolds to 300 MB of blanks",
            office.docx_bomb,
            b"form.docx",
            b"application/zip",
            LOOK,
            sound=False,
        ),
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


GROUPS = (WRAPPINGS, PDFS, PICTURES, OFFICE)
