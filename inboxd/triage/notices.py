"""What the sender of documents is told: receipt, partial, failure or held notice. Wording is the templates'.

A notice has no name and no whole number of a person, but for the subject line to copy (`domain.md` 7.1, 7.2).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from inboxd import calendar
from inboxd.documents import Attachment, FileOutcome, Reason, SubmissionOutcome, SubmissionPlan
from inboxd.mail import SubjectIntent
from inboxd.masking import mask, mask_names
from inboxd.plan import ReplyPlan, Value
from inboxd.triage.question import Question

PHRASE = "MCMPS attachment - Fichier joint CMDS"
_LONG_NUMBER = re.compile(r"\d(?:[ .-]?\d){6,}")
HINTS = dict.fromkeys(
    ("image/heic", "image/heif", "image/heic-sequence", "image/heif-sequence", "image/avif"), "heic"
)
"""A word more than the reason for some types: how to get a JPEG out of an iPhone."""
UNSOUND = frozenset(reason for reason in Reason if reason.startswith("NUMBER_"))
"""With one of these the subject's number is not offered to be copied again."""
MENDED_BY_A_NUMBER = frozenset(
    {
        Reason.SUBJECT_PHRASE,
        Reason.NUMBER_MISSING,
        Reason.PLACEHOLDER_LEFT,
        Reason.NUMBER_IS_UCI,
        Reason.NUMBER_FORMAT,
        Reason.NUMBER_TEMPORARY,
        Reason.NUMBER_UNKNOWN,
    }
)
"""What one application number puts right: a reply with it is enough, and the files need not come again."""
OUR_FAULT = (Reason.NOT_SCANNED, Reason.REGISTER_UNAVAILABLE)
"""What holds documents through no fault of anybody outside; the notice says so."""
Rows = tuple[Mapping[str, str | datetime], ...]


def replies_to(question: Question, submission: SubmissionPlan) -> tuple[ReplyPlan, ...]:
    """The reply to the sender: receipt, partial, failure or held notice."""
    if submission.outcome is SubmissionOutcome.FAIL:
        return (failure(question, submission),)
    if submission.outcome is SubmissionOutcome.HOLD:
        return (_held(question, submission),)
    if submission.outcome is SubmissionOutcome.ACCEPT and not question.rules.settings.replies.send_receipts:
        return ()
    settings, standards = question.rules.settings, question.rules.standards
    filed_by, _ = calendar.add_business_days(standards.calendar, question.received, standards.filing_warn_days)
    standard_by, _ = calendar.add_business_days(standards.calendar, question.received, standards.filing_breach_days)
    values: dict[str, Value] = {
        "number": mask(submission.number),
        "files": _rows(question, submission, FileOutcome.ATTACHED),
        "confirmed": _rows(question, submission, FileOutcome.CONFIRMED),
        "under_way": "yes" if settings.records.url else "",
        "filed_by": filed_by,
        "standard_by": standard_by,
        "notes": _notes(question, submission),
        "links": submission.links,
        "correct_subject": f"{PHRASE} {submission.number}",
        "replied": _replied(question),
    }
    if submission.outcome is SubmissionOutcome.PARTIAL:
        refused = _rows(question, submission, FileOutcome.REFUSED)
        return (question.reply("partial", **values, refused=refused),)
    return (question.reply("receipt", **values),)


def _held(question: Question, submission: SubmissionPlan) -> ReplyPlan:
    """Documents that wait. Why is only said where it is the sender who can mend it, or a fault of ours."""
    ours = next((reason for reason in submission.reasons if reason in OUR_FAULT), None)
    return question.reply(
        "held",
        number=mask(submission.number or question.email.subject_reading.number),
        missing=submission.missing,
        reason=ours or "",
        files=_rows(question, submission, FileOutcome.HELD),
        refused=_rows(question, submission, FileOutcome.REFUSED),
        notes=(),
        replied=_replied(question),
    )


def _replied(question: Question) -> datetime | str:
    """When the reply came that completed these documents; empty if none did."""
    return question.facts.answers[-1].arrived_at if question.facts.answers else ""


def alerts(question: Question, submission: SubmissionPlan) -> tuple[ReplyPlan, ...]:
    """What people of the office are told at once: malware, and a file that is on another person's record."""
    told: tuple[ReplyPlan, ...] = ()
    if Reason.MALWARE in submission.reasons:
        told += question.alerts("malware", reason=Reason.MALWARE)
    if Reason.OTHER_RECORD in submission.reasons:
        told += question.alerts("other_record", reason=Reason.OTHER_RECORD)
    return told


def failure(question: Question, submission: SubmissionPlan) -> ReplyPlan:
    """Nothing was attached: why in one line, what to do, and the exact subject to copy where the number is sound."""
    email = question.email
    subject = email.subject_reading
    reason = submission.reasons[0]
    suggestion = email.numbers[0] if reason is Reason.NUMBER_MISSING and len(email.numbers) == 1 else ""
    per_file = len(submission.reasons) > 1 or reason not in {
        Reason(code)
        for code in (subject.reason, Reason.NUMBER_UNKNOWN, Reason.NO_ATTACHMENT, Reason.LINK_NOT_FILE)
        if code
    }
    sound = subject.number and subject.reason not in UNSOUND and reason not in UNSOUND
    return question.reply(
        "failure",
        reason=reason,
        looks_like=subject.looks_like,
        number=mask(subject.number),
        correct_subject=f"{PHRASE} {subject.number}" if sound else "",
        suggestion=suggestion,
        refused=_rows(question, submission, FileOutcome.REFUSED) if per_file else (),
        missing=submission.missing,
        links=submission.links,
        notes=(),
        replied=_replied(question),
        by_reply="yes" if reason in MENDED_BY_A_NUMBER and _is_kept(question, submission) else "",
        **_limits(question),
    )


def _is_kept(question: Question, submission: SubmissionPlan) -> bool:
    """Whether a reply can complete it: it is a submission with files, all here, and no person has refused it."""
    return (
        question.email.subject_reading.intent is not SubjectIntent.NONE
        and any(item.outcome is FileOutcome.REFUSED for item in submission.files)
        and question.facts.instruction is None
        and not question.is_excerpt
    )


def _limits(question: Question) -> dict[str, Value]:
    settings = question.rules.settings.documents
    return {
        "allowed_types": tuple(settings.allowed_types),
        "max_file_mb": _megabytes(settings.max_file_bytes),
        "max_total_mb": _megabytes(settings.max_total_bytes),
    }


def _megabytes(size: int) -> str:
    return f"{size / (1024 * 1024):.2f}".rstrip("0").rstrip(".")


def _shown(question: Question, attachment: Attachment, wrappings: Mapping[str, str], *, verified: bool) -> str:
    """A file's name as it may stand in a mail: long numbers and the person's names are masked (`domain.md` 7.2).

    A file out of another one is shown with it: `winmail.dat > scan.pdf`. Names of the record are only compared where a
    second identifier agreed: what is masked would tell a stranger whose record it is.
    """
    around = wrappings.get(attachment.path.rpartition("/")[0], "")
    name = f"{around} > {attachment.safe_name}" if around else attachment.safe_name
    name = _LONG_NUMBER.sub(lambda found: re.sub(r"\d(?=(?:\D*\d){2})", "*", found[0]), name)
    record = question.facts.application
    return mask_names(name, record.family_name, record.given_name) if record is not None and verified else name


def _rows(question: Question, submission: SubmissionPlan, outcome: FileOutcome) -> Rows:
    by_path = {attachment.path: attachment for attachment in question.email.attachments}
    verified = bool(submission.verified_by)
    wrappings = {path: attachment.safe_name for path, attachment in by_path.items() if attachment.opened}
    planned = [(item, by_path[item.path]) for item in submission.files if item.outcome is outcome]
    return tuple(
        {
            "name": _shown(question, attachment, wrappings, verified=verified),
            "size": str(attachment.size),
            "reason": item.reason or "",
            "hint": HINTS.get(attachment.sniffed_type, ""),
        }
        for item, attachment in planned
    )


def _notes(question: Question, submission: SubmissionPlan) -> tuple[str, ...]:
    subject = question.email.subject_reading
    notes = []
    if subject.intent is SubjectIntent.NEAR:
        notes.append("subject_near")
    if subject.personal_text:
        notes.append("subject_personal")
    return tuple(notes)
