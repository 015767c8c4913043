"""`list`, `show`, `cases`, `explain`, `verify`: commands that look and touch nothing."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from inboxd.cli import showing

if TYPE_CHECKING:
    from inboxd.context import Context

JSON = click.option("--json", "as_json", is_flag=True, help="For programs.")
STATES = ("taken", "decided", "held", "done")


def _open(config: Path) -> Context:
    from inboxd import app

    return app.build(config)


@click.command("list")
@click.option("--state", type=click.Choice(STATES), help="Only mails in this state.")
@click.option("--held", is_flag=True, help="What waits for a person: why, how long, until when; most pressing first.")
@click.option("--route", default="", help="Only mails of this kind, e.g. submission.")
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True)
@JSON
@click.pass_obj
def list_mails(config: Path, state: str | None, held: bool, route: str, limit: int, as_json: bool) -> None:
    """List mails, newest first, with what became of them."""
    from inboxd import app
    from inboxd.store import reading

    if held:
        if state not in (None, "held"):
            raise click.UsageError(f"--held and --state {state} cannot go together")
        _list_held(config, route, limit, as_json=as_json)
        return
    with app.open_records(config) as records, records.database.reading() as tx:
        rows = reading.list_mails(tx, state=state or "", route=route, limit=limit)
    if as_json:
        showing.as_json(rows)
        return
    for row in rows:
        row["why"] = row["held_reason"] or row["because"]
    columns = ("id", "arrived_at", "state", "route", "place", "office", "subject", "why")
    showing.table("Mails", columns, rows, records.zone)


def _list_held(config: Path, route: str, limit: int, *, as_json: bool) -> None:
    from inboxd import app
    from inboxd.calendar import business_time
    from inboxd.store import reading

    now = datetime.now(UTC)
    with app.open_records(config) as records, records.database.reading() as tx:
        found = [row for row in reading.list_held(tx) if route in ("", row["route"])]
    rows = found[:limit]
    for row in rows:
        days, rest = business_time(records.calendar, row["held_since"], now)
        row["held_business_days"], row["held_office_seconds"] = days, int(rest.total_seconds())
        clocks = {"breach": row["filing_breach"], "warning": row["filing_warning"]}
        row["late"] = next((name for name, due in clocks.items() if due is not None and due <= now), "")
    if as_json:
        showing.as_json(rows)
        return
    for row in rows:
        seconds = row["held_office_seconds"]
        row["held_for"] = f"{row['held_business_days']} d {seconds // 3600}:{seconds % 3600 // 60:02d}"
        row["warning"], row["breach"] = (
            f"{showing.shown(row[f'filing_{name}'], records.zone)}{' LATE' if row['late'] in late else ''}"
            for name, late in (("warning", ("warning", "breach")), ("breach", ("breach",)))
        )
    columns = ("id", "held_reason", "held_since", "held_for", "warning", "breach", "office", "subject")
    showing.table("Held (in business days and office hours)", columns, rows, records.zone)
    if len(found) > limit:
        click.echo(f"and {len(found) - limit} more; --limit shows them")


@click.command()
@click.argument("mail_id", metavar="ID", type=int)
@JSON
@click.pass_obj
def show(config: Path, mail_id: int, as_json: bool) -> None:
    """The whole story of one mail: what it was, what was decided and why, what was sent, every file."""
    from inboxd import app
    from inboxd.cli.stories import tell, with_places
    from inboxd.store import outgoing, reading

    with app.open_records(config) as records, records.database.reading() as tx:
        story = reading.story(tx, mail_id)
        stopped = outgoing.behind_a_stop(tx, mail_id, datetime.now(UTC))
    if story is None:
        raise click.ClickException(f"there is no mail {mail_id}; `inboxd list` shows the ids")
    if as_json:
        showing.as_json(with_places({**story, "stopped": stopped}, records.archive))
    else:
        tell({**story, "stopped": stopped}, records.zone, records.archive)


@click.command()
@click.option("--state", type=click.Choice(("open", "waiting", "answered", "closed")), help="Only cases in this state.")
@click.option("--category", default="", help="Only this category, e.g. critical.")
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True)
@JSON
@click.pass_obj
def cases(config: Path, state: str | None, category: str, limit: int, as_json: bool) -> None:
    """List cases, the one due first on top."""
    from inboxd import app
    from inboxd.store import reading

    with app.open_records(config) as records, records.database.reading() as tx:
        rows = reading.list_cases(tx, state=state or "", category=category, limit=limit)
    if as_json:
        showing.as_json(rows)
        return
    times = ("received", "reply_by", "action_by")
    columns = ("reference", "category", "state", *times, "office", "criteria", "corrected", "mail_id")
    showing.table("Cases", columns, rows, records.zone)


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--at", "received", metavar="TIME", help="Time of receipt, ISO 8601; else when we got it, else its Date.")
@click.option("--replies", is_flag=True, help="Also print the replies in full.")
@JSON
@click.pass_obj
def explain(config: Path, file: Path, received: str | None, replies: bool, as_json: bool) -> None:
    """What would be decided about a mail in FILE.eml, and why. Touches nothing."""
    from inboxd.cli import explaining

    explained = explaining.explain(config, file, received)
    if as_json:
        showing.as_json(explained.as_document())
    else:
        explaining.tell(explained, replies=replies)


@click.command()
@click.option("--deep", is_flag=True, help="Read every archived file and compare its digest.")
@click.option("--offline", is_flag=True, help="Do not ask the mail server.")
@click.option("--journal", is_flag=True, help="Also prove that no entry of the journal was changed, removed or added.")
@click.option("--head", "heads", metavar="DIGEST", multiple=True, help="With --journal: a head that you kept.")
@JSON
@click.pass_obj
def verify(config: Path, deep: bool, offline: bool, journal: bool, heads: tuple[str, ...], as_json: bool) -> None:
    """Prove that nothing was lost or doubled: server, rows, archive and outbox agree. Exit 1 on any gap."""
    from inboxd.cli import journals, verifying

    if heads and not journal:
        raise click.UsageError("--head is for --journal")
    context = _open(config)
    result = verifying.verify(context, deep=deep, offline=offline)
    if journal:
        journals.prove(context, result, heads)
    if as_json:
        showing.as_json(result.as_document())
    else:
        for line in result.lines():
            click.echo(line)
    sys.exit(1 if result.gaps else 0)


COMMANDS = (list_mails, show, cases, explain, verify)
