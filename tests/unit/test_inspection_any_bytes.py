"""Any bytes as any type end in a finding, and nothing that is refused is said in the file's own words.

Also here: archives, the test virus, and that the builders of files give the same bytes on each run.
"""

from __future__ import annotations

import functools
import hashlib
import importlib
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inboxd import inspection
from inboxd.documents import Finding, Reason
from inboxd.inspection import inspect
from inboxd.parsers.attachments import sniff
from tests.files import archives, malware, office, pdf, pictures

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
TYPES = (
    "application/pdf", DOCX, "application/msword", "application/encrypted", "application/CDFV2", "application/zip",
    "application/vnd.ms-word.document.macroEnabled.12", "application/vnd.ms-excel", "image/jpeg", "image/png",
    "image/tiff", "application/x-7z-compressed", "text/plain", "application/octet-stream", "",
)
REASONS = {
    None, Reason.MALWARE, Reason.ENCRYPTED, Reason.MACRO_OR_ACTIVE, Reason.EMPTY_OR_CORRUPT, Reason.ARCHIVE,
    Reason.NOT_CHECKED,
}
HEADS = (b"", b"%PDF-1.7\n", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\xff\xd8\xff", b"II*\0", b"MM\0*",
         b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
PARTS = (
    b"1 0 obj\n", b"<<", b">>", b"[", b"/Type /Page", b"/Kids [1 0 R]", b"stream\n", b"endstream", b"/JS", b"xref",
    b"trailer", b"<</Root 1 0 R>>", b"startxref\n0\n%%EOF", b"PK\x05\x06", b"PK\x01\x02", b"\xff\xda", b"IDAT",
    b"\0\0\0\1", b"\xff\xff\xff\xff", b"\x08\0\0\0",
)
NUMBERS = (b"\xff\xff\xff\xff", bytes(4), b"9999", b"\xff\xff\xff\x7f")


@functools.cache
def real() -> tuple[tuple[str, bytes], ...]:
    """Whole and wrong files of every kind, with their types."""
    files = [
        pdf.pdf(2), pdf.pdf(2, packed=True), pdf.scan(), pdf.form(), pdf.encrypted(), pdf.owner_only(),
        pdf.javascript(packed=True), pdf.embedded_file(), pdf.xfa(pdf.SCRIPT),
        office.docx(), office.docx_with_macro(), office.docx_with_field(split=True), office.docx_with_template(),
        office.docx_with_object(), office.docx_with_password(), office.doc(), office.doc_with_macros(),
        office.doc_encrypted(), pictures.jpeg(120, 90), pictures.jpeg(120, 90, progressive=True),
        pictures.png(120, 90), pictures.tiff(2, width=120, height=90),
        pictures.tiff(2, compression="jpeg", width=120, height=90),
        pictures.tiff(1, compression="tiff_lzw", width=120, height=90), archives.zipped(), archives.zip_with_password(),
    ]
    return tuple((sniff(content), content) for content in files)


def judged(content: bytes, kind: str, name: str = "letter.doc") -> Finding:
    """The finding, which must not be the net for the unforeseen: that would be a fault of ours."""
    found = inspect(content, kind, name)
    assert found.reason in REASONS
    assert (found.reason is None) == (found.detail == "")
    assert "the look inside failed" not in found.detail
    assert found.detail.isprintable()
    assert len(found.detail) < 120
    return found


@settings(max_examples=400, deadline=None)
@given(
    st.sampled_from(HEADS),
    st.lists(st.one_of(st.binary(max_size=40), st.sampled_from(PARTS)), max_size=25).map(b"".join),
    st.sampled_from(TYPES),
)
def test_any_bytes_as_any_type_give_a_finding(head: bytes, body: bytes, kind: str) -> None:
    judged(head + body, kind)


@st.composite
def spoilt(draw: st.DrawFn) -> tuple[str, bytes]:
    """A real file with a few bytes changed, dropped, doubled or put in, or cut."""
    kind, whole = draw(st.sampled_from(real()))
    content = bytearray(whole)
    for _ in range(draw(st.integers(1, 6))):
        place = draw(st.integers(0, max(0, len(content) - 1)))
        match draw(st.sampled_from(("change", "change", "drop", "put in", "double", "number", "cut"))):
            case "change":
                content[place : place + 1] = draw(st.binary(min_size=1, max_size=1))
            case "drop":
                del content[place : place + draw(st.integers(1, 40))]
            case "put in":
                content[place:place] = draw(st.binary(max_size=30))
            case "double":
                content[place:place] = content[place : place + draw(st.integers(1, 300))]
            case "number":
                content[place : place + 4] = draw(st.sampled_from(NUMBERS))
            case "cut":
                del content[place:]
    return kind, bytes(content)


@settings(max_examples=600, deadline=None)
@given(spoilt())
def test_spoilt_files_give_a_finding(file: tuple[str, bytes]) -> None:
    kind, content = file
    judged(content, kind)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(real()), st.sampled_from(TYPES))
def test_a_file_taken_for_another_type_gives_a_finding(file: tuple[str, bytes], kind: str) -> None:
    judged(file[1], kind)


@pytest.mark.parametrize("error", [MemoryError, RecursionError, KeyError])
def test_a_look_that_fails_is_held_for_a_person(error: type[Exception], monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: bytes) -> Finding:
        raise error

    monkeypatch.setattr(inspection.pdf, "look", fail)
    assert inspect(pdf.pdf(), "application/pdf").reason is Reason.NOT_CHECKED


@pytest.mark.parametrize("content", [b"", bytes(4000), b"  \r\n\t"])
def test_nothing_is_nothing_whatever_it_is_called(content: bytes) -> None:
    for kind in (*TYPES, "application/x-empty"):
        assert inspect(content, kind) == Finding(reason=Reason.EMPTY_OR_CORRUPT, detail="nothing in it")


@pytest.mark.parametrize("kind", ["text/plain", "text/html", "image/gif", "image/heic", "video/mp4"])
def test_other_types_have_no_reason(kind: str) -> None:
    assert inspect(b"%PDF-1.7 or anything", kind, "x.pdf") == Finding()


EICAR = Finding(reason=Reason.MALWARE, detail="EICAR test file")


@pytest.mark.parametrize("kind", ["text/plain", "application/msword", "application/pdf", "application/octet-stream"])
@pytest.mark.parametrize("trailing", [b"", b"\r\n", b" " * 60, b"\t\r\n\x1a"])
def test_the_test_virus_is_known_whatever_it_is_called(kind: str, trailing: bytes) -> None:
    assert inspect(malware.eicar(trailing=trailing), kind, "letter.doc") == EICAR


def test_the_test_virus_is_known_alone_in_a_zip() -> None:
    assert inspect(archives.zipped({"letter.doc": malware.eicar()}), "application/zip", "a.zip") == EICAR
    assert inspect(archives.zipped({"a": malware.eicar(), "b": b""}), "application/zip").reason is Reason.ARCHIVE


def test_a_text_about_the_test_virus_is_none() -> None:
    """More than 128 bytes, or anything else beside it: the definition of the test file says that it is none."""
    for content in (malware.eicar(trailing=b" " * 61), malware.eicar(trailing=b"!"), b"See: " + malware.eicar()):
        assert inspect(content, "text/plain") == Finding()


@pytest.mark.parametrize(
    "content", [archives.seven_zip(), archives.rar(), archives.gz(), archives.bz(), archives.xz(), archives.tar()],
    ids=["7z", "rar", "gz", "bz2", "xz", "tar"],
)
def test_archives_are_archives(content: bytes) -> None:
    assert inspect(content, sniff(content)) == Finding(reason=Reason.ARCHIVE, detail="an archive")


def test_a_zip_says_how_many_files_and_whether_they_are_locked() -> None:
    two = {"a.pdf": pdf.pdf(), "b.pdf": pdf.pdf()}
    kind = "application/zip"
    assert inspect(archives.zipped(two), kind) == Finding(reason=Reason.ARCHIVE, detail="an archive with 2 files")
    assert inspect(archives.zipped(), kind) == Finding(reason=Reason.ARCHIVE, detail="an archive with 1 file")
    locked = Finding(reason=Reason.ENCRYPTED, detail="an archive with a password")
    assert inspect(archives.zip_with_password(two), kind) == locked
    half = Finding(reason=Reason.ARCHIVE, detail="a damaged archive")
    assert inspect(archives.zip_truncated(), kind, "a.zip") == half


SNIFFED = {
    "application/pdf": pdf.pdf(), "application/msword": office.doc(), DOCX: office.docx(),
    "image/jpeg": pictures.jpeg(), "image/png": pictures.png(), "image/tiff": pictures.tiff(),
    "image/heic": pictures.heic(),
    "application/zip": archives.zipped(), "application/x-7z-compressed": archives.seven_zip(),
    "application/x-rar": archives.rar(), "application/gzip": archives.gz(), "application/x-tar": archives.tar(),
}


@pytest.mark.parametrize("kind", SNIFFED)
def test_the_builders_make_what_libmagic_knows(kind: str) -> None:
    assert sniff(SNIFFED[kind]) == kind


def fingerprint() -> str:
    """One digest over what all builders without arguments give."""
    total = hashlib.sha256()
    for module in ("archives", "malware", "office", "pdf", "pictures"):
        room = importlib.import_module(f"tests.files.{module}")
        for name, make in sorted(vars(room).items()):
            if callable(make) and getattr(make, "__module__", "") == room.__name__ and not name.startswith("_"):
                try:
                    made = make()
                except TypeError:  # needs arguments
                    continue
                total.update(made if isinstance(made, bytes) else b"")
    return total.hexdigest()


def test_the_builders_give_the_same_bytes_in_another_process() -> None:
    code = "from tests.unit.test_inspection_any_bytes import fingerprint; print(fingerprint())"
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert other.stdout.strip() == fingerprint()
