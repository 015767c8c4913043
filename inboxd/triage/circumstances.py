"""Whether words that look like a criterion mean it: negation, hypothesis, the past, cancelled events, names.

Everything is decided inside one sentence (a cancellation also in its neighbours), from the phrases found and the dates
mentioned. An answer says why, and whether it is sure: what is not sure keeps a mail from being refused by a guess
(promise 7). Sources: `domain.md` 5.1 and 5.3.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter

from inboxd.triage.folding import Folded
from inboxd.triage.horizon import Mention
from inboxd.triage.rulebook import Criteria, Criterion, Found, Kind, Role

LONG_PAST_DAYS = 60
"""An event longer ago than this does not press by itself; a death some weeks ago may still."""
HISTORY_DAYS = 365
"""An event with its date, longer ago than this, is history, unless the sentence says that something still is."""
_AGAIN = re.compile(
    r"\b(?:but|however|again|new|until|unless|yet|mais|cependant|toutefois|nouveau|nouvelle|jusqu|sauf|pourtant)\b"
)
_NOT_FOR_GOOD = re.compile(r"postpone|defer|stay|suspend|sursis|report|differ")
"""What is put off may come back."""
_SINCE = re.compile(r"\b(?:since|ever|depuis|encore)\b")
_YEAR = re.compile(r"[ ,(]{1,3}(?:(?:the end of|end of|la fin de|fin) )?(20\d\d)\b")
_NEXT = 24
"""Characters after "valid until" in which its day begins."""
_SCOPE_WORDS = 4
"""A negation holds for words that begin at most so many words after it."""

_TITLE_BEFORE = re.compile(
    r"\b(?:mr|mrs|ms|mx|dr|m|mme|mlle|me|rue|avenue|av|boul|boulevard|chemin|place|saint|sainte|st|ste|captain|"
    r"capitaine|professor|named|nomme|nommee|surnamed|called)[ -](?:de la |de l'|de |du |des |la |le )?$"
)
_STREET_AFTER = re.compile(
    r"[ -](?:street|st|road|rd|avenue|ave|drive|crescent|lane|inc|ltd|ltee|foundation|fondation|productions|records|"
    r"films|band|group|groupe)\b"
)
_CLAUSE_END = re.compile(
    r"[;:]|, (?:but|and|so|who|which|mais|et|donc|qui)\b|\b(?:but|mais|however|cependant|because|car)\b"
)
_BOUNDARY = re.compile(r"[,;:]|\b(?:and|but|et|mais|or|ou)\b")
_PRESENT = re.compile(
    r"\b(?:is|are|will|now|still|currently|va|vont|sera|seront|maintenant|actuellement|toujours)\b"
    r"|\b(?:est|sont)\b(?! (?:deja )?(?:decede|mort|nee?\b|arrive|parti|revenu|rentre|venu|tombe|devenu|entre|alle))"
    r"|\b(?:he|she|it|that|there|who|what|everything)'s\b"
)


def _place(item: Found | Mention) -> int:
    return item.start


@dataclass(frozen=True, slots=True)
class Page:
    """One text with everything found in it."""

    folded: Folded
    found: tuple[Found, ...]
    mentions: tuple[Mention, ...]
    """By place."""
    by_role: Mapping[Role, tuple[Found, ...]]
    year: int
    """The year of receipt, in Toronto."""

    def of(self, role: Role) -> tuple[Found, ...]:
        return self.by_role.get(role, ())

    def sentence_of(self, place: int) -> tuple[int, int]:
        return self.folded.sentence(self.folded.sentence_index(place))

    def near(self, place: int) -> tuple[tuple[int, int], ...]:
        """The sentence at a place, then the next, then the one before."""
        index = self.folded.sentence_index(place)
        return tuple(self.folded.sentence(number) for number in (index, index + 1, index - 1))

    def dates(self, start: int, end: int) -> tuple[Mention, ...]:
        first, last = (bisect.bisect_left(self.mentions, place, key=attrgetter("start")) for place in (start, end))
        return self.mentions[first:last]


@dataclass(frozen=True, slots=True)
class Aside:
    """Why words do not count."""

    because: str
    sure: bool


def set_aside(page: Page, hit: Found, row: Criterion, criteria: Criteria) -> Aside | None:
    """Why a found phrase of `row` does not count; None when it does."""
    for item in page.of(Role.EXCLUSION):
        if item.criterion in ("", row.id) and _overlap(item, hit):
            return Aside("other meaning", True)
    if _is_name(page.folded, hit):
        return Aside("name", True)
    if row.category is Kind.PASSPORT and any(item.criterion == row.id for item in page.of(Role.CANCELLED)):
        return Aside("another matter", True)
    if row.category in (Kind.NOT_MET, Kind.PASSPORT):
        return None
    sentence = page.sentence_of(hit.start)
    if cues := _negations(page, hit, sentence):
        near = row.category is not Kind.CRITICAL and _right_before(page, cues[-1], hit)
        return Aside("not", hit.role in (Role.DATED, Role.PAIRED) or near)
    if any(_inside(cue, sentence) and cue.start < hit.start for cue in page.of(Role.IF)):
        return Aside("if", False)
    if cancelled := _cancelled(page, hit, row):
        return Aside("cancelled", _for_good(page, hit, row, cancelled))
    if not row.past_counts and _long_past(page, hit, sentence):
        over = _history(page, sentence) and (row.category is not Kind.CRITICAL or not _to_come(page, hit))
        return Aside("past", hit.role is Role.DATED or over)
    return None


def softened(page: Page, row: Criterion, criteria: Criteria) -> Aside | None:
    """Why a hit that stands is doubtful by what the rest of the text says. Never sure: the category stays open.

    Urgent: the sender asks what a policy means, or says that nothing presses. A row that needs a question (a history,
    such as a refusal): no more is asked than the status.
    """
    if row.category is Kind.URGENT:
        if page.of(Role.EXPLAIN):
            return Aside("explanation asked", False)
        if _nothing_presses(page):
            return Aside("nothing presses", False)
    if row.needs_a_question and not page.of(Role.EXPLAIN) and not page.of(Role.ASKS) and _asks_status(page, criteria):
        return Aside("only status asked", False)
    return None


def _nothing_presses(page: Page) -> bool:
    """The sender says so, or names a paper that is good for another year."""
    cues = (*page.of(Role.CALM), *(cue for cue in page.of(Role.LASTS) if _far_off(page, cue)))
    return any(not _negations(page, cue, page.sentence_of(cue.start)) for cue in cues)


def _far_off(page: Page, cue: Found) -> bool:
    """A day a year ahead or more stands right after the cue, or a year that is not the next one: "until 2031"."""
    if any(mention.first >= HISTORY_DAYS for mention in page.dates(cue.start, cue.end + _NEXT)):
        return True
    year = _YEAR.match(page.folded.text, cue.end)
    return year is not None and int(year[1]) > page.year + 1


def _asks_status(page: Page, criteria: Criteria) -> bool:
    others = page.of(Role.EXCLUSION)
    return any(
        criteria.by_id[item.criterion].asks_only_status
        and not any(other.criterion == item.criterion and _overlap(other, item) for other in others)
        for item in page.of(Role.PHRASE)
    )


def _overlap(a: Found, b: Found) -> bool:
    return a.start < b.end and b.start < a.end


def _inside(item: Found, span: tuple[int, int]) -> bool:
    return span[0] <= item.start < span[1]


def _capital(folded: Folded, start: int) -> bool:
    return folded.original[folded.offsets[start]].isupper()


def _is_name(folded: Folded, hit: Found) -> bool:
    """Mr. Urgent, rue de la Mort, Dying Elm Road; or a title in quotation marks with capitals."""
    if not _capital(folded, hit.start):
        return False
    before, after = folded.text[max(0, hit.start - 24) : hit.start], folded.text[hit.end : hit.end + 16]
    if _TITLE_BEFORE.search(before) or _STREET_AFTER.match(after):
        return True
    return before.endswith('"') and after.startswith('"') and " " in folded.text[hit.start : hit.end]


def clause_of(text: str, hit: Found, sentence: tuple[int, int]) -> tuple[int, int]:
    """The part of the sentence between commas and conjunctions that holds the hit."""
    start, end = sentence
    for boundary in _BOUNDARY.finditer(text, *sentence):
        if boundary.end() <= hit.start:
            start = boundary.end()
        elif boundary.start() >= hit.end:
            return start, boundary.start()
    return start, end


def _negations(page: Page, hit: Found, sentence: tuple[int, int]) -> list[Found]:
    """An odd number of negations that reach the hit, "not in danger", "aucun renvoi"; none when they are even."""
    text = page.folded.text
    yets = page.of(Role.YET)
    cues: list[Found] = []
    for cue in page.of(Role.NOT):
        if not _inside(cue, sentence) or any(_overlap(cue, yet) for yet in yets):
            continue
        if cue.start >= hit.end:
            continue
        if cue.end <= hit.start:
            between = text[cue.end : hit.start]
            if len(between.split()) > _SCOPE_WORDS or _CLAUSE_END.search(between):
                continue
            if any(cue.end <= item.start < hit.start for item in page.of(Role.CANCELLED)):
                continue  # "has not cancelled the removal"
        elif hit.start < cue.start and _said(cue, hit):
            continue  # the phrase itself says "no", as in "no hearing date"
        elif hit.start >= cue.start:
            continue
        if all(not _overlap(cue, other) for other in cues):
            cues.append(cue)
    return cues if len(cues) % 2 == 1 else []


def _right_before(page: Page, cue: Found, hit: Found) -> bool:
    """Nothing else can be meant: "never convicted", "not been refused", "n'a pas été refusée"."""
    if cue.end > hit.start:
        return cue.start <= hit.start
    return len(page.folded.text[cue.end : hit.start].split()) <= 1


def _said(cue: Found, hit: Found) -> bool:
    return cue.phrase.split()[0] in re.split(r"[ ()|\[\]']+", hit.phrase.lower())


def _cancelled(page: Page, hit: Found, row: Criterion) -> tuple[Found, ...]:
    """The words beside the hit that say it will not happen."""
    spans = page.near(hit.start)
    return tuple(
        item
        for item in page.of(Role.CANCELLED)
        if item.criterion == row.id
        and any(_inside(item, span) for span in spans)
        and not _negations(page, item, page.sentence_of(item.start))
    )


def _for_good(page: Page, hit: Found, row: Criterion, cancelled: tuple[Found, ...]) -> bool:
    """The very thing is cancelled, not put off, and nothing beside it names a day to come or takes it back."""
    sentence = page.sentence_of(hit.start)
    spans = page.near(hit.start)
    text = page.folded.text
    return (
        any(
            (_overlap(item, hit) or (row.category is Kind.COMPLEX and _inside(item, sentence)))
            and not _NOT_FOR_GOOD.search(text[item.start : item.end])
            for item in cancelled
        )
        and not any(_AGAIN.search(text[slice(*span)]) for span in spans)
        and not any(mention.last >= 0 for span in spans for mention in page.dates(*span))
    )


def _long_past(page: Page, hit: Found, sentence: tuple[int, int]) -> bool:
    """Everything dated in the sentence is long over, or a word says so, and nothing names a day to come."""
    dates: Sequence[Mention] = page.dates(*sentence)
    if any(mention.last >= 0 for mention in dates):
        return False
    clause = clause_of(page.folded.text, hit, sentence)
    if _PRESENT.search(page.folded.text[slice(*clause)]):
        sentence = clause  # "was refused in 2024, and her father is dying": the old date is another clause's
        dates = page.dates(*clause)
    if any(mention.last < -LONG_PAST_DAYS for mention in dates):
        return True
    return any(_inside(cue, sentence) for cue in page.of(Role.PAST))


def _to_come(page: Page, hit: Found) -> bool:
    """A day that is not over is named beside the hit."""
    return any(mention.last >= 0 for span in page.near(hit.start) for mention in page.dates(*span))


def _history(page: Page, sentence: tuple[int, int]) -> bool:
    """Every day in the sentence is named and long over, and nothing in it goes on."""
    dates = page.dates(*sentence)
    text = page.folded.text[slice(*sentence)]
    over = bool(dates) and all(mention.sure and mention.last < -HISTORY_DAYS for mention in dates)
    return over and not _PRESENT.search(text) and not _SINCE.search(text)
