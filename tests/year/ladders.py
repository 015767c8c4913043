"""The ladder of the standards file as a person reads it: which step rings when, in seconds since 1970.

Read straight from the text of the file, on the table of minutes: no code of `inboxd.ladder` or `inboxd.standards`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.year.minutes import HOUR, Minutes, hours_from, moment

MIL_DAYS = {"urgent": "urgent_complex", "complex": "urgent_complex", "not_met": "other"}
REPLY, ACTION, FILING = "reply", "action", "filing"
Step = tuple[str, int]
"""Kind, and when it rings."""


def numbered(first: str, then: str, count: int) -> list[str]:
    return [first, *(f"{then}_{number}" for number in range(2, count + 1))][:count]


def family(kind: str) -> str:
    """Which clock a step belongs to: of the reply, of the action alarm, or of documents."""
    return next((name for name in (ACTION, FILING) if kind.startswith(name)), REPLY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What somebody is promised: when the clock starts, when the answer is due, when the alarm rings."""

    start: int
    reply_by: int
    action_by: int | None
    days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladders:
    """One standards file and its office."""

    file: Mapping[str, Any]
    office: Minutes
    _pages: dict[int, int] = field(default_factory=dict)

    def due(self, category: str, received: int, *, mil: bool = False) -> Due:
        """`mil`: in the queue of the Minister's Office, and not critical."""
        standard = self.file["standard"][category]
        days = self.file["mil"][MIL_DAYS.get(category, "time_sensitive")] if mil else standard["business_days"]
        hours = None if mil else standard.get("action_hours")
        return Due(
            start=self.office.start(received), reply_by=self.office.due(received, days), days=days,
            action_by=None if hours is None else received + hours * HOUR,
        )

    def of_case(
        self, category: str, received: int, reply_by: int, action_by: int | None, *, mil: bool = False
    ) -> list[Step]:
        """Everything that rings about a case whose clock counts from `received`."""
        standard, mil = self.file["standard"][category], mil and action_by is None
        table = self.file["mil"] if mil else standard
        before = [self.office.earlier(reply_by, seconds(hours)) for hours in table["reminder_hours"]]
        steps = reminders(numbered("reply_warning", "reply_warning", len(before)), before, received)
        steps.append(("reply_breach", reply_by))
        after = table.get("escalation_hours", ())
        steps += zip(numbered("escalation_1", "escalation", len(after)),
                     [self.office.later(reply_by, seconds(hours)) for hours in after], strict=True)
        if category == "review" and not mil:
            page = self.office.earlier(reply_by, seconds(standard.get("page_hours", 4)))
            steps.append(("review_page", max(page, received)))
        if action_by is not None:
            own = standard if "action_hours" in standard else self.file["standard"]["critical"]
            alarms = [action_by - seconds(hours) for hours in own.get("action_reminder_hours", ())]
            steps += reminders(numbered("action_warning", "action_warning", len(alarms)), alarms, received)
            steps += [("page", self.page(received)), ("action_alarm", action_by)]
        return steps

    def of_documents(self, received: int) -> list[Step]:
        """Everything that rings about documents that are not on the record yet."""
        table = self.file["filing"]
        breach = table["breach_business_days"]
        later = [breach + days for days in table.get("escalation_business_days", ())]
        kinds = ["filing_warning", "filing_breach", *numbered("filing_escalation_1", "filing_escalation", len(later))]
        days = [table["warn_business_days"], breach, *later]
        return [(kind, self.office.due(received, count)) for kind, count in zip(kinds, days, strict=True)]

    def page(self, received: int) -> int:
        """When somebody can be reached: at once in office hours or on call, else when either begins next."""
        if received not in self._pages:
            self._pages[received] = self._reached(received)
        return self._pages[received]

    def _reached(self, received: int) -> int:
        start = self.office.start(received)
        if start == received:
            return received
        found, day, wall = start, self.office.day_of(received), self.office.wall
        while wall.first_of[day] <= wall.first_of[self.office.day_of(start)]:
            kind = "business" if self.office.works_on(day) else "other"
            for row in self.file.get("on_call", ()):
                begins, ends = (moment(wall.index(day, minute)) for minute in hours_from(row["hours"]))
                if row["days"] == kind and received <= ends:
                    found = min(found, max(received, begins))
            day += 1
        return found


def reminders(kinds: Sequence[str], times: Sequence[int], received: int) -> list[Step]:
    """What would come before the receipt comes at it, and of several only the last."""
    late = [kind for kind, at in zip(kinds, times, strict=True) if at <= received]
    coming = [(kind, at) for kind, at in zip(kinds, times, strict=True) if at > received]
    return [*((kind, received) for kind in late[-1:]), *coming]


def seconds(hours: float) -> int:
    return round(hours * HOUR)


def shown(at: int | None) -> str:
    """For people."""
    return "-" if at is None else datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S")
