"""The command line: words in, words out. Errors are one clear line for each problem and a non-zero exit status.

Exit status: 0 done, 1 something is wrong that the lines name, 2 a wrong option, 70 a fault of inboxd itself
(EX_SOFTWARE), 78 the office's own files are wrong (EX_CONFIG; systemd does not start the service again until they are
mended).
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from inboxd import __version__, maillog
from inboxd.cli import (
    archives,
    calendars,
    clocks,
    correcting,
    criteria,
    desk,
    digests,
    evaluating,
    exporting,
    incidents,
    journals,
    keeping,
    looking,
    measures,
    offices,
    outbox,
    purging,
    rebuilding,
    releasing,
    replaying,
    reporting,
    roster,
    running,
    texts,
    training,
)
from inboxd.errors import BadConfig, InboxdError

FAULT = 70
BAD_CONFIG = 78
CONFIG = Path("/etc/inboxd/inboxd.toml")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="inboxd")
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    default=CONFIG,
    show_default=True,
    envvar="INBOXD_CONFIG",
    help="The settings file.",
)
@click.option(
    "--channel",
    metavar="NAME",
    help="One of the mailboxes that the settings file names in service.channels, by its mailbox.account.",
)
@click.pass_context
def cli(context: click.Context, config: Path, channel: str | None) -> None:
    """A daemon for a dedicated service inbox: nothing lost, nothing twice, every decision explained."""
    if channel is not None:
        from inboxd.settings.channels import choose

        config = choose(config, channel)
    context.obj = config


PROVING = (journals, rebuilding)
LOOKING = (running, looking, measures, incidents, digests, clocks, exporting, evaluating, replaying, reporting)
RULING = (calendars, offices, texts, roster, criteria, training)
CHANGING = (keeping, archives, purging, releasing, outbox, correcting, *RULING, desk)
for module in (*LOOKING, *PROVING, *CHANGING):
    for command in module.COMMANDS:
        cli.add_command(command)


def main() -> None:
    """Run one command. Expected failures are lines on standard error, never a traceback."""
    os.umask(os.umask(0o077) | 0o077)  # whatever a command makes is for its owner alone
    try:
        cli.main(args=_config_first(sys.argv[1:]), prog_name="inboxd", standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit(130)
    except click.exceptions.Exit as error:
        sys.exit(error.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except BadConfig as error:
        for problem in error.problems:
            click.echo(f"inboxd: {problem}", err=True)
        sys.exit(BAD_CONFIG)
    except InboxdError as error:
        for line in str(error).splitlines() or [type(error).__name__]:
            click.echo(f"inboxd: {line}", err=True)
        sys.exit(1)
    except BrokenPipeError:
        # whoever read has enough; nothing may be written when Python closes the stream
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:
        # the exception's own words may quote a mail: they stay out of the journal
        place = maillog.trail(error)
        click.echo(f"inboxd: a fault of inboxd itself ({type(error).__name__}), please report: {place}", err=True)
        sys.exit(FAULT)


def _config_first(arguments: list[str]) -> list[str]:
    """Let `--config FILE` and `--channel NAME` stand anywhere, as people write: `inboxd run --config FILE`."""
    rest: list[str] = []
    moved: list[str] = []
    given = iter(arguments)
    for argument in given:
        if argument in ("--config", "--channel"):
            value = next(given, None)
            moved += [argument] if value is None else [argument, value]
        elif argument.startswith(("--config=", "--channel=")):
            moved.append(argument)
        else:
            rest.append(argument)
    return moved + rest
