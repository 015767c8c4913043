"""The CSV file from which application records are imported: its rows as records, or as what is wrong with them.

UTF-8 with a header. Fails with `BadConfig` if the file as a whole cannot be used; a bad row is a `Problem` of its own.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from inboxd.documents import Application
from inboxd.errors import BadConfig, Problem

COLUMNS = ("number", "family_name", "given_name", "date_of_birth", "uci")
BATCH = 1000


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
