"""`templates try | diff | activate | history | restore`: texts on past mail, and the versions that were in use."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from inboxd.cli import showing
from inboxd.errors import BadConfig, Permanent, Problem

if TYPE_CHECKING:
    from inboxd.context import Context
    from inboxd.template_life import Draft, Taken, Trial, Version

BAD_TEXTS = 78
"""As all commands end where the office's own files are wrong."""
JSON = click.option("--json", "as_json", is_flag=True, help="For programs.")
DRAFT = click.option(
    "--draft",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="FOLDER",
    help="A folder with en and fr that holds changed files.",
)
BY = click.option("--by", required=True, metavar="NAME", help="Who takes it into use.")
NOTE = click.option("--note", required=True, metavar="TEXT", help="What changed, and why.")
YES = click.option("--yes", is_flag=True, help="Do not ask; needed where no terminal is.")
MANY_CHANGED = 8
"""More notices than that are counted in the table; --json lists them."""
EACH_SHOWN = 3
"""Differences of one notice in one language; --all shows every one."""


@contextmanager
def opened(config: Path) -> Iterator[Context]:
    """The office, with an empty database where there is none yet: texts can be written before the first mail."""
    from inboxd import app
    from inboxd.cli.explaining import database_or_empty

    context = app.build(config, touch=False)
    office = context.database
    try:
        context.database, _ = database_or_empty(context)
        yield context
    finally:
        context.close()
        office.close()


def the_draft(context: Context, folder: Path | None) -> Draft:
    """The draft in a folder; without one, the office's own folder as it lies on disk."""
    from inboxd import template_life

    own = context.settings.replies.templates
    if folder is None and own is None:
        raise Permanent('the settings name no folder for the office\'s own texts (replies.templates); give --draft')
    assert folder is not None or own is not None
    return template_life.draft_of_folder(context, folder or own or Path())


def as_document(problem: Problem) -> dict[str, Any]:
    """A problem for programs."""
    return {"file": problem.file, "line": problem.line, "key": problem.key, "message": problem.message}


@click.command("try")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@DRAFT
@click.option("--last", default=200, show_default=True, type=click.IntRange(1, 400), help="So many past mails of each.")
@click.option("--all", "all_of_them", is_flag=True, help="Show every difference, not the most frequent ones.")
@JSON
@click.pass_obj
def try_out(
    config: Path, names: tuple[str, ...], draft: Path | None, last: int, all_of_them: bool, as_json: bool
) -> None:
    """Try changed texts on past mail, in both languages, and show how they differ from what was sent.

    The files on disk, or those of --draft, against the texts in force; shown for each NAME, or all that change. Nothing
    is taken into use. Exit status 78 if the texts would be refused.
    """
    from inboxd import template_life
    from inboxd.template_life.in_force import expect_notice

    for name in names:
        expect_notice(name)
    with opened(config) as context:
        trial = template_life.try_out(context, the_draft(context, draft), last)
    if as_json:
        showing.as_json(_as_document(trial, names))
        sys.exit(BAD_TEXTS if trial.problems else 0)
    if trial.problems:
        raise BadConfig(trial.problems)
    tell(trial, names, most=None if all_of_them else EACH_SHOWN)


def _as_document(trial: Trial, names: Sequence[str]) -> dict[str, Any]:
    return {
        "sound": trial.is_sound,
        "problems": [as_document(problem) for problem in trial.problems],
        "changed": trial.changed,
        "tried": trial.tried,
        "differ": trial.differing(),
        "differences": [
            {
                "notice": found[0].notice,
                "language": found[0].language,
                "was_sent": found[0].was_sent,
                "mails": [each.mail_id for each in found],
                "diff": lines,
            }
            for lines, found in trial.alike()
            if not names or found[0].notice in names
        ],
    }


def tell(trial: Trial, names: Sequence[str] = (), *, most: int | None = EACH_SHOWN) -> None:
    """What a trial showed, for a person: counts, then each difference with the mails that have it."""
    if not trial.changed:
        click.echo("these texts say what the texts in force say")
    for name in trial.changed:
        tried, differ = trial.tried.get(name, 0), trial.differing().get(name, 0)
        past = f"{tried} past mails tried, {differ} would read differently" if tried else "no past mail to try it on"
        click.echo(f"{name}: {past}")
    shown: dict[tuple[str, str], int] = {}
    for lines, found in trial.alike():
        first = found[0]
        key = (first.notice, first.language)
        shown[key] = shown.get(key, 0) + 1
        if (names and first.notice not in names) or (most is not None and shown[key] > most):
            continue
        against = "what was sent" if first.was_sent else "what the texts in force say"
        click.echo(f"\n{first.notice} in {first.language}, {len(found)} of them, against {against}{_mails(found)}")
        for line in lines:
            click.echo(f"  {showing.clean(line)}")
    hidden = sum(max(0, count - most) for count in shown.values()) if most is not None else 0
    if hidden:
        click.echo(f"\n{hidden} rarer differences are not shown; --all shows them")


def _mails(found: Sequence[Any]) -> str:
    ids = [str(each.mail_id) for each in found[:EACH_SHOWN] if each.mail_id is not None]
    more = f" and {len(found) - len(ids)} more" if len(found) > len(ids) else ""
    return f", such as mail {', '.join(ids)}{more}" if ids else ""


@click.command()
@click.argument("name")
@click.argument("old", required=False, default="")
@click.argument("new", required=False, default="")
@DRAFT
@click.pass_obj
def diff(config: Path, name: str, old: str, new: str, draft: Path | None) -> None:
    """How the files of a notice differ between two versions (the beginning of each is enough), line by line.

    Without NEW: to the version in force; without OLD: from the one before that. With --draft: from the one in force to
    the draft.
    """
    from inboxd import template_life
    from inboxd.template_life.in_force import expect_notice, lines_between

    if draft is not None and old:
        raise click.UsageError("--draft is compared with the version in force; give no version with it")
    with opened(config) as context:
        expect_notice(name)
        if draft is None:
            lines = template_life.difference(context, name, old, new)
        else:
            checked = template_life.check(context, the_draft(context, draft))
            now = checked.before.templates
            before = now.collection.texts()
            packaged = {place: text for place, text in before.items() if not now.collection.is_own(place)}
            after = packaged | dict(checked.own)
            lines = list(lines_between(context.settings, name, before, after, labels=("in force", "draft")))
    for line in lines:
        click.echo(showing.clean(line))
    if not lines:
        click.echo(f"there is no difference in {name}", err=True)


@click.command()
@click.option(
    "--draft", required=True, type=click.Path(path_type=Path, exists=True, file_okay=False), metavar="FOLDER",
    help="A folder with en and fr that holds the changed files.",
)  # fmt: skip
@BY
@NOTE
@YES
@click.pass_obj
def activate(config: Path, draft: Path, by: str, note: str, yes: bool) -> None:
    """Check the files of a folder, try them on past mail, show that, and take them into use.

    They are written into the office's folder (replies.templates). The daemon uses them within seconds.
    """
    from inboxd import app, template_life

    context = app.build(config)
    try:
        change = the_draft(context, draft)
        _show_and_ask(context, change, yes=yes)
        _told(template_life.activate(context, change, by=f"person:{by}", note=note))
    finally:
        context.close()


@click.command()
@click.argument("name")
@click.argument("version", required=False, default="")
@BY
@NOTE
@YES
@click.pass_obj
def restore(config: Path, name: str, version: str, by: str, note: str, yes: bool) -> None:
    """Bring a VERSION of a notice back (its beginning is enough); without one, the version before.

    Where the files on disk were refused, that is the version that still serves: they say again what is sent. It is
    checked and tried like any change. `inboxd templates history NAME` lists the versions.
    """
    from inboxd import app, template_life

    context = app.build(config)
    try:
        _show_and_ask(context, template_life.restoring(context, name, version), yes=yes)
        _told(template_life.restore(context, name, version, by=f"person:{by}", note=note))
    finally:
        context.close()


def _show_and_ask(context: Context, draft: Draft, *, yes: bool) -> None:
    from inboxd import template_life

    trial = template_life.try_out(context, draft)
    if trial.problems:
        raise BadConfig(trial.problems)
    tell(trial)
    if not yes:
        if not sys.stdin.isatty():
            raise Permanent("there is no terminal to ask at; read the above and give --yes; nothing was changed")
        click.confirm(f"Take {', '.join(trial.changed) or 'these texts'} into use?", abort=True)


def _told(taken: Taken) -> None:
    for name, version in taken.notices.items():
        click.echo(f"{name} {version} is in force")
    if not taken.notices:
        click.echo("the files on disk say again what is in force")
    click.echo("a daemon that runs here uses it within seconds: its log says rules.loaded")


@click.command()
@click.argument("name", required=False, default="")
@click.argument("version", required=False, default="")
@JSON
@click.pass_obj
def history(config: Path, name: str, version: str, as_json: bool) -> None:
    """List the versions that were taken into use: all, or of notice NAME; or show the files of one VERSION of it."""
    from inboxd import template_life

    with opened(config) as context:
        rows = template_life.history(context, name)
        zone = context.rules.standards.calendar.zone
        files = template_life.files_of(context, name, version) if version else {}
    if version:
        _tell_files(next(row for row in rows if row.version.startswith(version.lower())), files, zone, as_json=as_json)
    elif as_json:
        showing.as_json([_row(row) for row in rows])
    else:
        columns = ("version", "at", "by", "how", *(("in_force", "note") if name else ("changed", "in_force", "note")))
        title = f"Versions of {name}" if name else "Texts taken into use"
        showing.table(title, columns, [_row(row) | _briefly(row) for row in rows], zone)


def _row(row: Version) -> dict[str, Any]:
    return {
        "version": row.version,
        "at": row.at,
        "by": row.by,
        "how": row.how,
        "note": row.note,
        "changed": list(row.changed),
        "report": dict(row.report),
        "in_force": row.is_in_force,
    }


def _briefly(row: Version) -> dict[str, Any]:
    """As a table has room for it."""
    many = f"{len(row.changed)} notices" if len(row.changed) > MANY_CHANGED else list(row.changed)
    return {"in_force": "yes" if row.is_in_force else "", "changed": many}


def _tell_files(row: Version, files: Mapping[str, str], zone: Any, *, as_json: bool) -> None:
    if as_json:
        showing.as_json(_row(row) | {"files": dict(files)})
        return
    click.echo(f"{row.version}, taken into use {showing.shown(row.at, zone)} by {showing.clean(row.by)} ({row.how})")
    click.echo(f"note: {showing.clean(row.note)}")
    for place, text in sorted(files.items()):
        click.echo(f"\n--- {place}")
        for line in text.rstrip("\n").split("\n"):
            click.echo(showing.clean(line))


VERSIONS = (try_out, diff, activate, history, restore)
