"""A model of the office's clocks: cases, their steps, and what events do to them; no rows, none of inboxd's code.

The rules, in the words of the pages that users read (`docs/flow.md`, `config/standards.toml`, `product.md`):

- A step fires at the first look of the daemon at or after its time, once, unless something took it away before that
  look. What a look finds due fires in the order of its planned time.
- An answer, closing and a raise take away the steps of the reply; closing and a correction those of the alarm too.
- While a case waits for its office, the steps of the reply that were not due stand still; afterwards they are due so
  much office time later. The alarm never waits. What a correction counts anew is put off by the office time waited.
- A correction counts from the first receipt, a raise from the mail that raised it, and never to later than was due.
- A closure moves what counts over its days by that many business days, steps keep their distance to the due time, and
  steps that rang for the old due time ring for the new one.
- A case that is opened again goes by the clock that it had. It has its steps again, but reminders and pages that were
  told are not told twice; and those of the reply only if nobody answered, before it was closed or since.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from tests.year.ladders import ACTION, REPLY, Due, Ladders, Step, family
from tests.year.minutes import Minutes

RANK = {"critical": 0, "urgent": 1, "review": 2, "complex": 3, "not_met": 4}
FINISHED = ("answered", "closed")
PRESSING = "pressing"
"""What a mail says that may be critical: a case for review on the critical clock."""


@dataclass(slots=True, eq=False)
class Timer:
    """One step of one case, or of the documents of one mail."""

    owner: int
    kind: str
    due: int
    state: str = "set"
    fired_at: int | None = None


@dataclass(slots=True)
class Case:
    """A case as a person would keep it on a card."""

    number: int
    received: int
    mil: bool
    category: str
    state: str
    due: Due
    counted_from: int
    raised: int | None = None
    by_person: bool = False
    is_answered: bool = False
    waits_since: int | None = None
    waited: list[tuple[int, int]] = field(default_factory=list)
    counted_over: set[int] = field(default_factory=set)
    """Days of closures that its due time was counted or moved over."""
    straight: bool = True
    """It is due just when its count says; not so after it waited, or kept an earlier due time when it was raised."""
    timers: list[Timer] = field(default_factory=list)
    written: int | None = None
    """When the office wrote to a case that waits."""


@dataclass(slots=True)
class Office:
    """All cases and documents, and the rules in force."""

    rules: Ladders
    """Those of the file."""
    cases: dict[int, Case] = field(default_factory=dict)
    documents: dict[int, tuple[int, list[Timer]]] = field(default_factory=dict)
    fired: list[Timer] = field(default_factory=list)
    known: Ladders | None = None
    """Those that the daemon read last; None: the same."""
    _coming: list[tuple[int, int, Timer]] = field(default_factory=list)
    _count: int = 0
    _written: set[int] = field(default_factory=set)

    # --- what the daemon sees ------------------------------------------------------------------------------------

    @property
    def daemons(self) -> Ladders:
        return self.known or self.rules

    def arrive(self, number: int, received: int, says: str, *, mil: bool) -> None:
        """A new enquiry is decided."""
        category = "review" if says == PRESSING else says
        clock = "critical" if says in (PRESSING, "critical") else category
        lane = mil and clock != "critical"
        due = self.daemons.due(clock, received, mil=lane)
        answered = category == "not_met" and not mil
        case = Case(number, received, mil, category, "answered" if answered else "open", due, received)
        self._counted(case, self.daemons)
        self.cases[number] = case
        case.is_answered = answered
        if not answered:
            self._set(case, self.daemons.of_case(category, received, due.reply_by, due.action_by, mil=lane))

    def documents_held(self, number: int, received: int) -> None:
        timers = [self._timer(number, kind, due) for kind, due in self.daemons.of_documents(received)]
        self.documents[number] = (received, timers)

    def documents_settled(self, number: int) -> None:
        for timer in self.documents[number][1]:
            if timer.state == "set":
                timer.state = "cancelled"

    def follow_up(self, number: int, received: int, says: str, now: int) -> None:
        """The office writes again: it may raise its case, or make a waiting one go on at the next look."""
        case = self.cases[number]
        to = self._raised_to(case, says)
        if to is None:
            if case.waits_since is not None and now > case.waits_since and case.written is None:
                case.written = received
                self._written.add(number)
            return
        clock = "critical" if says == PRESSING and to == "review" else to
        new = self.daemons.due(clock, received)
        running = case.state not in FINISHED
        before = case.due.reply_by
        if case.waits_since is not None:
            before = self._put_off(case, before, case.waits_since, max(received, case.waits_since), self.daemons)
        self._wait_ends(case, min(now, received))
        case.straight = not (running and before < new.reply_by)
        reply_by = new.reply_by if case.straight else before
        case.category, case.state, case.is_answered, case.raised = to, "open", False, received
        case.due = Due(start=new.start, reply_by=reply_by, action_by=new.action_by, days=new.days)
        case.counted_from = received
        self._counted(case, self.daemons)
        self._take_away(case, (REPLY,))
        self._set(case, self.daemons.of_case(to, received, reply_by, new.action_by))

    def _raised_to(self, case: Case, says: str) -> str | None:
        if says == "not_met":
            return None
        finished = case.state in FINISHED
        if says == PRESSING and case.category != "critical":
            return "review"
        if says in ("review", PRESSING):
            if case.category != "not_met" and not finished:
                return None
            says = "review"
        if finished and case.category != "not_met":
            return min(says, case.category, key=RANK.__getitem__)
        return says if finished or RANK[says] < RANK[case.category] else None

    def answer(self, number: int, received: int, now: int) -> None:
        """A person's answer is found in the Sent folder."""
        case = self.cases[number]
        case.by_person = True
        if case.state in ("open", "waiting"):
            self._wait_ends(case, min(now, received))
            case.state, case.is_answered = "answered", True
            self._take_away(case, (REPLY,))
        elif case.state == "closed":
            case.is_answered = True

    def bounce(self, number: int) -> None:
        """The notice that was the answer came back."""
        case = self.cases[number]
        if case.category == "not_met" and case.state == "answered":
            case.state, case.is_answered = "open", False
            case.counted_over |= self.rules.office.closed
            self._set(case, self._again(case, self.daemons))

    # --- what people do ------------------------------------------------------------------------------------------

    def wait(self, number: int, now: int) -> None:
        case = self.cases[number]
        self.reopen(number, now)
        if case.state != "open":
            return
        case.state, case.waits_since, case.written = "waiting", now, None
        for timer in case.timers:
            if timer.state == "set" and timer.kind == "page":
                timer.state = "cancelled"
        self._stand_still(case, now)

    def go_on(self, number: int, now: int, *, since: int | None = None, rules: Ladders | None = None) -> None:
        """A waiting case goes on, from `since` if the office wrote then."""
        case, rules = self.cases[number], rules or self.daemons
        if case.waits_since is None:
            return
        began, ended = case.waits_since, max(case.waits_since, min(now, now if since is None else since))
        reply_by = self._put_off(case, case.due.reply_by, began, ended, rules)
        if reply_by != case.due.reply_by:
            case.straight = False
        case.due = Due(start=case.due.start, reply_by=reply_by, action_by=case.due.action_by, days=case.due.days)
        for timer in case.timers:
            if timer.state == "paused":
                timer.state = "set"
                self._move(timer, self._put_off(case, timer.due, began, ended, rules))
        case.state = "open"
        case.counted_over |= rules.office.closed
        self._wait_ends(case, ended)

    def close(self, number: int, now: int) -> None:
        case = self.cases[number]
        if case.state == "closed":
            return
        self.go_on(number, now, rules=self.rules)
        case.state = "closed"
        self._take_away(case, (REPLY, ACTION))

    def reopen(self, number: int, now: int) -> None:
        case = self.cases[number]
        if case.state != "closed":
            return
        case.state = "answered" if case.is_answered else "open"
        case.counted_over |= self.rules.office.closed
        steps = self._again(case, self.daemons)
        if case.state == "answered":
            steps = [step for step in steps if family(step[0]) != REPLY]
        rung = [timer for timer in case.timers if timer.state == "fired"]
        once = {timer.kind for timer in rung if is_told_once(timer.kind) and timer.due >= case.received}
        self._set(case, [step for step in steps if step[0] not in once])

    def correct(self, number: int, category: str, now: int) -> None:
        """A person says what category a case is."""
        case, rules = self.cases[number], self.rules
        if case.state == "closed" or case.category == category:
            return
        lane = case.mil and category != "critical"
        due = rules.due(category, case.received, mil=lane)
        steps = rules.of_case(category, case.received, due.reply_by, due.action_by, mil=case.mil)
        by = sum(rules.office.between(began, ended) for began, ended in case.waited)
        later = rules.office.later
        steps = [(kind, later(at, by) if stands_still(kind) else at) for kind, at in steps]
        case.straight = by == 0
        case.due = Due(start=due.start, reply_by=later(due.reply_by, by), action_by=due.action_by, days=due.days)
        if case.state == "answered" and case.category == "not_met" and not case.by_person:
            case.state, case.is_answered = "open", False
        if case.state == "answered":
            steps = [step for step in steps if family(step[0]) != REPLY]
        case.category, case.counted_from = category, case.received
        self._counted(case, rules)
        self._take_away(case, (REPLY, ACTION))
        self._set(case, steps)
        if case.waits_since is not None:
            self._stand_still(case, case.waits_since)

    # --- closures ------------------------------------------------------------------------------------------------

    def close_days(self, days: Iterable[date], after: Ladders) -> int:
        """A closure is added. Returns how many clocks moved."""
        before, self.rules = self.rules, after
        self.known = self.known or before
        return self._closed(before, after, {day.toordinal() for day in days})

    def read_rules(self, days: Iterable[date], before: Ladders) -> int:
        """The daemon reads the file again: what it decided by the old one since the closure moves too."""
        self.known = None
        return self._closed(before, self.rules, {day.toordinal() for day in days})

    def _closed(self, before: Ladders, after: Ladders, days: set[int]) -> int:
        days = {day for day in days if before.office.works_on(day)}
        moved = sum(self._over(case, days, before, after) for case in self.cases.values()
                    if case.state in ("open", "waiting"))
        for received, timers in self.documents.values():
            if all(timer.state != "set" for timer in timers):
                continue
            old, new = dict(before.of_documents(received)), dict(after.of_documents(received))
            late = [timer for timer in timers
                    if timer.state == "set" and old[timer.kind] == timer.due and new[timer.kind] > timer.due]
            for timer in late:
                self._move(timer, new[timer.kind])
            moved += bool(late)
        return moved

    def _over(self, case: Case, days: set[int], before: Ladders, after: Ladders) -> bool:
        """One case that counts over days which are taken away."""
        old = case.due.reply_by
        inside = [day for day in days - case.counted_over
                  if after.office.day_of(case.due.start) <= day <= after.office.day_of(old)]
        if not inside:
            return False
        if case.straight:
            new = after.office.due(case.counted_from, case.due.days)
        else:
            new = after.office.days_later(old, len(inside))
        if new <= old:
            return False
        case.counted_over |= days
        start = after.office.start(case.due.start)
        case.due = Due(start=start, reply_by=new, action_by=case.due.action_by, days=case.due.days)
        plans = self._again(case, after, received=case.counted_from)
        ahead = [timer for timer in case.timers if timer.state in ("set", "paused")]
        rung = [timer for timer in case.timers if timer.state == "fired"]
        for timer in ahead:
            if stands_still(timer.kind):
                self._move(timer, at_same_distance(timer.due, old, new, before.office, after.office))
        for kind, due in plans:
            was_told = {timer.due for timer in rung if timer.kind == kind}
            if (stands_still(kind) and case.state == "open" and was_told and due not in was_told
                    and all(timer.kind != kind for timer in ahead)):
                self._set(case, [(kind, due)])
        return True

    # --- looking -------------------------------------------------------------------------------------------------

    def look(self, now: int) -> int:
        """The daemon looks at its timers. Returns how many fired."""
        due: list[Timer] = []
        while self._coming and self._coming[0][0] <= now:
            at, _, timer = heapq.heappop(self._coming)
            if timer.state == "set" and timer.due == at and timer.fired_at is None:
                timer.state, timer.fired_at = "fired", now
                due.append(timer)
        self.fired += due
        return len(due)

    def written_to(self, now: int) -> None:
        """Cases that wait although the office has written go on from then."""
        for case in (self.cases[number] for number in sorted(self._written)):
            if case.written is not None:
                self.go_on(case.number, now, since=case.written)
        self._written.clear()

    # --- cards ---------------------------------------------------------------------------------------------------

    def _again(self, case: Case, rules: Ladders, *, received: int | None = None) -> list[Step]:
        since = case.received if received is None else received
        return rules.of_case(case.category, since, case.due.reply_by, case.due.action_by, mil=case.mil)

    def _counted(self, case: Case, rules: Ladders) -> None:
        """Its due time was counted by these rules: over every day on which they are closed."""
        case.counted_over = set(rules.office.closed)

    def _timer(self, owner: int, kind: str, due: int) -> Timer:
        timer = Timer(owner, kind, due)
        self._come(timer)
        return timer

    def _come(self, timer: Timer) -> None:
        self._count += 1
        heapq.heappush(self._coming, (timer.due, self._count, timer))

    def _set(self, case: Case, steps: Iterable[Step]) -> None:
        """What rang at this very time, or is set for it, is not set again: each step is told once."""
        told = {(timer.kind, timer.due) for timer in case.timers if timer.state in ("fired", "set")}
        case.timers += [self._timer(case.number, kind, due) for kind, due in steps if (kind, due) not in told]

    def _move(self, timer: Timer, due: int) -> None:
        timer.due = due
        if timer.state == "set":
            self._come(timer)

    def _take_away(self, case: Case, families: tuple[str, ...]) -> None:
        for timer in case.timers:
            if timer.state in ("set", "paused") and family(timer.kind) in families:
                timer.state = "cancelled"

    def _stand_still(self, case: Case, since: int) -> None:
        for timer in case.timers:
            if timer.state == "set" and stands_still(timer.kind) and timer.due > since:
                timer.state = "paused"

    def _put_off(self, case: Case, due: int, began: int, ended: int, rules: Ladders) -> int:
        return due if due <= began else rules.office.later(due, rules.office.between(began, ended))

    def _wait_ends(self, case: Case, at: int) -> None:
        if case.waits_since is not None:
            case.waited.append((case.waits_since, max(at, case.waits_since)))
            case.waits_since = case.written = None


def stands_still(kind: str) -> bool:
    """Steps of the reply stand still while a case waits; the page for a new critical mail is not one of them."""
    return family(kind) == REPLY and kind != "page"


def is_told_once(kind: str) -> bool:
    return kind.startswith("reply_warning") or kind in ("page", "review_page")


def at_same_distance(at: int, old: int, new: int, before: Minutes, after: Minutes) -> int:
    """As much office time before or behind the new due time as `at` was before or behind the old one."""
    if at < old:
        return max(at, after.earlier(new, before.between(at, old)))
    return after.later(new, before.between(old, at))
