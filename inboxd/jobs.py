"""The table of ticks: APScheduler wakes the loop, nothing more. What is due is in our rows.

The scheduler keeps its memory store; a tick that is late or missed is coalesced into the next look (`docs/flow.md`).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger
from sqlalchemy import Column, ColumnElement, Select, select

from inboxd import digest, maillog
from inboxd.context import Context
from inboxd.errors import Transient
from inboxd.plan import EffectKind
from inboxd.store import sending
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
WATCH = "watch"
"""The tick that says: see whether the service itself is well."""
WATCH_SECONDS = 60.0
RULES = "rules"
"""The tick that says: the office's criteria were changed."""
RULES_SECONDS = 2.0
SET_BACK_SECONDS = 2.0
"""Less is a clock that is being adjusted."""


def _always(_: Context) -> bool:
    return True


def something_due(app: Context) -> bool:
    """Is any timer, effect or mail due, or the day's digest? A read; never a write."""
    now = app.now()
    wanted = (
        _first(timers.c.due_at, now, timers.c.state == "set"),
        _first(effects.c.due_at, now, effects.c.state == "due", effects.c.kind != EffectKind.SEND),
        _first(mails.c.next_try_at, now, mails.c.state == "taken"),
        _first(mails.c.next_try_at, now, mails.c.state == "held", mails.c.held_reason.in_(WAITING)),
    )
    with app.database.reading() as tx:
        firsts = tx.execute(select(*(query.scalar_subquery() for query in wanted))).one()
        found = any(first is not None for first in firsts) or sending.is_any_due(tx, now)
    return found or digest.is_due(app)


def _first(at: Column[datetime], now: datetime, *where: ColumnElement[bool]) -> Select[Any]:
    """The earliest that is due. In order, so that the index is asked: PostgreSQL takes past rows for due ones, and
    would look for any of them from the beginning of the table (`docs/sweep-cost.md`)."""
    return select(at).where(*where, at <= now).order_by(at).limit(1)


def table(app: Context) -> tuple[Tick, ...]:
    """All ticks of the daemon."""
    return (
        Tick(name=RECONCILE, seconds=app.settings.mailbox.reconcile_seconds, due=_always),
        Tick(name="due", seconds=5, due=something_due),
        Tick(name=WATCH, seconds=WATCH_SECONDS, due=_always),
    )


class _Every(BaseTrigger):  # type: ignore[misc]  # APScheduler has no types
    """So many seconds after the last time; what was slept through, or jumped over, is made up for by one tick.

    APScheduler's own interval walks through every time that was missed: with a clock that began in 1970, for minutes.
    """

    def __init__(self, seconds: float) -> None:
        self._interval = timedelta(seconds=seconds)

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        """Called by APScheduler."""
        return max(previous_fire_time or now, now) + self._interval


class Ticks:
    """The running table.

    APScheduler waits for a time on the wall clock: if that is set back by an hour, nothing ticks for an hour. So
    whoever waits calls `keep_up` each second or so.
    """

    def __init__(self, scheduler: BackgroundScheduler, wall: Callable[[], float], steady: Callable[[], float]) -> None:
        self._scheduler, self._wall, self._steady = scheduler, wall, steady
        self._ahead = wall() - steady()

    def keep_up(self) -> None:
        """If the clock was set back since the last call, every tick comes now, and goes on from there."""
        ahead = self._wall() - self._steady()
        back, self._ahead = self._ahead - ahead, ahead
        if back > SET_BACK_SECONDS:
            maillog.clock_set_back(back)
            for job in self._scheduler.get_jobs():
                job.modify(next_run_time=datetime.now(UTC))

    def shutdown(self) -> None:
        """No tick comes any more."""
        self._scheduler.shutdown(wait=False)


def start(
    app: Context,
    wake: Callable[[str], None],
    rules_changed: Callable[[], bool],
    *,
    wall: Callable[[], float] = time.time,
    steady: Callable[[], float] = time.monotonic,
) -> Ticks:
    """Start the ticks; each calls `wake` with its name when there is something to do."""
    scheduler = BackgroundScheduler(timezone=UTC)

    def run(tick: Tick) -> None:
        with maillog.of_channel(app.channel):
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
            _Every(tick.seconds),
            args=[tick],
            id=tick.name,
            coalesce=True,
            misfire_grace_time=None,
            max_instances=1,
        )
    scheduler.start()
    return Ticks(scheduler, wall, steady)
