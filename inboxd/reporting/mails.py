"""Counting the mails of a period: what came, when, in which language, from where, and what was held. Pure.

A mail counts by what was decided about it last; one that nobody has decided yet is `undecided`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from inboxd import calendar
from inboxd.calendar import BusinessCalendar
from inboxd.mail import Language
from inboxd.plan import Route
from inboxd.reporting.tables import TOTAL, Entry, Shelves, Table
from inboxd.store.reported import ReportedMail, gives_back, holds
from inboxd.triage.roster import PROVINCES, Roster

UNDECIDED = "undecided"
UNKNOWN = "unknown"
NOT_ON_ROSTER = "not_on_roster"
FROM_CLIENTS = frozenset(
    {Route.MINISTER, Route.STATUS, Route.SUBMISSION, Route.FOLLOW_UP, Route.PASSPORT, Route.ENQUIRY}
)
"""Routes of mail that a client wrote: languages and provinces are counted of these."""
ROUTES = (*(route.value for route in Route if route is not Route.CANARY), UNDECIDED)
"""Mail that inboxd wrote to itself is nobody's and is not counted."""
LANGUAGES = (*(language.value for language in Language), UNKNOWN)
OFFICE_LANGUAGES = (*(language.value for language in Language), NOT_ON_ROSTER)
LONGEST_BY_DAY = 62
"""A period of more days is counted by month."""
KEPT = ("held", "held_reasons")


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Days in the office's zone, both included."""

    first: date
    last: date

    @property
    def is_long(self) -> bool:
        """Whether it is counted by month."""
        return (self.last - self.first).days >= LONGEST_BY_DAY

    def codes(self) -> Iterator[str]:
        """`2026-11-03` for every day, or `2026-11` for every month of a long period."""
        day, before = self.first, ""
        while day <= self.last:
            code = self.code(day)
            if code != before:
                yield code
            day, before = day + timedelta(days=1), code

    def code(self, day: date) -> str:
        return day.isoformat()[: 7 if self.is_long else 10]


class Mails:
    """Counts mail by mail."""

    def __init__(self, shelves: Shelves, period: Period, hours: BusinessCalendar, roster: Roster) -> None:
        self._shelves, self._period, self._hours, self._roster = shelves, period, hours, roster
        self._reasons: set[str] = set()
        self._by_time = "months" if period.is_long else "days"

    def add(self, mail: ReportedMail) -> None:
        """Count one mail."""
        day = calendar.local_time(self._hours, mail.arrived_at).date()
        route, held_for, is_held, since = _standing(mail)
        if route == Route.CANARY:
            return
        member = self._roster.find(mail.sender, day)
        office_language = member.language.value if member else NOT_ON_ROSTER
        province = member.province if member else NOT_ON_ROSTER
        language = mail.language or UNKNOWN
        entry = Entry(
            name=mail.mail_id,
            cells={
                "received": mail.arrived_at,
                "route": route,
                "language": language,
                "office_language": office_language,
                "province": province,
                "held_for": held_for,
                "held_since": since,
                "still_held": "yes" if is_held else "no",
            },
        )
        put = self._shelves.put
        for code in (route, TOTAL):
            put("routes", code, "mails", entry)
        put(self._by_time, self._period.code(day), "mails", entry)
        if route in FROM_CLIENTS:
            put("mail_languages", language, "mails", entry)
            put("office_languages", office_language, "mails", entry)
            put("provinces", province, "mails", entry)
        if held_for:
            self._reasons.add(held_for)
            put("held", "still" if is_held else "over", "mails", entry)
            put("held", TOTAL, "mails", entry)
            put("held_reasons", held_for, "mails", entry)

    def tables(self) -> Iterator[Table]:
        """What was counted."""
        shelves = self._shelves
        yield shelves.table("routes", ROUTES, "mails", total=True)
        yield shelves.table(self._by_time, self._period.codes(), "mails")
        yield shelves.table("held", ("still", "over"), "mails", total=True)
        yield shelves.table("held_reasons", sorted(self._reasons), "mails")
        yield shelves.table("mail_languages", LANGUAGES, "mails")
        yield shelves.table("office_languages", OFFICE_LANGUAGES, "mails")
        yield shelves.table("provinces", (*PROVINCES, NOT_ON_ROSTER), "mails")


def _standing(mail: ReportedMail) -> tuple[str, str, bool, datetime | None]:
    """(route, what it was held for last or empty, whether it is held, since when it was held first)."""
    route, reason, is_held, since = UNDECIDED, "", False, None
    for told in mail.lines:
        if told.event == "decided":
            route = str(told.detail["route"])
        elif told.event == "held":
            route = Route.UNREADABLE.value
        if holds(told):
            reason = str(told.detail.get("held") or told.detail.get("reason") or _buried(told.event))
            is_held, since = True, since or told.at
        elif told.event == "decided" or gives_back(told):
            is_held = False
    return route, reason, is_held, since


def _buried(event: str) -> str:
    return "REGISTER_REFUSED" if event.startswith("attach") else "EFFECT_FAILED"
