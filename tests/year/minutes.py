"""Business time counted on a table of every minute of 2026 and 2027, from the text of the standards file.

It shares no code with `inboxd.calendar`: a row of flags says for each minute whether the office is open in it, and
running totals of that row answer every question. A moment is a number of seconds since 1970 (UTC), whole ones. Hours
in which clocks are changed are not told apart (`tests/slow_clock.py` does that); our office is closed then.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from typing import Any
from zoneinfo import ZoneInfo

MINUTE, HOUR, DAY = 60, 3600, 86400
FIRST = int(datetime(2025, 12, 1, tzinfo=UTC).timestamp())
LAST = int(datetime(2028, 6, 1, tzinfo=UTC).timestamp())
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class Wall:
    """What the clock on the wall shows at every minute: the day, and the minute of that day."""

    def __init__(self, zone: ZoneInfo) -> None:
        self.zone = zone
        self.day, self.minute = array("l"), array("h")
        self.first_of: dict[int, int] = {}
        for hour in range(FIRST, LAST, HOUR):
            shown = datetime.fromtimestamp(hour, zone)
            for ahead in range(60):
                beyond, minute = divmod(shown.hour * 60 + shown.minute + ahead, 1440)
                day = shown.toordinal() + beyond
                self.first_of.setdefault(day, len(self.day))
                self.day.append(day)
                self.minute.append(minute)

    def index(self, day: int, minute: int) -> int:
        """The first minute of a day (as `date.toordinal`) at which the clock shows this one or a later one."""
        found = self.first_of[day]
        if self.minute[found + minute] == minute:
            return found + minute
        while self.minute[found] < minute:  # clocks are changed on that day
            found += 1
        return found


class Minutes:
    """An office: which minutes it is open, with everything that follows from it."""

    def __init__(self, wall: Wall, hours: Mapping[int, tuple[int, int]], closed: Iterable[date]) -> None:
        self.wall, self.hours = wall, dict(hours)
        self.closed = frozenset(day.toordinal() for day in closed)
        self.working = [day for day in wall.first_of if self.works_on(day)]
        self._open = bytearray(len(wall.day))
        for day in self.working:
            begins, ends = (wall.index(day, minute) for minute in self.hours_of(day))
            self._open[begins:ends] = b"\1" * (ends - begins)
        self._before = array("l", accumulate(self._open, initial=0))

    def works_on(self, day: int) -> bool:
        return day not in self.closed and date.fromordinal(day).isoweekday() in self.hours

    def hours_of(self, day: int) -> tuple[int, int]:
        return self.hours[date.fromordinal(day).isoweekday()]

    def day_of(self, at: int) -> int:
        return self.wall.day[(at - FIRST) // MINUTE]

    def open_seconds(self, at: int) -> int:
        """How long the office was open from the beginning of the table until `at`."""
        minute, rest = divmod(at - FIRST, MINUTE)
        return self._before[minute] * MINUTE + (rest if self._open[minute] else 0)

    def between(self, since: int, until: int) -> int:
        """Seconds of office time from `since` to `until`; none if that is not later."""
        return max(self.open_seconds(until) - self.open_seconds(since), 0)

    def is_open(self, at: int) -> bool:
        """Whether it is open, the very moment of closing included."""
        minute, rest = divmod(at - FIRST, MINUTE)
        return bool(self._open[minute] or (not rest and self._open[minute - 1]))

    def start(self, received: int) -> int:
        """When the clock starts: at receipt, or when the office opens next."""
        if self.is_open(received):
            return received
        done = self._before[(received - FIRST) // MINUTE]
        return FIRST + (bisect_right(self._before, done) - 1) * MINUTE

    def due(self, received: int, days: int) -> int:
        """The same time of day so many business days after the clock starts, kept inside that day's hours."""
        start = self.start(received)
        return self.days_later(start, days) if days else start

    def days_later(self, start: int, days: int) -> int:
        """So many business days after the day of `start`, whether the office is open on that or not."""
        minute, rest = divmod(start - FIRST, MINUTE)
        place = bisect_right(self.working, self.wall.day[minute]) + days - 1
        day, shown = self.working[place], self.wall.minute[minute]
        opens, closes = self.hours_of(day)
        if shown < opens:
            return FIRST + self.wall.index(day, opens) * MINUTE
        if shown >= closes:
            return FIRST + self.wall.index(day, closes) * MINUTE
        return FIRST + self.wall.index(day, shown) * MINUTE + rest

    def later(self, at: int, by: int) -> int:
        """The first moment with so many seconds of office time between `at` and it; `at` itself for none."""
        if by <= 0:
            return at
        minutes, rest = divmod(self.open_seconds(at) + by, MINUTE)
        if rest:
            return FIRST + (bisect_right(self._before, minutes) - 1) * MINUTE + rest
        return FIRST + bisect_left(self._before, minutes) * MINUTE

    def earlier(self, at: int, by: int) -> int:
        """The latest moment with so many seconds of office time between it and `at`."""
        minutes, rest = divmod(self.open_seconds(at) - by, MINUTE)
        return FIRST + (bisect_right(self._before, minutes) - 1) * MINUTE + rest


def moment(index: int) -> int:
    """When a minute of the table begins."""
    return FIRST + index * MINUTE


def minute_of(text: str) -> int:
    """`07:30` in minutes after midnight."""
    hour, minute = text.split(":")
    return int(hour) * 60 + int(minute)


def hours_from(text: str) -> tuple[int, int]:
    """`07:00-19:00` in minutes after midnight."""
    begins, ends = text.split("-")
    return minute_of(begins), minute_of(ends)


def office_of(file: Mapping[str, Any], wall: Wall) -> Minutes:
    """The office that a standards file describes: its hours, the holidays of its region, its closures."""
    hours = {WEEKDAYS.index(name) + 1: hours_from(text) for name, text in file["hours"].items()}
    holidays = [row for row in file["holiday"] if row.get("region", file["region"]) == file["region"]]
    closed = [day for row in holidays for day in row["dates"]]
    for row in file.get("closure", ()):
        day = row["date"]
        while day <= row.get("until", row["date"]):
            closed.append(day)
            day += timedelta(days=1)
    return Minutes(wall, hours, closed)
