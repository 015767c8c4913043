"""Closures that a person adds or takes back: what each would move, and moving it.

Adding one moves the open clocks that count over its days, never to earlier, each by the business days that its own
arithmetic counted; the action alarm runs on. Taking one back moves nothing: people were told the later time. The file
is replaced last, inside the transaction that moves the clocks; dying in between leaves a closure in the file that no
clock knows of, and adding it again moves them. Raises `Refused` for a closure that cannot be added or taken back,
`BadConfig` if the file is wrong already, `Permanent` if it cannot be replaced.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import Connection

from inboxd import calendar, ladder, maillog, rule_files
from inboxd.calendar import BusinessCalendar, Deadline
from inboxd.closures import with_closure, without_closure
from inboxd.context import Context
from inboxd.errors import BadConfig, Permanent
from inboxd.plan import Category
from inboxd.standards import Closure, Standards, read_text
from inboxd.store import reclocks
from inboxd.store.journal import note
from inboxd.store.reclocks import CaseClock, FilingClock
from inboxd.triage import pausing

LONGEST_ACTOR = 100
DAEMON = "inboxd"
FILING = "filing"
REMOVED = "closure_removed"


class Refused(Permanent):
    """This closure cannot be added or taken back so; nothing was changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """One open clock before and after."""

    clock: str
    """The reference of its case; `mail 12` for documents that are not filed yet."""
    category: str
    """Of the case; `filing` for documents, whose due time is the breach of the standard."""
    office: str
    old: datetime
    new: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A closure that is added or taken back, and everything it does."""

    closure: Closure
    file: Path
    is_written: bool
    """False: the file says so already."""
    moves: tuple[Moved, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Edit:
    """The file before and after."""

    closure: Closure
    text: str
    new_text: str
    before: Standards
    after: Standards
    """Before and after the closure; where it stands in the file already, as if it did not yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseMove:
    """A case's later clock."""

    case: CaseClock
    receipt: datetime
    """What its clock counts from: the first mail, or the one that raised it."""
    deadline: Deadline


@dataclass(frozen=True, slots=True, kw_only=True)
class _FilingMove:
    clock: FilingClock
    due: dict[str, datetime]


def preview(context: Context, closure: Closure) -> Change:
    """What adding a closure would do. Touches nothing."""
    path = _file(context)
    with rule_files.locked(path) as text:
        edit = _adding(path, text, closure)
    with context.database.reading() as tx:
        moves = list(_moves(tx, edit))
    return _change(path, edit, moves)


def add(context: Context, closure: Closure, *, by: str) -> Change:
    """Add a closure and move the open clocks. One transaction: all or nothing. `by`: who, as the journal keeps it."""
    path, actor, now = _file(context), _actor(by), context.now()
    with rule_files.locked(path) as text:
        edit = _adding(path, text, closure)
        with context.database.transaction() as tx:
            moves = list(_moves(tx, edit))
            _move(tx, edit, moves, now, actor)
            _note(tx, reclocks.ADDED, edit, now, actor, moved=len(moves))
            if edit.new_text != text:
                rule_files.replace(path, edit.new_text)
    maillog.calendar_changed(edit.after.version[:12], previous=edit.before.version[:12], moved=len(moves), actor=actor)
    return _change(path, edit, moves)


def closure_of(context: Context, first: date) -> Closure:
    """The closure in the office's file that begins on `first` and has not begun. Raises `Refused`."""
    path = _file(context)
    with rule_files.locked(path) as text:
        return _removing(context, path, text, first).closure


def remove(context: Context, first: date, *, by: str) -> Change:
    """Take back a closure that has not begun. Open clocks keep the time they have; mail from now on is not delayed."""
    path, actor, now = _file(context), _actor(by), context.now()
    with rule_files.locked(path) as text:
        edit = _removing(context, path, text, first)
        with context.database.transaction() as tx:
            _note(tx, REMOVED, edit, now, actor, moved=0)
            rule_files.replace(path, edit.new_text)
    maillog.calendar_changed(edit.after.version[:12], previous=edit.before.version[:12], moved=0, actor=actor)
    return _change(path, edit, [])


def catch_up(context: Context) -> int:
    """Move what was decided by the old calendar while a closure was being added. Returns how many clocks.

    For the daemon, after it has read its rules again: between the command and that, it knew nothing of the closure.
    """
    standards = context.rules.standards
    with context.database.reading() as tx:
        last = reclocks.last_added(tx)
    if last is None or last[1].get("version") != standards.version:
        return 0
    event_id, detail = last
    first = date.fromisoformat(detail["first"])
    closure = next((each for each in standards.closures if each.first == first), None)
    if closure is None:
        return 0
    edit = _Edit(closure=closure, text="", new_text="", before=_without(standards, closure), after=standards)
    with context.database.transaction() as tx:
        moves = list(_moves(tx, edit, event_id))
        _move(tx, edit, moves, context.now(), DAEMON)
    return len(moves)


def _file(context: Context) -> Path:
    return context.settings.rules.standards.resolve()


def _actor(by: str) -> str:
    if not by.strip():
        raise Refused("a closure says who decided it")
    return by.strip()[:LONGEST_ACTOR]


def _adding(path: Path, text: str, closure: Closure) -> _Edit:
    before = read_text(text, path)
    known = next((each for each in before.closures if (each.first, each.last) == (closure.first, closure.last)), None)
    if known is not None:
        return _Edit(closure=known, text=text, new_text=text, before=_without(before, known), after=before)
    new_text = with_closure(text, closure)
    try:
        after = read_text(new_text, path)
    except BadConfig as error:  # the file itself is right: its lines are not at fault
        raise Refused("; ".join(problem.message for problem in error.problems)) from error
    return _Edit(closure=closure, text=text, new_text=new_text, before=before, after=after)


def _without(standards: Standards, closure: Closure) -> Standards:
    """The standards as if a closure did not stand in them. Its days are no holidays where they bear its reason."""
    table = standards.calendar
    closed = {day: why for day, why in table.closed.items() if day not in closure.days or why.name_en != closure.reason}
    return dataclasses.replace(
        standards,
        calendar=dataclasses.replace(table, closed=closed),
        closures=tuple(each for each in standards.closures if each != closure),
    )


def _removing(context: Context, path: Path, text: str, first: date) -> _Edit:
    before = read_text(text, path)
    found = next((each for each in before.closures if each.first <= first <= each.last), None)
    if found is None:
        raise Refused(f"there is no closure on {first}; `inboxd calendar show` lists them")
    if found.first != first:
        raise Refused(f"{first} belongs to the closure {found.first} to {found.last}; name it by its first day")
    today = calendar.local_time(before.calendar, context.now()).date()
    if first <= today:
        raise Refused(f"the closure of {first} has begun: clocks have stood still on it, and it stays")
    new_text = without_closure(text, first)
    return _Edit(closure=found, text=text, new_text=new_text, before=before, after=read_text(new_text, path))


def _moves(tx: Connection, edit: _Edit, after_event: int | None = None) -> Iterator[CaseMove | _FilingMove]:
    """Every open clock that counts over a day which the closure takes away."""
    before, after = edit.before.calendar, edit.after.calendar
    days = frozenset(day for day in edit.closure.days if calendar.is_business_day(before, day))
    if not days:
        return
    since = datetime.combine(min(days), time.min, after.zone).astimezone(UTC)
    for case in reclocks.running_cases(tx, since, after_event):
        if case.calendar_version == after.version:
            continue  # counted with the closure, perhaps as office time that it waited, which names no day
        if (moved := later_case(case, after, days)) is not None:
            yield moved
    for clock in reclocks.running_filings(tx, since, after_event):
        due = dict(_later_filing(clock, edit))
        if due:
            yield _FilingMove(clock=clock, due=due)


def later_case(case: CaseClock, after: BusinessCalendar, days: frozenset[date]) -> CaseMove | None:
    """The case's later clock; None if the closure does not touch it, or it was counted with it.

    `days` are the business days that the closure takes away, `after` has it.
    """
    count, skipped = calendar.counted(case.steps)
    first, last = (calendar.local_time(after, at).date() for at in (case.clock_start, case.reply_by))
    unknown = days - skipped
    inside = sorted(day for day in unknown if first <= day <= last)
    if not inside:
        return None
    closed = {day: why for day, why in after.closed.items() if day not in unknown}
    known = dataclasses.replace(after, closed=closed)
    receipts = (at for at in (case.raised, case.received) if at is not None)
    counted_from = (at for at in receipts if _same(calendar.next_opening(known, at), case.clock_start))
    receipt = next(counted_from, case.clock_start)
    counted = calendar.deadline(after, receipt, count, None)
    action = tuple(step for step in case.steps if step.startswith(calendar.ACTION))
    if _same(calendar.add_business_days(known, case.clock_start, count)[0], case.reply_by):
        deadline = dataclasses.replace(counted, action_by=case.action_by, steps=(*counted.steps, *action))
    else:  # it does not run as it was counted: it waited for the office, or was due sooner before it was raised
        due = calendar.postpone(after, case.reply_by, len(inside))
        passed = sorted(day for day in unknown if first <= day <= due.date())
        deadline = Deadline(
            received=case.received,
            clock_start=calendar.next_opening(after, case.clock_start),
            reply_by=due,
            action_by=case.action_by,
            steps=(*case.steps, *(f"{day} skipped: {after.closed[day].name_en}" for day in passed)),
            calendar_version=after.version,
        )
    return CaseMove(case=case, receipt=receipt, deadline=deadline) if deadline.reply_by > case.reply_by else None


def _same(one: datetime, other: datetime) -> bool:
    # Python holds times of two zones for unequal where one of them comes twice; in UTC they are what they are
    return one.astimezone(UTC) == other.astimezone(UTC)


def _later_filing(clock: FilingClock, edit: _Edit) -> Iterator[tuple[str, datetime]]:
    """Filing timers that were counted without the closure, with their later times (`domain.md` C5)."""
    old, new = (
        {plan.kind: plan.due_at.astimezone(UTC) for plan in ladder.of_documents(each, clock.received)}
        for each in (edit.before, edit.after)
    )
    for kind, due in clock.due.items():
        if old.get(kind) == due and new[kind] > due:
            yield kind, new[kind]


def _move(tx: Connection, edit: _Edit, moves: Iterable[CaseMove | _FilingMove], now: datetime, actor: str) -> None:
    for move in moves:
        if isinstance(move, _FilingMove):
            reclocks.move_filing(tx, move.clock, move.due, now, actor=actor)
            continue
        case, new = move.case, move.deadline
        later = partial(_at_the_same_distance, edit, case.reply_by, new.reply_by)
        plans = ladder.of_case(edit.after, move.receipt, Category(case.category), new, queue=case.queue)
        reclocks.move_case(tx, case, new, plans, later, now, actor=actor)


def _at_the_same_distance(edit: _Edit, old: datetime, new: datetime, at: datetime) -> datetime:
    """When a step rings that stood at `at`: so much office time before or after the due time as it did."""
    before, after = edit.before.calendar, edit.after.calendar
    if at.astimezone(UTC) < old.astimezone(UTC):
        hours = pausing.office_time(before, at, old) / timedelta(hours=1)
        return max(at, calendar.subtract_hours(after, new, hours), key=lambda moment: moment.astimezone(UTC))
    return calendar.add_hours(after, new, pausing.office_time(before, old, at))


def _note(tx: Connection, event: str, edit: _Edit, now: datetime, actor: str, *, moved: int) -> None:
    closure = edit.closure
    note(
        tx,
        event,
        now,
        actor=actor,
        first=closure.first.isoformat(),
        last=closure.last.isoformat(),
        reason=closure.reason,
        reason_fr=closure.reason_fr,
        previous=edit.before.version,
        version=edit.after.version,
        moved=moved,
    )


def _change(path: Path, edit: _Edit, moves: Iterable[CaseMove | _FilingMove]) -> Change:
    told = sorted((_told(move) for move in moves), key=lambda move: (move.old, move.clock))
    return Change(closure=edit.closure, file=path, is_written=edit.text != edit.new_text, moves=tuple(told))


def _told(move: CaseMove | _FilingMove) -> Moved:
    if isinstance(move, CaseMove):
        case = move.case
        return Moved(
            clock=case.reference,
            category=case.category,
            office=case.office,
            old=case.reply_by,
            new=move.deadline.reply_by,
        )
    breach = ladder.FILING_BREACH
    kind = breach if breach in move.due else max(move.due, key=lambda kind: move.due[kind])
    return Moved(
        clock=f"mail {move.clock.mail_id}",
        category=FILING if kind == breach else kind,
        office=move.clock.office,
        old=move.clock.due[kind],
        new=move.due[kind],
    )
