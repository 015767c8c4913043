"""Reading and writing the file of the roster.

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

from inboxd.config_file import gather
from inboxd.errors import BadConfig, Problem
from inboxd.mail import Language
from inboxd.triage.roster.people import KINDS, PROVINCES, Member, Roster, roster_of

COLUMNS = ("office", "member", "kind", "riding", "province", "language", "phone", "address")
PERIOD = ("valid_from", "valid_until")
"""Optional columns; empty means without limit. Both days are included."""
MAY_BE_EMPTY = frozenset({"riding", "phone", *PERIOD})
ALWAYS_ALIKE = ("member", "kind")
"""What all rows of one office must agree on, whenever they are valid: a follow-up joins the cases of its office, so the
next member of a riding is another office."""
ALIKE = ("riding", "province")
"""What its rows that are valid on one day must agree on: ridings are drawn anew. Language and telephone belong to the
person."""

_ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]\\]+@[^\s@<>,;:\"()\[\]\\.]+(?:\.[^\s@<>,;:\"()\[\]\\.]+)+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One file as it was read: the rows that are right by themselves, and everything that is wrong."""

    members: tuple[Member, ...]
    columns: tuple[str, ...]
    """Of the header, in its order; empty if that is wrong."""
    problems: tuple[Problem, ...]
    version: str
    """SHA-256 of the file, 64 hex digits; empty if it cannot be read."""


def read_roster(path: Path) -> Roster:
    """Read and check the roster. Raises `BadConfig` with every problem, by line and column."""
    sheet = examine(path)
    gather(sheet.problems)
    return roster_of(sheet.members, sheet.version)


def examine(path: Path) -> Sheet:
    """Read the file as far as it can be read, with every problem by line and column. Never raises."""
    version = ""
    try:
        content = path.read_bytes()
        version = hashlib.sha256(content).hexdigest()
        rows = _rows(path, _decoded(path, content))
        header = _header(path, rows)
    except OSError as error:
        problem = Problem(file=path, line=0, key="", message=f"cannot be read: {error.strerror}")
        return Sheet(members=(), columns=(), problems=(problem,), version=version)
    except BadConfig as error:
        return Sheet(members=(), columns=(), problems=error.problems, version=version)
    members: list[Member] = []
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
            members.append(_member(row, line))
    problems += contradictions(members, path)
    if not members and not problems:
        problems.append(Problem(file=path, line=0, key="", message="has no row besides the header; nobody could write"))
    return Sheet(members=tuple(members), columns=tuple(header), problems=tuple(sorted(problems)), version=version)


def _decoded(path: Path, content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        message = "is not UTF-8; save it as CSV UTF-8"
        raise BadConfig([Problem(file=path, line=line, key="", message=message)]) from error


def written(members: Sequence[Member]) -> str:
    """The text of a roster file with these rows."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow((*COLUMNS, *PERIOD))
    for member in members:
        days = (_written_day(member.valid_from, date.min), _written_day(member.valid_until, date.max))
        writer.writerow((*(str(getattr(member, column)) for column in COLUMNS), *days))
    return text.getvalue()


def _written_day(day: date, without_limit: date) -> str:
    return "" if day == without_limit else day.isoformat()


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


def _member(row: Mapping[str, str], line: int) -> Member:
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
        line=line,
    )


def contradictions(members: Sequence[Member], path: Path) -> list[Problem]:
    """Rows that are right by themselves and wrong together; the later row is named, the earlier one by its line."""
    return [
        Problem(file=path, line=member.line, key=column, message=text)
        for member, column, text in _contradictions(members)
    ]


def _contradictions(members: Sequence[Member]) -> Iterator[tuple[Member, str, str]]:
    of_office: dict[str, list[Member]] = {}
    of_address: dict[str, list[Member]] = {}
    for member in members:
        same_office = of_office.setdefault(member.office, [])
        alike = next((other for other in same_office if other.meets(member)), None)
        for first, columns in ((next(iter(same_office), None), ALWAYS_ALIKE), (alike, ALIKE)):
            for column in columns if first else ():
                if getattr(first, column) != getattr(member, column):
                    line = first.line if first else 0
                    yield member, column, f"differs from line {line} although both are office {member.office}"
        for other in of_address.setdefault(member.address, []):
            if member.meets(other):
                where = "this office" if other.office == member.office else f"office {other.office}"
                yield member, "address", f"is on line {other.line} already, for {where} and for the same days"
        same_office.append(member)
        of_address[member.address].append(member)
