"""`purge`: what would go by class, and, on a person's word, that it goes. `hold`: what must not, whatever its age."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from inboxd.cli import showing

if TYPE_CHECKING:
    from inboxd.purging import Outlook

SHOWN = 30
BY = click.option("--by", required=True, metavar="NAME", help="Who decided; it stands in the journal.")


@click.command()
@click.option("--yes", is_flag=True, help="Do it. The service must be stopped. Without it nothing is changed.")
@click.option("--by", metavar="NAME", default="", help="With --yes: who decided; it stands in the journal.")
@click.option("--most", metavar="N", type=click.IntRange(min=1), help="With --yes: so many groups, the longest due.")
@click.option("--removed", is_flag=True, help="List the files of the archive that purges removed, for its backups.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.pass_obj
def purge(config: Path, yes: bool, by: str, most: int | None, removed: bool, as_json: bool) -> None:
    """List the mail whose period (settings, [retention]) is over, by class; with --yes empty it for good.

    Never what is open, held, waiting, unsent or under a legal hold. Copies in the server's folders are not touched.
    """
    from inboxd import app, purging
    from inboxd.store import purges

    if yes and not by:
        raise click.UsageError("--yes needs --by NAME")
    if removed:
        with app.open_records(config) as records, records.database.reading() as tx:
            for kind, digest in purges.removed_files(tx):
                click.echo(f"{kind}/{digest[:2]}/{digest}*")
        return
    if yes:
        _do(config, by, most, as_json=as_json)
        return
    with app.open_records(config) as records, records.database.reading() as tx:
        outlook = purging.look(tx, records.settings.retention, datetime.now(UTC))
        zone = records.zone
    if as_json:
        showing.as_json(_document(outlook))
        return
    rows = [_row(item) for item in outlook.due[:SHOWN]]
    columns = ("mails", "cases", "kept", "last_used", "period_over")
    showing.table("Would go", columns, rows, zone)
    if len(outlook.due) > SHOWN:
        click.echo(f"and {len(outlook.due) - SHOWN} more groups; --json lists them all")
    counted = Counter[str]()
    for item in outlook.due:
        counted[item.kept] += len(item.group.mail_ids)
    for name, count in sorted(counted.items()):
        click.echo(f"would go: {count} mails kept as {name}")
    for why, count in outlook.stays.items():
        click.echo(f"stays: {count} mails, because {why}")
    if outlook.unfinished:
        click.echo(f"a purge was cut short: files of {outlook.unfinished} mails are still to be removed")
    click.echo("nothing was changed; copies in the server's folders are never touched")


def _row(item: Any) -> Mapping[str, object]:
    return {
        "mails": item.group.mail_ids,
        "cases": len(item.group.case_ids),
        "kept": str(item.kept),
        "last_used": item.group.last_used,
        "period_over": item.since,
    }


def _document(outlook: Outlook) -> Mapping[str, object]:
    return {
        "due": [_row(item) for item in outlook.due],
        "stays": outlook.stays,
        "unfinished": outlook.unfinished,
    }


def _do(config: Path, by: str, most: int | None, *, as_json: bool) -> None:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from inboxd import app, daemon, maillog, purging, sealing

    maillog.start(sys.stderr)
    columns = (TextColumn("groups"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    context = app.build(config)
    try:
        with (
            daemon.only_one(context),
            Progress(*columns, console=console, disable=as_json or not console.is_terminal) as progress,
        ):
            sealing.seal(context)
            with context.database.reading() as tx:
                outlook = purging.look(tx, context.settings.retention, context.now())
            due = outlook.due[:most]
            task = progress.add_task("", total=len(due))
            done = purging.purge(
                context, due, actor=f"person:{by}",
                progress=lambda count, total: progress.update(task, completed=count, total=total),
            )  # fmt: skip
            again = purging.come_back(context)
            sealing.seal(context)
    finally:
        context.close()
    if as_json:
        told = {"mails": done.mails, "files": done.files, "by_class": done.by_class, "came_back": again}
        showing.as_json({**told, "skipped": done.skipped})
    else:
        for name, count in sorted(done.by_class.items()):
            click.echo(f"purged: {count} mails kept as {name}")
        click.echo(f"{done.mails} mails purged, {done.files} files removed from the archive")
        if again:
            click.echo(f"{again} files that had come in again were removed")
        if done.skipped:
            click.echo(f"{done.skipped} groups were used, or put under a hold, meanwhile; they stay")
        click.echo(
            "copies in the server's folders, and backups, are not touched: `inboxd purge --removed` names the files"
        )
    sys.exit(0)


@click.group("hold")
def hold() -> None:
    """Legal holds: what must not be purged, whatever its age."""


@hold.command("add")
@click.argument("reference")
@click.option("--reason", required=True, metavar="TEXT", help="Why, such as the number of the access request.")
@BY
@click.pass_obj
def add(config: Path, reference: str, reason: str, by: str) -> None:
    """Put a hold on REFERENCE: a case, a mail's id, an application number, or an office."""
    from inboxd import app, purging
    from inboxd.parsers.references import application_numbers

    with app.open_records(config) as records:
        prefixes, given = records.settings.documents.two_letter_prefixes, reference.strip().upper()
        held, scope, subject, count = purging.put_hold(
            records.database,
            reference,
            datetime.now(UTC),
            looks_like_number=application_numbers(given, prefixes) == (given,),
            reason=reason,
            actor=f"person:{by}",
        )
    click.echo(f"hold {held} is on {scope} {subject}: {count} mails now, and whatever comes to it")


@hold.command("list")
@click.option("--all", "ended", is_flag=True, help="Those that were ended too.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.pass_obj
def list_holds(config: Path, ended: bool, as_json: bool) -> None:
    """List the holds, with who set them, when and why."""
    from inboxd import app
    from inboxd.store import legal_holds

    with app.open_records(config) as records, records.database.reading() as tx:
        rows = legal_holds.listed(tx, ended=ended)
        zone = records.zone
    if as_json:
        showing.as_json(rows)
        return
    columns = ["id", "scope", "subject", "mails", "reason", "actor", "began_at"]
    showing.table("Legal holds", columns + (["ended_at", "ended_by", "ended_why"] if ended else []), rows, zone)


@hold.command("remove")
@click.argument("hold_id", metavar="ID", type=int)
@click.option("--reason", required=True, metavar="TEXT", help="Why it may end.")
@BY
@click.pass_obj
def remove(config: Path, hold_id: int, reason: str, by: str) -> None:
    """End a hold by its ID (`inboxd hold list`)."""
    from inboxd import app, purging

    with app.open_records(config) as records:
        purging.end_hold(records.database, hold_id, datetime.now(UTC), reason=reason, actor=f"person:{by}")
    click.echo(f"hold {hold_id} is ended")


COMMANDS = (purge, hold)
