"""The day's digest: one mail to the team on each business day, at the time that the settings name.

What is due is a question of wall time in the office's zone and of the office's calendar; that it was sent is a row in
the outbox whose key holds the day and the address, so that no crash, restart, clock step or second process doubles it.
A daemon that was down at that time sends it when it is up again on the same day; a day that has passed is not made up.
Fails as its doors do; the daemon tries again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from inboxd import alerts, calendar, maillog
from inboxd.calendar import BusinessCalendar
from inboxd.context import Context
from inboxd.plan import Value
from inboxd.replies import HELD_CODES
from inboxd.settings import Audience
from inboxd.store import agenda, outbox, reading

TEMPLATE = "digest"
ROWS = 10
"""Of each list; how many more there are is told, and which command lists them."""
LONGEST_CLOSURE = timedelta(days=60)
"""How far back the last business day is looked for."""
MIDNIGHT = time()
USUAL = time(7)


def is_due(app: Context) -> bool:
    """Whether today's digest should have been sent by now, and was not to everybody. A read; never a write."""
    day = _day(app)
    return day is not None and bool(_not_told(app, day))


def send_due(app: Context) -> int:
    """Put today's digest into the outbox if its time has come. Returns how many mails that made."""
    day = _day(app)
    if day is None:
        return 0
    missing = _not_told(app, day)
    if not missing:
        return 0
    now = app.now()
    told = alerts.prepare(
        app, _key(app, day), TEMPLATE, received=now, template=TEMPLATE, values=values_for(app, day, now)
    )
    try:
        with app.database.transaction() as tx:
            before = outbox.known(tx, missing)
            fresh = alerts.put_in(tx, (alert for alert in told if alert.key in missing - before), now)
    except IntegrityError:  # another process put it in at the same moment
        return 0
    if fresh:
        maillog.digest_made(day.isoformat(), mails=fresh)
    return fresh


def sent_at(app: Context, day: date) -> datetime:
    """When the digest of a day is sent: the wall time of the settings; 07:00 where it is switched off.

    A time that is skipped that night means the moment of the change; of one that comes twice the first is meant.
    """
    at = app.settings.office.digest_time
    moment = calendar.wall_moment(app.rules.standards.calendar, day, USUAL if at is None else at)
    return moment.astimezone(UTC)  # two times of one zone are compared by what their clocks show


def values_for(app: Context, day: date, now: datetime) -> Mapping[str, Value]:
    """What the digest of `day` says if it is written at `now`, from the rows as they stand."""
    hours = app.rules.standards.calendar
    morning, midnight = (_midnight(hours, day + timedelta(days=days)) for days in (0, 1))
    before = _last_business_day(hours, day)
    since = _midnight(hours, before)
    with app.database.reading() as tx:
        past = agenda.past_day(tx, since, morning)
        found: dict[str, Value] = {
            "as_of": now,
            "today": morning,
            "day_before": since,
            "received_count": past.received,
            "answered_count": past.answered,
            "notice_count": past.by_notice,
            "on_time_count": past.on_time,
            "handing_in_count": agenda.handing_in(tx),
            **_listed("alarms", agenda.alarms(tx, ROWS)),
            **_listed("overdue", agenda.overdue(tx, now, ROWS)),
            **_listed("due", agenda.due(tx, now, midnight, ROWS)),
            **_listed("waiting", agenda.waiting(tx, ROWS)),
            **_listed("undelivered", agenda.undelivered(tx, since, ROWS)),
            **_held(tx, now),
        }
    return {name: _with_members(app, value) for name, value in found.items()}


def _with_members(app: Context, value: Value) -> Value:
    """Rows of a list, with the member's name before the short name that the roster has for the office."""
    if not isinstance(value, tuple) or not value or isinstance(value[0], str):
        return value
    return tuple({**row, "office": _name_of(app, str(row["office"]))} for row in value if isinstance(row, Mapping))


def _name_of(app: Context, office: str) -> str:
    members = app.rules.roster.offices.get(office, ())
    return f"{members[-1].member} ({office})" if members else office


def _day(app: Context) -> date | None:
    """Today, if a digest is to be had today and its time has come."""
    office, hours = app.settings.office, app.rules.standards.calendar
    if office.digest_time is None or not office.alerts:
        return None
    now = app.now()
    day = calendar.local_time(hours, now).date()
    return day if calendar.is_business_day(hours, day) and sent_at(app, day) <= now else None


def _key(app: Context, day: date) -> str:
    return f"digest/{app.settings.mailbox.account}/{day.isoformat()}"


def _not_told(app: Context, day: date) -> frozenset[str]:
    """Keys of the mails of this day that are not in the outbox."""
    keys = [f"{_key(app, day)}/{address}" for address in app.settings.office.addresses(Audience.TEAM)]
    with app.database.reading() as tx:
        return frozenset(keys) - outbox.known(tx, keys)


def _midnight(hours: BusinessCalendar, day: date) -> datetime:
    return calendar.wall_moment(hours, day, MIDNIGHT)


def _last_business_day(hours: BusinessCalendar, day: date) -> date:
    """The business day before `day`; what came in on closed days since belongs to it."""
    before = day - calendar.ONE_DAY
    while not calendar.is_business_day(hours, before) and day - before < LONGEST_CLOSURE:
        before -= calendar.ONE_DAY
    return before


def _listed(name: str, found: agenda.Found) -> dict[str, Value]:
    rows, total = found
    return {
        name: tuple(_shown(row) for row in rows),
        f"{name}_count": total,
        f"{name}_more": total - len(rows),
    }


def _shown(row: Mapping[str, Any]) -> Mapping[str, str | datetime]:
    """A row for a template: times as they are, all else as text."""
    return {name: value if isinstance(value, datetime) else str(value or "") for name, value in row.items()}


def _held(tx: Connection, now: datetime) -> dict[str, Value]:
    """Held mail: documents that wait for filing in one list, all else in another; and the reasons that both name."""
    documents: list[dict[str, Any]] = []
    others: list[dict[str, Any]] = []
    for row in reading.list_held(tx):
        breach = row["filing_breach"]
        reason = row["held_reason"] if row["held_reason"] in HELD_CODES else HELD_CODES[-1]
        line = {"id": row["id"], "reason": reason, "since": row["held_since"], "office": row["office"]}
        if breach is None:
            others.append(line)
        else:
            documents.append({**line, "file_by": breach, "late": "late" if breach <= now else ""})
    shown = (*documents[:ROWS], *others[:ROWS])
    return {
        **_counted("documents", documents),
        **_counted("held", others),
        "held_reasons": tuple(dict.fromkeys(str(line["reason"]) for line in shown)),
    }


def _counted(name: str, rows: Iterable[Mapping[str, Any]]) -> dict[str, Value]:
    every = list(rows)
    return {
        name: tuple(_shown(row) for row in every[:ROWS]),
        f"{name}_count": len(every),
        f"{name}_more": max(len(every) - ROWS, 0),
    }
