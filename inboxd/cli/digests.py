"""`digest`: what the day's digest says, or would say now. Nothing is sent."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from inboxd.cli.clocks import Day


@click.command()
@click.option(
    "--date", "day", metavar="DATE", type=Day(), help="Another day, e.g. 2026-11-20: what is open now, as due on it."
)
@click.option("--lang", type=click.Choice(("en", "fr", "both")), default="both", show_default=True)
@click.pass_obj
def digest(config: Path, day: date | None, lang: str) -> None:
    """Print the day's digest as it would be now. It goes to office.alerts at office.digest_at on business days."""
    from inboxd import app, calendar
    from inboxd import digest as stage
    from inboxd.mail import Language

    context = app.build(config)
    try:
        hours = context.rules.standards.calendar
        now = context.now()
        today = calendar.local_time(hours, now).date()
        told = today if day is None else day
        values = stage.values_for(context, told, now if told == today else stage.sent_at(context, told))
        text = context.templates.text(stage.TEMPLATE, Language(lang), values)
        if not calendar.is_business_day(hours, told):
            click.echo(f"inboxd: {told} is no business day, so no digest is sent on it", err=True)
    finally:
        context.close()
    click.echo(f"{text.subject}\n\n{text.body}", nl=False)


COMMANDS = (digest,)
