"""`case …`: a person's word on a case, through the stages that moves between folders and the desk use too."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from inboxd.cli import showing

if TYPE_CHECKING:
    from inboxd.context import Context

CATEGORIES = ("critical", "urgent", "complex", "review", "not_met")


@click.group()
def case() -> None:
    """One case."""


@case.command("set-category")
@click.argument("reference")
@click.argument("category", type=click.Choice(CATEGORIES))
@click.option("--reason", required=True, metavar="TEXT", help="Why; it stays with the case.")
@click.option("--by", required=True, metavar="NAME", help="Who decided.")
@click.option("--notify", is_flag=True, help="Also tell the sender: the new reply-by, or that no criterion is met.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.pass_obj
def set_category(
    config: Path, reference: str, category: str, reason: str, by: str, notify: bool, as_json: bool
) -> None:
    """Put the case REFERENCE into CATEGORY: its clock runs anew from its first receipt, its mail moves.

    What is due by the new clock already is told at once. Nothing is sent to the office without --notify.
    """
    from inboxd import app, overriding
    from inboxd.plan import Category
    from inboxd.triage.enquiries import PLACES

    context = app.build(config)
    try:
        done = overriding.set_category(
            context,
            reference,
            Category(category),
            reason=reason,
            by=f"person:{by}",
            how=overriding.COMMAND,
            notify=notify,
        )
    finally:
        context.close()
    if as_json:
        names = ("reference", "previous", "category", "state", "reply_by", "action_by", "moved", "notified")
        showing.as_json({name: getattr(done, name) for name in names})
        return
    zone = context.rules.standards.calendar.zone
    click.echo(f"case {done.reference} goes from {done.previous} to {done.category} and is {done.state}")
    click.echo(f"  reply by {showing.shown(done.reply_by, zone)}, counted from its first receipt")
    if done.action_by is not None:
        click.echo(f"  action by {showing.shown(done.action_by, zone)}")
    if done.moved:
        folder = context.settings.folder(PLACES[done.category])
        click.echo(f"  its mail goes to {folder} when the daemon next moves mail")
    click.echo(f"  {done.notified} goes to the sender" if done.notified else "  nothing is sent to the sender")


BY = click.option("--by", required=True, metavar="NAME", help="Who says so.")


@case.command()
@click.argument("reference")
@BY
@click.pass_obj
def answered(config: Path, reference: str, by: str) -> None:
    """The office was answered where inboxd does not see it, as by telephone: the reply clock stops."""
    from inboxd import casework

    _do(config, reference, by, casework.note_answer, "is answered; its reply clock stops")


@case.command()
@click.argument("reference")
@BY
@click.pass_obj
def wait(config: Path, reference: str, by: str) -> None:
    """The case waits for its office: the reply clock stands still, the action alarm never."""
    from inboxd import casework

    _do(config, reference, by, casework.wait, "waits for its office")


@case.command()
@click.argument("reference")
@BY
@click.pass_obj
def resume(config: Path, reference: str, by: str) -> None:
    """A case that waits goes on, with the office time that it had left."""
    from inboxd import casework

    _do(config, reference, by, casework.go_on, "goes on")


def _do(config: Path, reference: str, by: str, act: Callable[[Context, str, str], None], said: str) -> None:
    from inboxd import app

    context = app.build(config)
    try:
        act(context, reference, f"person:{by}")
    finally:
        context.close()
    click.echo(f"case {reference.strip().upper()} {said}")


COMMANDS = (case,)
