"""Dividing a text into its matters: which words belong to which, and which to all. See the package for the rules."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from inboxd.reference import LAST_ORDINAL
from inboxd.triage.folding import fold
from inboxd.triage.several.identities import Identity, identity_of, lead_of, linked, titled_names
from inboxd.triage.several.marks import MOST_ITEMS, SEPARATE, Starts, sequences

LONGEST = 30_000
"""Characters; a longer text is no letter about a few cases and is read whole."""
_MANY = re.compile(
    r"\b(?:two|three|four|five|six|seven|eight|nine|ten|several|these|following|our|my|both|deux|trois|quatre|cinq|sept"
    r"|huit|neuf|dix|plusieurs|ces|suivants|mes|nos|[2-9]|1\d) (?:\w+ ){0,2}"
    r"(?:cases|files|dossiers|cas|clients|constituents|commettants|people|persons|personnes|families|familles|households"
    r"|applicants|demandeurs|enquiries|requests|demandes|matters|affaires|students|etudiants|workers|travailleurs)\b"
    r"|\b(?:list|liste|batch|the usual|lot mensuel)\b"
)
"""The writer says that there are several."""
_ANNOUNCES = re.compile(
    r"\b(?:two|three|deux|trois|2|3) (?:\w+ )?(?:things|matters|questions|cases|files|items|points|topics|choses"
    r"|dossiers|cas|sujets|demandes|enquiries|requests)\b"
)
_FAMILY = re.compile(
    r"\b(?:this|the|a|one|same|whole|entire|her|his|their|our) (?:\w+ ){0,2}(?:family|couple|household)\b|\bfamily of\b"
    r"|\b(?:siblings|twins|spouses|mother and|father and|parents and|husband and wife|wife and|husband and)\b"
    r"|\b(?:brothers?|sisters?) and\b|\b(?:two|three|four) (?:brothers|sisters|children)\b"
    r"|\b(?:la|cette|une|meme|toute la|sa|leur|cette meme) (?:\w+ ){0,2}famille\b"
    r"|\bfamille (?:de|d')|\b(?:le|un|ce) couple\b"
    r"|\b(?:fratrie|jumeaux|jumelles|epoux et|mere et|pere et|parents et|mari et|femme et)\b|\b(?:freres?|soeurs?) et\b"
)
_TOGETHER = re.compile(
    r"\b(?:together|same|ensemble|memes?)\b(?! (?:question|rule|regle|point|topic|issue|answer|e-?mail|time|courriel"
    r"|message|reason|day|jour|questions|paragraph|probleme|problem))"
    r"|\b(?:victims?|victimes?|survivors?|survivants?) (?:of|de|du|des)\b"
    r"|\b(?:the|a|un|une|le|la|l') ?(?:fire|incendie|crash|accident|collision|raid|explosion|flood|inondation|shooting"
    r"|fusillade|naufrage|earthquake|seisme)\b"
)
_ONE = re.compile(
    r"\b(?:his|her|he|she|sa|son|ses|elle|lui)\b|\bil (?:a|est|attend|doit|sera|n')\b"
    r"|\b(?:this|our) (?:client|constituent|applicant)\b"
    r"|\b(?:ce|notre) (?:client|commettant|demandeur)\b|\b(?:cette|notre) (?:cliente|commettante|dame)\b"
)
"""The shared words are about one person."""
_ALL_OF_THEM = re.compile(
    r"\b(?:both (?:of|are|were|have|had|need|want|must|will|face|cases|files|clients|families|households|men|women"
    r"|people)"
    r"|all (?:of (?:them|these|the)|are|were|have|need|face|must|will|three|four|five|in|cases|files)"
    r"|(?:the|these|those) (?:two|three|four)\b|they (?:both|all)|each (?:of|one)|everyone|les (?:deux|trois|quatre)"
    r"|tous|toutes|chacune?|ces (?:deux|trois|dossiers|personnes)|l'un et l'autre)\b"
)
"""A sentence about all of them, not about the one it stands with."""
_SENTENCE = re.compile(r"(?:(?<=[.!?])|(?<=[.!?][)\"”»]))\s+(?=[^\W\d_a-zà-öø-ÿ]|[0-9«“\"(])|\n[ \t]*\n")
_PARAGRAPH_ENDS = re.compile(r"\n[ \t]*\n\s*")
_SINGULAR = re.compile(r"\b(?:he|she|his|her|him|il|elle|sa|son|ses|lui)\b")
_MENTION_WORDS = 12
"""More words than a greeting has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """One matter: `text[start:end]` and nothing else is its own."""

    start: int
    end: int
    numbers: tuple[str, ...]
    """The application numbers in its own words, in the order of the mail."""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Words of a text put together, each of which knows its place in it."""

    text: str
    starts: tuple[int, ...]
    """Offsets in this excerpt at which its pieces begin, rising."""
    origins: tuple[int, ...]
    """Offsets in the whole text of the same pieces."""

    def place(self, offset: int) -> int:
        """The offset in the whole text of an offset in this excerpt."""
        piece = max(0, bisect_right(self.starts, offset) - 1)
        return self.origins[piece] + offset - self.starts[piece]


@dataclass(frozen=True, slots=True, kw_only=True)
class Division:
    """A text with its matters: words before the first and behind the last belong to all. Nothing is left out."""

    text: str
    matters: tuple[Matter, ...]

    @property
    def head(self) -> str:
        return self.text[: self.matters[0].start]

    @property
    def tail(self) -> str:
        return self.text[self.matters[-1].end :]

    def words_of(self, matter: Matter) -> Excerpt:
        """Its own words between those that belong to all."""
        pieces = [(0, self.matters[0].start), (matter.start, matter.end), (self.matters[-1].end, len(self.text))]
        text, starts, origins = "", [], []
        for start, end in pieces:
            if start == end:
                continue
            if text and not text.endswith("\n"):
                text += "\n\n"
            elif text and not text.endswith("\n\n"):
                text += "\n"
            starts.append(len(text))
            origins.append(start)
            text += self.text[start:end]
        return Excerpt(text, tuple(starts), tuple(origins))


def divide(text: str, subject: str, numbers: Sequence[str]) -> Division | None:
    """The separate matters of a text, in its order; None if it is one matter, or if that is not clear."""
    if len(text) > LONGEST or len(numbers) > MOST_ITEMS:
        return None
    for starts in sequences(text, numbers):
        division = _divided(text, subject, numbers, starts)
        if division is not None:
            return division
    return None


def _divided(text: str, subject: str, numbers: Sequence[str], starts: Starts) -> Division | None:
    end = _end_of_last(text, starts)
    spans = list(zip(starts, (*starts[1:], end), strict=True))
    items = [identity_of(text[start:stop], numbers) for start, stop in spans]
    shared = f"{subject}\n\n{text[: starts[0]]}\n\n{text[end:]}"
    if not _are_several(text, spans, items, shared, text[: starts[0]]):
        return None
    groups = _groups(items)
    if groups is None or not 2 <= len(groups) <= LAST_ORDINAL + 1:
        return None
    matters = tuple(
        Matter(
            start=spans[group[0]][0],
            end=spans[group[-1]][1],
            numbers=tuple(n for n in numbers if any(n in items[place].numbers for place in group)),
        )
        for group in groups
    )
    told = {number for matter in matters for number in matter.numbers}
    return Division(text=text, matters=matters) if told >= set(numbers) else None


def _end_of_last(text: str, starts: Starts) -> int:
    """Where the last item ends and the words for all go on.

    At the end of its paragraph; where items have several, behind those that go on about one person. A sentence about
    all of them, and what follows it, is not its own.
    """
    own = [text[start:stop].rstrip() for start, stop in pairwise(starts)]
    longer = any(_PARAGRAPH_ENDS.search(item) for item in own)
    end = starts[-1]
    while end < len(text):
        found = _PARAGRAPH_ENDS.search(text, end)
        if end > starts[-1]:
            paragraph = fold(text[end : found.start() if found else len(text)]).text
            if not (longer and _SINGULAR.search(paragraph)) or _ALL_OF_THEM.search(paragraph):
                break
        end = found.end() if found else len(text)
    begin = starts[-1]
    for sentence in _SENTENCE.finditer(text, starts[-1], end):
        if begin > starts[-1] and _ALL_OF_THEM.search(fold(text[begin : sentence.start()]).text):
            return begin
        begin = sentence.end()
    return begin if begin > starts[-1] and _ALL_OF_THEM.search(fold(text[begin:end]).text) else end


def _are_several(
    text: str, spans: Sequence[tuple[int, int]], items: Sequence[Identity], shared: str, head: str
) -> bool:
    """Are the items about different people, as far as the words show? Told apart by what each is called."""
    said = fold(shared).text
    apart = SEPARATE.search(shared) is not None
    if not apart and (_FAMILY.search(said) or _TOGETHER.search(said)):
        return False
    if any(_ALL_OF_THEM.search(item.folded) for item in items):
        return False
    nobody = [place for place, item in enumerate(items) if not item.is_somebody]
    if nobody:
        return _one_without_a_person(text, spans, items, nobody, said)
    if all(item.titled and item.numbers for item in items):
        return True
    many = apart or _MANY.search(said) is not None
    if all(item.titled for item in items):
        return many or any(item.numbers for item in items)
    if not all(item.numbers for item in items):
        return False
    about_one = bool(_ONE.search(said)) or (bool(titled_names(head)) and not all(item.titled for item in items))
    return many and not about_one


def _one_without_a_person(
    text: str, spans: Sequence[tuple[int, int]], items: Sequence[Identity], nobody: Sequence[int], said: str
) -> bool:
    """A general question, or trouble with a site, beside somebody's file: only where the writer says it is apart."""
    named = [item for item in items if item.titled and item.numbers]
    if len(nobody) != 1 or len(named) != len(items) - 1:
        return False
    start, end = spans[nobody[0]]
    words = text[start:end]
    apart = any(SEPARATE.search(lead_of(text[begin:stop])) for begin, stop in spans)
    if not apart and not _ANNOUNCES.search(said):
        return False
    if len(words.split()) < _MENTION_WORDS:
        return False
    folded = fold(words)
    pronoun = re.search(r"\b(?:he|she|his|her|him|elle|lui|sa femme|son mari)\b", folded.text)
    if pronoun is None:
        return True
    before = folded.original[: folded.offsets[pronoun.start()]]
    return bool(re.search(r"(?<=[a-zà-ÿ,;]\s)[A-ZÀ-Ý][\w'’-]{2,}", before))


def _groups(items: Sequence[Identity]) -> list[list[int]] | None:
    """Items by person and family, in order; None if such a group has another one's item in its midst."""
    group_of = list(range(len(items)))

    def join(one: int, other: int) -> None:
        keep, drop = sorted((group_of[one], group_of[other]))
        for place, group in enumerate(group_of):
            if group == drop:
                group_of[place] = keep

    for place, item in enumerate(items):
        for before in range(place):
            if linked(items[before], item):
                join(before, place)
        if item.kin:
            join(max(0, place - 1), max(1, place))
    if group_of != sorted(group_of):
        return None
    return [[place for place, group in enumerate(group_of) if group == wanted] for wanted in sorted(set(group_of))]
