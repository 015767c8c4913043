"""Taking an export of offices into the roster: what it would do, shown first, and then the file replaced as a whole.

The old file is kept beside the new one, and who did it is written down in the same transaction: the file is replaced
last, so a disk that refuses leaves neither. Raises `BadConfig` with every problem of either file, `Permanent` if the
roster changed meanwhile or cannot be replaced. The daemon reads the new roster when it is told to (SIGHUP).
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from inboxd import rule_files
from inboxd.config_file import gather
from inboxd.database import Database
from inboxd.errors import Permanent, Problem
from inboxd.settings import Settings
from inboxd.store import rosters
from inboxd.triage.roster import Change, Laid, Member, Ours, examine, lay_over, read_roster, remarks, written
from inboxd.triage.roster import ChangeKind as Kind

LONGEST_ACTOR = 100
FEW = 4
"""With no more addresses than these, all may end without another word."""
GONE = (Kind.ENDED, Kind.WITHDRAWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """What an export would do to the roster, and everything needed to do it."""

    roster: Path
    export: Path
    start: date
    whole: bool
    previous: str
    """The version of the roster that this was made for."""
    laid: Laid
    text: str
    """The new file."""
    added_offices: tuple[str, ...]
    changed_offices: tuple[str, ...]
    ended_offices: tuple[str, ...]
    remarks: tuple[Problem, ...]
    """What deserves a look in the new roster and was not in the old; lines are those of the new file."""

    @property
    def version(self) -> str:
        return hashlib.sha256(self.text.encode("utf-8")).hexdigest()

    @property
    def changes(self) -> tuple[Change, ...]:
        return self.laid.changes

    def count(self, kind: Kind) -> int:
        """How many addresses that happens to."""
        return sum(change.kind is kind for change in self.changes)


def ours(settings: Settings) -> Ours:
    """The addresses and domains that the roster is compared with."""
    senders = settings.senders
    return Ours(
        client_domains=senders.client_domains,
        service=settings.office.own_addresses,
        officers=senders.officers,
        officer_domains=senders.officer_domains,
    )


def prepare(
    settings: Settings,
    export: Path,
    *,
    start: date,
    today: date,
    whole: bool,
    renamed: Collection[str] = (),
    most_may_end: bool = False,
) -> Enrolment:
    """Lay an export over the roster from `start` on. Changes nothing. Raises `BadConfig`.

    `whole`: what is not in the export ends. Unless `most_may_end`, an export that ends more than half of the addresses
    in force is refused: it is cut off, or was meant as a file of changes.
    """
    path = settings.senders.roster.resolve()
    old = read_roster(path)
    before = [row for rows in old.offices.values() for row in rows]
    before.sort(key=lambda row: row.line)
    sheet = examine(export)
    unknown = sorted(set(renamed) - {row.office for row in sheet.members})
    gather(sheet.problems, [_problem(export, "office", f"has no office {name} to rename") for name in unknown])
    laid = lay_over(before, sheet, start=start, whole=whole, renamed=renamed, path=export)
    gather(laid.problems, [] if most_may_end else _most_end(before, laid, start, export))
    had, has = _in_force(before, start), _in_force(laid.members, start)
    touched = {change.row.office for change in laid.changes}
    day = max(today, start)
    known = {(problem.key, problem.message) for problem in remarks(before, ours(settings), day, path)}
    new = remarks(laid.members, ours(settings), day, path)
    return Enrolment(
        roster=path,
        export=export,
        start=start,
        whole=whole,
        previous=old.version,
        laid=laid,
        text=written(laid.members),
        added_offices=tuple(sorted(has - had)),
        changed_offices=tuple(sorted(has & had & touched)),
        ended_offices=tuple(sorted(had - has)),
        remarks=tuple(problem for problem in new if (problem.key, problem.message) not in known),
    )


def _in_force(members: Collection[Member], start: date) -> set[str]:
    return {row.office for row in members if row.valid_until >= start}


def _most_end(before: Collection[Member], laid: Laid, start: date, export: Path) -> list[Problem]:
    had = {(row.office, row.address) for row in before if row.valid_until >= start}
    gone = {(change.row.office, change.row.address) for change in laid.changes if change.kind in GONE}
    if len(gone) <= FEW or len(gone) * 2 <= len(had):
        return []
    message = (
        f"would end {len(gone)} of {len(had)} addresses: is it whole? A file of changes needs --changes; if they are "
        "meant to end, --most-may-end"
    )
    return [_problem(export, "", message)]


def _problem(path: Path, key: str, message: str) -> Problem:
    return Problem(file=path, line=0, key=key, message=message)


def enrol(database: Database, planned: Enrolment, *, by: str, now: datetime) -> Path:
    """Put the new roster in place. Returns where the old one is kept. Raises `Permanent`; nothing is changed then."""
    if not by.strip():
        raise Permanent("an import says who made it")
    with rule_files.locked(planned.roster) as text:
        content = text.encode("utf-8")
        if hashlib.sha256(content).hexdigest() != planned.previous:
            raise Permanent(f"{planned.roster} changed since it was compared; nothing was done, give the command again")
        kept = _keep(planned, content)
        with database.transaction() as tx:
            rosters.add(tx, now, actor=f"person:{by.strip()}"[:LONGEST_ACTOR], detail=_detail(planned, kept))
            rule_files.replace(planned.roster, planned.text)
    return kept


def _keep(planned: Enrolment, content: bytes) -> Path:
    """The old file beside the new one, under its version, once. Raises `Permanent`."""
    kept = planned.roster.with_name(f"{planned.roster.stem}.{planned.previous[:12]}{planned.roster.suffix}")
    try:
        if not (kept.is_file() and kept.read_bytes() == content):
            kept.write_bytes(content)
            kept.chmod(planned.roster.stat().st_mode & 0o777)
            with kept.open("rb") as file:
                os.fsync(file.fileno())
    except OSError as error:
        message = (
            f"{kept} cannot be written: {error.strerror}; nothing was changed; docs/operating.md, Roster, says why"
        )
        raise Permanent(message) from error
    return kept


def _detail(planned: Enrolment, kept: Path) -> dict[str, object]:
    return {
        "previous": planned.previous,
        "version": planned.version,
        "kept": kept.name,
        "file": planned.export.name,
        "start": planned.start.isoformat(),
        "whole": planned.whole,
        "added": planned.count(Kind.ADDED),
        "changed": planned.count(Kind.CHANGED),
        "ended": planned.count(Kind.ENDED) + planned.count(Kind.WITHDRAWN),
        "added_offices": list(planned.added_offices),
        "changed_offices": list(planned.changed_offices),
        "ended_offices": list(planned.ended_offices),
    }
