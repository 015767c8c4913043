"""`release` and `refuse`: a person finishes held documents. Audited; the daemon then decides the mail again."""

from __future__ import annotations

from pathlib import Path

import click

from inboxd.cli.keeping import actor
from inboxd.documents import REFUSABLE, Instruction

SOON = "the daemon does it within seconds; `inboxd show {}` tells what came of it"


@click.command()
@click.argument("mail_id", metavar="ID", type=int)
@click.option("--number", default="", help="Attach to this application, where the subject's number cannot be used.")
@click.pass_obj
def release(config: Path, mail_id: int, number: str) -> None:
    """Attach the documents of a held mail: you vouch for the sender, the person and the record.

    Files that are refused for what they are stay refused, and malware is never let through.
    """
    from inboxd import app, holding

    context = app.build(config)
    given = holding.number_given(context, number) if number else ""
    holding.instruct(context, mail_id, Instruction(action="release", actor=actor(), number=given))
    click.echo(f"mail {mail_id} is released; {SOON.format(mail_id)}")


@click.command()
@click.argument("mail_id", metavar="ID", type=int)
@click.option(
    "--reason",
    required=True,
    type=click.Choice([reason.value for reason in REFUSABLE], case_sensitive=False),
    help="What the sender is told. NUMBER_UNKNOWN where the documents are not that person's: it gives nothing away.",
)
@click.pass_obj
def refuse(config: Path, mail_id: int, reason: str) -> None:
    """Refuse the documents of a held mail: its sender gets a failure notice with this reason."""
    from inboxd import app, holding

    context = app.build(config)
    holding.instruct(context, mail_id, Instruction(action="refuse", actor=actor(), reason=reason.upper()))
    click.echo(f"mail {mail_id} is refused; {SOON.format(mail_id)}")


COMMANDS = (release, refuse)
