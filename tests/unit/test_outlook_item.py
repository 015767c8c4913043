"""Outlook items (.msg): their files with their names, items within items left closed, and no bytes that run away."""

from __future__ import annotations

import random
import struct
import time
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inboxd.parsers import outlook_item as reader
from inboxd.parsers.compound import Broken, Compound
from inboxd.parsers.parts import Opened
from inboxd.parsers.sniffing import sniff
from tests.files.compound import compound
from tests.files.outlook_item import ItemFile, item_streams, outlook_item

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
BIG = random.Random(2).randbytes(300_000)
INNER = item_streams(ItemFile(content=PDF, long_name="deep.pdf"), subject="FW: my papers")
ITEM = outlook_item(
    ItemFile(content=PDF, long_name="Attestation d’été.pdf", short_name="ATTEST~1.PDF", media_type="application/pdf"),
    ItemFile(content=BIG, short_name="SCAN.TIF", content_id="<scan@1>", hidden=True, flags=4),
    html='<img src="cid:scan@1">',
)


def opened(content: bytes, most: int = 100) -> Opened:
    found = reader.read(content, most)
    assert found is not None
    return found


def test_files_come_with_long_names_types_and_exact_bytes() -> None:
    found = opened(ITEM)
    assert [(part.path, part.filename, part.content_type, part.content) for part in found.parts] == [
        ("1", "Attestation d’été.pdf", "application/pdf", PDF),
        ("2", "SCAN.TIF", "application/octet-stream", BIG),
    ]
    assert [(part.content_id, part.shown, part.parent) for part in found.parts] == [
        ("", False, "application/vnd.ms-outlook"),
        ("scan@1", True, "application/vnd.ms-outlook"),
    ]
    assert (found.text, found.defects) == ('<img src="cid:scan@1">', ())


def test_an_item_of_outlook_97_has_its_names_in_a_code_page() -> None:
    found = opened(outlook_item(ItemFile(content=PDF, long_name="Pièce.pdf", eight_bit=True), codepage=1252))
    assert found.parts[0].filename == "Pièce.pdf"


def test_an_item_in_the_item_stays_one_file_with_the_same_bytes_each_time() -> None:
    file = ItemFile(method=5, display_name="FW: my papers", item=INNER)
    found = opened(outlook_item(file, ItemFile(content=PDF, long_name="a.pdf"))).parts
    assert [(part.filename, part.kind) for part in found] == [
        ("FW: my papers.msg", "application/vnd.ms-outlook"),
        ("a.pdf", ""),
    ]
    assert PDF in found[0].content
    assert found[0].content == opened(outlook_item(ItemFile(content=b"other"), file)).parts[1].content


def test_a_pasted_object_stays_one_file_too() -> None:
    file = ItemFile(method=6, display_name="Picture", item={"CONTENTS": b"abc"})
    part = opened(outlook_item(file)).parts[0]
    assert (part.filename, part.kind, part.content) == ("Picture", "application/x-ole-storage", b"CONTENTS 3\nabc\n")


def test_a_link_to_a_file_is_a_file_without_bytes() -> None:
    part = opened(outlook_item(ItemFile(method=7, long_name="Scan in the cloud.pdf"))).parts[0]
    assert (part.filename, part.content) == ("Scan in the cloud.pdf", b"")


def test_no_more_files_than_allowed() -> None:
    found = opened(outlook_item(*(ItemFile(content=b"x") for _ in range(9))), most=5)
    assert (len(found.parts), found.defects) == (5, ("too_many_parts",))


def test_an_item_without_a_file_is_an_item() -> None:
    assert opened(outlook_item()).parts == ()


def test_other_compound_files_are_no_items() -> None:
    assert reader.read(compound({"WordDocument": bytes(5000)}), 5) is None
    assert reader.read(PDF, 5) is None
    assert reader.read(b"", 5) is None


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5, 0.7, 0.9, 0.99])
def test_an_item_that_is_cut_off_is_not_opened_or_says_what_is_lost(share: float) -> None:
    found = reader.read(ITEM[: int(len(ITEM) * share)], 100)
    if found is not None:
        assert found.defects == ("outlook_item_damaged",)
        assert all(part.content in (PDF, BIG) for part in found.parts)


def changed(at: int, value: int, content: bytes = ITEM) -> bytes:
    return content[:at] + struct.pack("<I", value) + content[at + 4 :]


def entry(content: bytes, name: str) -> int:
    """Where the directory entry of that name begins."""
    return content.index(name.encode("utf-16-le") + b"\0\0")


def fat(content: bytes) -> int:
    """Where the first sector of the allocation table begins."""
    return 512 * (1 + int(struct.unpack_from("<I", content, 76)[0]))


DATA = "__substg1.0_37010102"
FIRST_BIG = ITEM.index(BIG[:64]) // 512 - 1
HOSTILE = {
    "a stream of four thousand million bytes": changed(ITEM.rindex(DATA.encode("utf-16-le")) + 120, 0xFFFFFFF0),
    "a stream whose chain is a loop": changed(fat(ITEM) + 4 * FIRST_BIG, FIRST_BIG),
    "a mini stream of four thousand million bytes": changed(entry(ITEM, "Root Entry") + 120, 0xFFFFFFF0),
    "more allocation table than file": changed(44, 0x00FFFFFF),
    "a loop of further tables": changed(72, 1, changed(68, 0, changed(44, 200))),
    "more small allocation table than file": changed(64, 0x00FFFFFF),
    "sectors of two thousand million bytes": ITEM[:30] + b"\x1f\x00" + ITEM[32:],
    "small sectors of one byte": ITEM[:32] + b"\x00\x00" + ITEM[34:],
    "a directory that is its own sibling": changed(entry(ITEM, "__properties_version1.0") + 68, 1),
    "a directory that is its own child": changed(entry(ITEM, "__nameid_version1.0") + 76, 0),
    "a directory in a loop": changed(fat(ITEM) + 4 * struct.unpack_from("<I", ITEM, 48)[0],
                                     struct.unpack_from("<I", ITEM, 48)[0]),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_items_take_little_time_and_memory(name: str) -> None:
    content = HOSTILE[name]
    assert content != ITEM
    began = time.process_time()
    reader.read(content, 1000)
    assert sniff(content)
    assert time.process_time() - began < 2
    tracemalloc.start()
    reader.read(content, 1000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * len(content)


def test_a_thousand_streams_over_the_same_bytes_are_not_read_a_thousand_times() -> None:
    content = outlook_item(*(ItemFile(content=BIG[:5000], long_name="a") for _ in range(300)), ItemFile(content=BIG))
    start = struct.unpack_from("<I", content, content.rindex(DATA.encode("utf-16-le")) + 116)[0]
    at = -1
    while (at := content.find(DATA.encode("utf-16-le"), at + 1)) >= 0:
        content = changed(at + 120, len(BIG), changed(at + 116, start, content))
    found = opened(content, 1000)
    assert "outlook_item_damaged" in found.defects
    assert sum(len(part.content) for part in found.parts) <= 2 * len(content)


def test_a_storage_that_holds_itself_is_not_followed() -> None:
    content = outlook_item(ItemFile(method=5, display_name="b", item={f"s{number}": b"" for number in range(200)}))
    loop = changed(entry(content, "__substg1.0_3701000D") + 76, 0, content)
    began = time.process_time()
    assert opened(loop).defects == ("outlook_item_damaged",)
    assert time.process_time() - began < 1


def test_a_directory_with_more_entries_than_any_item_has_is_not_loaded() -> None:
    with pytest.raises(Broken, match="too many entries"):
        Compound(compound({f"s{number}": b"" for number in range(20_001)}))


def test_a_storage_deeper_than_any_item_is_not_followed() -> None:
    with pytest.raises(Broken):
        Compound(compound({"/".join(["d"] * 1500) + "/s": b"x"}))


@given(st.binary(max_size=3000))
def test_any_bytes_are_read_without_an_exception(content: bytes) -> None:
    found = reader.read(ITEM[:512] + content, 10)
    assert found is None or sum(len(part.content) for part in found.parts) <= 2 * (512 + len(content))


SMALL = outlook_item(ItemFile(content=PDF, long_name="a.pdf"), ItemFile(method=5, display_name="b", item=INNER))


@given(st.data())
def test_a_changed_item_is_read_without_an_exception(data: st.DataObject) -> None:
    content = bytearray(SMALL)
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(8, len(content) - 1))] = data.draw(st.sampled_from([0, 1, 0x7F, 0xFE, 0xFF]))
    found = reader.read(bytes(content), 10)
    if found is not None:
        assert sum(len(part.content) for part in found.parts) <= 3 * len(content)
        assert all("\0" not in part.filename for part in found.parts)
