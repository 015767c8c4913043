"""What the bytes of a file are, whatever they are called: the kinds that people send, and files that are two."""

from __future__ import annotations

import io
import random
import struct
import time
import zipfile
import zlib
from pathlib import Path

import pylibmagic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inboxd.parsers.sniffing import sniff
from tests.files import archives, office, pdf, pictures
from tests.files.compound import compound
from tests.files.outlook_item import ItemFile, outlook_item
from tests.files.tnef import TnefFile, winmail

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
OPEN_DOCUMENT = "application/vnd.oasis.opendocument.text"
ALLOWED = {"application/pdf", "image/tiff", "image/jpeg", "image/png", "application/msword", DOCX}
PDF, JPEG, PNG, TIFF, DOC = pdf.pdf(), pictures.jpeg(200, 260), pictures.png(200, 260), pictures.tiff(1), office.doc()


def box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", 8 + len(content)) + kind + content


def zipped(*members: tuple[str, bytes]) -> bytes:
    return archives.zipped(dict(members), method=zipfile.ZIP_STORED)


def disk_image(start: bytes = b"") -> bytes:
    return start.ljust(32_768, b"\0") + b"\x01CD001\x01\0" + bytes(6000)


def tar_that_starts_as(start: bytes) -> bytes:
    """A tar whose first name is another file's signature."""
    made = bytearray(archives.tar())
    made[: len(start)] = start
    made[148:156] = b"%06o\0 " % (sum(made[:148]) + 8 * 32 + sum(made[156:512]))
    return bytes(made)


def seven_zip() -> bytes:
    header = struct.pack("<QQI", 0, 0, 0)
    return b"7z\xbc\xaf\x27\x1c\x00\x04" + struct.pack("<I", zlib.crc32(header)) + header


def ooxml(kind: str) -> bytes:
    types = f'<Types><Override ContentType="application/vnd.openxmlformats-officedocument.{kind}.main+xml"/></Types>'
    return zipped(("[Content_Types].xml", types.encode()))


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (PDF, "application/pdf"),
        (JPEG, "image/jpeg"),
        (pictures.jpeg(progressive=True), "image/jpeg"),
        (PNG, "image/png"),
        (TIFF, "image/tiff"),
        (b"MM\x00*" + bytes(60), "image/tiff"),
        (DOC, "application/msword"),
        (office.doc_truncated(), "application/msword"),
        (office.docx(), DOCX),
        (office.docx_with_password(), "application/encrypted"),
        (office.docm(), "application/vnd.ms-word.document.macroEnabled.12"),
        (ooxml("spreadsheetml.sheet"), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (
            ooxml("presentationml.presentation"),
            "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        ),
        (compound({"Workbook": bytes(5000)}), "application/vnd.ms-excel"),
        (compound({"PowerPoint Document": bytes(5000)}), "application/vnd.ms-powerpoint"),
        (compound({"x": bytes(50)}, clsid="000c1084-0000-0000-c000-000000000046"), "application/x-msi"),
        (zipped(("mimetype", OPEN_DOCUMENT.encode()), ("content.xml", b"<x/>")), OPEN_DOCUMENT),
        (b"{\\rtf1\\ansi Lettre}", "text/rtf"),
        (b"<!DOCTYPE html><html><body>x</body></html>", "text/html"),
        (pictures.heic(), "image/heic"),
        (box(b"ftyp", b"mif1\0\0\0\0mif1heic") + bytes(99), "image/heif"),
        (box(b"ftyp", b"avif\0\0\0\0mif1avif") + bytes(99), "image/avif"),
        (box(b"ftyp", b"isom\0\0\2\0isomavc1mp41") + bytes(99), "video/mp4"),
        (box(b"ftyp", b"qt  \0\0\0\0qt  ") + bytes(99), "video/quicktime"),
        (b"RIFF\x64\0\0\0WEBPVP8 " + bytes(99), "image/webp"),
        (b"GIF89a" + bytes(30), "image/gif"),
        (b"BM" + struct.pack("<IHHIIiiHHIIIIII", 154, 0, 0, 54, 40, 9, 9, 1, 24, *[0] * 6), "image/bmp"),
        (archives.zipped(), "application/zip"),
        (archives.rar(), "application/x-rar"),
        (archives.seven_zip(), "application/x-7z-compressed"),
        (archives.gz(), "application/gzip"),
        (archives.tar(), "application/x-tar"),
        (disk_image(), "application/x-iso9660-image"),
        (b"MSCF\0\0\0\0" + bytes(99), "application/vnd.ms-cab-compressed"),
        (bytes.fromhex("4c0000000114020000000000c000000000000046") + bytes(60), "application/x-ms-shortcut"),
        (b"MZ" + bytes(200), "application/x-dosexec"),
        (winmail(TnefFile(content=PDF, title=b"a.pdf")), "application/vnd.ms-tnef"),
        (outlook_item(ItemFile(content=PDF, long_name="a.pdf")), "application/vnd.ms-outlook"),
        (b"", "application/x-empty"),
        (b"\x01\x02\x03", "application/octet-stream"),
    ],
)
def test_kinds_of_files(content: bytes, kind: str) -> None:
    assert sniff(content) == kind


def test_what_lies_inside_an_item_does_not_decide_what_it_is() -> None:
    for inside in (DOC, office.docx_with_password(), PDF):
        assert sniff(outlook_item(ItemFile(content=inside, long_name="a"))) == "application/vnd.ms-outlook"
    assert sniff(compound({**office.doc_streams(), "ObjectPool/_1/EncryptedPackage": b"x"})) == "application/msword"


# Files that are two things at once


@pytest.mark.parametrize("first", [PDF, JPEG, PNG, TIFF], ids=["pdf", "jpeg", "png", "tiff"])
@pytest.mark.parametrize(
    ("second", "kind"),
    [
        (archives.zipped(), "application/zip"),
        (archives.zipped() + b"\r\n", "application/zip"),
        (archives.zip_with_password(), "application/zip"),
        (office.docx(), "application/zip"),
        (archives.rar(), "application/x-rar"),
        (b"Rar!\x1a\x07\x00\xcf\x90\x73" + bytes(90), "application/x-rar"),
        (seven_zip(), "application/x-7z-compressed"),
    ],
    ids=["zip", "zip and line end", "locked zip", "docx", "rar5", "rar4", "7z"],
)
def test_an_archive_behind_a_document_makes_it_an_archive(first: bytes, second: bytes, kind: str) -> None:
    assert sniff(first + second) == kind


@pytest.mark.parametrize("start", [b"%PDF-1.4\n", JPEG[:20], b"II*\x00\x08\x00\x00\x00"])
def test_a_tar_or_disk_image_that_starts_as_a_document_is_none(start: bytes) -> None:
    assert sniff(tar_that_starts_as(start)) == "application/x-tar"
    assert sniff(disk_image(start)) == "application/x-iso9660-image"


@pytest.mark.parametrize(
    ("before", "kind"),
    [
        (b"", "application/pdf"),
        (b"\xef\xbb\xbf", "application/pdf"),
        (b"\r\n\xff\xfe stray bytes of a mailer\r\n", "application/pdf"),
        (b"x" * 1000, "application/pdf"),
        (b"\xfe\x03" * 515, "application/octet-stream"),
        (b"<html><script>", "application/octet-stream"),
        (b"MZ" + bytes(200), "application/x-dosexec"),
        (JPEG[:400], "application/octet-stream"),
        (b"GIF89a" + bytes(30), "application/octet-stream"),
        (b"PK\x03\x04" + bytes(26), "application/zip"),
    ],
)
def test_a_pdf_stands_at_the_start_or_behind_a_few_stray_bytes_that_are_nothing_else(before: bytes, kind: str) -> None:
    assert sniff(before + PDF) == kind


def test_a_page_with_the_beginning_of_a_pdf_in_it_is_a_page() -> None:
    assert sniff(b"<!DOCTYPE html><html><script>x</script>\n%PDF-1.4\n</html>") == "text/html"


def test_a_zip_behind_a_program_or_behind_junk_is_no_document() -> None:
    assert sniff(b"MZ" + bytes(300) + archives.zipped()) == "application/x-dosexec"
    assert sniff(b"junk before it " * 20 + office.docx()) == "application/zip"


def test_a_word_file_with_a_pdf_at_its_front_is_an_archive() -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("front", PDF)
        with zipfile.ZipFile(io.BytesIO(office.docx())) as whole:
            for name in whole.namelist():
                archive.writestr(name, whole.read(name))
    assert sniff(made.getvalue()) == "application/zip"


def test_what_belongs_to_a_document_makes_it_nothing_else() -> None:
    # A photograph with a short film behind it, as telephones make them; words about archives; a thumbnail.
    assert sniff(JPEG + box(b"ftyp", b"mp42\0\0\0\0mp42isom") + bytes(900)) == "image/jpeg"
    assert sniff(JPEG + JPEG) == "image/jpeg"
    assert sniff(PDF + b"PK\x05\x06 and Rar! and 7z\xbc\xaf\x27\x1c and CD001 and ustar") == "application/pdf"
    assert sniff(pdf.pdf(pages=3, fill=200_000)) == "application/pdf"


@given(st.sampled_from([PDF, JPEG, PNG, TIFF]), st.binary(max_size=200))
def test_stray_bytes_behind_a_document_leave_it_what_it_is(document: bytes, stray: bytes) -> None:
    assert sniff(document + stray) in ALLOWED


@given(st.binary(min_size=1, max_size=64), st.sampled_from([b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"]))
def test_any_bytes_have_a_type(content: bytes, lead: bytes) -> None:
    assert sniff(lead + content).count("/") == 1


def noise(size: int) -> bytes:
    return random.Random(3).randbytes(size)


SLOW = {
    "blank lines": b"\n" * 2_000_000,
    "blanks and a letter": b"x" + b" \n" * 1_000_000,
    "blanks in stretches": (b" " * 60 + b"x\n") * 30_000,
    "brackets": b"[" * 4_000_000,
    "end records of no zip": JPEG + b"PK\x05\x06" * 500_000,
    "signatures of no 7z": JPEG + b"7z\xbc\xaf\x27\x1c" * 300_000,
    "a large scan": b"II*\x00" + noise(20_000_000),
    "a large text": b"a line of words\n" * 1_000_000,
    "a zip of ten thousand names": archives.zipped({f"{number}": b"" for number in range(9_999)}),
    "a list of types without end": zipped(("[Content_Types].xml", b'ContentType="application/vnd.' * 200_000)),
}


@pytest.mark.parametrize("name", SLOW)
def test_no_file_takes_long(name: str) -> None:
    sniff(b"warm")
    began = time.process_time()
    sniff(SLOW[name])
    assert time.process_time() - began < 1


def test_a_seven_zip_is_known_by_the_sum_of_its_header() -> None:
    wrong = bytearray(seven_zip())
    wrong[9] ^= 1
    assert (sniff(JPEG + seven_zip()), sniff(JPEG + wrong)) == ("application/x-7z-compressed", "image/jpeg")


def test_the_library_that_knows_files_is_the_packaged_one() -> None:
    """Whatever the machine has installed: types must not change with it."""
    assert sniff(PNG) == "image/png"
    loaded = {Path(line.split()[-1]) for line in Path("/proc/self/maps").read_text().splitlines() if "libmagic" in line}
    assert loaded
    assert all(path.is_relative_to(Path(pylibmagic.__file__).parent.parent) for path in loaded)
