"""What could be better in a sound criteria file: few examples, phrases that no example reads, phrases nobody needs.

Remarks for `inboxd criteria check`, not faults: a file with remarks judges mail as it says. Pure; never fails.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from inboxd.triage.examples import KEYS
from inboxd.triage.folding import fold
from inboxd.triage.phrases import GAP, TOKEN
from inboxd.triage.rulebook import Criteria, Criterion, Found, Role

EXAMPLES_WANTED = 2
"""So many examples each way in each language show where a criterion ends; one only shows that it exists."""
READING = (Role.PHRASE, Role.DATED, Role.PAIRED)
"""What makes a row hit."""
LISTS = (*READING, Role.WITH, Role.HINT, Role.PRESSED, Role.EXCLUSION, Role.CANCELLED)
_SAMPLES_MOST = 64
_FILLER = "zq"
"""A word that stands in no phrase."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """One thing that could be better. `kind` is `few_examples`, `unread`, `covered` or `never_counts`."""

    kind: str
    criterion: str
    location: tuple[str | int, ...]
    """Where, as `config_file.line_index` counts."""
    message: str


def remarks(criteria: Criteria) -> Iterator[Remark]:
    """All remarks, row by row."""
    read = _read_by_examples(criteria)
    for place, row in enumerate(criteria.rows):
        for key in KEYS:
            if len(given := getattr(row, key)) < EXAMPLES_WANTED:
                message = f"{row.id} has {len(given)} example here; {EXAMPLES_WANTED} show where it ends"
                yield Remark(kind="few_examples", criterion=row.id, location=("criterion", place, key), message=message)
        for role, key, item, phrase in _phrases_of(row):
            location = ("criterion", place, key, item)
            if role in READING and (role, row.id, phrase) not in read:
                message = f"no example in the file reads {phrase!r}"
                yield Remark(kind="unread", criterion=row.id, location=location, message=message)
            if getattr(row, key).index(phrase) < item:
                message = f"{phrase!r} stands twice in this list"
                yield Remark(kind="covered", criterion=row.id, location=location, message=message)
            elif (better := _covered_by(criteria, row, role, key, phrase)) is not None:
                kind = "covered" if better.role is role else "never_counts"
                said = "reads all that it reads" if kind == "covered" else "always sets it aside"
                message = f"{phrase!r} is not needed: {better.phrase!r} {said}"
                yield Remark(kind=kind, criterion=row.id, location=location, message=message)


def _phrases_of(row: Criterion) -> Iterator[tuple[Role, str, int, str]]:
    for role in LISTS:
        for language in ("en", "fr"):
            key = f"{role}_{language}"
            for item, phrase in enumerate(getattr(row, key)):
                yield role, key, item, phrase


def _read_by_examples(criteria: Criteria) -> set[tuple[Role, str, str]]:
    texts = (text for row in criteria.rows for key in KEYS for text in getattr(row, key))
    return {(found.role, found.criterion, found.phrase) for text in texts for found in criteria.find(fold(text))}


def _covered_by(criteria: Criteria, row: Criterion, role: Role, key: str, phrase: str) -> Found | None:
    """Another phrase of the same list that reads every sample of this one, or an exclusion that sets each aside."""
    same_list = set(getattr(row, key)) - {phrase}
    common: dict[tuple[Role, str], Found] | None = None
    for sample in samples(phrase):
        there = list(criteria.find(fold(sample)))
        if any(found.role is Role.NOT for found in there):
            return None  # "no brain activity" says more than "brain activity", which "no" sets aside
        here = {
            (found.role, found.phrase): found
            for found in there
            if (found.criterion == row.id and found.role is role and found.phrase in same_list)
            or (found.criterion in ("", row.id) and found.role is Role.EXCLUSION and role in READING)
        }
        common = here if common is None else {key: found for key, found in common.items() if key in here}
        if not common:
            return None
    found = next(iter((common or {}).values()), None)
    if found is not None and found.role is role and _mutual(criteria, row, found, phrase):
        return None if found.phrase > phrase else found  # two that read the same: one of them is told of
    return found


def _mutual(criteria: Criteria, row: Criterion, other: Found, phrase: str) -> bool:
    return all(
        any(
            found.criterion == row.id and found.role is other.role and found.phrase == phrase
            for found in criteria.find(fold(sample))
        )
        for sample in samples(other.phrase)
    )


def samples(phrase: str) -> list[str]:
    """Texts that a phrase reads: every choice, with and without endings, words that may be missing, and gaps."""
    places: list[list[str]] = []
    for found in TOKEN.finditer(phrase):
        group, optional, width, word, _ = found.groups()
        if width is not None:
            places.append(["", " ".join([_FILLER] * int(width or GAP))])
        elif optional is not None:
            places.append(["", *_endings(optional.split("|"))])
        else:
            places.append(_endings([word] if group is None else group.split("|")))
    made = itertools.product(*places)
    chosen = list(itertools.islice(made, _SAMPLES_MOST + 1))
    if len(chosen) > _SAMPLES_MOST:
        first = [choices[0] for choices in places]
        chosen = [
            (*first[:at], choice, *first[at + 1 :]) for at, choices in enumerate(places) for choice in choices
        ] + [tuple(choices[-1] for choices in places)]
    return [" ".join(part for part in parts if part) for parts in chosen]


def _endings(choices: list[str]) -> list[str]:
    """Each choice as it stands, and with something at its `*`; a number for `#`."""
    plain = [choice.replace("*", "").replace("#", "7") for choice in choices]
    longer = [choice.replace("*", "zq").replace("#", "19") for choice in choices if "*" in choice or "#" in choice]
    return [*plain, *longer]
