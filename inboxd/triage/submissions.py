"""What becomes of a document submission: subject, number, record, identity, files, information, in this order.

`product.md` "Documents". What a person decided about a held one (`documents.Instruction`) goes before what held it.
"""

from __future__ import annotations

from inboxd import ladder
from inboxd.documents import (
    Application,
    Attachment,
    FileOutcome,
    FilePlan,
    Reason,
    SubmissionOutcome,
    SubmissionPlan,
)
from inboxd.mail import SentAgain
from inboxd.plan import Plan, ReplyPlan, TimerPlan, Verdict
from inboxd.settings import Information, Place
from inboxd.triage import clouds, completed, files, identity, information, notices
from inboxd.triage.both_readers import documents_in
from inboxd.triage.question import Question

HOLDS = frozenset(
    {
        Reason.NUMBER_LEGACY,
        Reason.NUMBER_TEMPORARY,
        Reason.IDENTITY_MISMATCH,
        Reason.OTHER_RECORD,
        Reason.INFO_MISSING,
        Reason.CONSENT_MISSING,
        Reason.RECORD_INCOMPLETE,
        Reason.REGISTER_UNAVAILABLE,
        Reason.NOT_SCANNED,
        Reason.NOT_CHECKED,
        Reason.UNREADABLE,
    }
)
WAITING = frozenset({Reason.NOT_SCANNED, Reason.REGISTER_UNAVAILABLE})
"""Held only until another program answers again; what else is wrong is told then."""
PLACES = {
    SubmissionOutcome.ACCEPT: Place.FILED,
    SubmissionOutcome.PARTIAL: Place.PARTIAL,
    SubmissionOutcome.FAIL: Place.FAILED,
    SubmissionOutcome.HOLD: Place.HELD,
}
_BECAUSE = {
    SubmissionOutcome.ACCEPT: "every document was attached to the record",
    SubmissionOutcome.PARTIAL: "some documents were attached, some refused",
    SubmissionOutcome.FAIL: "nothing was attached",
    SubmissionOutcome.HOLD: "a person must look before anything is attached",
}
IDENTITY = "identity"
"""In `SubmissionPlan.missing`: no second identifier was found."""


def documents_of(question: Question) -> tuple[Attachment, ...]:
    """The attachments that the sender means as documents."""
    return documents_in(question.email)


def judge(question: Question) -> SubmissionPlan:
    """Decide a submission. Pure; attaches nothing."""
    email, facts = question.email, question.facts
    subject, instruction = email.subject_reading, facts.instruction
    if instruction is not None and instruction.action == "refuse":
        return _ended(question, Reason(instruction.reason))
    number_given = question.is_released and instruction is not None and bool(instruction.number)
    if subject.reason and not number_given:
        return _ended(question, Reason(subject.reason))
    if facts.register_unavailable:
        return _ended(question, Reason.REGISTER_UNAVAILABLE)
    if completed.numbers_differ(question) and not number_given:
        return _ended(question, Reason.NUMBER_MULTIPLE, hold=True)
    if facts.application is None:
        return _ended(question, Reason.NUMBER_UNKNOWN, hold=question.is_released)
    if question.is_excerpt:
        return _ended(question, Reason.TOO_LARGE)
    if question.is_incomplete and not question.is_released:
        return _ended(question, Reason.UNREADABLE)
    if not documents_of(question):
        links = clouds.hosts(email.body, question.rules.settings.documents.cloud_hosts)
        return _ended(question, Reason.LINK_NOT_FILE if links else Reason.NO_ATTACHMENT, links=links)
    return _for_record(question, facts.application)


def _ended(
    question: Question, reason: Reason, *, hold: bool = False, links: tuple[str, ...] = ()
) -> SubmissionPlan:
    """A submission that ends with one reason for all of it, before its record or its files matter."""
    refused = question.facts.instruction is not None and question.facts.instruction.action == "refuse"
    held = hold or (reason in HOLDS and not refused)
    return SubmissionPlan(
        number="",
        outcome=SubmissionOutcome.HOLD if held else SubmissionOutcome.FAIL,
        reasons=(reason,),
        files=files.all_of(question, FileOutcome.HELD if held else FileOutcome.REFUSED, None if held else reason),
        verified_by="",
        links=links,
    )


def _for_record(question: Question, record: Application) -> SubmissionPlan:
    """The record is known: is it the right person's, and may its files pass?"""
    trusted = question.rules.settings.documents.trust_bare_records
    compared = identity.compare(question.email, record, trust_bare=trusted)
    if not question.is_released:
        said = (identity.compare(part, record, trust_bare=trusted) for part in question.parts)
        if compared.contradicted or any(part.contradicted for part in said):
            return _ended(question, Reason.IDENTITY_MISMATCH)
        if compared.record_is_bare and not trusted and _identity_is_needed(question):
            return _ended(question, Reason.RECORD_INCOMPLETE)
        if files.on_another_persons_record(question, documents_of(question)):
            return _ended(question, Reason.OTHER_RECORD)
    judged = files.judge(question, documents_of(question))
    missing = () if question.is_released else _missing(question, record, agrees=bool(compared.agrees))
    return _outcome(question, record, judged, missing, verified_by=next(iter(compared.agrees), ""))


def _identity_is_needed(question: Question) -> bool:
    return question.rules.settings.documents.require_second_identifier


def _missing(question: Question, record: Application, *, agrees: bool) -> tuple[str, ...]:
    """What the sender is asked for: a second identifier, and what the office requires besides."""
    required = question.rules.settings.documents.required_information
    missing = tuple(item.value for item in information.missing(question.email, required, record))
    identity_missing = not agrees and _identity_is_needed(question)
    return (IDENTITY, *(item for item in missing if item == "consent")) if identity_missing else missing


def _outcome(
    question: Question, record: Application, judged: tuple[FilePlan, ...], missing: tuple[str, ...], *, verified_by: str
) -> SubmissionPlan:
    """Put the files and what is missing together. Files that are all refused are told at once: nothing would wait."""
    good = [item for item in judged if item.outcome in (FileOutcome.ATTACHED, FileOutcome.CONFIRMED)]
    waiting = [item for item in judged if item.outcome is FileOutcome.HELD]
    refused = [item for item in judged if item.outcome is FileOutcome.REFUSED]
    reasons = tuple(dict.fromkeys(item.reason for item in judged if item.reason is not None))
    outcome = SubmissionOutcome.PARTIAL if refused else SubmissionOutcome.ACCEPT
    if not good and not waiting:
        outcome, missing = SubmissionOutcome.FAIL, ()
    elif waiting or missing:
        outcome = SubmissionOutcome.HOLD
        judged = tuple(files.held(item) for item in judged)
        asked = tuple(Reason.CONSENT_MISSING if item == "consent" else Reason.INFO_MISSING for item in missing)
        reasons = tuple(dict.fromkeys((*asked, *(item.reason for item in (*waiting, *refused) if item.reason))))
    said = information.said(question.email)
    links = clouds.hosts(question.email.body, question.rules.settings.documents.cloud_hosts)
    if links and outcome in (SubmissionOutcome.ACCEPT, SubmissionOutcome.PARTIAL):
        # papers that the sender believes to have sent and that we do not have
        outcome, reasons = SubmissionOutcome.PARTIAL, (*reasons, Reason.LINK_NOT_FILE)
    return SubmissionPlan(
        number=record.number,
        outcome=outcome,
        reasons=reasons,
        files=judged,
        verified_by=verified_by,
        missing=missing,
        consent=said.get(Information.CONSENT, ""),
        also_said=tuple(item.value for item in said),
        links=links,
    )


def missed_phrase(question: Question) -> ReplyPlan | None:
    """Files and a number in the subject without any word of the phrase: what to copy (`domain.md` 2.3, SUBJECT_PHRASE).

    It is no submission, so nothing is recorded as one; None where nothing suggests that one was meant.
    """
    if not question.email.subject_reading.number or not documents_of(question):
        return None
    return notices.failure(question, _ended(question, Reason.SUBJECT_PHRASE))


def _held_for(submission: SubmissionPlan) -> Reason | None:
    """The reason that a held submission is listed under: first what settles by itself, then what a person settles."""
    if submission.outcome is not SubmissionOutcome.HOLD:
        return None
    first = sorted(submission.reasons, key=lambda reason: (reason not in WAITING, reason not in HOLDS))
    return first[0]


def _filing_timers(question: Question, submission: SubmissionPlan) -> tuple[TimerPlan, ...]:
    """Documents that are not on the record yet are on the filing clock (`product.md` table)."""
    under_way = bool(question.rules.settings.records.url) and any(
        item.outcome is FileOutcome.ATTACHED for item in submission.files
    )
    return filing_clock(question) if submission.outcome is SubmissionOutcome.HOLD or under_way else ()


def filing_clock(question: Question) -> tuple[TimerPlan, ...]:
    """Two business days until people are warned, five until the breach, then managers (`product.md` table)."""
    return ladder.of_documents(question.rules.standards, question.received)


def plan(question: Question, verdict: Verdict) -> Plan:
    """The plan for the documents of a mail; `enquiries` adds what its text asks for."""
    if question.facts.sent_again is not None:
        return _sent_again(question, verdict, question.facts.sent_again)
    question = completed.as_whole(question)
    submission = judge(question)
    because = _BECAUSE[submission.outcome]
    if submission.reasons:
        because += f" ({', '.join(submission.reasons)})"
    if question.facts.instruction is not None:
        because += f"; {question.facts.instruction.action}d by a person"
    if question.facts.answers:
        because += f"; completed by mail {question.facts.answers[-1].mail_id}"
    infected = Reason.MALWARE in submission.reasons
    replies = notices.replies_to(question, submission) if question.is_verified else ()
    return Plan(
        verdict=Verdict(
            route=verdict.route, rule=verdict.rule, because=because, rules_version=verdict.rules_version
        ),
        place=Place.QUARANTINE if infected else PLACES[submission.outcome],
        submission=submission,
        replies=(*replies, *notices.alerts(question, submission)),
        held=_held_for(submission),
        filing_timers=_filing_timers(question, submission),
        answers_place=PLACES[submission.outcome] if question.facts.answers else None,
    )


def _sent_again(question: Question, verdict: Verdict, again: SentAgain) -> Plan:
    """Its files came once more and are on the record: nothing is left to do, and nothing is attached or sent."""
    outcomes = {
        path: FilePlan(path=path, outcome=FileOutcome.CONFIRMED, reason=Reason.DUPLICATE)
        for path in (item.path for item in documents_of(question) if item.digest in question.facts.filed_digests)
    }
    judged = tuple(outcomes.get(item.path, item) for item in files.all_of(question, FileOutcome.REFUSED, None))
    left = any(item.outcome is FileOutcome.REFUSED for item in judged)
    outcome = SubmissionOutcome.PARTIAL if left else SubmissionOutcome.ACCEPT
    return Plan(
        verdict=Verdict(
            route=verdict.route,
            rule=verdict.rule,
            because=f"the same documents came again with mail {again.mail_id} and are on the record",
            rules_version=verdict.rules_version,
        ),
        place=PLACES[outcome],
        submission=SubmissionPlan(
            number=again.number,
            outcome=outcome,
            reasons=(Reason.DUPLICATE,),
            files=judged,
            verified_by="",
        ),
        answers_place=PLACES[outcome] if question.facts.answers else None,
    )
