"""Numbers in running text: application numbers the sender means, UCIs, and our own case references.

In prose the same digits can be a telephone number, a date or another person's passport, so a number must have the
whole shape (`domain.md` 4), and what the text itself calls something else, or rejects, is left out.
Pure; never raises on any text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from inboxd.parsers.characters import clean
from inboxd.parsers.numbers import HYPHENATED_UCI, LABELLED_UCI, UCI_LABEL, clearly_grouped, find_applications
from inboxd.parsers.rejected import WITHIN, is_left_behind, is_rejected
from inboxd.reference import is_reference

_ADDRESS = re.compile(r"https?://\S+|www\.\S+|\bcid:\S+|[^\s@]{1,80}@[^\s@]+", re.IGNORECASE)
_LABEL = re.compile(r"(?:application|file|demande|dossier|permit|permis|visa|number|num[ée]ro|no\.?|n°|app|#)"
                    r"[ :#.°(\[]*$", re.IGNORECASE)
_OTHER_LABEL = re.compile(rf"(?:\bpassports?|\bpasseports?|\bSIN|\bNAS|\bdriver'?s? licen[cs]e|\bpermis de conduire"
                          rf"|\binvoice|\bfacture|\bhealth card|\bcarte sant[ée]|{UCI_LABEL})"
                          r"[ :#.,()°-]*(?:(?:number|num[ée]ro|no\.?|n°|is|est)[ :#.°]*)*$", re.IGNORECASE)
_LABEL_LENGTH = 40
_GLUED = re.compile(r"(?<![A-Za-z0-9])(?:CMDS|MCMPS)(?=[A-Za-z]{1,3}[0-9]{8})", re.IGNORECASE)
"""`CMDSE123456789`: the space before the number was lost (`domain.md` 2.3)."""

_PHONE_LABEL = re.compile(r"(?:\btel|\bt[ée]l|\bphone|\bcell|\bfax|\bmobile|\bt[ée]l[ée]copieur|\bwhatsapp)[a-zé]*"
                          r"[ .:#(+]*$", re.IGNORECASE)
_YEAR = re.compile("(?:19|20)[0-9]{2}")
_CASE = re.compile(r"(?<![A-Za-z0-9])([A-Za-z]{2,4}[0-9]{2}-[0-9]{6,}[A-Za-z]?-[A-Za-z])(?![A-Za-z0-9])")


def _once(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))


def application_numbers(text: str, two_letter_prefixes: Sequence[str], *, subject: str = "") -> tuple[str, ...]:
    """Well-formed application numbers that the sender means, compact and upper case, in order, each once.

    An X before a number is kept. Digits in groups count when the groups are even or a label stands before them. Those
    of the subject come first, and are meant whatever is said about them.
    """
    named = [number for number, _, _ in _numbers_in(subject, two_letter_prefixes)]
    found = dict.fromkeys(named, False)
    for number, before, after in _numbers_in(text, two_letter_prefixes):
        if found.get(number, True) and not is_rejected(before, after):
            found[number] = is_left_behind(before, after)
    meant = tuple(number for number, left_behind in found.items() if not left_behind)
    return meant or tuple(found)


def _numbers_in(text: str, two_letter_prefixes: Sequence[str]) -> Iterable[tuple[str, str, str]]:
    """Each number with the words around it, of its own paragraph and on one line."""
    text = _GLUED.sub("", _ADDRESS.sub("|", clean(text))).replace("’", "'")
    for found in find_applications(text, two_letter_prefixes, lenient=True):
        before = text[max(0, found.start - WITHIN) : found.start].rpartition("\n\n")[2].replace("\n", " ")
        after = text[found.end : found.end + WITHIN].partition("\n\n")[0].replace("\n", " ")
        written = text[found.start : found.end]
        label = before[-_LABEL_LENGTH:]
        if _OTHER_LABEL.search(label) or (not clearly_grouped(written) and not _LABEL.search(label)):
            continue
        yield ("X" if found.shape == "temporary" else "") + found.compact, before, after


def ucis(text: str) -> tuple[str, ...]:
    """UCIs (8 or 10 digits) that are labelled or hyphenated, digits only, each once. A range of years is none."""
    cleaned = clean(text)
    found = [(match.start(1), match[1]) for match in LABELLED_UCI.finditer(cleaned)]
    labelled = {place for place, _ in found}
    for match in HYPHENATED_UCI.finditer(cleaned):
        halves = match[1].split("-")
        years = len(halves) == 2 and all(_YEAR.fullmatch(half) for half in halves)
        telephone = _PHONE_LABEL.search(cleaned[max(0, match.start() - _LABEL_LENGTH):match.start()])
        if match.start(1) not in labelled and not years and not telephone:
            found.append((match.start(1), match[1]))
    return _once(re.sub("[^0-9]", "", written) for _, written in sorted(found))


def case_references(text: str, prefix: str) -> tuple[str, ...]:
    """Our own case references with this prefix, upper case, in order, each once; a wrong check letter drops one."""
    candidates = (match[1].upper() for match in _CASE.finditer(clean(text)))
    return _once(candidate for candidate in candidates if is_reference(candidate, prefix))
