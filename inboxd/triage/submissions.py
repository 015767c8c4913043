"""What becomes of a document submission: subject, number, record, identity, files, in this order (`product.md`)."""

from __future__ import annotations

from inboxd import calendar
from inboxd.mail import Attachment
from inboxd.plan import (
    FileOutcome,
    FilePlan,
    Plan,
    Reason,
    ReplyPlan,
    SubmissionOutcome,
    SubmissionPlan,
    TimerPlan,
    Verdict,
)
from inboxd.settings import Place
from inboxd.triage import file_checks, identity, notices
from inboxd.triage.question import Question

HOLDS = frozenset(
    {
        Reason.NUMBER_LEGACY,
        Reason.NUMBER_TEMPORARY,
        Reason.IDENTITY_MISMATCH,
        Reason.OTHER_RECORD,
        Reason.INFO_MISSING,
        Reason.UNREADABLE,
    }
)
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


def documents_of(question: Question) -> tuple[Attachment, ...]:
    """The attachments that a sender means as documents: not the logos of a signature."""
    return tuple(attachment for attachment in question.email.attachments if not attachment.inline)


def _ended(
    reason: Reason,
    *,
    missing: tuple[str, ...] = (),
    files: tuple[FilePlan, ...] = (),
    number: str = "",
    verified_by: str = "",
) -> SubmissionPlan:
    """A submission that ends with one reason for all of it."""
    outcome = SubmissionOutcome.HOLD if reason in HOLDS else SubmissionOutcome.FAIL
    return SubmissionPlan(
        number=number, outcome=outcome, reasons=(reason,), files=files, verified_by=verified_by, missing=missing
    )


def _all_files(question: Question, outcome: FileOutcome, reason: Reason | None = None) -> tuple[FilePlan, ...]:
    return tuple(
        FilePlan(
            path=attachment.path,
            outcome=FileOutcome.IGNORED if attachment.inline else outcome,
            reason=None if attachment.inline else reason,
        )
        for attachment in question.email.attachments
    )


def judge(question: Question) -> SubmissionPlan:
    """Decide a submission. Pure; attaches nothing."""
    email, facts = question.email, question.facts
    subject = email.subject_reading
    held_files = _all_files(question, FileOutcome.HELD)
    if subject.reason:
        reason = Reason(subject.reason)
        return _ended(
            reason, files=held_files if reason in HOLDS else _all_files(question, FileOutcome.REFUSED, reason)
        )
    if facts.application is None:
        return _ended(Reason.NUMBER_UNKNOWN, files=_all_files(question, FileOutcome.REFUSED, Reason.NUMBER_UNKNOWN))
    if question.is_incomplete:
        return _ended(Reason.UNREADABLE, files=held_files)
    documents = documents_of(question)
    if not documents:
        reason = Reason.LINK_NOT_FILE if email.body.links else Reason.NO_ATTACHMENT
        return _ended(reason, files=_all_files(question, FileOutcome.REFUSED, reason))
    number = facts.application.number
    compared = identity.compare(email, facts.application)
    if compared.contradicted:
        return _ended(Reason.IDENTITY_MISMATCH, files=held_files)
    if not compared.agrees and question.rules.settings.documents.require_second_identifier:
        return _ended(Reason.INFO_MISSING, missing=("identity",), files=held_files)
    if any(attachment.digest in facts.filed_elsewhere for attachment in documents):
        return _ended(Reason.OTHER_RECORD, files=held_files)
    return _by_files(question, number, verified_by=next(iter(compared.agrees), ""))


def _by_files(question: Question, number: str, *, verified_by: str) -> SubmissionPlan:
    settings = question.rules.settings.documents
    total = sum(attachment.size for attachment in documents_of(question))
    plans: list[FilePlan] = []
    taken: set[str] = set()
    for attachment in question.email.attachments:
        reason = file_checks.objection(attachment, settings)
        if attachment.inline:
            plans.append(FilePlan(path=attachment.path, outcome=FileOutcome.IGNORED))
        elif reason is None and (attachment.digest in question.facts.filed_digests or attachment.digest in taken):
            plans.append(FilePlan(path=attachment.path, outcome=FileOutcome.CONFIRMED, reason=Reason.DUPLICATE))
        elif reason is None and total > settings.max_total_bytes:
            plans.append(FilePlan(path=attachment.path, outcome=FileOutcome.REFUSED, reason=Reason.TOO_LARGE))
        elif reason is None:
            taken.add(attachment.digest)
            plans.append(FilePlan(path=attachment.path, outcome=FileOutcome.ATTACHED))
        elif reason is Reason.NESTED_MESSAGE and _opened(question, attachment):
            plans.append(FilePlan(path=attachment.path, outcome=FileOutcome.IGNORED))
        else:
            plans.append(FilePlan(path=attachment.path, outcome=FileOutcome.REFUSED, reason=reason))
    good = any(item.outcome in (FileOutcome.ATTACHED, FileOutcome.CONFIRMED) for item in plans)
    bad = any(item.outcome is FileOutcome.REFUSED for item in plans)
    outcome = SubmissionOutcome.FAIL
    if good:
        outcome = SubmissionOutcome.PARTIAL if bad else SubmissionOutcome.ACCEPT
    reasons = tuple(dict.fromkeys(item.reason for item in plans if item.reason is not None))
    return SubmissionPlan(number=number, outcome=outcome, reasons=reasons, files=tuple(plans), verified_by=verified_by)


def _opened(question: Question, wrapper: Attachment) -> bool:
    """A message in the mail whose own files were found, one level deep: they are judged, it is only their wrapping."""
    inside = f"{wrapper.path}/"
    return any(item.path.startswith(inside) and not item.inline for item in question.email.attachments)


def missed_phrase(question: Question) -> ReplyPlan | None:
    """Files and a number in the subject without any word of the phrase: what to copy (`domain.md` 2.3, SUBJECT_PHRASE).

    It is no submission, so nothing is recorded as one; None where nothing suggests that one was meant.
    """
    if not question.email.subject_reading.number or not documents_of(question):
        return None
    return notices.failure(question, _ended(Reason.SUBJECT_PHRASE))


def plan(question: Question, verdict: Verdict) -> Plan:
    """The plan for the documents of a mail; `enquiries` adds what its text asks for."""
    submission = judge(question)
    standards = question.rules.standards
    timers: tuple[TimerPlan, ...] = ()
    held: Reason | None = None
    if submission.outcome is SubmissionOutcome.HOLD:
        held = submission.reasons[0]
        timers = tuple(
            TimerPlan(kind=kind, due_at=calendar.add_business_days(standards.calendar, question.received, days)[0])
            for kind, days in (
                ("filing_warning", standards.filing_warn_days),
                ("filing_breach", standards.filing_breach_days),
            )
        )
    because = _BECAUSE[submission.outcome]
    if submission.reasons:
        because += f" ({', '.join(submission.reasons)})"
    return Plan(
        verdict=_explained(verdict, because),
        place=PLACES[submission.outcome],
        submission=submission,
        replies=notices.replies_to(question, submission),
        held=held,
        filing_timers=timers,
    )


def _explained(verdict: Verdict, because: str) -> Verdict:
    return Verdict(route=verdict.route, rule=verdict.rule, because=because, rules_version=verdict.rules_version)
