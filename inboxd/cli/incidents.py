"""`incidents`: what was and is wrong with the service itself, and whom it was told to. Touches nothing."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from inboxd.cli import showing

if TYPE_CHECKING:
    from inboxd.store.incidents import Incident


@click.command("incidents")
@click.option("--open", "only_open", is_flag=True, help="Only what is not over.")
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.pass_obj
def list_incidents(config: Path, only_open: bool, limit: int, as_json: bool) -> None:
    """List what was wrong with the service itself, newest first, with what people were told when."""
    from inboxd import app
    from inboxd.store import incidents

    with app.open_records(config) as records, records.database.reading() as tx:
        account = records.settings.mailbox.account
        found = incidents.newest(tx, account, limit, only_open=only_open)
        zone = records.zone
    rows = [row_of(incident) for incident in found]
    if as_json:
        showing.as_json(rows)
        return
    for row in rows:
        row["told"] = ", ".join(f"{name} {showing.shown(at, zone)}" for name, at in row["told"].items())
    columns = ("id", "state", "kind", "subject", "began_at", "ended_at", "ends_at", "told")
    showing.table("Incidents", columns, rows, zone)


def row_of(incident: Incident) -> dict[str, Any]:
    """One incident for a table or a program; `told` has the time of each step that was told."""
    told: dict[str, datetime] = {
        name: step.settled_at
        for name, step in incident.steps.items()
        if step.state == "fired" and step.settled_at is not None
    }
    return {
        "id": incident.incident_id,
        "state": incident.state,
        "kind": str(incident.kind),
        "subject": incident.subject,
        "began_at": incident.began_at,
        "noticed_at": incident.noticed_at,
        "ended_at": incident.ended_at,
        "ends_at": incident.ends_at,
        "detail": dict(incident.detail),
        "told": told,
    }


COMMANDS = (list_incidents,)
