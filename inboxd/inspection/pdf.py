"""PDF: asked for a password? active? whole? Read by pikepdf (qpdf), which repairs what ordinary readers repair.

A file that opens without asking is accepted although it is encrypted: an empty user password with printing or copying
forbidden is how many offices' scanners and forms save, every reader opens it, and nobody at the sender's end would
understand "remove the password". Damage is accepted where the repair shows every page with all that is on it.
"""

from __future__ import annotations

import functools
import io
import re

import pikepdf
from pikepdf import Pdf

from inboxd.documents import Finding, Reason
from inboxd.inspection.pdf_active import LOCKED, active, active_in_ruins
from inboxd.inspection.pdf_pages import Damaged, TooMuch, check_pages

UNFOLD = 64 * 1024 * 1024
"""Bytes that one stream may unfold to; a page of dense vector drawing has a few million."""
MOST_OBJECTS = 500_000
_OBJECT = re.compile(rb"\b\d{1,10}\s+\d{1,5}\s+obj\b")
_STREAM = re.compile(rb">>\s{0,9}stream\b")
_MOST_ENDLESS = 500
_TABLE = re.compile(rb"startxref|trailer|/XRef\b")


@functools.cache
def _limit() -> None:
    """qpdf's limits are of the whole process; only this module uses it."""
    pikepdf.settings.set_qpdf_limits(
        flate_max_memory=UNFOLD,
        png_max_memory=UNFOLD,
        tiff_max_memory=UNFOLD,
        run_length_max_memory=UNFOLD,
        dct_max_memory=UNFOLD,
    )


def _corrupt(detail: str) -> Finding:
    return Finding(reason=Reason.EMPTY_OR_CORRUPT, detail=detail)


def _too_much(detail: str) -> Finding:
    return Finding(reason=Reason.NOT_CHECKED, detail=detail)


def _ends_early(content: bytes) -> bool:
    """Objects after the last end mark, and no cross-reference table for them: the end of the file is missing.

    Readers would show what they find, at worst an older state of a form that was saved again.
    """
    tail = content[content.rfind(b"%%EOF") + 1 :]
    return _OBJECT.search(tail) is not None and _TABLE.search(tail) is None


def _is_ruin(content: bytes) -> bool:
    """So many streams without an end that the repair, which seeks each one's end to the end of the file, would last."""
    return len(_STREAM.findall(content)) - content.count(b"endstream") > _MOST_ENDLESS


def _refused(content: bytes, said: str) -> Finding:
    """Why qpdf could not open or read the file, from what it said."""
    if "limit exceeded" in said:
        return _too_much("unfolds to more than is looked at")
    if "encrypt" in said:
        # Certificates or a seller's own handler instead of a password.
        return Finding(reason=Reason.ENCRYPTED, detail="locked for certain readers")
    runs = active_in_ruins(content)
    if runs:
        return Finding(reason=Reason.MACRO_OR_ACTIVE, detail=runs)
    if _ends_early(content):
        return _corrupt("ends before its cross-reference table")
    return _corrupt("no pages" if "find any pages" in said or "no pages" in said else "damaged beyond repair")


def _read(pdf: Pdf, content: bytes) -> Finding:
    if len(pdf.get_xref_table()) > MOST_OBJECTS:
        return _too_much(f"more than {MOST_OBJECTS} objects")
    runs = active(pdf)
    if runs == LOCKED:
        return Finding(reason=Reason.ENCRYPTED, detail="locked by rights management")
    if runs:
        return Finding(reason=Reason.MACRO_OR_ACTIVE, detail=runs)
    if _ends_early(content):
        return _corrupt("ends before its cross-reference table")
    try:
        check_pages(pdf)
    except Damaged as error:
        return _corrupt(str(error))
    except TooMuch as error:
        return _too_much(str(error))
    return Finding()


def look(content: bytes) -> Finding:
    """ENCRYPTED, MACRO_OR_ACTIVE, EMPTY_OR_CORRUPT in this order; NOT_CHECKED for more than is looked at."""
    _limit()
    if _is_ruin(content):
        return _refused(content, "")
    try:
        with Pdf.open(io.BytesIO(content), inherit_page_attributes=False) as pdf:
            return _read(pdf, content)
    except pikepdf.PasswordError:
        return Finding(reason=Reason.ENCRYPTED, detail="password needed to open")
    except pikepdf.PikepdfError as error:
        return _refused(content, str(error))
    except ValueError as error:
        if "overflow/underflow" not in str(error):
            raise
        return _refused(content, str(error))  # qpdf's word for a number that no computer holds
