"""One run: letters arrive while everything fails, then it is calm, the clock leaps over all deadlines while everything
fails again, then it is calm, and what came of it is judged.

The same story is played without any fault first; what became of each letter must be the same. In the calm the harness
does what an operator does who looks at `inboxd list --held`: mail that was held because the daemon died three times
over it, or because a server refused its reply for good, is given to the daemon again by `inboxd retry`.
"""

from __future__ import annotations

import random
import signal
import threading
import time
from collections import Counter
from datetime import timedelta

from imapclient.exceptions import IMAPClientError

from tests.chaos.checks import Judged, judge
from tests.chaos.march import march
from tests.chaos.nursery import KILLED, Life
from tests.chaos.outcome import Outcome
from tests.chaos.plans import BASES, Ended, Plan
from tests.chaos.rest import alarms_are_late, state_of, stuck
from tests.chaos.scene import Scene
from tests.chaos.stream import Item, story
from tests.chaos.weather import Weather

LEAP = timedelta(days=45)
"""Beyond every timer."""
AGAIN = ("TOO_MANY_ATTEMPTS", "EFFECT_FAILED", "UNFETCHABLE")
PATIENCE = 150.0
"""Seconds without a word of the daemon after which something is stuck."""
LONGEST = 900.0
"""Seconds in which a storm must come to rest, however much it says."""
PATIENCE_FOR_A_STEP = 5.0
IDLE = 0.8
"""A daemon that said nothing for so many seconds will not come to the step at which it is to die."""
SHARE_OF_FRESH = 0.03
"""Of the daemons, so many are no forks but fresh processes."""
SHARE_OF_NAMED = 0.3
"""Of those that are killed at a random moment, so many would die at a named step, if they came to it before."""
SETTLED = 1.2
"""So many seconds a daemon that is at work may change nothing."""


class Storm:
    """One story in one scene. `wanted` None: the calm run, without faults."""

    def __init__(self, scene: Scene, seed: int, plan: Plan, *, wanted: Outcome | None = None) -> None:
        self.scene, self.seed, self.plan, self.wanted = scene, seed, plan, wanted
        self.chance = random.Random(f"storm {seed} {scene.database.split(':')[0]}")
        base = BASES[seed % len(BASES)]
        scene.clock.set_to(base)
        self.weather = Weather(scene, self.chance, jumps=plan.jumps, had=plan.had)
        self.todo: list[Item] = story(seed, base, length=plan.length, more=plan.more)
        self._begun = 0
        """How many event lines there were when the present daemon was born."""
        self._has_leapt = False
        self.life: Life | None = None
        self.late: frozenset[str] = frozenset()
        self.lives = 0
        self.retried = 0
        self._deaths = 0
        self._spared = threading.Event()

    def run(self) -> Ended:
        """From calm to calm. Raises `TimeoutError` if it does not come to rest: then something is stuck."""
        began = time.monotonic()
        self.scene.inboxd("applications", "import", str(self.scene.root / "register.csv"), "--json")
        calm, plan = self.wanted is None, self.plan
        if not calm:
            march(self, plan.marches * 3 // 4, late=False)
            self._rage(plan.strikes * 3 // 4, plan.kills * 3 // 4, late=False)
        self._settle()
        early = set(self.scene.log.reached)
        self.scene.clock.move(LEAP)
        self.weather.shift = self.weather.furthest = self.scene.clock.shift
        self._has_leapt = True
        if not calm:
            march(self, plan.marches // 4, late=True)
            self._rage(plan.strikes // 4, plan.kills // 4, late=True)
        self._settle()
        self.late = frozenset(set(self.scene.log.reached) - early)
        self._stop()
        judged = judge(self.scene, self.wanted, clocks=not plan.jumps, rebuild=plan.rebuild)
        return self.ended(judged, time.monotonic() - began)

    def ended(self, judged: Judged, seconds: float) -> Ended:
        """What it came to so far."""
        log = self.scene.log
        return Ended(
            seed=self.seed, database="sqlite" if self.scene.postgres is None else "postgresql", judged=judged,
            faults=+self.weather.counts, steps=Counter(log.died), retried=self.retried, lives=self.lives,
            reached=frozenset(log.reached), late=self.late, seconds=seconds,
        )

    # While it rages

    def kill(self) -> None:
        """SIGKILL, if it lives, and count how it ended."""
        if self.life is not None and self.life.alive:
            self.life.kill()
        self._bury()

    def dies_by_itself(self, *, patiently: bool) -> bool:
        """Wait until it dies at its step, or has nothing more to do; `patiently`: it may have to think for long."""
        life, idle = self.life, IDLE * (3 if patiently else 1)
        assert life is not None
        log, end = self.scene.log, time.monotonic() + PATIENCE_FOR_A_STEP * (1 if life.process is None else 3)
        said, since = 0, time.monotonic()
        while life.wait(0.05) is None:
            now, total = time.monotonic(), len(log.lines) + log.reached.total()
            if total != said:
                said, since = total, now
            if now > end or (now - since > idle and self._is_at_work()):
                return False
        return True

    def _rage(self, strikes: int, kills: int, *, late: bool) -> None:
        weather, letters = self.weather, len(self.arriving())
        struck = killed = 0
        if kills and self.life is not None:
            self._dies_in(self.life, self.chance.uniform(0.0, 1.0), at_work=False)
        while struck < strikes or killed < kills or self.arriving():
            if self.life is None or not self.life.alive:
                killed += self._bury()
                by_name = self.plan.choose and self.chance.random() < SHARE_OF_NAMED
                named = self.plan.choose(late, ()) if self.plan.choose and by_name else None
                self.begin(dies=killed < kills, death=named if killed < kills else None)
            self._let_something_happen(letters, min(struck / max(strikes, 1), killed / max(kills, 1)))
            weather.life = self.life
            if struck < strikes and self.chance.random() < 0.7:
                weather.strike()
                struck += 1
            else:
                time.sleep(self.chance.uniform(0.02, 0.15))
        self._spared.set()
        weather.clear()

    def begin(self, *, dies: bool = False, death: tuple[str, int] | None = None) -> None:
        """A daemon that will die at a random moment, or at a named step; or one that may live."""
        self.lives += 1
        self._begun = len(self.scene.log.lines)
        self.life = self.scene.begin(death=death, fresh=self.chance.random() < SHARE_OF_FRESH)
        if dies:
            self._dies_in(self.life, 10 ** self.chance.uniform(-2.0, 0.5), at_work=self.chance.random() < 0.75)

    def _dies_in(self, life: Life, seconds: float, *, at_work: bool) -> None:
        """From a thread of its own, so that it may fall into any other fault; `at_work`: from its first work on."""
        spared = self._spared = threading.Event()
        lines, before = self.scene.log.lines, len(self.scene.log.lines)

        def reap() -> None:
            patience = time.monotonic() + 5
            while at_work and time.monotonic() < patience and not spared.wait(0.02):
                if any("mailbox.connected" in line for line in lines[before:]):
                    break
            if not spared.wait(seconds):
                life.signal(signal.SIGKILL)

        threading.Thread(target=reap, name="reaper", daemon=True).start()

    def _bury(self) -> int:
        """Count how the last one ended. 1 if it was killed."""
        if self.life is None:
            return 0
        if self.life.status == KILLED:
            by_itself = len(self.scene.log.died) > self._deaths
            self._deaths = len(self.scene.log.died)
            self.weather.counts["killed at a named step" if by_itself else "killed at a random moment"] += 1
            return 1
        self.weather.counts["ended by itself and was started again"] += 1
        return 0

    def arriving(self) -> list[Item]:
        """Letters that can come now."""
        return [item for item in self.todo if not item.after and (self._has_leapt or not item.late)]

    def _let_something_happen(self, letters: int, progress: float) -> None:
        """A few letters of those that can arrive now, so that there is work at every death."""
        waiting = self.arriving()
        late = len(waiting) - int((1.0 - progress) * letters)
        ready = waiting[: max(late, 0) + self.chance.choice((0, 0, 1, 3))]
        if any(item.after for item in self.todo) and self.chance.random() < 0.3:
            ready += self.answerable()[:2]
        for item in ready:
            self.happen(item)

    def answerable(self) -> list[Item]:
        """What follows on our replies: when what it may stop has rung, as people answer when they were told."""
        if alarms_are_late(self.scene):
            return []
        replies = self.scene.replies()
        return [item for item in self.todo if item.after in replies]

    def happen(self, item: Item) -> bool:
        """False if it cannot be now."""
        try:
            if item.order:
                if not self.scene.drag(item):
                    return False
            else:
                self.scene.deliver(item, item.written(self.scene.replies() if item.make else {}))
        except (IMAPClientError, OSError):
            return False  # the server is down: later
        self.todo.remove(item)
        return True

    # When it is calm

    def _settle(self) -> None:
        """Until everything has arrived, been answered and come to rest."""
        said, end = 0, time.monotonic() + PATIENCE
        longest = time.monotonic() + LONGEST
        quiet_since: float | None = None
        before: object = None
        while True:
            if len(self.scene.log.lines) > said:  # a busy machine is slow, and gets there
                said, end = len(self.scene.log.lines), min(time.monotonic() + PATIENCE, longest)
            if self.life is None or not self.life.alive:
                self._bury()
                self.begin(dies=False)
            for item in self.arriving() + self.answerable():
                self.happen(item)
            state = state_of(self.scene)
            if state is None or state != before or not self._is_at_work() or self._retry():
                quiet_since, before = None, state
            elif quiet_since is None:
                quiet_since = time.monotonic()
            elif time.monotonic() - quiet_since > SETTLED and not self._expected():
                return
            if time.monotonic() > end:
                raise TimeoutError(f"storm {self.seed} does not come to rest: {stuck(self.scene, self.todo)}")
            time.sleep(0.1)

    def _expected(self) -> bool:
        return any(self._has_leapt or not item.late for item in self.todo)

    def _is_at_work(self) -> bool:
        return any("mailbox.connected" in line for line in self.scene.log.lines[self._begun:])

    def _retry(self) -> bool:
        """What an operator does with mail that was held for the storm's sake, or whose reply was refused for good."""
        held = self.scene.rows("select id, held_reason from mails where state = 'held'")
        refused = {row["mail_id"] for row in self.scene.rows("select mail_id from effects where state = 'buried'")}
        again = [str(row["id"]) for row in held if row["held_reason"] in AGAIN or row["id"] in refused]
        if not again:
            return False
        self.scene.inboxd("retry", "--send-again", *again)
        self.retried += len(again)
        return True

    def _stop(self) -> None:
        """SIGTERM, and one more start of its own that must find nothing to do."""
        if self.life is not None and self.life.alive:
            self.life.signal(signal.SIGTERM)
            status = self.life.wait(30)
            if status != 0:
                raise TimeoutError(f"the daemon did not stop at SIGTERM: {status}")
        self.scene.inboxd("once")
