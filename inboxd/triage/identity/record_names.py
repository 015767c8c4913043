"""The name of an application record, looked for in a text and in labelled values (`domain.md` 3).

The whole name must stand in one place: family and given name side by side, middle names allowed, one half of a
double-barrelled name enough. Words of two people in a list are nobody's name. Pure; never raises on any text.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from inboxd.documents import Application
from inboxd.triage.identity.names import (
    HONORIFICS,
    MONTHS,
    NOT_NAMES,
    PARTICLES,
    PLACEHOLDERS,
    Word,
    alike,
    can_be_one_given_name,
    joined,
    telling,
    words,
)

_MOST_JOINED = 4
_MOST_UNKNOWN = 2
_COMMA = re.compile(r" ?[,/]? ?[\n]?[ ]?")
_BETWEEN = re.compile(r"(?:[ '’ʼ`´‘\"“”()-]|\. ?)*")
_JOINING = re.compile(r"[ ]?['’ʼ`´‘-]?[ ]?|\. ?|\n")
"""Between the pieces of one name: `Al-Rashid`, `Al Rashid`, `D'Souza`."""
_PAIR = re.compile(r" (?:and|et|&) ", re.IGNORECASE)


def _is_no_name(word: Word) -> bool:
    return word.plain in NOT_NAMES or word.plain in MONTHS


@dataclass(frozen=True, slots=True)
class _Half:
    """The family or the given name of a record, in every run of its parts."""

    parts: tuple[Word, ...]
    runs: frozenset[str]

    def spans(self, text: str, tokens: Sequence[Word]) -> Iterator[tuple[int, int]]:
        """First and last word (exclusive) of each place where this name, or enough of it, stands in the text."""
        place = 0
        while place < len(tokens):
            length = self._length_at(text, tokens, place)
            if length:
                yield place, place + length
            place += max(1, length)

    def _length_at(self, text: str, tokens: Sequence[Word], place: int) -> int:
        longest = 0
        for length in range(1, min(_MOST_JOINED, len(tokens) - place) + 1):
            if length > 1 and not _JOINING.fullmatch(
                text, tokens[place + length - 2].end, tokens[place + length - 1].start
            ):
                break
            if not self.runs.isdisjoint(joined(tokens[place : place + length])):
                longest = length
        return longest


def _half(name: str) -> _Half:
    parts = words(unicodedata.normalize("NFKC", name))
    main = telling(parts)
    runs: set[str] = set()
    for start in range(len(parts)):
        for end in range(start + 1, min(len(parts), start + 6) + 1):
            run = parts[start:end]
            if len(main) == len(parts) and all(part.plain in PARTICLES or len(part.plain) == 1 for part in main):
                whole = end - start == len(parts)  # `Le`, `Do`, `Van`: a name made of particles only counts whole
            else:
                whole = any(part in main for part in run)
            if whole:
                runs |= joined(run)
    return _Half(tuple(parts), frozenset(run for run in runs if run))


class RecordName:
    """The name of an application record, ready to be looked for in texts."""

    def __init__(self, record: Application) -> None:
        self.family = _half(record.family_name)
        self.given = _half(record.given_name)
        self._known = {form for half in (self.family, self.given) for part in half.parts for form in part.forms}

    def __bool__(self) -> bool:
        return bool(self.family.parts or self.given.parts)

    @property
    def is_single(self) -> bool:
        """The record knows one name only, or the same word twice."""
        return not (self.family.parts and self.given.parts)

    def places(self, text: str) -> tuple[tuple[int, int], ...]:
        """Offsets of each place where the whole name stands: both halves side by side, middle names allowed."""
        return _places(self, text)

    def _found(self, text: str) -> list[tuple[int, int]]:
        tokens = words(text)
        if self.is_single:
            return self._single(text, tokens)
        families = list(self.family.spans(text, tokens))
        if not families:
            return []
        givens = list(self.given.spans(text, tokens))
        found = []
        starts = [given[0] for given in givens]
        reach = 2 * _MOST_JOINED + _MOST_UNKNOWN
        for family in families:
            near = givens[bisect_left(starts, family[0] - reach) : bisect_right(starts, family[1] + reach)]
            for given in near:
                first, second = (given, family) if given < family else (family, given)
                if 0 <= second[0] - first[1] <= _MOST_JOINED + _MOST_UNKNOWN and self._together(
                    text, tokens, first, second, family_first=first is family
                ):
                    found.append((tokens[first[0]].start, tokens[second[1] - 1].end))
        return found

    def is_mentioned(self, text: str) -> bool:
        """Whether the name stands in the text, a single name without any sign that it is a name too."""
        if not self.is_single:
            return bool(self.places(text))
        half = self.family if self.family.parts else self.given
        return next(half.spans(text, words(text)), None) is not None

    def _together(
        self, text: str, tokens: Sequence[Word], first: tuple[int, int], second: tuple[int, int], *, family_first: bool
    ) -> bool:
        """Whether what stands between the halves leaves them one person's name."""
        between = tokens[first[1] : second[0]]
        unknown = [word for word in between if not self._is_harmless(word)]
        most = _MOST_UNKNOWN
        pair = _PAIR.match(text, tokens[first[1] - 1].end) if not family_first else None
        if pair:  # `Amara and Kofi Okonjo`
            unknown = [word for word in between if word.start >= pair.end() and word.plain not in HONORIFICS]
            most = 1
        capital = tokens[first[0]].capital and tokens[second[0]].capital
        if len(unknown) > most or any(_is_no_name(word) or (capital and not word.capital) for word in unknown):
            return False
        commas = 0
        for place in range(first[1] - 1, second[0]):
            gap = text[tokens[place].end : tokens[place + 1].start]
            if "," in gap or "/" in gap:
                commas += 1
                known = all(self._is_harmless(word) for word in tokens[first[1] : place + 1])
                fits = family_first and commas == 1 and known and _COMMA.fullmatch(gap) is not None
            elif "\n" in gap:
                fits = not family_first and not unknown and gap.strip(" ") == "\n"
            elif "." in gap:
                fits = len(tokens[place].plain) == 1 or tokens[place].plain in HONORIFICS
            else:
                fits = _BETWEEN.fullmatch(gap) is not None or (pair is not None and gap.strip() == "&")
            if not fits:
                return False
        return True

    def _is_harmless(self, word: Word) -> bool:
        return (
            len(word.plain) == 1
            or word.plain in PARTICLES
            or word.plain in HONORIFICS
            or not self._known.isdisjoint(word.forms)
        )

    def _single(self, text: str, tokens: Sequence[Word]) -> list[tuple[int, int]]:
        """A single name in prose counts behind `Mr`, `Mme` and the like; one of several parts counts in one piece."""
        half = self.family if self.family.parts else self.given
        found = []
        for start, end in half.spans(text, tokens):
            whole = "".join(part.plain for part in half.parts)
            if whole not in joined(tokens[start:end]):
                continue
            before = tokens[start - 1] if start else None
            titled = before is not None and before.plain in HONORIFICS and before.plain != "a"
            after = tokens[end] if end < len(tokens) else None
            goes_on = after is not None and text[tokens[end - 1].end : after.start] == " " and after.capital
            if (titled and not goes_on) or len(telling(half.parts)) > 1:
                found.append((tokens[start].start, tokens[end - 1].end))
        return found

    def is_value(self, value: str) -> bool:
        """Whether a labelled value is this name: the whole name stands in it, or for a single name, nothing else."""
        if not self.is_single:
            return bool(self.places(value))
        said = [word for word in words(value) if word.plain not in HONORIFICS and word.plain not in PLACEHOLDERS]
        half = self.family if self.family.parts else self.given
        return bool(said) and not joined(said).isdisjoint(joined(half.parts))

    def is_split_value(self, family: str, given: str) -> bool:
        """Whether two labelled values, family and given name, are both this name's."""
        if self.is_single:
            half = self.family if self.family.parts else self.given
            return any(True for _ in half.spans(f"{family} {given}", words(f"{family} {given}")))
        return all(
            any(True for _ in half.spans(value, words(value)))
            for half, value in ((self.family, family), (self.given, given))
        )

    def shares_word(self, value: str) -> bool:
        """Whether any word that tells people apart is the same, or nearly (a typing slip), in the value."""
        said = telling(words(value))
        mine = telling([*self.family.parts, *self.given.parts])
        glued = joined(words(value))
        return any(
            not set(ours.forms).isdisjoint(theirs.forms)
            or (min(len(ours.plain), len(theirs.plain)) > 3 and alike(ours.plain, theirs.plain))
            for ours in mine
            for theirs in said
        ) or any(run in glued for run in self.family.runs | self.given.runs)

    def other_given_name(self, value: str) -> bool:
        """The family name with a given name that cannot be this person's: a brother or sister, a twin."""
        if self.is_single:
            return False
        tokens = words(value)
        family = {place for start, end in self.family.spans(value, tokens) for place in range(start, end)}
        rest = [
            word
            for place, word in enumerate(tokens)
            if place not in family and word.plain not in HONORIFICS and word.plain not in PARTICLES
        ]
        if not family or not rest or any(word.plain in NOT_NAMES for word in rest):
            return False
        rest = [word for word in rest if self._known.isdisjoint(word.forms) or word in rest]
        mine = [part.plain for part in self.given.parts]
        glued = joined(rest) | {word.plain for word in rest}
        return not any(can_be_one_given_name(said, name) for said in glued for name in [*mine, "".join(mine)])


@functools.lru_cache(maxsize=16)
def name_of(record: Application) -> RecordName:
    """The name of a record; one mail's is asked for several times, before and after the look into its files."""
    return RecordName(record)


@functools.lru_cache(maxsize=16)
def _places(name: RecordName, text: str) -> tuple[tuple[int, int], ...]:
    return tuple(name._found(text))
