"""A label of a mail with its value, and the two forms of text that labels are read in.

Offsets into the cleaned and the folded text are the same, so that what was found can be shown as it was written.
Pure; never raises on any text.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import StrEnum

MOST_CHARACTERS = 20_000
"""Identifiers beyond this are not read: not verified is the safe answer, and no mail takes long."""
MOST_LABELS = 200
"""A text with more is no letter about one person."""
_SAME_LENGTH = {"’": "'", "‘": "'", "ʼ": "'", "`": "'", "´": "'", "“": '"', "”": '"', "«": '"', "»": '"', "°": "o",
                "œ": "o", "Œ": "o", "ł": "l", "Ł": "l", "ø": "o", "Ø": "o", "đ": "d", "Đ": "d", "·": ".",
                "•": "*"}  # fmt: skip


class Kind(StrEnum):
    """What a label stands before."""

    NAME = "name"
    FAMILY_NAME = "family_name"
    GIVEN_NAME = "given_name"
    BIRTH = "birth"
    UCI = "uci"
    TYPE = "type"
    DESCRIPTION = "description"
    OTHER = "other"


class Whose(StrEnum):
    """Whom a label is about. UNSAID: the applicant, unless the text around says otherwise."""

    APPLICANT = "applicant"
    RELATIVE = "relative"
    OFFICE = "office"
    """Staff, the Member, a lawyer, an employer: never the person whose papers these are."""
    UNSAID = "unsaid"


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """A label and its value, which can be empty. Offsets are into the text that `clean` returned."""

    kind: Kind
    whose: Whose
    value: str
    label_start: int
    label_end: int
    start: int
    end: int
    hint: str = ""
    """What stands in brackets behind the label, folded, e.g. `dd/mm/yyyy`."""


def clean(text: str) -> str:
    """The text in one Unicode form (NFKC), without invisible characters, cut to what is read."""
    shown = "".join(ch for ch in text[:MOST_CHARACTERS] if unicodedata.category(ch) != "Cf")
    return unicodedata.normalize("NFKC", shown.replace("\r\n", "\n").replace("\r", "\n"))[:MOST_CHARACTERS]


def fold(text: str) -> str:
    """Lower case, no accents, plain dashes and apostrophes; as many characters as `text`, each in its place."""
    return "".join(map(_folded, text))


def _folded(character: str) -> str:
    if (same := _SAME_LENGTH.get(character)) is not None:
        return same
    if character.isascii():
        return character.lower() if character == "\n" or not character.isspace() else " "
    if character.isspace():
        return " "
    if unicodedata.category(character) == "Pd" or character == "−":
        return "-"
    base = unicodedata.normalize("NFKD", character)[0].lower()
    return base[0]
