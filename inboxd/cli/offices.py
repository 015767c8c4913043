"""`applications import`: the built-in register of application records, from a file of the office."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from inboxd.cli import showing
from inboxd.errors import Problem

MAX_SHOWN = 50


@click.group()
def applications() -> None:
    """The built-in register of application records."""


@applications.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.pass_obj
def import_file(config: Path, file: Path, as_json: bool) -> None:
    """Import FILE.csv (number, family_name, given_name, date_of_birth, uci). Bad rows are reported, the rest imported.

    The same file again changes nothing. Records that are not in the file stay.
    """
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from inboxd import app, importing

    context = app.build(config)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    from rich.console import Console

    with Progress(*columns, console=Console(stderr=True), disable=as_json) as progress:
        task = progress.add_task("importing", total=importing.count_rows(file))
        result = importing.import_file(context, file, lambda done: progress.update(task, completed=done))
    if as_json:
        rows = [{"line": item.line, "key": item.key, "message": item.message} for item in result.bad]
        showing.as_json({"read": result.read, "new": result.new, "changed": result.changed, "bad": rows})
    else:
        click.echo(f"{result.read} rows read: {result.new} new, {result.changed} changed, {len(result.bad)} refused")
        _report(result.bad)
    sys.exit(1 if result.bad else 0)


def _report(problems: tuple[Problem, ...]) -> None:
    for problem in problems[:MAX_SHOWN]:
        click.echo(str(problem), err=True)
    if len(problems) > MAX_SHOWN:
        click.echo(f"and {len(problems) - MAX_SHOWN} more; --json lists all", err=True)


COMMANDS = (applications,)
