"""`templates check | list | preview | page`: the texts of replies, as they are and as they would be."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from inboxd.cli import showing
from inboxd.cli.text_versions import BAD_TEXTS, DRAFT, JSON, VERSIONS, as_document, opened, the_draft
from inboxd.errors import BadConfig

if TYPE_CHECKING:
    from inboxd.plan import Value
    from inboxd.replies import Templates
    from inboxd.template_life import Draft


@click.group()
def templates() -> None:
    """The texts of replies. `docs/writing-templates.md` tells how to change them.

    An edited file in the office's folder is checked, tried on past mail and used within seconds, without a restart; a
    broken one is refused, and the last good one stays in use.
    """


for command in VERSIONS:
    templates.add_command(command)


def _load(config: Path) -> Templates:
    """The files on disk, checked afresh; nothing stands in for what is broken."""
    from inboxd.replies import Templates
    from inboxd.settings import read_settings
    from inboxd.standards import read_standards

    settings = read_settings(config)
    zone = read_standards(settings.rules.standards).calendar.zone
    return Templates.load(settings.replies, settings.office, zone, settings.documents)


@templates.command("check")
@DRAFT
@JSON
@click.pass_obj
def check_templates(config: Path, draft: Path | None, as_json: bool) -> None:
    """Check every notice in both languages: syntax, names, pairs, links, layout, the reference, a rendering of each.

    The files on disk, or with --draft those of another folder in front of the ones in force. Past mail is for `try`.
    Exit status 78 if anything is wrong.
    """
    changed: tuple[str, ...] = ()
    try:
        if draft is None:
            _load(config)
        else:
            changed = _check_draft(config, draft)
    except BadConfig as error:
        if not as_json:
            raise
        showing.as_json({"sound": False, "problems": [as_document(problem) for problem in error.problems]})
        sys.exit(BAD_TEXTS)
    from inboxd.replies import NOTICES

    if as_json:
        showing.as_json({"sound": True, "problems": [], "notices": len(NOTICES), "changed": list(changed)})
    elif draft is None:
        click.echo(f"{len(NOTICES)} notices in English and French are sound")
    else:
        told = f"it changes {', '.join(changed)}" if changed else "it changes no notice"
        click.echo(f"the draft is sound; {told}. `inboxd templates try --draft {draft}` shows it on past mail")


def _check_draft(config: Path, draft: Path) -> tuple[str, ...]:
    from inboxd import template_life

    with opened(config) as context:
        checked = template_life.check(context, the_draft(context, draft))
    if checked.problems:
        raise BadConfig(checked.problems)
    return checked.changed


@templates.command("list")
@JSON
@click.pass_obj
def list_templates(config: Path, as_json: bool) -> None:
    """List the notices: what each is for, the version in force, since when, by whom, and from which files."""
    from inboxd import template_life
    from inboxd.mail import Language

    with opened(config) as context:
        rows = [
            {
                "name": kind.name,
                "purpose": kind.purpose,
                "version": kind.version,
                "since": kind.since,
                "by": kind.by,
                "note": kind.note,
                "own": kind.is_own,
                "english": kind.files[Language.EN],
                "french": kind.files[Language.FR],
            }
            for kind in template_life.kinds(context)
        ]
        refused, zone = context.templates.refused, context.rules.standards.calendar.zone
    if as_json:
        showing.as_json(rows)
        return
    columns = ("name", "purpose", "version", "since", "by", "english", "french")
    showing.table("Notices", columns, rows, zone)
    if refused:
        click.echo("the files on disk are refused, and the last good ones serve:")
        for problem in refused:
            click.echo(f"  {problem}")


@contextmanager
def _with_draft(config: Path, draft: Path | None) -> Iterator[tuple[Any, Draft | None]]:
    with opened(config) as context:
        yield context, the_draft(context, draft) if draft is not None else None


@templates.command()
@click.argument("name")
@click.option("--lang", type=click.Choice(("en", "fr", "both")), default="both", show_default=True)
@click.option("--mail", "file", type=click.Path(path_type=Path), help="Use the values that this past mail would give.")
@click.option("--past", type=int, metavar="ID", help="Use the values that the reply to this mail was made of.")
@DRAFT
@click.pass_obj
def preview(config: Path, name: str, lang: str, file: Path | None, past: int | None, draft: Path | None) -> None:
    """Show a notice as its reader would get it. Nothing is sent.

    With made-up values, or with those of a past mail: its id as in `inboxd list`, or a saved file.
    """
    from inboxd import template_life
    from inboxd.mail import Language
    from inboxd.template_life.in_force import expect_notice

    if file is not None and past is not None:
        raise click.UsageError("--mail and --past are two ways to say the same; give one of them")
    expect_notice(name)
    values = _values_of(config, name, file) if file is not None else None
    with _with_draft(config, draft) as (context, the_draft_of_it):
        shown = template_life.preview(
            context, name, Language(lang), draft=the_draft_of_it, mail_id=past, values=values
        )
    click.echo(f"{shown.text.subject}\n\n{shown.text.body}", nl=False)


def _values_of(config: Path, name: str, file: Path) -> Mapping[str, Value]:
    from inboxd.cli import explaining

    explained = explaining.explain(config, file, None)
    made = {reply.template: reply.values for reply in explained.plan.replies}
    if name not in made:
        caused = ", ".join(made) or "no reply"
        raise click.ClickException(f"that mail would cause {caused}, not {name}; preview one of those")
    return made[name]


@templates.command("page")
@click.pass_context
def page_of_templates(context: click.Context) -> None:
    """Print a page with every notice in both languages (Markdown): the packaged texts, or with --config your own."""
    from click.core import ParameterSource

    from inboxd.replies.page import packaged, page

    given = context.find_root().get_parameter_source("config")
    if given in (None, ParameterSource.DEFAULT):
        click.echo(page(packaged()), nl=False)
        return
    with opened(context.obj) as office:
        from inboxd import template_life

        texts = template_life.in_force(office).templates
    click.echo(page(texts), nl=False)


COMMANDS = (templates,)
