"""`retry`, `close` and `db upgrade`: commands that change something, each through a stage's function."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path

import click

from inboxd.errors import Permanent


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
    from inboxd import app, holding

    context = app.build(config)
    refused = 0
    for mail_id in mail_ids:
        try:
            if holding.retry(context, mail_id, actor()):
                click.echo(f"mail {mail_id} is due again; the daemon takes it within seconds")
                continue
            why = "is not held; `inboxd list --state held` shows what is"
        except Permanent as error:
            why = f"stays held: {error}"
        click.echo(f"inboxd: mail {mail_id} {why}", err=True)
        refused += 1
    sys.exit(1 if refused else 0)


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
