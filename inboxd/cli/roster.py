"""`roster check | show | import | history`: who may write as a client, and since when. docs/operating.md, Roster."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from inboxd.cli import showing
from inboxd.errors import Problem

if TYPE_CHECKING:
    from inboxd.enrolling import Enrolment
    from inboxd.settings import Settings
    from inboxd.triage.roster import Member

BAD_CONFIG = 78
DAY = click.DateTime(formats=["%Y-%m-%d"])
JSON = click.option("--json", "as_json", is_flag=True, help="For programs.")


@click.group()
def roster() -> None:
    """The offices and the addresses of their people."""


def _settings(config: Path) -> tuple[Settings, date]:
    """The settings, and the day that it is at the office."""
    from inboxd.settings import read_settings
    from inboxd.standards import read_standards

    settings = read_settings(config)
    zone = read_standards(settings.rules.standards).calendar.zone
    return settings, datetime.now(UTC).astimezone(zone).date()


def _as_rows(problems: Sequence[Problem]) -> list[dict[str, Any]]:
    return [{"line": item.line, "column": item.key, "message": item.message} for item in problems]


@roster.command()
@click.argument("file", type=click.Path(path_type=Path), required=False)
@JSON
@click.pass_obj
def check(config: Path, file: Path | None, as_json: bool) -> None:
    """Name everything that is wrong in the roster, or in FILE, by line and column, and what deserves a look.

    Exit status 78 if anything is wrong; remarks alone are no fault.
    """
    from inboxd import enrolling
    from inboxd.triage.roster import examine, former, remarks

    settings, today = _settings(config)
    path = file or settings.senders.roster
    sheet = examine(path)
    found = remarks(sheet.members, enrolling.ours(settings), today, path)
    current = [row for row in sheet.members if row.is_valid(today)]
    counts = {
        "offices": len({row.office for row in current}),
        "addresses": len({row.address for row in current}),
        "former_offices": former(sheet.members, today),
    }
    if as_json:
        kinds = {"problems": _as_rows(sheet.problems), "remarks": _as_rows(found)}
        showing.as_json({"file": str(path), "day": today.isoformat(), **counts, **kinds})
    else:
        for problem in sheet.problems:
            click.echo(f"inboxd: {problem}", err=True)
        for remark in found:
            click.echo(f"look: {showing.clean(str(remark))}")
        tally = f"{counts['offices']} offices and {counts['addresses']} addresses are valid on {today}"
        ended = f", {counts['former_offices']} ended long ago" if counts["former_offices"] else ""
        click.echo(f"{tally}{ended}; {len(sheet.problems)} problems, {len(found)} remarks")
    sys.exit(BAD_CONFIG if sheet.problems else 0)


@roster.command()
@click.argument("who", metavar="ADDRESS|OFFICE")
@click.option("--on", type=DAY, help="That day instead of today.")
@JSON
@click.pass_obj
def show(config: Path, who: str, on: datetime | None, as_json: bool) -> None:
    """Show the rows of an address or an office, and what mail from there comes to on a day."""
    from inboxd import enrolling
    from inboxd.triage.roster import read_roster, standing

    settings, today = _settings(config)
    day = on.date() if on else today
    known = read_roster(settings.senders.roster)
    wanted = who.strip()
    rows = known.addresses.get(wanted.lower(), ()) if "@" in wanted else known.offices.get(wanted, ())
    if not rows and "@" not in wanted:
        raise click.ClickException(f"there is no office {showing.clean(wanted)} on the roster")
    said = standing(known, wanted, day, enrolling.ours(settings)) if "@" in wanted else ""
    shown = [_row(row, day) for row in rows]
    if as_json:
        showing.as_json({"who": wanted, "day": day.isoformat(), "standing": said, "rows": shown})
        return
    columns = ("line", "office", "member", "kind", "riding", "province", "language", "address", "valid", "state")
    showing.table(f"On {day}", columns, shown)
    if said:
        click.echo(f"On {day} {showing.clean(wanted)} {said}.")


def _row(row: Member, day: date) -> dict[str, object]:
    state = "valid" if row.is_valid(day) else "ended" if row.valid_until < day else "to come"
    begins = "" if row.valid_from == date.min else str(row.valid_from)
    ends = "" if row.valid_until == date.max else str(row.valid_until)
    names = ("line", "office", "member", "kind", "riding", "province", "language", "phone", "address")
    valid = f"{begins or '…'} to {ends or '…'}"
    days = {"valid_from": begins, "valid_until": ends, "valid": valid, "state": state}
    return {name: getattr(row, name) for name in names} | days


@roster.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--from", "start", type=DAY, metavar="DATE", help="The first day of the new rows; today by default.")
@click.option("--changes", is_flag=True, help="FILE holds changes only: what it does not name stays.")
@click.option("--renamed", metavar="OFFICE", multiple=True, help="Its member has a new name and is the same person.")
@click.option("--most-may-end", is_flag=True, help="Even if more than half of the addresses end.")
@click.option("--by", metavar="NAME", default="", help="Who takes it into use; needed with --yes.")
@click.option("--yes", is_flag=True, help="Take it into use; without it nothing is changed.")
@JSON
@click.pass_obj
def import_file(
    config: Path,
    file: Path,
    *,
    start: datetime | None,
    changes: bool,
    renamed: tuple[str, ...],
    most_may_end: bool,
    by: str,
    yes: bool,
    as_json: bool,
) -> None:
    """Lay a full export of the offices over the roster; with --changes a file of changes.

    Without --yes it only shows what would be added, changed and ended. Rows that are replaced or left out end on the
    day before DATE and stay for the mail of before. Kinds of office that FILE has no row of stay as they are.
    """
    from inboxd import app, enrolling

    if yes and not by.strip():
        raise click.UsageError("--yes needs --by NAME: the import is kept with the name of who made it")
    settings, today = _settings(config)
    planned = enrolling.prepare(
        settings,
        file,
        start=start.date() if start else today,
        today=today,
        whole=not changes,
        renamed=renamed,
        most_may_end=most_may_end,
    )
    if not as_json:
        _tell(planned)
    kept = None
    if yes and planned.changes:
        with app.open_records(config) as records:
            kept = enrolling.enrol(records.database, planned, by=by, now=datetime.now(UTC))
    if as_json:
        showing.as_json(_document(planned, kept))
    elif kept is not None:
        click.echo(f"{planned.roster} is replaced; the roster before is kept in {kept}")
        click.echo("a daemon that runs here uses it within seconds; its log then says rules.loaded")
    else:
        click.echo("nothing was changed" + ("; give --yes --by NAME to take it into use" if planned.changes else ""))


def _tell(planned: Enrolment) -> None:
    rows = [_told(change.kind, change.row, change.what) for change in planned.changes]
    showing.table(f"From {planned.start} on", ("change", "office", "member", "address", "what"), rows)
    for word, offices in (
        ("new", planned.added_offices),
        ("changed", planned.changed_offices),
        ("ended", planned.ended_offices),
    ):
        if offices:
            click.echo(f"offices {word}: {len(offices)} ({showing.clean(', '.join(offices))})")
    if planned.laid.untouched_kinds:
        kinds = ", ".join(planned.laid.untouched_kinds)
        click.echo(f"{planned.export} has no office of this kind, so theirs stay: {kinds}")
    if planned.laid.over:
        click.echo(f"{planned.laid.over} rows whose days are over by {planned.start} were left out")
    for remark in planned.remarks:
        click.echo(f"look: {showing.clean(str(remark))}")
    click.echo(f"{len(rows)} addresses change, {planned.laid.unchanged} stay as they are")


def _told(kind: str, row: Member, what: Sequence[str]) -> dict[str, object]:
    return {
        "change": str(kind),
        "office": row.office,
        "member": row.member,
        "address": row.address,
        "what": ", ".join(what),
    }


def _document(planned: Enrolment, kept: Path | None) -> dict[str, Any]:
    return {
        "file": str(planned.export),
        "roster": str(planned.roster),
        "from": planned.start.isoformat(),
        "whole": planned.whole,
        "offices": {
            "added": planned.added_offices,
            "changed": planned.changed_offices,
            "ended": planned.ended_offices,
        },
        "addresses": [_told(change.kind, change.row, change.what) for change in planned.changes],
        "unchanged": planned.laid.unchanged,
        "left_out": planned.laid.over,
        "untouched_kinds": planned.laid.untouched_kinds,
        "remarks": _as_rows(planned.remarks),
        "previous": planned.previous,
        "version": planned.version,
        "applied": kept is not None,
        "kept": str(kept) if kept else None,
    }


@roster.command()
@JSON
@click.pass_obj
def history(config: Path, as_json: bool) -> None:
    """List the imports: who, when, from which file, and how much each changed."""
    from inboxd import app
    from inboxd.store import rosters

    with app.open_records(config) as records, records.database.reading() as tx:
        found = rosters.history(tx)
        if as_json:
            showing.as_json(found)
            return
        columns = ("at", "by", "file", "start", "added", "changed", "ended", "kept")
        showing.table("Rosters taken into use", columns, found, records.zone)


COMMANDS = (roster,)
