"""`inboxd export`: everything that belongs to a case, a mail or an application, in a folder that can be given out."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from inboxd.cli import showing
from inboxd.cli.keeping import actor

if TYPE_CHECKING:
    from inboxd.app import Records
    from inboxd.exporting import Contents

MANY = 20
"""From so many mails on, a person at a terminal sees a progress bar."""


@click.command()
@click.argument("reference", required=False)
@click.option("--person", metavar="UCI", help="All about one person instead, for an access request.")
@click.option("--application", "applications", metavar="NUMBER", multiple=True, help="With --person: a number too.")
@click.option("--into", type=click.Path(path_type=Path), required=True, help="The folder in which to make a new one.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.pass_obj
def export(
    config: Path, reference: str | None, person: str | None, applications: tuple[str, ...], into: Path, as_json: bool
) -> None:
    """Write all that belongs to REFERENCE into a new folder of that name, with a manifest that sha256sum -c accepts.

    REFERENCE is a case reference, a mail's id or an application number. With --person every mail is searched for the
    UCI and for the numbers of its records. Who exported what stands in the journal.
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from inboxd import app, exporting
    from inboxd.packing import Source

    if (reference is None) == (person is None) or (applications and person is None):
        raise click.UsageError("give either a REFERENCE, or --person UCI (and --application with it)")
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    silent = as_json or not console.is_terminal
    with app.open_records(config) as records, Progress(*columns, console=console, disable=silent) as progress:
        task = progress.add_task("mails", total=None, visible=False)
        source = Source(
            database=records.database, archive=records.archive, readers=records.readers, zone=records.zone
        )

        def describe(contents: Contents) -> Mapping[str, str]:
            return _texts(contents, records)

        def step(count: int, total: int) -> None:
            progress.update(task, completed=count, total=total, visible=total >= MANY)

        who, now = actor(), datetime.now(UTC)
        if person is None:
            done = exporting.export(source, str(reference), into, actor=who, now=now, describe=describe, progress=step)
        else:
            done = exporting.export_person(
                source, person, applications, into, actor=who, now=now, describe=describe, progress=step
            )
    if as_json:
        showing.as_json(
            {
                "folder": done.folder.absolute(),
                "mails": done.mail_ids,
                "files": done.files,
                "not_written": done.not_written,
                "left_out": done.left_out,
                "to_sever": done.to_sever,
                "manifest": done.manifest,
            }
        )
        return
    click.echo(f"{done.folder}: {len(done.mail_ids)} mails, {len(done.files)} files")
    for line in done.not_written:
        click.echo(f"listed only: {showing.clean(line)}")
    for line in done.to_sever:
        click.echo(f"to sever: {showing.clean(line)}")
    if done.left_out and person is not None:
        for line in done.left_out:
            click.echo(f"left out: {showing.clean(line)}")
    elif done.left_out:
        click.echo(f"left out, because it only names this number: {', '.join(done.left_out)}")
    click.echo(f"to prove it: cd {shlex.quote(str(done.folder))} && sha256sum -c manifest.sha256")


def _texts(contents: Contents, records: Records) -> Mapping[str, str]:
    from inboxd.cli import stories

    told = [stories.with_places(story, records.archive) for story in contents.stories]
    document = {
        "reference": contents.reference,
        "exported_at": datetime.now(UTC),
        "exported_by": actor(),
        "files": contents.files,
        "not_written": contents.not_written,
        "left_out": contents.left_out,
        "to_sever": contents.to_sever,
        "mails": told,
    }
    return {"story.txt": "\n".join((*_lines(contents, records), "")), "story.json": showing.json_text(document) + "\n"}


def _lines(contents: Contents, records: Records) -> Iterator[str]:
    from inboxd.cli import stories

    now = showing.shown(datetime.now(UTC), records.zone)
    yield f"{contents.reference}: written {now} ({records.zone}) by {actor()}"
    yield ""
    yield "Files of this folder; `sha256sum -c manifest.sha256` compares each with its digest:"
    for path, digest in contents.files.items():
        yield f"  {showing.clean(path)}"
        yield f"    sha256 {digest}"
    for title, items in (
        ("Listed only, not in this folder:", contents.not_written),
        ("Left out:", contents.left_out),
        ("To be severed or looked at before this is given out:", contents.to_sever),
    ):
        if items:
            yield ""
            yield title
            yield from (f"  {showing.clean(item)}" for item in items)
    for story in contents.stories:
        yield ""
        yield from stories.lines(story, records.zone, records.archive)


COMMANDS = (export,)
