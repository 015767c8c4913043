"""One mail of a labelled folder -> what would become of it, in the words of the labels, with the whole explanation.

The same parse, look inside the files and triage as the daemon's, on an empty store, at the time of the mail's own Date.
What only a store could tell (an earlier case, an earlier delivery, files on a record) is not known; `_in_a_thread` says
what stands in for it. A mail that cannot be read, or that our own code fails on, is a prediction too.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from inboxd import looking_inside, maillog, triage
from inboxd.context import MailReaders
from inboxd.documents import Application, Inspector, Reason, SubmissionOutcome
from inboxd.errors import InboxdError, Unparsable
from inboxd.evaluating.explaining import explanation
from inboxd.evaluating.folder import Corpus
from inboxd.evaluating.scheme import REASONS, REVIEW, UNREADABLE, Prediction
from inboxd.mail import Email, Facts, SubjectIntent, Taken
from inboxd.opinions import SecondReader
from inboxd.plan import Category, Plan, Route
from inboxd.triage import Question, Rules, enquiries, follow_ups
from inboxd.triage.question import ids_of
from inboxd.triage.rules import about_a_passport, submits_documents

_PLAIN = {
    Route.AUTOMATIC: "automatic",
    Route.BOUNCE: "automatic",
    Route.DUPLICATE: "automatic",
    Route.PASSPORT: "passport",
    Route.FOLLOW_UP: "follow_up",
    Route.STATUS: "follow_up",
    Route.ANSWER: "follow_up",
    Route.UNREADABLE: UNREADABLE,
}
_TRACKING = re.compile(r"\b(?:MCMPS|CMDS)-[0-9]{4}-[0-9]+\b|(?<![0-9-])[0-9]{2}-[0-9]{7}(?![0-9-])", re.IGNORECASE)
"""Tracking numbers of the time before inboxd, in a subject; today's are `email.case_references`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What judging needs."""

    rules: Rules
    """With the settings and the roster of the folder."""
    applications: Mapping[str, Application] | None
    readers: MailReaders
    inspector: Inspector
    reader_of: Callable[[str], SecondReader | None] | None = None
    """By id of a mail, a second reader that did not learn from it; None: that of the rules reads every mail."""


def judge_all(corpus: Corpus, bench: Bench) -> Iterator[Prediction]:
    """Judge every mail of a folder, one after the other; only one is in memory at a time."""
    for path in corpus.messages:
        yield judge(path, corpus.id_of(path), bench)


def judge(path: Path, mail_id: str, bench: Bench) -> Prediction:
    """Judge one mail. Raises `Transient` or `Permanent` only for what is wrong with this machine."""
    limit = bench.rules.settings.limits.max_mail_bytes
    try:
        found = path.stat()
        if found.st_size > limit:
            return _unread(mail_id, f"{Reason.TOO_LARGE}: larger than limits.max_mail_bytes ({limit})")
        return _judge(mail_id, path.read_bytes(), datetime.fromtimestamp(found.st_mtime, UTC), bench)
    except OSError as error:
        return _unread(mail_id, f"the file cannot be read: {error.strerror}")
    except Unparsable as error:
        return _unread(mail_id, f"{Reason.UNREADABLE}: {error}")
    except InboxdError:
        raise  # of this machine, not of the mail, such as a look inside files that cannot start: no figure would hold
    except Exception as error:
        # one mail that our own code fails on must not hide the figures of the others; the run ends with status 70
        bug = f"{type(error).__name__}, {maillog.trail(error)}"
        return _unread(mail_id, f"a fault of inboxd itself: {bug}", bug=bug)


def _unread(mail_id: str, why: str, *, bug: str = "") -> Prediction:
    return Prediction(
        id=mail_id, route=UNREADABLE, outcome=str(SubmissionOutcome.HOLD), cases=0, explanation=why, bug=bug
    )


def _judge(mail_id: str, raw: bytes, modified: datetime, bench: Bench) -> Prediction:
    rules = bench.rules
    if bench.reader_of is not None:
        rules = dataclasses.replace(rules, second_reader=bench.reader_of(mail_id))
    email = bench.readers.given(raw)
    received = email.date or modified  # `date` is the topmost Received where there is no Date
    facts = _facts(email, received, bench)
    facts = looking_inside.with_findings(email, facts, rules, received, bench.inspector, None)
    plan = triage.decide(email, facts, rules, received)
    found = _in_words_of_labels(mail_id, plan, triage.ask(email, facts, rules, received))
    if rules.second_reader is None or found.category is None:
        return found
    alone = dataclasses.replace(rules, second_reader=None)
    by_criteria = _said(triage.decide(email, facts, alone, received), triage.ask(email, facts, alone, received))
    opinions = [str(hit.category) for hit in plan.verdict.hits if hit.where == "opinion"]
    return dataclasses.replace(
        found, by_criteria=by_criteria.category, by_second_reader=opinions[0] if opinions else None
    )


def _facts(email: Email, received: datetime, bench: Bench) -> Facts:
    """What an empty store knows: the application record, and nothing else."""
    settings = bench.rules.settings
    number = email.subject_reading.number
    application = None
    if number:
        application = Application(number=number) if bench.applications is None else bench.applications.get(number)
    taken = Taken(
        mail_id=1,
        digest=email.digest,
        size=email.size,
        account=settings.mailbox.account,
        folder=settings.mailbox.inbox,
        arrived_at=received,
        attempts=1,
    )
    return Facts.of_an_empty_store(taken, application=application)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """The part of a prediction that depends on the route."""

    route: str
    category: str | None = None
    criteria: tuple[str, ...] = ()
    outcome: str | None = None
    reasons: tuple[str, ...] = ()


def _in_words_of_labels(mail_id: str, plan: Plan, question: Question) -> Prediction:
    said = _said(plan, question)
    email = question.email
    by_id = question.rules.criteria.by_id
    return Prediction(
        id=mail_id,
        route=said.route,
        category=said.category,
        criteria=said.criteria,
        criterion=next((by_id[name].description_en for name in said.criteria if name in by_id), ""),
        language=str(email.language),
        numbers=() if said.route == "automatic" else _numbers(email),
        cases=max(1, len(plan.cases)),
        outcome=said.outcome,
        reasons=tuple(reason for reason in said.reasons if reason in REASONS),
        own_reasons=tuple(reason for reason in said.reasons if reason not in REASONS),
        explanation=explanation(plan, question),
    )


def _said(plan: Plan, question: Question) -> _Said:
    route = plan.verdict.route
    if route in _PLAIN:
        return _Said(route=_PLAIN[route], criteria=_criteria(plan))
    if route is Route.UNVERIFIED:
        return _held_for_its_sender(plan, question)
    if route is Route.OUTSIDER:
        if question.email.subject_reading.intent is SubjectIntent.NONE:
            return _Said(route="outsider")
        outcome = str(SubmissionOutcome.FAIL)
        return _Said(route="submission", outcome=outcome, reasons=(str(Reason.SENDER_NOT_AUTHORISED),))
    if plan.submission is not None:
        return _Said(
            route="mixed" if plan.cases else "submission",
            category=_category(plan),
            criteria=_criteria(plan) if plan.cases else (),
            outcome=str(plan.submission.outcome),
            reasons=tuple(str(reason) for reason in plan.submission.reasons),
        )
    if not _in_a_thread(question.email):
        return _Said(route="enquiry", category=_category(plan), criteria=_criteria(plan))
    # With a store this mail would meet its case, and its new words would be read as a follow-up's.
    reading = follow_ups.read_follow_up(question)
    category = enquiries.category_of(question, reading)
    hits = ids_of(reading.hits, None if category is Category.REVIEW else category)
    return _Said(route="follow_up", category=str(category), criteria=hits or reading.not_met_topics)


def _held_for_its_sender(plan: Plan, question: Question) -> _Said:
    """A client whose address the gateway did not confirm, or nobody in From: what kind of mail waits for a person."""
    documents = submits_documents(question)
    if documents is not None:
        mixed = bool(documents.cases)
        return _Said(
            route="mixed" if mixed else "submission",
            category=REVIEW if mixed else None,
            outcome=str(SubmissionOutcome.HOLD),
            reasons=(str(plan.held),),
        )
    if about_a_passport(question) is not None:
        return _Said(route="passport")
    return _Said(route="follow_up" if _in_a_thread(question.email) else "enquiry", category=REVIEW)


def _in_a_thread(email: Email) -> bool:
    """Whether a mail goes on with something, by its own evidence: a reply by subject and headers, or our reference."""
    answers = email.subject_reading.is_reply and bool(email.in_reply_to or email.references)
    return answers or bool(email.case_references) or bool(_TRACKING.search(email.subject))


def _category(plan: Plan) -> str | None:
    """The category of the case that is due first, of those it would open."""
    return str(enquiries.most_pressing(plan.cases)) if plan.cases else None


def _criteria(plan: Plan) -> tuple[str, ...]:
    """The criteria that decided; for one that meets none, the topics that were recognised."""
    decided = tuple(dict.fromkeys(criterion for case in plan.cases for criterion in case.criteria))
    topics = (hit.criterion for hit in plan.verdict.hits if hit.category is Category.NOT_MET)
    return decided or tuple(dict.fromkeys(topics))


def _numbers(email: Email) -> tuple[str, ...]:
    """The application numbers that the sender means, and an old number that the subject gives, as it is written."""
    old = email.subject_reading.number if email.subject_reading.reason == Reason.NUMBER_LEGACY else ""
    return tuple(dict.fromkeys((*email.numbers, *([old] if old else ()))))
