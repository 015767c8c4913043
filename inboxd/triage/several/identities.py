"""Whom an item of a mail is about: the application numbers in it, the person it names first, and kin of another item.

Pure; never fails on any text. It errs towards "the same person": what shares a number, a family name, or is called
somebody's wife is not told apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from inboxd.triage.folding import fold

LEAD_WORDS = 25
_LEAD_LENGTH = 400
"""An item names its person within so many words, or names none."""
_TITLE = r"(?:Mr|Mrs|Ms|Miss|Mx|Dr|Mme|Mmes|Mlle|MM|Messrs|M\.|Monsieur|Madame|Mademoiselle)\.?"
_NAME = r"[^\W\d_a-zà-öø-ÿ][\w'’\-]*"
_NAMES = rf"{_NAME}(?:\s+(?:(?:de|da|al|el|van|von|du)\s+)?{_NAME}){{0,4}}"
_TITLED = re.compile(rf"(?<!\w){_TITLE}(?:\s+(?:and|et|&)\s+{_TITLE})?\s+({_NAMES})")
_UNTITLED = re.compile(rf"{_NAME}(?:,?\s+{_NAME}){{0,3}}")
_MARK = re.compile(r"\s*(?:[-–—*•·]\s+|\(?(?:\d{1,2}|[A-Ha-h])\s*[.):\-–]\s+)?")
_KIN = (
    r"(?:wife|husband|spouse|partner|son|daughters?|sons|child|children|baby|mother|father|parents?|brothers?|sisters?"
    r"|siblings?|cousins?|nieces?|nephews?|uncle|aunt|grand\w+|dependants?|dependents?|twins?"
    r"|epoux|epouse|mari|femme|conjointe?|partenaire|fils|filles?|enfants?|bebe|mere|pere|freres?|soeurs?|cousines?"
    r"|niece|neveux?|oncle|tante|personnes? a charge|jumeaux|jumelles?)"
)
_OWNER = r"(?:his|her|their|the|its|sa|son|ses|leurs?|la|le|les|l')\s?"
_SMALL = r"(?:\w+[ -]){0,2}?"
_KIN_FIRST = re.compile(rf"^(?:also |and |et |for |pour |aussi ){{0,2}}(?:{_OWNER}{_SMALL})?{_KIN}\b")
_KIN_BEHIND = re.compile(rf"[,(\-]\s*(?:{_OWNER}{_SMALL})?{_KIN}\s*(?:[,):;\-.]|$|of\b|de\b)")
_POSSESSIVE_FIRST = re.compile(r"^(?:his|her|their|sa|son|ses|leurs?)\s")
_SAME = re.compile(
    r"\b(?:same (?:person|client|applicant|man|woman|constituent|individual|family)|(?:le|la) meme (?:personne|client"
    r"|cliente|dame|monsieur|famille|commettante?|demandeur)|idem|ditto|see above|voir plus haut)\b"
)
_ORDINARY = frozenset(
    ("express", "entry", "study", "work", "visitor", "permit", "permis", "visa", "status", "statut", "etudes",
     "etude", "travail", "visiteur", "fiche", "record", "citizenship", "citoyennete", "permanent", "residence",
     "residency", "resident", "spouse", "spousal", "sponsorship", "parrainage", "super", "extension", "pgwp", "pnp",
     "lmia", "eimt", "trv", "ircc", "cbsa", "asfc", "gcms", "pr", "rp", "card", "carte", "the", "for", "pour",
     "application", "demande", "file", "dossier", "client", "case", "cas", "applicant", "grant", "renewal",
     "renouvellement", "humanitarian", "refugee", "refugie", "asylum", "asile", "claim", "proof", "preuve",
     "landing", "pending", "refused", "approved", "refuse", "refusee", "attente", "waiting", "decision", "medical",
     "biometrics", "any", "une", "and", "mister", "january", "february", "march", "april", "may", "june", "july",
     "august", "september", "october", "november", "december", "canada", "canadian", "ottawa", "toronto", "montreal",
     "quebec", "sydney", "mississauga", "vancouver", "edmonton", "update", "caregiver", "family", "class",
     "economic", "uci", "iuc", "does", "has", "is", "was", "can", "could", "when", "what", "why", "how", "please",
     "merci", "bonjour", "hello", "she", "he", "elle", "il", "her", "his")
)  # fmt: skip
"""Words that begin with a capital beside a number and are no name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Whom one item is about."""

    numbers: frozenset[str]
    names: frozenset[str]
    """Folded pieces of the name it begins with, of three letters and more; empty if it begins with none."""
    titled: bool
    """A title stands before the name: surely a person."""
    kin: bool
    """It begins as somebody's wife, son, brother: of the family of another item."""
    folded: str

    @property
    def is_somebody(self) -> bool:
        return bool(self.numbers) or bool(self.names)


def spaced(number: str) -> str:
    """A pattern for an application number as people write it, in one piece or in groups."""
    return r"(?<![A-Za-z0-9])" + r"[ .\-]?".join(map(re.escape, number)) + r"(?![A-Za-z0-9])"


def places_of(text: str, numbers: Sequence[str]) -> Iterator[tuple[str, int, int]]:
    """Number, start and end of each place at which one of the numbers stands."""
    for number in numbers:
        for found in re.finditer(spaced(number), text, re.IGNORECASE):
            yield number, found.start(), found.end()


def lead_of(text: str) -> str:
    """The first words of an item, behind its mark, as written."""
    found = _MARK.match(text)
    begin = found.end() if found else 0
    words = re.findall(r"\S+\s*", text[begin : begin + 2 * _LEAD_LENGTH])
    return "".join(words[:LEAD_WORDS])[:_LEAD_LENGTH]


def _pieces(name: str) -> Iterator[str]:
    for piece in re.findall(r"[a-z']{3,}", fold(name).text):
        if piece.strip("'") not in _ORDINARY:
            yield piece.strip("'")


def titled_names(text: str) -> frozenset[str]:
    """Folded pieces of every name with a title before it."""
    return frozenset(piece for found in _TITLED.finditer(text) for piece in _pieces(found[1]))


def name_beside(before: str, behind: str) -> frozenset[str]:
    """Folded pieces of the titled name nearest to a place: the last one before it, else the first one behind."""
    found = list(_TITLED.finditer(before))[-1:] or list(_TITLED.finditer(behind))[:1]
    return frozenset(piece for each in found for piece in _pieces(each[1]))


def _beside_number(lead: str, numbers: Sequence[str]) -> frozenset[str]:
    """The name right before or behind a number, as lists have it: `E123456789 - Toor, PNP`."""
    found: set[str] = set()
    for _, start, end in places_of(lead, numbers):
        behind = re.compile(r"[\s\-–—:,()]*").match(lead, end)
        name = _UNTITLED.match(lead, behind.end() if behind else end)
        if name is not None:
            found.update(_pieces(name[0]))
        before = re.search(rf"({_NAME}(?:,?\s+{_NAME}){{0,3}})[\s\-–—:,()]*$", lead[:start])
        if before is not None:
            found.update(_pieces(before[1]))
    return frozenset(found)


def identity_of(text: str, numbers: Sequence[str]) -> Identity:
    """Whom the item `text` is about, of a mail that means these application numbers."""
    lead = lead_of(text)
    first = _TITLED.search(lead)
    names = frozenset(_pieces(first[1])) if first else _beside_number(lead, numbers)
    folded = fold(text).text
    beginning = fold(re.split(r"[.!?](?=\s+[^\W\d_a-zà-öø-ÿ])", lead[:160])[0] if first is None else lead[:160]).text
    at_name = fold(lead[: first.end()]).text if first else beginning
    behind = fold(lead[first.end() : first.end() + 60]).text if first else beginning
    for number, start, end in sorted(places_of(behind, numbers), key=lambda place: -place[1]):
        del number
        behind = behind[:start] + behind[end:]
    behind = re.sub(r"^[\s,(]*[,)]", ",", behind)
    kin = bool(_KIN_FIRST.match(at_name) or _KIN_BEHIND.match(behind.strip()) or _SAME.search(folded))
    return Identity(
        numbers=frozenset(number for number, _, _ in places_of(text, numbers)),
        names=names,
        titled=first is not None,
        kin=kin or (first is None and bool(_POSSESSIVE_FIRST.match(beginning))),
        folded=folded,
    )


def linked(one: Identity, other: Identity) -> bool:
    """Do a number or a name tie them together? Kin is told by its place, not here."""
    if one.numbers & other.numbers or one.names & other.names:
        return True
    return _mentions(one.folded, other.names) or _mentions(other.folded, one.names)


def _mentions(folded: str, names: frozenset[str]) -> bool:
    return any(len(name) > 3 and re.search(rf"(?<![a-z]){re.escape(name)}(?![a-z])", folded) for name in names)
