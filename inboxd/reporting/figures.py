"""Rows to figures: one pass over the mails and one over the cases of a period, in one snapshot of the database.

Raises what the database raises. Memory: names of what is counted, and rows only of what people look at closely.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable
from datetime import datetime, time, timedelta

from inboxd.calendar import wall_moment
from inboxd.database import Database
from inboxd.reporting import cases, documents, mails
from inboxd.reporting.cases import Cases
from inboxd.reporting.documents import Documents
from inboxd.reporting.mails import Mails, Period
from inboxd.reporting.tables import Entered, Report, Shelves
from inboxd.settings import Settings
from inboxd.standards import Standards
from inboxd.store import reported
from inboxd.triage.roster import Roster

Progress = Callable[[int, int], object]
"""Told how many mails were counted, of how many."""


def make(
    database: Database,
    settings: Settings,
    standards: Standards,
    roster: Roster,
    period: Period,
    *,
    as_of: datetime,
    entered: Entered | None = None,
    progress: Progress | None = None,
) -> Report:
    """The report on mail that was received on the days of `period`, as things stood at `as_of` (aware).

    `entered` is told of every entry of every list while it is counted.
    """
    hours = standards.calendar
    since = wall_moment(hours, period.first, time.min)
    until = wall_moment(hours, period.last + timedelta(days=1), time.min)
    shelves = Shelves((*mails.KEPT, *cases.KEPT, *documents.KEPT), entered)
    by_mail = Mails(shelves, period, hours, roster)
    by_case = Cases(shelves, hours, as_of)
    of_documents = Documents(
        shelves, hours, as_of, warn_days=standards.filing_warn_days, breach_days=standards.filing_breach_days
    )
    sent = settings.mailbox.sent_folder
    with database.reading() as tx:
        whole = reported.count_mails(tx, since, until, but_folder=sent)
        read = reported.mails_between(tx, since, until, but_folder=sent, as_of=as_of)
        for number, mail in enumerate(read, start=1):
            by_mail.add(mail)
            of_documents.add(mail)
            if progress is not None:
                progress(number, whole)
        for case in reported.cases_between(tx, since, until, as_of=as_of):
            by_case.add(case)
    tables = (*by_mail.tables(), *by_case.tables(), *of_documents.tables())
    return Report(
        office_en=settings.office.name_en,
        office_fr=settings.office.name_fr,
        first=period.first,
        last=period.last,
        month=_month(period),
        zone=hours.zone.key,
        as_of=as_of,
        is_over=until <= as_of,
        standards_version=standards.version,
        filing_days=(standards.filing_warn_days, standards.filing_breach_days),
        tables={table.name: table for table in tables},
        listings=shelves.listings,
    )


def _month(period: Period) -> str:
    first, last = period.first, period.last
    whole = (first.day, last.day) == (1, monthrange(first.year, first.month)[1])
    same = (first.year, first.month) == (last.year, last.month)
    return f"{first:%Y-%m}" if whole and same else ""
