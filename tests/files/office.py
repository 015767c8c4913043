"""Word files, new and old: whole, with macros, locked, cut off, and reaching for something outside themselves."""

from __future__ import annotations

import contextlib
import hashlib
import io
import itertools
import secrets
import struct
from collections.abc import Iterator, Mapping
from unittest import mock

from msoffcrypto.format.ooxml import OOXMLFile
from msoffcrypto.method.container import ecma376_encrypted

from tests.files.archives import zipped
from tests.files.compound import WORD_97, compound

PASSWORD = "Maple-2026"
_HEAD = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_PLAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
MACRO = "application/vnd.ms-word.document.macroEnabled.main+xml"
LETTER = "To the immigration department: please find the documents of our constituent."


_PRINTER = "application/vnd.openxmlformats-officedocument.wordprocessingml.printerSettings"
_PROJECT = "application/vnd.ms-office.vbaProject"


def _types(main: str, more: str = "") -> bytes:
    binary = _PROJECT if main == MACRO else _PRINTER
    return _HEAD + (
        f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Default Extension="bin" ContentType="{binary}"/>'
        f'<Override PartName="/word/document.xml" ContentType="{main}"/>{more}</Types>'
    ).encode()


def _relations(*lines: str) -> bytes:
    return _HEAD + f'<Relationships xmlns="{_PACKAGE}/relationships">{"".join(lines)}</Relationships>'.encode()


def relation(kind: str, target: str, *, external: bool = True, number: int = 1) -> str:
    mode = ' TargetMode="External"' if external else ""
    return f'<Relationship Id="rId{number}" Type="{_RELATIONS}/{kind}" Target="{target}"{mode}/>'


def docx_parts(body: str = "", *, main: str = _PLAIN) -> dict[str, bytes]:
    """The parts of a small Word file; `body`: further WordprocessingML after the letter's paragraph."""
    paragraph = f"<w:p><w:r><w:t>{LETTER}</w:t></w:r></w:p>"
    return {
        "[Content_Types].xml": _types(main),
        "_rels/.rels": _relations(relation("officeDocument", "word/document.xml", external=False)),
        "word/document.xml": _HEAD
        + f'<w:document xmlns:w="{_WORD}"><w:body>{paragraph}{body}</w:body></w:document>'.encode(),
        "word/_rels/document.xml.rels": _relations(),
    }


def docx(body: str = "", parts: Mapping[str, bytes] | None = None) -> bytes:
    """A sound letter; `parts` are added or take another's place."""
    return zipped({**docx_parts(body), **(parts or {})})


def vba_project() -> bytes:
    """A compound file with the storages of a macro project (MS-OVBA 2.2.1)."""
    return compound(
        {
            "PROJECT": b'ID="{00000000-0000-0000-0000-000000000000}"\r\nDocument=ThisDocument/&H00000000\r\n',
            "VBA/dir": b"\x01\x19\xb0\x00" + bytes(60),
            "VBA/_VBA_PROJECT": b"\xcc\x61\xff\xff\x00\x00\x00" + bytes(57),
            "VBA/ThisDocument": b"\x01\x16\x01\x00" + bytes(300),
        }
    )


def docm() -> bytes:
    """A Word file with macros that says so."""
    return zipped({**docx_parts(main=MACRO), "word/vbaProject.bin": vba_project()})


def docx_with_macro() -> bytes:
    """Macros in a file that calls itself a plain document."""
    return docx(parts={"word/vbaProject.bin": vba_project()})


def docx_with_template(target: str = "https://templates.riding.example/letter.dotm") -> bytes:
    """Loads its template, and what that runs, from somewhere else."""
    return docx(
        parts={
            "word/settings.xml": _HEAD + f'<w:settings xmlns:w="{_WORD}"/>'.encode(),
            "word/_rels/settings.xml.rels": _relations(relation("attachedTemplate", target)),
        }
    )


def docx_with_link() -> bytes:
    """A link to a web page and a picture from the web: nothing is wrong with either."""
    return docx(
        parts={
            "word/_rels/document.xml.rels": _relations(
                relation("hyperlink", "https://riding.example/"),
                relation("image", "https://riding.example/logo.png", number=2),
            )
        }
    )


def docx_with_relation(kind: str, target: str = "https://riding.example/x") -> bytes:
    """A part outside the file: `oleObject`, `frame`, `subDocument`, `attachedTemplate` ..."""
    return docx(parts={"word/_rels/document.xml.rels": _relations(relation(kind, target))})


def docx_with_field(code: str = 'DDEAUTO c:\\\\windows\\\\system32\\\\cmd.exe "/k"', *, split: bool = False) -> bytes:
    """A field of this code, in one piece (`w:instrText`) or, `split`, in three runs as Word itself may write it."""
    pieces = [code[:3], code[3:5], code[5:]] if split else [code]
    runs = "".join(f'<w:r><w:instrText xml:space="preserve">{piece}</w:instrText></w:r>' for piece in pieces)
    start, end = ('<w:r><w:fldChar w:fldCharType="begin"/></w:r>', '<w:r><w:fldChar w:fldCharType="end"/></w:r>')
    return docx(f"<w:p>{start}{runs}{end}</w:p>")


def docx_with_simple_field(code: str = "DDE excel book.xls r1c1") -> bytes:
    return docx(f'<w:p><w:fldSimple w:instr=" {code} "><w:r><w:t>1</w:t></w:r></w:fldSimple></w:p>')


def packaged_object() -> bytes:
    """An OLE object of the Packager: any file, started by a double click."""
    return compound({"\x01Ole10Native": struct.pack("<I", 40) + b"\x02\x00notes.txt\x00" + bytes(28)})


def docx_with_object() -> bytes:
    return docx(parts={"word/embeddings/oleObject1.bin": packaged_object()})


def docx_with_activex() -> bytes:
    return docx(parts={"word/activeX/activeX1.xml": _HEAD + b"<x/>", "word/activeX/activeX1.bin": b"\x01" * 64})


@contextlib.contextmanager
def _same_numbers() -> Iterator[None]:
    """Salts, keys and times that are the same each run, for the library that encrypts."""
    counter = itertools.count(1)

    def fixed(size: int | None = None) -> bytes:
        return bytes((next(counter) * 73 + place) % 256 for place in range(size or 32))

    written = mock.patch.object(ecma376_encrypted, "datetime2filetime", return_value=0)
    with mock.patch.object(secrets, "token_bytes", fixed), written:
        yield


def locked_content() -> bytes:
    """What is behind the password. Above 4096 bytes: the library files a smaller one where its own reader fails."""
    return docx(parts={"word/media/scan.bin": hashlib.shake_128(b"scan").digest(6000)})


def docx_with_password(password: str = PASSWORD) -> bytes:
    """A Word file locked by Word's own means: an OLE file with the stream EncryptedPackage (MS-OFFCRYPTO 2.3.4)."""
    made = io.BytesIO()
    with _same_numbers():
        OOXMLFile(io.BytesIO(locked_content())).encrypt(password, made)
    return made.getvalue()


def docx_truncated(share: float = 0.6) -> bytes:
    whole = docx(parts={"word/media/scan.bin": hashlib.shake_128(b"scan").digest(40_000)})
    return whole[: int(len(whole) * share)]


def docx_with_bad_sum() -> bytes:
    """Complete by its directory, but the main part's bytes do not have the checksum that is noted for them."""
    whole = bytearray(docx())
    place = whole.index(b"word/document.xml")
    whole[place - 30 + 14 : place - 30 + 18] = bytes(4)
    directory = whole.rindex(b"word/document.xml")
    whole[directory - 46 + 16 : directory - 46 + 20] = bytes(4)
    return bytes(whole)


def docx_without_main_part() -> bytes:
    parts = docx_parts()
    del parts["word/document.xml"]
    return zipped(parts)


def docx_bomb(megabytes: int = 300) -> bytes:
    """A small file (about 1/1000) whose main part unfolds to so many megabytes of spaces."""
    return docx(parts={"word/document.xml": docx_parts()["word/document.xml"] + b" " * (megabytes * 1024 * 1024)})


def _fib(text: int, *, flags: int = 0, size: int = 1472, table: int = 21) -> bytes:
    """The head of a Word 97 document (MS-DOC 2.5): magic, version, flags, lengths, and where its piece table is."""
    fib = bytearray(size)
    struct.pack_into("<HHHHHHHI", fib, 0, 0xA5EC, 0x00C1, 0, 0x1009, 0, flags, 0x00BF, 0)
    struct.pack_into("<HH", fib, 0x20, 14, 0)
    struct.pack_into("<H", fib, 0x3E, 22)
    struct.pack_into("<I", fib, 0x40, size + text)
    struct.pack_into("<I", fib, 0x4C, text)
    struct.pack_into("<H", fib, 0x98, 0x5D)
    struct.pack_into("<II", fib, 0x01A2, 0, table)
    return bytes(fib)


def doc_streams(*, flags: int = 0) -> dict[str, bytes]:
    """The streams of a Word 97 letter: the document, and the table stream with one piece of 8-bit text."""
    text = LETTER.encode("cp1252") + b"\r"
    pieces = struct.pack("<II", 0, len(text)) + struct.pack("<HIH", 0, 0x40000000 | (1472 * 2), 0)
    table = b"\x02" + struct.pack("<I", len(pieces)) + pieces
    summary = b"\xfe\xff\x00\x00" + bytes(60)
    return {
        "WordDocument": (_fib(len(text), flags=0x0200 | flags, table=len(table)) + text).ljust(5120, b"\0"),
        "1Table": table.ljust(4096, b"\0"),
        "\x05SummaryInformation": summary,
    }


def doc(streams: Mapping[str, bytes] | None = None, *, flags: int = 0) -> bytes:
    """A sound letter in old Word; `streams` are added or take another's place."""
    return compound({**doc_streams(flags=flags), **(streams or {})}, clsid=WORD_97)


def doc_with_macros() -> bytes:
    return doc(
        {
            "Macros/PROJECT": b"Document=ThisDocument/&H00000000\r\n",
            "Macros/VBA/dir": b"\x01\x19\xb0\x00" + bytes(60),
            "Macros/VBA/_VBA_PROJECT": b"\xcc\x61\xff\xff\x00\x00\x00" + bytes(57),
            "Macros/VBA/ThisDocument": b"\x01\x16\x01\x00" + bytes(300),
        }
    )


def doc_with_object() -> bytes:
    return doc({"ObjectPool/_1234567890/\x01Ole10Native": struct.pack("<I", 40) + bytes(40)})


def doc_encrypted() -> bytes:
    """The flag fEncrypted of the file's head is set (MS-DOC 2.5.2), as Word does with a password to open."""
    return doc(flags=0x0100)


def doc_truncated(share: float = 0.5) -> bytes:
    whole = doc({"Data": bytes(place * 7 % 251 for place in range(40_000))})
    return whole[: int(len(whole) * share)]


def doc_short_head() -> bytes:
    return doc({"WordDocument": b"\xec\xa5\xc1\x00" + bytes(12)})


def doc_without_text() -> bytes:
    """Word's class, but no document stream."""
    return compound({"\x05SummaryInformation": bytes(64), "1Table": bytes(64)}, clsid=WORD_97)
