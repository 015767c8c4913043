"""Files of a mail: exact bytes, types by what they are, names that are safe, logos told from scans."""

from __future__ import annotations

import base64
import hashlib
import io
import struct
import zipfile
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inboxd.documents import Attachment
from inboxd.parsers.attachments import attachments
from inboxd.parsers.file_names import safe_name
from inboxd.parsers.images import look, size_of
from inboxd.parsers.message import read
from inboxd.parsers.sniffing import sniff
from inboxd.settings import LimitSettings

LIMITS = LimitSettings()
HEAD = b"From: Ana Pell <ana.pell@parl.example>\r\nSubject: Dossier\r\n"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def part(content: bytes, headers: str) -> bytes:
    return headers.encode() + b"\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(content)


def mail(*parts: bytes, kind: str = "mixed", html: str = "<p>x</p>") -> tuple[Attachment, ...]:
    text = b"Content-Type: text/html; charset=utf-8\r\n\r\n" + html.encode()
    body = b"".join(b"--cut\r\n" + one + b"\r\n" for one in (text, *parts))
    raw = HEAD + f"Content-Type: multipart/{kind}; boundary=cut\r\n\r\n".encode() + body + b"--cut--\r\n"
    return attachments(read(raw, LIMITS), LIMITS)[0]


def png(width: int, height: int, padding: int = 0) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"teXt", bytes(padding)) + chunk(b"IEND", b"")


def jpeg(width: int, height: int, padding: int = 0) -> bytes:
    extra = b"\xff\xe1" + struct.pack(">H", 2000) + bytes(1998)
    frame = b"\xff\xc0" + struct.pack(">HBHHB", 11, 8, height, width, 1) + b"\x01\x11\x00"
    return b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00" + extra + frame + bytes(padding)


def archive(*names: str, types: str = "") -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as opened:
        for name in names:
            opened.writestr(name, types if name == "[Content_Types].xml" else "x" * 50)
    return made.getvalue()


def ooxml(main: str, *names: str) -> bytes:
    types = f'<Types><Override PartName="/word/document.xml" ContentType="application/vnd.{main}"/></Types>'
    return archive(*names, "[Content_Types].xml", types=types)


def ole(stream: str) -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1500) + stream.encode("utf-16-le") + bytes(500)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (PDF, "application/pdf"),
        (b"\n\xff\xfe junk\n" + PDF, "application/pdf"),
        (png(10, 10), "image/png"),
        (jpeg(10, 10), "image/jpeg"),
        (b"II*\x00" + bytes(200), "image/tiff"),
        (b"MZ" + bytes(200), "application/x-dosexec"),
        (b"", "application/x-empty"),
        (archive("a.txt"), "application/zip"),
        (ooxml("openxmlformats-officedocument.wordprocessingml.document.main+xml", "word/document.xml"), DOCX),
        # Entries in another order and many of them first: libmagic alone says zip.
        (
            ooxml(
                "openxmlformats-officedocument.wordprocessingml.document.main+xml",
                *(f"customXml/item{number}.xml" for number in range(300)),
                "word/document.xml",
            ),
            DOCX,
        ),
        (
            ooxml("ms-word.document.macroEnabled.main+xml", "word/document.xml"),
            "application/vnd.ms-word.document.macroEnabled.12",
        ),
        (
            ooxml("openxmlformats-officedocument.spreadsheetml.sheet.main+xml", "xl/workbook.xml"),
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ),
        (ole("WordDocument"), "application/msword"),
        (ole("EncryptedPackage"), "application/encrypted"),
        (ole("__substg1.0_0037001F"), "application/vnd.ms-outlook"),
        (b"\x78\x9f\x3e\x22" + bytes(60), "application/vnd.ms-tnef"),
    ],
)
def test_type_is_what_the_bytes_are(content: bytes, kind: str) -> None:
    assert sniff(content) == kind


def test_a_docx_that_also_claims_macros_is_a_macro_file() -> None:
    types = (
        '<Override ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/>'
        '<Override ContentType="application/vnd.ms-word.document.macroEnabled.main+xml"/>'
    )
    assert "macroEnabled" in sniff(archive("[Content_Types].xml", types=types))


@pytest.mark.parametrize(
    "content",
    [
        b"PK\x03\x04",
        b"PK\x03\x04" + bytes(100),
        archive("a.txt")[:-10],
        b"PK\x03\x04PK\x05\x06" + b"\xff" * 18,
        ooxml("x")[:200],
        archive("[Content_Types].xml").replace(b"\x14\x00\x00\x00\x00\x00", b"\x14\x00\x01\x00\x63\x00"),
    ],
)
def test_a_damaged_archive_is_named_without_an_exception(content: bytes) -> None:
    assert "/" in sniff(content)
    assert sniff(content) != DOCX


@given(
    st.binary(max_size=300),
    st.sampled_from([b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"%PDF-", b"\xff\xd8\xff"]),
)
def test_any_bytes_have_a_type_and_a_size_verdict(content: bytes, lead: bytes) -> None:
    assert "/" in sniff(lead + content)
    assert isinstance(look(lead + content).small, bool)


def test_bytes_and_digest_are_exact() -> None:
    content = bytes(range(256)) * 40 + b"\r\n\n\r"
    found = mail(part(content, 'Content-Type: application/octet-stream; name="a.bin"'))
    assert found[0].content == content
    assert found[0].digest == hashlib.sha256(content).hexdigest()
    assert found[0].size == len(content)


def test_declared_and_sniffed_types_are_both_kept() -> None:
    found = mail(part(png(10, 10), 'Content-Type: application/pdf; name="attestation.pdf"'))
    assert (found[0].declared_type, found[0].sniffed_type) == ("application/pdf", "image/png")


def test_m11_an_unnamed_file_gets_the_same_name_each_time() -> None:
    parts = part(PDF, "Content-Type: application/pdf"), part(b"hello", "Content-Type: text/x-notes")
    first, second = mail(*parts), mail(*parts)
    assert [one.safe_name for one in first] == [one.safe_name for one in second] == ["part-2.pdf", "part-3.txt"]
    assert [one.name for one in first] == ["", ""]


def test_m12_a_content_id_is_no_name() -> None:
    found = mail(part(PDF, "Content-Type: application/pdf\r\nContent-ID: <img/001@x>"))
    assert (found[0].name, found[0].safe_name) == ("", "part-2.pdf")


NESTED = (
    b"From: Client <client@home.example>\r\nSubject: my documents\r\nContent-Type: multipart/mixed; boundary=in\r\n\r\n"
    b"--in\r\nContent-Type: text/plain\r\n\r\nplease help\r\n"
    b"--in\r\nContent-Type: application/pdf; name=passport.pdf\r\n\r\n" + PDF + b"\r\n"
    b"--in\r\nContent-Type: message/rfc822\r\n\r\nSubject: deeper\r\n"
    b"Content-Type: application/pdf; name=deep.pdf\r\n\r\n%PDF-1.4 deep\r\n--in--\r\n"
)


def test_m13_a_nested_message_keeps_its_bytes_and_its_files_come_one_level_deep() -> None:
    found = mail(b"Content-Type: message/rfc822\r\n\r\n" + NESTED)
    assert [(one.path, one.safe_name) for one in found] == [
        ("2", "part-2.eml"),
        ("2/2", "passport.pdf"),
        ("2/3", "part-2-3.eml"),
    ]
    # The line end before the boundary belongs to the boundary; the rest is the message.
    assert found[0].content == NESTED
    assert found[1].content == PDF


@pytest.mark.parametrize(
    "headers", ['Content-Type: application/octet-stream; name="fwd.EML"', "Content-Type: message/rfc822; name=fwd.eml"]
)
def test_a_base64_eml_file_is_opened_too(headers: str) -> None:
    found = mail(part(NESTED, headers))
    assert [one.path for one in found] == ["2", "2/2", "2/3"]
    assert found[1].name == "passport.pdf"


def test_an_eml_by_name_only_is_a_file_like_others() -> None:
    found = mail(part(b"no header here", 'Content-Type: application/octet-stream; name="notes.eml"'))
    assert [one.path for one in found] == ["2"]


def test_m20_winmail_dat_is_kept_as_a_file() -> None:
    found = mail(part(b"\x78\x9f\x3e\x22" + bytes(60), 'Content-Type: application/ms-tnef; name="winmail.dat"'))
    assert (found[0].name, found[0].sniffed_type) == ("winmail.dat", "application/vnd.ms-tnef")


def test_m21_a_calendar_is_a_file_with_a_name() -> None:
    found = mail(b"Content-Type: text/calendar\r\n\r\nBEGIN:VCALENDAR\r\nEND:VCALENDAR")
    assert found[0].safe_name == "part-2.ics"


@pytest.mark.parametrize(
    ("headers", "name", "safe"),
    [
        (b"Content-Type: a/b; name*1*=ce%20join; name*0*=utf-8''pi%C3%A8; name*2=te.pdf", "pièce jointe.pdf", ""),
        (b"Content-Type: a/b\r\nContent-Disposition: x; filename*=iso-8859-1'fr'%E9t%E9.pdf; name=e", "été.pdf", ""),
        (b"Content-Type: a/b\r\nContent-Disposition: x; filename*=utf-8''%E9t%E9.pdf", "été.pdf", ""),
        (b"Content-Type: a/b\r\nContent-Disposition: x; filename*=nonsense''%C3%A9t%C3%A9.pdf", "été.pdf", ""),
        (b'Content-Type: a/b; name="=?iso-8859-1?Q?=E9t=E9?=\r\n =?iso-8859-1?Q?_2026.pdf?="', "été 2026.pdf", ""),
        (b'Content-Type: a/b; name="=?us-ascii?Q?=C3=A9t=C3=A9.pdf?="', "été.pdf", ""),
        (b"Content-Type: a/b; name==?utf-8?q?=C3=A9t=C3=A9?=.pdf", "été.pdf", ""),
        (b'Content-Type: a/b; name="\xe9t\xe9.pdf"', "été.pdf", ""),
        (b"Content-Type: a/b; name=my scan of the passport.pdf", "my scan of the passport.pdf", ""),
        (b'Content-Type: a/b; name="\xc3\xa9t\xc3\xa9.pdf', "été.pdf", ""),
        (b"Content-Type: a/b; filename=a.pdf", "a.pdf", ""),
        (b"Content-Type: a/b\r\nContent-Disposition: attachment; name=a.pdf", "a.pdf", ""),
        (b"Content-Type: a/b; name*=utf-8''..%2F..%2Fx.pdf", "../../x.pdf", "x.pdf"),
        (b"Content-Type: a/b; name*=utf-8''x%00.pdf", "x.pdf", ""),
        (b"Content-Type: a/b; name*0*=UTF-8''annexe%E2%80; name*1*=%AEfdp.exe", "annexe\u202efdp.exe", "annexefdp.exe"),
        (b"Content-Type: a/b; name*0=" + b"a" * 150 + b"; name*1=" + b"b" * 150 + b"; name*2=.pdf",
         "a" * 150 + "b" * 150 + ".pdf", "a" * 116 + ".pdf"),
        (b"Content-Type: a/b", "", "part-1.pdf"),
    ],
)  # fmt: skip
def test_names_as_mailers_write_them(headers: bytes, name: str, safe: str) -> None:
    raw = HEAD + b"Content-Type: multipart/mixed; boundary=cut\r\n\r\n--cut\r\n" + headers + b"\r\n\r\n" + PDF
    found = attachments(read(raw + b"\r\n--cut--", LIMITS), LIMITS)[0][0]
    assert (found.name, found.safe_name, found.content) == (name, safe or name, PDF)


@pytest.mark.parametrize(
    ("written", "safe"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\ana\\scan.pdf", "scan.pdf"),
        ("a\nb\u202efdp.exe", "abfdp.exe"),
        ("a\x00b.pdf", "ab.pdf"),
        ("scan\u200b\u2066.pdf", "scan.pdf"),
        ('what?<now>|"*.pdf', "what__now____.pdf"),
        ("CON.pdf", "_CON.pdf"),
        ("  .hidden. ", "hidden"),
        ("passeport.pdf ...", "passeport.pdf"),
        ("Pièce jointe nᵒ 1 – été.pdf", "Pièce jointe nᵒ 1 – été.pdf"),
        ("e\u0301te\u0301.pdf", "été.pdf"),
        ("\ud800\x07", "part-1.bin"),
        ("...", "part-1.bin"),
        ("", "part-1.bin"),
        ("a/", "a"),
        ("a\u00a0b.pdf", "a b.pdf"),
    ],
)
def test_m22_safe_names(written: str, safe: str) -> None:
    assert safe_name(written, "part-1.bin") == safe


@given(st.text(max_size=400))
def test_m22_any_name_becomes_safe(written: str) -> None:
    safe = safe_name(written, "part-1.bin")
    assert 1 <= len(safe) <= 120
    safe.encode("utf-8")
    assert not set(safe) & set('/\\\x00\r\n<>:"|?*\u202e\u2066')
    assert safe not in (".", "..")
    assert safe == safe.strip(" .")


def test_a_long_name_keeps_its_extension() -> None:
    safe = safe_name("é" * 500 + ".docx", "x")
    assert len(safe) == 120
    assert safe.endswith(".docx")


def test_equal_names_are_told_apart() -> None:
    long = "n" * 200 + ".pdf"
    names = ["scan.pdf", "SCAN.pdf", "scan.pdf", "scan (2).pdf", long, long]
    found = mail(*(part(PDF, f'Content-Type: application/pdf; name="{name}"') for name in names))
    safe = [one.safe_name for one in found]
    assert safe[:2] == ["scan.pdf", "SCAN (2).pdf"]
    assert len({name.casefold() for name in safe}) == len(safe)
    assert all(len(name) <= 120 and name.endswith(".pdf") for name in safe)
    assert [one.name for one in found] == names


# Logos: by evidence

CID = "Content-Type: image/png; name=image001.png\r\nContent-ID: <image001.png@01DC>\r\nContent-Disposition: inline"


def inline(content: bytes, headers: str = CID, html: str = '<p>x</p><img src="cid:image001.png@01DC">') -> bool:
    return mail(part(content, headers), html=html)[0].inline


def test_a_small_image_that_the_html_shows_is_a_logo() -> None:
    assert inline(png(120, 40))
    assert inline(png(900, 180))


def test_a_large_image_that_the_html_shows_is_a_document() -> None:
    assert not inline(png(1700, 2200))
    assert not inline(jpeg(715, 1000))
    assert not inline(png(120, 40, padding=300_000))


def test_a_small_image_that_nothing_shows_is_a_document() -> None:
    assert not inline(png(120, 40), html="<p>x</p>")
    assert not inline(png(120, 40), html='<img src="cid:other@x">')


def test_a_tracking_pixel_is_no_document() -> None:
    assert inline(png(1, 1), html="<p>x</p>")


def test_an_attached_single_pixel_file_is_still_a_file() -> None:
    assert not inline(png(1, 1), headers="Content-Type: image/png\r\nContent-Disposition: attachment; filename=a.png")


def test_a_document_that_the_html_names_is_no_logo() -> None:
    assert not inline(PDF)


def test_a_signature_over_the_mail_is_no_document() -> None:
    found = mail(part(b"\x30\x82", "Content-Type: application/pkcs7-signature; name=smime.p7s"), kind="signed")
    assert found[0].inline


@pytest.mark.parametrize(
    ("content", "size"),
    [
        (png(300, 200), (300, 200)),
        (jpeg(640, 480), (640, 480)),
        (b"GIF89a" + struct.pack("<HH", 7, 9), (7, 9)),
        (b"BM" + bytes(16) + struct.pack("<ii", 20, -30), (20, 30)),
        (b"\xff\xd8\xff", None),
        (b"\xff\xd8" + b"\xff" * 50, None),
        (b"", None),
        (jpeg(1, 1)[:60], None),
    ],
)
def test_image_sizes(content: bytes, size: tuple[int, int] | None) -> None:
    assert size_of(content) == size


@pytest.mark.parametrize(("parts", "depth"), [(3, 20), (1000, 2)])
def test_mime_source_left_uncut_at_a_limit_is_never_taken_for_the_document_inside_it(parts: int, depth: int) -> None:
    document = b"Content-Type: application/pdf\r\n\r\n" + PDF + b"\r\n"
    inner = b"Content-Type: multipart/mixed; boundary=in\r\n\r\n" + b"".join(b"--in\r\n" + document for _ in range(8))
    middle = b"Content-Type: multipart/mixed; boundary=mid\r\n\r\n--mid\r\n" + inner + b"--in--\r\n--mid--\r\n"
    raw = HEAD + b"Content-Type: multipart/mixed; boundary=cut\r\n\r\n--cut\r\n" + middle + b"--cut--\r\n"
    limits = LimitSettings(max_parts=parts, max_depth=depth)
    message = read(raw, limits)
    found = attachments(message, limits)[0][-1]
    assert {"too_many_parts", "too_deep"} & set(message.defects)
    assert b"%PDF-1.4" in found.content
    assert found.sniffed_type == "application/octet-stream"
    assert found.safe_name.endswith(".bin")
