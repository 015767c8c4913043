"""The office's criteria as values: what `criteria.toml` may hold, and the phrases of all rows, looked for at once.

Made by `triage.criteria.read_criteria`; read by `triage.reading.read`. Source of the rows: `domain.md` 5 and 6.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field

from inboxd.config_file import Section
from inboxd.plan import Category
from inboxd.triage.folding import Folded
from inboxd.triage.phrases import PhraseBook, pattern_of


class Kind(StrEnum):
    """What a row stands for. The first three are criteria, the most pressing first."""

    CRITICAL = "critical"
    URGENT = "urgent"
    COMPLEX = "complex"
    NOT_MET = "not_met"
    """A topic that by itself meets no criterion, such as a question about status."""
    PASSPORT = "passport"
    FLAG = "flag"
    """Something people are told beside the category: high profile."""
    PERSON = "person"
    """What people answer, whatever else is read: never refused by a notice, never sent on to another office. Access to
    information, formal complaints, the media (`domain.md` 6)."""


CATEGORY: Mapping[Kind, Category] = {
    Kind.CRITICAL: Category.CRITICAL,
    Kind.URGENT: Category.URGENT,
    Kind.COMPLEX: Category.COMPLEX,
}
RANK: Mapping[Category, int] = {Category.CRITICAL: 0, Category.URGENT: 1, Category.COMPLEX: 2, Category.NOT_MET: 3}


def _readable(phrase: str) -> str:
    pattern_of(phrase)
    return phrase


Phrase = Annotated[str, AfterValidator(_readable)]
Phrases = tuple[Phrase, ...]
Text = Annotated[str, Field(min_length=1)]


class Criterion(Section):
    """One row of `criteria.toml`; the head of that file says what each key means."""

    id: Annotated[str, Field(pattern=r"^[A-Z]{2}-\d\d$")]
    category: Kind
    description_en: Text
    description_fr: Text
    phrases_en: Phrases = ()
    phrases_fr: Phrases = ()
    dated_en: Phrases = ()
    dated_fr: Phrases = ()
    paired_en: Phrases = ()
    paired_fr: Phrases = ()
    with_en: Phrases = ()
    with_fr: Phrases = ()
    within_days: Annotated[int, Field(ge=0, le=400)] = 0
    otherwise: str = ""
    hints_en: Phrases = ()
    hints_fr: Phrases = ()
    pressed_en: Phrases = ()
    pressed_fr: Phrases = ()
    exclusions_en: Phrases = ()
    exclusions_fr: Phrases = ()
    cancelled_en: Phrases = ()
    cancelled_fr: Phrases = ()
    past_counts: bool = False
    dates_are_harmless: bool = False
    asks_only_status: bool = False
    needs_a_question: bool = False
    must_hit_en: tuple[Text, ...]
    must_hit_fr: tuple[Text, ...]
    must_not_hit_en: tuple[Text, ...]
    must_not_hit_fr: tuple[Text, ...]


class Words(Section):
    """Words that are read the same way for every row: the `[words]` table."""

    weak_en: Phrases
    weak_fr: Phrases
    not_en: Phrases
    not_fr: Phrases
    yet_en: Phrases
    yet_fr: Phrases
    if_en: Phrases
    if_fr: Phrases
    past_en: Phrases
    past_fr: Phrases
    doubts_en: Phrases
    doubts_fr: Phrases
    now_en: Phrases = ()
    now_fr: Phrases = ()
    calm_en: Phrases = ()
    calm_fr: Phrases = ()
    lasts_en: Phrases = ()
    lasts_fr: Phrases = ()
    explain_en: Phrases = ()
    explain_fr: Phrases = ()
    asks_en: Phrases = ()
    asks_fr: Phrases = ()
    exclusions_en: Phrases
    exclusions_fr: Phrases


class CriteriaFile(Section):
    """The whole file."""

    words: Words
    criterion: tuple[Criterion, ...]


class Role(StrEnum):
    """What it means when a phrase is found."""

    PHRASE = "phrases"
    DATED = "dated"
    PAIRED = "paired"
    WITH = "with"
    HINT = "hints"
    PRESSED = "pressed"
    """An everyday word: a hint where the text names an hour, now, or a day that is near."""
    EXCLUSION = "exclusions"
    CANCELLED = "cancelled"
    WEAK = "weak"
    NOT = "not"
    YET = "yet"
    """Looks like a negation and is none: "not only", "cannot wait"."""
    IF = "if"
    PAST = "past"
    DOUBT = "doubts"
    CALM = "calm"
    """The sender says that nothing presses: "in good health", "no trip planned", a permit for years."""
    LASTS = "lasts"
    """Says the same before a day that is a year off or more: "valid until"."""
    EXPLAIN = "explain"
    """Asks what a policy means."""
    ASKS = "asks"
    """Asks for more than the status: a review, a way out, what follows."""
    NOW = "now"


_ROW_ROLES = (
    Role.PHRASE, Role.DATED, Role.PAIRED, Role.WITH, Role.HINT, Role.PRESSED, Role.EXCLUSION, Role.CANCELLED,
)  # fmt: skip
_WORD_ROLES = (
    Role.WEAK, Role.NOT, Role.YET, Role.IF, Role.PAST, Role.DOUBT, Role.NOW, Role.CALM,
    Role.LASTS, Role.EXPLAIN, Role.ASKS, Role.EXCLUSION,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Found:
    """A phrase found at folded `start:end`. `criterion` is empty for words that hold everywhere."""

    role: Role
    criterion: str
    phrase: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Criteria:
    """All rows, with all their phrases. Frozen; made once, used for every mail."""

    version: str
    """Digest of the file: 12 hex digits of SHA-256."""
    rows: tuple[Criterion, ...]
    words: Words
    by_id: Mapping[str, Criterion]
    _entries: tuple[tuple[Role, str, str], ...] = field(repr=False)
    _book: PhraseBook = field(repr=False)

    def find(self, folded: Folded) -> Iterator[Found]:
        """Every phrase of every row in the text."""
        for match in self._book.find(folded):
            role, criterion, phrase = self._entries[match.index]
            yield Found(role, criterion, phrase, match.start, match.end)


def _phrases(section: Section, role: Role) -> Iterator[str]:
    for language in ("en", "fr"):
        yield from getattr(section, f"{role}_{language}")


def compile_criteria(file: CriteriaFile, version: str) -> Criteria:
    """Put the phrases of a checked file into one book. The ids are distinct (checked by the reader)."""
    entries: list[tuple[Role, str, str]] = []
    for row in file.criterion:
        entries += [(role, row.id, phrase) for role in _ROW_ROLES for phrase in _phrases(row, role)]
    entries += [(role, "", phrase) for role in _WORD_ROLES for phrase in _phrases(file.words, role)]
    return Criteria(
        version=version,
        rows=file.criterion,
        words=file.words,
        by_id={row.id: row for row in file.criterion},
        _entries=tuple(entries),
        _book=PhraseBook([phrase for _, _, phrase in entries]),
    )
