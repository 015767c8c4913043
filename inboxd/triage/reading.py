"""Reading an enquiry by the criteria: which rows hit, with which words; which looked so and were set aside, and why.

Pure and repeatable: the same texts, criteria and day of receipt give the same reading. Never fails on any text. The
sender's own new words decide; the subject and file names help; a forwarded text decides only when the new words do
nothing but point to it. Sources: `product.md` "Enquiries", `domain.md` 5.1-5.3, 1.6 C9.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from inboxd import mail, plan
from inboxd.opinions import Opinion
from inboxd.pointing import only_points
from inboxd.triage.notes import FAR, NOTHING_OPEN, Notes, read_text
from inboxd.triage.rulebook import CATEGORY, RANK, Criteria, Kind

NEAR_DAYS = {plan.Category.URGENT: 2, plan.Category.COMPLEX: 10, plan.Category.NOT_MET: 10}
"""A day named so near, and not accounted for, speaks against deciding for this category: most criticals name one."""
UNEXPLAINED_WORDS = 60
"""A refusal is sent only when the sentences that no known topic explains hold no more words than this, in all."""
_REPLY = re.compile(
    r"^\s*(?:\[[^\]]*\]\s*)*(?:re|r|rep|ref|fw|fwd|tr|trans|aw|wg|rv|ré|rép|réf)\s*(?:\[\d+\])?\s*:", re.IGNORECASE
)


FOR_PEOPLE = (Kind.PERSON, Kind.FLAG)
"""Kinds of topic that no notice answers: what is the Minister's to answer for is never refused by a machine either."""


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
    hints_at_critical: bool = False
    """Words that are too weak to decide and too strong to pass over point at something critical."""
    nearest_day: int = FAR
    """Days to the nearest day that is named and not accounted for; FAR if none is."""
    opinion: Opinion | None = None
    """The second reader's, where there is one."""
    dates: tuple[plan.DateRead, ...] = ()
    """The days that the mail names."""
    topics: tuple[plan.Hit, ...] = ()
    """The words behind not_met_topics, passport, high_profile and for_people; their category says nothing."""
    for_people: tuple[str, ...] = ()
    """What keeps it from being refused or sent on, in the words of its rows: "Access to information (TP-01)"."""

    @property
    def may_be_worse(self) -> bool:
        """A hint at something critical, or a day so near that most criticals name one."""
        return self.hints_at_critical or self.nearest_day <= NEAR_DAYS[plan.Category.NOT_MET]


def _top(hits: Sequence[plan.Hit]) -> plan.Category | None:
    return min((hit.category for hit in hits), key=RANK.__getitem__, default=None)


def _as_text(file_name: str) -> str:
    stem, _, ending = file_name.rpartition(".")
    return re.sub(r"[_.\-]+", " ", stem or ending)


def _beside(
    criteria: Criteria, subject: str, file_names: Sequence[str], received: datetime, main: Notes
) -> Iterator[Notes]:
    """Subject and file names. A reply's subject is old; a file's name counts only beside a word that asks for haste."""
    about = read_text(criteria, subject, "subject", received)
    if _REPLY.match(subject):
        about.drop_hits("old subject")
    about.unexplained = 0
    yield about
    for name in file_names:
        notes = read_text(criteria, _as_text(name), "file_name", received)
        if not (_top(list(notes.hits)) is plan.Category.CRITICAL and (main.weak or about.weak)):
            notes.drop_hits("file name alone")
        notes.topics, notes.nearest_day, notes.unexplained = {}, FAR, 0  # a name tells no story and sets no date
        yield notes


def read(criteria: Criteria, body: mail.Body, subject: str, file_names: Sequence[str], received: datetime) -> Reading:
    """Read one enquiry. `received` is aware; it says which day "tomorrow" is."""
    main = read_text(criteria, body.new, "new", received)
    parts = [main, *_beside(criteria, subject, file_names, received, main)]
    deciding = [hit for part in parts for hit in part.hits]
    topics = [topic for part in parts for topic in part.topics]
    story_hits: list[plan.Hit] = []
    beside: list[tuple[Kind, plan.Hit]] = []
    if body.forwarded.strip():
        story = read_text(criteria, body.forwarded, "forwarded", received)
        story_hits = list(story.hits)
        if not deciding and only_points(body.new):
            deciding, topics = story_hits, [*topics, *story.topics]
        else:
            story.drop_hits("forwarded")
            beside = [topic for topic in story.topics if topic[0] is Kind.FLAG]
        parts.append(story)
    open_rank = min(part.open_rank for part in parts)
    hits = dict.fromkeys((*deciding, *story_hits))  # in the order found: the same each time
    ordered = tuple(sorted(hits, key=lambda hit: (RANK[hit.category], hit.where != "new", hit.start, hit.criterion)))
    not_met = tuple(dict.fromkeys(hit.criterion for kind, hit in topics if kind is Kind.NOT_MET))
    people = tuple(dict.fromkeys(hit.criterion for kind, hit in topics if kind in FOR_PEOPLE))
    topics += beside
    passport = not people and any(kind is Kind.PASSPORT for kind, _ in topics)
    category = _top(deciding)
    if category is None and not_met and not passport:
        category = plan.Category.NOT_MET
    if category is not None and _doubtful(category, parts):
        category = None
    if category is plan.Category.NOT_MET and people:
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
        hints_at_critical=open_rank <= RANK[plan.Category.CRITICAL],
        nearest_day=min(part.nearest_day for part in parts),
        topics=tuple(dict.fromkeys(hit for _, hit in topics)),
        for_people=tuple(f"{criteria.by_id[row].description_en} ({row})" for row in people),
    )


def _doubtful(category: plan.Category, parts: Sequence[Notes]) -> bool:
    """Something unsettled speaks for a more pressing category, or too little is understood: a person decides."""
    if min(part.open_rank for part in parts) < RANK[category]:
        return True
    if min(part.nearest_day for part in parts) <= NEAR_DAYS.get(category, -1):
        return True
    return category is plan.Category.NOT_MET and sum(part.unexplained for part in parts) > UNEXPLAINED_WORDS
