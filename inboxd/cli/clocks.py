"""`clock`: when a mail received at some time must be answered, and why."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from inboxd.cli import showing
from inboxd.cli.evaluating import office_settings

if TYPE_CHECKING:
    from inboxd.calendar import Deadline
    from inboxd.plan import TimerPlan
    from inboxd.standards import Standards

CATEGORIES = ("critical", "urgent", "complex", "review", "not_met")
VERSION_LETTERS = 12
JSON = click.option("--json", "as_json", is_flag=True, help="For programs.")
EARLIEST, LATEST = 1970, 9000
_TIME = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)"
    r"(?:[Tt ] ?(?P<hour>\d\d?):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,](?P<fraction>\d{1,9}))?)?"
    r" ?(?P<offset>[Zz]|[+-]\d\d(?::?\d\d)?)?)?",
    re.ASCII,
)
_SHAPES = 'such as "2026-12-24 15:00" on the office\'s clock, or "2026-12-24T15:00:00-05:00" with an offset'


if TYPE_CHECKING:
    _DayType = click.ParamType[date]
else:  # generic from click 8.3 on only
    _DayType = click.ParamType


class Day(_DayType):
    """A date such as 2026-12-31."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        if not re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII):
            self.fail(f"{value!r} is no day such as 2026-12-31", param, ctx)
        try:
            day = date.fromisoformat(value)
        except ValueError:
            self.fail(_no_day(value), param, ctx)
        if not EARLIEST <= day.year <= LATEST:
            self.fail(f"{value} is too far away; a year from {EARLIEST} to {LATEST}", param, ctx)
        return day


def moment(text: str, zone: ZoneInfo) -> datetime:
    """The time that a person wrote, on the office's clock unless it has an offset. Raises `click.BadParameter`."""
    found = _TIME.fullmatch(text.strip())
    if found is None:
        raise click.BadParameter(f"{text!r} is no time {_SHAPES}")
    if found["hour"] is None:
        raise click.BadParameter(f'{text!r} has no time of day; write it behind the day: "{found["day"]} 15:00"')
    day = Day().convert(found["day"], None, None)
    hour, minute, second = int(found["hour"]), int(found["minute"]), int(found["second"] or 0)
    if (hour, minute, second) == (24, 0, 0):
        raise click.BadParameter(f'{text!r} is the beginning of the next day: write "{day + timedelta(days=1)} 00:00"')
    if hour > 23 or minute > 59 or second > 59:
        raise click.BadParameter(
            f"{text!r} is no time of day; hours go from 00 to 23, minutes and seconds from 00 to 59"
        )
    micro = int((found["fraction"] or "0").ljust(6, "0")[:6])
    wall = datetime(day.year, day.month, day.day, hour, minute, second, micro, UTC).replace(tzinfo=None)
    return _on_the_clock(wall, zone) if found["offset"] is None else wall.replace(tzinfo=_offset(found["offset"]))


def _no_day(text: str) -> str:
    year, month, _ = (int(part) for part in text.split("-"))
    if year and 1 <= month <= 12:
        return f"{text} is no day: that month has {monthrange(year, month)[1]} days"
    return f"{text} is no day; write year, month and day, such as 2026-12-31"


def _offset(text: str) -> timezone:
    if text in "Zz":
        return UTC
    hours, minutes = int(text[1:3]), int(text[3:].lstrip(":") or 0)
    if hours > 14 or minutes > 59:
        raise click.BadParameter(f"{text} is no offset from UTC; write one such as -05:00, or Z for UTC")
    return timezone((timedelta(hours=hours, minutes=minutes)) * (-1 if text[0] == "-" else 1))


def _on_the_clock(wall: datetime, zone: ZoneInfo) -> datetime:
    """A wall time in the zone, where the clock shows it once."""
    first, second = (wall.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.utcoffset() == second.utcoffset():
        return first
    shape = "%Y-%m-%dT%H:%M" if not wall.second else "%Y-%m-%dT%H:%M:%S"
    both = [(each.strftime(shape) + each.isoformat()[-6:], each.tzname()) for each in (first, second)]
    if first.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == wall:
        earlier, later = (
            f"{written} for the {which} time ({name})"
            for (written, name), which in zip(both, ("first", "second"), strict=True)
        )
        raise click.BadParameter(f"the clock of {zone} shows {wall:%Y-%m-%d %H:%M} twice: write {earlier} or {later}")
    around = [each.astimezone(UTC).astimezone(zone) for each in (second, first)]
    raise click.BadParameter(
        f"the clock of {zone} never shows {wall:%Y-%m-%d %H:%M}: it is put forward then. "
        f"Write {around[0]:%Y-%m-%d %H:%M} or {around[1]:%Y-%m-%d %H:%M}"
    )


@click.command()
@click.argument("received", metavar="TIME")
@click.option("--category", type=click.Choice(CATEGORIES), required=True, help="How soon it must be answered.")
@click.option("--minister", is_flag=True, help="A case of the Minister's Office: its own reminders and escalations.")
@JSON
@click.pass_context
def clock(context: click.Context, received: str, category: str, minister: bool, as_json: bool) -> None:
    """When a mail received at TIME must be answered, with every day that is counted or skipped.

    TIME is on the office's clock ("2026-12-24 15:00") or has an offset ("2026-12-24T15:00:00-05:00"). Needs neither
    database nor servers.
    """
    from inboxd import ladder
    from inboxd.calendar import deadline
    from inboxd.plan import Category
    from inboxd.triage import others

    path, standards = standards_of(context)
    try:
        at = moment(received, standards.calendar.zone)
    except click.BadParameter as error:
        raise click.BadParameter(error.message, param_hint="TIME") from error
    days = standards.business_days(category)
    if minister and category != Category.CRITICAL:  # what is critical is so for everybody
        days = others.minister_days(standards, Category(category))
        found, rungs = others.minister_clock(standards, at, Category(category))
    else:
        found = deadline(standards.calendar, at, days, standards.action_hours(category))
        rungs = ladder.of_case(standards, at, Category(category), found, queue=ladder.MIL if minister else "")
    if as_json:
        showing.as_json(
            {**as_document(found, standards.calendar.zone), "ladder": _rungs(rungs, standards.calendar.zone)}
        )
    else:
        _tell(found, rungs, standards, category, days, path)


def as_document(found: Deadline, zone: ZoneInfo) -> dict[str, Any]:
    """A deadline receipt for programs: times in ISO 8601, with the offset that the office's clock has then."""
    times = {"received": found.received, "clock_start": found.clock_start, "reply_by": found.reply_by}
    if found.action_by is not None:
        times["action_by"] = found.action_by
    shown = {name: at.astimezone(zone).isoformat() for name, at in times.items()}
    return {**shown, "steps": list(found.steps), "calendar": found.calendar_version}


def _rungs(rungs: Sequence[TimerPlan], zone: ZoneInfo) -> list[dict[str, str]]:
    """What rings, in order: its kind, when, whom it tells, by which notice."""
    from inboxd.ladder import STEPS

    return [
        {
            "step": rung.kind,
            "at": rung.due_at.astimezone(zone).isoformat(),
            "to": str(STEPS[rung.kind].to),
            "notice": STEPS[rung.kind].notice,
        }
        for rung in rungs
    ]


def _tell(
    found: Deadline, rungs: Sequence[TimerPlan], standards: Standards, category: str, days: int, path: Path
) -> None:
    zone = standards.calendar.zone

    def at(when: datetime) -> str:
        local = when.astimezone(zone)
        return f"{local:%a %Y-%m-%d %H:%M:%S %Z}" if local.second else f"{local:%a %Y-%m-%d %H:%M %Z}"

    click.echo(f"{category}: {days} business day{'s' if days > 1 else ''}, on the clock of {zone}")
    click.echo(f"  received     {at(found.received)}")
    click.echo(f"  clock starts {at(found.clock_start)}")
    for step in found.steps:
        click.echo(f"    {step}")
    click.echo(f"  reply by     {at(found.reply_by)}")
    if found.action_by is not None:
        click.echo(f"  action by    {at(found.action_by)}")
    click.echo("  the ladder, as long as nobody answers:")
    for rung in rungs:
        click.echo(f"    {at(rung.due_at)}  {words_of(rung.kind)}")
    click.echo(f"  calendar     {found.calendar_version[:VERSION_LETTERS]}, {path}")


WHO = {"team": "the team", "on_call": "on call and the team", "managers": "managers and the team"}


def words_of(kind: str) -> str:
    """A step of a ladder for people: its notice, which of several, whom it tells."""
    from inboxd.ladder import STEPS

    step = STEPS[kind]
    several = f" {step.ordinal}" if step.notice in ("reminder", "escalation", "action_reminder") else ""
    return f"{step.notice.replace('_', ' ')}{several}, to {WHO[step.to]}"


def standards_of(context: click.Context) -> tuple[Path, Standards]:
    """The standards file of the office, or of the sample, and what it says. For a command below `context`."""
    from inboxd.standards import read_standards

    file = office_settings(context).rules.standards
    return file, read_standards(file)


COMMANDS = (clock,)
