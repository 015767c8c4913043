"""What is measured for the watch over the daemon itself: queues, disk, the last reading, and what ends by itself.

Asks no server: what a door learned at its last connection is enough. Raises `Transient` when the database or the
archive's disk cannot be read.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from sqlalchemy import Connection

from inboxd.conditions import Ending, Kind, Situation, most_end_on
from inboxd.context import Context
from inboxd.documents import Reason
from inboxd.settings import Security
from inboxd.store import backlogs, canaries

WAITS_FOR = {Reason.NOT_SCANNED.value: "scanner", Reason.REGISTER_UNAVAILABLE.value: "records"}
"""What documents wait for, by the reason that they are held for (`triage.submissions.WAITING`)."""
_ALMOST_EVER = date(9998, 12, 31)


def measure(app: Context, *, sending_doubted: bool = False) -> Situation:
    """How things stand. `sending_doubted`: an incident says that no mail goes out, so ask whether any did."""
    now, watch, mailbox = app.now(), app.settings.watch, app.settings.mailbox
    patience, least = timedelta(minutes=watch.queue_minutes), watch.queue_count
    free = app.archive.free_bytes()
    with app.database.reading() as tx:
        replies, proven = backlogs.unsent(tx, now, patience, least=least, proof=sending_doubted)
        return Situation(
            now=now,
            last_reading=backlogs.last_reading(tx, mailbox.account, mailbox.inbox),
            reads_sent=bool(mailbox.sent_folder),
            last_sent_reading=backlogs.last_reading(tx, mailbox.account, mailbox.sent_folder),
            reconcile=timedelta(seconds=mailbox.reconcile_seconds),
            free_bytes=free,
            min_free_bytes=app.settings.storage.min_free_bytes,
            texts_refused=bool(app.templates.refused),
            mails=backlogs.undecided(tx, mailbox.account, now, patience, least=least),
            replies=replies,
            sending_proven=proven,
            unknown=backlogs.unknown(tx),
            stops=backlogs.stopped(tx, now),
            moves=backlogs.unmoved(tx, now, patience),
            documents=backlogs.waiting_documents(tx, mailbox.account, WAITS_FOR),
            canary_late_since=_canary_late_since(app, tx),
            endings=tuple(endings(app)),
        )


def _canary_late_since(app: Context, tx: Connection) -> datetime | None:
    if not app.settings.watch.canary_minutes:
        return None
    allowed = timedelta(minutes=app.settings.watch.canary_late_minutes)
    return canaries.late_since(canaries.newest(tx, app.settings.office.address), app.now(), allowed)


def endings(app: Context) -> Iterator[Ending]:
    """Until when everything is good that ends by itself, in the office's time zone."""
    settings, calendar = app.settings, app.rules.standards.calendar
    zone = calendar.zone

    def beginning(day: date) -> datetime:
        return datetime.combine(day, time.min, zone)

    after_last = beginning(min(calendar.covered_until, _ALMOST_EVER) + timedelta(days=1))
    yield Ending(kind=Kind.HOLIDAYS_END, subject="rules.standards", at=after_last)
    periods = ([(row.valid_from, row.valid_until) for row in office] for office in app.rules.roster.offices.values())
    last = most_end_on(periods, app.now().astimezone(zone).date())
    if last is not None:
        at = beginning(min(last, _ALMOST_EVER) + timedelta(days=1))
        yield Ending(kind=Kind.ROSTER_ENDS, subject="senders.roster", at=at)
    sections = (
        ("mailbox", settings.mailbox), ("smtp", settings.smtp), ("records", settings.records),
        ("directory", settings.directory),
    )  # fmt: skip
    for name, section in sections:
        if section.password_expires is not None:
            yield Ending(kind=Kind.PASSWORD_ENDS, subject=name, at=beginning(section.password_expires))
    yield from _certificates(app)


def _certificates(app: Context) -> Iterator[Ending]:
    """Of each server that is spoken to over TLS, as the last connection showed them; not known before there was one."""
    settings = app.settings
    servers = (
        (
            "mailbox",
            settings.mailbox.security is not Security.PLAIN,
            settings.mailbox.ca_file,
            app.mailbox.certificates,
        ),
        ("smtp", settings.smtp.security is not Security.PLAIN, settings.smtp.ca_file, app.courier.certificates),
        ("records", settings.records.url.startswith("https:"), settings.records.ca_file, app.register.certificates),
    )
    for name, is_encrypted, ca_file, shown in servers:
        if is_encrypted:
            yield Ending(kind=Kind.CERTIFICATE_ENDS, subject=name, at=shown.ends if shown else None)
        if is_encrypted and ca_file is not None:
            authority = shown.authority_ends if shown else None
            yield Ending(kind=Kind.AUTHORITY_ENDS, subject=f"{name}.ca_file", at=authority)
