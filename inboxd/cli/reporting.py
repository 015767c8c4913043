"""`report`: the manager's figures of a month against the service standards, each with the list behind it. Reads only.

Exit status: 0 when it was made, 1 when a file cannot be written, 2 for a month that is none or is in the future.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from inboxd.cli import showing

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from inboxd.mail import Language
    from inboxd.reporting import Period, Report
    from inboxd.reporting.figures import Progress

MANY = 5_000
"""From so many mails on, a person at a terminal sees a progress bar."""


@click.command()
@click.option("--month", default="", help="A month such as 2026-11; last month unless given.")
@click.option("--from", "first", default="", help="Instead of a month: the first day, such as 2026-11-16.")
@click.option("--to", "last", default="", help="The last day, which counts too; today unless given.")
@click.option("--as-of", default="", help="Judge as things stood then: a day or a time. Now unless given.")
@click.option("--language", type=click.Choice(("en", "fr", "both")), default="both", show_default=True)
@click.option("--html", type=click.Path(path_type=Path), help="Write one page with charts, which prints well.")
@click.option("--csv", "folder", type=click.Path(path_type=Path), help="Write every figure and list into this folder.")
@click.option("--replace", is_flag=True, help="Overwrite a report that is there already.")
@click.option("--json", "as_json", is_flag=True, help="For programs, lists included.")
@click.pass_obj
def report(
    config: Path,
    *,
    month: str,
    first: str,
    last: str,
    as_of: str,
    language: str,
    html: Path | None,
    folder: Path | None,
    replace: bool,
    as_json: bool,
) -> None:
    """Report on the messages received in a month: volumes, answers on time, breaches and why, documents, languages.

    A case belongs to the month in which it was received, in the office's time zone. docs/reporting.md tells what each
    figure means.
    """
    from inboxd import app, reporting
    from inboxd.mail import Language
    from inboxd.reporting import page, plain, sheets
    from inboxd.reporting.wording import voice
    from inboxd.standards import read_standards
    from inboxd.triage.roster import read_roster

    languages = (Language.EN, Language.FR) if language == "both" else (Language(language),)
    with app.open_records(config) as records:
        now = datetime.now(UTC)
        judged = _judged_at(as_of, now, records.zone)
        period = _period(month, first, last, judged.astimezone(records.zone).date())
        if html is not None:
            page.expect_room(html, replace=replace)
        standards = read_standards(records.settings.rules.standards)
        roster = read_roster(records.settings.senders.roster)
        files = nullcontext() if folder is None else sheets.opened(folder, records.zone, replace=replace)
        with files as written, _progress(quiet=as_json) as progress:
            made = reporting.make(
                records.database,
                records.settings,
                standards,
                roster,
                period,
                as_of=judged,
                entered=None if written is None else written.enter,
                progress=progress,
            )
            if written is not None:
                written.finish(made)
    if html is not None:
        page.write(made, html, languages, replace=replace)
    if as_json:
        showing.as_json(plain.document(made))
        return
    said = voice(languages[0], made.zone, made.filing_days)
    click.echo(plain.period(made, said))
    if not made.is_over:
        click.echo(said.say("page", "not_over"))
    click.echo()
    for title, columns, rows in plain.texts(made, said):
        showing.table(title, columns, rows)
    _tell_of_files(html, folder, made, languages)


def _tell_of_files(html: Path | None, folder: Path | None, made: Report, languages: tuple[Language, ...]) -> None:
    if html is not None:
        click.echo(f"{html}: the report in {' and '.join(one.value for one in languages)}")
    if folder is not None:
        click.echo(f"{folder}: figures.csv, and {len(made.listings)} lists")
    if html is None and folder is None:
        click.echo("the lists behind the figures: --html FILE or --csv DIR")


def _judged_at(given: str, now: datetime, zone: ZoneInfo) -> datetime:
    """The moment by which is judged; a day means its end. Raises `click.BadParameter`."""
    if not given:
        return now
    try:
        at = datetime.fromisoformat(given.strip())
    except ValueError:
        raise click.BadParameter(
            f"{given!r} is no day or time such as 2026-12-05 or 2026-12-05T09:00", param_hint="--as-of"
        ) from None
    if re.fullmatch(r"\d{4}-\d\d-\d\d", given.strip()):
        at += timedelta(days=1) - timedelta.resolution
    at = at if at.tzinfo else at.replace(tzinfo=zone)
    if at > now + timedelta(days=1):
        raise click.BadParameter(f"{given} is in the future", param_hint="--as-of")
    return min(at, now).astimezone(UTC)


def _period(month: str, first: str, last: str, today: date) -> Period:
    from inboxd.reporting import Period

    if month and (first or last):
        raise click.UsageError("--month and --from/--to cannot go together")
    if last and not first:
        raise click.UsageError("--to needs --from")
    if first:
        begins, ends = _day(first, "--from"), _day(last, "--to") if last else today
        if ends < begins:
            raise click.BadParameter(f"{ends} is before {begins}", param_hint="--to")
        if begins > today:
            raise click.BadParameter(f"{begins} is in the future", param_hint="--from")
        return Period(first=begins, last=ends)
    begins = _month(month) if month else (today.replace(day=1) - timedelta(days=1)).replace(day=1)
    if begins > today:
        raise click.BadParameter(f"{month} is in the future", param_hint="--month")
    return Period(first=begins, last=(begins + timedelta(days=31)).replace(day=1) - timedelta(days=1))


def _day(given: str, option: str) -> date:
    try:
        return date.fromisoformat(given.strip())
    except ValueError:
        raise click.BadParameter(f"{given!r} is no day such as 2026-11-16", param_hint=option) from None


def _month(given: str) -> date:
    try:
        if re.fullmatch(r"\d{4}-\d\d", given.strip()):
            return date.fromisoformat(f"{given.strip()}-01")
    except ValueError:
        pass
    raise click.BadParameter(f"{given!r} is no month such as 2026-11", param_hint="--month")


@contextmanager
def _progress(*, quiet: bool) -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import Progress as Bar

    with Bar(console=Console(stderr=True), disable=quiet or not sys.stderr.isatty(), transient=True) as bar:
        task = bar.add_task("counting", total=None, visible=False)
        yield lambda count, total: bar.update(task, completed=count, total=total, visible=total >= MANY)


COMMANDS = (report,)
