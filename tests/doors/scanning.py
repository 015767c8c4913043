"""For the tests of the malware scanner: its answers, and files that carry something."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pikepdf

from inboxd.documents import Finding, Reason
from inboxd.scanner import Clamd
from inboxd.settings import ScannerSettings
from tests.servers import SIGNATURE, UNOFFICIAL

CLEAN = Finding()
FOUND = Finding(reason=Reason.MALWARE, detail=SIGNATURE + UNOFFICIAL)
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
"""The test file that every scanner knows, in two halves so that no scanner finds this one."""
OPERATING = (Path(__file__).parents[2] / "docs" / "operating.md").read_text(encoding="utf-8")
MEBIBYTE = 1024 * 1024
OK = b"stream: OK\0"


def at(place: str | Path, *, seconds: float = 5, alive: Callable[[], object] = int) -> Clamd:
    return Clamd(ScannerSettings(socket=str(place), timeout_seconds=seconds), alive)


def not_scanned(finding: Finding, *words: str) -> None:
    """Held, with one sentence that says `words`, is short and on one line."""
    assert finding.reason is Reason.NOT_SCANNED
    assert finding.detail.startswith("scanner: ")
    assert len(finding.detail) < 300
    assert finding.detail.isprintable()
    for word in words:
        assert word in finding.detail


def zipped(content: bytes, *, behind: int = 0) -> bytes:
    """An archive with one file: so many mebibytes of nothing, then the content."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("word/image.bin", "w") as entry:
        for _ in range(behind):
            entry.write(bytes(MEBIBYTE))
        entry.write(content)
    return file.getvalue()


def in_a_pdf(content: bytes, *, password: str = "") -> bytes:
    """A PDF of one page with the content in a compressed stream."""
    file = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.Root.Carried = pikepdf.Stream(pdf, content)
        pdf.save(file, compress_streams=True, recompress_flate=True,
                 encryption=pikepdf.Encryption(user=password, owner=password) if password else False)
    assert content not in file.getvalue()
    return file.getvalue()
