"""What becomes of an enquiry: read by the criteria, then a case with its clock, or a redirect (`product.md`).

Unclear goes to a person, on the clock of `review`. A case that meets no criterion is answered by the notice itself.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from inboxd.calendar import Deadline
from inboxd.masking import mask
from inboxd.plan import CasePlan, Category, Hit, Plan, ReplyPlan, TimerPlan, Verdict
from inboxd.settings import Place
from inboxd.triage import asks
from inboxd.triage.addressed import RANK
from inboxd.triage.both_readers import read_words, words_of
from inboxd.triage.question import Question, case_timers, criteria_rows, ids_of
from inboxd.triage.reading import Reading
from inboxd.triage.second_opinion import suspects
from inboxd.triage.submissions import documents_of

SECOND_READER = "second reader"
"""Stands for a criterion's id beside its opinion."""
PLACES = {category: Place(category.value) for category in Category}


def read_enquiry(question: Question) -> Reading:
    """Read the sender's own words by the criteria in force."""
    return read_with_subject(question, question.email.subject)


def read_with_subject(question: Question, subject: str) -> Reading:
    """Read the words under another subject than the mail's own. A text that was cut is only ever critical."""
    rules = question.rules
    words = words_of(question.email, subject, question.received)
    reading = rules.readings.of(words)
    if reading is None:
        reading = read_words(words, rules.criteria, rules.second_reader)
        rules.readings.keep(words, reading)
    return reading


def category_of(question: Question, reading: Reading) -> Category:
    """The category of a new enquiry. Refused only for one plain topic, no criterion, and a verified sender."""
    if reading.category is None:
        return Category.REVIEW
    plain = len(question.email.numbers) <= 1 and not reading.uncertain and not question.is_incomplete
    plain = plain and not answers_a_notice_about_documents(question)
    plain = plain and (bool(reading.not_met_topics) or not documents_of(question))  # files, and no request that we know
    if reading.category is Category.NOT_MET and not (question.is_verified and plain):
        return Category.REVIEW
    return reading.category


def answers_a_notice_about_documents(question: Question) -> bool:
    """We asked for what is missing, in a failure or held notice: whatever the reply is, it is no new request."""
    waiting = (each for each in question.facts.asked_about if each.outcome in ("fail", "hold"))
    return any(mail.template == "held" for mail in question.facts.ours) or any(
        each.office == question.office for each in waiting
    )


def because(category: Category, reading: Reading) -> str:
    """One sentence for people: what decided, and what keeps the mail from being refused or sent on."""
    people = "; ".join(reading.for_people)
    if category is Category.REVIEW and people and reading.category is None and not may_be_critical(reading):
        return f"{people}: a person answers, no notice does"
    why = _because(category, reading)
    return f"{why}; beside it: {people}" if people else why


def _because(category: Category, reading: Reading) -> str:
    if category is Category.REVIEW:
        opinion = reading.opinion
        agreed = opinion is None or reading.category is opinion.category
        return f"the {'criteria do' if agreed else 'two readers do'} not settle it; a person decides"
    if category is Category.NOT_MET:
        topics = ", ".join(reading.not_met_topics)
        return f"no criterion hit; topic {topics}" if topics else "no criterion hit, and the second reader sees none"
    ids = ids_of(reading.hits, category)
    return f"criterion {', '.join(ids)} hit" if ids else "the second reader is sure, and no criterion speaks against it"


def explained(verdict: Verdict, category: Category, reading: Reading) -> Verdict:
    """The verdict with everything that was read."""
    return dataclasses.replace(
        verdict,
        because=because(category, reading),
        hits=(*reading.hits, *reading.topics, *_opinion(reading)),
        excluded=reading.excluded,
        dates=reading.dates,
        looked_for=reading.looked_for,
    )


def _opinion(reading: Reading) -> tuple[Hit, ...]:
    """What the second reader thought, beside what the criteria hit: its words, and how sure it was."""
    opinion = reading.opinion
    if opinion is None:
        return ()
    words = f"{opinion.confidence:.0%}: {', '.join(opinion.words)}"
    return (Hit(criterion=SECOND_READER, category=opinion.category, words=words, start=0, where="opinion"),)


def may_be_critical(reading: Reading) -> bool:
    """A critical criterion hit, or the second reader suspects it, whatever else was read."""
    return suspects(reading.opinion) or any(hit.category is Category.CRITICAL for hit in reading.hits)


def clock(question: Question, category: Category, reading: Reading) -> tuple[Deadline, tuple[TimerPlan, ...]]:
    """Deadline and timers. What is unclear and may be critical runs on the critical clock: people are paged at once."""
    pressing = category is Category.REVIEW and may_be_critical(reading)
    deadline = question.deadline(Category.CRITICAL if pressing else category)
    return deadline, case_timers(question, category, deadline)


def open_case(question: Question, category: Category, reading: Reading, ordinal: int = 0) -> CasePlan:
    """The case of a new enquiry; `ordinal` counts the cases of one mail, from 0."""
    deadline, timers = clock(question, category, reading)
    answered = category is Category.NOT_MET
    criteria = ids_of(reading.hits, None if category is Category.REVIEW else category)
    return CasePlan(
        reference=question.reference(ordinal),
        category=category,
        high_profile=reading.high_profile,
        criteria=criteria,
        numbers=question.email.numbers,
        office=question.office,
        language=question.language,
        deadline=deadline,
        timers=() if answered else timers,
        state="answered" if answered else "open",
    )


def most_pressing(cases: Sequence[CasePlan]) -> Category:
    """Where a mail with these cases lies, and what it counts as: what is or may be critical, then by rank.

    What our notice has answered comes last. There is at least one.
    """

    def pressing(case: CasePlan) -> tuple[bool, bool, int]:
        return case.state == "answered", case.deadline.action_by is None, RANK[case.category]

    return min(cases, key=pressing).category


def acknowledgement(question: Question, case: CasePlan, reading: Reading) -> ReplyPlan:
    """The reply to a new enquiry: category, criterion in plain words, reply-by, reference; or the redirect."""
    if case.category is Category.NOT_MET:
        return question.reply(
            "not_met",
            reference=case.reference,
            looked_for=criteria_rows(question.rules, reading.looked_for),
            tracker="yes",
        )
    return question.reply(
        f"ack_{case.category}",
        reference=case.reference,
        reply_by=case.deadline.reply_by,
        clock_start=case.deadline.clock_start,
        criteria=criteria_rows(question.rules, case.criteria),
        numbers=tuple(mask(number) for number in case.numbers),
        asks=asks.missing(question.email),
    )


def plan(question: Question, verdict: Verdict, reading: Reading) -> Plan:
    """The plan for an enquiry."""
    category = category_of(question, reading)
    case = open_case(question, category, reading)
    return Plan(
        verdict=explained(verdict, category, reading),
        place=PLACES[category],
        cases=(case,),
        replies=(acknowledgement(question, case, reading),),
    )
