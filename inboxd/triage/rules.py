"""THE ORDER OF RULES: where a mail's fate is decided. The first rule that fits wins.

It is the table "what can arrive" of `product.md`, from top to bottom. Headers are judged before the subject, since
"Automatic reply: MCMPS attachment …" carries the phrase too. A rule looks at a question and returns a plan, or None if
the mail is not its kind.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from inboxd.documents import Reason
from inboxd.mail import AuthResult, AutomaticKind, SubjectIntent
from inboxd.plan import Category, Plan, Route, Verdict
from inboxd.settings import Place
from inboxd.triage import (
    addressed,
    beside,
    completed,
    completing,
    each_case,
    enquiries,
    follow_ups,
    others,
    status,
    submissions,
)
from inboxd.triage.lookalikes import claimed_by, lookalike_of
from inboxd.triage.question import Question

Rule = Callable[[Question], Plan | None]


def _verdict(question: Question, route: Route, rule: Rule, because: str) -> Verdict:
    return Verdict(route=route, rule=rule.__name__, because=because, rules_version=question.rules.version)


def _from_our_mailbox(question: Question) -> bool:
    """In the Sent folder, from the service address, and no other sign of a machine: an officer wrote it there."""
    found = question.email.automatic
    return (
        question.facts.from_sent_folder
        and not question.facts.is_own_mail
        and found is not None
        and found.kind is AutomaticKind.OWN
        and found.evidence.startswith("From:")
    )


def sent_to_measure(question: Question) -> Plan | None:
    """The mail by which inboxd measures how long mail takes, come back."""
    if not question.facts.is_canary:
        return None
    because = "inboxd sent it to itself to measure how long mail takes"
    return others.automatic(question, _verdict(question, Route.CANARY, sent_to_measure, because))


def sent_by_a_machine(question: Question) -> Plan | None:
    """Our own mail come back, an auto-reply, out-of-office, list, read receipt or calendar (RFC 3834)."""
    found = question.email.automatic
    if found is None and not question.facts.is_own_mail:
        return None
    if (found is not None and found.kind is AutomaticKind.BOUNCE) or _from_our_mailbox(question):
        return None
    because = f"sent by a machine: {found.kind}" if found else "our own mail come back"
    return others.automatic(question, _verdict(question, Route.AUTOMATIC, sent_by_a_machine, because))


def returned_as_undeliverable(question: Question) -> Plan | None:
    """A bounce (RFC 3464)."""
    found = question.email.automatic
    if question.email.bounce is None and not (found and found.kind is AutomaticKind.BOUNCE):
        return None
    because = "a bounce of no mail of ours, or one that is not final"
    return others.bounce(question, _verdict(question, Route.BOUNCE, returned_as_undeliverable, because))


def officers_answer(question: Question) -> Plan | None:
    """In the Sent folder, or copied in by an officer who is verified."""
    if not question.facts.from_sent_folder and not (question.is_officer and question.is_verified):
        return None
    return others.answer(question, _verdict(question, Route.ANSWER, officers_answer, ""))


def refused_by_a_person(question: Question) -> Plan | None:
    """A person looked at held documents and refused them: the failure notice, if the sender may be written to."""
    instruction = question.facts.instruction
    if instruction is None or instruction.action != "refuse":
        return None
    if question.email.subject_reading.intent is SubjectIntent.NONE:
        verdict = _verdict(question, Route.UNVERIFIED, refused_by_a_person, "refused by a person")
        return Plan(verdict=verdict, place=Place.OUTSIDERS)
    documents = submissions.plan(question, _verdict(question, Route.SUBMISSION, refused_by_a_person, ""))
    return beside.beside_documents(completed.alone(question), documents) if question.is_verified else documents


def without_a_sender(question: Question) -> Plan | None:
    """No From address that can be trusted: nobody to answer, a person looks."""
    if question.email.sender is not None:
        return None
    verdict = _verdict(question, Route.UNVERIFIED, without_a_sender, "there is no single sender address")
    return others.hold(question, verdict, Reason.NO_SENDER)


def sent_before(question: Question) -> Plan | None:
    """The same message delivered again: linked, no second timer, no second reply."""
    if question.facts.duplicate_of is None:
        return None
    verdict = _verdict(
        question, Route.DUPLICATE, sent_before, f"the same message as mail {question.facts.duplicate_of}"
    )
    return others.automatic(question, verdict)


def sender_not_verified(question: Question) -> Plan | None:
    """A client's or officer's address that our own gateway could not confirm: held, nothing sent."""
    if question.is_verified or not (question.is_client or question.is_officer):
        return None
    because = f"the gateway could not confirm the sender's address{_own_opinion(question)}"
    verdict = _verdict(question, Route.UNVERIFIED, sender_not_verified, because)
    held = others.hold(question, verdict, Reason.SENDER_UNVERIFIED)
    if question.email.subject_reading.intent is SubjectIntent.NONE:
        return held
    # documents are on the filing clock whatever holds them
    return dataclasses.replace(held, filing_timers=submissions.filing_clock(question))


def _own_opinion(question: Question) -> str:
    """What our own look at the signature says, for people; it did not suffice."""
    own = question.facts.own_check
    if own is None or own.result is AuthResult.NONE:
        return ""
    return "; our own look found a signature that holds" if own.result is AuthResult.PASS else "; nor could we"


def sender_not_in_office(question: Question) -> Plan | None:
    """On the roster, but not for the day of receipt: a former member's office, one that ended in an election, or one
    that has not begun. Held: a person knows who may still write (`domain.md` 6 "Former MP")."""
    if question.former is None:
        return None
    ended = question.former.valid_until < question.received_on
    because = f"on the roster the sender's office {'ended before' if ended else 'begins after'} the day of receipt"
    verdict = _verdict(question, Route.UNVERIFIED, sender_not_in_office, because)
    held = others.hold(question, verdict, Reason.NOT_IN_OFFICE)
    if question.email.subject_reading.intent is SubjectIntent.NONE:
        return held
    return dataclasses.replace(held, filing_timers=submissions.filing_clock(question))


def sender_not_a_client(question: Question) -> Plan | None:
    """Constituents, lawyers, provincial members, look-alike domains: a pointer that confirms nothing."""
    if question.is_client:
        return None
    because = "the sender is not on the roster nor of a client domain"
    if question.email.subject_reading.intent is not SubjectIntent.NONE:
        because += f" ({Reason.SENDER_NOT_AUTHORISED})"
    imitates = lookalike_of(question.domain, question.known_domains)
    if imitates:
        because += ", and its domain is a look-alike of one"
    elif imitates := claimed_by(question.email.sender, question.known_domains):
        because += ", and the name it shows is an address of one"
    plan = others.outsider(question, _verdict(question, Route.OUTSIDER, sender_not_a_client, because))
    return others.tell_of_lookalike(question, plan) if imitates else plan


def ministers_office(question: Question) -> Plan | None:
    """The Minister's Office: the MIL queue and its standards."""
    if question.member is None or question.member.kind != "minister":
        return None
    return others.minister(question, _verdict(question, Route.MINISTER, ministers_office, ""))


def asks_for_status(question: Question) -> Plan | None:
    """`STATUS <reference>` or `ÉTAT <reference>`, from the office whose case it is."""
    found = status.asked(question)
    if found is None:
        return None
    verdict = _verdict(question, Route.STATUS, asks_for_status, "asks for the time line of its own case")
    return follow_ups.beside_status(question, status.plan(question, verdict, found), found.cases)


def completes_submission(question: Question) -> Plan | None:
    """A reply to our notice that gives what documents lacked: they are judged again, with its words (`completing`)."""
    settled = completing.settled_by_reply(question)
    if settled is None:
        return None
    return completing.plan(question, _verdict(question, Route.FOLLOW_UP, completes_submission, ""), *settled)


def submits_documents(question: Question) -> Plan | None:
    """The subject phrase, or what was plainly meant by it. A reply in a thread with no new file is conversation."""
    email = question.email
    if email.subject_reading.intent is SubjectIntent.NONE:
        return None
    # a forward that starts a thread of its own is a submission whose file was forgotten: its sender must be told
    in_a_thread = bool(email.in_reply_to or email.references)
    if email.subject_reading.is_reply and in_a_thread and not submissions.documents_of(question):
        return None
    documents = submissions.plan(question, _verdict(question, Route.SUBMISSION, submits_documents, ""))
    assert documents.submission is not None
    documents = dataclasses.replace(documents, settles=completing.superseding(question, documents.submission))
    return beside.beside_documents(completed.alone(question), documents)


def follows_up(question: Question) -> Plan | None:
    """Belongs to cases of the same office, by thread or reference. Another office's case is never joined."""
    cases = addressed.own_cases(question)
    if not cases:
        return None
    joined = follow_ups.follow_up(question, _verdict(question, Route.FOLLOW_UP, follows_up, ""), cases)
    return _with_what_it_leaves_open(question, joined)


def about_a_passport(question: Question) -> Plan | None:
    """A regular Canadian passport matter, unless someone's life or safety is in it: then a person decides."""
    reading = enquiries.read_enquiry(question)
    if not reading.passport or question.email.numbers:
        return None  # with an application number it is about that application, whatever it keeps somebody from
    if reading.category is Category.CRITICAL:
        verdict = _verdict(question, Route.ENQUIRY, about_a_passport, "")
        return enquiries.plan(question, verdict, dataclasses.replace(reading, category=None))
    verdict = _verdict(question, Route.PASSPORT, about_a_passport, "a regular passport matter")
    return others.passport(question, verdict, reading)


def enquires(question: Question) -> Plan | None:
    """Everything else from a client: one case, or one for each of its separate matters."""
    reading = enquiries.read_enquiry(question)
    asked = each_case.plan(question, _verdict(question, Route.ENQUIRY, enquires, ""), reading)
    return _with_what_it_leaves_open(question, beside.beside_files(question, asked))


def _with_what_it_leaves_open(question: Question, plan: Plan) -> Plan:
    """Say for people why a reply to our notice about documents did not complete them."""
    why = completing.why_not(question)
    if not why:
        return plan
    verdict = dataclasses.replace(plan.verdict, because=f"{plan.verdict.because}; {why}")
    return dataclasses.replace(plan, verdict=verdict)


RULES: tuple[Rule, ...] = (
    sent_to_measure,
    sent_by_a_machine,
    returned_as_undeliverable,
    officers_answer,
    refused_by_a_person,
    without_a_sender,
    sender_not_verified,
    sent_before,
    sender_not_in_office,
    sender_not_a_client,
    ministers_office,
    asks_for_status,
    completes_submission,
    submits_documents,
    follows_up,
    about_a_passport,
    enquires,
)
