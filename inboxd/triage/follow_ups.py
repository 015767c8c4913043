"""What becomes of a follow-up: it joins its case, its new words are read, and the case may rise, never fall.

A case that was answered or closed opens again when the new words ask for something (`product.md` "what can arrive").
In a conversation with several cases `addressed` says which are meant.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from inboxd.calendar import Deadline
from inboxd.mail import OpenCase
from inboxd.masking import mask
from inboxd.plan import CaseUpdate, Category, Plan, ReplyPlan, TimerPlan, Verdict
from inboxd.triage import asks, beside, pausing
from inboxd.triage.addressed import FINISHED, RANK, addressed
from inboxd.triage.enquiries import PLACES, because, clock, explained, may_be_critical, read_enquiry, read_with_subject
from inboxd.triage.question import Question, case_timers, criteria_rows, ids_of
from inboxd.triage.reading import Reading
from inboxd.triage.submissions import documents_of

FEW_WORDS = 25
"""A status request with no more words than this, no figure and no criterion in them, asks just for the time line."""


def read_follow_up(question: Question) -> Reading:
    """Read a follow-up. The subject of a reply is that of the case; it does not make plain thanks unclear."""
    reading = read_enquiry(question)
    if reading.category is None and question.email.subject_reading.is_reply:
        new_words = read_with_subject(question, "")
        if new_words.category is Category.NOT_MET:
            return new_words
    return reading


def _raised(question: Question, case: OpenCase, reading: Reading) -> Category | None:
    """The category a follow-up raises its case to; None if it stays. Never lower."""
    found = reading.category
    if found is Category.NOT_MET and _was_answered_by_a_person(case) and beside.asks_something(question, reading):
        return Category(case.category)  # nothing new is pressing, but somebody must answer: it is open again
    if found is None and case.category != Category.CRITICAL and may_be_critical(reading):
        return Category.REVIEW  # on the critical clock, faster than the one it has
    if found is None:
        # new words that nobody can place: enough to look again at what was refused or is thought finished
        found = Category.REVIEW if case.category == Category.NOT_MET or case.state in FINISHED else None
        if found is None and reading.uncertain and RANK[Category(case.category)] > RANK[Category.REVIEW]:
            found = Category.REVIEW
    if found is None or found is Category.NOT_MET:
        return None
    finished = case.state in FINISHED
    current = Category(case.category)
    if finished:
        return min(found, current, key=RANK.__getitem__) if current is not Category.NOT_MET else found
    return found if RANK[found] < RANK[current] else None


def _was_answered_by_a_person(case: OpenCase) -> bool:
    return case.state in FINISHED and case.category != Category.NOT_MET


def follow_up(question: Question, verdict: Verdict, cases: Sequence[OpenCase]) -> Plan:
    """The plan for a follow-up: appended, its new words read, the cases it is about raised if they say so.

    `cases` are those of its thread or that it names, at least one.
    """
    reading = read_follow_up(question)
    meant = addressed(question, cases)
    changes = tuple(_change(question, case, reading) for case in meant.read_for)
    now = [change.category or Category(case.category) for change, case in zip(changes, meant.read_for, strict=True)]
    category = min(now, key=RANK.__getitem__)
    notes = tuple(
        CaseUpdate(case_id=case.case_id, reference=case.reference, relation="follow_up") for case in meant.noted
    )
    return Plan(
        verdict=dataclasses.replace(
            explained(verdict, category, reading), because=_why(changes, notes, category, reading)
        ),
        place=PLACES[category],
        updates=(*changes, *notes),
        replies=tuple(
            _raised_notice(question, change, case)
            for change, case in zip(changes, meant.read_for, strict=True)
            if change.category is not None
        ),
    )


def _change(question: Question, case: OpenCase, reading: Reading) -> CaseUpdate:
    """What the words do to one case."""
    raised = _raised(question, case, reading)
    if raised is None:
        return CaseUpdate(case_id=case.case_id, reference=case.reference, relation="follow_up")
    deadline, timers = _sooner(question, case, raised, reading)
    return CaseUpdate(
        case_id=case.case_id,
        reference=case.reference,
        relation="follow_up",
        category=raised,
        criteria=ids_of(reading.hits, None if raised is Category.REVIEW else raised),
        deadline=deadline,
        timers=timers,
    )


def _why(changes: Sequence[CaseUpdate], notes: Sequence[CaseUpdate], category: Category, reading: Reading) -> str:
    raised = sum(change.category is not None for change in changes)
    if len(changes) + len(notes) == 1:
        if raised and reading.category is Category.NOT_MET:
            return "joins its case, which was answered or closed, and asks something: it is open again"
        if raised:
            return f"joins its case and raises it; {because(category, reading)}"
        return "joins its case, whose category stays"
    joined = f"joins the {len(changes)} cases that it names"
    if notes:
        joined = f"names none of the {len(changes) + len(notes)} cases and joins them all"
    if not raised:
        return f"{joined}; their categories stay"
    return f"{joined}; raises {raised if not notes else 'the most pressing one'}; {because(category, reading)}"


def beside_status(question: Question, asked: Plan, cases: Sequence[OpenCase]) -> Plan:
    """Add what the text of a status request says about its cases: it may ask, or tell, more than that.

    A telephone number or a date in it, or a file beside it, is for an officer to read: it joins the case too.
    """
    if not read_follow_up(question).hits and not _says_more(question):
        return asked
    joined = follow_up(question, asked.verdict, cases)
    return dataclasses.replace(joined, replies=(*asked.replies, *joined.replies))


def _says_more(question: Question) -> bool:
    email = question.email
    own = email.body.new.upper()
    for reference in email.case_references:
        own = own.replace(reference, " ")
    return len(own.split()) > FEW_WORDS or any(letter.isdigit() for letter in own) or bool(documents_of(question))


def _sooner(
    question: Question, case: OpenCase, raised: Category, reading: Reading
) -> tuple[Deadline, tuple[TimerPlan, ...]]:
    """The clock of the raised category, from the follow-up on; a due time that is still running never moves later.

    That of a case which waited for its office runs from the follow-up on, with the office time that was left.
    """
    deadline, timers = clock(question, raised, reading)
    running = case.reply_by
    if case.waits_since is not None:
        hours = question.rules.standards.calendar
        running = pausing.resumed(hours, running, case.waits_since, question.received)
    if case.state in FINISHED or running >= deadline.reply_by:
        return deadline, timers
    kept = dataclasses.replace(deadline, reply_by=running, steps=(*deadline.steps, "was due sooner: that stays"))
    return kept, case_timers(question, raised, kept)


def _raised_notice(question: Question, change: CaseUpdate, case: OpenCase) -> ReplyPlan:
    assert change.category is not None
    assert change.deadline is not None
    criteria = () if change.category is Category.REVIEW else change.criteria
    return question.reply(
        "raised",
        reference=case.reference,
        category=change.category,
        previous=case.category,
        reply_by=change.deadline.reply_by,
        clock_start=change.deadline.clock_start,
        criteria=criteria_rows(question.rules, criteria),
        numbers=tuple(mask(number) for number in question.email.numbers),
        asks=asks.missing(question.email),
    )
