"""Reading an enquiry by the criteria: which rows hit, with which words; which looked so and were set aside, and why.

Pure and repeatable: the same texts, criteria and day of receipt give the same reading. Never fails on any text. The
sender's own new words decide; the subject and file names help; a forwarded text decides only when the new words do
nothing but point to it. Sources: `product.md` "Enquiries", `domain.md` 5.1-5.3, 1.6 C9.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from inboxd import mail, plan
from inboxd.triage.circumstances import Page, set_aside
from inboxd.triage.folding import fold
from inboxd.triage.horizon import local_day, mentions
from inboxd.triage.rulebook import CATEGORY, RANK, Criteria, Criterion, Found, Kind, Role

NOTHING_OPEN = 9
FAR = 9999
NEAR_DAYS = {plan.Category.URGENT: 2, plan.Category.COMPLEX: 10, plan.Category.NOT_MET: 10}
"""A day named so near, and not accounted for, speaks against deciding for this category: most criticals name one."""
UNEXPLAINED_WORDS = 40
"""A refusal is sent only when the sentences that no known topic explains hold no more words than this, in all."""
POINTING_WORDS = 60
"""A cover note that points to a forwarded text says no more than so many words."""
_REPLY = re.compile(r"^\s*(?:\[[^\]]*\]\s*)*(?:re|r|rep|ref|fw|fwd|tr|trans|aw|wg|rv|ré|rép|réf)\s*(?:\[\d+\])?\s*:", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What the criteria say about one enquiry."""

    category: plan.Category | None
    """CRITICAL, URGENT, COMPLEX or NOT_MET; None: unclear, a person decides."""
    high_profile: bool
    passport: bool
    hits: tuple[plan.Hit, ...]
    """Criteria that hit, the most pressing first, then by place."""
    excluded: tuple[plan.Excluded, ...]
    looked_for: tuple[str, ...]
    """Ids of the critical, urgent and complex rows that did not hit."""
    not_met_topics: tuple[str, ...]
    uncertain: bool
    """Something was set aside that may count, or stands where it cannot decide. Never true for a sure NOT_MET."""
    topics: tuple[plan.Hit, ...] = ()
    """The words behind not_met_topics, passport and high_profile; their category says nothing."""


@dataclass(slots=True)
class _Notes:
    """What was found while one text is read."""

    hits: list[plan.Hit] = field(default_factory=list)
    topics: list[tuple[Kind, plan.Hit]] = field(default_factory=list)
    excluded: list[plan.Excluded] = field(default_factory=list)
    open_rank: int = NOTHING_OPEN
    """Rank of the most pressing row that something unsettled speaks for."""
    nearest_day: int = FAR
    """Days ahead to the nearest day named that nothing accounts for."""
    unexplained: int = 0
    weak: bool = False
    pointing: bool = False

    def set_aside(self, words: str, row: Criterion | None, because: str, *, sure: bool) -> None:
        note = plan.Excluded(criterion=row.id if row else "", words=words, because=because)
        if note not in self.excluded:
            self.excluded.append(note)
        if not sure:
            self.leave_open(row)

    def leave_open(self, row: Criterion | None) -> None:
        category = CATEGORY.get(row.category) if row else plan.Category.COMPLEX
        if category is not None:
            self.open_rank = min(self.open_rank, RANK[category])

    def drop_hits(self, because: str) -> None:
        """None of the hits decides from where it stands; each stays in the notes, and open."""
        for hit in self.hits:
            self.excluded.append(plan.Excluded(criterion=hit.criterion, words=hit.words, because=because))
            self.open_rank = min(self.open_rank, RANK[hit.category])
        self.hits = []


def _page(criteria: Criteria, text: str, received: datetime) -> Page:
    folded = fold(text)
    return Page(folded, tuple(criteria.find(folded)), mentions(folded.text, local_day(received)))


def _in_time(page: Page, found: Found, row: Criterion) -> str:
    """For a dated phrase: `in time`, `later`, `past` or `no date`, by the nearest sentence that names a day."""
    for start, end in page.near(found.start):
        dates = page.dates(start, end)
        if any(mention.last >= 0 and mention.first <= row.within_days for mention in dates):
            return "in time"
        if any(mention.first >= 0 for mention in dates):
            return "later"
        if dates and start <= found.start < end:
            return "past"
    return "no date"


def _note(notes: _Notes, page: Page, found: Found, row: Criterion, where: str) -> None:
    words, start = page.folded.words(found.start, found.end)
    category = CATEGORY.get(row.category, plan.Category.NOT_MET)
    hit = plan.Hit(criterion=row.id, category=category, words=words, start=start, where=where)
    if row.category in CATEGORY:
        if hit not in notes.hits:
            notes.hits.append(hit)
    elif (row.category, hit) not in notes.topics:
        notes.topics.append((row.category, hit))


def _read_page(criteria: Criteria, page: Page, where: str) -> _Notes:
    notes = _Notes(weak=bool(page.of(Role.WEAK)), pointing=bool(page.of(Role.POINTING)))
    for found in page.found:
        if found.role not in (Role.PHRASE, Role.DATED, Role.HINT, Role.DOUBT):
            continue
        row = criteria.by_id.get(found.criterion)
        words, _ = page.folded.words(found.start, found.end)
        if row is None or found.role is Role.HINT:
            if not _excluded_everywhere(page, found):
                notes.set_aside(words, row, "alone", sure=False)
            continue
        aside = set_aside(page, found, row, criteria)
        if aside is not None:
            notes.set_aside(words, row, aside.because, sure=aside.sure)
        elif found.role is Role.DATED and (when := _in_time(page, found, row)) != "in time":
            notes.set_aside(words, row, when, sure=when != "past")
            if row.otherwise and when != "past":
                _note(notes, page, found, criteria.by_id[row.otherwise], where)
        else:
            _note(notes, page, found, row, where)
    _measure(notes, page, criteria)
    return notes


def _measure(notes: _Notes, page: Page, criteria: Criteria) -> None:
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
            ahead = [max(mention.first, 0) for mention in page.dates(start, end) if mention.last >= 0]
            notes.nearest_day = min([notes.nearest_day, *ahead])


def _excluded_everywhere(page: Page, found: Found) -> bool:
    return any(
        item.criterion in ("", found.criterion) and item.start < found.end and found.start < item.end
        for item in page.of(Role.EXCLUSION)
    )


def _top(hits: Sequence[plan.Hit]) -> plan.Category | None:
    return min((hit.category for hit in hits), key=RANK.__getitem__, default=None)


def _as_text(file_name: str) -> str:
    stem, _, ending = file_name.rpartition(".")
    return re.sub(r"[_.\-]+", " ", stem or ending)


def _beside(criteria: Criteria, subject: str, file_names: Sequence[str], received: datetime, main: _Notes) -> Iterator[_Notes]:
    """Subject and file names. A reply's subject is old; a file's name counts only beside a word that asks for haste."""
    about = _read_page(criteria, _page(criteria, subject, received), "subject")
    if _REPLY.match(subject):
        about.drop_hits("old subject")
    yield about
    for name in file_names:
        notes = _read_page(criteria, _page(criteria, _as_text(name), received), "file_name")
        if not (_top(notes.hits) is plan.Category.CRITICAL and (main.weak or about.weak)):
            notes.drop_hits("file name alone")
        notes.topics = []
        yield notes


def read(
    criteria: Criteria, body: mail.Body, subject: str, file_names: Sequence[str], received: datetime
) -> Reading:
    """Read one enquiry. `received` is aware; it says which day "tomorrow" is."""
    main = _read_page(criteria, _page(criteria, body.new, received), "new")
    parts = [main, *_beside(criteria, subject, file_names, received, main)]
    deciding = [hit for part in parts for hit in part.hits]
    topics = [topic for part in parts for topic in part.topics]
    story_hits: list[plan.Hit] = []
    if body.forwarded.strip():
        story = _read_page(criteria, _page(criteria, body.forwarded, received), "forwarded")
        story_hits = list(story.hits)
        if not deciding and _only_points(main, body.new):
            deciding, topics = story_hits, topics + story.topics
        else:
            story.drop_hits("forwarded")
            topics += [topic for topic in story.topics if topic[0] is Kind.FLAG]
        parts.append(story)
    open_rank = min(part.open_rank for part in parts)
    hits = {*deciding, *story_hits}
    ordered = tuple(sorted(hits, key=lambda hit: (RANK[hit.category], hit.where != "new", hit.start, hit.criterion)))
    not_met = tuple(dict.fromkeys(hit.criterion for kind, hit in topics if kind is Kind.NOT_MET))
    passport = any(kind is Kind.PASSPORT for kind, _ in topics)
    category = _top(deciding)
    if category is None and not_met and not passport:
        category = plan.Category.NOT_MET
    if category is not None and _doubtful(category, parts):
        category = None
    hit_ids = {hit.criterion for hit in ordered}
    return Reading(
        category=category,
        high_profile=any(kind is Kind.FLAG for kind, _ in topics),
        passport=passport,
        hits=ordered,
        excluded=tuple(dict.fromkeys(note for part in parts for note in part.excluded)),
        looked_for=tuple(row.id for row in criteria.rows if row.category in CATEGORY and row.id not in hit_ids),
        not_met_topics=not_met,
        uncertain=open_rank < NOTHING_OPEN,
        topics=tuple(dict.fromkeys(hit for _, hit in topics)),
    )


def _doubtful(category: plan.Category, parts: Sequence[_Notes]) -> bool:
    """Something unsettled speaks for a more pressing category, or too little is understood: a person decides."""
    if min(part.open_rank for part in parts) < RANK[category]:
        return True
    if min(part.nearest_day for part in parts) <= NEAR_DAYS.get(category, -1):
        return True
    return category is plan.Category.NOT_MET and sum(part.unexplained for part in parts) > UNEXPLAINED_WORDS


def _only_points(notes: _Notes, text: str) -> bool:
    """The new words are a cover note: short, and they say where the request is or nothing at all."""
    words = len(text.split())
    return words <= POINTING_WORDS and (notes.pointing or words <= 12 or not notes.topics)
