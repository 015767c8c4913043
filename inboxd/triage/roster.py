"""The roster: which addresses write for which office, in which language, and since when.

A CSV file that the office exports, often from a spreadsheet, so every slip of one is expected: a byte order mark,
spaces, capitals, empty rows, semicolons, a column too many. Columns that slipped have sent people's letters to the
wrong address before (`domain.md` 10), therefore a file with any bad row is refused as a whole: `read_roster` raises
`BadConfig` with every problem by line and column. Sources: `domain.md` R1-2, C13, C15, 6 ("Former MP").
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import MappingProxyType

from inboxd.config_file import gather
from inboxd.errors import BadConfig, Problem
from inboxd.mail import Language

COLUMNS = ("office", "member", "kind", "riding", "province", "language", "phone", "address")
PERIOD = ("valid_from", "valid_until")
"""Optional columns; empty means without limit. Both days are included."""
MAY_BE_EMPTY = frozenset({"riding", "phone", *PERIOD})
KINDS = ("mp", "senator", "minister")
PROVINCES = ("NL", "PE", "NS", "NB", "QC", "ON", "MB", "SK", "AB", "BC", "YT", "NT", "NU")
ALIKE = ("member", "kind", "riding", "province")
"""What all rows of one office must agree on; language and telephone belong to the person."""

_ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]\\]+@[^\s@<>,;:\"()\[\]\\.]+(?:\.[^\s@<>,;:\"()\[\]\\.]+)+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One address of one office. `office` is the office's own short name for itself, e.g. o101."""

    office: str
    member: str
    kind: str
    """mp, senator or minister."""
    riding: str
    """Empty for a Senator or the Minister's Office."""
    province: str
    """Two-letter postal code of a province or territory."""
    language: Language
    """The language this person is answered in; BOTH when both are wanted."""
    phone: str
    address: str
    """Lower case."""
    valid_from: date = date.min
    valid_until: date = date.max


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """Everyone who may write as a client."""

    offices: Mapping[str, tuple[Member, ...]]
    """Every row of each office, in the order of the file, valid or not."""
    addresses: Mapping[str, tuple[Member, ...]]
    version: str
    """SHA-256 of the file, 64 hex digits."""

    def find(self, address: str, on: date) -> Member | None:
        """Who wrote from `address` (any case) on that day; None if nobody who is, or then was, on the roster."""
        rows = self.addresses.get(address.strip().lower(), ())
        return next((row for row in rows if row.valid_from <= on <= row.valid_until), None)


def read_roster(path: Path) -> Roster:
    """Read and check the roster. Raises `BadConfig` with every problem, by line and column."""
    try:
        content = path.read_bytes()
        text = content.decode("utf-8-sig")
    except OSError as error:
        raise BadConfig([Problem(file=path, line=0, key="", message=f"cannot be read: {error.strerror}")]) from error
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        message = "is not UTF-8; save it as CSV UTF-8"
        raise BadConfig([Problem(file=path, line=line, key="", message=message)]) from error
    rows = _rows(path, text)
    header = _header(path, rows)
    members: list[tuple[int, Member]] = []
    problems: list[Problem] = []
    for line, cells in rows[1:]:
        if len(cells) != len(header):
            message = f"has {len(cells)} columns and the header has {len(header)}; is a comma missing or too many?"
            problems.append(Problem(file=path, line=line, key="", message=message))
            continue
        row = dict(zip(header, (_tidy(cell) for cell in cells), strict=True))
        wrong = [Problem(file=path, line=line, key=key, message=text) for key, text in _wrong_cells(row)]
        problems += wrong
        if not wrong:
            members.append((line, _member(row)))
    problems += [Problem(file=path, line=line, key=key, message=text) for line, key, text in _contradictions(members)]
    if not members and not problems:
        problems.append(Problem(file=path, line=0, key="", message="has no row besides the header; nobody could write"))
    gather(problems)
    offices: dict[str, tuple[Member, ...]] = {}
    addresses: dict[str, tuple[Member, ...]] = {}
    for _, member in members:
        offices[member.office] = (*offices.get(member.office, ()), member)
        addresses[member.address] = (*addresses.get(member.address, ()), member)
    return Roster(
        offices=MappingProxyType(offices),
        addresses=MappingProxyType(addresses),
        version=hashlib.sha256(content).hexdigest(),
    )


def _rows(path: Path, text: str) -> list[tuple[int, list[str]]]:
    """Rows with the line each begins on; rows without any text are left out."""
    found = []
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    first = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                found.append((first, cells))
            first = reader.line_num + 1
    except csv.Error as error:
        message = f"is not a row of CSV: {error}; is a quotation mark not closed?"
        raise BadConfig([Problem(file=path, line=first, key="", message=message)]) from error
    return found


def _header(path: Path, rows: Sequence[tuple[int, list[str]]]) -> list[str]:
    if not rows:
        message = f"is empty; the first row must be the header {','.join(COLUMNS)}"
        raise BadConfig([Problem(file=path, line=0, key="", message=message)])
    line, cells = rows[0]
    header = [cell.strip().lower() for cell in cells]
    missing = [column for column in COLUMNS if column not in header]
    if len(header) == 1 and missing:
        hint = "; the columns must be separated by commas"
        message = f"the first row must be the header {','.join(COLUMNS)}{hint if ';' in header[0] else ''}"
        raise BadConfig([Problem(file=path, line=line, key="", message=message)])
    wrong = [(column, "is missing in the header") for column in missing]
    wrong += [(column or "?", "is not a column of the roster") for column in header if column not in COLUMNS + PERIOD]
    wrong += [(column, "stands twice in the header") for column in sorted(set(header)) if header.count(column) > 1]
    gather([Problem(file=path, line=line, key=key, message=message) for key, message in wrong])
    return header


def _tidy(cell: str) -> str:
    # Spreadsheets bring no-break spaces and decomposed accents; the same name must compare as the same.
    return " ".join(unicodedata.normalize("NFC", cell).split())


def _wrong_cells(row: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for column, cell in row.items():
        if not cell:
            if column not in MAY_BE_EMPTY:
                yield column, "is empty"
        elif not cell.isprintable():
            yield column, "has a character that cannot be shown"
        elif column == "kind" and cell.lower() not in KINDS:
            yield column, f"must be {', '.join(KINDS)} (found {cell!r})"
        elif column == "province" and cell.upper() not in PROVINCES:
            yield column, f"must be one of {', '.join(PROVINCES)} (found {cell!r})"
        elif column == "language" and cell.lower() not in tuple(Language):
            yield column, f"must be {', '.join(Language)} (found {cell!r})"
        elif column == "address" and not _ADDRESS.fullmatch(cell):
            yield column, "is not one e-mail address such as name@parl.example"
        elif column in PERIOD and _day(cell) is None:
            yield column, f"must be a date such as 2026-01-31 (found {cell!r})"
    if row["kind"].lower() == "mp" and not row["riding"]:
        yield "riding", "is empty; a Member of Parliament has one"
    begins, ends = (_day(row.get(column, "")) for column in PERIOD)
    if begins and ends and begins > ends:
        yield "valid_until", f"is before valid_from ({begins})"


def _day(cell: str) -> date | None:
    try:
        return date.fromisoformat(cell) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", cell) else None
    except ValueError:
        return None


def _member(row: Mapping[str, str]) -> Member:
    return Member(
        office=row["office"],
        member=row["member"],
        kind=row["kind"].lower(),
        riding=row["riding"],
        province=row["province"].upper(),
        language=Language(row["language"].lower()),
        phone=row["phone"],
        address=row["address"].lower(),
        valid_from=_day(row.get("valid_from", "")) or date.min,
        valid_until=_day(row.get("valid_until", "")) or date.max,
    )


def _contradictions(members: Sequence[tuple[int, Member]]) -> Iterator[tuple[int, str, str]]:
    """Rows that are right by themselves and wrong together; the later row is named, the earlier one by its line."""
    first_of: dict[str, tuple[int, Member]] = {}
    of_address: dict[str, list[tuple[int, Member]]] = {}
    for line, member in members:
        first_line, first = first_of.setdefault(member.office, (line, member))
        for column in ALIKE:
            if getattr(first, column) != getattr(member, column):
                yield line, column, f"differs from line {first_line} although both are office {member.office}"
        for other_line, other in of_address.setdefault(member.address, []):
            if member.valid_from <= other.valid_until and other.valid_from <= member.valid_until:
                where = "this office" if other.office == member.office else f"office {other.office}"
                yield line, "address", f"is on line {other_line} already, for {where} and for the same days"
        of_address[member.address].append((line, member))
