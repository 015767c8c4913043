"""`journal head`, and what `verify --journal` says: the proof that no entry was changed, removed, moved or put in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from inboxd.cli import showing

if TYPE_CHECKING:
    from inboxd.cli.verifying import Result
    from inboxd.context import Context

NOT_SEALED = "the journal has no sealed entry yet; the daemon seals it within seconds"


@click.group()
def journal() -> None:
    """The journal: what happened, in order, sealed into a chain."""


@journal.command()
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.pass_obj
def head(config: Path, as_json: bool) -> None:
    """The last place of the chain and its digest. Keep it outside: `verify --journal --head DIGEST` proves by it."""
    from inboxd import app
    from inboxd.store import seals

    with app.open_records(config) as records, records.database.reading() as tx:
        last = seals.head(tx)
    if as_json:
        found = last and {"place": last.place, "head": last.digest, "sealed_at": last.sealed_at}
        showing.as_json(found or {"place": 0, "head": "", "sealed_at": None})
    elif last is None:
        click.echo(NOT_SEALED)
    else:
        click.echo(f"{last.place} {last.digest} {showing.shown(last.sealed_at, records.zone)}")


@journal.command()
@click.option(
    "--after", metavar="PLACE", type=click.IntRange(min=0), default=0, help="Only what lies behind this place."
)
@click.pass_obj
def export(config: Path, after: int) -> None:
    """Write every sealed entry as a line of JSON, to be kept outside; `rebuild --journal` plays such a file."""
    import sys

    from inboxd import app, rebuilding
    from inboxd.pulse import nothing

    with app.open_records(config) as records, records.database.snapshot() as tx:
        rebuilding.write_lines(tx, sys.stdout, after, nothing)


def prove(context: Context, result: Result, heads: tuple[str, ...]) -> None:
    """Seal what is not sealed yet, walk the chain, and add what was found to a result."""
    from inboxd import proving, sealing

    sealing.seal(context)
    proof = proving.prove(context, [digest.lower() for digest in heads])
    last = proof.head
    result.tally["journal"] = {"sealed": last.place if last else 0, "erased": proof.erased}
    if last is not None:
        result.notes.append(f"the head of the journal is {last.digest} at place {last.place}")
    result.gaps += [f"the journal, {fault}" for fault in proof.faults]


COMMANDS = (journal,)
