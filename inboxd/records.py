"""Application records: look one up, attach to it, import them. The built-in register in our own database.

The only place that knows what a register is; another register (HTTP) is another module with these functions.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import Connection, Table, select
from sqlalchemy.dialects import postgresql, sqlite

from inboxd.errors import BadConfig, Problem
from inboxd.mail import Application
from inboxd.tables import applications, filings

COLUMNS = ("number", "family_name", "given_name", "date_of_birth", "uci")
BATCH = 1000


def look_up(tx: Connection, number: str) -> Application | None:
    """The record with this number, or None."""
    row = tx.execute(select(applications).where(applications.c.number == number)).first()
    if row is None:
        return None
    return Application(
        number=row.number,
        family_name=row.family_name,
        given_name=row.given_name,
        date_of_birth=row.date_of_birth,
        uci=row.uci,
    )


def filed(tx: Connection, digests: Sequence[str]) -> dict[str, set[str]]:
    """For each digest, the numbers of the records it is attached to."""
    found: dict[str, set[str]] = {}
    rows = tx.execute(select(filings.c.digest, filings.c.application_number).where(filings.c.digest.in_(digests)))
    for row in rows:
        found.setdefault(row.digest, set()).add(row.application_number)
    return found


def attach(tx: Connection, *, number: str, digest: str, mail_id: int, path: str, at: datetime) -> None:
    """Attach a document to a record. The same bytes on the same record again change nothing."""
    _insert_once(
        tx,
        filings,
        ("application_number", "digest"),
        [{"application_number": number, "digest": digest, "mail_id": mail_id, "path": path, "filed_at": at}],
    )


def _insert_once(tx: Connection, table: Table, keys: tuple[str, ...], rows: list[dict[str, object]]) -> None:
    insert = postgresql.insert if tx.dialect.name == "postgresql" else sqlite.insert
    tx.execute(insert(table).on_conflict_do_nothing(index_elements=keys), rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """What an import did. `bad` holds a problem for each refused row; nothing else of the file is refused with it."""

    read: int
    new: int
    changed: int
    bad: tuple[Problem, ...]


def read_rows(path: Path, is_number: Callable[[str], bool]) -> Iterator[Application | Problem]:
    """The rows of a register file (UTF-8 CSV with a header), each as a record or as what is wrong with it.

    Raises `BadConfig` if the file as a whole cannot be used.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise BadConfig([Problem(file=path, line=0, key="", message=f"cannot be read: {error.strerror}")]) from error
    except UnicodeDecodeError as error:
        message = f"is not UTF-8 (byte {error.start}); save it as CSV UTF-8"
        raise BadConfig([Problem(file=path, line=0, key="", message=message)]) from error
    # not by splitlines, which also breaks names at characters such as U+0085
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    header = [name.strip().lower() for name in reader.fieldnames or ()]
    missing = [name for name in COLUMNS if name not in header]
    if missing:
        message = f"the header lacks {', '.join(missing)}; it must have {', '.join(COLUMNS)}"
        raise BadConfig([Problem(file=path, line=1, key="", message=message)])
    reader.fieldnames = header
    seen: dict[str, int] = {}
    try:
        for row in reader:
            yield _record(path, reader.line_num, row, is_number, seen)
    except csv.Error as error:
        yield Problem(file=path, line=reader.line_num, key="", message=f"is not CSV from here on: {error}")


def _record(
    path: Path, line: int, row: dict[str, str | None], is_number: Callable[[str], bool], seen: dict[str, int]
) -> Application | Problem:
    if None in row:
        return Problem(file=path, line=line, key="", message="has more cells than the header; is a comma not quoted?")
    value = {name: (row.get(name) or "").strip() for name in COLUMNS}
    number = value["number"].upper()
    if not is_number(number):
        return Problem(file=path, line=line, key="number", message="is not an application number such as E123456789")
    if number in seen:
        return Problem(file=path, line=line, key="number", message=f"stands in line {seen[number]} already")
    born = None
    if value["date_of_birth"]:
        try:
            born = date.fromisoformat(value["date_of_birth"])
        except ValueError:
            return Problem(file=path, line=line, key="date_of_birth", message="is not a date such as 1984-06-30")
    uci = value["uci"].replace("-", "").replace(" ", "")
    if uci and not (uci.isascii() and uci.isdigit() and len(uci) in (8, 10)):
        return Problem(file=path, line=line, key="uci", message="is not a UCI of 8 or 10 digits")
    seen[number] = line
    return Application(
        number=number, family_name=value["family_name"], given_name=value["given_name"], date_of_birth=born, uci=uci
    )


def put(tx: Connection, records: Sequence[Application], at: datetime) -> tuple[int, int]:
    """Insert or replace records. Returns (new, changed); unchanged ones count as neither."""
    numbers = [record.number for record in records]
    known = {row.number: row for row in tx.execute(select(applications).where(applications.c.number.in_(numbers)))}
    new = [record for record in records if record.number not in known]
    changed = [record for record in records if record.number in known and not _same(known[record.number], record)]
    if new:
        tx.execute(applications.insert(), [_row(record, at) for record in new])
    for record in changed:
        tx.execute(applications.update().where(applications.c.number == record.number).values(**_row(record, at)))
    return len(new), len(changed)


def _row(record: Application, at: datetime) -> dict[str, object]:
    return {
        "number": record.number,
        "family_name": record.family_name,
        "given_name": record.given_name,
        "date_of_birth": record.date_of_birth,
        "uci": record.uci,
        "imported_at": at,
    }


def _same(row: object, record: Application) -> bool:
    return all(getattr(row, name) == getattr(record, name) for name in COLUMNS)
