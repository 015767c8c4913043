"""A person's word on a case: its category is corrected, its clock set anew from the first receipt, its mails moved.

The command and a move between folders in a mail client both come here. Nothing is sent unless it is asked for. Raises
`Refused`, in words for that person, when there is nothing to correct; `Transient` if the case changed meanwhile.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from inboxd import calendar, ladder, maillog, triage
from inboxd.archive import SENT
from inboxd.calendar import Deadline
from inboxd.context import Context
from inboxd.errors import Permanent, Unparsable
from inboxd.ladder import MIL, REPLY_KINDS
from inboxd.mail import Email, Facts, Language, Taken
from inboxd.plan import CasePlan, Category, TimerPlan
from inboxd.replies import render
from inboxd.store import mails, outbox, overrides, pauses
from inboxd.store.facts import thread_of
from inboxd.triage import Rules, enquiries, others, pausing
from inboxd.triage.rulebook import CATEGORY

COMMAND = "command"
FOLDER = "folder"
LONGEST_ACTOR = 100


class Refused(Permanent):
    """The category of this case cannot be set so; nothing was changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected:
    """What a correction did."""

    override_id: int
    reference: str
    previous: Category
    category: Category
    state: str
    """open, waiting or answered, as the case is now."""
    reply_by: datetime
    action_by: datetime | None
    moved: int
    """Copies of mails that are on their way to another folder."""
    notified: str
    """The template that is on its way to the sender; empty: nothing is sent."""


def set_category(
    context: Context,
    reference: str,
    category: Category,
    *,
    reason: str,
    by: str,
    how: str,
    notify: bool = False,
) -> Corrected:
    """Correct the category of a case that is not closed. One transaction: all or nothing.

    `by` is who decided, as the journal keeps it (`person:kim`); `how` is `COMMAND` or `FOLDER`. With `notify` the
    sender gets the acknowledgement with the new reply-by, or the notice that no criterion is met.
    """
    if not reason.strip() or not by.strip():
        raise Refused("a correction says why, and who made it")
    actor, now = by.strip()[:LONGEST_ACTOR], context.now()
    answered = _mail_to_answer(context, reference, category) if notify else None  # before the transaction: it is slow
    with context.database.transaction() as tx:
        case = _case(tx, reference, category)
        deadline, plans = _clock(context.rules, case, category)
        waited = pauses.ended(tx, case["id"])  # the time for which it waited for the office does not count
        hours = context.rules.standards.calendar
        deadline, plans = pausing.after_waiting(hours, waited, deadline, plans, pauses.STAND_STILL)
        answers = notify and category is Category.NOT_MET
        state = _state(case, answers=answers)
        if state == "answered":
            plans = tuple(plan for plan in plans if plan.kind not in REPLY_KINDS)  # the alarm goes on (`domain.md` C1)
        evidence = overrides.evidence_for(tx, case)
        notified = _notify(context, tx, case, category, deadline, now, answered) if answered else ""
        override_id = overrides.record(
            tx, case, evidence, category, now, actor=actor, reason=reason.strip(), how=how, notified=notified
        )
        overrides.re_clock(
            tx,
            override_id,
            case,
            category,
            deadline,
            () if answers else plans,
            now,
            state=state,
            answered_at=_answered_at(case, state, now),
            actor=actor,
            how=how,
            reason=reason.strip(),
            notified=notified,
        )
        paused = pauses.since(tx, case["id"])
        if paused is not None:
            pauses.stop_timers(tx, case["id"], paused)
        moved = overrides.move_mails(tx, case["id"], now)
    maillog.case_overridden(case["id"], category=category, how=how, actor=actor)
    return Corrected(
        override_id=override_id,
        reference=case["reference"],
        previous=Category(case["category"]),
        category=category,
        state=state,
        reply_by=deadline.reply_by,
        action_by=deadline.action_by,
        moved=moved,
        notified=notified,
    )


def _case(tx: Connection, reference: str, category: Category) -> Mapping[str, Any]:
    name = reference.strip().upper()
    case = overrides.case_of(tx, name)
    if case is None:
        raise Refused(f"there is no case {name}; `inboxd cases` shows them")
    if case["state"] == "closed":
        raise Refused(f"case {name} is closed; its category stays {case['category']}")
    if case["category"] == category:
        raise Refused(f"case {name} is {category} already")
    return case


def _clock(rules: Rules, case: Mapping[str, Any], category: Category) -> tuple[Deadline, tuple[TimerPlan, ...]]:
    """Deadline and timers of the category, from the time when the case was first received."""
    received, standards = case["received"], rules.standards
    if case["queue"] == MIL and category is not Category.CRITICAL:
        return others.minister_clock(standards, received, category)
    deadline = calendar.deadline(
        standards.calendar, received, standards.business_days(category), standards.action_hours(category)
    )
    return deadline, ladder.of_case(standards, received, category, deadline)


def _state(case: Mapping[str, Any], *, answers: bool) -> str:
    """What a person answered stays answered; what only the redirect answered is open again (`domain.md` C18)."""
    if answers:
        return "answered"
    by_notice = case["state"] == "answered" and case["category"] == Category.NOT_MET and not case["was_answered"]
    return "open" if by_notice else str(case["state"])


def _answered_at(case: Mapping[str, Any], state: str, now: datetime) -> datetime | None:
    if state != "answered":
        return None
    known: datetime | None = case["answered_at"]
    return known or now


def _mail_to_answer(context: Context, reference: str, category: Category) -> tuple[Taken, Email]:
    """The mail that opened the case, which the notice answers. Raises `Refused` as well if it cannot be read."""
    with context.database.reading() as tx:
        case = _case(tx, reference, category)
        taken = mails.by_id(tx, case["mail_id"])
    if case["queue"] == MIL:
        raise Refused("the Minister's Office gets no automatic mail; leave --notify out")
    if taken is None:
        raise Refused(f"the mail of case {case['reference']} is not here")
    try:
        return taken, context.reader.stored(taken.digest, taken.outline)
    except Unparsable as error:
        raise Refused(
            f"the mail of case {case['reference']} cannot be read ({error}); leave --notify out and answer by hand"
        ) from error


def _notify(
    context: Context,
    tx: Connection,
    case: Mapping[str, Any],
    category: Category,
    deadline: Deadline,
    now: datetime,
    answered: tuple[Taken, Email],
) -> str:
    """Put the notice for the sender in the outbox. Returns its template."""
    if category is not Category.NOT_MET and deadline.reply_by <= now:
        raise Refused("by the new category the reply is late already; leave --notify out and answer the office now")
    taken, email = answered
    question = triage.ask(email, _bare_facts(context, taken), context.rules, now)
    if not question.is_verified or not question.is_client:
        raise Refused("the sender of this case is not verified now; leave --notify out and answer by hand")
    reading = enquiries.read_enquiry(question)
    looked_for = tuple(row.id for row in context.rules.criteria.rows if row.category in CATEGORY)
    reply = enquiries.acknowledgement(
        question, _as_plan(case, category, deadline), dataclasses.replace(reading, looked_for=looked_for)
    )
    ordinal = overrides.count_of(tx, case["id"])
    key = f"override/{taken.digest[:32]}/{case['reference']}/{ordinal}/{reply.template}"
    rendered = render(context.templates, reply, email, office=context.settings.office, effect_key=key, now=now)
    digest = context.archive.keep(SENT, rendered.raw)
    if outbox.add_mail(tx, key, rendered, now, mail_id=taken.mail_id, digest=digest, thread=thread_of(email)):
        outbox.reopen_mail(tx, taken.mail_id)
    return reply.template


def _as_plan(case: Mapping[str, Any], category: Category, deadline: Deadline) -> CasePlan:
    """The case as a notice shows it: no criterion decided, a person did."""
    return CasePlan(
        reference=case["reference"],
        category=category,
        high_profile=case["high_profile"],
        criteria=(),
        numbers=tuple(case["numbers"]),
        office=case["office"],
        language=Language(case["language"]),
        deadline=deadline,
        timers=(),
    )


def _bare_facts(context: Context, taken: Taken) -> Facts:
    """Enough to write to a sender; nothing is decided from it."""
    return Facts.of_an_empty_store(taken, from_sent_folder=taken.folder == context.settings.mailbox.sent_folder)
