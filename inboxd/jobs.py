"""The table of ticks: APScheduler wakes the loop, nothing more. What is due is in our rows.

The scheduler keeps its memory store; a tick that is late or missed is coalesced into the next look (`docs/flow.md`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, timedelta

from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import or_, select

from inboxd import maillog
from inboxd.context import Context
from inboxd.errors import Transient
from inboxd.tables import effects, mails, timers
from inboxd.triage.submissions import WAITING


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """One line of the table: every so many seconds, look, and wake the loop if there is something."""

    name: str
    seconds: float
    due: Callable[[Context], bool]


RECONCILE = "reconcile"
"""The tick that says: compare everything with the server."""
RULES = "rules"
"""The tick that says: the office's criteria were changed."""
RULES_SECONDS = 2.0


def _always(_: Context) -> bool:
    return True


def something_due(app: Context) -> bool:
    """Is any timer, effect or mail due? A read; never a write."""
    now = app.now()
    wanted = (
        select(timers.c.id).where(timers.c.state == "set", timers.c.due_at <= now),
        select(effects.c.id).where(effects.c.state == "due", effects.c.due_at <= now),
        select(mails.c.id).where(mails.c.state == "taken", mails.c.next_try_at <= now),
        select(mails.c.id).where(
            mails.c.state == "held", mails.c.held_reason.in_(WAITING), mails.c.next_try_at <= now
        ),
    )
    with app.database.reading() as tx:
        return bool(tx.scalar(select(or_(*(query.exists() for query in wanted)))))


def table(app: Context) -> tuple[Tick, ...]:
    """All ticks of the daemon."""
    return (
        Tick(name=RECONCILE, seconds=app.settings.mailbox.reconcile_seconds, due=_always),
        Tick(name="due", seconds=5, due=something_due),
    )


def start(app: Context, wake: Callable[[str], None], rules_changed: Callable[[], bool]) -> BackgroundScheduler:
    """Start the ticks; each calls `wake` with its name when there is something to do."""
    scheduler = BackgroundScheduler(timezone=UTC)

    def run(tick: Tick) -> None:
        try:
            if tick.due(app):
                wake(tick.name)
        except Transient as error:
            maillog.database_unavailable(str(error), retry_seconds=tick.seconds)
        except Exception as error:
            maillog.bug(f"tick.{tick.name}", error)
            wake("bug")

    for tick in (*table(app), Tick(name=RULES, seconds=RULES_SECONDS, due=lambda _: rules_changed())):
        scheduler.add_job(
            run,
            "interval",
            args=[tick],
            seconds=timedelta(seconds=tick.seconds).total_seconds(),
            id=tick.name,
            coalesce=True,
            misfire_grace_time=None,
            max_instances=1,
        )
    scheduler.start()
    return scheduler
