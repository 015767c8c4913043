"""`metrics`: the figures for a monitoring system, from the rows, as they are now. Touches nothing."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import click


@click.command("metrics")
@click.pass_obj
def show_metrics(config: Path) -> None:
    """Print figures in Prometheus' text format: queues, ages, what ends when. Of every channel.

    The daemon writes the same to watch.metrics_file once a minute. Certificates of servers are known to it alone.
    """
    from inboxd import app, metrics
    from inboxd.settings.channels import read_channels

    with ExitStack() as opened:
        contexts = []
        for channel in read_channels(config):
            contexts.append(app.build(channel.file, touch=False))
            opened.callback(contexts[-1].close)
        click.echo(metrics.page(contexts), nl=False)


COMMANDS = (show_metrics,)
