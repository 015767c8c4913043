"""What becomes of mail that is neither a submission nor an enquiry: the other rows of "what can arrive"."""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta

from inboxd import calendar, ladder
from inboxd.calendar import Deadline
from inboxd.documents import Reason
from inboxd.plan import INTERNAL_NOTICES, CasePlan, CaseUpdate, Category, Plan, TimerPlan, Verdict
from inboxd.settings import Place
from inboxd.standards import Standards
from inboxd.triage import enquiries, follow_ups
from inboxd.triage.addressed import named_among, own_cases
from inboxd.triage.question import Question, ids_of
from inboxd.triage.reading import Reading

FAILED_ACTIONS = ("failed", "")
"""A bounce that does not say what happened counts as failed; delayed and delivered ones do not (RFC 3464 2.3.3)."""


def automatic(question: Question, verdict: Verdict) -> Plan:
    """Recorded and filed away; never answered."""
    place = Place.STAY if question.facts.from_sent_folder else Place.AUTOMATIC
    return Plan(verdict=verdict, place=place)


def bounce(question: Question, verdict: Verdict) -> Plan:
    """One of our mails came back: that mail is marked undelivered and people are told. Never answered."""
    report = question.email.bounce
    if report is None or report.action not in FAILED_ACTIONS or not question.facts.ours:
        return Plan(verdict=verdict, place=Place.AUTOMATIC)
    ours = question.facts.ours
    office, addresses = _office_of(question, ours[0].recipient)
    told = question.alerts("undelivered", mail_id=str(ours[0].mail_id), office=office, others=addresses)
    because = "one of our replies could not be delivered; people are told"
    return Plan(
        verdict=dataclasses.replace(verdict, because=because),
        place=Place.AUTOMATIC,
        replies=told if all(mail.template not in INTERNAL_NOTICES for mail in ours) else (),
        undelivered=tuple(mail.effect_key for mail in ours),
    )


def _office_of(question: Question, address: str) -> tuple[str, tuple[str, ...]]:
    """The office that a mail of ours was for, and its other addresses, for a person to try."""
    day = calendar.local_time(question.rules.standards.calendar, question.received).date()
    roster = question.rules.roster
    member = roster.find(address, day)
    if member is None:
        return address, ()
    colleagues = (other.address for other in roster.offices[member.office] if roster.find(other.address, day))
    return member.office, tuple(other for other in dict.fromkeys(colleagues) if other != address)


def answer(question: Question, verdict: Verdict) -> Plan:
    """An officer's answer: the reply timers of its cases stop at the time the server received it.

    Of several cases in one conversation, those that it names; all, where it names none.
    """
    answered = named_among(question, question.facts.cases) or question.facts.cases
    updates = tuple(
        CaseUpdate(case_id=case.case_id, reference=case.reference, relation="answer", answered_at=question.received)
        for case in answered
    )
    because = "an officer answered; the reply timer stops" if updates else "an officer's mail that names no case"
    place = Place.STAY if question.facts.from_sent_folder else Place.ANSWERS
    return Plan(verdict=dataclasses.replace(verdict, because=because), place=place, updates=updates)


def hold(question: Question, verdict: Verdict, reason: Reason) -> Plan:
    """A person must look, at once: it may be the most pressing mail of the day. Nothing is sent outside."""
    return Plan(verdict=verdict, place=Place.HELD, held=reason, replies=question.alerts("held", reason=reason))


def outsider(question: Question, verdict: Verdict) -> Plan:
    """A pointer that confirms nothing, one per sender per so many days; none to a sender who may be forged."""
    every = timedelta(days=question.rules.settings.senders.pointer_every_days)
    last = question.facts.last_pointer_at
    due = question.is_verified and (last is None or question.now - last >= every)
    because = verdict.because if due else f"{verdict.because}; no pointer (sent lately, or the sender is not verified)"
    return Plan(
        verdict=dataclasses.replace(verdict, because=because),
        place=Place.OUTSIDERS,
        replies=(question.reply("outsider"),) if due else (),
    )


def tell_of_lookalike(question: Question, plan: Plan) -> Plan:
    """People are told that a domain imitates a client's, once a day for each such domain."""
    once = f"lookalike/{question.domain}/{question.received_on}"
    told = question.alerts("lookalike", once=once, office=question.sender)
    return dataclasses.replace(plan, replies=(*plan.replies, *told))


def minister(question: Question, verdict: Verdict) -> Plan:
    """The MIL channel: own queue and standards, critical first, no automatic reply (`domain.md` R1-12, R1-13)."""
    known = own_cases(question)
    if known:
        joined = follow_ups.follow_up(question, verdict, known)
        return dataclasses.replace(joined, place=Place.MINISTER, replies=())
    reading = enquiries.read_enquiry(question)
    category = enquiries.category_of(question, reading)
    if category is Category.CRITICAL or (category is Category.REVIEW and enquiries.may_be_critical(reading)):
        deadline, timers = enquiries.clock(question, category, reading)
    else:
        deadline, timers = minister_clock(question.rules.standards, question.received, category)
    case = CasePlan(
        reference=question.reference(),
        category=category,
        high_profile=True,
        criteria=ids_of(reading.hits, None),
        numbers=question.email.numbers,
        office=question.office,
        language=question.language,
        deadline=deadline,
        timers=timers,
        queue=ladder.MIL,
    )
    return Plan(verdict=enquiries.explained(verdict, category, reading), place=Place.MINISTER, cases=(case,))


def minister_clock(
    standards: Standards, received: datetime, category: Category
) -> tuple[Deadline, tuple[TimerPlan, ...]]:
    """Deadline and timers of what is not critical in the MIL queue (`domain.md` R1-13)."""
    deadline = calendar.deadline(standards.calendar, received, minister_days(standards, category), None)
    return deadline, ladder.of_case(standards, received, category, deadline, queue=ladder.MIL)


def minister_days(standards: Standards, category: Category) -> int:
    """Business days that the Minister's Office is promised for what is not critical."""
    lane = {Category.URGENT: "urgent_complex", Category.COMPLEX: "urgent_complex", Category.NOT_MET: "other"}
    return standards.mil[lane.get(category, "time_sensitive")]


def passport(question: Question, verdict: Verdict, reading: Reading) -> Plan:
    """A regular passport matter: the Regional Enquiries Unit of the office's province (`domain.md` R0-3, 6)."""
    province = question.member.province if question.member else ""
    units = tuple(
        {"name_en": unit.name_en, "name_fr": unit.name_fr, "contact": unit.contact}
        for unit in question.rules.units.for_province(province)
    )
    urgent = "yes" if reading.hits else ""
    return Plan(
        verdict=dataclasses.replace(verdict, hits=(*reading.hits, *reading.topics), excluded=reading.excluded),
        place=Place.PASSPORT,
        replies=(question.reply("passport", units=units, urgent=urgent),),
    )
