"""Whether a text names a person at all, where no record says which name to look for.

A name counts behind a label, or in prose where something next to it shows that it is the person whose papers these
are: a title, `for` or `pour`, or a date of birth or UCI right behind. A guess: it decides only whether a name was said
(`information`), and for a record that holds nothing but its number. Pure; never raises on any text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from inboxd.triage.identity.labelled import Kind, Labelled, Whose
from inboxd.triage.identity.names import looks_like_a_name, same_words

PART = r"[^\W\d_a-z][\w'’.-]{0,30}"
_OF = r"(?:de|da|dos|del|du|des|la|le|van|von|der|den|bin|bint|ibn|al|el|ben|d[’'])"
NAME = rf"{PART}(?:,? {PART}| (?:{_OF} ){{1,3}}{PART}){{1,4}}"
TITLE = r"(?:Mr|Mrs|Ms|Miss|Mx|Dr|Mme|Mlle|M|Me|Monsieur|Madame|MR|MRS|MS|MME|Mister)\.?"
_MONTHS = "jan|f[eé][bv]|mar|apr|avr|ma[iy]|jun|jui|jul|aug|ao[uû]|sep|oct|nov|d[eé]c"
_DATE = (
    rf"(?:\d{{4}}-\d\d?-\d|(?i:{_MONTHS})[a-zéû.]* \d"
    rf"|\d{{1,2}}(?:st|nd|rd|th|er)?[ /.-]?(?:(?i:{_MONTHS})|\d{{1,2}}[ /.-]\d{{2,4}}))"
)
_OFFICE = re.compile(r"\b(?:office of|bureau d[eu']|mp|m\.p\.|member|senator|deputee? (?:de|d')?|contact)[ :,]*$")
_BEHIND = re.compile(
    rf"(?P<name>{NAME})\)?[ \n]?[,;:(–-]{{0,2}}[ \n]?\(?"
    rf"(?:(?i:born|n[ée]e?|dob|d\.o\.b|ddn|uci|iuc|client id|date of birth|date de naissance)\b|(?:le )?{_DATE})"
)
_BEFORE = re.compile(
    r"(?:\b(?i:for|pour|of|de|concernant|concerning|regarding|constituent|client|cliente|applicant|re:|objet :|électeur"
    rf"|électrice|commettante?|demandeure?|demanderesse))[ \n](?:{TITLE} )?(?P<name>{NAME})"
    rf"|\b{TITLE} (?P<titled>{NAME}|{PART}-{PART})"
)

_BESIDE = re.compile(
    rf"(?<![\w'’-])(?:(?P<title>{TITLE}) )?(?P<name>{NAME}|{PART})(?![\w])(?:\)"
    rf"| \([^()\n]{{1,30}}\))?[ \n]?[,;:(–|-]{{0,2}}[ \n]?"
    rf"\(?(?:(?:who |qui |et |and )?(?:is|was|est|a été)? ?(?i:born|n[ée]e?|dob|d\.o\.b|ddn|d\.d\.n|b\.|uci"
    rf"|iuc|client id"
    rf"|date of birth|date de naissance)(?![\w])|(?<=\()(?:le )?{_DATE})"
)

_ENDS = re.compile(
    rf"(?<![\w'’-])(?:{TITLE} (?P<titled>{PART}|{NAME})|(?P<name>{NAME}))(?:\)| \([^()\n]{{1,30}}\))?[,;:(–"
    rf"|-]{{0,2}}[ \n]?\(?(?:le )?$"
)

_LEADS_IN = re.compile(rf"[^\W\d_][\w'’-]* (?:of|de|du|d[’']) ?(?:{TITLE} )?(?=[^\W\d_a-z])")
"""`Documents de M. X`: the name begins behind it, unless it is a name itself (`Maria de Souza`)."""


def beside_identifiers(text: str, folded: str) -> list[tuple[int, int, str]]:
    """Names in prose with a date of birth or a UCI right behind: offsets and the name, as written.

    A single word counts too (`Kofi, born 2012-01-07`), if it can be a name.
    """
    found = []
    for match in _BESIDE.finditer(text):
        name = match["name"].rstrip(".")
        if (before := _LEADS_IN.match(name)) and not looks_like_a_name(name):
            name = name[before.end() :]
        start = match.end("name") - len(match["name"]) + match["name"].index(name)
        office = _OFFICE.search(folded[max(0, start - 40) : start])
        if office is None and looks_like_a_name(name):
            found.append((start, start + len(name), name))
    return found


def labelled(found: Sequence[Labelled]) -> str:
    """The first labelled name of an applicant, as written; empty if there is none."""
    for each in found:
        if each.kind in (Kind.NAME, Kind.FAMILY_NAME) and each.whose in (Whose.APPLICANT, Whose.UNSAID):
            value = re.split(r"[(\[\d]", each.value, maxsplit=1)[0].strip(" ,.;-")
            if looks_like_a_name(
                re.split(r",? (?:born|née?|dob|who|qui)\b", value, maxsplit=1, flags=re.IGNORECASE)[0]
            ):
                return value
    return ""


def ends_at(text: str, folded: str, place: int) -> bool:
    """Whether a name of two words or more, or one behind a title, ends right before `place`."""
    before = text[max(0, place - 80) : place]
    found = _ENDS.search(before)
    if found is None:
        return False
    office = _OFFICE.search(folded[max(0, place - 120) : place - len(before) + found.start()])
    return office is None and looks_like_a_name(found["name"] or found["titled"])


def in_prose(text: str, folded: str, staff: str) -> str:
    """A person's name in prose, as written; empty if nothing shows that one stands there.

    `staff`: the sender's name and signature; whoever is named there is not the person of the papers.
    """
    for pattern in (_BEHIND, _BEFORE):
        for match in pattern.finditer(text):
            name = next(part for part in match.groups() if part)
            place = match.start() + match[0].find(name)
            office = _OFFICE.search(folded[max(0, place - 40) : place])
            if office is None and looks_like_a_name(name) and not same_words(name, staff):
                return name
    return ""
