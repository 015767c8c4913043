"""winmail.dat: its files with their names, what is damaged said, and no bytes that raise or take long."""

from __future__ import annotations

import random
import time
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inboxd.parsers import tnef
from inboxd.parsers.parts import Opened
from tests.files.tnef import BINARY, LONG, SIGNATURE, STRING, UNICODE, TnefFile, attribute, properties, winmail

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
NEW_FILE = attribute(0x00069002, bytes(14), level=2)
WHOLE = winmail(
    TnefFile(content=PDF, title=b"ATTEST~1.PDF", long_name="Attestation d’été.pdf", media_type="application/pdf"),
    TnefFile(content=b"x" * 700, title=b"notes.txt", content_id="n@1", hidden=True),
    html='<img src="cid:n@1">',
)


def opened(content: bytes, most: int = 100) -> Opened:
    found = tnef.read(content, most)
    assert found is not None
    return found


def stream(*attributes: bytes) -> bytes:
    return SIGNATURE + b"\x01\x00" + b"".join(attributes)


def test_files_come_with_long_names_types_and_exact_bytes() -> None:
    found = opened(WHOLE)
    assert [(part.path, part.filename, part.content_type, part.content) for part in found.parts] == [
        ("1", "Attestation d’été.pdf", "application/pdf", PDF),
        ("2", "notes.txt", "application/octet-stream", b"x" * 700),
    ]
    assert [(part.content_id, part.shown, part.parent) for part in found.parts] == [
        ("", False, "application/vnd.ms-tnef"),
        ("n@1", True, "application/vnd.ms-tnef"),
    ]
    assert (found.text, found.defects) == ('<img src="cid:n@1">', ())


@pytest.mark.parametrize(
    ("codepage", "title", "name"),
    [
        (1252, "Pièce n° 1 – été.pdf".encode("cp1252"), "Pièce n° 1 – été.pdf"),
        (1251, "Справка.pdf".encode("cp1251"), "Справка.pdf"),
        (932, "証明書.pdf".encode("cp932"), "証明書.pdf"),
        (65001, "été.pdf".encode(), "été.pdf"),
        (28591, "été.pdf".encode("latin-1"), "été.pdf"),
        (4711, "été.pdf".encode("cp1252"), "été.pdf"),
        (0, "été.pdf".encode(), "été.pdf"),
    ],
)
def test_short_names_are_read_in_the_code_page_of_the_stream(codepage: int, title: bytes, name: str) -> None:
    assert opened(winmail(TnefFile(content=PDF, title=title), codepage=codepage)).parts[0].filename == name


def test_a_long_name_may_be_eight_bit_too() -> None:
    file = TnefFile(content=PDF, title=b"A~1.PDF", long_name="Pièce.pdf", long_name_kind=STRING)
    assert opened(winmail(file)).parts[0].filename == "Pièce.pdf"


def test_a_chinese_name_whose_bytes_are_ascii_is_no_ascii() -> None:
    name = "\u6f67\u6863"
    assert name.encode("utf-16-le").isascii()
    assert opened(winmail(TnefFile(content=PDF, long_name=name))).parts[0].filename == name


def test_data_may_stand_in_the_properties() -> None:
    listed = properties((0x3707, UNICODE, "a.pdf"), (0x3701, BINARY, PDF), (0x3714, LONG, 4))
    part = opened(stream(NEW_FILE, attribute(0x00069005, listed, level=2))).parts[0]
    assert (part.filename, part.content, part.shown) == ("a.pdf", PDF, True)


def test_properties_of_several_values_and_named_ones_are_stepped_over() -> None:
    many = b"\x1f\x10\x01\x68" + (2).to_bytes(4, "little") + b"\x04\0\0\0a\0\0\0" + b"\x02\0\0\0b\0\0\0"
    numbers = b"\x03\x10\x02\x68" + (3).to_bytes(4, "little") + bytes(12)
    named = b"\x03\x00\x01\x80" + bytes(16) + bytes(4) + b"\x05\x82\0\0" + b"\x01\0\0\0"
    listed = properties((0x3707, UNICODE, "a.pdf"), more=[many, numbers, named])
    found = opened(stream(NEW_FILE, attribute(0x00069005, listed, level=2), attribute(0x0006800F, PDF, level=2)))
    assert (found.parts[0].filename, found.defects) == ("a.pdf", ())


def test_an_item_in_it_stays_one_file_that_is_not_opened() -> None:
    inner = winmail(TnefFile(content=PDF, title=b"deep.pdf"))
    found = opened(winmail(TnefFile(item=inner, title=b"Untitled Attachment", subject="FW: my papers")))
    assert [(part.filename, part.content, part.kind) for part in found.parts] == [
        ("FW: my papers.msg", inner, "application/vnd.ms-tnef")
    ]


def test_a_file_in_mac_binary_loses_its_wrapping() -> None:
    header = bytearray(128)
    header[1], header[2:7] = 5, b"a.pdf"
    header[83:87] = len(PDF).to_bytes(4, "big")
    begin = attribute(0x00069002, bytes(10) + b"\x01\0\0\0", level=2)
    wrapped = stream(begin, attribute(0x0006800F, bytes(header) + PDF + bytes(40), level=2))
    assert opened(wrapped).parts[0].content == PDF
    assert opened(stream(begin, attribute(0x0006800F, PDF, level=2))).parts[0].content == PDF


def test_a_wrong_checksum_is_said_and_the_file_taken() -> None:
    data = attribute(0x0006800F, PDF, level=2, checksum=1)
    found = opened(stream(NEW_FILE, attribute(0x00018010, b"a.pdf\0", level=2), data))
    assert (found.parts[0].filename, found.parts[0].content) == ("a.pdf", PDF)
    assert found.defects == ("tnef_checksum",)


@given(st.binary(max_size=2000))
def test_the_fast_checksum_is_the_plain_one(data: bytes) -> None:
    assert opened(stream(attribute(0x00069007, data))).defects == ()


def test_a_stream_that_is_cut_off_says_so_and_gives_what_is_there() -> None:
    found = opened(WHOLE[:-400])
    assert found.defects == ("tnef_damaged",)
    assert found.parts[0].content == PDF


@pytest.mark.parametrize("length", range(6, len(WHOLE), 7))
def test_wherever_a_stream_is_cut_off_nothing_is_made_up(length: int) -> None:
    for part, whole in zip(opened(WHOLE[:length]).parts, opened(WHOLE).parts, strict=False):
        assert whole.content.startswith(part.content)
        assert any(name.startswith(part.filename) for name in (whole.filename, "ATTEST~1.PDF"))


def test_blanks_behind_the_last_attribute_are_no_damage_other_bytes_are() -> None:
    assert opened(WHOLE + b"\r\n\0\0").defects == ()
    assert opened(WHOLE + b"\x07 more things that nobody can read").defects == ("tnef_damaged",)


def test_properties_that_cannot_be_read_are_damage_only_if_the_bytes_are_lost_with_them() -> None:
    broken = attribute(0x00069005, b"\x05\0\0\0\x99\x99\x01\x37", level=2)
    assert opened(stream(NEW_FILE, broken)).defects == ("tnef_damaged",)
    assert opened(stream(NEW_FILE, broken, attribute(0x0006800F, PDF, level=2))).defects == ()


def test_no_more_files_than_allowed() -> None:
    found = opened(winmail(*(TnefFile(content=b"x", title=b"x") for _ in range(9))), most=5)
    assert (len(found.parts), found.defects) == (5, ("too_many_parts",))


def test_other_bytes_are_no_tnef() -> None:
    assert tnef.read(PDF, 5) is None
    assert tnef.read(b"", 5) is None
    assert opened(SIGNATURE).parts == ()


@given(st.binary(max_size=300), st.booleans())
def test_any_bytes_are_read_without_an_exception(content: bytes, in_a_file: bool) -> None:
    lead = NEW_FILE + attribute(0x00069005, content, level=2) if in_a_file else content
    found = opened(SIGNATURE + b"\0\0" + lead)
    assert sum(len(part.content) for part in found.parts) <= len(lead)


@given(st.data())
def test_a_changed_stream_is_read_without_an_exception(data: st.DataObject) -> None:
    changed = bytearray(WHOLE)
    for _ in range(data.draw(st.integers(1, 8))):
        changed[data.draw(st.integers(4, len(changed) - 1))] = data.draw(st.integers(0, 255))
    found = opened(bytes(changed))
    assert sum(len(part.content) for part in found.parts) <= len(changed)
    assert all(part.filename.encode("utf-8") is not None and "\0" not in part.filename for part in found.parts)


HOSTILE = {
    "a count of four thousand million": attribute(0x00069005, b"\xff\xff\xff\xff" * 50_000, level=2),
    "a property with millions of values": attribute(
        0x00069005, b"\x01\0\0\0\x1f\x10\x01\x68\xff\xff\xff\x7f" + bytes(4_000_000), level=2
    ),
    "a million attributes": attribute(0x00018010, b"", level=2) * 300_000,
    "the same big file over and over": attribute(0x0006800F, bytes(1_000_000), level=2) * 20,
    "properties over and over": attribute(
        0x00069005, properties(*[(0x3701, BINARY, bytes(100_000))] * 50), level=2
    ) * 4,
    "a million files": NEW_FILE * 100_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_streams_take_little_time_and_memory(name: str) -> None:
    content = stream(NEW_FILE, HOSTILE[name])
    began = time.process_time()
    opened(content, most=1000)
    assert time.process_time() - began < 2
    tracemalloc.start()
    opened(content, most=1000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3 * len(content) + 5_000_000


def test_a_large_stream_is_quick() -> None:
    content = winmail(TnefFile(content=random.Random(1).randbytes(20_000_000), title=b"scan.tif"))
    began = time.process_time()
    assert len(opened(content).parts[0].content) == 20_000_000
    assert time.process_time() - began < 2
