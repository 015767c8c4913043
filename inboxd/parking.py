"""Cases that wait, go on, are closed and opened again on a person's word: clocks and folders together.

Called inside the caller's transaction, by a move in a mail client and by `inboxd close` alike. Nothing here is sent.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, func, select, update

from inboxd import calendar, ladder
from inboxd.context import Context
from inboxd.ladder import PAGE, REMINDERS, REPLY_KINDS, REVIEW_PAGE
from inboxd.plan import Category
from inboxd.store import clocks, homes, pauses
from inboxd.store.journal import note
from inboxd.tables import cases, timers
from inboxd.triage import pausing

ONCE = (*REMINDERS, REVIEW_PAGE, PAGE)
"""Kinds that are not told again when a case is opened again."""


def pause(app: Context, tx: Connection, case_id: int, actor: str) -> bool:
    """The reply clock of an open case stands still, of a closed one after it was opened again.

    One that was answered has no reply clock and stays as it is. False if nothing changed.
    """
    reopened = reopen(app, tx, case_id, actor)
    return pauses.begin(tx, case_id, app.now(), actor) or reopened


def resume(
    app: Context, tx: Connection, case_id: int, actor: str, *, at: datetime | None = None, why: str = ""
) -> bool:
    """A waiting case goes on with the office time that it had left, from `at` (now). False if it does not wait."""
    now = app.now()
    began = pauses.since(tx, case_id) or now
    resumes, hours = max(began, min(at or now, now)), app.rules.standards.calendar

    def later(due: datetime) -> datetime:
        return pausing.resumed(hours, due, began, resumes)

    def step(reply_by: datetime) -> str:
        return pausing.step(pausing.office_time(hours, began, resumes), calendar.local_time(hours, reply_by))

    return pauses.resume(tx, case_id, resumes, later, step, actor, why=why, version=hours.version) is not None


def close(app: Context, tx: Connection, reference: str, actor: str, *, but: Collection[int] = ()) -> bool:
    """Close a case: every timer of it stops, and its mails go to Closed. False if there is none that is not closed.

    `but`: mails that the caller sees to.
    """
    case_id = tx.scalar(select(cases.c.id).where(cases.c.reference == reference, cases.c.state != "closed"))
    if case_id is None:
        return False
    resume(app, tx, case_id, actor, why="closed")
    clocks.close(tx, reference, app.now(), actor)
    homes.bring_home(tx, case_id, app.now(), but=but)
    return True


def reopen(app: Context, tx: Connection, case_id: int, actor: str) -> bool:
    """A closed case is what it was: answered, or open by the clock it had. False if it is not closed.

    What is due by now is told at once; reminders that were told are not told again.
    """
    row = tx.execute(select(cases).where(cases.c.id == case_id, cases.c.state == "closed")).first()
    if row is None:
        return False
    now = app.now()
    state = "open" if row.answered_at is None else "answered"
    tx.execute(update(cases).where(cases.c.id == case_id).values(state=state))
    deadline = clocks.deadline_of(row)
    plans = ladder.of_case(app.rules.standards, row.received, Category(row.category), deadline, queue=row.queue)
    if state == "answered":
        plans = tuple(plan for plan in plans if plan.kind not in REPLY_KINDS)
    rung = timers.c.case_id == case_id, timers.c.state == "fired", timers.c.due_at >= row.received
    once = set(tx.scalars(select(timers.c.kind).where(*rung, timers.c.kind.in_(ONCE))))
    wanted = [plan for plan in clocks.unfired(tx, case_id, plans) if plan.kind not in once]
    number = tx.scalar(select(func.count()).select_from(timers).where(timers.c.case_id == case_id))
    clocks.set_timers(tx, f"case/{row.reference}/reopened-{number}", wanted, case_id=case_id, mail_id=row.mail_id)
    note(tx, "case_reopened", now, mail_id=row.mail_id, case_id=case_id, actor=actor, state=state)
    return True
