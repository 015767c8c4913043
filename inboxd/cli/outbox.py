"""`outbox list|hold|release|cancel`: what leaves, what waits and why, and a person's word on it, which is audited."""

from __future__ import annotations

from pathlib import Path

import click

from inboxd.cli import showing
from inboxd.cli.keeping import actor

IDS = click.argument("ids", metavar="[ID]...", type=int, nargs=-1)
REASON = click.option("--reason", required=True, help="Why, for the journal and for whoever looks at it later.")
STATES = ("due", "unknown", "held", "buried", "cancelled", "done")


@click.group("outbox")
def outbox() -> None:
    """Mail that leaves: look at it, hold it, let it go, cancel it."""


@outbox.command("list")
@click.option("--state", type=click.Choice(STATES), help="Only mails in this state; else all that are not at an end.")
@click.option("--to", default="", metavar="ADDRESS", help="Only mails to this address.")
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.pass_obj
def list_mails(config: Path, state: str | None, to: str, limit: int, as_json: bool) -> None:
    """List outgoing mails, newest first.

    due: leaves as soon as it can. unknown: its text went out and no answer came; it is looked for before it is sent
    again. held: by a person or by the brake on bulk. buried: given up, people were told.
    """
    from datetime import UTC, datetime

    from inboxd import app
    from inboxd.store import brakes, outgoing

    with app.open_records(config) as records, records.database.reading() as tx:
        rows, count = outgoing.list_mails(tx, datetime.now(UTC), state=state or "", to=to, limit=limit)
        stops = brakes.open_stops(tx)
        zone = records.zone
    if as_json:
        stopped = [
            {"scope": scope, "since": since, "reason": reason, "by": by} for scope, (since, reason, by) in stops.items()
        ]
        showing.as_json({"stopped": stopped, "count": count, "mails": rows})
        return
    for scope, (since, reason, by) in stops.items():
        what = "all mail to the outside" if scope == brakes.ALL else "unusual mail in bulk"
        text = f"Stopped: {what}, since {showing.shown(since, zone)}, by {by}: {reason}"
        click.echo(showing.clean(f"{text}. `inboxd outbox release --all` lets it go."))
    columns = ("id", "state", "template", "recipient", "mail_id", "created_at", "due_at", "attempts", "why")
    showing.table("Outgoing mail", columns, rows, zone)
    if count > len(rows):
        click.echo(f"and {count - len(rows)} more; --limit shows them")


def _which(ids: tuple[int, ...], everything: bool) -> None:
    if everything == bool(ids):
        raise click.UsageError("give the ids of outgoing mails (`inboxd outbox list`), or --all")


@outbox.command()
@IDS
@click.option("--all", "everything", is_flag=True, help="All mail to the outside, also what comes later.")
@REASON
@click.pass_obj
def hold(config: Path, ids: tuple[int, ...], everything: bool, reason: str) -> None:
    """Hold outgoing mails until they are released. Alerts to the office's own people are not stopped by --all."""
    from inboxd import app, outgoing

    _which(ids, everything)
    context = app.build(config)
    if everything:
        waiting = outgoing.hold_all(context, reason=reason, actor=actor())
        click.echo(f"all mail to the outside is stopped; {waiting} wait now. `inboxd outbox release --all` lets it go")
        return
    outgoing.hold(context, ids, reason=reason, actor=actor())
    for effect_id in ids:
        click.echo(f"outgoing mail {effect_id} is held; `inboxd outbox release {effect_id}` lets it go")


@outbox.command()
@IDS
@click.option("--all", "everything", is_flag=True, help="End every stop and every hold, the brake's too.")
@click.pass_obj
def release(config: Path, ids: tuple[int, ...], everything: bool) -> None:
    """Let held mails go. What waits goes out; what comes later is counted anew."""
    from inboxd import app, outgoing

    _which(ids, everything)
    context = app.build(config)
    if everything:
        freed = outgoing.release_all(context, actor=actor())
        click.echo(f"nothing is stopped any more; {freed} mails go out, at the pace of smtp.per_minute")
        return
    outgoing.release(context, ids, actor=actor())
    for effect_id in ids:
        click.echo(f"outgoing mail {effect_id} leaves within seconds")


@outbox.command()
@click.argument("ids", metavar="ID...", type=int, nargs=-1, required=True)
@REASON
@click.pass_obj
def cancel(config: Path, ids: tuple[int, ...], reason: str) -> None:
    """Cancel outgoing mails for good. The mail that one answers is held: a person answers it, or nobody does."""
    from inboxd import app, outgoing

    context = app.build(config)
    answered = outgoing.cancel(context, ids, reason=reason, actor=actor())
    for effect_id in ids:
        click.echo(f"outgoing mail {effect_id} is cancelled")
    for mail_id in answered:
        click.echo(f"mail {mail_id} is held: answer it by hand, then `inboxd retry {mail_id}` puts it where it belongs")


COMMANDS = (outbox,)
