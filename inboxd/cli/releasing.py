"""`release` and `refuse`: a person finishes held documents. Audited; the daemon then decides the mail again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from inboxd.cli.keeping import actor
from inboxd.documents import REFUSABLE, Instruction
from inboxd.errors import Permanent

if TYPE_CHECKING:
    from inboxd.context import Context

SOON = "the daemon does it within seconds; `inboxd show {}` tells what came of it"


def _number(context: Context, text: str) -> str:
    """A number that a person gave, of a record that exists. Raises `Permanent`; `Transient` with the register."""
    from inboxd.parsers.references import application_numbers

    compact = text.upper().replace(" ", "").replace("-", "")
    prefixes = context.settings.documents.two_letter_prefixes
    record = context.register.look_up(compact) if compact.isalnum() and compact.isascii() else None
    if record is None and application_numbers(compact, prefixes) != (compact,):
        raise Permanent("--number is no application number such as E123456789")
    if record is None:
        raise Permanent("the register has no record with this --number; nothing was changed")
    return compact


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
    given = _number(context, number) if number else ""
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
