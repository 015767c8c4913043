"""Why a mail was judged as it was, on one line: rule, reason, words that hit, what was set aside, each file. Pure.

It quotes the mail's own words and file names: for the eyes of whoever may read the folder, never for a log.
"""

from __future__ import annotations

from collections.abc import Iterator

from inboxd.plan import Plan
from inboxd.triage import Question

_MOST = 12
"""Hits, and words set aside, that are named; a long newsletter has hundreds."""


def explanation(plan: Plan, question: Question) -> str:
    """Everything the decision says about itself."""
    return "; ".join(_parts(plan, question))


def _parts(plan: Plan, question: Question) -> Iterator[str]:
    verdict, email = plan.verdict, question.email
    yield f"rule {verdict.rule}: {verdict.because}"
    if email.automatic is not None:
        yield f"evidence {email.automatic.evidence}"
    if not question.is_verified:
        yield f"authentication {email.authentication.result} ({email.authentication.detail})"
    yield from _some([f'{hit.criterion} ({hit.category}) "{hit.words}" in {hit.where}' for hit in verdict.hits], "hit")
    yield from _some(
        [f'{item.criterion or "in general"} "{item.words}" ({item.because})' for item in verdict.excluded], "set aside"
    )
    if plan.submission is not None:
        yield from _documents(plan, question)
    if email.defects:
        yield f"defects of the mail: {', '.join(email.defects)}"


def _some(items: list[str], title: str) -> Iterator[str]:
    if items:
        more = f" and {len(items) - _MOST} more" if len(items) > _MOST else ""
        yield f"{title} {', '.join(items[:_MOST])}{more}"


def _documents(plan: Plan, question: Question) -> Iterator[str]:
    submission, facts = plan.submission, question.facts
    assert submission is not None
    subject = question.email.subject_reading
    looks = f", looks like {subject.looks_like}" if subject.looks_like else ""
    yield f"subject: phrase {subject.intent}, number {subject.number or 'none'}{looks}"
    yield f"documents: {submission.outcome} {' '.join(submission.reasons)}".rstrip()
    if submission.verified_by:
        yield f"identity agrees by {submission.verified_by}"
    if submission.missing:
        yield f"not found in the text: {', '.join(submission.missing)}"
    if submission.consent:
        yield f'consent "{submission.consent}"'
    by_path = {attachment.path: attachment for attachment in question.email.attachments}
    for item in submission.files:
        file = by_path[item.path]
        found = facts.findings.get(file.digest)
        detail = f" ({found.detail})" if found is not None and found.detail else ""
        what = f"{item.outcome} {item.reason or ''}".rstrip()
        yield f"file {file.safe_name} ({file.sniffed_type}, {file.size} bytes): {what}{detail}"
