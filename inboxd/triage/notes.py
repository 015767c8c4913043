"""What one text says, row by row: hits, what was set aside and why, and how much of the text the rows account for.

One level below `triage.reading`, which weighs the texts of a mail against each other. Never fails on any text.
"""

from __future__ import annotations

import bisect
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import accumulate

from inboxd import plan
from inboxd.triage.circumstances import Page, clause_of, set_aside, softened
from inboxd.triage.folding import fold
from inboxd.triage.horizon import local_day, mentions, names_an_hour
from inboxd.triage.phrases import PLACES_MOST
from inboxd.triage.rulebook import CATEGORY, RANK, Criteria, Criterion, Found, Kind, Role

NOTHING_OPEN = 9
"""The rank when nothing unsettled speaks for any row: below every category's."""
PRESSING = (plan.Category.CRITICAL, plan.Category.URGENT)
FAR = 9999
"""Days ahead when no day is named."""
PRESSING_DAYS = 10
"""A day so near, yesterday or an hour makes a hint of everyday words such as "airport" (`pressed_` in the file)."""
_DAY_OR_WEEK = 13
"""Days of the longest span that says when: "this month" does not."""
LETTERS_MOST = 256 * 1024
"""A text that folds to more is read so far, and then decided by a person unless something critical was found."""


@dataclass(slots=True)
class Notes:
    """What was found in one text."""

    hits: dict[plan.Hit, None] = field(default_factory=dict)
    """A set that keeps its order, as the next two."""
    topics: dict[tuple[Kind, plan.Hit], None] = field(default_factory=dict)
    excluded: dict[plan.Excluded, None] = field(default_factory=dict)
    open_rank: int = NOTHING_OPEN
    """Rank of the most pressing row that something unsettled speaks for."""
    nearest_day: int = FAR
    """Days ahead to the nearest day named that nothing accounts for."""
    unexplained: int = 0
    weak: bool = False

    def set_aside(self, words: str, row: Criterion, because: str, *, sure: bool) -> None:
        """Keep words that do not count, with the reason; unless that is sure, the row's category stays open."""
        self.excluded[plan.Excluded(criterion=row.id, words=words, because=because)] = None
        if not sure and row.category in CATEGORY:
            self.leave_open(CATEGORY[row.category])

    def doubt(self, words: str, row: Criterion | None) -> None:
        """Keep words too weak to decide. Those of a critical row keep every other category from being decided; the
        rest only keep the mail from being refused (urgent and complex share one clock, `domain.md` 1.6 C8)."""
        self.excluded[plan.Excluded(criterion=row.id if row else "", words=words, because="alone")] = None
        critical = row is not None and row.category is Kind.CRITICAL
        self.leave_open(plan.Category.CRITICAL if critical else plan.Category.COMPLEX)

    def leave_open(self, category: plan.Category) -> None:
        self.open_rank = min(self.open_rank, RANK[category])

    def drop_hits(self, because: str) -> None:
        """None of the hits decides from where it stands; each stays in the notes, and open."""
        for hit in self.hits:
            self.excluded[plan.Excluded(criterion=hit.criterion, words=hit.words, because=because)] = None
            self.leave_open(hit.category)
        self.hits = {}


def _page(criteria: Criteria, text: str, received: datetime) -> Page:
    folded = fold(text, LETTERS_MOST)
    found = tuple(criteria.find(folded))
    by_role: dict[Role, list[Found]] = defaultdict(list)
    for item in found:
        by_role[item.role].append(item)
    roles = {role: tuple(items) for role, items in by_role.items()}
    today = local_day(received)
    return Page(folded, found, mentions(folded.text, today), roles, today.year)


def _is_crowded(page: Page) -> bool:
    """Longer than is read, or one phrase so often that its later places were not looked at."""
    counts = Counter((item.role, item.criterion, item.phrase) for item in page.found)
    return not page.folded.whole or max(counts.values(), default=0) >= PLACES_MOST


def _in_time(page: Page, found: Found, row: Criterion) -> str:
    """For a dated phrase: `in time`, `later`, `past` or `no date`, by the nearest sentence that names a day."""
    for start, end in page.near(found.start):
        dates = page.dates(start, end)
        if any(mention.last >= 0 and mention.first <= row.within_days for mention in dates):
            return "in time"
        if any(mention.first >= 0 for mention in dates):
            return "later"
        if start <= found.start < end and page.dates(*clause_of(page.folded.text, found, (start, end))):
            return "past"  # a day that is over in another clause is another event's: "died on Friday, the burial …"
    return "no date"


def _weigh_paired(notes: Notes, page: Page, found: Found, row: Criterion, where: str, criteria: Criteria) -> None:
    when = _in_time(page, found, row)
    if when == "in time":
        _note(notes, page, found, row, where, criteria)
    else:
        words, _ = page.folded.words(found.start, found.end)
        notes.set_aside(words, row, when, sure=True)  # everyday words, and no day is near: `pressed_` is for the rest


def _has_partner(page: Page, found: Found) -> bool:
    """Somewhere in the text stands one of the words that a paired phrase needs, and not inside the phrase itself."""
    return any(
        item.criterion == found.criterion and (item.end <= found.start or item.start >= found.end)
        for item in page.of(Role.WITH)
    )


def _note(notes: Notes, page: Page, found: Found, row: Criterion, where: str, criteria: Criteria) -> None:
    words, start = page.folded.words(found.start, found.end)
    if (aside := softened(page, row, criteria)) is not None:
        notes.set_aside(words, row, aside.because, sure=aside.sure)
        return
    category = CATEGORY.get(row.category, plan.Category.NOT_MET)
    hit = plan.Hit(criterion=row.id, category=category, words=words, start=start, where=where)
    if row.category in CATEGORY:
        notes.hits[hit] = None
    else:
        notes.topics[row.category, hit] = None


def read_text(criteria: Criteria, text: str, where: str, received: datetime) -> Notes:
    """Read one text of a mail. `received` is aware and says which day is today; `where` goes into the hits."""
    page = _page(criteria, text, received)
    notes = Notes(weak=bool(page.of(Role.WEAK)))
    for found in page.found:
        if found.role in (Role.PHRASE, Role.DATED, Role.PAIRED):
            _read_phrase(notes, page, found, criteria, where)
    told = _told(notes, page, criteria)
    hinting = (Role.HINT, Role.DOUBT, Role.PRESSED) if _presses(page) else (Role.HINT, Role.DOUBT)
    for found in page.found:
        if found.role in hinting and not told(found) and not _excluded_everywhere(page, found):
            notes.doubt(page.folded.words(found.start, found.end)[0], criteria.by_id.get(found.criterion))
    _measure(notes, page, criteria)
    if _is_crowded(page):
        notes.leave_open(plan.Category.CRITICAL)  # not everything was looked at: only a critical hit may decide
    return notes


def _read_phrase(notes: Notes, page: Page, found: Found, criteria: Criteria, where: str) -> None:
    row = criteria.by_id[found.criterion]
    words, _ = page.folded.words(found.start, found.end)
    if found.role is Role.PAIRED and not _has_partner(page, found):
        return  # by itself an everyday word
    aside = set_aside(page, found, row, criteria)
    if aside is not None:
        notes.set_aside(words, row, aside.because, sure=aside.sure)
    elif found.role is Role.PAIRED:
        _weigh_paired(notes, page, found, row, where, criteria)
    elif found.role is Role.DATED and (when := _in_time(page, found, row)) != "in time":
        notes.set_aside(words, row, when, sure=when != "past")
        if row.otherwise and when != "past" and not _means_another(page, found, row.otherwise):
            _note(notes, page, found, criteria.by_id[row.otherwise], where, criteria)
    else:
        _note(notes, page, found, row, where, criteria)


def _presses(page: Page) -> bool:
    """The text names an hour, says "now", or names a day that is near: yesterday ("was arrested"), or to come."""
    near = (
        mention.last >= -1 and mention.first <= PRESSING_DAYS and mention.last - mention.first <= _DAY_OR_WEEK
        for mention in page.mentions
    )
    return bool(page.of(Role.NOW)) or any(near) or names_an_hour(page.folded.text)


def _told(notes: Notes, page: Page, criteria: Criteria) -> Callable[[Found], bool]:
    """Is a hint accounted for? It is where its row hit anyway, and inside words that were read as a whole.

    Those of its own row decide by themselves, hit or set aside; so do those of a row that hit and presses as much. A
    doubt for no row in particular stands in nobody's way there.
    """
    spans: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for found in (*page.of(Role.PHRASE), *page.of(Role.DATED)):
        if found.role is Role.PHRASE or criteria.by_id[found.criterion].category is not Kind.CRITICAL:
            spans[found.criterion].append((found.start, found.end))  # "expires in 2028" was read, and is far off
    settled: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for found in page.of(Role.DATED):
        if set_aside(page, found, criteria.by_id[found.criterion], criteria) is not None:
            settled[found.criterion].append((found.start, found.end))
    hit = {hit.criterion for hit in notes.hits}
    pressing = {hit.criterion for hit in notes.hits if hit.category in PRESSING}
    own = {criterion: _cover(of_row) for criterion, of_row in spans.items()}
    by_pressing = _cover([span for criterion in pressing for span in spans[criterion]])
    by_any = _cover([span for of_row in spans.values() for span in of_row])

    def told(hint: Found) -> bool:
        row = criteria.by_id.get(hint.criterion)
        if row is None:
            return by_any(hint)
        if row.id in hit or (row.id in own and own[row.id](hint)):
            return True
        if hint.role is Role.PRESSED and (hint.start, hint.end) in settled.get(row.id, ()):
            return True  # "the removal was cancelled": the same word was read, and set aside for a reason
        return row.category is not Kind.CRITICAL and by_pressing(hint)

    return told


def _cover(spans: list[tuple[int, int]]) -> Callable[[Found], bool]:
    """Does one of the spans hold the whole of a phrase found? Of those that begin before it, the furthest end tells."""
    ordered = sorted(spans)
    starts = [start for start, _ in ordered]
    furthest = list(accumulate((end for _, end in ordered), max))

    def covers(found: Found) -> bool:
        before = bisect.bisect_right(starts, found.start)
        return before > 0 and furthest[before - 1] >= found.end

    return covers


def _measure(notes: Notes, page: Page, criteria: Criteria) -> None:
    """What the rows do not account for: near days outside requests for an appointment, and words in other sentences."""
    explained: set[int] = set()
    booking: set[int] = set()
    for found in page.found:
        row = criteria.by_id.get(found.criterion)
        if found.role is Role.PHRASE and row is not None and row.category is Kind.NOT_MET:
            sentence = page.folded.sentence_index(found.start)
            explained.add(sentence)
            if row.dates_are_harmless:
                booking.add(sentence)
    for index in range(len(page.folded.breaks)):
        start, end = page.folded.sentence(index)
        if index not in explained:
            notes.unexplained += len(page.folded.text[start:end].split())
        if index not in booking:
            ahead = [mention.first for mention in page.dates(start, end) if mention.ahead]
            notes.nearest_day = min([notes.nearest_day, *ahead])


def _means_another(page: Page, found: Found, criterion: str) -> bool:
    """Does an exclusion of that row, or one for every row, touch the words found?"""
    return any(
        item.criterion in ("", criterion) and item.start < found.end and found.start < item.end
        for item in page.of(Role.EXCLUSION)
    )


def _excluded_everywhere(page: Page, found: Found) -> bool:
    return _means_another(page, found, found.criterion)
