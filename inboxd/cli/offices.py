"""Commands for the office's own files: `applications import` and `templates check | preview | list`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from inboxd.cli import showing
from inboxd.errors import Problem

if TYPE_CHECKING:
    from inboxd.replies import Templates

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


@click.group()
def templates() -> None:
    """The texts of replies. `docs/writing-templates.md` tells how to change them."""


def _load(config: Path) -> Templates:
    from inboxd.replies import Templates
    from inboxd.settings import read_settings
    from inboxd.standards import read_standards

    settings = read_settings(config)
    zone = read_standards(settings.rules.standards).calendar.zone
    return Templates.load(settings.replies, settings.office, zone, settings.documents)


@templates.command("check")
@click.pass_obj
def check_templates(config: Path) -> None:
    """Check every notice in both languages: syntax, names, pairs, and a rendering of each."""
    loaded = _load(config)
    click.echo(f"{len(loaded.names())} notices in English and French are sound")


@templates.command("list")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.pass_obj
def list_templates(config: Path, as_json: bool) -> None:
    """List the notices, what each is for, and which files are in force."""
    from inboxd.mail import Language

    loaded = _load(config)
    rows = [
        {
            "name": name,
            "purpose": loaded.purpose_of(name),
            "version": loaded.version_of(name),
            "english": loaded.source_of(name, Language.EN),
            "french": loaded.source_of(name, Language.FR),
        }
        for name in loaded.names()
    ]
    if as_json:
        showing.as_json(rows)
    else:
        showing.table("Notices", ("name", "purpose", "version", "english", "french"), rows)


@templates.command()
@click.argument("name")
@click.option("--lang", type=click.Choice(("en", "fr", "both")), default="both", show_default=True)
@click.option("--mail", "file", type=click.Path(path_type=Path), help="Use the values that this past mail would give.")
@click.pass_obj
def preview(config: Path, name: str, lang: str, file: Path | None) -> None:
    """Show a notice as its reader would get it."""
    from inboxd.mail import Language

    loaded = _load(config)
    if name not in loaded.names():
        raise click.ClickException(f"there is no notice {name}; there are {', '.join(loaded.names())}")
    values = loaded.sample_values(name)
    if file is not None:
        from inboxd.cli import explaining

        explained = explaining.explain(config, file, None)
        made = {reply.template: reply.values for reply in explained.plan.replies}
        if name not in made:
            caused = ", ".join(made) or "no reply"
            raise click.ClickException(f"that mail would cause {caused}, not {name}; preview one of those")
        values = made[name]
    text = loaded.text(name, Language(lang), values)
    click.echo(f"{text.subject}\n\n{text.body}", nl=False)


@templates.command("page")
@click.pass_context
def page_of_templates(context: click.Context) -> None:
    """Print a page with every notice in both languages (Markdown): the packaged texts, or with --config your own."""
    from click.core import ParameterSource

    from inboxd.replies.page import packaged, page

    given = context.find_root().get_parameter_source("config")
    loaded = packaged() if given in (None, ParameterSource.DEFAULT) else _load(context.obj)
    click.echo(page(loaded), nl=False)


COMMANDS = (applications, templates)
