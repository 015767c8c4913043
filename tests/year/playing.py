"""The script played through the real rows and through the model, turn by turn; what both hold at the end compared."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from inboxd.tables import cases, effects, events
from inboxd.tables import timers as rows
from tests.year.ladders import Ladders, shown
from tests.year.lives import Act, Script, Turn, What, script
from tests.year.minutes import HOUR, Wall, office_of
from tests.year.model import Office
from tests.year.world import World

GAP = 8 * HOUR
"""Between two looks at which nothing else happens: the daemon of these tests sleeps deep, the real one for seconds."""


@dataclass(slots=True)
class Played:
    """Two years, played."""

    script: Script
    fired: int = 0
    late: int = 0
    """Of those: more than five minutes behind their time."""
    moved: int = 0
    """Clocks that closures moved."""
    wrong: list[str] = field(default_factory=list)
    """Where the rows are not what the rules say."""


def rules_of(file: Path, wall: Wall) -> Ladders:
    text = tomllib.loads(file.read_text(encoding="utf-8"))
    return Ladders(file=text, office=office_of(text, wall))


class Play:
    """One run."""

    world_type = World

    @classmethod
    def of(cls, root: Path, *, seed: int, mails: int, tells: bool, gap: int = GAP) -> Play:
        """A new office, and a story of so many mails for it."""
        world = cls.world_type(root, "sqlite:///data/inboxd.sqlite", tells=tells)
        wall = Wall(world.context.rules.standards.calendar.zone)
        return cls(world, wall, script(seed, mails, rules_of(world.file, wall), gap=gap))

    def __init__(self, world: World, wall: Wall, script: Script) -> None:
        self.world, self.wall, self.script = world, wall, script
        self.model = Office(rules=rules_of(world.file, wall))
        self.played = Played(script=script)
        self._closed: tuple[tuple[date, ...], Ladders] | None = None
        """The closure that the daemon has not read yet, and the rules without it."""

    def run(self) -> Played:
        for turn in self.script.turns:
            if turn.command is not None:
                self._command(turn.command, turn.now)
            else:
                self._look(turn)
        self.played.wrong += self.differences()
        return self.played

    def differences(self) -> list[str]:
        """Where the rows and the model do not say the same."""
        return list(self._differences())

    def _command(self, act: Act, now: int) -> None:
        self.world.set_clock(now)
        if act.what is What.CLOSURE:
            before = self.model.rules
            days = [act.days[0] + timedelta(days=n) for n in range((act.days[-1] - act.days[0]).days + 1)]
            moved = self.world.command(act)
            expected = self.model.close_days(days, rules_of(self.world.file, self.wall))
            if moved != expected:
                self.played.wrong.append(f"closure of {act.days[0]}: {moved} clocks moved, not {expected}")
            self.played.moved += moved
            self._closed = (tuple(days), before)
        elif act.number in self.model.cases:
            self.world.command(act)
            if act.what is What.CLOSED:
                self.model.close(act.number, now)
            else:
                self.model.correct(act.number, act.says, now)

    def _look(self, turn: Turn) -> None:
        now = turn.now
        self.world.set_clock(now)
        if turn.started:
            self.world.start()
            self.model.known, self._closed = None, None
        self.world.look_at_folders()
        self.model.written_to(now)
        for act in turn.moves:
            if act.number in self.model.cases:
                self.world.move(act)
                move = {What.WAITS: self.model.wait, What.GOES_ON: self.model.go_on, What.REOPENED: self.model.reopen}
                move[act.what](act.number, now)
        self.world.set_clock(now + 1)
        for act in turn.mails:
            if act.what in (What.ARRIVES, What.DOCUMENTS) or act.number in self.world.entered:
                self.world.mail(act)
                self._mail(act, now + 1)
        self.world.set_clock(now + 2)
        fired, expected = self.world.fire(), self.model.look(now + 2)
        if fired != expected and len(self.played.wrong) < 100:
            self.played.wrong.append(f"look of {shown(now)}: {fired} steps fired, not {expected}")
        self.played.fired += fired
        if turn.reads_rules:
            self.world.read_rules()
            if self._closed is not None:
                self.model.read_rules(*self._closed)
                self._closed = None

    def _mail(self, act: Act, now: int) -> None:
        model, number = self.model, act.number
        match act.what:
            case What.ARRIVES:
                model.arrive(number, act.at, act.says, mil=act.mil)
            case What.DOCUMENTS:
                model.documents_held(number, act.at)
            case What.SETTLED:
                model.documents_settled(number)
            case What.FOLLOWS_UP:
                model.follow_up(number, act.at, act.says, now)
            case What.ANSWERED:
                model.answer(number, act.at, now)
            case What.BOUNCES:
                model.bounce(number)

    # --- comparing -----------------------------------------------------------------------------------------------

    def _differences(self) -> Iterator[str]:
        with self.world.context.database.reading() as tx:
            by_case = {known.case_id: number for number, known in self.world.entered.items() if known.case_id}
            by_mail = {known.mail_id: number for number, known in self.world.entered.items() if not known.case_id}
            yield from self._cases({by_case[row.id]: row for row in tx.execute(select(cases))})
            found = [self._timer(row, by_case, by_mail) for row in tx.execute(select(rows))]
            yield from self._steps(found)
            told = select(events.c.case_id, events.c.mail_id, events.c.at, events.c.detail)
            lines = tx.execute(told.where(events.c.event == "timer_fired").order_by(events.c.id)).all()
            journal = [(owner_of(line, by_case, by_mail), line.detail["kind"], seconds(line.at)) for line in lines]
            mails = tx.scalar(select(func.count()).select_from(effects).where(effects.c.kind == "send"))
        yield from self._order(journal)
        if self.world.context.settings.office.alerts and mails != len(journal):
            yield f"{mails} notices for {len(journal)} steps"

    def _cases(self, found: dict[int, Any]) -> Iterator[str]:
        if missing := found.keys() ^ self.model.cases.keys():
            yield f"cases on one side only: {sorted(missing)[:10]}"
        for number, row in found.items():
            case = self.model.cases[number]
            real = (row.category, row.state, seconds(row.clock_start), seconds(row.reply_by), seconds(row.action_by))
            meant = (case.category, case.state, case.due.start, case.due.reply_by, case.due.action_by)
            if real != meant:
                yield f"case {number}: {told(real)}, not {told(meant)}"

    def _timer(self, row: Any, by_case: dict[int, int], by_mail: dict[int, int]) -> tuple[Any, ...]:
        return owner_of(row, by_case, by_mail), row.kind, seconds(row.due_at), row.state, seconds(row.fired_at)

    def _steps(self, found: list[tuple[Any, ...]]) -> Iterator[str]:
        """Every step that fired or is still to come, with its times; what was taken away only by how many."""
        every = [timer for case in self.model.cases.values() for timer in case.timers]
        every += [timer for _, timers in self.model.documents.values() for timer in timers]
        meant = Counter((timer.owner, timer.kind, timer.due, timer.state, timer.fired_at) for timer in every)
        real = Counter(found)
        twice = [step for step, count in Counter(step[:3] for step in found if step[3] == "fired").items() if count > 1]
        for owner, kind, due in twice:
            yield f"{owner} {kind} of {shown(due)} fired twice"
        for name, one, other in (("too much", real, meant), ("missing", meant, real)):
            wrong = sorted(step for step in (one - other).elements() if step[3] != "cancelled")
            for owner, kind, due, state, fired in wrong[:40]:
                yield f"{name}: {owner} {kind} of {shown(due)} {state} {shown(fired)}"
        self.played.late = sum(fired - due > 300 for _, _, due, state, fired in found if state == "fired")

    def _order(self, journal: list[tuple[int, str, int | None]]) -> Iterator[str]:
        """The journal tells the steps in the order of their planned times, look by look."""
        place = 0
        for _, together in groupby(self.model.fired, key=lambda timer: (timer.fired_at, timer.due)):
            meant = sorted((timer.owner, timer.kind, timer.fired_at) for timer in together)
            real = sorted(journal[place : place + len(meant)])
            if real != meant:
                yield f"out of order: {real[:5]}, not {meant[:5]}"
                return
            place += len(meant)


def play(root: Path, *, seed: int, mails: int, tells: bool, gap: int = GAP) -> Played:
    """Play a story of so many mails in an office under `root`."""
    run = Play.of(root, seed=seed, mails=mails, tells=tells, gap=gap)
    try:
        return run.run()
    finally:
        run.world.close()


def owner_of(row: Any, by_case: dict[int, int], by_mail: dict[int, int]) -> int:
    return by_case[row.case_id] if row.case_id is not None else by_mail[row.mail_id]


def seconds(at: datetime | None) -> int | None:
    if at is None:
        return None
    found = at.astimezone(UTC).timestamp()
    assert found == int(found), f"{at} is not a whole second"
    return int(found)


def told(values: tuple[Any, ...]) -> str:
    return " ".join(shown(value) if isinstance(value, int) else str(value) for value in values)
