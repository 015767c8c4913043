"""Names of people compared: without accents, order or case, whole or in part, as people in Canada write them.

Hyphens, apostrophes and particles do not matter; one half of a double-barrelled name is enough, and one given name of
several; `Ł`, `ø`, `ß`, `æ`, `đ` and the spellings of passports (`Mueller` for `Müller`) are the same letters. An
initial is not a name. Pure; never raises on any text.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from inboxd.documents import Application

_PLAIN = str.maketrans({"ł": "l", "đ": "d", "ø": "o", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d", "ħ": "h", "ı": "i",
                        "ŋ": "n", "ŧ": "t", "ə": "a", "ŀ": "l", "ĸ": "k", "ß": "ss"})  # fmt: skip
_AS_IN_PASSPORTS = str.maketrans({"ö": "oe", "ü": "ue", "ä": "ae", "å": "aa", "ø": "oe", "ŋ": "ng", "ð": "dh"})
_WORD = re.compile(r"(?:[^\W\d_][\u0300-\u036f]*)+")
_JOINING = re.compile(r"[ ]?['’ʼ`´‘-]?[ ]?|\. ?|\n")
"""Between the pieces of one name: `Al-Rashid`, `Al Rashid`, `D'Souza`."""
_BETWEEN = re.compile(r"(?:[ '’ʼ`´‘\"“”()-]|\. ?)*")
_COMMA = re.compile(r" ?[,/]? ?[\n]?[ ]?")
_PARTICLES = frozenset(
    "de da do dos das del della di du des la le les los las lo van von der den ter ten te het bin ibn bint ben binti al el"
    " ul ur abu abou ould dela y e i of san santa st ste saint mac mc o d l af av zu zum zur a an bte s".split()
)
HONORIFICS = frozenset(
    "mr mrs ms miss mx mister madam dr prof sir rev hon fr sr m mm mme mmes mlle mlles me monsieur madame mademoiselle"
    " maitre docteur late feu feue jr".split()
)
_PLACEHOLDERS = frozenset("fnu lnu xxx xx na n nil none no given name surname family only single".split())
_NOT_NAMES = frozenset(
    "the and or to in on at is are was were be been has have had will would can could may might must shall should not no"
    " with without for from by as that this these those it its he she they we you i his her their our your my who which"
    " when where if but so because than then there here please attached enclosed see sent send asked said met called about"
    " into out up upon over under after before during since until while very too also only just still yet again both all any"
    " et ou dans sur est sont ete etre a ont avait sera pour par avec sans que qui dont quand si mais donc car ne pas plus un"
    " une au aux ce cette ces il elle ils elles nous vous je tu se sa son ses leur leurs notre nos votre vos mon ma mes dit"
    " application applications applicant client clients constituent constituents office bureau riding constituency"
    " circonscription member parliament députée depute deputee senator senateur senatrice mp document documents file files"
    " fichier fichiers dossier dossiers demande demandes letter lettre passport passeport permit permis visa visitor study"
    " work worker student sponsorship spousal citizenship citoyennete immigration refugee refugie canada canadian ircc mcmps"
    " cmds uci iuc dob ddn tel telephone phone email courriel consent consentement signed signe signee date birth born nee"
    " naissance female male femme homme unknown inconnu inconnue same above below attente voir ci joint jointe type case"
    " certificate certificat photo photos statement express entry family class residence resident permanent temporary"
    " federal court police medical record urgent new status page pages number numero re hello hi bonjour thanks thank merci"
    " dear good morning afternoon regards sincerely cordialement upload".split()
)
_MONTH_WORDS = frozenset(
    "january february march april june july august september october november december jan feb mar apr jun jul aug sep sept"
    " oct nov dec janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre".split()
)
_MOST_UNKNOWN = 2
_MOST_JOINED = 4
_ALIKE = 0.8


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a text: how it can be spelt without accents, and where it stands."""

    forms: tuple[str, str]
    start: int
    end: int
    capital: bool

    @property
    def plain(self) -> str:
        return self.forms[0]


def _strip(text: str) -> str:
    return "".join(ch for ch in unicodedata.normalize("NFKD", text) if not unicodedata.combining(ch))


def _forms(word: str) -> tuple[str, str]:
    """The word without accents, and as passports spell it."""
    folded = unicodedata.normalize("NFC", word.casefold())
    return _strip(folded.translate(_PLAIN)), _strip(folded.translate(_AS_IN_PASSPORTS).translate(_PLAIN))


def words(text: str) -> list[Word]:
    """The words of a text, letters only, in order."""
    return [
        Word(forms=_forms(match[0]), start=match.start(), end=match.end(), capital=match[0][0].isupper())
        for match in _WORD.finditer(text)
    ]


def _joined(parts: Sequence[Word]) -> set[str]:
    return {"".join(part.forms[spelling] for part in parts) for spelling in (0, 1)}


def _main(parts: Sequence[Word]) -> list[Word]:
    """The parts that tell people apart: no particles, no single letters; all parts if nothing else is left."""
    return [part for part in parts if part.plain not in _PARTICLES and len(part.plain) > 1] or list(parts)


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
            if not self.runs.isdisjoint(_joined(tokens[place : place + length])):
                longest = length
        return longest


def _half(name: str) -> _Half:
    parts = words(unicodedata.normalize("NFKC", name))
    main = _main(parts)
    runs: set[str] = set()
    for start in range(len(parts)):
        for end in range(start + 1, min(len(parts), start + 6) + 1):
            run = parts[start:end]
            if len(main) == len(parts) and all(part.plain in _PARTICLES or len(part.plain) == 1 for part in main):
                whole = end - start == len(parts)  # `Le`, `Do`, `Van`: a name made of particles only counts whole
            else:
                whole = any(part in main for part in run)
            if whole:
                runs |= _joined(run)
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

    def places(self, text: str) -> list[tuple[int, int]]:
        """Offsets of each place where the whole name stands: both halves side by side, middle names allowed."""
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
        pair = not family_first and len(between) in (2, 3) and between[0].plain in ("and", "et")
        if pair:  # `Amara and Kofi Okonjo`
            unknown = [word for word in between[1:] if word.plain not in HONORIFICS]
        if len(unknown) > (1 if pair else _MOST_UNKNOWN):
            return False
        names_are_capital = tokens[first[0]].capital and tokens[second[0]].capital
        for word in unknown:
            if word.plain in _NOT_NAMES or word.plain in _MONTH_WORDS or (names_are_capital and not word.capital):
                return False
        commas = 0
        for place in range(first[1] - 1, second[0]):
            gap = text[tokens[place].end : tokens[place + 1].start]
            if "," in gap or "/" in gap:
                commas += 1
                before_comma = tokens[first[1] : place + 1]
                if not family_first or commas > 1 or not _COMMA.fullmatch(gap):
                    return False
                if any(not self._is_harmless(word) for word in before_comma):
                    return False
            elif "\n" in gap:
                if family_first or unknown or gap.strip(" ") != "\n":
                    return False
            elif "." in gap and not (len(tokens[place].plain) == 1 or tokens[place].plain in HONORIFICS):
                return False
            elif pair and gap.strip() == "&":
                continue
            elif not _BETWEEN.fullmatch(gap):
                return False
        return True

    def _is_harmless(self, word: Word) -> bool:
        return (
            len(word.plain) == 1
            or word.plain in _PARTICLES
            or word.plain in HONORIFICS
            or not self._known.isdisjoint(word.forms)
        )

    def _single(self, text: str, tokens: Sequence[Word]) -> list[tuple[int, int]]:
        """A single name in prose counts behind `Mr`, `Mme` and the like; one of several parts counts in one piece."""
        half = self.family if self.family.parts else self.given
        found = []
        for start, end in half.spans(text, tokens):
            whole = "".join(part.plain for part in half.parts)
            if whole not in _joined(tokens[start:end]):
                continue
            before = tokens[start - 1] if start else None
            titled = before is not None and before.plain in HONORIFICS and before.plain != "a"
            after = tokens[end] if end < len(tokens) else None
            goes_on = after is not None and text[tokens[end - 1].end : after.start] == " " and after.capital
            if (titled and not goes_on) or len(_main(half.parts)) > 1:
                found.append((tokens[start].start, tokens[end - 1].end))
        return found

    def is_value(self, value: str) -> bool:
        """Whether a labelled value is this name: the whole name stands in it, or for a single name, nothing else."""
        if not self.is_single:
            return bool(self.places(value))
        said = [word for word in words(value) if word.plain not in HONORIFICS and word.plain not in _PLACEHOLDERS]
        half = self.family if self.family.parts else self.given
        return bool(said) and not _joined(said).isdisjoint(_joined(half.parts))

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
        said = _main(words(value))
        mine = _main([*self.family.parts, *self.given.parts])
        glued = _joined(words(value))
        return any(
            not set(ours.forms).isdisjoint(theirs.forms)
            or (min(len(ours.plain), len(theirs.plain)) > 3 and _alike(ours.plain, theirs.plain))
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
            if place not in family and word.plain not in HONORIFICS and word.plain not in _PARTICLES
        ]
        if not family or not rest or any(word.plain in _NOT_NAMES for word in rest):
            return False
        rest = [word for word in rest if self._known.isdisjoint(word.forms) or word in rest]
        mine = [part.plain for part in self.given.parts]
        return not any(
            word.plain[0] == name[0] or _alike(word.plain, name) or name in word.plain or word.plain in name
            for word in rest
            for name in mine
        )


def _alike(one: str, other: str) -> bool:
    return SequenceMatcher(None, one[:40], other[:40], autojunk=False).ratio() >= _ALIKE


def looks_like_a_name(value: str) -> bool:
    """Whether a labelled value can be somebody's name at all, so that it can contradict."""
    said = [word for word in words(value) if word.plain not in HONORIFICS]
    telling = _main(said) if said else []
    if not telling or len(said) > 6 or any(len(word.plain) < 2 for word in telling):
        return False
    if any(word.plain in _NOT_NAMES and word.plain not in _PARTICLES for word in telling):
        return False
    return all(word.capital for word in telling) or (not any(word.capital for word in telling) and len(telling) < 4)


def same_words(one: str, other: str) -> bool:
    """Whether every telling word of `one` stands in `other`: the name under a contact label, the sender's own."""
    said = [word for word in words(one) if word.plain not in HONORIFICS]
    theirs = {word.plain for word in words(other)}
    return bool(said) and all(word.plain in theirs for word in _main(said))
