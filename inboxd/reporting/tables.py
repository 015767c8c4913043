"""The words of a report: figures in tables, and behind each figure the list of what was counted. Values, and counting.

A figure is never set: it is the length of its list. Names of a list are mail ids or case references; where people have
to look closer (a breach, a refusal, a correction) it keeps the rows too. Every row can go to `Entered` as it comes, so
that files are written while counting and a year need not be in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

Cell = str | int | float | datetime | None
"""What stands in a row of a list: codes, counts, hours, times (aware); no names, whole numbers or words of a mail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that was counted."""

    name: int | str
    """A mail's id, or a case's reference."""
    cells: Mapping[str, Cell]
    """The columns of a list beside it."""


MOST_ROWS = 2_000
"""A list with more rows is one of names: nobody reads it on paper, and a page has to open."""

Entered = Callable[[str, Entry], None]
"""Told of every entry of every list, by the list's name."""


@dataclass(slots=True, kw_only=True)
class Listing:
    """The list behind one figure."""

    names: list[int | str] = field(default_factory=list)
    entries: list[Entry] | None = None
    """None: only the names are kept; the rows are many, or more than `MOST_ROWS`, and in the CSV files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """A figure: how long its list is. The list of nothing has no name."""

    value: int
    listing: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a table: a code, its figures, and what follows from them."""

    code: str
    counts: tuple[Count, ...]
    numbers: tuple[float | None, ...] = ()
    """Shares from 0 to 1, or hours; None where there is nothing to count."""
    is_total: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Figures that belong together."""

    name: str
    counted: tuple[str, ...]
    """What each of `Line.counts` counts."""
    numbered: tuple[str, ...] = ()
    """What each of `Line.numbers` is: share, or hours of some kind."""
    lines: tuple[Line, ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing was counted at all."""
        return not any(count.value for line in self.lines for count in line.counts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything that a report says, in no language yet."""

    office_en: str
    office_fr: str
    first: date
    last: date
    """Days in the office's zone, both included."""
    month: str
    """`2026-11` where the days are exactly that month, else empty."""
    zone: str
    as_of: datetime
    """Nothing that happened later is counted, and what is open is judged by this time."""
    is_over: bool
    """The last day was over by then."""
    standards_version: str
    filing_days: tuple[int, int]
    """Business days until filing is warned of, and until it is a breach."""
    tables: Mapping[str, Table]
    listings: Mapping[str, Listing]


class Shelves:
    """Lists as they grow. `kept`: tables, `table-code` or `table-counted` of which rows are kept and not only names."""

    def __init__(self, kept: Iterable[str], entered: Entered | None = None) -> None:
        self.listings: dict[str, Listing] = {}
        self._kept = frozenset(kept)
        self._entered = entered

    def put(self, table: str, code: str, counted: str, entry: Entry) -> None:
        """Count something."""
        name = listing_name(table, code, counted)
        listing = self.listings.get(name)
        if listing is None:
            is_kept = not self._kept.isdisjoint((table, f"{table}-{code}", f"{table}-{counted}"))
            listing = self.listings[name] = Listing(entries=[] if is_kept else None)
        listing.names.append(entry.name)
        if listing.entries is not None:
            listing.entries.append(entry)
            if len(listing.entries) > MOST_ROWS:
                listing.entries = None
        if self._entered is not None:
            self._entered(name, entry)

    def count(self, table: str, code: str, counted: str) -> Count:
        """The figure for it."""
        name = listing_name(table, code, counted)
        listing = self.listings.get(name)
        return Count(value=0, listing="") if listing is None else Count(value=len(listing.names), listing=name)

    def line(self, table: str, code: str, counted: tuple[str, ...], *, is_total: bool = False) -> Line:
        """A line of figures."""
        counts = tuple(self.count(table, code, one) for one in counted)
        return Line(code=code, counts=counts, is_total=is_total)

    def table(self, name: str, codes: Iterable[str], counted: str, *, total: bool = False) -> Table:
        """A table of one figure a line; with `total` its last line counts what `TOTAL` was counted under."""
        lines = [self.line(name, code, (counted,)) for code in codes]
        if total:
            lines.append(self.line(name, TOTAL, (counted,), is_total=True))
        return Table(name=name, counted=(counted,), lines=tuple(lines))


TOTAL = "total"
ONE_COLUMN = ("mails", "cases", "items")
"""What is counted in tables that count one thing."""


def listing_name(table: str, code: str, counted: str) -> str:
    """`routes-enquiry`, or with the column where there are several: `standing-urgent-breach`. Fit for a file's name."""
    parts = (table, code) if counted in ONE_COLUMN else (table, code, counted)
    return "-".join(parts)


def share(part: int, whole: int) -> float | None:
    """None where there is nothing to have a share of."""
    return part / whole if whole else None
