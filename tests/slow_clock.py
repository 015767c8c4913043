"""The rules of the clocks, minute by minute, as a person would check them with a calendar and a watch.

Independent of `inboxd.calendar`, which it is there to test: no arithmetic with days, no searching; every minute is
looked at on the office's clock, one after the other. Hours are in minutes after midnight; 1440 is the end of the day.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)
END_OF_DAY = 1440


@dataclass(frozen=True, kw_only=True)
class SlowOffice:
    """An office by its zone, its hours by ISO weekday and the days on which it is closed besides."""

    zone: ZoneInfo
    hours: Mapping[int, tuple[int, int]]
    closed: frozenset[date] = frozenset()
    _days: dict[date, tuple[list[datetime], list[int]]] = field(default_factory=dict, compare=False)

    def works_on(self, day: date) -> bool:
        return day.isoweekday() in self.hours and day not in self.closed

    def is_open(self, at: datetime) -> bool:
        """At the minutes of opening and closing it is open; what the clock shows for the first time counts."""
        day = at.astimezone(self.zone).date()
        if not self.works_on(day):
            return False
        opens, closes = self.hours[day.isoweekday()]
        return self.first_at(day, opens) <= at <= self.first_at(day, closes)

    def start(self, received: datetime) -> datetime:
        """When the clock starts: at receipt, or at the first open minute after it."""
        at = received.astimezone(UTC)
        while not self.is_open(at):
            at = at.replace(second=0, microsecond=0) + MINUTE
        return at

    def due(self, received: datetime, business_days: int) -> datetime:
        """The same time of day so many business days after the clock starts, kept inside that day's hours."""
        at = start = self.start(received)
        left, day = business_days, self._date(at)
        while left:
            at += MINUTE
            if self._date(at) != day:
                day = self._date(at)
                left -= self.works_on(day)
        if not business_days:
            return start
        minute, rest = self.shown(start)
        opens, closes = self.hours[day.isoweekday()]
        if minute < opens:
            return self.first_at(day, opens)
        if minute >= closes:
            return self.first_at(day, closes)
        moment = self.first_at(day, minute)
        return moment + rest if self._wall(moment) == minute else moment

    def shown(self, at: datetime) -> tuple[int, timedelta]:
        """The minute that the clock shows, and what is over it; once it was put back, the minute it had come to."""
        moments, walls = self.minutes(self._date(at))
        for (_, wall), (moment, next_wall) in pairwise(zip(moments, walls, strict=True)):
            if next_wall <= wall and moment <= at and self._wall(at) <= wall:
                return wall + 1, timedelta()
        return self._wall(at), at - at.replace(second=0, microsecond=0)

    def first_at(self, day: date, minute: int) -> datetime:
        """The first moment of a day at which the clock shows this minute or a later one, or the day's very end."""
        moments, walls = self.minutes(day)
        for moment, wall in zip(moments, walls, strict=True):
            if wall >= minute:
                return moment
        return moments[-1] + MINUTE - timedelta.resolution

    def minutes(self, day: date) -> tuple[list[datetime], list[int]]:
        """Every minute of a day (UTC) and what the clock shows then, in minutes after midnight."""
        if day not in self._days:
            around = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=15)
            found = [at for at in (around + MINUTE * n for n in range(54 * 60)) if self._date(at) == day]
            self._days[day] = (found, [self._wall(at) for at in found])
        return self._days[day]

    def _date(self, at: datetime) -> date:
        return at.astimezone(self.zone).date()

    def _wall(self, at: datetime) -> int:
        local = at.astimezone(self.zone)
        return local.hour * 60 + local.minute
