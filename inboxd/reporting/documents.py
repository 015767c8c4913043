"""Counting the documents of a period: submissions and files by outcome and reason, and time to filing. Pure.

A submission counts by its last decision as of the report. Filing is measured from receipt until the last of its new
documents is on the record, against the standards file (`domain.md` R1-9, C5: two business days warn, five breach).
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from datetime import datetime, timedelta

from inboxd import calendar
from inboxd.calendar import BusinessCalendar
from inboxd.documents import FileOutcome, SubmissionOutcome
from inboxd.reporting.cases import middle_and_most
from inboxd.reporting.tables import TOTAL, Cell, Entry, Line, Shelves, Table, share
from inboxd.store.reported import Look, ReportedMail
from inboxd.triage.pausing import office_time

OUTCOMES = tuple(outcome.value for outcome in SubmissionOutcome)
FILE_OUTCOMES = tuple(outcome.value for outcome in FileOutcome)
SOON, IN_TIME, LATE, WAITING, OVERDUE = "soon", "in_time", "late", "not_yet", "overdue"
FILING = (SOON, IN_TIME, LATE, WAITING, OVERDUE)
NOTHING_TO_FILE = ""
"""Refused as a whole, or on the record already."""
KEPT = ("reasons", "file_reasons", "submissions-hold", "filing-late", "filing-not_yet", "filing-overdue")
HOUR = timedelta(hours=1)


class Documents:
    """Counts submission by submission."""

    def __init__(
        self, shelves: Shelves, hours: BusinessCalendar, as_of: datetime, *, warn_days: int, breach_days: int
    ) -> None:
        self._shelves, self._hours, self._as_of = shelves, hours, as_of
        self._days = {"filing_warning": warn_days, "filing_breach": breach_days}
        self._reasons: set[str] = set()
        self._file_reasons: set[str] = set()
        self._spent = array("d"), array("d")

    def add(self, mail: ReportedMail) -> None:
        """Count what a mail brought, if it is a submission."""
        look = mail.look
        if look is None:
            return
        standing, filed_at, due = self._filing(mail.arrived_at, look)
        spent = None
        if filed_at is not None:
            office = office_time(self._hours, mail.arrived_at, filed_at)
            spent = (filed_at - mail.arrived_at) / HOUR, office / HOUR
        cells: dict[str, Cell] = {
            "received": mail.arrived_at,
            "outcome": look.outcome,
            "reasons": " ".join(look.reasons),
            "files": len(look.files),
            "filed": filed_at,
            "file_by": due,
            "filing": standing,
            "hours": spent[0] if spent else None,
            "office_hours": spent[1] if spent else None,
        }
        entry, put = Entry(name=mail.mail_id, cells=cells), self._shelves.put
        for code in (look.outcome, TOTAL):
            put("submissions", code, "mails", entry)
        for reason in look.reasons:
            self._reasons.add(reason)
            put("reasons", reason, "mails", entry)
        if standing != NOTHING_TO_FILE:
            for code in (standing, TOTAL):
                put("filing", code, "mails", entry)
        if spent is not None:
            put("filing_times", TOTAL, "mails", entry)
            for kept, value in zip(self._spent, spent, strict=True):
                kept.append(value)
        self._add_files(mail, look)

    def _add_files(self, mail: ReportedMail, look: Look) -> None:
        for file in look.files:
            cells: dict[str, Cell] = {
                "received": mail.arrived_at,
                "part": file.path,
                "type": file.sniffed_type,
                "size": file.size,
                "outcome": file.outcome,
                "reason": file.reason,
            }
            entry = Entry(name=mail.mail_id, cells=cells)
            for code in (file.outcome, TOTAL):
                self._shelves.put("files", code, "items", entry)
            if file.reason:
                self._file_reasons.add(file.reason)
                self._shelves.put("file_reasons", file.reason, "items", entry)

    def _filing(self, arrived: datetime, look: Look) -> tuple[str, datetime | None, datetime]:
        """(standing against the filing clock, when all was on the record, until when it had to be)."""
        warn, breach = (self._due(arrived, look, kind) for kind in self._days)
        if look.outcome == SubmissionOutcome.HOLD:
            return (WAITING if self._as_of <= breach else OVERDUE), None, breach
        if not any(file.outcome == FileOutcome.ATTACHED for file in look.files):
            return NOTHING_TO_FILE, None, breach
        filed = [at for at in look.filed if at is not None]
        if not filed or len(filed) < len(look.filed):
            return (WAITING if self._as_of <= breach else OVERDUE), None, breach
        done = max(filed)
        return (SOON if done <= warn else IN_TIME if done <= breach else LATE), done, breach

    def _due(self, arrived: datetime, look: Look, kind: str) -> datetime:
        """When the clock that was set ends; where none was, because all was filed at once, by the calendar in force."""
        return look.due.get(kind) or calendar.add_business_days(self._hours, arrived, self._days[kind])[0]

    def tables(self) -> Iterator[Table]:
        """What was counted."""
        shelves = self._shelves
        yield shelves.table("submissions", OUTCOMES, "mails", total=True)
        yield shelves.table("reasons", sorted(self._reasons), "mails")
        yield shelves.table("files", FILE_OUTCOMES, "items", total=True)
        yield shelves.table("file_reasons", sorted(self._file_reasons), "items")
        whole = shelves.count("filing", TOTAL, "mails").value
        lines = [shelves.line("filing", code, ("mails",)) for code in FILING]
        yield Table(
            name="filing",
            counted=("mails",),
            numbered=("share",),
            lines=(
                *(
                    Line(code=line.code, counts=line.counts, numbers=(share(line.counts[0].value, whole),))
                    for line in lines
                ),
                Line(code=TOTAL, counts=(shelves.count("filing", TOTAL, "mails"),), numbers=(None,), is_total=True),
            ),
        )
        yield Table(
            name="filing_times",
            counted=("mails",),
            numbered=("median_hours", "p95_hours", "median_office_hours", "p95_office_hours"),
            lines=(
                Line(
                    code=TOTAL,
                    counts=(shelves.count("filing_times", TOTAL, "mails"),),
                    numbers=(*middle_and_most(self._spent[0]), *middle_and_most(self._spent[1])),
                ),
            ),
        )
