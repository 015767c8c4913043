"""Scans and photos: whole pictures go in, cut ones do not, and enormous ones wait for a person."""

from __future__ import annotations

import io
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from inboxd.documents import Finding, Reason
from inboxd.inspection import inspect
from tests.files import pictures

SOUND = Finding()
JPEG, PNG, TIFF = "image/jpeg", "image/png", "image/tiff"


def saved(image: Image.Image, form: str, **how: object) -> bytes:
    made = io.BytesIO()
    image.save(made, form, **how)
    return made.getvalue()


def corrupt(detail: str) -> Finding:
    return Finding(reason=Reason.EMPTY_OR_CORRUPT, detail=detail)


CODINGS = ("group4", "group3", "jpeg", "tiff_lzw", "tiff_adobe_deflate", "packbits", None)


@pytest.mark.parametrize("compression", CODINGS)
def test_scans_are_accepted_whatever_their_coding(compression: str | None) -> None:
    mode = "1" if compression in ("group4", "group3") else "RGB"
    first, *others = [pictures.page(300, 400, number).convert(mode) for number in (1, 2, 3)]
    scan = saved(first, "TIFF", compression=compression, save_all=True, append_images=others)
    assert inspect(scan, TIFF, "scan.tif") == SOUND


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_png_of_every_kind_is_accepted(mode: str) -> None:
    image = pictures.page(301, 203).convert("L" if mode == "I;16" else mode)
    assert inspect(saved(image if mode != "I;16" else image.convert("I;16"), "PNG"), PNG) == SOUND


def test_photos_are_accepted() -> None:
    phone = Image.Exif()
    phone[0x0112], phone[0x010F] = 6, "Phone"
    for image in (
        pictures.jpeg(), pictures.jpeg(progressive=True),
        saved(pictures.page(64, 48), "JPEG", exif=phone), saved(pictures.page(64, 48).convert("CMYK"), "JPEG"),
        saved(pictures.page(64, 48), "MPO", save_all=True, append_images=[pictures.page(64, 48, 2)]),
        pictures.jpeg() + b"\r\n--boundary--",
    ):
        assert inspect(image, JPEG, "IMG_0001.JPG") == SOUND


def test_a_photo_with_spoilt_notes_is_still_a_photo() -> None:
    noted = saved(pictures.page(64, 48), "JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\xff\xff" + bytes(20))
    assert inspect(noted, JPEG) == SOUND


def test_an_interlaced_png_is_measured_by_its_passes() -> None:
    """Adam7, by hand, since Pillow does not write it: 5 by 3 pixels in seven passes."""
    passes = ((0, 0, 8, 8), (4, 0, 8, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
    rows = b"".join(
        (b"\0" + bytes(-(-(5 - left) // across))) * -(-(3 - top) // down) for left, top, across, down in passes
    )
    whole = pictures.png_of(struct.pack(">IIBBBBB", 5, 3, 8, 0, 0, 0, 1), rows)
    assert Image.open(io.BytesIO(whole)).convert("L").size == (5, 3)
    assert inspect(whole, PNG) == SOUND
    assert inspect(pictures.png_of(struct.pack(">IIBBBBB", 5, 3, 8, 0, 0, 0, 1), rows[:-1]), PNG) != SOUND


@pytest.mark.parametrize(
    ("content", "kind", "detail"),
    [
        (pictures.truncated(pictures.jpeg()), JPEG, "the picture is cut off"),
        (pictures.truncated(pictures.jpeg(progressive=True)), JPEG, "the picture is cut off"),
        (pictures.truncated(pictures.png()), PNG, "the picture is cut off"),
        (pictures.truncated(pictures.tiff()), TIFF, "the picture is cut off"),
        (pictures.jpeg()[:2] + b"\x11" * 4000, JPEG, "the picture is damaged"),
        (pictures.png().replace(b"\n", b"\r\n"), PNG, "the picture is cut off"),
        (pictures.png_of(bytes(13), b""), PNG, "the picture is damaged"),
        (b"II*\0" + bytes(4), TIFF, "no pages"),
        (b"II*\0\x08" + bytes(600), TIFF, "page 1 of the picture is damaged"),
    ],
)
def test_what_cannot_be_shown_in_full_is_refused(content: bytes, kind: str, detail: str) -> None:
    assert inspect(content, kind) == corrupt(detail)


def test_a_lost_end_mark_is_no_loss() -> None:
    assert inspect(pictures.png()[:-12], PNG) == SOUND


def test_a_spoilt_row_is_noticed_by_its_checksum() -> None:
    content = bytearray(pictures.png())
    content[content.index(b"IDAT") + 60] ^= 0xFF
    assert inspect(bytes(content), PNG) == corrupt("the picture is damaged")


def last_page(content: bytes) -> int:
    """Where the directory of the last page starts."""
    at = struct.unpack_from("<I", content, 4)[0]
    while True:
        following = at + 2 + 12 * struct.unpack_from("<H", content, at)[0]
        after = struct.unpack_from("<I", content, following)[0]
        if not after:
            return int(at)
        at = after


def strips(content: bytes, page: int) -> tuple[int, int]:
    """Where the entry for the places of strips stands, and its value."""
    for entry in range(page + 2, page + 2 + 12 * struct.unpack_from("<H", content, page)[0], 12):
        if struct.unpack_from("<H", content, entry)[0] == 273:
            return entry + 8, struct.unpack_from("<I", content, entry + 8)[0]
    raise LookupError


def test_the_last_page_of_a_scan_may_be_the_one_that_is_cut_off() -> None:
    content = bytearray(pictures.tiff(3, width=200, height=200))
    place, _ = strips(content, last_page(content))
    struct.pack_into("<I", content, place, len(content) - 5)
    assert inspect(bytes(content), TIFF) == corrupt("page 3 of the picture is cut off")


def test_a_ring_of_pages_is_noticed() -> None:
    content = bytearray(pictures.tiff(2, width=200, height=200))
    last = last_page(content)
    following = last + 2 + 12 * struct.unpack_from("<H", content, last)[0]
    content[following : following + 4] = content[4:8]
    assert inspect(bytes(content), TIFF) == corrupt("the picture is damaged")


def test_too_many_pages_or_strips_are_held() -> None:
    page = struct.pack("<H", 1) + struct.pack("<HHII", 273, 4, 2_000_000, 8)
    assert inspect(b"II*\0\x08\0\0\0" + page + bytes(4), TIFF).reason is Reason.NOT_CHECKED


def tiff_of(width: int, height: int) -> bytes:
    """One page of this size by its tags, with hardly any data."""
    tags = [(256, 4, 1, width), (257, 4, 1, height), (273, 4, 1, 8), (279, 4, 1, 20)]
    page = struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHII", *tag) for tag in tags) + bytes(4)
    return b"II*\0" + struct.pack("<I", 28) + bytes(20) + page


def test_a_coding_that_nobody_here_knows_is_no_damage() -> None:
    content = bytearray(pictures.tiff(1, compression="tiff_lzw", width=200, height=200))
    place = content.index(struct.pack("<HHII", 259, 3, 1, 5))
    struct.pack_into("<I", content, place + 8, 34_712)
    assert inspect(bytes(content), TIFF) == SOUND


@pytest.mark.parametrize(
    ("content", "kind", "detail"),
    [
        (pictures.png_bomb(), PNG, "30000 by 30000 pixels, more than 178 million"),
        (pictures.jpeg_bomb(), JPEG, "more than 178 million pixels"),
        (tiff_of(14_000, 14_000), TIFF, "14000 by 14000 pixels, more than 178 million"),
        (pictures.sized(pictures.jpeg(64, 64, progressive=True), 9_500, 9_500), JPEG,
         "9500 by 9500 pixels, more than 80 million"),
    ],
)
def test_a_bomb_is_held_for_a_person(content: bytes, kind: str, detail: str) -> None:
    assert inspect(content, kind) == Finding(reason=Reason.NOT_CHECKED, detail=detail)


def test_a_heic_is_left_to_the_check_of_types() -> None:
    assert inspect(pictures.heic(), "image/heic", "IMG_0001.HEIC") == SOUND


WHOLE = (
    (pictures.jpeg(200, 260), JPEG),
    (pictures.jpeg(200, 260, progressive=True), JPEG),
    (pictures.png(200, 260), PNG),
    (pictures.tiff(3, width=200, height=260), TIFF),
    (pictures.tiff(2, compression="jpeg", width=200, height=260), TIFF),
)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(WHOLE), st.floats(0.01, 0.98))
def test_a_cut_picture_is_never_accepted(whole: tuple[bytes, str], share: float) -> None:
    content, kind = whole
    assert inspect(content[: int(len(content) * share)], kind).reason is Reason.EMPTY_OR_CORRUPT
