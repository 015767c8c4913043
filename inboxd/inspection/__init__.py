"""A look inside one file: is it locked, does it run or carry something, is it whole?

`inspect` never raises for what the bytes are. It bounds what it unfolds, but it may be slow and eat memory on hostile
files, so it belongs into a worker process with limits. What each format's module finds wrong first wins, in this
order: locked, active, damaged (`domain.md` 2.4); the standard test virus comes before all.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from inboxd.documents import Finding, Reason
from inboxd.inspection import archives, compound, office_zip, pdf, pictures

_OFFICE = (
    "application/vnd.openxmlformats-officedocument.",
    "application/vnd.ms-word.",
    "application/vnd.ms-excel.",
    "application/vnd.ms-powerpoint.",
)
_COMPOUND = frozenset(
    {
        "application/msword",
        "application/encrypted",
        "application/cdfv2",
        "application/x-ole-storage",
        "application/vnd.ms-excel",
        "application/vnd.ms-powerpoint",
    }
)
_TEST_VIRUS = "275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f"
"""SHA-256 of the 68 bytes of the EICAR test file, so that they need not stand here."""
_TEST_VIRUS_BYTES = 68
_TEST_VIRUS_LONGEST = 128
_FILLING = b" \t\r\n\x1a"
"""What may follow the test file, by its own definition: white space and Ctrl-Z."""


def _is_test_virus(content: bytes) -> bool:
    """The EICAR file, however it is named: an office can try the notice even where no scanner is configured."""
    text = content[:512].removeprefix(b"\xef\xbb\xbf").lstrip(_FILLING)
    if len(content) > 512 or len(text.rstrip(_FILLING)) != _TEST_VIRUS_BYTES or len(text) > _TEST_VIRUS_LONGEST:
        return False
    return hashlib.sha256(text[:_TEST_VIRUS_BYTES]).hexdigest() == _TEST_VIRUS


def _looker(content: bytes, sniffed_type: str, name: str) -> Callable[[], Finding] | None:
    kind = sniffed_type.lower()
    if kind == "application/pdf":
        return lambda: pdf.look(content)
    if kind in _COMPOUND or (kind.startswith(_OFFICE) and content.startswith(compound.SIGNATURE)):
        return lambda: compound.look(content, kind, name)
    if kind.startswith(_OFFICE):
        return lambda: office_zip.look(content)
    if kind in pictures.LOOKS:
        return lambda: pictures.look(content, kind)
    if kind in archives.TYPES:
        return lambda: archives.look(content, kind, name)
    return None


def inspect(content: bytes, sniffed_type: str, name: str = "") -> Finding:
    """What speaks against this file, or nothing (`domain.md` 2.4). Size in bytes is not judged here, nor the type.

    `sniffed_type`: what libmagic and the parser say it is. `name` decides only between two readings of the same
    damage: half a ZIP is a broken Word file if it is called `.docx`, else an archive.
    """
    if _is_test_virus(content):
        return Finding(reason=Reason.MALWARE, detail="EICAR test file")
    if not content.strip(b"\0 \t\r\n"):
        return Finding(reason=Reason.EMPTY_OR_CORRUPT, detail="nothing in it")
    look = _looker(content, sniffed_type, name)
    if look is None:
        return Finding()
    try:
        found = look()
    except (MemoryError, RecursionError):
        return Finding(reason=Reason.NOT_CHECKED, detail="more nested or larger than is looked into")
    except Exception as error:
        # What libraries raise for odd bytes is mapped in their modules. The rest is unforeseen, so a person looks.
        return Finding(reason=Reason.NOT_CHECKED, detail=f"the look inside failed ({type(error).__name__})")
    member = archives.sole_member(content) if found.reason in (Reason.ARCHIVE, Reason.ENCRYPTED) else b""
    return Finding(reason=Reason.MALWARE, detail="EICAR test file") if _is_test_virus(member) else found
