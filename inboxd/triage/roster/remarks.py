"""What deserves a look in a roster that holds together: nothing here keeps it from being used. Pure; never fails.

A slip that no single row shows (a domain one letter off, two offices for one riding) lets a stranger in or shuts an
office out; `inboxd roster check` tells of each by line and column.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

from inboxd.errors import Problem
from inboxd.triage.lookalikes import lookalike_of
from inboxd.triage.roster.people import Member

SOON = timedelta(days=30)
FORMER = timedelta(days=90)
"""An office that ended longer ago is one of the past, and nothing to tell of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ours:
    """The addresses and domains that the settings name."""

    client_domains: tuple[str, ...]
    service: frozenset[str]
    """The service mailbox itself, lower case."""
    officers: tuple[str, ...] = ()
    officer_domains: tuple[str, ...] = ()


def remarks(members: Sequence[Member], ours: Ours, today: date, path: Path) -> list[Problem]:
    """Every remark, by line and column. `members` are the rows that are right by themselves."""
    current = [member for member in members if member.valid_until >= today]
    found = [
        *_offices(members, today),
        *_endings(current, today),
        *_twice(current),
        *_addresses(current, ours),
    ]
    return sorted(
        Problem(file=path, line=member.line, key=column, message=message) for member, column, message in found
    )


Remark = tuple[Member, str, str]


def former(members: Sequence[Member], today: date) -> int:
    """How many offices ended longer than `FORMER` ago."""
    ended = {member.office for member in members}
    ended -= {member.office for member in members if member.valid_until >= today - FORMER}
    return len(ended)


def _offices(members: Sequence[Member], today: date) -> Iterator[Remark]:
    """Offices from which nobody can write today."""
    by_office: dict[str, list[Member]] = {}
    for member in members:
        by_office.setdefault(member.office, []).append(member)
    for office, rows in by_office.items():
        if any(row.is_valid(today) for row in rows):
            continue
        last = max(rows, key=lambda row: row.valid_until)
        ahead = min((row for row in rows if row.valid_from > today), key=lambda row: row.valid_from, default=None)
        if ahead is not None:
            yield ahead, "valid_from", f"nobody of office {office} can write before {ahead.valid_from}"
        elif last.valid_until >= today - FORMER:
            message = f"nobody of office {office} can write since {last.valid_until}; mail from there is held"
            yield last, "valid_until", message


def _endings(current: Sequence[Member], today: date) -> Iterator[Remark]:
    """Periods that end within `SOON` and that no later row carries on."""
    for row in current:
        if row.valid_from > today or row.valid_until > today + SOON:
            continue
        next_day = row.valid_until + timedelta(days=1)
        if not any(other.address == row.address and other.is_valid(next_day) for other in current):
            days = (row.valid_until - today).days
            when = "today" if not days else f"in {days} day{'s' if days > 1 else ''}"
            yield row, "valid_until", f"ends {when} ({row.valid_until}), and no row carries it on"


def _twice(current: Sequence[Member]) -> Iterator[Remark]:
    """Ridings and members that two offices have on one day; rows of one office that only repeat each other."""
    for column in ("riding", "member"):
        alike: dict[tuple[str, str], list[Member]] = {}
        for row in current:
            if name := _comparable(getattr(row, column)):
                alike.setdefault((row.kind, name), []).append(row)
        for rows in alike.values():
            yield from _shared(rows, column)
    yield from _repeated(current)


def _shared(rows: Sequence[Member], column: str) -> Iterator[Remark]:
    """One remark for each later office of rows with the same riding or member."""
    told = {rows[0].office}
    for place, row in enumerate(rows):
        other = next((seen for seen in rows[:place] if seen.office != row.office and seen.meets(row)), None)
        if other is not None and row.office not in told:
            told.add(row.office)
            day = max(other.valid_from, row.valid_from)
            since = "" if day == date.min else f" from {day} on"
            yield row, column, f"{getattr(row, column)} is office {other.office} too{since} (line {other.line})"


def _repeated(current: Sequence[Member]) -> Iterator[Remark]:
    by_address: dict[str, list[Member]] = {}
    for row in current:
        by_address.setdefault(row.address, []).append(row)
    for rows in by_address.values():
        for first, second in pairwise(sorted(rows, key=lambda row: row.valid_from)):
            if first.valid_until < date.max and first.valid_until + timedelta(days=1) == second.valid_from:
                columns = ("office", "member", "kind", "riding", "province", "language", "phone")
                if all(getattr(first, name) == getattr(second, name) for name in columns):
                    yield second, "valid_from", f"only carries on line {first.line}; one row would do"


def _comparable(name: str) -> str:
    """A name without accents, capitals and kinds of dashes."""
    plain = unicodedata.normalize("NFKD", name).casefold()
    letters = ("" if unicodedata.combining(letter) else letter if letter.isalnum() else " " for letter in plain)
    return " ".join("".join(letters).split())


def _addresses(current: Sequence[Member], ours: Ours) -> Iterator[Remark]:
    told: set[tuple[str, str]] = set()
    for row in current:
        for column, message in _address(row, ours):
            if (row.address, message) not in told:
                told.add((row.address, message))
                yield row, column, message


def _address(row: Member, ours: Ours) -> Iterator[tuple[str, str]]:
    domain = row.address.rpartition("@")[2]
    if row.address in ours.service:
        yield "address", "is our own address; mail from it counts as ours, never as an office's"
    elif row.address in _lower(ours.officers) or domain in _lower(ours.officer_domains):
        yield "address", "is an officer's by the settings (senders.officers, senders.officer_domains) too"
    if domain in _lower(ours.client_domains):
        return
    if imitated := lookalike_of(domain, ours.client_domains):
        message = f"its domain {domain} looks like {imitated} and is another: a slip, or a stranger?"
        yield "address", message
    elif ours.client_domains and row.kind != "minister":
        yield "address", f"its domain {domain} is not among the client domains; is that meant?"


def _lower(names: Collection[str]) -> set[str]:
    return {name.lower() for name in names}
