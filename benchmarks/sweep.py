"""What it costs to look for timers that are due, and to fire some, however many are open and however many are past.

`python -m benchmarks.sweep` prints the tables and writes `docs/sweep-cost.md`: on SQLite and on a PostgreSQL of its
own, each figure as a ratio to the same work on a store that holds nothing else, done in turn. A ratio above the bound,
or a plan that does not go by the index, ends the command with status 1. Timing is noisy: a figure above the bound is
measured again, a few times, before it counts.
"""

from __future__ import annotations

import logging
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, event, func, select, text, update

from inboxd import calendar, digest, jobs, ladder, timers
from inboxd.incidents import look
from inboxd.store import agenda, ringing
from inboxd.tables import cases, effects, events, mails
from inboxd.tables import timers as timer_rows
from tests.servers.postgres import Postgres
from tests.year.world import World

NOW = datetime(2026, 11, 18, 15, 2, tzinfo=UTC)
PAGE = Path(__file__).parent.parent / "docs" / "sweep-cost.md"
OPEN = (0, 10_000, 100_000)
PAST = (0, 100_000, 1_000_000)
DUE = 100
OF_A_CASE = 5
ROUNDS = 150
MOST = 1.5
TRIES = 3
CHUNK = 20_000
FILLED = (mails, cases, effects, timer_rows, events)
OFTEN = ("jobs.something_due", "store.ringing.due", "incidents.look")
"""What is asked at every look, or each minute: it must not read a whole table."""
IN_FULL = OFTEN[:2]
PLANS = """
### On the fullest store

By the database's own plan of each question. What is asked every few seconds or each minute must not read a whole table;
`store.agenda` is asked once a day, for the digest.

| | questions | tables read from one end to the other |
|---|---:|---|"""
HEAD = """\
# What looking for due timers costs

Written by `make bench-sweep`; do not edit. The daemon asks every five seconds whether anything is due, and fires what
is. A figure is the median of {rounds} rounds (5 of the last column), taken in turn with the same work on a store that
holds nothing but the {due} timers that are due in the last column, in one process on a machine with other work; so the
ratio counts, and milliseconds say only of what size it is. Flat means: below {most} times the store without them.

Timers belong to cases of {case} each, with mails, journal and sent notices to match. Past ones fired or were cancelled
in the two years before, open ones ring in the month after. The disk does not have to confirm what is written, since
that would drown the rest.

- **asking**: `jobs.something_due`, with nothing due. It is what runs every five seconds.
- **reading**: `store.ringing.due`, with nothing due.
- **firing none**: `timers.fire_due`, with nothing due.
- **firing {due}**: `timers.fire_due` with {due} due: notices rendered in both languages, each step in a transaction.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """Something to time. `prepare` is not timed."""

    name: str
    run: Callable[[], object]
    prepare: Callable[[], object] = lambda: None
    rounds: int = ROUNDS


class Store:
    """An office whose rows are filled, with 100 timers that can be made due."""

    def __init__(self, root: Path, url: str) -> None:
        self.world = World(root, url)
        self.context = self.world.context
        self.context.archive.prepare()
        self.world.clock.at = NOW
        self._reference = 0
        self._due = 0
        with self.context.database.transaction() as tx:
            self.due_cases = self._fill(tx, DUE, lambda _: ("cancelled", NOW - timedelta(days=1)))
        digest.send_due(self.context)

    def add_past(self, count: int) -> None:
        """So many timers that fired or were cancelled."""

        def past(number: int) -> tuple[str, datetime]:
            at = NOW - timedelta(days=730) + timedelta(days=729) * (number / count)
            return ("cancelled" if number % 3 else "fired"), at

        with self.context.database.transaction() as tx:
            self._fill(tx, count, past)

    def add_open(self, count: int) -> None:
        """So many timers that are set."""

        def later(number: int) -> tuple[str, datetime]:
            return "set", NOW + timedelta(hours=1) + timedelta(days=30) * (number / count)

        with self.context.database.transaction() as tx:
            self._fill(tx, count, later)

    def drop_open(self) -> None:
        """No timer is set any more, and nothing is left of their cases."""
        with self.context.database.transaction() as tx:
            gone = select(timer_rows.c.case_id).where(timer_rows.c.state == "set").distinct()
            ids = list(tx.scalars(gone))
            if not ids:
                return
            first = min(ids)
            mail = tx.execute(select(cases.c.mail_id).where(cases.c.id == first)).scalar_one()
            tx.execute(timer_rows.delete().where(timer_rows.c.case_id >= first))
            tx.execute(events.delete().where(events.c.case_id >= first))
            tx.execute(cases.delete().where(cases.c.id >= first))
            tx.execute(effects.delete().where(effects.c.mail_id >= mail))
            tx.execute(mails.delete().where(mails.c.id >= mail))

    def settle(self) -> None:
        """What a database does by itself after a while."""
        if self.context.database.engine.dialect.name == "postgresql":
            with self.context.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as tx:
                tx.execute(text("VACUUM ANALYZE"))

    def _fill(self, tx: Connection, count: int, of: Callable[[int], tuple[str, datetime]]) -> range:
        """So many timers, with cases, mails, notices and journal. Returns the ids of their cases."""
        first_mail = (tx.scalar(select(func.max(mails.c.id))) or 0) + 1
        first_case = (tx.scalar(select(func.max(cases.c.id))) or 0) + 1
        for begin in range(0, count, CHUNK):
            chunk = range(begin, min(begin + CHUNK, count))
            heads = [number for number in chunk if number % OF_A_CASE == 0]
            rows: dict[str, list[dict[str, Any]]] = {table.name: [] for table in FILLED}
            for number in heads:
                state, at = of(number)
                place, is_open = number // OF_A_CASE, state == "set"
                mail_id, case_id = first_mail + place, first_case + place
                self._reference += 1
                rows["mails"].append(mail_row(mail_id, self._reference, at))
                rows["cases"].append(case_row(case_id, mail_id, self._reference, at, is_open=is_open))
                rows["effects"].append(effect_row(mail_id, self._reference, at))
            for number in chunk:
                state, at = of(number)
                case_id = first_case + number // OF_A_CASE
                mail_id = first_mail + number // OF_A_CASE
                kind = ladder.REPLY_KINDS[number % OF_A_CASE]
                rows["timers"].append({
                    "key": f"fill/{case_id}/{kind}", "case_id": case_id, "mail_id": mail_id, "kind": kind,
                    "due_at": at, "state": state, "fired_at": at if state == "fired" else None})
                rows["events"].append({"at": at, "mail_id": mail_id, "case_id": case_id, "actor": "inboxd",
                                       "event": "timer_fired", "detail": {"kind": kind}})
            for table in FILLED:
                tx.execute(table.insert(), rows[table.name])
        self._follow(tx)
        return range(first_case, first_case + count // OF_A_CASE)

    def _follow(self, tx: Connection) -> None:
        """PostgreSQL counts ids by itself; it did not see those that were given."""
        if tx.dialect.name == "postgresql":
            for table in (mails, cases):
                tx.execute(text(f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), "
                                f"(SELECT max(id) FROM {table.name}))"))

    def make_due(self) -> None:
        """A hundred timers are due, at a time that none of them had before."""
        self._due += 1
        at = NOW - timedelta(minutes=2) - timedelta(seconds=self._due)
        with self.context.database.transaction() as tx:
            mine = timer_rows.c.case_id.between(self.due_cases[0], self.due_cases[-1])
            tx.execute(update(timer_rows).where(mine).values(state="set", due_at=at, fired_at=None))

    def works(self) -> tuple[Work, ...]:
        context = self.context

        def reading() -> object:
            with context.database.reading() as tx:
                return ringing.due(tx, context.now(), timers.AT_ONCE)

        return (
            Work(name="asking", run=lambda: jobs.something_due(context)),
            Work(name="reading", run=reading),
            Work(name="firing none", run=lambda: timers.fire_due(context)),
            Work(name=f"firing {DUE}", run=lambda: timers.fire_due(context), prepare=self.make_due, rounds=5),
        )

    def close(self) -> None:
        self.context.database.close()


def mail_row(mail_id: int, number: int, at: datetime) -> dict[str, Any]:
    return {"id": mail_id, "account": "main", "digest": f"{number:064x}", "size": 5000, "folder": "INBOX",
            "arrived_at": at, "taken_at": at, "state": "done", "next_try_at": at,
            "message_id": f"<{number}@parl.example>", "thread": f"<{number}@parl.example>",
            "sender": "alma.rivers@parl.example", "office": "o1",
            "route": "enquiry", "place": "urgent", "decided_at": at, "done_at": at}


def case_row(case_id: int, mail_id: int, number: int, at: datetime, *, is_open: bool) -> dict[str, Any]:
    return {"id": case_id, "reference": f"MC26-{number:07}-X", "mail_id": mail_id, "office": "o1", "queue": "mcmps",
            "category": "urgent", "high_profile": False, "criteria": ["UR-01"], "numbers": [], "language": "en",
            "state": "open" if is_open else "closed", "received": at, "clock_start": at, "reply_by": at,
            "action_by": None, "steps": [f"{at.date()} is business day 1"], "calendar_version": "v", "opened_at": at,
            "answered_at": None if is_open else at}


def effect_row(mail_id: int, number: int, at: datetime) -> dict[str, Any]:
    return {"key": f"fill/{number}", "kind": "send", "mail_id": mail_id, "state": "done", "attempts": 1, "due_at": at,
            "created_at": at, "done_at": at, "payload": {"digest": f"{number:064x}"}, "answer": "250 ok",
            "recipient": "alma.rivers@parl.example", "template": "ack_urgent",
            "message_id": f"<e{number}@inboxd.example>"}


# --- timing -----------------------------------------------------------------------------------------------------------


def in_turn(one: tuple[Work, ...], other: tuple[Work, ...]) -> Iterator[tuple[str, float, float]]:
    """Each work of both stores, one after the other, round after round: its name, and both medians in milliseconds."""
    for mine, theirs in zip(one, other, strict=True):
        found: tuple[list[float], list[float]] = [], []
        for _ in range(mine.rounds):
            for times, work in zip(found, (mine, theirs), strict=True):
                work.prepare()
                begun = time.perf_counter()
                work.run()
                times.append((time.perf_counter() - begun) * 1000)
        yield mine.name, statistics.median(found[0]), statistics.median(found[1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One work on one filling."""

    work: str
    milliseconds: float
    ratio: float


def figures(empty: Store, full: Store) -> list[Figure]:
    """Every work on a filled store, beside an empty one. What is above the bound is measured again."""
    best: dict[str, Figure] = {}
    for _ in range(TRIES):
        for name, base, mine in in_turn(empty.works(), full.works()):
            figure = Figure(work=name, milliseconds=mine, ratio=mine / base)
            if name not in best or figure.ratio < best[name].ratio:
                best[name] = figure
        if all(figure.ratio <= MOST for figure in best.values()):
            break
    return list(best.values())


# --- plans ------------------------------------------------------------------------------------------------------------


@contextmanager
def statements(store: Store) -> Iterator[list[tuple[str, Any]]]:
    """What is asked of the database meanwhile."""
    asked: list[tuple[str, Any]] = []

    def keep(_: object, __: object, statement: str, parameters: object, *___: object) -> None:
        if statement.startswith("SELECT"):
            asked.append((statement, parameters))

    engine = store.context.database.engine
    event.listen(engine, "before_cursor_execute", keep)
    try:
        yield asked
    finally:
        event.remove(engine, "before_cursor_execute", keep)


def plan_of(store: Store, statement: str, parameters: Any) -> list[str]:
    """How the database would find the answer."""
    is_sqlite = store.context.database.engine.dialect.name == "sqlite"
    with store.context.database.engine.connect() as tx:
        explain = "EXPLAIN QUERY PLAN " if is_sqlite else "EXPLAIN (COSTS OFF) "
        rows = tx.exec_driver_sql(explain + statement, parameters).all()
    return [str(row[3] if is_sqlite else row[0]).strip() for row in rows]


def through_all(plan: Iterable[str], table: Table) -> bool:
    """Whether a plan reads a whole table."""
    words = (f"SCAN {table.name}", f"Seq Scan on {table.name}")
    return any(line.removeprefix("->").strip().startswith(words) and "INDEX" not in line for line in plan)


def plans(store: Store) -> Iterator[tuple[str, list[str]]]:
    """The plan of each question that is asked every few seconds or on every look, and those of the day's digest."""
    app = store.context
    now = app.now()

    def reading(ask: Callable[[Connection], object]) -> Callable[[], object]:
        def run() -> object:
            with app.database.reading() as tx:
                return ask(tx)

        return run

    midnight = calendar.wall_moment(app.rules.standards.calendar, now.date(), digest.MIDNIGHT)
    asked: dict[str, Callable[[], object]] = {
        "jobs.something_due": lambda: jobs.something_due(app),
        "store.ringing.due": reading(lambda tx: ringing.due(tx, now, timers.AT_ONCE)),
        "incidents.look": lambda: look(app),
        "store.agenda.overdue": reading(lambda tx: agenda.overdue(tx, now, 10)),
        "store.agenda.due": reading(lambda tx: agenda.due(tx, now, now + timedelta(hours=9), 10)),
        "store.agenda.waiting": reading(lambda tx: agenda.waiting(tx, 10)),
        "store.agenda.alarms": reading(lambda tx: agenda.alarms(tx, 10)),
        "store.agenda.undelivered": reading(lambda tx: agenda.undelivered(tx, midnight, 10)),
        "store.agenda.past_day": reading(lambda tx: agenda.past_day(tx, midnight - timedelta(days=1), midnight)),
    }
    for name, run in asked.items():
        with statements(store) as found:
            run()
        for statement, parameters in dict(found).items():
            yield name, plan_of(store, statement, parameters)


# --- the page ---------------------------------------------------------------------------------------------------------


def measured(name: str, folder: Path, url: Callable[[], str]) -> Iterator[tuple[str, bool]]:
    """Lines of the page for one database, each with whether it is as it should be."""
    empty, full = Store(folder / "empty", url()), Store(folder / "full", url())
    columns = [work.name for work in empty.works()]
    yield f"\n## {name}\n\nMilliseconds, and times the store without these timers.\n", True
    yield f"| past | open | {' | '.join(columns)} |\n|---:|---:|{'---:|' * len(columns)}", True
    past = 0
    for wanted in PAST:
        full.add_past(wanted - past)
        past = wanted
        for count in OPEN:
            full.add_open(count)
            full.settle()
            found = figures(empty, full)
            cells = [f"{figure.milliseconds:.2f} ({figure.ratio:.2f})" for figure in found]
            line = f"| {past:,} | {count:,} | {' | '.join(cells)} |"
            print(line, flush=True)
            yield line, all(figure.ratio <= MOST for figure in found)
            if (past, count) == (PAST[-1], OPEN[-1]):
                yield from shown_plans(full)
            full.drop_open()
    empty.close()
    full.close()


def shown_plans(store: Store) -> Iterator[tuple[str, bool]]:
    """The plans on the fullest store. What runs every few seconds must not read a whole table."""
    lines, good = [PLANS], True
    asked: dict[str, int] = {}
    read: dict[str, set[str]] = {}
    in_full = []
    for name, plan in plans(store):
        asked[name] = asked.get(name, 0) + 1
        whole = {table.name for table in FILLED if through_all(plan, table)}
        read.setdefault(name, set()).update(whole)
        good = good and not (whole and name in OFTEN)
        if name in IN_FULL:
            in_full += [f"\n`{name}`:\n", "```", *plan, "```"]
    for name, count in asked.items():
        lines.append(f"| `{name}` | {count} | {', '.join(sorted(read[name])) or 'none'} |")
    yield "\n".join([*lines, *in_full]), good


def main() -> int:
    """Print and write the page; 1 if a figure is above the bound or a plan reads a whole table."""
    logging.disable(logging.CRITICAL)
    lines = [HEAD.format(rounds=ROUNDS, due=DUE, most=MOST, case=OF_A_CASE)]
    good = True
    with tempfile.TemporaryDirectory() as name, Postgres() as cluster:
        folder = Path(name)
        for title, url in (("SQLite", lambda: "sqlite:///data/inboxd.sqlite"), ("PostgreSQL", cluster.create_database)):
            for line, fine in measured(title, folder / title, url):
                lines.append(line)
                good = good and fine
    page = "\n".join(lines) + "\n"
    print(page)
    PAGE.write_text(page, encoding="utf-8")
    if not good:
        print(f"looking for due timers is not flat: above {MOST} times, or through a whole table", file=sys.stderr)
    return int(not good)


if __name__ == "__main__":
    sys.exit(main())
