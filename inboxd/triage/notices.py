"""What the sender of documents is told: receipt, partial, failure or held notice. Wording is the templates'.

A notice has no name and no whole number of a person, but for the subject line to copy (`domain.md` 7.1, 7.2).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from inboxd import calendar
from inboxd.mail import SubjectIntent
from inboxd.masking import mask
from inboxd.plan import FileOutcome, Reason, ReplyPlan, SubmissionOutcome, SubmissionPlan, Value
from inboxd.triage.question import Question

PHRASE = "MCMPS attachment - Fichier joint CMDS"
_LONG_NUMBER = re.compile(r"\d(?:[ .-]?\d){6,}")
Rows = tuple[Mapping[str, str | datetime], ...]


def replies_to(question: Question, submission: SubmissionPlan) -> tuple[ReplyPlan, ...]:
    """The reply to the sender: receipt, partial, failure or held notice."""
    if submission.outcome is SubmissionOutcome.FAIL:
        return (failure(question, submission),)
    if submission.outcome is SubmissionOutcome.HOLD:
        return (
            question.reply(
                "held",
                number=mask(question.email.subject_reading.number),
                missing=submission.missing,
                files=_rows(question, submission, FileOutcome.HELD),
            ),
        )
    if submission.outcome is SubmissionOutcome.ACCEPT and not question.rules.settings.replies.send_receipts:
        return ()
    standards = question.rules.standards
    filed_by, _ = calendar.add_business_days(standards.calendar, question.received, standards.filing_warn_days)
    standard_by, _ = calendar.add_business_days(standards.calendar, question.received, standards.filing_breach_days)
    values: dict[str, Value] = {
        "number": mask(submission.number),
        "files": _rows(question, submission, FileOutcome.ATTACHED),
        "confirmed": _rows(question, submission, FileOutcome.CONFIRMED),
        "filed_by": filed_by,
        "standard_by": standard_by,
        "notes": _notes(question),
        "correct_subject": f"{PHRASE} {submission.number}",
    }
    if submission.outcome is SubmissionOutcome.PARTIAL:
        return (question.reply("partial", **values, refused=_rows(question, submission, FileOutcome.REFUSED)),)
    return (question.reply("receipt", **values),)


def failure(question: Question, submission: SubmissionPlan) -> ReplyPlan:
    """Nothing was attached: why in one line, what to do, and the exact subject to copy where the number is sound."""
    email, settings = question.email, question.rules.settings.documents
    subject = email.subject_reading
    reason = submission.reasons[0]
    suggestion = email.numbers[0] if reason is Reason.NUMBER_MISSING and len(email.numbers) == 1 else ""
    per_file = len(submission.reasons) > 1 or reason not in {
        Reason(code)
        for code in (subject.reason, Reason.NUMBER_UNKNOWN, Reason.NO_ATTACHMENT, Reason.LINK_NOT_FILE)
        if code
    }
    sound = subject.number and reason is not Reason.NUMBER_UNKNOWN
    return question.reply(
        "failure",
        reason=reason,
        looks_like=subject.looks_like,
        number=mask(subject.number),
        correct_subject=f"{PHRASE} {subject.number}" if sound else "",
        suggestion=suggestion,
        refused=_rows(question, submission, FileOutcome.REFUSED) if per_file else (),
        missing=submission.missing,
        allowed_types=tuple(settings.allowed_types),
        max_file_mb=_megabytes(settings.max_file_bytes),
        max_total_mb=_megabytes(settings.max_total_bytes),
    )


def _megabytes(size: int) -> str:
    return f"{size / (1024 * 1024):.2f}".rstrip("0").rstrip(".")


def _shown(name: str) -> str:
    """A file's name as it may stand in a mail: two digits are left of a long number, such as a date of birth."""
    return _LONG_NUMBER.sub(lambda found: re.sub(r"\d(?=(?:\D*\d){2})", "*", found[0]), name)


def _rows(question: Question, submission: SubmissionPlan, outcome: FileOutcome) -> Rows:
    by_path = {attachment.path: attachment for attachment in question.email.attachments}
    planned = [(item, by_path[item.path]) for item in submission.files if item.outcome is outcome]
    return tuple(
        {"name": _shown(attachment.safe_name), "size": str(attachment.size), "reason": item.reason or ""}
        for item, attachment in planned
    )


def _notes(question: Question) -> tuple[str, ...]:
    subject = question.email.subject_reading
    notes = []
    if subject.intent is SubjectIntent.NEAR:
        notes.append("subject_near")
    if subject.personal_text:
        notes.append("subject_personal")
    return tuple(notes)
