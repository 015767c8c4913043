"""Word files, new and old: letters go in; what is locked, runs, loads or starts something, or is cut off, does not."""

from __future__ import annotations

import struct
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inboxd.documents import Finding, Reason
from inboxd.inspection import inspect
from inboxd.parsers.attachments import sniff
from tests.files import archives, office
from tests.files.compound import compound

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
DOC = "application/msword"
SOUND = Finding()


def docx(content: bytes) -> Finding:
    return inspect(content, DOCX, "letter.docx")


def doc(content: bytes) -> Finding:
    return inspect(content, DOC, "letter.doc")


def active(detail: str) -> Finding:
    return Finding(reason=Reason.MACRO_OR_ACTIVE, detail=detail)


def corrupt(detail: str) -> Finding:
    return Finding(reason=Reason.EMPTY_OR_CORRUPT, detail=detail)


@pytest.mark.parametrize(
    "content",
    [
        office.docx(), office.docx_with_link(), office.docx_with_field('HYPERLINK "https://riding.example/"'),
        office.docx_with_field("PAGE", split=True), office.docx_with_simple_field("DATE \\@ yyyy"),
        office.docx(parts={"docProps/thumbnail.emf": bytes(900), "word/printerSettings1.bin": b"\x01" * 90}),
        office.docx("<w:p><w:r><w:t>DDEAUTO is a word in this letter</w:t></w:r></w:p>"),
    ],
    ids=["letter", "link and picture", "hyperlink", "page number", "date", "other parts", "word DDEAUTO"],
)
def test_letters_are_accepted(content: bytes) -> None:
    assert docx(content) == SOUND


MACRO_TYPES = office.docx_parts(main=office.MACRO)["[Content_Types].xml"].replace(b'"bin"', b'"name"')


@pytest.mark.parametrize(
    ("content", "detail"),
    [
        (office.docx_with_macro(), "VBA project"),
        (office.docm(), "VBA project"),
        (office.docx(parts={"word/x.name": b"any", "[Content_Types].xml": MACRO_TYPES}), "VBA project"),
        (office.docx(parts={"word/embeddings/o.bin": office.vba_project()}), "VBA project"),
        (office.docx_with_activex(), "ActiveX control"),
        (office.docx_with_object(), "a file packed as an object"),
        (office.docx_with_field(), "a DDE field that starts another program"),
        (office.docx_with_field(split=True), "a DDE field that starts another program"),
        (office.docx_with_field("  dde excel x y"), "a DDE field that starts another program"),
        (office.docx_with_simple_field(), "a DDE field that starts another program"),
        (office.docx(parts={"word/header1.xml": office.docx_parts(
            '<w:p><w:fldSimple w:instr="DDEAUTO a b"/></w:p>')["word/document.xml"]}),
         "a DDE field that starts another program"),
        (office.docx_with_relation("oleObject"), "an object that is loaded from elsewhere"),
        (office.docx_with_relation("frame"), "a frame that is loaded from elsewhere"),
        (office.docx_with_relation("subDocument"), "a part that is loaded from elsewhere"),
        (office.docx_with_relation("aFChunk"), "a part that is loaded from elsewhere"),
    ],
)
def test_active_content_is_refused_and_named(content: bytes, detail: str) -> None:
    assert docx(content) == active(detail)


def test_a_field_in_utf_16_is_read_all_the_same() -> None:
    parts = office.docx_parts('<w:p><w:fldSimple w:instr="DDEAUTO a b"/></w:p>')["word/document.xml"]
    text = parts.decode().replace('encoding="UTF-8"', 'encoding="UTF-16"')
    for coded in (text.encode("utf-16"), b"\xfe\xff" + text.encode("utf-16-be")):
        found = docx(office.docx(parts={"word/document.xml": coded}))
        assert found == active("a DDE field that starts another program")


@pytest.mark.parametrize(
    "target",
    [
        r"file:///C:\Users\a\AppData\Roaming\Microsoft\Templates\Letter.dotx", r"C:\Templates\Letter.dotx",
        "file:///C:/Users/A%20B/Letter.dotx", "Normal.dotm", "../Letter.dotx", "/Users/a/Library/Letter.dotx",
        "file:///Users/a/Letter.dotx", "file://localhost/Users/a/Letter.dotx", "Macintosh HD:Users:a:Letter.dotx",
        r"\\SERVER01\Templates\Letter.dotx", r"file:///\\SERVER01\Templates\Letter.dotx", "",
    ],
)
def test_the_template_that_word_notes_in_every_letter_is_harmless(target: str) -> None:
    assert docx(office.docx_with_template(target)) == SOUND


@pytest.mark.parametrize(
    "target",
    [
        "https://templates.riding.example/a.dotm", "HTTP://192.0.2.1/a", "ftp://riding.example/a", "//riding.example/a",
        "mhtml:https://riding.example/a", r"\\riding.example\share\a.dotm", r"\\192.0.2.1\share\a.dotm",
        r"file:///\\riding.example\share\a.dotm", "file://riding.example/a.dotm", "file:////riding.example/a.dotm",
        r"\\server@80\share\a.dotm", r"\\server%40SSL\share\a.dotm", "script:https://riding.example/a",
    ],
)
def test_a_template_on_a_server_that_anyone_could_own_is_not(target: str) -> None:
    assert docx(office.docx_with_template(target)) == active("a template that is loaded from elsewhere")


@pytest.mark.parametrize("kind", ["application/encrypted", "application/CDFV2", DOC])
def test_a_word_file_with_a_password_is_named_whatever_the_sniffer_calls_it(kind: str) -> None:
    found = inspect(office.docx_with_password(), kind, "letter.docx")
    assert found == Finding(reason=Reason.ENCRYPTED, detail="Office file with a password")


def test_a_rights_managed_file_is_told_from_a_password() -> None:
    content = compound({"EncryptedPackage": bytes(90), "\x06DataSpaces/DataSpaceInfo/DRMEncryptedDataSpace": b"x" * 9})
    found = inspect(content, "application/encrypted", "letter.docx")
    assert found == Finding(reason=Reason.ENCRYPTED, detail="locked by rights management")


def test_locked_parts_of_a_zip_are_encrypted() -> None:
    content = archives.zip_with_password(office.docx_parts())
    assert docx(content) == Finding(reason=Reason.ENCRYPTED, detail="password needed to open")


def without(name: str) -> bytes:
    return archives.zipped({part: content for part, content in office.docx_parts().items() if part != name})


@pytest.mark.parametrize(
    ("content", "detail"),
    [
        (office.docx_truncated(), "ends before its list of parts, or is damaged"),
        (office.docx_with_bad_sum(), "a part of it is damaged"),
        (office.docx_without_main_part(), "the document itself is missing"),
        (without("[Content_Types].xml"), "a part of it is no valid XML"),
        (office.docx(parts={"word/document.xml": b"<w:document"}), "a part of it is no valid XML"),
        (office.docx(parts={"word/document.xml": b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"}),
         "a part of it has a document type"),
        (archives.zipped(office.docx_parts(), method=14), "packed in a way that Word does not read"),
        (b"PK\x03\x04" + bytes(90), "ends before its list of parts, or is damaged"),
    ],
)
def test_what_word_cannot_open_is_refused(content: bytes, detail: str) -> None:
    assert docx(content) == corrupt(detail)


def test_half_a_word_file_is_damaged_even_where_it_passes_for_a_zip() -> None:
    assert inspect(office.docx_truncated(), "application/zip", "Letter.DOCX").reason is Reason.EMPTY_OR_CORRUPT


def test_the_main_part_may_have_another_name() -> None:
    parts = office.docx_parts()
    parts["word/document2.xml"] = parts.pop("word/document.xml")
    moved = {name: content.replace(b"word/document.xml", b"word/document2.xml") for name, content in parts.items()}
    assert docx(archives.zipped(moved)) == SOUND


@pytest.mark.parametrize(
    ("content", "detail"),
    [
        (office.docx_bomb(70), "unfolds to more than 64 MB of text"),
        (office.docx(parts={f"word/media/{number}.bmp": bytes(45 << 20) for number in range(6)}),
         "unfolds to more than 256 MB"),
        (office.docx(parts={f"word/{number}.xml": b"<a/>" for number in range(10_000)}), "more than 10000 parts"),
    ],
    ids=["one part", "pictures", "parts"],
)
def test_a_bomb_is_held_for_a_person(content: bytes, detail: str) -> None:
    assert len(content) < 2_000_000
    assert docx(content) == Finding(reason=Reason.NOT_CHECKED, detail=detail)


def test_deep_nesting_is_bounded() -> None:
    assert docx(office.docx("<w:p>" * 300_000)).reason is Reason.EMPTY_OR_CORRUPT
    deep = '<w:p w:instr="x">' * 3_000 + "</w:p>" * 3_000
    assert docx(office.docx(deep)) == corrupt("nested deeper than Word writes")


@settings(max_examples=60, deadline=None)
@given(st.floats(0.01, 0.995))
def test_a_cut_docx_is_never_accepted(share: float) -> None:
    whole = office.docx(parts={"word/media/scan.bin": bytes(range(256)) * 40})
    assert docx(whole[: int(len(whole) * share)]).reason is Reason.EMPTY_OR_CORRUPT


def test_old_letters_are_accepted() -> None:
    assert doc(office.doc()) == SOUND
    assert doc(office.doc({"ObjectPool/_1/\x03ObjInfo": b"x" * 6, "Macros/x": b""})) == SOUND


def test_a_picture_pasted_from_paint_is_no_packed_file() -> None:
    pasted = struct.pack("<I", 60) + b"BM" + bytes(58)
    assert doc(office.doc({"ObjectPool/_1/\x01Ole10Native": pasted})) == SOUND
    assert docx(office.docx(parts={"word/embeddings/oleObject1.bin": compound({"\x01Ole10Native": pasted})})) == SOUND


def test_word_6_has_no_table_stream() -> None:
    head = struct.pack("<HH", 0xA5DC, 0x65).ljust(800, b"\0")
    assert doc(compound({"WordDocument": head})) == SOUND


@pytest.mark.parametrize(
    ("content", "detail"),
    [
        (office.doc_with_macros(), "VBA project"),
        (office.doc({"_VBA_PROJECT_CUR/VBA/dir": b"x"}), "VBA project"),
        (office.doc_with_object(), "a file packed as an object"),
        (office.doc({"WordDocument": office.doc_streams()["WordDocument"] + b"\x13 DDEAUTO cmd \x15"}),
         "a DDE field that starts another program"),
        (office.doc({"WordDocument": office.doc_streams()["WordDocument"] + "\x13dde cmd".encode("utf-16-le")}),
         "a DDE field that starts another program"),
    ],
)
def test_active_content_of_old_letters_is_refused_and_named(content: bytes, detail: str) -> None:
    assert doc(content) == active(detail)


def test_an_old_letter_with_a_password_is_encrypted_even_if_it_has_macros() -> None:
    locked = Finding(reason=Reason.ENCRYPTED, detail="password needed to open")
    assert doc(office.doc_encrypted()) == locked
    assert doc(office.doc({"Macros/VBA/dir": b"x"}, flags=0x0100)) == locked


@pytest.mark.parametrize(
    ("content", "detail"),
    [
        (office.doc_short_head(), "the document's head is cut off"),
        (office.doc({"WordDocument": b"\xec\xa5\xc1\x00".ljust(200, b"\0")}), "the document's head is cut off"),
        (office.doc({"WordDocument": bytes(5000)}), "not the head of a Word document"),
        (office.doc({"1Table": b"short"}), "the tables of the document are missing"),
        (office.doc_without_text(), "the document itself is missing"),
        (office.doc_truncated(), "ends before its table of sectors, or is damaged"),
        (b"\xdb\xa5-\0Word 2".ljust(900, b"x"), "not a Word 97-2003 document"),
    ],
)
def test_what_old_word_cannot_open_is_refused(content: bytes, detail: str) -> None:
    assert doc(content) == corrupt(detail)


def test_sectors_that_are_not_there_are_noticed() -> None:
    """The table sends a stream to a sector behind the end of the file."""
    content = bytearray(office.doc({"Data": bytes(40_000)}))
    table = 512 + 512 * struct.unpack_from("<I", content, 0x4C)[0]
    assert struct.unpack_from("<I", content, table + 4 * 60)[0] == 61
    struct.pack_into("<I", content, table + 4 * 60, 5_000)
    assert doc(bytes(content)) == corrupt("ends before its last parts")


LONG = office.doc({"Data": bytes(40_000), **{f"ObjectPool/_{number}": b"x" * 500 for number in range(9)}})
CIRCLES = corrupt("its allocation table goes in circles")


def table_at(content: bytes, head: int) -> int:
    """Where the only table begins whose sector stands at `head` in the head of the file: 76 sectors, 60 mini ones."""
    return int(512 + struct.unpack_from("<I", content, head)[0] * 512)


def led_back(content: bytes, head: int, sector: int, to: int) -> bytes:
    """The same file, one sector of it followed by another than before."""
    whole = bytearray(content)
    struct.pack_into("<I", whole, table_at(content, head) + 4 * sector, to)
    return bytes(whole)


def followed(content: bytes, head: int) -> list[int]:
    """The sectors after which the chain goes on."""
    table = struct.unpack_from("<128I", content, table_at(content, head))
    return [sector for sector, after in enumerate(table) if after == sector + 1]


def test_chains_of_sectors_that_go_in_circles_are_refused() -> None:
    every = bytearray(office.doc())
    struct.pack_into("<128I", every, table_at(every, 76), *range(128))
    assert doc(bytes(every)) == CIRCLES
    assert doc(led_back(LONG, 76, struct.unpack_from("<I", LONG, 48)[0], 0)).reason is Reason.EMPTY_OR_CORRUPT
    xls = compound({"Workbook": bytes(9000)}, clsid="00020820-0000-0000-c000-000000000046")
    assert inspect(led_back(xls, 76, 0, 0), "application/vnd.ms-excel", "list.xls") == CIRCLES


@given(st.data())
def test_a_chain_that_comes_back_is_never_accepted(data: st.DataObject) -> None:
    assert doc(LONG) == SOUND
    head = data.draw(st.sampled_from((76, 60)))
    sector = data.draw(st.sampled_from(followed(LONG, head)))
    assert doc(led_back(LONG, head, sector, sector)).reason is Reason.EMPTY_OR_CORRUPT
    first = sector
    while first - 1 in followed(LONG, head):
        first -= 1
    back = data.draw(st.integers(first, sector))
    assert doc(led_back(LONG, head, sector, back)).reason is Reason.EMPTY_OR_CORRUPT


def test_a_long_chain_of_circles_takes_no_time() -> None:
    """The head says that the mini table has four billion sectors, and its only one is followed by itself."""
    mini = struct.unpack_from("<I", LONG, 60)[0]
    whole = bytearray(led_back(LONG, 76, mini, mini))
    struct.pack_into("<I", whole, 64, 0xFFFFFFFF)
    started = process_time()
    assert doc(bytes(whole)) == CIRCLES
    assert process_time() - started < 5


def test_a_spreadsheet_called_doc_is_left_to_the_check_of_types() -> None:
    book = compound({"Workbook": bytes(5000)})
    assert inspect(book, "application/vnd.ms-excel", "letter.doc") == SOUND
    macros = compound({"Workbook": b"x", "_VBA_PROJECT_CUR/VBA/dir": b"x"})
    assert inspect(macros, "application/vnd.ms-excel") == active("VBA project")


def test_the_builders_make_what_the_sniffer_knows() -> None:
    assert sniff(office.docx()) == sniff(office.docx_bomb(1)) == DOCX
    assert sniff(office.doc()) == sniff(office.doc_encrypted()) == DOC
    assert sniff(office.docx_with_password()) == "application/encrypted"
