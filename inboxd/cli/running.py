"""`run`, `once` and `check`. The first two print nothing but event lines."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import click


@click.command()
@click.pass_obj
def run(config: Path) -> None:
    """Run until stopped: watch the inbox, decide, reply, file, keep the clocks. All channels of the file."""
    from inboxd import app, channels, daemon, maillog
    from inboxd.settings import read_settings
    from inboxd.settings.channels import names_channels
    from inboxd.trying import try_apart

    maillog.start()
    if names_channels(config):
        channels.run(config)
        return
    app.expect_secure(config)
    try_apart(read_settings(config))
    context = app.build(config)
    with daemon.only_one(context):
        daemon.Daemon(context, time.monotonic).run()


@click.command()
@click.pass_obj
def once(config: Path) -> None:
    """Do all that is due, then exit: 0, or 1 if the mailbox could not be reached."""
    from inboxd import app, channels, daemon, maillog
    from inboxd.settings import read_settings
    from inboxd.settings.channels import names_channels
    from inboxd.trying import try_apart

    maillog.start()
    if names_channels(config):
        sys.exit(0 if channels.once(config) else 1)
    app.expect_secure(config)
    try_apart(read_settings(config))
    context = app.build(config)
    with daemon.only_one(context):
        reached = daemon.Daemon(context, time.monotonic).once()
    sys.exit(0 if reached else 1)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.pass_obj
def check(config: Path, as_json: bool) -> None:
    """Check everything the daemon needs, one line each, with the fix. Exit 1 if anything is wrong."""
    from inboxd.cli import checking, showing

    findings = checking.findings(config)
    if as_json:
        showing.as_json([finding.as_row() for finding in findings])
    else:
        for finding in findings:
            click.echo(finding.line())
    sys.exit(0 if all(finding.ok for finding in findings) else 1)


COMMANDS = (run, once, check)
