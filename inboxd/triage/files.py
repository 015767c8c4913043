"""The files of a submission, each with its outcome: attached, confirmed, refused, held, or ignored."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from inboxd.documents import Attachment, FileOutcome, FilePlan, Finding, Reason
from inboxd.triage import file_checks
from inboxd.triage.both_readers import is_mere_wrapping
from inboxd.triage.identity import same_person
from inboxd.triage.question import Question

NOT_LOOKED_INTO = Finding()
"""Before the look inside; `process` lets nothing pass that stays without one."""


def all_of(question: Question, outcome: FileOutcome, reason: Reason | None) -> tuple[FilePlan, ...]:
    """The same outcome for every file that is meant as a document."""
    return tuple(
        FilePlan(path=item.path, outcome=FileOutcome.IGNORED)
        if item.inline or is_mere_wrapping(item)
        else FilePlan(path=item.path, outcome=outcome, reason=reason)
        for item in question.email.attachments
    )


def on_another_persons_record(question: Question, documents: Sequence[Attachment]) -> bool:
    """The same bytes are on a record of somebody else: a passport copy on two applications of one person is fine."""
    record = question.facts.application
    elsewhere = question.facts.filed_elsewhere
    return any(
        record is None or other is None or not same_person(record, other)
        for document in documents
        if document.digest in elsewhere
        for _, other in elsewhere[document.digest]
    )


def judge(question: Question, documents: Sequence[Attachment]) -> tuple[FilePlan, ...]:
    """Each file of the mail on its own merits, then the limit for all of them together."""
    settings, facts = question.rules.settings.documents, question.facts
    opened = _opened(question)
    total = sum(document.size for document in documents if document.path not in opened)
    plans: list[FilePlan] = []
    taken: set[str] = set()
    for item in question.email.attachments:
        if item.inline or is_mere_wrapping(item) or item.path in opened:
            plans.append(FilePlan(path=item.path, outcome=FileOutcome.IGNORED))
            continue
        finding = facts.findings.get(item.digest, NOT_LOOKED_INTO)
        reason = file_checks.objection(item, finding, settings)
        if reason is Reason.NOT_CHECKED and question.is_released:
            reason = None  # a person looked instead
        outcome = FileOutcome.REFUSED
        if reason in (Reason.NOT_CHECKED, Reason.NOT_SCANNED):
            outcome = FileOutcome.HELD
        elif reason is None and (item.digest in facts.filed_digests or item.digest in taken):
            outcome, reason = FileOutcome.CONFIRMED, Reason.DUPLICATE
        elif reason is None and total > settings.max_total_bytes:
            reason = Reason.TOO_LARGE
        elif reason is None:
            outcome = FileOutcome.ATTACHED
            taken.add(item.digest)
        plans.append(FilePlan(path=item.path, outcome=outcome, reason=reason))
    return tuple(plans)


def _opened(question: Question) -> frozenset[str]:
    """Paths of the messages whose own files were found, one level deep: they are judged, it is only their wrapping."""
    return frozenset(
        item.path.rpartition("/")[0] for item in question.email.attachments if "/" in item.path and not item.inline
    )


def held(item: FilePlan) -> FilePlan:
    """A good file of a submission that must wait: kept, not attached, with no objection of its own."""
    if item.outcome not in (FileOutcome.ATTACHED, FileOutcome.CONFIRMED):
        return item
    return dataclasses.replace(item, outcome=FileOutcome.HELD, reason=None)
