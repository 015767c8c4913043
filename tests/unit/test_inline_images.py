"""Logos and tracking pixels are told from documents by evidence; a scan or a photo sent inline stays a document."""

from __future__ import annotations

import base64
import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from inboxd.documents import Attachment
from inboxd.parsers.attachments import attachments
from inboxd.parsers.images import look, size_of
from inboxd.parsers.message import read
from inboxd.settings import LimitSettings
from tests.files import pdf, pictures
from tests.files.outlook_item import ItemFile, outlook_item
from tests.files.tnef import TnefFile, winmail

LIMITS = LimitSettings()
SHOWS = '<p>x</p><img width=9 src="cid:image001.png@01DC">'
INLINE = "Content-ID: <image001.png@01DC>\r\nContent-Disposition: inline; filename=image001.png"


def part(content: bytes, headers: str, kind: str = "image/png") -> bytes:
    lead = f"Content-Type: {kind}\r\nContent-Transfer-Encoding: base64\r\n{headers}\r\n\r\n"
    return lead.encode() + base64.encodebytes(content)


def mail(*parts: bytes, html: str = SHOWS, multipart: str = "related") -> tuple[Attachment, ...]:
    text = b"Content-Type: text/html; charset=utf-8\r\n\r\n" + html.encode()
    body = b"".join(b"--cut\r\n" + one + b"\r\n" for one in (text, *parts)) + b"--cut--\r\n"
    head = b"From: Ana Pell <ana.pell@parl.example>\r\nContent-Type: multipart/%s; boundary=cut\r\n\r\n"
    return attachments(read(head % multipart.encode() + body, LIMITS), LIMITS)[0]


def inline(content: bytes, headers: str = INLINE, html: str = SHOWS, kind: str = "image/png") -> bool:
    return mail(part(content, headers, kind), html=html)[0].inline


def picture(width: int, height: int, form: str = "PNG") -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (width, height), "navy").save(made, form)
    return made.getvalue()


def box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", 8 + len(content)) + kind + content


def heic(width: int, height: int) -> bytes:
    """An iPhone's HEIC as far as its headers: tiles of 512, the whole image, a thumbnail."""
    sizes = [(512, 512), (width, height), (240, 320)]
    properties = b"".join(box(b"ispe", struct.pack(">III", 0, *size)) for size in sizes)
    meta = bytes(4) + box(b"hdlr", bytes(24)) + box(b"iprp", box(b"ipco", box(b"hvcC", bytes(30)) + properties))
    return box(b"ftyp", b"heic\0\0\0\0mif1heic") + box(b"meta", meta) + box(b"mdat", bytes(900))


DOCUMENTS = {
    "a page scanned at 200 dpi": picture(1654, 2339),
    "the same as JPEG": picture(1654, 2339, "JPEG"),
    "an iPhone photo": picture(3024, 4032, "JPEG"),
    "an iPhone photo on its side": picture(4032, 3024, "JPEG"),
    "an iPhone photo as HEIC": heic(4032, 3024),
    "a passport photo": picture(413, 531, "JPEG"),
    "a passport photo at 200 dpi": picture(276, 354, "JPEG"),
    "a visa photo": picture(420, 540, "JPEG"),
    "a fax": picture(1728, 1100, "TIFF"),
    "a fax so empty that it is small": pictures.tiff(1, width=1728, height=2200),
    "a fax whose size cannot be read": b"II*\x00" + bytes(60),
    "an iPhone photo whose size cannot be read": pictures.heic(),
    "a page as WebP": picture(1240, 1754, "WEBP"),
    "a page as GIF": picture(800, 1100, "GIF"),
    "a page as BMP": picture(800, 1100, "BMP"),
    "a card photographed small": picture(640, 404, "JPEG"),
    "a tall strip of chat": picture(200, 900),
}
LOGOS = {
    "a logo": picture(300, 80),
    "a banner": picture(600, 200),
    "a wide banner": picture(1200, 180),
    "a crest": picture(300, 300),
    "a JPEG logo": picture(350, 120, "JPEG"),
    "a GIF logo": picture(300, 80, "GIF"),
    "a WebP logo": picture(300, 80, "WEBP"),
    "a TIFF logo as Apple Mail pastes it": picture(300, 80, "TIFF"),
    "an icon": picture(32, 32),
    "a tracking pixel": picture(1, 1, "GIF"),
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_scan_or_photo_that_the_text_shows_is_a_document(name: str) -> None:
    assert not inline(DOCUMENTS[name])


@pytest.mark.parametrize("name", LOGOS)
def test_a_logo_that_the_text_shows_is_none(name: str) -> None:
    assert inline(LOGOS[name])


@pytest.mark.parametrize("name", LOGOS)
def test_a_small_image_attached_as_a_file_that_nothing_shows_is_a_document(name: str) -> None:
    assert not inline(LOGOS[name], headers="Content-Disposition: attachment; filename=a.png", html="<p>x</p>")


@pytest.mark.parametrize("name", LOGOS)
def test_a_small_image_that_nothing_shows_is_a_document_unless_it_is_tiny(name: str) -> None:
    tiny = name in ("an icon", "a tracking pixel")
    assert inline(LOGOS[name], html="<p>x</p>") is tiny
    assert inline(LOGOS[name], html='<img src="cid:another@x">') is tiny


def test_a_small_pdf_is_never_a_logo() -> None:
    assert not inline(pdf.pdf(), kind="application/pdf")
    assert not inline(pdf.pdf())


@pytest.mark.parametrize(
    "html",
    [
        '<img src="CID:IMAGE001.PNG@01dc">',
        "<img src=cid:image001.png%4001DC>",
        '<v:imagedata src="cid:image001.png@01DC" o:title="x"/>',
        "<div style=\"background:url('cid:image001.png@01DC')\">x</div>",
        '<img alt="a&amp;b" src="cid:image001.png&#64;01DC">',
        "<pre>[cid:image001.png@01DC]</pre>",
    ],
)
def test_ways_to_refer_to_an_image(html: str) -> None:
    assert inline(picture(300, 80), html=html)


@pytest.mark.parametrize(("location", "shown"), [("logo.png", True), ("http://www.office.example/a/logo.png", False)])
def test_an_image_may_be_referred_to_by_its_location(location: str, shown: bool) -> None:
    headers = f"Content-Location: {location}"
    assert inline(picture(300, 80), headers=headers, html='<p>x</p><img border=0 src="logo.png">') is shown
    assert inline(picture(300, 80), headers=headers, html=f"<img src='{location}'>")
    assert not inline(picture(1654, 2339), headers=headers, html=f"<img src='{location}'>")


def test_what_word_puts_beside_its_html_is_no_document() -> None:
    headers = "Content-Location: file:///C:/x/oledata.mso\r\nContent-Disposition: inline; filename=oledata.mso"
    related = mail(part(b"\x01" * 50, headers, "application/x-mso"))
    assert related[0].inline
    assert not mail(part(b"\x01" * 50, headers, "application/x-mso"), multipart="mixed")[0].inline


@pytest.mark.parametrize(
    ("name", "content", "left_over"),
    [
        ("ATT0001.htm", b"<html><head><meta charset=utf-8></head><body><br class=''></body></html>", True),
        ("ATT0002.txt", b"\r\n\r\n", True),
        ("ATT0002.txt", b"", True),
        ("ATT0001.htm", b"<html><body>Date of birth: 1990-01-02</body></html>", False),
        ("ATT0002.txt", b"<3 merci", False),
        ("notes.txt", b"\r\n", False),
        ("ATT00001.pdf", b"%PDF-1.4", False),
    ],
)
def test_an_empty_text_that_exchange_cut_off_is_no_document(name: str, content: bytes, left_over: bool) -> None:
    made = mail(part(content, f"Content-Disposition: attachment; filename={name}", "text/plain"), multipart="mixed")
    assert [one.inline for one in made] == [left_over]


# In wrappings


@pytest.mark.parametrize("how", ["winmail.dat", "item", "message"])
def test_logos_in_wrappings_are_logos_and_scans_in_them_are_documents(how: str) -> None:
    logo, scan, html = picture(300, 80), picture(1654, 2339), '<img src="cid:logo@1"><img src="cid:scan@1">'
    if how == "winmail.dat":
        files = [TnefFile(content=logo, title=b"l.png", content_id="logo@1"),
                 TnefFile(content=scan, title=b"s.png", content_id="scan@1")]
        wrapping, kind = winmail(*files, html=html), "application/ms-tnef"
    elif how == "item":
        items = [ItemFile(content=logo, long_name="l.png", content_id="logo@1"),
                 ItemFile(content=scan, long_name="s.png", content_id="scan@1")]
        wrapping, kind = outlook_item(*items, html=html), "application/vnd.ms-outlook"
    else:
        texts = [b"Content-Type: text/html\r\n\r\n" + html.encode(),
                 part(logo, "Content-ID: <logo@1>"), part(scan, "Content-ID: <scan@1>")]
        body = b"".join(b"--in\r\n" + one + b"\r\n" for one in texts) + b"--in--\r\n"
        wrapping = b"From: a@home.example\r\nContent-Type: multipart/related; boundary=in\r\n\r\n" + body
        kind = "message/rfc822"
    found = mail(part(wrapping, "Content-Disposition: attachment", kind), multipart="mixed", html="<p>x</p>")
    assert [(one.inline, one.opened) for one in found] == [(False, True), (True, False), (False, False)]


def test_an_item_in_rich_text_says_itself_what_its_text_shows() -> None:
    logo, scan = picture(300, 80), picture(1654, 2339)
    items = [ItemFile(content=logo, hidden=True), ItemFile(content=logo, flags=4), ItemFile(content=logo),
             ItemFile(content=scan, hidden=True, flags=4)]
    found = mail(part(outlook_item(*items), "", "application/vnd.ms-outlook"), multipart="mixed")
    assert [one.inline for one in found] == [False, True, True, False, False]
    files = [TnefFile(content=logo, hidden=True), TnefFile(content=scan, hidden=True)]
    assert [one.inline for one in mail(part(winmail(*files), "", "application/ms-tnef"))] == [False, True, False]


# Sizes


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP"])
@pytest.mark.parametrize("size", [(1, 1), (300, 80), (1654, 2339)])
def test_sizes_are_what_pillow_wrote(form: str, size: tuple[int, int]) -> None:
    assert size_of(picture(*size, form)) == size


def test_sizes_of_other_forms() -> None:
    lossless, rich = io.BytesIO(), io.BytesIO()
    Image.new("RGB", (321, 123)).save(lossless, "WEBP", lossless=True)
    Image.new("RGBA", (321, 123), (1, 2, 3, 4)).save(rich, "WEBP", exif=b"Exif\0\0")
    assert (lossless.getvalue()[12:16], rich.getvalue()[12:16]) == (b"VP8L", b"VP8X")
    assert size_of(lossless.getvalue()) == size_of(rich.getvalue()) == (321, 123)
    assert size_of(heic(4032, 3024)) == (4032, 3024)
    assert size_of(pictures.jpeg(850, 1100, progressive=True)) == (850, 1100)
    assert size_of(pictures.tiff(3)) == (850, 1100)


def test_the_largest_page_of_a_tiff_counts() -> None:
    made = io.BytesIO()
    Image.new("1", (60, 40)).save(made, "TIFF", save_all=True, append_images=[Image.new("1", (1700, 2200))])
    assert size_of(made.getvalue()) == (1700, 2200)


HEADS = [picture(30, 20, form)[:200] for form in ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP")] + [heic(30, 20)]


@given(st.sampled_from(HEADS), st.integers(0, 200), st.binary(max_size=60))
def test_any_bytes_have_a_verdict(head: bytes, length: int, rest: bytes) -> None:
    content = head[:length] + rest
    size, verdict = size_of(content), look(content)
    assert size is None or all(number >= 0 for number in size)
    assert not (verdict.pixel and not verdict.icon)


def test_hostile_headers_take_no_time() -> None:
    loop = b"II*\x00\x08\x00\x00\x00" + struct.pack("<H", 0xFFFF) + bytes(12 * 0xFFFF) + struct.pack("<I", 8)
    boxes = box(b"ftyp", b"heic\0\0\0\0") + box(b"free", b"") * 300_000
    assert size_of(loop) is size_of(boxes) is size_of(b"\xff\xd8" + b"\xff" * 3_000_000) is None
