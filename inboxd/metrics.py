"""The service in figures, for a monitoring system that watches from outside: read from rows, written to one file.

The file is for node_exporter's textfile collector: no port to listen on, and it stays where it is when the daemon
hangs, with the time at which it was written. So the age of the last reading is told as a time, too: an age in a file
that nobody writes any more would stand still. Only counts, times and names of settings; nothing of a mail. Raises
`Transient` when the database or the disk refuses.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from inboxd import __version__
from inboxd.context import Context
from inboxd.errors import DiskRefused
from inboxd.exposition import Gauge, Sample, text
from inboxd.measuring import endings
from inboxd.store import brakes, canaries
from inboxd.store.canaries import Canary
from inboxd.store.counts import Counts, counts

MODE = 0o644
"""The collector is another account's."""


def gauges(app: Context) -> tuple[Gauge, ...]:
    """Every figure of one mailbox, with its name (`mailbox.account`) as `channel`."""
    account, now = app.settings.mailbox.account, app.now()
    with app.database.reading() as tx:
        found, stops = counts(tx, account, now), brakes.open_stops(tx)
        flown = canaries.newest(tx, app.settings.office.address) if app.settings.watch.canary_minutes else []
    its = _Figures(account, now)
    build = Sample(labels={"channel": account, "version": __version__}, value=1)
    stopped = {scope: float(scope in stops) for scope in (brakes.ALL, brakes.BULK)}
    return (
        Gauge(name="inboxd_build_info", told="Always 1; which version wrote this.", samples=(build,)),
        its.one("written_timestamp_seconds", "When this was written (Unix time).", now.timestamp()),
        *_reading(its, app, found),
        its.many("mails", "Mails by state: taken, decided, held, done.", found.mails, "state"),
        its.many("mails_held", "Held mails by reason.", found.held, "reason"),
        its.age("oldest_undecided_seconds", "How long the oldest mail waits to be decided.", found.oldest_taken),
        its.many("outbox", "What is to be done outside and is not, by kind and state.", found.outbox, "kind", "state"),
        its.ages("outbox_oldest_seconds", "How long the oldest effect waits that is due.", found.oldest_due, "kind"),
        its.many("cases_open", "Cases that are open or wait for the office, by category.", found.cases, "category"),
        its.one("timers_late", "Timers that are due and have not fired.", found.late_timers),
        its.age("timers_late_seconds", "How late the latest of them is.", found.oldest_timer),
        its.many("incidents_open", "Incidents of the service itself that last, by kind.", found.incidents, "kind"),
        its.many("outgoing_stopped", "1 while a person (all) or the fuse (bulk) keeps mail back.", stopped, "scope"),
        its.many("ends_in_days", "Days until what ends by itself.", _ends(app, now), "kind", "subject"),
        *_canary(its, app, flown),
        its.one("archive_free_bytes", "Room left on the disk of the archive.", app.archive.free_bytes()),
    )


class _Figures:
    """Makes the figures of one mailbox."""

    def __init__(self, channel: str, now: datetime) -> None:
        self._channel, self._now = channel, now

    def one(self, name: str, told: str, value: float) -> Gauge:
        return self.many(name, told, {(): value})

    def many(self, name: str, told: str, values: Mapping[Any, float], *labels: str) -> Gauge:
        """`values` by what stands in the labels; one label needs no tuple."""
        samples = []
        for key, value in values.items():
            given = (key,) if isinstance(key, str) else key
            named = {"channel": self._channel} | dict(zip(labels, map(str, given), strict=True))
            samples.append(Sample(labels=named, value=value))
        return Gauge(name=f"inboxd_{name}", told=told, samples=tuple(samples))

    def age(self, name: str, told: str, at: datetime | None) -> Gauge:
        """0 where there is nothing."""
        return self.one(name, told, 0 if at is None else self._seconds(at))

    def ages(self, name: str, told: str, at: Mapping[str, datetime], label: str) -> Gauge:
        return self.many(name, told, {key: self._seconds(moment) for key, moment in at.items()}, label)

    def _seconds(self, at: datetime) -> float:
        return max(0.0, (self._now - at).total_seconds())


def _reading(its: _Figures, app: Context, found: Counts) -> tuple[Gauge, ...]:
    """Of the inbox and the Sent folder; nothing for one that never was read."""
    read = {folder: found.read_at[folder] for folder in app.settings.mailbox.read_in_full if folder in found.read_at}
    at = {folder: moment.timestamp() for folder, moment in read.items()}
    when = "When each folder was last read in full (Unix time); time() minus this grows even if nobody writes."
    return (
        its.many("last_reconcile_timestamp_seconds", when, at, "folder"),
        its.ages("reconcile_age_seconds", "The same as an age, when this was written.", read, "folder"),
    )


def _canary(its: _Figures, app: Context, flown: list[Canary]) -> tuple[Gauge, ...]:
    """Of the mail that inboxd writes to itself; nothing where it does not."""
    if not app.settings.watch.canary_minutes:
        return ()
    allowed = timedelta(minutes=app.settings.watch.canary_late_minutes)
    late = canaries.late_since(flown, app.now(), allowed) is not None
    back = next((canary for canary in flown if canary.took is not None), None)
    figures = [its.one("canary_late", "1 while the newest mail to ourselves that should be back is not.", float(late))]
    if back is not None and back.took is not None and back.decided_at is not None:
        took = max(0.0, back.took.total_seconds())
        figures += [
            its.one("canary_seconds", "How long the last one took, from handing it over to the decision.", took),
            its.one("canary_timestamp_seconds", "When the last one was back (Unix time).", back.decided_at.timestamp()),
        ]
    return tuple(figures)


def _ends(app: Context, now: datetime) -> dict[tuple[str, str], float]:
    """A certificate is known from the first connection on."""
    known = ((end.kind, end.subject, end.at) for end in endings(app) if end.at is not None)
    return {(str(kind), subject): round((at - now).total_seconds() / 86_400, 2) for kind, subject, at in known}


def page(apps: Iterable[Context]) -> str:
    """The figures of several mailboxes as one page."""
    return text(gauge for app in apps for gauge in gauges(app))


def write(app: Context) -> None:
    """Write the file of this mailbox, if the settings name one: whole or not at all."""
    target = app.settings.watch.metrics_file
    if target is None:
        return
    beside = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        beside.write_text(page([app]), encoding="utf-8")
        beside.chmod(MODE)
        beside.replace(target)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise DiskRefused(f"watch.metrics_file: {target} cannot be written: {error.strerror}") from error
