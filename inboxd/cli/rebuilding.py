"""`rebuild`: the database made anew from the archive and the journal, and in what it differs. Touches nothing else."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from inboxd.cli import showing

if TYPE_CHECKING:
    from inboxd.context import Context
    from inboxd.database import Database
    from inboxd.rebuilding import Rebuilt

SHOWN = 50
CARRIED = "their rows and tombstones are those of the database there is"
LOST = (
    "a journal without its database tells only when they came, what kinds of things happened and that they were purged:"
    " neither they nor their cases are in the new database, no report counts them, and one of them that comes again is"
    " new mail there"
)
"""What becomes of mails that were purged."""


@click.command()
@click.option(
    "--into", "url", metavar="URL", help="The new database, which must be empty, as storage.database is given."
)
@click.option(
    "--verify", is_flag=True, help="Exit 1 on any difference without a reason; without --into nothing is kept."
)
@click.option(
    "--journal",
    "journal",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Play this file of `journal export`, and do not look at the database there is.",
)
@click.option(
    "--records",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="With --journal: the application records, as for `applications import`.",
)
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.pass_obj
def rebuild(
    config: Path, url: str | None, verify: bool, journal: Path | None, records: Path | None, as_json: bool
) -> None:
    """Make the database anew from archive and journal, by the real stages behind closed doors, and compare.

    Every mail is decided again at its own time, with what people did. Nothing is sent, moved or handed in.
    """
    from inboxd import app, rebuilding
    from inboxd.store import seals

    if url is None and not verify:
        raise click.UsageError("give --into, --verify or both")
    if records is not None and journal is None:
        raise click.UsageError("--records is for --journal")
    context = app.build(config, touch=journal is None)
    with _new_database(context, url) as into, _progress() as step:
        if journal is not None:
            kept = rebuilding.FromFile(journal)
            rebuilt = rebuilding.rebuild(context, kept, into, step, records=records, to_keep=url is not None)
        else:
            with context.database.snapshot() as tx:
                source = rebuilding.FromDatabase(tx)
                rebuilt = rebuilding.rebuild(context, source, into, step, to_keep=url is not None)
        with into.reading() as tx:
            head = seals.head(tx)
    context.close()
    if as_json:
        showing.as_json(_document(rebuilt, head.digest if head else ""))
    else:
        for line in _lines(rebuilt, head.digest if head else "", kept=url is not None, from_file=journal is not None):
            click.echo(line)
    sys.exit(0 if rebuilt.is_explained else 1)


@contextmanager
def _new_database(context: Context, url: str | None) -> Iterator[Database]:
    """The one that was named, or one that is thrown away."""
    from inboxd.database import Database, open_engine

    with tempfile.TemporaryDirectory(prefix="rebuild-", dir=context.settings.storage.spool) as folder:
        database = Database(open_engine(url or f"sqlite:///{folder}/inboxd.sqlite"))
        try:
            yield database
        finally:
            database.close()


@contextmanager
def _progress() -> Iterator[Callable[[], object]]:
    """Something to call after each entry; a person at a terminal sees how many there were."""
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn

    columns = SpinnerColumn(), TextColumn("playing the journal: {task.completed} entries")
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not sys.stderr.isatty(), transient=True) as progress:
        task = progress.add_task("", total=None)
        yield lambda: progress.advance(task)


def _document(rebuilt: Rebuilt, head: str) -> dict[str, Any]:
    return {
        "entries": rebuilt.entries,
        "mails": rebuilt.mails,
        "cases": rebuilt.cases,
        "differences": [asdict(difference) for difference in rebuilt.differences],
        "left_out": dict(rebuilt.left_out),
        "purged": rebuilt.purged,
        "has_journal": rebuilt.has_journal,
        "head": head if rebuilt.has_journal else "",
        "ok": rebuilt.is_explained,
    }


def _lines(rebuilt: Rebuilt, head: str, *, kept: bool, from_file: bool) -> Iterator[str]:
    found, lost = rebuilt.differences, rebuilt.purged if from_file else 0
    unknown = sum(not difference.reason for difference in found)
    yield f"played {rebuilt.entries} entries: {rebuilt.mails} mails, {rebuilt.cases} cases"
    yield from (f"note: {count} entries {kind} were not played" for kind, count in sorted(rebuilt.left_out.items()))
    if rebuilt.purged:
        yield f"note: {rebuilt.purged} mails were purged and cannot be decided again; {LOST if lost else CARRIED}"
    for difference in sorted(found, key=lambda difference: bool(difference.reason))[:SHOWN]:
        yield showing.clean(("note: " if difference.reason else "DIFFERS: ") + difference.line)
    if len(found) > SHOWN:
        yield f"and {len(found) - SHOWN} more; --json has all"
    if kept and rebuilt.has_journal:
        ending = f"; its head is {head}" if head else ", which has no seal yet"
        yield f"the journal was taken over with its chain{ending}"
    elif kept:
        why = "were purged and are not here" if lost and not found else "are not the same here"
        yield f"note: the journal could not be taken over: it names mails or cases that {why}"
    if not found and lost:
        yield "rebuilt: the same decisions about every mail that was not purged"
    elif not found:
        yield "rebuilt: the same mails, the same decisions"
    else:
        yield f"rebuilt: {len(found)} differences, {unknown} of them without a known reason"


COMMANDS = (rebuild,)
