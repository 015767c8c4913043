"""`inboxd criteria check | list | show`: the office's criteria, tried and shown. Touches nothing.

The commands of the group that take criteria into use are in `cli.activating`.

Exit status of `check`: 0 when every example behaves, 78 when the file is wrong or an example does not behave.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from inboxd.cli import showing
from inboxd.cli.activating import activate, drift, history

if TYPE_CHECKING:
    from inboxd.errors import Problem
    from inboxd.triage.examples import Trial
    from inboxd.triage.rulebook import Criteria, Criterion
    from inboxd.triage.upkeep import Remark

BAD_CONFIG = 78
SLOW_AFTER = 1.0
"""Seconds of work after which somebody who looks on is shown a bar."""
FILE = click.argument("file", required=False, type=click.Path(path_type=Path))
JSON = click.option("--json", "as_json", is_flag=True, help="For programs.")
SIGNALS = ("phrases", "dated", "paired", "with", "hints")
SET_ASIDE = ("exclusions", "cancelled")


@click.group()
def criteria() -> None:
    """What makes an enquiry critical, urgent or complex. `docs/criteria.md` tells how to write a criterion."""


def _path(config: Path, file: Path | None) -> Path:
    """The file that was named, else the one the office uses."""
    from inboxd.settings import read_settings

    return read_settings(config).rules.criteria if file is None else file


@criteria.command()
@FILE
@click.option("--phrases", is_flag=True, help="Also name every phrase that no example reads.")
@JSON
@click.pass_obj
def check(config: Path, file: Path | None, phrases: bool, as_json: bool) -> None:
    """Try every worked example of FILE (the office's criteria unless named), and name what is wrong by file and line.

    Remarks tell what could be better and are no fault: few examples, phrases that no example reads or nobody needs.
    """
    from inboxd.errors import BadConfig
    from inboxd.triage import upkeep
    from inboxd.triage.criteria import compile_file, problems_of_trials

    path = _path(config, file)
    try:
        compiled, index = compile_file(path)
    except BadConfig as error:
        if not as_json:
            raise
        _as_json(path, None, error.problems, ())
        sys.exit(BAD_CONFIG)
    problems = tuple(problems_of_trials(_tried(compiled, quiet=as_json), path, index))
    remarks = tuple(upkeep.remarks(compiled))
    if as_json:
        _as_json(path, compiled, problems, _located(remarks, index))
    else:
        _tell(path, compiled, problems, _located(remarks, index), all_phrases=phrases)
    sys.exit(BAD_CONFIG if problems else 0)


def _tried(compiled: Criteria, *, quiet: bool) -> Iterator[Trial]:
    """The trials one by one, with a progress bar where it takes long and somebody looks on."""
    from rich.console import Console
    from rich.progress import Progress

    from inboxd.triage import examples

    begun = time.monotonic()
    with Progress(console=Console(stderr=True), disable=quiet or not sys.stderr.isatty(), transient=True) as progress:
        task = progress.add_task("trying examples", total=examples.count(compiled), visible=False)
        for trial in examples.trials(compiled):
            progress.update(task, advance=1, visible=time.monotonic() - begun > SLOW_AFTER)
            yield trial


def _located(remarks: tuple[Remark, ...], index: Any) -> tuple[tuple[int, Remark], ...]:
    from inboxd.config_file import line_of

    return tuple((line_of(index, remark.location), remark) for remark in remarks)


def _as_json(
    path: Path, compiled: Criteria | None, problems: tuple[Problem, ...], remarks: tuple[tuple[int, Remark], ...]
) -> None:
    from inboxd.triage import examples

    showing.as_json(
        {
            "file": path,
            "version": compiled.version if compiled else None,
            "criteria": len(compiled.rows) if compiled else None,
            "examples": examples.count(compiled) if compiled else None,
            "problems": [{"line": item.line, "key": item.key, "message": item.message} for item in problems],
            "remarks": [
                {"line": line, "kind": item.kind, "criterion": item.criterion, "message": item.message}
                for line, item in remarks
            ],
        }
    )


def _tell(
    path: Path,
    compiled: Criteria,
    problems: tuple[Problem, ...],
    remarks: tuple[tuple[int, Remark], ...],
    *,
    all_phrases: bool,
) -> None:
    """Problems on standard error, then remarks, then the sum."""
    from inboxd.triage import examples

    for problem in problems:
        click.echo(f"inboxd: {problem}", err=True)
    unread = [remark for _, remark in remarks if remark.kind == "unread"]
    for line, remark in remarks:
        if all_phrases or remark.kind != "unread":
            click.echo(f"remark {path}:{line}: {remark.criterion}: {remark.message}")
    if unread and not all_phrases:
        click.echo(f"remark {path}: {len(unread)} phrases are read by no example; --phrases names them")
    tried = examples.count(compiled)
    behave = f"{len(problems)} of them fail" if problems else "all behave"
    click.echo(f"{path} (version {compiled.version}): {len(compiled.rows)} criteria, {tried} examples tried: {behave}")


@criteria.command("list")
@FILE
@JSON
@click.pass_obj
def list_criteria(config: Path, file: Path | None, as_json: bool) -> None:
    """List the criteria: category, what each stands for, how many signals and examples it has."""
    from inboxd.triage.criteria import compile_file

    compiled, _ = compile_file(_path(config, file))
    rows = [
        {
            "id": row.id,
            "category": str(row.category),
            "english": row.description_en,
            "french": row.description_fr,
            "signals": sum(len(_both(row, name)) for name in SIGNALS),
            "examples": sum(len(_both(row, name)) for name in ("must_hit", "must_not_hit")),
        }
        for row in compiled.rows
    ]
    if as_json:
        showing.as_json({"version": compiled.version, "criteria": rows})
    else:
        columns = ("id", "category", "english", "french", "signals", "examples")
        showing.table(f"Criteria, version {compiled.version}", columns, rows)


@criteria.command()
@click.argument("criterion", metavar="ID")
@FILE
@JSON
@click.pass_obj
def show(config: Path, criterion: str, file: Path | None, as_json: bool) -> None:
    """Show one criterion: what it stands for, its signals, what is set aside, and its worked examples."""
    from inboxd.triage.criteria import compile_file

    compiled, _ = compile_file(_path(config, file))
    row = compiled.by_id.get(criterion.upper())
    if row is None:
        raise click.ClickException(f"there is no criterion {criterion}; `inboxd criteria list` shows the ids")
    if as_json:
        showing.as_json(row.model_dump(mode="json"))
        return
    click.echo(f"{row.id} ({row.category})\n  {row.description_en}\n  {row.description_fr}")
    if row.within_days:
        later = f"; later, or without a day, it counts as {row.otherwise}" if row.otherwise else ""
        click.echo(f"  dated signals count with a day from today to {row.within_days} days ahead{later}")
    if row.past_counts:
        click.echo("  past events count")
    if row.dates_are_harmless:
        click.echo("  a near day is part of the topic")
    for title, names in (("signals", SIGNALS), ("set aside", SET_ASIDE), ("examples", ("must_hit", "must_not_hit"))):
        click.echo(title)
        for name in names:
            for language in ("en", "fr"):
                for text in getattr(row, f"{name}_{language}"):
                    click.echo(f"  {name}_{language}: {showing.clean(text)}")


def _both(row: Criterion, name: str) -> tuple[str, ...]:
    both: tuple[str, ...] = (*getattr(row, f"{name}_en"), *getattr(row, f"{name}_fr"))
    return both


for command in (activate, history, drift):
    criteria.add_command(command)

COMMANDS = (criteria,)
