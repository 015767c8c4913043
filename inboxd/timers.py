"""Stage 4: timers are rows; one whose time has come fires once and becomes mail to the people whom its step names.

Late ones (the daemon was down, the computer slept, its clock was put forward) fire at the next look, in order, and
their notices say so. Marking one fired and putting its mails in the outbox is one transaction, so dying anywhere
neither loses nor doubles one. One whose notice cannot be written holds up no other: it is tried again, and the stage
raises `Permanent` after the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from inboxd import alerts, ladder, maillog, parking
from inboxd.context import Context
from inboxd.errors import Permanent
from inboxd.plan import Value
from inboxd.store import ringing
from inboxd.store.ringing import DueTimer
from inboxd.triage import pausing

AT_ONCE = 100
LATE_AFTER = timedelta(minutes=5)
"""A notice that comes so long after its time says that it is late, and why."""
NOTHING = timedelta()


def fire_due(app: Context) -> int:
    """Fire every timer that is due, oldest first. Returns how many."""
    fired, left = 0, dict[int, Permanent]()
    while not app.enough():
        now = app.now()
        with app.database.reading() as tx:
            due = [timer for timer in ringing.due(tx, now, AT_ONCE + len(left)) if timer.timer_id not in left]
        if not due:
            break
        for timer in due:
            try:
                fired += fire(app, timer)
            except Permanent as error:
                left[timer.timer_id] = error
            app.alive()
    if left:
        raise next(iter(left.values()))
    return fired


def fire(app: Context, timer: DueTimer) -> bool:
    """Fire one timer: its notices are in the outbox. False if another process did, or nothing is set any more."""
    now, step = app.now(), ladder.STEPS[timer.kind]
    prepared = alerts.prepare(
        app,
        f"timer/{timer.digest[:32]}/{timer.reference}/{timer.kind}/{timer.due_at.timestamp():.0f}",
        timer.kind,
        received=timer.received,
        due=timer.promised,
        reference=timer.reference,
        category=timer.category,
        mail_id=timer.mail_id,
        office=timer.office,
        template=step.notice,
        to=step.to,
        values={**_distance(app, timer, now), **_lateness(app, timer, now), "ordinal": str(step.ordinal)},
    )
    with app.database.transaction() as tx:
        if not ringing.fired(tx, timer, now):
            return False
        alerts.put_in(tx, prepared, now)
    late = max(now - timer.due_at, NOTHING).total_seconds()
    maillog.timer_fired(timer.timer_id, kind=timer.kind, case_id=timer.case_id, late_seconds=late)
    return True


def _distance(app: Context, timer: DueTimer, now: datetime) -> Mapping[str, Value]:
    """Minutes until the due time, or since: of office time; of all time for the action alarm (`domain.md` C1)."""
    due, hours = timer.promised, app.rules.standards.calendar
    begin, end = sorted((now, due), key=lambda moment: moment.astimezone(UTC))
    consecutive = timer.kind in ladder.ACTION_KINDS
    between = end - begin if consecutive else pausing.office_time(hours, begin, end)
    minutes = str(int(between.total_seconds()) // 60)
    return {"left": minutes, "over": ""} if now < due else {"left": "", "over": minutes}


def _lateness(app: Context, timer: DueTimer, now: datetime) -> Mapping[str, Value]:
    """When the notice should have come, and why it did not; no reason where it is not late."""
    return {"planned": timer.due_at, "late": _why_late(app, timer) if now - timer.due_at > LATE_AFTER else ""}


def _why_late(app: Context, timer: DueTimer) -> str:
    with app.database.reading() as tx:
        set_late = ringing.set_after_its_time(tx, timer)
    if set_late == "clock":
        return "set_late"
    if app.started is not None and timer.due_at < app.started:
        return "not_running"
    return "set_late" if set_late else "held_up"


def close_case(app: Context, reference: str, actor: str) -> bool:
    """Close a case on a person's word: every timer of it stops, and its mails go to Closed.

    False if there is no such case, or it is closed.
    """
    with app.database.transaction() as tx:
        return parking.close(app, tx, reference, actor)
