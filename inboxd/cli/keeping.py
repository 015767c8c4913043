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
@click.option("--send-again", is_flag=True, help="Also a reply that may have arrived: ask the office first.")
@click.pass_obj
def retry(config: Path, mail_ids: tuple[int, ...], send_again: bool) -> None:
    """Give held mails to the daemon again, by the rules and records in force now."""
    from inboxd import app, holding

    context = app.build(config)
    refused = 0
    for mail_id in mail_ids:
        try:
            if holding.retry(context, mail_id, actor(), send_again=send_again):
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
    """Bring the tables to this version, of every channel. Stop the daemon and back up first."""
    from inboxd import app
    from inboxd.settings.channels import read_channels

    channels = read_channels(config)
    for channel in channels:
        whose = f"{channel.name}: " if len(channels) > 1 else ""
        database = app.open_database(channel.settings)
        try:
            before, head = database.revision()
            if before != head:
                database.upgrade()
        finally:
            database.close()
        if before == head:
            click.echo(f"{whose}the database is at revision {head} already")
        else:
            click.echo(f"{whose}the database went from revision {before or 'none'} to {head}")


@db.command()
@click.option(
    "--room", type=click.IntRange(min=1), default=1000, show_default=True, help="Mails that may have come since."
)
@click.pass_obj
def restored(config: Path, room: int) -> None:
    """After a restore on a new machine: leave room in the ids of mails, so that no reference is given out again.

    Not needed where the archive of the old machine was still there: it knows what was given.
    """
    from inboxd import app, floor
    from inboxd.store import floors

    context = app.build(config)
    with context.database.reading() as tx:
        known = floors.standing(tx)
    outside = floor.promised(context.archive.root)
    above = max(outside, known.promised, known.given, known.above) + room
    floor.promise(context.archive.root, above)
    click.echo(f"the newest mail that is known is {known.given}; the next one gets an id above {above}")


COMMANDS = (retry, close, db)
