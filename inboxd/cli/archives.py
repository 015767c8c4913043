"""`archive key|rotate`: keys for what is kept at rest, and what was kept before encrypted by the newest one."""

from __future__ import annotations

import sys
from pathlib import Path

import click


@click.group()
def archive() -> None:
    """The archive at rest: its keys."""


@archive.command()
def key() -> None:
    """Print the line of a new key. Append it to the credential that archive.key_credential names; keep a copy safe."""
    from datetime import UTC, datetime

    from inboxd.credentials import new_key

    click.echo(new_key(f"{datetime.now(UTC):%Y%m%d}"))


@archive.command()
@click.pass_obj
def rotate(config: Path) -> None:
    """Encrypt everything anew by the newest key, plain files too; with archive.encrypt = false write it plain.

    The service may go on, once it was restarted with the new key. Stopped half-way, the same command goes on.
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from inboxd import app, rotating
    from inboxd.settings import read_settings

    columns = (TextColumn("files"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task("", total=None)
        done = rotating.rotate(
            app.the_archive(read_settings(config)),
            lambda count, total: progress.update(task, completed=count, total=total),
        )
    for line in done.problems:
        click.echo(f"GAP: {line}", err=True)
    how = f"by the key {done.key_id}" if done.key_id else "plain"
    click.echo(f"{done.files} files, {done.anew} of them written anew; they are {how} now")
    for key_id in done.unused:
        click.echo(f"nothing is encrypted by the key {key_id} any more; keep it as long as a backup needs it")
    sys.exit(1 if done.problems else 0)


COMMANDS = (archive,)
