"""`retry`, `close` and `db upgrade`: commands that change something, each through a stage's function."""

from __future__ import annotations

import getpass
from pathlib import Path

import click


def actor() -> str:
    """Who gives the command, for the journal."""
    try:
        return f"person:{getpass.getuser()}"
    except (KeyError, OSError):
        return "person:unknown"


@click.command()
@click.argument("mail_ids", metavar="ID...", type=int, nargs=-1, required=True)
@click.pass_obj
def retry(config: Path, mail_ids: tuple[int, ...]) -> None:
    """Give held mails to the daemon again, by the rules and records in force now."""
    from inboxd import app, process

    context = app.build(config)
    refused = [mail_id for mail_id in mail_ids if not process.retry(context, mail_id, actor())]
    for mail_id in mail_ids:
        if mail_id not in refused:
            click.echo(f"mail {mail_id} is due again; the daemon takes it within seconds")
    if refused:
        raise click.ClickException(
            f"not held: {', '.join(map(str, refused))}; `inboxd list --state held` shows what is"
        )


@click.command()
@click.argument("reference")
@click.pass_obj
def close(config: Path, reference: str) -> None:
    """Close a case: all its timers stop, the action alarm too."""
    from inboxd import app, timers

    context = app.build(config)
    if not timers.close_case(context, reference.upper(), actor()):
        raise click.ClickException(f"there is no open case {reference.upper()}; `inboxd cases` shows them")
    click.echo(f"case {reference.upper()} is closed")


@click.group()
def db() -> None:
    """The database."""


@db.command()
@click.pass_obj
def upgrade(config: Path) -> None:
    """Bring the tables to this version. Stop the daemon and back up first."""
    from inboxd import app
    from inboxd.settings import read_settings

    database = app.open_database(read_settings(config))
    before, head = database.revision()
    if before == head:
        click.echo(f"the database is at revision {head} already")
        return
    database.upgrade()
    click.echo(f"the database went from revision {before or 'none'} to {head}")


COMMANDS = (retry, close, db)
