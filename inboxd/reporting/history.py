"""How a case stood at a moment, told by its journal: what was promised last, whether it was kept, what came between.

A promise is a reply-by time. It is made when the case is opened, and made anew when a later mail raises the category;
one that was missed by then stays missed. A person's correction counts the clock from the first receipt and replaces
what was promised before. While a case waits for the office its clock stands still. Pure; never fails on a journal that
the daemon wrote. Sources: `domain.md` 1.6 C1-C3, C17, C18; `product.md` "Enquiries".
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from inboxd.plan import Category
from inboxd.store.reported import ReportedCase, Told


class Standing(StrEnum):
    """How a case stands against what was promised."""

    ON_TIME = "on_time"
    ANSWERED_LATE = "answered_late"
    CLOSED_LATE = "closed_late"
    """Closed by a person after it was due; no answer was seen."""
    NOT_ANSWERED = "not_answered"
    OPEN = "open"
    """Not answered, and not due yet."""
    WAITING = "waiting"
    """It waits for the office; its clock stands still."""
    CLOSED = "closed"
    """Closed by a person before it was due; no answer was seen, such as after a call."""


BREACHES = (Standing.ANSWERED_LATE, Standing.CLOSED_LATE, Standing.NOT_ANSWERED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """One reply-by time, and all that happened under it."""

    since: datetime
    """Receipt of the mail that it counts from."""
    reply_by: datetime
    category: str
    made: Told
    """The line that made it: the case was opened, or raised."""
    state: str
    answered_at: datetime | None = None
    answered_while_waiting: datetime | None = None
    """When the pause began in which the answer came."""
    closed_at: datetime | None = None
    paused_at: datetime | None = None
    pauses: tuple[tuple[datetime, datetime], ...] = ()
    categories: tuple[tuple[datetime, str], ...] = ()
    """Every category that it had, and since when."""
    is_raised: bool = False
    was_reopened: bool = False
    was_returned: bool = False
    """Our notice that was the answer came back."""
    came_sooner: bool = False
    """A person's correction brought the due time forward."""

    def standing(self, at: datetime) -> Standing:
        """How it stands, as of `at`."""
        closed_in_time = self.closed_at is not None and self.closed_at <= self.reply_by
        if self.answered_at is not None and not (closed_in_time and self.answered_at > self.reply_by):
            stopped = self.answered_while_waiting or self.answered_at
            return Standing.ON_TIME if min(stopped, self.answered_at) <= self.reply_by else Standing.ANSWERED_LATE
        if self.closed_at is not None:
            return Standing.CLOSED if self.closed_at <= self.reply_by else Standing.CLOSED_LATE
        if self.paused_at is not None and self.paused_at <= self.reply_by:
            return Standing.WAITING
        return Standing.NOT_ANSWERED if at > self.reply_by else Standing.OPEN

    def ended(self, at: datetime) -> datetime:
        """When it was over; `at` if it is not."""
        return self.answered_at or self.closed_at or at

    def was_undecided_when_due(self) -> bool:
        """Nobody had said what the case is when its reply was due."""
        before = [category for since, category in self.categories if since <= self.reply_by]
        return bool(before) and before[-1] == Category.REVIEW


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """A case as of a moment."""

    case: ReportedCase
    last: Promise
    missed: tuple[Promise, datetime] | None = None
    """The first promise that was missed before a later mail raised the case, and when that was."""


def history_of(case: ReportedCase) -> History | None:
    """The case after all lines that are given; None if it was not opened by then."""
    promise: Promise | None = None
    missed: tuple[Promise, datetime] | None = None
    for told in case.lines:
        if promise is None:
            promise = _opened(case, told) if told.event == "case_opened" else None
            continue
        if told.event == "case_raised":
            written = told.arrived_at or told.at
            if missed is None and promise.standing(written) in BREACHES:
                missed = promise, written
            promise = _raised(promise, told)
        elif told.event == "case_overridden":
            promise, missed = _corrected(case, promise, told), None
        else:
            promise = _next(promise, told)
    return None if promise is None else History(case=case, last=promise, missed=missed)


def _opened(case: ReportedCase, told: Told) -> Promise:
    category = str(told.detail["category"])
    by_notice = category == Category.NOT_MET and case.queue != "mil"  # the notice is the answer (`domain.md` C18)
    return Promise(
        since=case.received,
        reply_by=_due(told, case.reply_by),
        category=category,
        made=told,
        state="answered" if by_notice else "open",
        answered_at=told.at if by_notice else None,
        categories=((told.at, category),),
    )


def _raised(promise: Promise, told: Told) -> Promise:
    category = str(told.detail["category"])
    return Promise(
        since=told.arrived_at or told.at,
        reply_by=_due(told, promise.reply_by),
        category=category,
        made=told,
        state="open",
        categories=((told.at, category),),
        is_raised=True,
    )


def _corrected(case: ReportedCase, promise: Promise, told: Told) -> Promise:
    category, state = str(told.detail["category"]), str(told.detail["state"])
    reply_by = _due(told, promise.reply_by)
    return dataclasses.replace(
        promise,
        since=case.received,
        reply_by=reply_by,
        category=category,
        state=state,
        answered_at=(promise.answered_at or told.at) if state == "answered" else None,
        answered_while_waiting=promise.answered_while_waiting if state == "answered" else None,
        paused_at=promise.paused_at if state == "waiting" else None,
        categories=(*promise.categories, (told.at, category)),
        is_raised=False,
        came_sooner=reply_by < promise.reply_by,
    )


def _next(promise: Promise, told: Told) -> Promise:
    replace, at = dataclasses.replace, told.at
    match told.event:
        case "case_answered":
            return replace(
                promise,
                state=str(told.detail.get("state", "answered")),
                answered_at=told.arrived_at or at,
                answered_while_waiting=promise.paused_at,
                paused_at=None,
            )
        case "case_paused":
            return replace(promise, state="waiting", paused_at=at)
        case "case_resumed":
            over = ((promise.paused_at, at),) if promise.paused_at is not None else ()
            return replace(
                promise,
                state="open",
                reply_by=_due(told, promise.reply_by),
                paused_at=None,
                pauses=(*promise.pauses, *over),
            )
        case "case_closed":
            return replace(promise, state="closed", closed_at=at)
        case "case_reopened":
            return _reopened(promise, told)
        case "case_reclocked":
            return replace(promise, reply_by=_due(told, promise.reply_by))
    return promise


def _reopened(promise: Promise, told: Told) -> Promise:
    if told.detail.get("state", "open") == "answered":
        return dataclasses.replace(promise, state="answered", closed_at=None)
    return dataclasses.replace(
        promise,
        state="open",
        was_reopened=promise.standing(told.at) in (Standing.ON_TIME, Standing.CLOSED) or promise.was_reopened,
        was_returned="state" not in told.detail or promise.was_returned,
        answered_at=None,
        answered_while_waiting=None,
        closed_at=None,
    )


def _due(told: Told, known: datetime) -> datetime:
    """The reply-by time that a line names; old journals do not say everywhere."""
    said = told.detail.get("reply_by")
    return datetime.fromisoformat(said) if said else known
