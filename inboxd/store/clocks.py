"""Rows of cases and timers: opening, raising, answering, closing; what is due."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, update

from inboxd import ladder
from inboxd.calendar import Deadline
from inboxd.ladder import FILING_KINDS, REPLY_KINDS
from inboxd.plan import CasePlan, CaseUpdate, Category, TimerPlan
from inboxd.standards import Standards
from inboxd.store.journal import inserted_id, note
from inboxd.tables import case_mails, cases, timers

CLOCK_EVENTS = frozenset({"case_raised", "case_overridden", "case_reopened", "case_resumed", "case_reclocked"})
"""What sets the timers of a case anew."""

# what every case needs is built once: building a statement costs more than carrying it out
_BY_REFERENCE = select(cases.c.id).where(cases.c.reference == bindparam("wanted"))
_OPEN = cases.insert()
_LINKED = select(case_mails.c.id).where(
    case_mails.c.case_id == bindparam("case"), case_mails.c.mail_id == bindparam("mail")
)
_LINK = case_mails.insert()
_SET = select(timers.c.id, timers.c.key, timers.c.due_at, timers.c.state).where(
    timers.c.key.in_(bindparam("keys", expanding=True))
)
_SET_NEW = timers.insert()
_CANCEL_FILING = (
    update(timers)
    .where(timers.c.mail_id == bindparam("mail"), timers.c.state == "set", timers.c.kind.in_(sorted(FILING_KINDS)))
    .values(state="cancelled")
)


def open_case(tx: Connection, mail_id: int, plan: CasePlan, now: datetime) -> int:
    """Open a case with its timers. The same reference again is the same case: nothing is opened twice."""
    known: int | None = tx.scalar(_BY_REFERENCE, {"wanted": plan.reference})
    if known is not None:
        return known
    inserted = tx.execute(
        _OPEN,
        {
            "reference": plan.reference,
            "mail_id": mail_id,
            "office": plan.office,
            "queue": plan.queue,
            "category": plan.category,
            "high_profile": plan.high_profile,
            "criteria": list(plan.criteria),
            "numbers": list(plan.numbers),
            "language": plan.language,
            "state": plan.state,
            "answered_at": now if plan.state == "answered" else None,
            "received": plan.deadline.received,
            "clock_start": plan.deadline.clock_start,
            "reply_by": plan.deadline.reply_by,
            "action_by": plan.deadline.action_by,
            "steps": list(plan.deadline.steps),
            "calendar_version": plan.deadline.calendar_version,
            "opened_at": now,
        },
    )
    case_id = inserted_id(inserted)
    link(tx, case_id, mail_id, "opened", now)
    set_timers(tx, f"case/{plan.reference}", plan.timers, case_id=case_id, mail_id=mail_id)
    note(
        tx,
        "case_opened",
        now,
        mail_id=mail_id,
        case_id=case_id,
        category=plan.category,
        reply_by=plan.deadline.reply_by.isoformat(),
        reference=plan.reference,
        action_by=plan.deadline.action_by.isoformat() if plan.deadline.action_by else "",
    )
    return case_id


def link(tx: Connection, case_id: int, mail_id: int, relation: str, now: datetime) -> None:
    """Tie a mail to a case, once."""
    if tx.scalar(_LINKED, {"case": case_id, "mail": mail_id}) is None:
        tx.execute(_LINK, {"case_id": case_id, "mail_id": mail_id, "relation": relation, "at": now})


def set_timers(
    tx: Connection, owner: str, plans: Iterable[TimerPlan], *, case_id: int | None, mail_id: int | None
) -> None:
    """Set timers. One that is set already may come earlier, never later."""
    wanted = {f"{owner}/{plan.kind}": plan for plan in sorted(plans, key=lambda plan: plan.due_at, reverse=True)}
    if not wanted:
        return
    known = {row.key: row for row in tx.execute(_SET, {"keys": list(wanted)})}
    new = [
        {"key": key, "case_id": case_id, "mail_id": mail_id, "kind": plan.kind, "due_at": plan.due_at, "state": "set"}
        for key, plan in wanted.items()
        if key not in known
    ]
    if new:
        tx.execute(_SET_NEW, new)
    for key, row in known.items():
        if row.state == "set" and wanted[key].due_at < row.due_at:
            tx.execute(update(timers).where(timers.c.id == row.id).values(due_at=wanted[key].due_at))


def unfired(tx: Connection, case_id: int, plans: Iterable[TimerPlan]) -> list[TimerPlan]:
    """Those of these steps that did not fire at their very time before, and are not set for it: each fires once,
    whatever sets it again."""
    told = timers.c.case_id == case_id, timers.c.state.in_(("fired", "set"))
    known = {(row.kind, row.due_at) for row in tx.execute(select(timers.c.kind, timers.c.due_at).where(*told))}
    return [plan for plan in plans if (plan.kind, plan.due_at) not in known]


def apply(tx: Connection, mail_id: int, change: CaseUpdate, now: datetime) -> None:
    """Append a follow-up, raise the category, or note an officer's answer."""
    link(tx, change.case_id, mail_id, change.relation, now)
    if change.category is not None and change.deadline is not None:
        deadline = change.deadline
        tx.execute(
            update(cases)
            .where(cases.c.id == change.case_id)
            .values(
                category=change.category,
                criteria=list(change.criteria),
                state="open",
                answered_at=None,
                reply_by=deadline.reply_by,
                action_by=deadline.action_by,
                clock_start=deadline.clock_start,
                steps=list(deadline.steps),
                calendar_version=deadline.calendar_version,
            )
        )
        cancel(tx, change.case_id, REPLY_KINDS)
        plans = unfired(tx, change.case_id, change.timers)
        set_timers(tx, f"case/{change.reference}/{mail_id}", plans, case_id=change.case_id, mail_id=mail_id)
        note(
            tx,
            "case_raised",
            now,
            mail_id=mail_id,
            case_id=change.case_id,
            category=change.category,
            reply_by=deadline.reply_by.isoformat(),
        )
    elif change.answered_at is not None:
        answered(tx, change.case_id, change.answered_at, now, mail_id=mail_id)
    else:
        note(tx, "case_follow_up", now, mail_id=mail_id, case_id=change.case_id)


def answered(tx: Connection, case_id: int, at: datetime, now: datetime, *, mail_id: int | None) -> None:
    """A person answered: the reply timers stop, the action alarm does not (`domain.md` C1).

    A case that was closed before the answer was seen stays closed, and is answered all the same: it has no clock to
    stop, but one that is opened again must not wait for an answer that was given.
    """
    unanswered = cases.c.id == case_id, cases.c.answered_at.is_(None)
    going = tx.execute(
        update(cases)
        .where(cases.c.id == case_id, cases.c.state.in_(("open", "waiting")))
        .values(state="answered", answered_at=at)
    )
    if going.rowcount:
        cancel(tx, case_id, REPLY_KINDS)
        note(tx, "case_answered", now, mail_id=mail_id, case_id=case_id)
    elif tx.execute(update(cases).where(*unanswered, cases.c.state == "closed").values(answered_at=at)).rowcount:
        note(tx, "case_answered", now, mail_id=mail_id, case_id=case_id, state="closed")


def cancel_filing(tx: Connection, mail_id: int) -> None:
    """A held submission was settled: its filing timers stop."""
    tx.execute(_CANCEL_FILING, {"mail": mail_id})


def deadline_of(case: Row[Any]) -> Deadline:
    """The deadline that the row of a case keeps."""
    return Deadline(
        received=case.received,
        clock_start=case.clock_start,
        reply_by=case.reply_by,
        action_by=case.action_by,
        steps=tuple(case.steps),
        calendar_version=case.calendar_version,
    )


def reopen_unanswered(tx: Connection, mail_id: int, now: datetime, standards: Standards) -> None:
    """The notice that was the answer to a case did not arrive (`domain.md` C18): the case waits for a person."""
    rows = tx.execute(
        select(cases).where(
            cases.c.mail_id == mail_id, cases.c.category == Category.NOT_MET, cases.c.state == "answered"
        )
    ).all()
    for row in rows:
        tx.execute(update(cases).where(cases.c.id == row.id).values(state="open", answered_at=None))
        plans = ladder.of_case(standards, row.received, Category(row.category), deadline_of(row), queue=row.queue)
        # a key of its own: the case may have had, and lost, a timer of this kind before
        owner = f"case/{row.reference}/returned-{now.timestamp():.0f}"
        set_timers(tx, owner, unfired(tx, row.id, plans), case_id=row.id, mail_id=mail_id)
        note(tx, "case_reopened", now, mail_id=mail_id, case_id=row.id)


def close(tx: Connection, reference: str, now: datetime, actor: str) -> bool:
    """Close a case: every timer of it is cancelled. False if there is none that is not closed."""
    case_id = tx.scalar(select(cases.c.id).where(cases.c.reference == reference, cases.c.state != "closed"))
    if case_id is None:
        return False
    tx.execute(update(cases).where(cases.c.id == case_id).values(state="closed"))
    cancel(tx, case_id, None)
    note(tx, "case_closed", now, case_id=case_id, actor=actor)
    return True


def cancel(tx: Connection, case_id: int, kinds: tuple[str, ...] | None) -> None:
    """Cancel what is set, or paused, of these kinds; every kind if None."""
    wanted = update(timers).where(timers.c.case_id == case_id, timers.c.state.in_(("set", "paused")))
    if kinds is not None:
        wanted = wanted.where(timers.c.kind.in_(kinds))
    tx.execute(wanted.values(state="cancelled"))
