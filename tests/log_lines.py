"""Event lines carry ids only: every line that any test has inboxd log is searched for what the scenario mails say.

Needles are the addresses, application numbers, client identifiers, Message-IDs, subjects and names of all scenario
mails and registers. The test during which such a line was logged fails, with the line. Seen are lines logged in this
process, whether anybody listens or not (`listen`), those of daemon processes (`tests/daemon/running.py`), and those in
files that other processes wrote (`of_files`). Loaded by `tests/conftest.py`.
"""

from __future__ import annotations

import csv
import functools
import io
import re
from collections.abc import Iterable, Iterator
from email import policy
from email.parser import BytesHeaderParser
from email.utils import getaddresses
from pathlib import Path
from typing import Any

import pytest
import re2

from inboxd import maillog
from tests.office import ALERTS, INBOX, REGISTER, ROSTER

HERE = Path(__file__).parent
ADDRESS = re.compile(rb"[\w.+=-]+@[\w-]+(?:\.[\w-]+)+")
NUMBER = re.compile(rb"\b(?:[A-Z]{1,2}[0-9]{8,9}|[0-9]{2}-[0-9]{4}-[0-9]{4})\b")
OURS = frozenset({INBOX, ALERTS})
"""What an operator wrote into the settings."""
SHORTEST = 7
"""Characters of a subject or name that no event line has by chance."""

found: list[str] = []
"""Lines that say something of a mail, since the last test."""


_headers = BytesHeaderParser(policy=policy.default)


def _header_texts(raw: bytes) -> Iterator[str]:
    mail = _headers.parsebytes(raw)
    for name in ("Subject", "From", "Reply-To", "Cc"):
        try:
            value = str(mail[name] or "")
        except (ValueError, IndexError, AttributeError):  # a header that is broken on purpose
            continue
        if name == "Subject":
            yield value
        else:
            yield from (display for display, _ in getaddresses([value]))


def _people(table: str) -> Iterator[str]:
    for row in csv.DictReader(io.StringIO(table)):
        if row.get("uci"):
            yield row["uci"]
        yield from (row[name] for name in ("number", "address") if row.get(name))
        yield f"{row.get('given_name', '')} {row.get('family_name', '')}"
        yield from (row[name] for name in ("member", "family_name") if row.get(name))


@functools.cache
def needles() -> frozenset[str]:
    """Everything that no line may have in it."""
    each: set[str] = {*_people(REGISTER), *_people(ROSTER)}
    for path in (HERE / "scenarios").rglob("*.eml"):
        raw = path.read_bytes()
        each.update(item.decode("ascii", "ignore") for item in (*ADDRESS.findall(raw), *NUMBER.findall(raw)))
        each.update(_header_texts(raw))
    kept = {" ".join(item.split()) for item in each} - OURS
    told = re.compile("[ @0-9-]")
    return frozenset(item for item in kept if len(item) >= SHORTEST and "{{" not in item and told.search(item))


@functools.cache
def _pattern() -> Any:
    options = re2.Options()
    options.max_mem = 128 * 1024 * 1024
    options.case_sensitive = False
    options.log_errors = False
    return re2.compile("|".join(sorted(map(re2.escape, needles()))), options)


def says(line: str) -> str:
    """What a line has of a mail; empty if it has nothing."""
    hit = _pattern().search(line)
    return str(hit.group(0)) if hit else ""


def look_at(lines: Iterable[str]) -> None:
    """Remember the lines that say something of a mail."""
    found.extend(line for line in lines if says(line))


def of_files(root: Path, pattern: str) -> None:
    """The same for files that other processes wrote their lines into."""
    for path in root.rglob(pattern):
        look_at(path.read_text(encoding="utf-8", errors="replace").splitlines())


def listen() -> None:
    """From now on every event line of this process is looked at, also where no handler would print it."""
    emit = maillog._emit

    @functools.wraps(emit)
    def heard(level: int, event: str, **fields: object) -> None:
        look_at([" ".join([event, *(f"{name}={maillog._value(value)}" for name, value in fields.items())])])
        emit(level, event, **fields)

    if not hasattr(emit, "__wrapped__"):
        maillog._emit = heard


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """A test during which a line said something of a mail has failed, whatever else it showed."""
    report = yield
    if call.when == "teardown" and found:
        lines = "\n".join(f"{says(line)!r} in: {line}" for line in found)
        found.clear()
        report.outcome = "failed"
        report.longrepr = f"inboxd logged what a mail says:\n{lines}"
    return report
