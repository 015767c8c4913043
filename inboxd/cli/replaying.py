"""`replay`: what other criteria would change about past mail. Writes nothing, sends nothing."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from inboxd.cli import showing
from inboxd.cli.periods import moment

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from inboxd.context import Context
    from inboxd.triage.criteria import Criteria

FAULT = 70
SHOWN = 50
"""Rows of the table unless --limit says otherwise."""
NAMED = 20
"""Ids that are named in one line."""


@click.command()
@click.option("--criteria", "file", required=True, type=click.Path(path_type=Path), help="The criteria to try.")
@click.option("--since", default="30d", show_default=True, help="Mail received since then: 30d, 12h, 2w or a day.")
@click.option("--until", default="", help="Mail received before then; now unless given.")
@click.option("--limit", type=click.IntRange(min=1), help=f"Show so many changes. [default: {SHOWN}; with --json all]")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.pass_obj
def replay(config: Path, file: Path, since: str, until: str, limit: int | None, as_json: bool) -> None:
    """Judge past mail by the rules in force and by the criteria in FILE, and show every mail that would change.

    Each mail is judged with what was known when it came. Nothing is written, and nothing is sent.
    """
    from inboxd import app
    from inboxd.triage.criteria import read_criteria

    criteria = read_criteria(file)
    context = app.build(config)
    try:
        report = replayed(context, criteria, since, until, quiet=as_json)
    finally:
        context.close()
    if as_json:
        shown = report["changes"] if limit is None else report["changes"][:limit]
        showing.as_json(report | {"changes": shown})
    else:
        tell(report, context.rules.standards.calendar.zone, limit or SHOWN)
    sys.exit(faults(report))


def replayed(context: Context, criteria: Criteria, since: str, until: str, *, quiet: bool) -> dict[str, Any]:
    """The report, with a progress bar where somebody looks on."""
    from rich.console import Console
    from rich.progress import track

    from inboxd import replaying

    now, zone = context.now(), context.rules.standards.calendar.zone
    begin = moment(since, now, zone, option="--since")
    end = moment(until, now, zone, option="--until") if until else now
    mails = replaying.past_mails(context, begin, end)
    judged = track(
        replaying.judge_past(context, criteria, mails),
        total=len(mails),
        description="judging",
        console=Console(stderr=True),
        disable=quiet or not sys.stderr.isatty(),
    )
    return replaying.document(
        list(judged),
        since=begin,
        until=end,
        old_version=context.rules.criteria.version,
        new_version=criteria.version,
    )


def faults(report: Mapping[str, Any]) -> int:
    """Exit status: that of a fault if inboxd itself failed on a mail, each named on standard error."""
    failed = [row for row in report["unread"] if row["bug"]]
    for row in failed:
        click.echo(f"inboxd: a fault of inboxd itself at mail {row['mail']} ({row['bug']}), please report", err=True)
    return FAULT if failed else 0


def tell(report: Mapping[str, Any], zone: ZoneInfo, limit: int) -> None:
    """Print a report for people: totals, the changes, what was not read."""
    from inboxd.replaying import KINDS

    def at(text: str) -> str:
        return showing.shown(datetime.fromisoformat(text), zone)

    click.echo(
        f"criteria {report['old_version']} in force, {report['new_version']} tried; mail received "
        f"{at(report['since'])} to {at(report['until'])}"
    )
    counts = f"{report['read']} read, {report['not_read']} not read; {report['changed']} would change"
    click.echo(f"{report['mails']} mails: {counts}")
    by_kind = [f"{report['kinds'][kind]} {name}" for kind, name in KINDS.items() if report["kinds"][kind]]
    if by_kind:
        click.echo(f"  {', '.join(by_kind)}")
    if report["only_words"]:
        click.echo(f"only the words of the reply would differ (criteria it names): mails {_ids(report['only_words'])}")
    rows = [_row(change, at) for change in report["changes"][:limit]]
    columns = ("mail", "received", "change", "category", "reply_by", "template", "criterion")
    showing.table("Mails that would change: old → new", columns, rows)
    if len(report["changes"]) > limit:
        click.echo(f"and {len(report['changes']) - limit} more; --limit shows them")
    if report["unread"]:
        showing.table("Not read", ("mail", "received", "why"), [
            {**row, "received": at(row["received"])} for row in report["unread"]
        ])  # fmt: skip


def _ids(ids: list[int]) -> str:
    more = len(ids) - NAMED
    return ", ".join(map(str, ids[:NAMED])) + (f" and {more} more" if more > 0 else "")


def _row(change: Mapping[str, Any], at: Any) -> dict[str, Any]:
    from inboxd.replaying import KINDS

    old, new = change["old"], change["new"]

    def both(show: Any) -> str:
        before, after = show(old) or "-", show(new) or "-"
        return before if before == after else f"{before} → {after}"

    return {
        "mail": change["mail"],
        "received": at(change["received"]),
        "change": ", ".join(KINDS[kind] for kind in change["kinds"]),
        "category": both(lambda one: ", ".join(one["categories"]) or one["route"]),
        "reply_by": both(lambda one: ", ".join(at(text) for text in one["reply_by"])),
        "template": both(lambda one: ", ".join(one["templates"])),
        "criterion": both(lambda one: ", ".join(f'{hit["id"]} "{hit["words"]}"' for hit in one["criteria"])),
    }


COMMANDS = (replay,)
