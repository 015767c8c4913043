"""Names made safe: one component, printable, short enough, ending kept, never the same twice."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from inboxd.parsers.file_names import LONGEST, LONGEST_BYTES, distinct, fallback_name, safe_name

STORE = Path("/srv/store")
ODD = "\u202e\u2066\u200b\u200f\ufeff\x00\x1b\r\n\u2028\u3164\u2800\ud800\ufffd/\\.: %2f\u00a0\U0001f4c4é\u0301ﬁ／"
NAMES = st.one_of(
    st.text(max_size=300),
    st.text(alphabet=ODD + "ab.", max_size=60),
    st.builds("{}.{}".format, st.text(max_size=200), st.sampled_from(["pdf", "PDF", "docx", "jpeg", "tar.gz"])),
    st.sampled_from(["..", ".", "", "/", "\\", "con", "NUL.pdf", "com1 .pdf", "COM².txt", ".pdf", "~", "-rf", "C:"]),
)


@pytest.mark.parametrize(
    ("written", "safe"),
    [
        ("../../../etc/cron.d/x.pdf", "x.pdf"),
        ("..\\..\\windows\\x.pdf", "x.pdf"),
        ("C:\\Users\\ana\\Mes documents\\scan.pdf", "scan.pdf"),
        ("file:///home/ana/scan.pdf", "scan.pdf"),
        ("scan.pdf\x00.exe", "scan.pdf.exe"),
        ("annexe\u202efdp.exe", "annexefdp.exe"),
        ("scan.pdf" + "\u3164" * 80 + ".exe", "scan.pdf.exe"),
        ("scan.pdf" + " " * 300 + ".exe", "scan.pdf.exe"),
        ("a\r\nSubject: x.pdf", "aSubject_ x.pdf"),
        ("CON", "_CON"),
        ("con .pdf", "_con.pdf"),
        ("Aux.2024.pdf", "_Aux.2024.pdf"),
        ("COM1.pdf", "_COM1.pdf"),
        ("lpt³.pdf", "_lpt³.pdf"),
        ("conin$", "_conin$"),
        ("contrat.pdf", "contrat.pdf"),
        ("scan.pdf. . .", "scan.pdf"),
        (".pdf", "part-2.pdf"),
        ("  .JPG", "part-2.JPG"),
        (".gitignore", "gitignore"),
        ("'scan.pdf'", "scan.pdf"),
        ("l'annexe d'Ana.pdf", "l'annexe d'Ana.pdf"),
        ("'", "part-2.bin"),
        ("....", "part-2.bin"),
        ("\u200b\u200b", "part-2.bin"),
        ("📄" * 100 + ".pdf", "📄" * 59 + ".pdf"),
        ("证" * 200 + ".docx", "证" * 78 + ".docx"),
        ("ß" * 400, "ß" * 120),
        ("Lettre d’appui – Zoë (1).pdf", "Lettre d’appui – Zoë (1).pdf"),
        ("50 % <final>?.pdf", "50 % _final__.pdf"),
    ],
)
def test_names(written: str, safe: str) -> None:
    assert safe_name(written, "part-2.bin") == safe


@given(NAMES)
@example("\u202egpj.exe")
@example("a" * 119 + "é.pdf")
@example("." * 500 + "\U0001f4c4" * 200)
def test_any_name_becomes_safe(written: str) -> None:
    safe = safe_name(written, "part-2.bin")
    assert 1 <= len(safe) <= LONGEST
    assert len(safe.encode("utf-8")) <= LONGEST_BYTES
    assert safe.isprintable()
    assert not set(safe) & set('/\\<>:"|?*\u3164\u2800')
    assert safe == safe.strip(" .") == unicodedata.normalize("NFC", safe)
    assert (STORE / safe).parent == STORE
    assert Path(safe).name == safe
    assert not Path(safe).is_absolute()


VISIBLE = st.text(alphabet=st.characters(exclude_categories=["C"]), min_size=1, max_size=300)


@given(VISIBLE, st.sampled_from(["pdf", "DOCX", "jpeg"]))
def test_the_ending_is_kept(stem: str, ending: str) -> None:
    assert safe_name(f"x{stem}.{ending}", "part-2.bin").endswith(f".{ending}")


@given(NAMES)
def test_a_safe_name_is_safe_already(written: str) -> None:
    safe = safe_name(written.replace("'", ""), "part-2.bin")
    assert safe_name(safe, "part-3.bin") == safe


@given(st.lists(NAMES, max_size=12))
def test_names_in_one_mail_differ_where_case_does_not_count(written: list[str]) -> None:
    safe = distinct(safe_name(name, "part-2.bin") for name in [*written, *written])
    assert len({name.casefold() for name in safe}) == len(safe)
    assert all(len(name) <= LONGEST and len(name.encode("utf-8")) <= LONGEST_BYTES for name in safe)
    assert all(name == name.strip(" .") and (STORE / name).parent == STORE for name in safe)


def test_a_number_told_apart_does_not_meet_a_name_that_has_it() -> None:
    assert distinct(["a.pdf", "a (2).pdf", "A.PDF", "a.pdf"]) == ["a.pdf", "a (2).pdf", "A (3).PDF", "a (4).pdf"]


def test_a_thousand_equal_names_are_told_apart_at_once() -> None:
    assert distinct(["é" * 115 + ".pdf"] * 1000)[-1] == "é" * 109 + " (1000).pdf"


@pytest.mark.parametrize(
    ("path", "declared", "sniffed", "name"),
    [
        ("2", "application/octet-stream", "application/pdf", "part-2.pdf"),
        ("2/1.1", "image/heic", "image/heic", "part-2-1.1.heic"),
        ("1#1", "application/octet-stream", "text/plain", "part-1-1.txt"),
        ("3", "text/calendar", "text/plain", "part-3.ics"),
        ("3", "x/y", "application/octet-stream", "part-3.bin"),
    ],
)
def test_a_file_without_a_name_is_called_by_place_and_kind(path: str, declared: str, sniffed: str, name: str) -> None:
    assert fallback_name(path, declared, sniffed) == name
