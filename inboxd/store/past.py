"""What our records said about a mail when it was decided: for judging past mail by other rules. Reads only.

Cases are put back as they were by the journal, replies are counted up to then, and what the mail itself caused is left
out. What an importer changed since (application records, documents on them) is as it is now.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Row, func, or_, select

from inboxd.documents import Reason
from inboxd.mail import Email, Facts, OpenCase, Taken
from inboxd.plan import INSIDE
from inboxd.store.facts import thread_of
from inboxd.store.fuses import SENDER_WINDOW, THREAD_WINDOW
from inboxd.store.mails import as_taken
from inboxd.tables import cases, effects, events, mails, tombstones

ANSWERED_OR_CORRECTED = ("case_answered", "case_overridden")
CATEGORY_EVENTS = ("case_opened", "case_raised", "case_overridden")
STATE_AFTER = {
    "case_raised": "open",
    "case_reopened": "open",
    "case_answered": "answered",
    "case_closed": "closed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PastMail:
    """A mail that was taken, and what became of it."""

    taken: Taken
    state: str
    held_reason: str
    decided_at: datetime | None


def mails_between(tx: Connection, since: datetime, until: datetime) -> list[PastMail]:
    """Every mail received in that time, `until` not included, in order of receipt; not those that were purged."""
    purged = select(tombstones.c.mail_id)
    wanted = select(mails).where(mails.c.arrived_at >= since, mails.c.arrived_at < until, mails.c.id.not_in(purged))
    return [
        PastMail(taken=as_taken(row), state=row.state, held_reason=row.held_reason, decided_at=row.decided_at)
        for row in tx.execute(wanted.order_by(mails.c.arrived_at, mails.c.id))
    ]


def as_of_decision(tx: Connection, known: Facts, email: Email) -> Facts:
    """The facts as they were when the mail was last decided; as they are if it never was."""
    mail_id = known.taken.mail_id
    if not mail_id:
        return known
    decided = select(events.c.id, events.c.at).where(events.c.mail_id == mail_id, events.c.event == "decided")
    last = tx.execute(decided.order_by(events.c.id.desc()).limit(1)).first()
    if last is None:
        return known
    sender = email.sender.address if email.sender else ""
    before = (
        effects.c.kind == "send",
        effects.c.created_at <= last.at,
        or_(effects.c.mail_id.is_(None), effects.c.mail_id != mail_id),
    )
    answers = select(func.count()).select_from(effects).where(*before, effects.c.template.not_in(INSIDE))
    to_sender = answers.where(effects.c.recipient == sender, effects.c.created_at >= last.at - SENDER_WINDOW)
    in_thread = answers.where(effects.c.thread == thread_of(email), effects.c.created_at >= last.at - THREAD_WINDOW)
    pointer = select(func.max(effects.c.created_at)).where(
        *before, effects.c.recipient == sender, effects.c.template == "outsider"
    )
    return dataclasses.replace(
        known,
        cases=_cases_then(tx, known.cases, mail_id, last.id),
        replies_to_sender_today=(tx.scalar(to_sender) or 0) if sender else 0,
        replies_in_thread=(tx.scalar(in_thread) or 0) if thread_of(email) else 0,
        last_pointer_at=tx.scalar(pointer) if sender else None,
        waits_at_limit=tx.scalar(select(mails.c.held_reason).where(mails.c.id == mail_id)) == Reason.REPLY_LIMIT,
    )


def _cases_then(tx: Connection, known: Sequence[OpenCase], mail_id: int, before: int) -> tuple[OpenCase, ...]:
    if not known:
        return ()
    ids = [case.case_id for case in known]
    told = select(events).where(events.c.case_id.in_(ids), events.c.id < before)
    # what the mail itself did to a case stands in the journal just before its own decision
    others = told.where(
        or_(events.c.mail_id.is_(None), events.c.mail_id != mail_id, events.c.event == "case_overridden")
    )
    queues = {row.id: row.queue for row in tx.execute(select(cases.c.id, cases.c.queue).where(cases.c.id.in_(ids)))}
    history: dict[int, list[Row[tuple[object, ...]]]] = {case_id: [] for case_id in ids}
    for row in tx.execute(others.order_by(events.c.id)):
        history[row.case_id].append(row)
    then = (_then(case, history[case.case_id], queues[case.case_id]) for case in known)
    return tuple(case for case in then if case is not None)


def _then(case: OpenCase, history: Sequence[Row[tuple[object, ...]]], queue: str) -> OpenCase | None:
    """A case after these lines of the journal; None if it was not opened yet."""
    if not any(row.event == "case_opened" for row in history):
        return None
    category, state, reply_by, answered_at = case.category, "open", case.reply_by, None
    waits_since = None
    for row in history:
        if row.event in CATEGORY_EVENTS:
            category = row.detail["category"]
            if "reply_by" in row.detail:  # journals of before this was noted do not say
                reply_by = datetime.fromisoformat(row.detail["reply_by"])
        if row.event == "case_opened":
            state = "answered" if category == "not_met" and queue != "mil" else "open"
        elif row.event in ANSWERED_OR_CORRECTED and "state" in row.detail:
            state = row.detail["state"]
        else:
            state = STATE_AFTER.get(row.event, state)
        if row.event == "case_paused":
            waits_since = row.at
        if row.event == "case_answered":
            answered_at = row.at
        elif state != "answered":
            answered_at = None
    return dataclasses.replace(
        case,
        category=category,
        state=state,
        reply_by=reply_by,
        answered_at=answered_at,
        waits_since=waits_since if state == "waiting" else None,
    )
