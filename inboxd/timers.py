"""Stage 4: timers are rows; one whose time has come fires once and becomes mail to the office's alert addresses.

Late ones (the daemon was down) fire at the next look, in order. Marking it fired and putting its mails in the outbox is
one transaction, so dying anywhere neither loses nor doubles one.
"""

from __future__ import annotations

from inboxd import alerts, maillog, parking
from inboxd.context import Context
from inboxd.store import clocks
from inboxd.store.clocks import DueTimer

AT_ONCE = 100


def fire_due(app: Context) -> int:
    """Fire every timer that is due. Returns how many."""
    fired = 0
    while not app.stopping():
        now = app.now()
        with app.database.reading() as tx:
            due = clocks.due(tx, now, AT_ONCE)
        if not due:
            break
        for timer in due:
            fired += _fire(app, timer)
            app.alive()
    return fired


def _fire(app: Context, timer: DueTimer) -> bool:
    now = app.now()
    prepared = alerts.prepare(
        app,
        f"timer/{timer.digest[:32]}/{timer.reference}/{timer.kind}/{timer.due_at.timestamp():.0f}",
        timer.kind,
        received=timer.received,
        due=timer.reply_by,
        reference=timer.reference,
        category=timer.category,
        mail_id=timer.mail_id,
        office=timer.office,
    )
    with app.database.transaction() as tx:
        if not clocks.fired(tx, timer, now):
            return False
        alerts.put_in(tx, prepared, now)
    late = (now - timer.due_at).total_seconds()
    maillog.timer_fired(timer.timer_id, kind=timer.kind, case_id=timer.case_id, late_seconds=late)
    return True


def close_case(app: Context, reference: str, actor: str) -> bool:
    """Close a case on a person's word: every timer of it stops, and its mails go to Closed.

    False if there is no such case, or it is closed.
    """
    with app.database.transaction() as tx:
        return parking.close(app, tx, reference, actor)
