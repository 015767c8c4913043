"""`criteria activate | history | drift`: taking criteria into use, what was in use before, how well they hold."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from inboxd.cli import showing
from inboxd.cli.periods import moment
from inboxd.cli.replaying import SHOWN, faults, replayed
from inboxd.cli.replaying import tell as tell_report
from inboxd.errors import Permanent

JSON = click.option("--json", "as_json", is_flag=True, help="For programs.")


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--by", required=True, metavar="NAME", help="Who takes them into use.")
@click.option("--note", required=True, metavar="TEXT", help="What changed, and why.")
@click.option("--since", default="30d", show_default=True, help="Replay mail received since then.")
@click.option("--yes", is_flag=True, help="Do not ask; needed where no terminal is.")
@click.pass_obj
def activate(config: Path, file: Path, by: str, note: str, since: str, yes: bool) -> None:
    """Check FILE with every example, show what it would change about past mail, and take it into use.

    The file that was in force is kept. The daemon uses the new one a few seconds later.
    """
    from inboxd import activating, app
    from inboxd.triage.criteria import read_criteria

    content = activating.read_file(file)
    criteria = read_criteria(file)
    context = app.build(config)
    try:
        _expect_news(context, criteria.version)
        report = replayed(context, criteria, since, "", quiet=False)
        tell_report(report, context.rules.standards.calendar.zone, SHOWN)
        if faults(report):
            raise Permanent("inboxd failed on past mail, so the report is not whole; nothing was changed")
        if not yes:
            _ask(context.rules.criteria.version, criteria.version)
        done = activating.activate(
            context, content, checked=criteria.version, report=report, remark=note, by=f"person:{by}"
        )
    finally:
        context.close()
    kept = f"{report['old_version']} is kept in {done.copies}"
    click.echo(f"criteria {criteria.version} are in force in {done.file}; {kept}")
    click.echo("a daemon that runs here uses them within seconds: its log says rules.loaded")


def _expect_news(context: Any, version: str) -> None:
    """Refuse what is in force and recorded. A file changed by hand may be given to record it."""
    from inboxd.store import activations

    with context.database.reading() as tx:
        last = activations.newest(tx)
    if version == context.rules.criteria.version and last is not None and last["new_version"] == version:
        raise Permanent(f"criteria {version} are in force already; nothing was changed")


def _ask(old: str, new: str) -> None:
    if not sys.stdin.isatty():
        raise Permanent("there is no terminal to ask at; read the report above and give --yes; nothing was changed")
    click.confirm(f"Take {new} into use in place of {old}?", abort=True)


@click.command()
@click.argument("version", required=False, default="")
@click.option("--report", "as_report", is_flag=True, help="Print the replay that was made before VERSION was used.")
@click.option("--text", "as_text", is_flag=True, help="Print the whole file of VERSION.")
@JSON
@click.pass_obj
def history(config: Path, version: str, as_report: bool, as_text: bool, as_json: bool) -> None:
    """List the criteria that were taken into use, or show one VERSION (its beginning is enough)."""
    from inboxd import app
    from inboxd.store import activations

    if not version:
        if as_report or as_text:
            raise click.UsageError("which VERSION? `inboxd criteria history` lists them")
        with app.open_records(config) as records, records.database.reading() as tx:
            _list(records, activations.history(tx), as_json=as_json)
        return
    with app.open_records(config) as records, records.database.reading() as tx:
        found = activations.versions_like(tx, version.lower())
        if len(found) != 1:
            raise click.ClickException(
                f"{version} is the beginning of {len(found)} versions; `inboxd criteria history` lists them"
            )
        text, row = activations.text_of(tx, found[0]), activations.newest(tx, found[0])
    if as_text:
        sys.stdout.buffer.write((text or "").encode("utf-8"))
        sys.stdout.flush()
        return
    if row is None:
        raise click.ClickException(f"{found[0]} was in use before the first activation; --text shows the file")
    if as_json:
        showing.as_json(row | {"text": text})
    elif as_report:
        tell_report(row["report"], records.zone, len(row["report"]["changes"]) or 1)
    else:
        _tell(row, records.zone)


def _list(records: Any, rows: list[dict[str, Any]], *, as_json: bool) -> None:
    from inboxd.activating import version_of

    try:
        in_force = version_of(records.settings.rules.criteria.read_bytes())
    except OSError:
        in_force = ""
    for row in rows:
        row["changed"] = f"{row['report']['changed']} of {row['report']['read']}"
        row["in_force"] = row["new_version"] == in_force
        row["version"], row["by"], row["instead_of"] = row["new_version"], row["actor"], row["old_version"]
    if as_json:
        wanted = ("id", "at", "actor", "note", "old_version", "new_version", "changed", "in_force")
        showing.as_json([{name: row[name] for name in wanted} for row in rows])
        return
    for row in rows:
        row["in_force"] = "yes" if row["in_force"] else ""
    columns = ("version", "at", "by", "instead_of", "changed", "in_force", "note")
    showing.table("Criteria taken into use", columns, rows, records.zone)


def _tell(row: Mapping[str, Any], zone: Any) -> None:
    report = row["report"]
    click.echo(f"criteria {row['new_version']}, instead of {row['old_version']}")
    click.echo(f"  taken into use {showing.shown(row['at'], zone)} by {showing.clean(row['actor'])}")
    click.echo(f"  note: {showing.clean(row['note'])}")
    changed = f"{report['changed']} of {report['read']} past mails would have changed"
    click.echo(f"  {changed}; {report['not_read']} not read")
    click.echo("  --report shows which, --text the whole file")


@click.command()
@click.option("--since", default="180d", show_default=True, help="Mail and cases received since then.")
@JSON
@click.pass_obj
def drift(config: Path, since: str, as_json: bool) -> None:
    """How well the criteria in force hold: never hit, often corrected by people, disagreements month by month."""
    from datetime import UTC, datetime

    from inboxd import app
    from inboxd.store import drift as drifting
    from inboxd.triage.criteria import compile_file

    with app.open_records(config) as records:
        criteria, _ = compile_file(records.settings.rules.criteria)
        kinds = {row.id: str(row.category) for row in criteria.rows}
        now = datetime.now(UTC)
        begin = moment(since, now, records.zone, option="--since")
        with records.database.reading() as tx:
            found = drifting.measure(tx, kinds, since=begin, zone=records.zone)
    found = {"version": criteria.version, "since": begin, **found}
    if as_json:
        showing.as_json(found)
        return
    _tell_drift(found, {row.id: row.description_en for row in criteria.rows}, records.zone)


def _tell_drift(found: Mapping[str, Any], names: Mapping[str, str], zone: Any) -> None:
    from inboxd.store.drift import FEW

    begin = showing.shown(found["since"], zone)
    click.echo(f"criteria {found['version']}, since {begin}: {found['mails']} mails read by criteria (n)")
    people = f"people corrected {found['corrected']} and settled {found['settled']} of review"
    click.echo(f"{found['cases']} cases; {people}")
    never = [{"criterion": name, "stands_for": names[name]} for name in found["never_hit"]]
    showing.table(f"Never hit in {found['mails']} mails", ("criterion", "stands_for"), never)
    rows = [row | {"to": _counts(row["to"]), "share": _share(row)} for row in found["corrected_criteria"]]
    showing.table("Criteria whose cases people corrected", ("criterion", "cases", "corrected", "share", "to"), rows)
    for title, key in (
        ("Criteria against second reader", "readers"),
        ("Person against criteria", "person_criteria"),
        ("Person against second reader", "person_reader"),
    ):
        months = [row | {"share": _share(row)} for row in found[key]]
        showing.table(f"{title}, by month", ("month", "n", "disagree", "share"), months)
    click.echo(f"a share of fewer than {FEW} says little: it is marked, and n stands beside it")


def _counts(by_category: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {category}" for category, count in by_category.items())


def _share(row: Mapping[str, Any]) -> str:
    n = row.get("n", row.get("cases"))
    text = "" if row["share"] is None else f"{100 * row['share']:.0f} %"
    return f"{text} (few: n = {n})" if row["few"] else f"{text} of {n}"
