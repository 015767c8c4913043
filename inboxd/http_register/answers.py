"""What the register's answers say: an application record, a receipt for a document, a problem (RFC 9457). Pure.

Nothing of an answer is believed because of where it comes from: it must name the record and the document that were
asked about. `Permanent` names the field that is wrong, never what is in it; `ValueError`: not an answer of a register.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from inboxd.documents import Application
from inboxd.errors import Permanent

NO_SUCH_APPLICATION = "urn:inboxd:no-such-application"
STILL_WORKING = "urn:inboxd:still-working"
PROBLEM = "application/problem+json"
LONGEST_NAME = 300
_SHOWN = 300
_READ = 2000
"""Characters of a problem that are looked at; the patterns below take their time over longer ones."""
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_ADDRESS = re.compile(r"[^\s<>\"'(),;:]+@[^\s<>\"'(),;:]+")
_NUMBER = re.compile(r"\b[A-Za-z]{0,3}\d(?:[ -]?\d){4,}\b")
"""Application numbers, UCIs, telephone numbers: five digits and more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A problem detail. All empty if the answer has none."""

    type: str = ""
    words: str = ""
    """Title and detail on one line."""


def read_object(body: bytes) -> dict[str, object]:
    """The JSON object that the body is. Raises `ValueError` for anything else, also for a field given twice."""
    try:
        found = json.loads(body, object_pairs_hook=_each_once)
    except RecursionError:
        raise ValueError("nested too deep") from None
    if not isinstance(found, dict):
        raise ValueError("not a JSON object")
    return found


def _each_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a field is given twice")
    return found


def read_application(body: bytes, number: str) -> Application:
    """The record. Raises `Permanent` if it is another number's or a field is unsound, `ValueError` if it is no JSON."""
    found = read_object(body)
    if not _text(found, "number"):
        raise Permanent("register: the record has no number")
    if found["number"] != number:
        raise Permanent("register: it answers for another number than was asked")
    born = _text(found, "date_of_birth")
    uci = _text(found, "uci").replace("-", "").replace(" ", "")
    if uci and not (uci.isascii() and uci.isdigit() and len(uci) in (8, 10)):
        raise Permanent("register: the record's uci is not a UCI of 8 or 10 digits")
    return Application(
        number=number,
        family_name=_text(found, "family_name"),
        given_name=_text(found, "given_name"),
        date_of_birth=_day(born) if born else None,
        uci=uci,
    )


def _text(found: dict[str, object], name: str) -> str:
    value = found.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Permanent(f"register: the record's {name} is not a string")
    if len(value) > LONGEST_NAME or any(unicodedata.category(letter) in ("Cc", "Cs") for letter in value):
        raise Permanent(f"register: the record's {name} is too long or has control characters")
    return value.strip()


def _day(text: str) -> date:
    # by shape first: fromisoformat also takes 20240630 and week numbers
    if _DAY.fullmatch(text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            pass
    raise Permanent("register: the record's date_of_birth is not a date such as 1984-06-30")


def read_receipt(body: bytes, number: str, digest: str) -> str:
    """The register's own id of the document, or empty.

    Raises `ValueError` if the answer is no receipt, `Permanent` if it is one for another record or document.
    """
    found = read_object(body)
    confirmed = found.get("number"), found.get("sha256")
    if not all(isinstance(value, str) for value in confirmed):
        raise ValueError("no receipt")
    if confirmed != (number, digest):
        raise Permanent(
            "register: it says that it attached another document, or to another record; a person must look there"
        )
    own = found.get("id")
    return one_line(own, 100) if isinstance(own, str) else ""


def read_problem(media_type: str, body: bytes, ours: Iterable[str]) -> Problem:
    """The problem detail of a refusal, if it is one. Never fails. `ours` is struck from its words."""
    if media_type != PROBLEM:
        return Problem()
    try:
        found = read_object(body)
    except ValueError:
        return Problem()
    parts = [part for part in (found.get("title"), found.get("detail")) if isinstance(part, str)]
    said = ": ".join(parts)[:_READ]
    for word in sorted((word for word in ours if len(word) >= 4), key=len, reverse=True):
        said = re.sub(re.escape(word), "…", said, flags=re.IGNORECASE)
    said = _NUMBER.sub("<number>", _ADDRESS.sub("<address>", said))
    own_type = found.get("type")
    return Problem(type=own_type if isinstance(own_type, str) else "", words=one_line(said, _SHOWN))


def one_line(text: str, most: int) -> str:
    """At most `most` printable characters on one line."""
    spaced = " ".join(text.split())
    return "".join(letter for letter in spaced if letter.isprintable())[:most].strip()
