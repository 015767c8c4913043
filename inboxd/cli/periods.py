"""How people write a time back from now: `30d`, `12h`, `2w`, or a day such as 2026-11-30."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import click

_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_LONGEST = 100_000


def moment(text: str, now: datetime, zone: ZoneInfo, *, option: str) -> datetime:
    """The time that is meant; a day begins at midnight in `zone`. Raises `click.BadParameter`."""
    found = re.fullmatch(r"(\d{1,6})([hdw])", text.strip().lower())
    if found is not None and int(found[1]) <= _LONGEST:
        try:
            return now - int(found[1]) * _UNITS[found[2]]
        except OverflowError:
            pass
    else:
        try:
            given = datetime.fromisoformat(text.strip())
        except ValueError:
            pass
        else:
            return given if given.tzinfo else given.replace(tzinfo=zone)
    raise click.BadParameter(f"{text!r} is no time such as 30d, 12h, 2w or 2026-11-30", param_hint=option)
