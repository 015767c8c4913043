"""What a mail says about whom: label variants of `domain.md` 3 in English and French, and the values behind them.

A value ends where the next label begins, so that a table pasted as one line is still read. Which person a label is
about (the applicant, a relative, somebody at an office) is read from the label or the heading above it. Pure; never
raises on any text, and reads only so much of it (`MOST_CHARACTERS`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from inboxd.triage.identity import pasted_tables
from inboxd.triage.identity.label_words import (
    APPLICANT_WORD,
    BIRTH,
    BOTH,
    DESCRIPTION,
    FAMILY,
    GIVEN,
    NAME,
    NUMBERED,
    OTHER,
    RELATIVE_WORD,
    ROLE,
    TYPE,
    UCI,
)
from inboxd.triage.identity.labelled import MOST_LABELS, Kind, Labelled, Whose, fold

_VALUE = 160
_OF = r"(?: of the| of our| of| de notre| de la| de l'| des| du| de| d')"
_HINT = r"(?: ?[(\[](?P<hint>[^()\[\]\n]{0,30})[)\]])?"
_THERE = (
    r"(?: (?:at|in|for|from|a|de|au|du|pour) (?:our|the|this|my|notre|le|la|ce|mon)? ?(?:[a-z]+ )?(?:office|team|file"
    r"|bureau|equipe|dossier|circonscription))?"
)
_SEPARATOR = r"(?: ?[:=]| ?\||(?: -| *\n ?-)(?= ))"
_CORES = (
    (Kind.NAME, BOTH),
    (Kind.FAMILY_NAME, FAMILY),
    (Kind.GIVEN_NAME, GIVEN),
    (Kind.BIRTH, BIRTH),
    (Kind.UCI, UCI + NUMBERED),
    (Kind.NAME, NAME),
    (Kind.TYPE, TYPE),
    (Kind.DESCRIPTION, DESCRIPTION),
    (Kind.OTHER, OTHER + NUMBERED),
)
_CORE = "|".join(f"(?P<k{place}>{core})" for place, (_, core) in enumerate(_CORES))
_WITH_SEPARATOR = re.compile(
    rf"(?<![a-z0-9'])(?:(?P<pre>{ROLE})(?:'s?| ?\(s\))?[ :]{{1,2}})?(?:{_CORE})"
    rf"(?:{_OF} ?(?P<post>[a-z.' -]{{2,30}}?))?{_HINT}{_SEPARATOR}"
)
_ROLE_ALONE = re.compile(
    rf"(?<![a-z0-9'])(?P<pre>{ROLE})(?: ?\(s\)|'s?)?(?: (?:info(?:rmation)?|details))?{_THERE}{_HINT} ?[:=]"
)
_HEADING = re.compile(
    rf"^[ \t>*#-]*(?P<pre>{ROLE})(?:'s?)?(?: (?:info(?:rmation)?|details|renseignements))?[ :]*$", re.MULTILINE
)
_BARE = re.compile(
    rf"(?<![a-z0-9'])(?:(?P<pre>{ROLE})(?:'s?)?[ ])?"
    rf"(?:(?P<birth>{BIRTH}|born|nee?s?(?:\(e\)|[.-]e)?(?= (?:le|en|a|au)\b| ?[:(]))|(?P<uci>{UCI}){NUMBERED})"
    rf"(?:{_OF} ?(?P<post>(?:the |his |her |la |le )?{ROLE}(?![a-z])))?{_HINT}"
)
_BARE_NAME = re.compile(
    rf"^[ *>-]*(?:(?P<pre>{ROLE})(?:'s?)? )?(?:{BOTH}|(?P<family>{FAMILY})|(?P<given>{GIVEN})|{NAME})"
    rf"(?:{_OF} ?(?P<post>{ROLE}))?(?: +(?=[a-z])|\n+)",
    re.MULTILINE,
)
_NAME_LINE = re.compile(r"[^\W\d_][\w'’.,-]*(?: [^\W\d_][\w'’.,-]*){0,5}")
_IS_APPLICANT = re.compile(rf"(?:{APPLICANT_WORD})")
_IS_RELATIVE = re.compile(rf"(?:{RELATIVE_WORD})")
_ENDS_A_VALUE = re.compile(r"[;|\n]|  ")


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


def read(text: str) -> tuple[Labelled, ...]:
    """Every label of a text that `clean` returned, with its value, in order."""
    folded = fold(text)
    table, taken = pasted_tables.rows(text, folded)
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
