"""Laying an export over the roster from a day on: what is added, changed and ended, and the rows that come of it.

Each address is a line of days. Before that day the line stays as it is (`domain.md` 6 "Former MP"): what is replaced or
left out ends the day before, so mail received before an election stays with the office that it came from. From that day
on the export decides. Pure; what cannot be done is a `Problem` by line of the export.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path

from inboxd.errors import Problem
from inboxd.triage.roster.people import Member
from inboxd.triage.roster.sheet import ALWAYS_ALIKE, Sheet, contradictions

A_DAY = timedelta(days=1)
WORDS = ("riding", "province", "language")
"""Columns whose old value stays for the days before; a new telephone number is written over the old one."""
Lines = dict[str, list[Member]]


class Kind(StrEnum):
    """What becomes of an address in an office."""

    ADDED = "added"
    CHANGED = "changed"
    ENDED = "ended"
    WITHDRAWN = "withdrawn"
    """It would have been valid from a later day on, and now never is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One address of one office."""

    kind: Kind
    row: Member
    """As it is afterwards; for what is withdrawn, as it was."""
    what: tuple[str, ...]
    """In words: "language en -> fr", "until 2026-11-21"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Laid:
    """The roster as the export makes it. Worth nothing while there are problems."""

    members: tuple[Member, ...]
    changes: tuple[Change, ...]
    unchanged: int
    """Addresses in force that stay as they are."""
    over: int
    """Rows of the export whose days are over, and of which nothing is in force: left out."""
    untouched_kinds: tuple[str, ...]
    """Kinds of office of which a full export has no row: theirs stay as they are."""
    problems: tuple[Problem, ...]


def lay_over(
    members: Sequence[Member], export: Sheet, *, start: date, whole: bool, renamed: Collection[str], path: Path
) -> Laid:
    """Lay `export` over the rows of a roster from `start` on.

    `whole`: what is not in the export ends, for the kinds of office that it has. `renamed`: offices whose member has a
    new name and is the same person. `path` is the export's, for its problems.
    """
    names = {row.office: row.member for row in export.members if row.office in renamed}
    before = [dataclasses.replace(row, member=names.get(row.office, row.member)) for row in members]
    old, new = _lines(before), _lines(export.members)
    kinds = {row.kind for row in export.members}
    result: list[Member] = []
    changes = list(_renames(members, names))
    unchanged = over = 0
    for address in dict.fromkeys((*old, *new)):
        mine, theirs = old.get(address, []), new.get(address, [])
        stays = not theirs and (not whole or all(row.kind not in kinds for row in mine if row.valid_until >= start))
        after = mine if stays else _laid(mine, theirs, start, whole=whole, says_until="valid_until" in export.columns)
        result += after
        told = list(_told(mine, after, start))
        changes += told
        in_force = {row.office for row in mine if row.valid_until >= start}
        unchanged += len(in_force - {change.row.office for change in told})
        over += sum(row.valid_until < start and row.office not in in_force for row in theirs)
    ordered = [dataclasses.replace(row, line=line) for line, row in enumerate(_in_order(before, result), start=2)]
    problems = [*export.problems, *_other_members(members, export, renamed, path)]
    return Laid(
        members=tuple(ordered),
        changes=tuple(sorted(changes, key=lambda change: (change.row.office, change.row.address, change.kind))),
        unchanged=unchanged,
        over=over,
        untouched_kinds=tuple(sorted({row.kind for row in before} - kinds)) if whole else (),
        problems=tuple(sorted(problems or contradictions(ordered, path.with_name(f"roster with {path.name}")))),
    )


def _lines(rows: Sequence[Member]) -> Lines:
    lines: Lines = {}
    for row in sorted(rows, key=lambda row: row.valid_from):
        lines.setdefault(row.address, []).append(row)
    return lines


def _laid(
    mine: Sequence[Member], theirs: Sequence[Member], start: date, *, whole: bool, says_until: bool
) -> list[Member]:
    """The days of one address: as they were before `start`, then as the export says.

    In a file of changes the old days go on up to the first new one.
    """
    ahead = [_dated(row, mine, start, says_until=says_until) for row in theirs if row.valid_until >= start]
    cut = start if whole or not ahead else max(start, min(row.valid_from for row in ahead))
    past = [
        dataclasses.replace(row, valid_until=min(row.valid_until, cut - A_DAY)) for row in mine if row.valid_from < cut
    ]
    # an address that we know gains no day before `start`; a newcomer may have begun earlier
    free = max([start if mine else date.min, *(row.valid_until + A_DAY for row in past)])
    for given in ahead:
        row = dataclasses.replace(given, valid_from=max(given.valid_from, free))
        last = past[-1] if past else None
        if last is not None and last.valid_until + A_DAY == row.valid_from and not _differing(last, row):
            past[-1] = dataclasses.replace(row, valid_from=last.valid_from)
        else:
            past.append(row)
    return past


def _dated(row: Member, mine: Sequence[Member], start: date, *, says_until: bool) -> Member:
    """A row of the export with the days that it leaves to us: those of the same row here, else from `start` on."""
    same = next((old for old in mine if old.office == row.office and old.valid_until >= start), None)
    begins, ends = row.valid_from, row.valid_until
    if begins == date.min:
        begins = max(start, same.valid_from) if same else start
    if not says_until and same:
        ends = same.valid_until
    return dataclasses.replace(row, valid_from=begins, valid_until=ends)


def _differing(old: Member, new: Member) -> list[str]:
    return [name for name in ("office", *WORDS) if getattr(old, name) != getattr(new, name)]


def _told(mine: Sequence[Member], after: Sequence[Member], start: date) -> Iterator[Change]:
    """What happened to one address, office by office."""
    if list(mine) == list(after):
        return
    for office in dict.fromkeys(row.office for row in (*mine, *after)):
        had = [row for row in mine if row.office == office and row.valid_until >= start]
        has = [row for row in after if row.office == office and row.valid_until >= start]
        if had == has:
            continue
        if not had:
            yield Change(kind=Kind.ADDED, row=has[0], what=_days(has[0]))
        elif has:
            yield Change(kind=Kind.CHANGED, row=has[-1], what=_compared(had[-1], has[-1]))
        elif kept := [row for row in after if row.office == office and row.valid_from <= had[0].valid_from]:
            yield Change(kind=Kind.ENDED, row=kept[-1], what=(f"until {kept[-1].valid_until}",))
        else:
            yield Change(kind=Kind.WITHDRAWN, row=had[0], what=(f"was to begin on {had[0].valid_from}",))


def _compared(old: Member, new: Member) -> tuple[str, ...]:
    what = [f"{name} {getattr(old, name)} -> {getattr(new, name)}" for name in (*WORDS, "phone")
            if getattr(old, name) != getattr(new, name)]  # fmt: skip
    if new.valid_from != old.valid_from:
        what.append(f"from {new.valid_from} on")
    if new.valid_until != old.valid_until:
        what.append(f"until {'further notice' if new.valid_until == date.max else new.valid_until}")
    return tuple(what)


def _days(row: Member) -> tuple[str, ...]:
    until = () if row.valid_until == date.max else (f"until {row.valid_until}",)
    return (f"from {row.valid_from} on", *until)


def _other_members(members: Sequence[Member], export: Sheet, renamed: Collection[str], path: Path) -> Iterator[Problem]:
    """An office is one person's: a follow-up joins the cases of its office, and they are not the next member's."""
    first = {row.office: row for row in reversed(members)}
    told = set()
    for row in export.members:
        old = first.get(row.office)
        for column in ALWAYS_ALIKE:
            same = old is None or getattr(old, column) == getattr(row, column)
            if old is None or same or (row.office, column) in told or (column == "member" and row.office in renamed):
                continue
            told.add((row.office, column))
            message = (
                f"office {row.office} is that of {old.member} ({old.kind}): give another person's office a name of its "
                f"own, or --renamed {row.office} if it is the same person"
            )
            yield Problem(file=path, line=row.line, key=column, message=message)


def _renames(members: Sequence[Member], names: Mapping[str, str]) -> Iterator[Change]:
    for office, name in names.items():
        old = next((row for row in members if row.office == office), None)
        if old is not None and old.member != name:
            new = dataclasses.replace(old, member=name)
            yield Change(kind=Kind.CHANGED, row=new, what=(f"member {old.member} -> {name}, on all its rows",))


def _in_order(before: Sequence[Member], rows: Sequence[Member]) -> list[Member]:
    """Offices and their addresses as the roster had them, new ones behind by name; then by day."""
    offices, addresses = ({getattr(row, name): place for place, row in reversed(list(enumerate(before)))}
                          for name in ("office", "address"))  # fmt: skip
    last = len(before)
    return sorted(
        rows,
        key=lambda row: (
            offices.get(row.office, last),
            "" if row.office in offices else row.office,
            addresses.get(row.address, last),
            row.valid_from,
        ),
    )
