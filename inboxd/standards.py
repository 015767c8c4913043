"""The office's standards file (`config/standards.toml`): hours, holidays, closures, service standards, on-call.

Read into one frozen `Standards`. A file that does not hold together raises `BadConfig` with every problem by line and
key: an office that never opens, a holiday without its day in a reviewed year, a warning that would come before receipt.
Sources: `domain.md` 1.2 R1-6 to R1-13, 1.3 R2-3, 1.6 C1-C7, 1.7; `product.md` "Enquiries".
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal, get_args
from zoneinfo import ZoneInfo

from pydantic import Field, PlainValidator, Strict, ValidationError

from inboxd.calendar import (
    BusinessCalendar,
    ClosedDay,
    OpenHours,
    is_business_day,
    is_open,
    local_time,
    next_opening,
    span_of,
)
from inboxd.config_file import Location, Section, gather, line_index, line_of, problems_of, read_toml
from inboxd.errors import BadConfig, Problem
from inboxd.standard_tables import (
    MIL_LANES,
    FilingTable,
    MilTable,
    ReviewStandard,
    Standard,
    StandardTables,
    wrong_steps,
)

ON_CALL_SEARCH_DAYS = 400  # a window "other" may never come in an office without closed days: the search has to end


LONGEST_REASON = 200
LONGEST_CLOSURE_DAYS = 366  # a slip in the year must not close the office for a thousand


def _span(given: object) -> OpenHours:
    found = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)-(?:([01]\d|2[0-3]):([0-5]\d)|24:00)", str(given))
    if not found:
        raise ValueError(f'is not a span of time such as "07:00-19:00" (found {given!r})')
    closes = time(int(found[3]), int(found[4])) if found[3] else time.max
    return OpenHours(opens=time(int(found[1]), int(found[2])), closes=closes)


def one_line(given: object) -> str:
    """The text of a reason, on one line. Raises `ValueError` for what cannot be one."""
    if not isinstance(given, str) or not given.strip() or not given.isprintable():
        raise ValueError(f"must be words on one line (found {given!r})")
    if len(given) > LONGEST_REASON:
        raise ValueError(f"has {len(given)} characters; at most {LONGEST_REASON} fit into a deadline's arithmetic")
    return given.strip()


def _zone(given: object) -> ZoneInfo:
    try:
        return ZoneInfo(str(given))
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f'is not a time zone such as "America/Toronto" (found {given!r})') from error


Span = Annotated[OpenHours, PlainValidator(_span)]
Zone = Annotated[ZoneInfo, PlainValidator(_zone)]
Day = Annotated[date, Strict()]
Name = Annotated[str, Field(min_length=1)]
Line = Annotated[str, PlainValidator(one_line)]
Year = Annotated[int, Strict(), Field(ge=1970, le=9998)]
Region = Literal["august", "quebec"]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


class _HolidayTable(Section):
    name_en: Name
    name_fr: Name
    region: Region | None = None
    dates: tuple[Day, ...]


class _ClosureTable(Section):
    date: Day
    until: Day | None = None
    reason: Line
    reason_fr: Line | None = None


class _OnCallTable(Section):
    days: Literal["business", "other"]
    hours: Span


class _StandardsFile(Section):
    zone: Zone
    region: Region
    first_reviewed_year: Year
    last_reviewed_year: Year
    hours: dict[Weekday, Span]
    standard: StandardTables
    filing: FilingTable
    mil: MilTable
    on_call: tuple[_OnCallTable, ...] = ()
    holiday: tuple[_HolidayTable, ...]
    closure: tuple[_ClosureTable, ...] = ()

    def by_weekday(self) -> dict[int, OpenHours]:
        return {get_args(Weekday).index(name) + 1: span for name, span in self.hours.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Closure:
    """Days on which the office is closed although no holiday says so, from the first to the last."""

    first: date
    last: date
    reason: str
    reason_fr: str
    """In French; the same words where the office gave none."""

    @property
    def days(self) -> tuple[date, ...]:
        """Every day of it, weekends too."""
        return tuple(self.first + timedelta(days=offset) for offset in range((self.last - self.first).days + 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Standards:
    """What the office promised, and when it is there to keep it."""

    calendar: BusinessCalendar
    version: str
    """SHA-256 of what the file says, 64 hex digits (comments do not count); also the calendar's version."""
    standards: Mapping[str, Standard]
    """By category: critical, urgent, complex, review, not_met."""
    filing_warn_days: int
    filing_breach_days: int
    mil: Mapping[str, int]
    """Business days of the Minister's Office: urgent_complex, time_sensitive, other (R1-13)."""
    on_call_business: tuple[OpenHours, ...]
    on_call_other: tuple[OpenHours, ...]
    closures: tuple[Closure, ...] = ()
    """In order; their days are among the calendar's closed ones."""
    filing_escalation_days: tuple[int, ...] = ()
    """Business days after the filing breach."""
    mil_reminder_hours: tuple[float, ...] = ()
    """Office hours before an answer of the MIL queue is due, the first reminder first."""
    mil_escalation_hours: tuple[float, ...] = ()
    """Office hours after it was due."""

    def business_days(self, category: str) -> int:
        """Business days until the reply is due. Raises `KeyError` for a category that does not exist."""
        return self.standards[category].business_days

    def action_hours(self, category: str) -> int | None:
        """Consecutive hours until the action alarm; None where the category has none (`domain.md` C1)."""
        return self.standards[category].action_hours

    def reminder_hours(self, category: str) -> tuple[float, ...]:
        """Office hours before the due time at which the team is reminded, the first reminder first."""
        return self.standards[category].reminder_hours

    def escalation_hours(self, category: str) -> tuple[float, ...]:
        """Office hours after the due time at which managers are told."""
        return self.standards[category].escalation_hours

    def action_reminder_hours(self, category: str) -> tuple[float, ...]:
        """Consecutive hours before the action alarm; those of critical where the category has no alarm of its own."""
        own = self.standards[category]
        return (own if own.action_hours is not None else self.standards["critical"]).action_reminder_hours

    @property
    def review_page_hours(self) -> float:
        """Office hours before the due time at which people are paged if nobody decided (`product.md`: T-4 h)."""
        review = self.standards["review"]
        assert isinstance(review, ReviewStandard)
        return review.page_hours

    def next_on_call(self, at: datetime) -> datetime | None:
        """The first moment from `at` on inside an on-call window; None if there is none (`domain.md` R2-3, C7)."""
        first = local_time(self.calendar, at).date()
        for offset in range(ON_CALL_SEARCH_DAYS):
            day = first + timedelta(days=offset)
            business = is_business_day(self.calendar, day)
            for window in self.on_call_business if business else self.on_call_other:
                begins, ends = span_of(self.calendar, day, window)
                if at.astimezone(UTC) <= ends.astimezone(UTC):
                    return max(local_time(self.calendar, at), begins, key=lambda moment: moment.astimezone(UTC))
        return None

    def page_at(self, at: datetime) -> datetime:
        """When somebody can first be paged about a critical mail: now in office hours or on call, else what is next."""
        if is_open(self.calendar, at):
            return local_time(self.calendar, at)
        opening, on_call = next_opening(self.calendar, at), self.next_on_call(at)
        return opening if on_call is None else min(opening, on_call, key=lambda moment: moment.astimezone(UTC))


def read_standards(path: Path) -> Standards:
    """Read and check the standards file. Raises `BadConfig` with every problem, by line and key."""
    data, index = read_toml(path)
    return _standards(path, data, index)


def read_text(text: str, path: Path) -> Standards:
    """The same for a text that `path` holds or shall hold."""
    try:
        return _standards(path, tomllib.loads(text), line_index(text))
    except tomllib.TOMLDecodeError as error:
        raise BadConfig([Problem(file=path, line=0, key="", message=f"is not TOML: {error}")]) from error


def _standards(path: Path, data: dict[str, Any], index: dict[Location, int]) -> Standards:
    try:
        file = _StandardsFile.model_validate(data)
    except ValidationError as error:
        gather(problems_of(path, index, error))
        raise
    gather(
        [
            Problem(file=path, line=line_of(index, place), key=_dotted(place), message=message)
            for place, message in _contradictions(file)
        ]
    )
    version = hashlib.sha256(json.dumps(data, sort_keys=True, default=str).encode()).hexdigest()
    windows = sorted(file.on_call, key=lambda window: window.hours.opens)
    closures = tuple(sorted((_closure(table) for table in file.closure), key=lambda closure: closure.first))
    return Standards(
        calendar=BusinessCalendar(
            zone=file.zone,
            hours=MappingProxyType(file.by_weekday()),
            closed=MappingProxyType(_closed(file, closures)),
            version=version,
            covered_from=date(file.first_reviewed_year, 1, 1),
            covered_until=date(file.last_reviewed_year, 12, 31),
        ),
        version=version,
        standards=MappingProxyType({name: getattr(file.standard, name) for name in StandardTables.model_fields}),
        filing_warn_days=file.filing.warn_business_days,
        filing_breach_days=file.filing.breach_business_days,
        filing_escalation_days=file.filing.escalation_business_days,
        mil=MappingProxyType({name: getattr(file.mil, name) for name in MIL_LANES}),
        mil_reminder_hours=file.mil.reminder_hours,
        mil_escalation_hours=file.mil.escalation_hours,
        on_call_business=tuple(window.hours for window in windows if window.days == "business"),
        on_call_other=tuple(window.hours for window in windows if window.days == "other"),
        closures=closures,
    )


def _dotted(place: Location) -> str:
    return ".".join(str(part + 1) if isinstance(part, int) else part for part in place)


def _closure(table: _ClosureTable) -> Closure:
    return Closure(
        first=table.date,
        last=table.until or table.date,
        reason=table.reason,
        reason_fr=table.reason_fr or table.reason,
    )


def _holidays(file: _StandardsFile) -> Iterator[tuple[Location, ClosedDay]]:
    for number, holiday in enumerate(file.holiday):
        if holiday.region in (None, file.region):
            for day in holiday.dates:
                yield ("holiday", number, "dates"), ClosedDay(day=day, name_en=holiday.name_en, name_fr=holiday.name_fr)


def _closed(file: _StandardsFile, closures: Iterable[Closure]) -> dict[date, ClosedDay]:
    """All closed days; a holiday inside a closure keeps its name, a weekend needs none."""
    found = {closed.day: closed for _, closed in _holidays(file)}
    for closure in closures:
        for day in closure.days:
            if day.isoweekday() in file.by_weekday():
                found.setdefault(day, ClosedDay(day=day, name_en=closure.reason, name_fr=closure.reason_fr))
    return found


def _contradictions(file: _StandardsFile) -> Iterator[tuple[Location, str]]:
    """What is wrong although each value by itself is well-formed."""
    hours = file.by_weekday()
    if not hours:
        yield ("hours",), "the office is never open; give at least one weekday its hours"
    if file.first_reviewed_year > file.last_reviewed_year:
        yield ("last_reviewed_year",), f"is before first_reviewed_year ({file.first_reviewed_year})"
    yield from _wrong_days(file, hours)
    shortest = min((span.length for span in hours.values()), default=timedelta(days=1)) / timedelta(hours=1)
    yield from wrong_steps(file.standard, file.filing, file.mil, shortest)


def _wrong_days(file: _StandardsFile, hours: Mapping[int, OpenHours]) -> Iterator[tuple[Location, str]]:
    reviewed = range(file.first_reviewed_year, file.last_reviewed_year + 1)
    for number, holiday in enumerate(file.holiday):
        place: Location = ("holiday", number, "dates")
        years = [day.year for day in holiday.dates]
        for year in sorted(set(reviewed) | set(years)):
            count = years.count(year)
            if year not in reviewed:
                yield place, f"{year} is outside first_reviewed_year to last_reviewed_year"
            elif count != 1:
                yield place, f"{holiday.name_en} has {count or 'no'} days in {year}; it needs one"
    seen: dict[date, str] = {}
    for place, closed in _holidays(file):
        if closed.day in seen:
            yield place, f"{closed.day} is closed already ({seen[closed.day]}); each day stands once"
        elif closed.day.isoweekday() > 5 and closed.day.isoweekday() not in hours:
            yield place, f"{closed.day} is a {closed.day:%A}, closed anyway; write the working day on which it is kept"
        seen.setdefault(closed.day, closed.name_en)
    before: dict[date, str] = {}
    for number, table in enumerate(file.closure):
        for key, message in _wrong_closure(table, hours, seen, before):
            yield ("closure", number, key), message


def _wrong_closure(
    table: _ClosureTable, hours: Mapping[int, OpenHours], holidays: Mapping[date, str], closed: dict[date, str]
) -> Iterator[tuple[str, str]]:
    """What is wrong with a closure; `closed` has the days of those before it, and gets its own."""
    length = ((table.until or table.date) - table.date).days
    if length < 0:
        yield "until", f"is before {table.date}"
        return
    if length >= LONGEST_CLOSURE_DAYS:
        yield "until", f"is {length} days after {table.date}; write at most {LONGEST_CLOSURE_DAYS} days at a time"
        return
    working = [day for day in _closure(table).days if day.isoweekday() in hours]
    again = [day for day in working if day in closed]
    if not working:
        days = f"{table.date} is a {table.date:%A}" if length == 0 else f"{table.date} to {table.until} has no workday"
        yield "date", f"{days}, closed anyway"
    elif again:
        yield "date", f"{again[0]} is closed already ({closed[again[0]]}); each day stands once"
    elif all(day in holidays for day in working):
        yield "date", f"{working[0]} is closed already ({holidays[working[0]]}); each day stands once"
    for day in working:
        closed.setdefault(day, table.reason)
