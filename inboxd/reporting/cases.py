"""Counting the cases of a period: categories, what was kept of the promises, how long answers took, corrections. Pure.

A case counts under the category that it has as of the report, and those of the Minister's Office apart.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import permutations
from math import ceil
from statistics import median

from inboxd.calendar import BusinessCalendar
from inboxd.plan import Category
from inboxd.reporting.causes import Cause, explain
from inboxd.reporting.history import BREACHES, History, Promise, Standing, history_of
from inboxd.reporting.tables import TOTAL, Cell, Count, Entry, Line, Shelves, Table, share
from inboxd.store.reported import ReportedCase
from inboxd.triage.pausing import office_time, waited

MIL = "mil"
PEOPLE = tuple(category.value for category in Category if category is not Category.NOT_MET)
MINISTER = tuple(f"mil_{category.value}" for category in Category)
BREACH = "breach"
COUNTED = (Standing.ON_TIME.value, BREACH, Standing.OPEN.value, Standing.WAITING.value, Standing.CLOSED.value)
TIMES = ("median_hours", "p95_hours", "median_office_hours", "p95_office_hours")
KEPT = ("causes", "corrections", "standing-open", "standing-waiting", "standing-closed")
HOUR = timedelta(hours=1)


class Cases:
    """Counts case by case."""

    def __init__(self, shelves: Shelves, hours: BusinessCalendar, as_of: datetime) -> None:
        self._shelves, self._hours, self._as_of = shelves, hours, as_of
        self._times: dict[str, tuple[array[float], array[float]]] = defaultdict(lambda: (array("d"), array("d")))
        self._seen: set[str] = set()

    def add(self, case: ReportedCase) -> None:
        """Count one case; one that was not open yet is none."""
        history = history_of(case)
        if history is None:
            return
        promise = history.last
        code = f"mil_{promise.category}" if case.queue == MIL else promise.category
        self._seen.add(code)
        missed, at = self._missed(history)
        standing = promise.standing(self._as_of) if missed is None else missed.standing(at)
        took = self._took(promise)
        explained = None if missed is None else explain(self._hours, missed, at)
        cells: dict[str, Cell] = {
            "mail": case.mail_id,
            "queue": case.queue,
            "category": promise.category,
            "received": case.received,
            "reply_by": (missed or promise).reply_by,
            "answered": promise.answered_at,
            "closed": promise.closed_at,
            "standing": standing.value,
            "cause": explained.cause.value if explained else "",
            "also": " ".join(explained.also) if explained else "",
            "late_hours": _in_hours(explained.late) if explained else None,
            "late_office_hours": _in_hours(explained.late_office) if explained else None,
            "hours": took[0] if took else None,
            "office_hours": took[1] if took else None,
        }
        entry = Entry(name=case.reference, cells=cells)
        put = self._shelves.put
        whole = (code,) if code == Category.NOT_MET else (code, TOTAL)
        for one in (code, TOTAL):
            put("categories", one, "cases", entry)
        for one in whole:
            put("standing", one, BREACH if standing in BREACHES else standing.value, entry)
        if explained is not None:
            put("outcomes", standing.value, "cases", entry)
            put("causes", explained.cause.value, "cases", entry)
            put("causes", TOTAL, "cases", entry)
        if took is not None:
            for one in whole:
                put("times", one, "answered", entry)
                for kept, value in zip(self._times[one], took, strict=True):
                    kept.append(value)
        self._add_corrections(case)

    def _missed(self, history: History) -> tuple[Promise | None, datetime]:
        """The promise that was missed first, if one was, and the moment by which that is judged."""
        if history.missed is not None:
            return history.missed
        is_missed = history.last.standing(self._as_of) in BREACHES
        return (history.last if is_missed else None), self._as_of

    def _took(self, promise: Promise) -> tuple[float, float] | None:
        """Consecutive hours, and office hours without those in which it waited for the office; None: no answer."""
        if promise.answered_at is None:
            return None
        office = office_time(self._hours, promise.since, promise.answered_at) - waited(self._hours, promise.pauses)
        if promise.answered_while_waiting is not None:
            office -= office_time(self._hours, promise.answered_while_waiting, promise.answered_at)
        return _in_hours(promise.answered_at - promise.since), _in_hours(max(office, timedelta()))

    def _add_corrections(self, case: ReportedCase) -> None:
        for correction in case.corrections:
            cells: dict[str, Cell] = {
                "mail": case.mail_id,
                "received": case.received,
                "corrected": correction.at,
                "from": correction.previous,
                "to": correction.category,
                "how": correction.how,
            }
            entry = Entry(name=case.reference, cells=cells)
            for code in (f"{correction.previous}_to_{correction.category}", TOTAL):
                self._shelves.put("corrections", code, "items", entry)

    def tables(self) -> Iterator[Table]:
        """What was counted."""
        shelves = self._shelves
        minister = [code for code in MINISTER if code in self._seen]
        yield shelves.table("categories", (*(one.value for one in Category), *minister), "cases", total=True)
        yield Table(
            name="standing",
            counted=COUNTED,
            numbered=("share",),
            lines=tuple(self._standing(code) for code in self._order(minister)),
        )
        yield Table(
            name="times",
            counted=("answered",),
            numbered=TIMES,
            lines=tuple(self._spent(code) for code in self._order(minister)),
        )
        yield shelves.table("outcomes", [standing.value for standing in BREACHES], "cases")
        yield shelves.table("causes", [cause.value for cause in Cause], "cases", total=True)
        pairs = (f"{one}_to_{other}" for one, other in permutations([category.value for category in Category], 2))
        used = [code for code in pairs if shelves.count("corrections", code, "items").value]
        yield shelves.table("corrections", used, "items", total=True)

    def _order(self, minister: Sequence[str]) -> tuple[str, ...]:
        """Those that people answer, all of them together, and last what a notice answers by itself."""
        return (*PEOPLE, *minister, TOTAL, Category.NOT_MET.value)

    def _standing(self, code: str) -> Line:
        on_time, breach, *others = (self._shelves.count("standing", code, counted) for counted in COUNTED)
        return Line(
            code=code,
            counts=(on_time, breach, *others),
            numbers=(share(on_time.value, on_time.value + breach.value),),
            is_total=code == TOTAL,
        )

    def _spent(self, code: str) -> Line:
        consecutive, office = self._times[code]
        numbers = (*middle_and_most(consecutive), *middle_and_most(office))
        answered: Count = self._shelves.count("times", code, "answered")
        return Line(code=code, counts=(answered,), numbers=numbers, is_total=code == TOTAL)


def middle_and_most(values: Sequence[float]) -> tuple[float | None, float | None]:
    """The median, and the time within which 95 of 100 were answered: one that occurred (nearest rank)."""
    if not values:
        return None, None
    ordered = sorted(values)
    return median(ordered), ordered[ceil(0.95 * len(ordered)) - 1]


def _in_hours(span: timedelta) -> float:
    return span / HOUR
