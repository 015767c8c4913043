"""Does a second identifier in the mail agree with the record? (promise 3, `domain.md` 3)

Compared: UCI, date of birth in forms that cannot be misread, family and given name. Agreement of one is enough as long
as nothing contradicts. The sender never learns which one failed, nor whose record it is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from inboxd.mail import Application, Email

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan janvier janv",
            "february feb fevrier fevr",
            "march mar mars",
            "april apr avril avr",
            "may mai",
            "june jun juin",
            "july jul juillet juil",
            "august aug aout",
            "september sept sep septembre",
            "october oct octobre",
            "november nov novembre",
            "december dec decembre",
        ),
        start=1,
    )
    for name in names.split()
}
_MONTH = "(" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + r")\.?"
_ISO = re.compile(r"(?<!\d)((?:19|20)\d\d)[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)")
_DAY_FIRST = re.compile(rf"(?<!\d)(\d{{1,2}})(?:er|st|nd|rd|th)?(?: of)?[ -]{_MONTH}[ ,-]+((?:19|20)\d\d)(?!\d)")
_MONTH_FIRST = re.compile(rf"\b{_MONTH} (\d{{1,2}})(?:st|nd|rd|th)?,? ((?:19|20)\d\d)(?!\d)")
_NAME_LABEL = re.compile(
    r"^[ \t>*-]*(?:client|constituent|applicant|principal applicant|full|client's|applicant's)?[ ]?(?:full )?name"
    r"(?: of (?:the )?(?:client|constituent|applicant))?[ ]?[:=][ ]?(?P<en>[^\n;,(]{3,60})"
    r"|^[ \t>*-]*(?:nom(?: complet)?(?: du client| de la cliente| du demandeur)?|client|cliente|constituent|applicant"
    r"|electeur|electrice|commettant|commettante|demandeur(?: principal)?)[ ]?[:=][ ]?(?P<fr>[^\n;,(]{3,60})",
    re.MULTILINE,
)
"""Labels that stand before the name of the person the documents are about (`domain.md` 3), on folded text."""
_BIRTH_LABEL = re.compile(
    r"\b(d\.?o\.?b\.?|date of birth|born|birth date|date de naissance|ddn|nee? le)\b[^\d\n]{0,12}$"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """`agrees` names the identifiers that agree, best first; `contradicted`: a labelled one says something else."""

    agrees: tuple[str, ...]
    contradicted: bool


def _fold(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(ch for ch in plain if not unicodedata.combining(ch))
    return re.sub(r"[^\S\n]+", " ", kept.replace("’", "'"))


def _dates(text: str) -> list[tuple[date, bool]]:
    """Dates of the folded text that can be read one way only, each with whether a birth label stands before it."""
    found: list[tuple[date, bool]] = []
    readings: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], tuple[int, int, int]]], ...] = (
        (_ISO, lambda m: (int(m[1]), int(m[2]), int(m[3]))),
        (_DAY_FIRST, lambda m: (int(m[3]), _MONTHS[m[2]], int(m[1]))),
        (_MONTH_FIRST, lambda m: (int(m[3]), _MONTHS[m[1]], int(m[2]))),
    )
    for pattern, read in readings:
        for match in pattern.finditer(text):
            try:
                day = date(*read(match))
            except ValueError:
                continue
            labelled = _BIRTH_LABEL.search(text[max(0, match.start() - 40) : match.start()]) is not None
            found.append((day, labelled))
    return found


def _words(name: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", _fold(name))


def _another_name(record: Application, text: str) -> bool:
    """A labelled name that shares no word with the record's."""
    names = set(_words(record.family_name) + _words(record.given_name))
    labelled = [match["en"] or match["fr"] for match in _NAME_LABEL.finditer(text)]
    return bool(names) and bool(labelled) and not any(names.intersection(_words(name)) for name in labelled)


def _name_stands(record: Application, text: str) -> bool:
    """All words of both names stand in the text, in any order and case; single names count as the whole name."""
    names = _words(record.family_name) + _words(record.given_name)
    said = set(re.findall(r"[a-z0-9]+", text))
    return len(names) >= 2 and all(word in said for word in names)


def compare(email: Email, record: Application) -> Identity:
    """Compare what the mail says with the record."""
    text = _fold("\n".join((email.body.new, email.body.forwarded)))
    agrees: list[str] = []
    contradicted = False
    if record.uci and email.ucis:
        if record.uci in email.ucis:
            agrees.append("uci")
        else:
            contradicted = True
    if record.date_of_birth is not None:
        dates = _dates(text.replace("\n", " "))
        if any(day == record.date_of_birth for day, _ in dates):
            agrees.append("date_of_birth")
        elif any(labelled for _, labelled in dates):
            contradicted = True
    if _name_stands(record, text):
        agrees.append("name")
    elif _another_name(record, text):
        contradicted = True
    return Identity(agrees=tuple(agrees), contradicted=contradicted)
