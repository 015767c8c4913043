"""`calendar show | add | remove`: the days on which the office is closed, and what one more would move."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from inboxd.cli import showing
from inboxd.cli.clocks import EARLIEST, JSON, LATEST, Day, standards_of
from inboxd.errors import Permanent

if TYPE_CHECKING:
    from inboxd.reclocking import Change
    from inboxd.standards import Closure, Standards

YES = click.option("--yes", is_flag=True, help="Do it; without this, only what it would do is shown.")
BY = click.option("--by", default="", metavar="NAME", help="Who decides; else the account that gives the command.")


@click.group()
def calendar() -> None:
    """The days on which the office is closed."""


@calendar.command("show")
@click.option("--year", type=click.IntRange(EARLIEST, LATEST), help="One year; else everything from today on.")
@JSON
@click.pass_context
def show_calendar(context: click.Context, year: int | None, as_json: bool) -> None:
    """List closed days with their reasons: holidays, and closures that were added. Weekends are not listed."""
    assert context.parent is not None
    path, standards = standards_of(context.parent)
    table = standards.calendar
    today = datetime.now(table.zone).date()
    days = sorted(day for day in table.closed if (day.year == year if year else day >= today))
    rows = [
        {
            "date": day,
            "weekday": f"{day:%A}",
            "kind": "closure" if any(_is_of(standards, day, each) for each in standards.closures) else "holiday",
            "reason": table.closed[day].name_en,
            "reason_fr": table.closed[day].name_fr,
        }
        for day in days
    ]
    if as_json:
        showing.as_json(rows)
        return
    showing.table(f"Closed days by {path}", ("date", "weekday", "kind", "reason", "reason_fr"), rows)
    click.echo(f"holidays were reviewed from {table.covered_from} to {table.covered_until}; no others are known")


def _is_of(standards: Standards, day: date, closure: Closure) -> bool:
    return closure.first <= day <= closure.last and standards.calendar.closed[day].name_en == closure.reason


@calendar.command("add")
@click.argument("first", metavar="DATE", type=Day())
@click.option("--reason", required=True, metavar="TEXT", help="Why; it stands in the arithmetic of each deadline.")
@click.option("--reason-fr", default="", metavar="TEXT", help="The same in French.")
@click.option("--until", "last", metavar="DATE", type=Day(), help="The last day, if there are several.")
@BY
@YES
@JSON
@click.pass_obj
def add(
    config: Path, *, first: date, reason: str, reason_fr: str, last: date | None, by: str, yes: bool, as_json: bool
) -> None:
    """Close the office on DATE: list every open clock that this moves, and with --yes write and move them.

    No clock ever moves to an earlier time, and the action alarm of a critical case runs on.
    """
    from inboxd import app, reclocking
    from inboxd.standards import Closure, one_line

    try:
        said, said_fr = one_line(reason), one_line(reason_fr or reason)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--reason") from error
    if last is not None and last < first:
        raise click.BadParameter(f"{last} is before {first}", param_hint="--until")
    closure = Closure(first=first, last=last or first, reason=said, reason_fr=said_fr)
    context = app.build(config)
    try:
        change = reclocking.add(context, closure, by=_person(by)) if yes else reclocking.preview(context, closure)
    finally:
        context.close()
    if as_json:
        showing.as_json(_change_document(change, context.rules.standards.calendar.zone, done=yes))
        return
    _tell_moves(change, context.rules.standards.calendar.zone, done=yes)
    if not yes:
        click.echo("nothing was changed; give the command again with --yes to do this")
    elif change.is_written:
        click.echo(f"{_span(change.closure)} is written to {change.file}")
        _tell_daemon()
    else:
        click.echo(f"{_span(change.closure)} stood in {change.file} already")


@calendar.command("remove")
@click.argument("first", metavar="DATE", type=Day())
@BY
@YES
@JSON
@click.pass_obj
def remove(config: Path, first: date, by: str, yes: bool, as_json: bool) -> None:
    """Take back the closure that begins on DATE, if it has not begun.

    Open clocks keep the later time that people were told; mail that arrives from now on is counted without the closure.
    """
    from inboxd import app, reclocking

    context = app.build(config)
    try:
        closure = reclocking.closure_of(context, first)
        file = reclocking.remove(context, first, by=_person(by)).file if yes else None
    finally:
        context.close()
    if as_json:
        showing.as_json({"closure": _closure_document(closure), "done": yes})
        return
    if file is None:
        click.echo(f"{_span(closure)} ({closure.reason}) would be taken back; open clocks keep the time they have")
        click.echo("nothing was changed; give the command again with --yes to do this")
        return
    click.echo(f"{_span(closure)} ({closure.reason}) is taken out of {file}; open clocks keep the time they have")
    _tell_daemon()


def _tell_daemon() -> None:
    click.echo("a daemon that runs here uses it within seconds; its log then says rules.loaded")


def _person(by: str) -> str:
    """Who gives a command, as the journal keeps it."""
    from getpass import getuser

    if by.strip():
        return f"person:{by.strip()}"
    try:
        return f"person:{getuser()}"
    except (KeyError, OSError) as error:
        raise Permanent("this account has no name; say with --by who decides") from error


def _span(closure: Closure) -> str:
    days = f"{closure.first}" if closure.first == closure.last else f"{closure.first} to {closure.last}"
    return f"the closure of {days}"


def _closure_document(closure: Closure) -> dict[str, Any]:
    return {name: getattr(closure, name) for name in ("first", "last", "reason", "reason_fr")}


def _change_document(change: Change, zone: ZoneInfo, *, done: bool) -> dict[str, Any]:
    clocks = [
        {
            "reference": move.clock,
            "category": move.category,
            "office": move.office,
            "old": move.old.astimezone(zone),
            "new": move.new.astimezone(zone),
        }
        for move in change.moves
    ]
    return {"closure": _closure_document(change.closure), "done": done, "clocks": clocks}


def _tell_moves(change: Change, zone: ZoneInfo, *, done: bool) -> None:
    rows = _change_document(change, zone, done=done)["clocks"]
    verb = "moved" if done else "would move"
    title = f"Open clocks that {verb}, with {_span(change.closure)}"
    showing.table(title, ("reference", "category", "office", "old", "new"), rows, zone)
    click.echo(f"{len(rows)} open clock{'' if len(rows) == 1 else 's'} {verb}")


COMMANDS = (calendar,)
