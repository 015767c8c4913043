"""PDFs: letters and scans whole, locked, active, damaged; made with pikepdf, the same bytes each run.

RC4 is used to lock them although it is weak: AES would need random numbers, and the bytes would differ each run.
"""

from __future__ import annotations

import io
import random
from collections.abc import Callable

import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf, String

from tests.files import pictures

SCRIPT = "app.alert('Bonjour');"
PASSWORD = "Maple-2026"


def document(pages: int = 1, text: str = "", *, fill: int = 0) -> Pdf:
    """An open document with a line of text on each page; `fill` adds that many lines, to make a file larger."""
    made = Pdf.new()
    font = made.make_indirect(
        Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica, Encoding=Name.WinAnsiEncoding)
    )
    for number in range(1, pages + 1):
        line = f"{text or 'Letter of support'}, page {number}".replace("\\", "").replace("(", "").replace(")", "")
        rows = [f"BT /F1 11 Tf 72 720 Td ({line}) Tj ET"]
        rows += [f"BT /F1 8 Tf 72 {700 - row % 640} Td (Row {row} of {number}) Tj ET" for row in range(fill)]
        made.pages.append(
            pikepdf.Page(
                Dictionary(
                    Type=Name.Page,
                    MediaBox=Array([0, 0, 612, 792]),
                    Resources=Dictionary(Font=Dictionary(F1=font)),
                    Contents=made.make_stream("\n".join(rows).encode("cp1252", "replace")),
                )
            )
        )
    return made


def saved(made: Pdf, *, packed: bool = False, encryption: pikepdf.Encryption | bool = False) -> bytes:
    """The bytes of a document; `packed` puts its objects into compressed object streams (PDF 1.5)."""
    target = io.BytesIO()
    made.save(
        target,
        static_id=True,
        encryption=encryption,
        object_stream_mode=pikepdf.ObjectStreamMode.generate if packed else pikepdf.ObjectStreamMode.disable,
    )
    return target.getvalue()


def changed(change: Callable[[Pdf], None], *, packed: bool = False, pages: int = 1) -> bytes:
    """A letter after `change`."""
    made = document(pages)
    change(made)
    return saved(made, packed=packed)


def pdf(pages: int = 1, text: str = "", *, packed: bool = False, fill: int = 0, ballast: int = 0) -> bytes:
    """A sound letter; `ballast` adds so many bytes that cannot be compressed, as a scan would."""
    made = document(pages, text, fill=fill)
    if ballast:
        made.Root.Ballast = made.make_stream(random.Random(ballast).randbytes(ballast))
    return saved(made, packed=packed)


def encrypted(password: str = PASSWORD) -> bytes:
    """Asks for a password when it is opened."""
    lock = pikepdf.Encryption(user=password, owner="owner", R=3, aes=False, metadata=False)
    return saved(document(), encryption=lock)


def owner_only() -> bytes:
    """Opens without a password, but may not be changed or printed: how many forms and scans are saved."""
    allow = pikepdf.Permissions(modify_other=False, print_highres=False, extract=False)
    lock = pikepdf.Encryption(user="", owner="owner", R=3, aes=False, metadata=False, allow=allow)
    return saved(document(), encryption=lock)


def _script() -> Dictionary:
    return Dictionary(Type=Name.Action, S=Name.JavaScript, JS=String(SCRIPT))


def javascript(*, packed: bool = False) -> bytes:
    """A script that runs when the file is opened; `packed`: in an object stream, where no search for bytes sees it."""

    def change(made: Pdf) -> None:
        made.Root.OpenAction = made.make_indirect(_script())

    return changed(change, packed=packed)


def javascript_by_name() -> bytes:
    """A document-level script in the names tree."""

    def change(made: Pdf) -> None:
        tree = Dictionary(Names=Array([String("start"), made.make_indirect(_script())]))
        made.Root.Names = Dictionary(JavaScript=made.make_indirect(tree))

    return changed(change)


def javascript_in_field() -> bytes:
    """A form field that checks what is typed with a script, as fillable government forms do."""

    def change(made: Pdf) -> None:
        field = Dictionary(
            Type=Name.Annot, Subtype=Name.Widget, FT=Name.Tx, T=String("date"), Rect=Array([72, 600, 200, 620]),
            AA=Dictionary(K=_script()),
        )
        made.pages[0].Annots = Array([made.make_indirect(field)])
        made.Root.AcroForm = Dictionary(Fields=Array([made.pages[0].Annots[0]]))

    return changed(change)


def form() -> bytes:
    """A fillable form without scripts: a text field with a value. Nothing is wrong with it."""

    def change(made: Pdf) -> None:
        field = Dictionary(
            Type=Name.Annot, Subtype=Name.Widget, FT=Name.Tx, T=String("city"), V=String("Sudbury"),
            Rect=Array([72, 600, 200, 620]), F=4,
        )
        made.pages[0].Annots = Array([made.make_indirect(field)])
        made.Root.AcroForm = Dictionary(Fields=Array([made.pages[0].Annots[0]]))

    return changed(change)


def _clicked(action: Dictionary) -> bytes:
    def change(made: Pdf) -> None:
        link = Dictionary(
            Type=Name.Annot, Subtype=Name.Link, Rect=Array([72, 600, 200, 620]), A=made.make_indirect(action)
        )
        made.pages[0].Annots = Array([made.make_indirect(link)])

    return changed(change)


def launch() -> bytes:
    """A link that starts a program."""
    return _clicked(Dictionary(Type=Name.Action, S=Name.Launch, F=String("calc.exe")))


def link() -> bytes:
    """A link to a web page and an opening view: nothing is wrong with either."""
    return _clicked(Dictionary(Type=Name.Action, S=Name.URI, URI=String("https://riding.example/")))


def action(kind: str) -> bytes:
    """A link with an action of this kind (`SubmitForm`, `ImportData`, `GoToE`, `GoToR`, `Named`, `Rendition` ...)."""
    return _clicked(Dictionary(Type=Name.Action, S=Name(f"/{kind}"), F=String("other.pdf")))


def _embed(made: Pdf) -> Dictionary:
    stream = made.make_stream(b"MZ is not what this is", Type=Name.EmbeddedFile)
    return made.make_indirect(
        Dictionary(Type=Name.Filespec, F=String("notes.txt"), UF=String("notes.txt"), EF=Dictionary(F=stream))
    )


def embedded_file(*, packed: bool = False) -> bytes:
    """Carries another file in its names tree, as a PDF portfolio does."""

    def change(made: Pdf) -> None:
        tree = Dictionary(Names=Array([String("notes.txt"), _embed(made)]))
        made.Root.Names = Dictionary(EmbeddedFiles=made.make_indirect(tree))

    return changed(change, packed=packed)


def attached_file() -> bytes:
    """Carries another file behind a paper-clip on its page."""

    def change(made: Pdf) -> None:
        clip = Dictionary(Type=Name.Annot, Subtype=Name.FileAttachment, Rect=Array([72, 600, 92, 620]), FS=_embed(made))
        made.pages[0].Annots = Array([made.make_indirect(clip)])

    return changed(change)


def rich_media() -> bytes:
    """A page with an embedded film or Flash."""

    def change(made: Pdf) -> None:
        film = Dictionary(
            Type=Name.Annot, Subtype=Name.RichMedia, Rect=Array([72, 400, 400, 620]), RichMediaContent=Dictionary()
        )
        made.pages[0].Annots = Array([made.make_indirect(film)])

    return changed(change)


def xfa(script: str = "") -> bytes:
    """A form by XFA, with or without a script in its template."""
    body = f"<script contentType='application/x-javascript'>{script}</script>" if script else "<text>City</text>"
    template = f"<template xmlns='http://www.xfa.org/schema/xfa-template/3.3/'><subform>{body}</subform></template>"

    def change(made: Pdf) -> None:
        parts = Array([String("template"), made.make_stream(template.encode())])
        made.Root.AcroForm = Dictionary(Fields=Array([]), XFA=parts)

    return changed(change)


def truncated(share: float = 0.5, pages: int = 6, *, packed: bool = False) -> bytes:
    """The first part of a longer letter: its last pages and its cross-reference table are gone."""
    whole = pdf(pages, fill=400, packed=packed)
    return whole[: int(len(whole) * share)]


def zero_pages() -> bytes:
    """A valid file with nothing to see."""
    return saved(Pdf.new())


def damaged_xref() -> bytes:
    """Its cross-reference table is said to be where it is not; every reader repairs that."""
    return without_table(pdf(2))


def without_end() -> bytes:
    """Lost its last line only (`%%EOF`), as some scanners write it."""
    whole = pdf(2)
    return whole[: whole.rindex(b"%%EOF")]


def with_garbage() -> bytes:
    """A sound letter with a line before its head and a web server's bytes after its end."""
    return b"\r\n\r\n" + pdf(2) + b"\r\n--boundary--\r\n" + bytes(40)


def scan(pages: int = 2) -> bytes:
    """What an office scanner sends: one JPEG on each page, no text."""
    made = Pdf.new()
    for number in range(1, pages + 1):
        picture = made.make_stream(
            pictures.jpeg(300 + number, 400), Type=Name.XObject, Subtype=Name.Image, Width=300 + number, Height=400,
            ColorSpace=Name.DeviceRGB, BitsPerComponent=8, Filter=Name.DCTDecode,
        )
        page = Dictionary(
            Type=Name.Page, MediaBox=Array([0, 0, 612, 792]), Resources=Dictionary(XObject=Dictionary(Im0=picture)),
            Contents=made.make_stream(b"q 612 0 0 792 0 0 cm /Im0 Do Q"),
        )
        made.pages.append(pikepdf.Page(page))
    return saved(made)


def without_table(whole: bytes) -> bytes:
    """The same file with a wrong pointer to its cross-reference table, so that readers must repair it."""
    return whole[: whole.rindex(b"startxref")] + b"startxref\n17\n%%EOF\n"


def scan_without_picture() -> bytes:
    """A scan whose last picture is gone from the middle of the file; the repair finds everything else."""
    whole = scan()
    start = whole.rindex(b"/DCTDecode")
    start = whole.rindex(b" obj", 0, start)
    end = whole.index(b"endobj", start)
    return without_table(whole[: whole.rindex(b"\n", 0, start)] + whole[end + 6 :])


def damaged_stream() -> bytes:
    """Whole by its tables, but the deflated content of its page is overwritten."""
    whole = bytearray(pdf(1, fill=200))
    start = whole.index(b"stream\n", whole.index(b"/FlateDecode")) + 40
    whole[start : start + 200] = bytes(200)
    return bytes(whole)
