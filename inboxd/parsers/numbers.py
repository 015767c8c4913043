"""The shapes of numbers in this field (`domain.md` 4): application numbers, and what is mistaken for one.

Everything works on text from `characters.clean`, in its own case. A number is recognised, never corrected: what is
nearly one is named (`Shape`) so that the notice can say what is wrong. Pure; never fails.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from inboxd.parsers.characters import LOOKALIKES

BEFORE = r"(?<![^\W_])"
AFTER = r"(?![^\W_])"
"""No letter or digit, of any script, on either side. An underscore is a separator, as in file names."""
_NOT_INSIDE = r"(?<![^\W_])(?<![^\W_]-)"
_NOT_GOING_ON = r"(?![^\W_])(?!-[^\W_])"

UCI_LABEL = (r"(?:\bU\.?C\.?I\b\.?|\bI\.?U\.?C\b\.?|\bclient[ ]?id\b|\bid[ ]?(?:du |de la |de )?client[e]?\b|\bCID\b"
             r"|\bunique client identifier\b|\bidentificateur unique(?: de| du)? client\b"
             r"|\b(?:num[ée]ro|n[o°]\.?) (?:de |du )client[e]?\b|\bclient (?:number|no\.?|\#))")
_LABEL_GAP = r"(?:[ :#.,;=()/°\[-]|n[o°]|number|num[ée]ro|is|est|le|UCI|IUC){0,12}"
_UCI_DIGITS = r"(?:[0-9]{2}[ -]?[0-9]{4}[ -]?[0-9]{4}|[0-9]{4}[ -]?[0-9]{4})"

LABELLED_UCI = re.compile(rf"{UCI_LABEL}{_LABEL_GAP}({_UCI_DIGITS}){_NOT_GOING_ON}", re.IGNORECASE)
HYPHENATED_UCI = re.compile(rf"{_NOT_INSIDE}([0-9]{{2}}-[0-9]{{4}}-[0-9]{{4}}|[0-9]{{4}}-[0-9]{{4}}){_NOT_GOING_ON}")

_DATE = re.compile(r"(?:19|20)[0-9]{2}[ .-][01][0-9][ .-][0-3][0-9]")


class Shape(StrEnum):
    """What a run of characters looks like. The values are those of `SubjectReading.looks_like` where they fail."""

    APPLICATION = "application"
    TEMPORARY = "temporary"
    """X before an application number."""
    LEGACY = "legacy"
    """Seven digits, or RHB and nine digits."""
    UCI = "uci"
    COURT = "court"
    IRB = "irb"
    PASSPORT = "passport"
    PHONE = "phone"
    TEMPORARY_UCI = "temporary_uci"
    LOOKALIKE = "lookalike"
    LENGTH = "length"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One number in a text. `compact` is upper case without separators; an X before the number is left out."""

    shape: Shape
    compact: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Patterns:
    """The patterns that depend on the configured two-letter prefixes."""

    compact: re.Pattern[str]
    grouped: re.Pattern[str]
    whole: re.Pattern[str]


@lru_cache(maxsize=16)
def patterns(two_letter_prefixes: tuple[str, ...]) -> Patterns:
    """Patterns for application numbers: in one piece, in groups of two and more digits, and for a whole string."""
    pairs = "|".join("".join(f"[{letter}{letter.lower()}]" for letter in prefix) for prefix in two_letter_prefixes)
    pairs = pairs or r"[^\s\S]"  # matches nothing
    shape = rf"([Xx]?)([A-Za-z][0-9]{{9}}|(?:{pairs})[0-9]{{8}})"  # not IGNORECASE: that lets other letters in
    group = "[0-9]{2,}(?:[ .-][0-9]{2,})+"
    return Patterns(
        compact=re.compile(f"{BEFORE}{shape}{AFTER}"),
        grouped=re.compile(rf"{BEFORE}([Xx]?)[ -]?((?:{pairs}|[A-Za-z])(?:[ -][0-9]{{8,9}}(?![0-9])|[ -]?{group}))"
                           rf"{_NOT_GOING_ON}(?![ .-][0-9])"),
        whole=re.compile(shape),
    )


def ascii_upper(text: str) -> str:
    """Upper case for a to z only: a letter of another script must not become a Latin one."""
    return "".join(chr(ord(c) - 32) if "a" <= c <= "z" else c for c in text)


def squeeze(text: str) -> str:
    """Without the separators that may stand inside a number, upper case."""
    return ascii_upper(re.sub(r"[ .-]", "", text))


_STRAY_DIGITS = re.compile(r"[ .-][0-9]+(?!\s*(?:of|de|sur|/|files?|pages?|fichiers?|documents?|docs?|pi[eè]ces?)\b)"
                           r"(?![^\W_])(?![/:-][0-9])", re.IGNORECASE)


def find_applications(text: str, two_letter_prefixes: Sequence[str], *, lenient: bool) -> Iterator[Found]:
    """Well-formed application numbers in order, in one piece or in groups of two and more digits.

    Not `lenient`: a number in one piece that more digits follow after a single separator is left out, as it may be a
    longer one. In prose, where days and counts follow numbers, be lenient.
    """
    shapes = patterns(tuple(prefix.upper() for prefix in two_letter_prefixes))
    taken: list[Found] = []
    for match in shapes.compact.finditer(text):
        if lenient or not _STRAY_DIGITS.match(text, match.end()):
            taken.append(_application(match[1], ascii_upper(match[2]), match.start(), match.end()))
    whole = [(found.start, found.end) for found in taken]
    for match in shapes.grouped.finditer(text):
        if any(start < match.end() and match.start() < end for start, end in _around(whole, match.start())):
            continue
        compact = squeeze(match[2])
        if shapes.whole.fullmatch(compact) and not _DATE.search(match[2]):
            taken.append(_application(match[1], compact, match.start(), match.end()))
    yield from sorted(taken, key=lambda found: found.start)


def _around(spans: list[tuple[int, int]], place: int) -> list[tuple[int, int]]:
    at = bisect(spans, (place, 0))
    return spans[max(0, at - 1):at + 2]


def _application(mark: str, compact: str, start: int, end: int) -> Found:
    return Found(shape=Shape.TEMPORARY if mark else Shape.APPLICATION, compact=compact, start=start, end=end)


def clearly_grouped(written: str) -> bool:
    """In one piece, or `E 123 456 789`, `F-130-919-034`, `EP 1234 5678`: equal groups, one separator, a capital."""
    kinds = set(re.findall("[ .-]", written))
    groups = [len(group) for group in re.findall("[0-9]+", written)]
    even = groups in ([3, 3, 3], [4, 4], [2, 3, 3], [3, 3, 2], [9], [8])
    return not kinds or (written[0].isupper() and len(kinds) == 1 and even)


_FOREIGN: tuple[tuple[Shape, re.Pattern[str]], ...] = (
    (Shape.UCI, LABELLED_UCI),
    (Shape.UCI, HYPHENATED_UCI),
    (Shape.TEMPORARY_UCI, re.compile(rf"{BEFORE}(?:CAN[ -]?[0-9]{{9,15}}|[XT][0-9]{{10}}){AFTER}", re.IGNORECASE)),
    (Shape.COURT, re.compile(rf"{BEFORE}(?:IMM[ -]?[0-9]{{1,6}}[ /-][0-9]{{2,4}}|[AT]-[0-9]{{1,6}}-[0-9]{{2}}){AFTER}",
                             re.IGNORECASE)),
    (Shape.IRB, re.compile(rf"{BEFORE}[TMV][A-F][0-9C][ -][0-9]{{5}}(?:-[0-9]+)?{AFTER}", re.IGNORECASE)),
    (Shape.PASSPORT, re.compile(rf"{BEFORE}[A-Z][ -]?[0-9]{{6}}[ -]?[A-Z]{{2}}{AFTER}", re.IGNORECASE)),
    (Shape.PHONE, re.compile(rf"{_NOT_INSIDE}(?:\+?1[ .-]?)?(?:\([0-9]{{3}}\)[ .-]?|[0-9]{{3}}[ .-])"
                             rf"[0-9]{{3}}[ .-]?[0-9]{{4}}{_NOT_GOING_ON}")),
    (Shape.PHONE, re.compile(rf"{_NOT_INSIDE}\+?1[ .-]?[0-9]{{10}}{AFTER}")),
    (Shape.PHONE, re.compile(rf"{_NOT_INSIDE}[0-9]{{3}}[ .-][0-9]{{4}}{_NOT_GOING_ON}")),
    (Shape.UCI, re.compile(rf"{_NOT_INSIDE}[0-9]{{2}} [0-9]{{4}} [0-9]{{4}}{_NOT_GOING_ON}")),
)
_OLD_PASSPORT = re.compile("[A-Z]{2}[0-9]{6}")
_LEGACY = re.compile("RHB[0-9]{9}|[0-9]{7}")
_BARE_UCI = re.compile("[0-9]{8}|[0-9]{10}")
_RUN = re.compile(rf"{BEFORE}(?:RHB[ -]?)?(?:[^\W\d_]{{1,3}}[ -]?)?[^\W_]*\d(?:[ .-]?[^\W_]*\d)*[^\W_]*", re.IGNORECASE)
_DIGIT_LOOKALIKES = str.maketrans("OQDILSBZG", "000115826")


def find_foreign(text: str, two_letter_prefixes: Sequence[str]) -> tuple[list[Found], str]:
    """What in `text` is a number of another kind, or nearly an application number; and the text without them.

    Call it with the application numbers already blanked out.
    """
    found: list[Found] = []
    for shape, pattern in _FOREIGN:
        for match in pattern.finditer(text):
            found.append(Found(shape=shape, compact=squeeze(match[match.lastindex or 0]),
                               start=match.start(), end=match.end()))
        text = pattern.sub(lambda match: "|" * len(match[0]), text)
    for match in _RUN.finditer(text):
        if _DATE.search(match[0]):
            continue
        for start, end in _pieces(match):
            shape_of_piece = _shape_of(text[start:end], two_letter_prefixes)
            if shape_of_piece is not None:
                found.append(Found(shape=shape_of_piece, compact=squeeze(text[start:end]), start=start, end=end))
    return sorted(found, key=lambda each: each.start), text


def _pieces(match: re.Match[str]) -> Iterator[tuple[int, int]]:
    """A run as a whole where only single letters or short groups are apart, else its words one by one."""
    words = [word.span() for word in re.finditer(r"[^ .-]+", match[0])]
    if all(end - start < 8 for start, end in words):
        yield match.span()
        return
    for start, end in words:
        yield match.start() + start, match.start() + end


def _shape_of(written: str, two_letter_prefixes: Sequence[str]) -> Shape | None:
    compact = squeeze(written)
    if _LEGACY.fullmatch(compact) and (compact[0] == "R" or compact == written):
        return Shape.LEGACY
    if _BARE_UCI.fullmatch(compact):
        return Shape.UCI
    if _OLD_PASSPORT.fullmatch(compact) and compact[:2] not in {prefix.upper() for prefix in two_letter_prefixes}:
        return Shape.PASSPORT
    if _drawn_like_one(compact, two_letter_prefixes):
        return Shape.LOOKALIKE
    digits = sum(character.isdigit() for character in compact)
    letters = len(compact) - digits
    return Shape.LENGTH if digits >= 5 and letters <= 4 else None


def _drawn_like_one(compact: str, two_letter_prefixes: Sequence[str]) -> bool:
    """Whether other letters for digits, or Latin letters for others, would make an application number of it."""
    whole = patterns(tuple(prefix.upper() for prefix in two_letter_prefixes)).whole
    if whole.fullmatch(compact):  # well-formed, but with digits behind it
        return False
    latin = "".join(_latin(character) for character in compact).upper()
    drawn = (latin[:letters] + latin[letters:].translate(_DIGIT_LOOKALIKES) for letters in (1, 2, 3))
    return any(whole.fullmatch(each) for each in drawn)


def _latin(character: str) -> str:
    if character.isascii():
        return character
    digit = unicodedata.digit(character, None)
    if digit is not None:
        return str(digit)
    base = unicodedata.normalize("NFKD", character)[0]
    return base.translate(LOOKALIKES)
