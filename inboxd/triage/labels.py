"""What a mail says about whom: label variants of `domain.md` 3 in English and French, and the values behind them.

A value ends where the next label begins, so that a table pasted as one line is still read. Which person a label is
about (the applicant, a relative, somebody at an office) is read from the label or the heading above it. Pure; never
raises on any text, and reads only so much of it (`MOST_CHARACTERS`).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

MOST_CHARACTERS = 20_000
"""Identifiers beyond this are not read: not verified is the safe answer, and no mail takes long."""
MOST_LABELS = 200
"""A text with more is no letter about one person."""
_MOST_TABLES = 20
_VALUE = 160
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


_APPLICANT_WORD = (
    r"(?:(?:principal|main|primary) )?(?:applicants?|clients?|cliente|constituents?|claimant|candidate|pa|p\.a\.)"
    r"|person(?: concerned)?|personne concernee|individual|commettante?s?|electeurs?|electrices?|citoyen(?:ne)?"
    r"|(?:demandeur|demandeuse|demanderesse|requerante?|candidate?)(?: principale?)?"
)
_RELATIVE_WORD = (
    r"spouse|husband|wife|(?:common-law |conjugal )?partner|co-?applicant|(?:secondary|accompanying) (?:applicant|spouse)"
    r"|co-?sponsor|sponsors?|child|children|son|daughter|mother|father|parents?|brother|sister|sibling|twin|cousin|uncle"
    r"|aunt|nephew|niece|grand(?:mother|father|son|daughter|child|parents?)|(?:non-)?(?:accompanying )?depend[ae]nts?"
    r"|guardian|fiancee?|family members?"
    r"|conjointe?|epou(?:x|se)|mari|femme|partenaire|co-?demandeur|co-?demanderesse|garante?|repondante?|parraine?"
    r"|marraine|parrain|enfants?|fils|fille|mere|pere|frere|s(?:oeu|ou)r|jum(?:eau|elle)|personnes? a charge|tut(?:eur|rice)"
    r"|oncle|tante|neveu|niece|membres? de la famille"
)
_OFFICE_WORD = (
    r"contact|contact person|staff|staff member|staffer|case ?worker|assistant|office|mp|m\.p\.|mps?|member|mpp|mla|senator"
    r"|sender|officer|agent|representative|lawyer|counsel|consultant|doctor|physician|employer|school|riding|file|company"
    r"|constituency|document|user|account|bank|family doctor|prepared by|submitted by|sent by|from|your|my|our"
    r"|personne[- ]ressource|ressource|senat(?:eur|rice)|deputee?|bureau|adjointe?|expediteur|expeditrice|agente?"
    r"|representante?|avocate?|medecin|employeur|ecole|circonscription|fichier|dossier|soumis par|envoye par|votre|mon"
)
_ROLE = rf"(?:{_APPLICANT_WORD}|{_RELATIVE_WORD}|{_OFFICE_WORD})"
_NAME = r"(?:full |complete |legal )*names?(?: in full)?|noms?(?: complets?| legal)?"
_FAMILY = r"family[ -]names?|last[ -]?names?|surnames?|nom(?:s|\(s\))? de famille|patronyme"
_GIVEN = r"given[ -]names?|first[ -]?names?|forenames?|prenom(?:\(s\)|s)?"
_BOTH = (
    rf"(?:{_FAMILY}) ?(?:,|/|&|and|et) ?(?:{_GIVEN})|(?:{_GIVEN}) ?(?:,|/|&|and|et) ?(?:{_FAMILY}|nom)"
    rf"|noms? ?(?:,|/|&|et) ?(?:{_GIVEN})|(?:{_NAME}) ?/ ?(?:{_NAME})"
)
_BIRTH = (
    r"d\. ?o\. ?b\.?|d ?o ?b(?![a-z])|date of birth|birth[ -]?date|birthday|date de naissance|date de naiss\.|d\. ?d\. ?n\.?"
    r"|d ?d ?n(?![a-z])"
)
_UCI = (
    r"u\. ?c\. ?i\.?|uci(?![a-z])|i\. ?u\. ?c\.?|iuc(?![a-z])|client[ -]?id(?:entification)?(?![a-z])|cid(?![a-z])"
    r"|id(?:entifiant)?(?: du| de la| de)? cliente?|unique client identif(?:ier|ication)"
    r"|identificateur unique(?: du| de)? client|client (?:number|no\.?|\#)|(?:numero|no\.?) (?:de |du |de la )cliente?"
)
_NUMBERED = r"(?: ?(?:numbers?|numero|no\.?|nos\.?|num\.?|\#))?"
_TYPE = (
    r"type of application|application type|type d'application|type de (?:la )?demande|type|stream|program(?:me)?|lob"
    r"|line of business|categor(?:y|ie)|secteur d'activite"
)
_DESCRIPTION = (
    r"(?:list of )?(?:documents?|files?)(?: (?:attached|enclosed|submitted|included|joints?|annexes?))?|attached|enclosed"
    r"|attachments?|enclosures?|(?:documents?|fichiers?) joints?|pieces?(?: jointes?)?|re|ref|objet|raison|reason"
    r"|description(?: of (?:the )?documents?| des documents)?|ci-joints?"
)
_OTHER = (
    r"tel(?:ephone)?|phone|cell(?:ulaire|phone)?|mobile|fax|telecopieur|e-?mail|courriel|address|adresse|sex|gender|sexe|genre"
    r"|citizenship|citoyennete|nationality|nationalite|country|pays|passport|passeport|application|app|file|dossier|demande"
    r"|numero de (?:la )?(?:demande|dossier)|no de (?:la )?(?:demande|dossier)|status|statut|marital status|etat civil"
    r"|place of birth|country of birth|lieu de naissance|pays de naissance|date|sent|to|cc|subject|language|langue|relationship"
    r"|lien(?: de parente)?|riding|circonscription|consent|consentement|authori[sz]ation|autorisation|middle names?"
    r"|maiden name|nom de jeune fille|alias|aka|a\.k\.a\.|availabilit(?:y|ies)|disponibilites?|notes?|province|visa office"
)
_OF = r"(?: of the| of our| of| de notre| de la| de l'| des| du| de| d')"
_HINT = r"(?: ?[(\[](?P<hint>[^()\[\]\n]{0,30})[)\]])?"
_SEPARATOR = r"(?: ?[:=]| ?\||(?: -| *\n ?-)(?= ))"
_CORES = (
    (Kind.NAME, _BOTH),
    (Kind.FAMILY_NAME, _FAMILY),
    (Kind.GIVEN_NAME, _GIVEN),
    (Kind.BIRTH, _BIRTH),
    (Kind.UCI, _UCI + _NUMBERED),
    (Kind.NAME, _NAME),
    (Kind.TYPE, _TYPE),
    (Kind.DESCRIPTION, _DESCRIPTION),
    (Kind.OTHER, _OTHER + _NUMBERED),
)
_CORE = "|".join(f"(?P<k{place}>{core})" for place, (_, core) in enumerate(_CORES))
_WITH_SEPARATOR = re.compile(
    rf"(?<![a-z0-9'])(?:(?P<pre>{_ROLE})(?:'s?| ?\(s\))?[ :]{{1,2}})?(?:{_CORE})"
    rf"(?:{_OF} ?(?P<post>[a-z.' -]{{2,30}}?))?{_HINT}{_SEPARATOR}"
)
_ROLE_ALONE = re.compile(
    rf"(?<![a-z0-9'])(?P<pre>{_ROLE})(?: ?\(s\)|'s?)?(?: (?:info(?:rmation)?|details))?{_HINT} ?[:=]"
)
_HEADING = re.compile(
    rf"^[ \t>*#-]*(?P<pre>{_ROLE})(?:'s?)?(?: (?:info(?:rmation)?|details|renseignements))?[ :]*$", re.MULTILINE
)
_BARE = re.compile(
    rf"(?<![a-z0-9'])(?:(?P<pre>{_ROLE})(?:'s?)?[ ])?"
    rf"(?:(?P<birth>{_BIRTH}|born|nee?s?(?:\(e\)|[.-]e)?(?= (?:le|en|a|au)\b| ?[:(]))|(?P<uci>{_UCI}){_NUMBERED})"
    rf"(?:{_OF} ?(?P<post>(?:the |his |her |la |le )?{_ROLE}(?![a-z])))?{_HINT}"
)
_BARE_NAME = re.compile(
    rf"^[ *>-]*(?:(?P<pre>{_ROLE})(?:'s?)? )?(?:{_BOTH}|(?P<family>{_FAMILY})|(?P<given>{_GIVEN})|{_NAME})"
    rf"(?:{_OF} ?(?P<post>{_ROLE}))?(?: +(?=[a-z])|\n+)",
    re.MULTILINE,
)
_NAME_LINE = re.compile(r"[^\W\d_][\w'’.,-]*(?: [^\W\d_][\w'’.,-]*){0,5}")
_IS_APPLICANT = re.compile(rf"(?:{_APPLICANT_WORD})")
_IS_RELATIVE = re.compile(rf"(?:{_RELATIVE_WORD})")
_ENDS_A_VALUE = re.compile(r"[;|\n]|  ")
_HEADER_WORD = re.compile(
    rf"(?:{_ROLE}(?:'s?)? )?(?:{_BOTH}|{_FAMILY}|{_GIVEN}|{_BIRTH}|(?:{_UCI}){_NUMBERED}|{_NAME}|{_TYPE}|{_OTHER}{_NUMBERED}"
    rf"|{_APPLICANT_WORD}|relation)(?![a-z])(?: ?\([^()\n]*\))?[ |,;/]*"
)
_UCI_SHAPE = re.compile(r"(?<![\w-])(?:\d{2}[ .-]?\d{4}[ .-]?\d{4}|\d{4}[ .-]?\d{4})(?![\w-])")
_LETTERS_FIRST = re.compile(r"[ |*>-]*(?P<name>[^\W\d_][^\d|;()\n]*)")


def _whose(role: str | None, post: str | None) -> Whose:
    """Whom a label names by the words before and behind its core."""
    for words in (role, post):
        if not words:
            continue
        bare = re.sub(r"^(?:the|his|her|la|le|l'|our|notre) ?", "", words.strip())
        if _IS_APPLICANT.fullmatch(bare):
            return Whose.APPLICANT
        return Whose.RELATIVE if _IS_RELATIVE.fullmatch(bare) else Whose.OFFICE
    return Whose.UNSAID


@dataclass(frozen=True, slots=True)
class _Mark:
    start: int
    end: int
    kind: Kind
    whose: Whose
    hint: str = ""
    heads: bool = False
    """A role by itself: what follows on the next lines is about that person."""


def _kind_of(match: re.Match[str]) -> Kind:
    return next(kind for place, (kind, _) in enumerate(_CORES) if match[f"k{place}"] is not None)


def _marks(folded: str) -> list[_Mark]:
    """Every label, in order, none within another."""
    found: list[_Mark] = []
    for match in _WITH_SEPARATOR.finditer(folded):
        kind, whose = _kind_of(match), _whose(match["pre"], match["post"])
        if kind is Kind.NAME and not match["pre"] and _unknown_word(folded, match):
            whose = Whose.OFFICE
        found.append(_Mark(match.start(), match.end(), kind, whose, match["hint"] or ""))
    for match in _ROLE_ALONE.finditer(folded):
        found.append(_Mark(match.start(), match.end(), Kind.NAME, _whose(match["pre"], None), heads=True))
    for match in _HEADING.finditer(folded):
        found.append(_Mark(match.start("pre"), match.end(), Kind.NAME, _whose(match["pre"], None), heads=True))
    for match in _BARE.finditer(folded):
        kind = Kind.BIRTH if match["birth"] else Kind.UCI
        found.append(_Mark(match.start(), match.end(), kind, _whose(match["pre"], match["post"]), match["hint"] or ""))
    kept: list[_Mark] = []
    for mark in sorted(found, key=lambda each: (each.start, -each.end)):
        if not kept or mark.start >= kept[-1].end:
            kept.append(mark)
    return kept


def _unknown_word(folded: str, match: re.Match[str]) -> bool:
    """`Visa officer name:`, `riding's name:` a word before the label that makes it somebody else's."""
    before = re.search(r"([a-z]+)(?:'s?)? $", folded[max(0, match.start() - 30) : match.start()])
    return before is not None and before[1] not in ("and", "et", "the", "le", "la", "his", "her", "son", "sa", "their")


def _bare_names(text: str, folded: str, marks: list[_Mark]) -> list[_Mark]:
    """Lines of a flattened table: `Full name Jane Doe`, or the label on one line and the name on the next."""
    found = []
    for match in _BARE_NAME.finditer(folded):
        if any(mark.start < match.end() and mark.end > match.start() for mark in marks):
            continue
        line_end = text.find("\n", match.end())
        rest = text[match.end() : len(text) if line_end < 0 else line_end]
        rest = rest[: min((mark.start for mark in marks if mark.start >= match.end()), default=len(text)) - match.end()]
        words = re.findall(r"[^\W\d_]+", rest)
        if words and _NAME_LINE.fullmatch(rest.strip()) and all(word[0].isupper() for word in words):
            kind = Kind.FAMILY_NAME if match["family"] else Kind.GIVEN_NAME if match["given"] else Kind.NAME
            found.append(_Mark(match.start(), match.end(), kind, _whose(match["pre"], match["post"])))
    return found


def _value_span(text: str, mark: _Mark, limit: int) -> tuple[int, int]:
    """Where the value of a mark stands: on its line, or on the next when the label ends its line."""
    start = mark.end
    while start < limit and text[start] in " \t|":
        start += 1
    if start < limit and text[start] == "\n":
        while start < limit and text[start].isspace():
            start += 1
    stop = min(limit, start + _VALUE)
    ends = _ENDS_A_VALUE.search(text, start, stop)
    end = ends.start() if ends else stop
    while end > start and (text[end - 1].isspace() or text[end - 1] in "|,-*•("):
        end -= 1
    return start, end


def _rows(text: str, folded: str) -> tuple[list[Labelled], list[tuple[int, int]]]:
    """The rows below a line of labels only (a table whose cells lost their borders), and the places it takes up."""
    found: list[Labelled] = []
    taken: list[tuple[int, int]] = []
    lines = [(match.start(), match.end()) for match in re.finditer(r"[^\n]+|(?<=\n)(?=\n)", text)]
    for place, (start, end) in enumerate(lines):
        line = folded[start:end].strip(" |*")
        if len(line) > _VALUE or sum(1 for _ in _HEADER_WORD.finditer(line)) < 2 or _HEADER_WORD.sub("", line).strip():
            continue
        has_birth, has_uci = re.search(_BIRTH, line), re.search(_UCI, line)
        if len(taken) >= _MOST_TABLES:
            break
        last = end
        for row_start, row_end in lines[place + 1 : place + 12]:
            row = text[row_start:row_end]
            if not row.strip() or re.search(r"[:=]", row) or not (re.search(r"\d", row) or "|" in row):
                break
            found.extend(_cells(row, row_start, birth=has_birth is not None, uci=has_uci is not None))
            last = row_end
        if last > end:
            taken.append((start, last))
    return found, taken


def _cells(row: str, offset: int, *, birth: bool, uci: bool) -> list[Labelled]:
    def cell(kind: Kind, start: int, end: int) -> Labelled:
        return Labelled(kind=kind, whose=Whose.UNSAID, value=row[start:end].strip(), label_start=offset + start,
                        label_end=offset + start, start=offset + start, end=offset + end)  # fmt: skip

    found = []
    if name := _LETTERS_FIRST.match(row):
        found.append(cell(Kind.NAME, name.start("name"), name.end("name")))
    rest = name.end() if name else 0
    number = _UCI_SHAPE.search(row, rest) if uci else None
    while number is not None and re.match(r"(?:19|20)\d\d[ .-]?[01]\d[ .-]?\d\d$", number[0]):
        number = _UCI_SHAPE.search(row, number.end())
    if number:
        found.append(cell(Kind.UCI, number.start(), number.end()))
    if birth:
        found.append(cell(Kind.BIRTH, rest, len(row)))
    return found


def read(text: str) -> tuple[Labelled, ...]:
    """Every label of a text that `clean` returned, with its value, in order."""
    folded = fold(text)
    table, taken = _rows(text, folded)
    marks = [mark for mark in _marks(folded) if not any(start <= mark.start < end for start, end in taken)]
    marks = marks[: MOST_LABELS + 1]
    bare = [mark for mark in _bare_names(text, folded, marks) if not any(a <= mark.start < b for a, b in taken)]
    marks = sorted(marks + bare, key=lambda mark: mark.start)
    found: list[Labelled] = []
    heading = Whose.UNSAID
    for place, mark in enumerate(marks):
        limit = marks[place + 1].start if place + 1 < len(marks) else len(text)
        start, end = _value_span(text, mark, limit)
        value = text[start:end]
        whose = mark.whose
        if mark.heads and not value:
            heading = mark.whose
            continue
        if mark.heads and mark.whose is not heading:
            heading = Whose.UNSAID
        if whose is Whose.UNSAID:
            whose = heading
        found.append(Labelled(kind=mark.kind, whose=whose, value=value, label_start=mark.start, label_end=mark.end,
                              start=start, end=end, hint=mark.hint))  # fmt: skip
    return tuple(sorted(found + table, key=lambda each: each.start)[:MOST_LABELS])
