"""The faults of a storm, each with a name, each counted only when it really happened.

`Weather.strike` chooses one, does it, and lets it last a moment. Seeded: the same seed makes the same choices; when
each falls into the daemon's work is up to the machine.
"""

from __future__ import annotations

import contextlib
import os
import random
import resource
import shutil
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from tests.chaos.nursery import Life
from tests.chaos.people import copy, flag
from tests.chaos.proxies import TO_CLIENT, TO_SERVER, Proxy
from tests.chaos.refusals import NEVER, NOT_NOW, SECURE_VERBS, VERBS
from tests.chaos.scene import NOT_WATCHED, Scene
from tests.servers import DROP, SILENCE

KINDS = ("4xx", "4xx", "5xx", "421", "hung up", "no answer")
ANSWERS = ("4xx", "5xx")
"""Those that every verb is to get."""
LONGEST_JUMP = timedelta(minutes=15)


class Weather:
    """What can happen to one scene. `life` is the daemon that runs now; `had` how often each fault was before."""

    def __init__(self, scene: Scene, chance: random.Random, *, jumps: bool, had: Mapping[str, int]) -> None:
        self.scene, self.chance, self.had = scene, chance, Counter(had)
        self.life: Life | None = None
        self.counts: Counter[str] = Counter()
        self._scripted: dict[str, tuple[str, int]] = {}
        """SMTP verbs that will be answered so, and how often still."""
        self.shift = self.furthest = scene.clock.shift
        """What is true, and the furthest that the clock ever showed."""
        faults: list[tuple[Callable[[], str], int]] = [
            (lambda: self._cut("IMAP", scene.imap), 20), (lambda: self._cut("SMTP", scene.smtp), 20),
            (lambda: self._slow("IMAP", scene.imap), 2), (lambda: self._slow("SMTP", scene.smtp), 2),
            (lambda: self._still("IMAP", scene.imap), 2), (lambda: self._still("SMTP", scene.smtp), 2),
            (lambda: self._refuse("IMAP", scene.imap), 3), (lambda: self._refuse("SMTP", scene.smtp), 3),
            (self._dovecot, 5), (self._answer, 8), (self._disk, 3), (self._larger_files, 2), (self._lock, 3),
            (self._renumber, 2), (lambda: flag(scene, chance), 3),
            (lambda: copy(scene, chance), 1),
        ]
        if jumps:
            faults.append((self._jump, 5))
        if scene.database_net is not None:
            net = scene.database_net
            faults += [(lambda: self._cut("database", net), 8), (lambda: self._slow("database", net), 1),
                       (lambda: self._still("database", net), 1), (lambda: self._refuse("database", net), 1),
                       (self._postgres, 5)]
        self._faults = faults

    def strike(self) -> None:
        """One fault, from its beginning to its end, but for a cut that waits for its byte."""
        fault = self.chance.choices([fault for fault, _ in self._faults], [weight for _, weight in self._faults])[0]
        if name := fault():
            self.counts[name] += 1

    def clear(self) -> None:
        """Everything is well again; cuts that met no byte are taken back. The clock is where it was furthest."""
        scene = self.scene
        self.settle_cuts()
        for net in (scene.imap, scene.smtp, scene.database_net):
            if net is not None:
                net.heal()
        self._settle_answers(all_of_them=True)
        scene.clock.set(self.furthest)

    # Networks

    def settle_cuts(self) -> None:
        """Count the cuts that were met since the last time."""
        nets = {"IMAP": self.scene.imap, "SMTP": self.scene.smtp, "database": self.scene.database_net}
        for name, net in nets.items():
            if net is not None:
                for kind, what in (("cut", "cut"), ("refused", "refused")):
                    self.counts[f"{name} connection {what}"] += net.happened.pop(kind, 0)

    def _cut(self, _: str, net: Proxy) -> str:
        """At any byte: mostly near, where conversations are; sometimes far inside a large text."""
        free = [direction for direction in (TO_SERVER, TO_CLIENT) if not net.is_armed(direction)]
        if not free:
            return ""
        direction = self.chance.choice(free)
        count = int(10 ** self.chance.uniform(0, 3.2 if self.chance.random() < 0.85 else 4.5)) - 1
        net.cut_after(count, direction, reset=self.chance.random() < 0.5)
        self._pause(0.1, 0.6)
        return ""  # counted when it is met

    def _slow(self, name: str, net: Proxy) -> str:
        net.delay(self.chance.uniform(0.01, 0.15))
        self._pause(0.4, 1.2)
        net.delay(0)
        return f"{name} delayed"

    def _still(self, name: str, net: Proxy) -> str:
        before = sum(net.passed.values())
        net.stall()
        # sometimes for longer than the daemon's patience of three seconds
        self._pause(*((0.3, 1.0) if self.chance.random() < 0.7 else (3.2, 3.8)))
        if self.chance.random() < 0.5:
            net.drop()
        net.heal()
        self._pause(0.05, 0.1)
        return f"{name} silent" if sum(net.passed.values()) >= before else ""

    def _refuse(self, name: str, net: Proxy) -> str:
        net.refuse()
        net.drop()
        self._pause(0.2, 1.0)
        net.heal()
        return ""  # connections that were cut and refused are counted one by one

    # Servers

    def _dovecot(self) -> str:
        hard = self.chance.random() < 0.6
        self.scene.dovecot.restart(hard=hard)
        return "Dovecot killed and restarted" if hard else "Dovecot restarted"

    def _postgres(self) -> str:
        assert self.scene.postgres is not None
        hard = self.chance.random() < 0.5
        self.scene.engine.dispose()
        self.scene.postgres.stop(hard=hard)
        self.scene.postgres.start()
        return "PostgreSQL killed and restarted" if hard else "PostgreSQL restarted"

    def _answer(self) -> str:
        verbs = VERBS + (SECURE_VERBS if self.scene.secure else ())
        every = [(verb, kind) for verb in verbs if verb not in self._scripted for kind in KINDS]
        if not every:
            return ""  # nobody has met those that were ordered
        had = self.had + self.counts
        rarest = sorted(every, key=lambda one: (had[f"SMTP {one[1]} to {one[0]}"], one[1] not in ANSWERS,
                                                self.chance.random()))
        verb, kind = self.chance.choice(rarest[:4])
        self.refuse(verb, kind, times=self.chance.choice((1, 1, 2, 4)))
        self._pause(0.1, 0.6)
        self._settle_answers()
        return ""  # counted when somebody met them

    def pass_time(self, by: timedelta) -> None:
        """The clock goes on by so much, for good."""
        self.scene.clock.move(by)
        self.shift = self.shift + by.total_seconds()
        self.furthest = max(self.furthest, self.shift)

    def refuse(self, verb: str, kind: str, *, times: int) -> None:
        """What the SMTP server will say so often; counted when somebody has met it."""
        answer = {"4xx": NOT_NOW[verb], "5xx": NEVER[verb], "421": "421 4.3.2 closing", "hung up": DROP,
                  "no answer": SILENCE}[kind]
        if verb not in self._scripted:
            self.scene.sink.answer(verb, answer, times=times)
            self._scripted[verb] = kind, times

    def take_back_refusals(self) -> None:
        """The SMTP server takes mail again."""
        self._settle_answers(all_of_them=True)

    def _settle_answers(self, *, all_of_them: bool = False) -> None:
        sink = self.scene.sink
        with sink.lock:
            for verb, (kind, times) in tuple(self._scripted.items()):
                left = len(sink.answers[verb])
                self.counts[f"SMTP {kind} to {verb}"] += times - left
                self._scripted[verb] = kind, left
                if not left or all_of_them:
                    sink.answers[verb].clear()
                    del self._scripted[verb]

    # Disk and database

    def _disk(self) -> str:
        """ENOSPC for archive, spool and an SQLite database."""
        if not self.scene.small_disk:
            return ""
        with contextlib.suppress(OSError), self._filling.open("wb", buffering=0) as file:
            while True:
                file.write(b"\0" * 65536)
        self._pause(0.3, 1.5)
        self.empty_disk()
        return "disk full"

    def fill_disk(self, *, leave: int) -> bool:
        """So many bytes are left, until `empty_disk`."""
        if not self.scene.small_disk:
            return False
        self.empty_disk()
        free = shutil.disk_usage(self.scene.root / "data").free
        with self._filling.open("wb", buffering=0) as file:
            os.posix_fallocate(file.fileno(), 0, max(free - leave, 1))
        self.counts["disk nearly full"] += 1
        return True

    def empty_disk(self) -> None:
        """There is room again."""
        self._filling.unlink(missing_ok=True)

    @property
    def _filling(self) -> Path:
        return self.scene.root / "data" / "filling"

    def _larger_files(self) -> str:
        """EFBIG: no file may grow beyond a few kilobytes, of the running daemon only."""
        life = self.life
        if life is None or not life.alive:
            return ""
        soft = self.chance.choice((0, 4096, 100_000))
        try:
            _, hard = resource.prlimit(life.pid, resource.RLIMIT_FSIZE)
            resource.prlimit(life.pid, resource.RLIMIT_FSIZE, (soft, hard))
            self._pause(0.3, 1.2)
            resource.prlimit(life.pid, resource.RLIMIT_FSIZE, (hard, hard))
        except (ProcessLookupError, PermissionError):
            return ""
        return "no file may grow"

    def _lock(self) -> str:
        """Another writer holds what the daemon needs, for longer than it waits."""
        if self.scene.postgres is None:
            path = self.scene.root / "data" / "inboxd.sqlite"
            with contextlib.closing(sqlite3.connect(path, timeout=1, isolation_level=None)) as other:
                try:
                    other.execute("BEGIN IMMEDIATE")
                except sqlite3.OperationalError:
                    return ""
                self._pause(0.2, 1.5)
                other.execute("ROLLBACK")
        else:
            table = self.chance.choice(("mails", "effects", "events", "timers"))
            try:
                with self.scene.engine.begin() as other:
                    other.execute(text("set local lock_timeout = 1000"))
                    other.execute(text(f"lock table {table} in access exclusive mode"))
                    self._pause(0.2, 1.5)
            except SQLAlchemyError:
                return ""
        return "database locked"

    # Time and numbers

    def _jump(self) -> str:
        """Within a quarter of an hour of true: what is due in between must ring once, whatever the clock shows."""
        furthest = LONGEST_JUMP.total_seconds()
        before = self.scene.clock.shift
        self.scene.clock.set(self.shift + self.chance.uniform(-furthest, furthest))
        self.furthest = max(self.furthest, self.scene.clock.shift)
        self._pause(0.1, 0.8)
        return "clock set forward" if self.scene.clock.shift > before else "clock set back"

    def _renumber(self) -> str:
        """What a restored server does: UIDVALIDITY changes, every mail of a folder gets a new number."""
        scene = self.scene
        folders = [path for path in (scene.maildir, *scene.maildir.glob(".*")) if (path / "dovecot-uidlist").exists()]
        if not folders:
            return ""
        folder = scene.maildir if self.chance.random() < 0.5 else self.chance.choice(folders)
        scene.imap.refuse()
        scene.imap.drop()
        self._pause(0.1, 0.2)
        self._forget_numbers(folder)
        scene.imap.heal()
        return "UIDVALIDITY changed"

    def renumber(self) -> bool:
        """The same while no daemon runs, of the folder with most mail."""
        mails = Counter({path: len([*path.glob("cur/*")]) for path in self.scene.maildir.glob(".*")
                         if path.name.removeprefix(".") not in NOT_WATCHED})
        if not mails.total():
            return False
        self._forget_numbers(mails.most_common(1)[0][0])
        self.counts["UIDVALIDITY changed"] += 1
        return True

    def _forget_numbers(self, folder: Path) -> None:
        for path in (*folder.glob("dovecot-uidlist*"), *folder.glob("dovecot.index*")):
            with contextlib.suppress(FileNotFoundError):
                path.unlink()

    def _pause(self, shortest: float, longest: float) -> None:
        time.sleep(self.chance.uniform(shortest, longest))


def may_mount() -> bool:
    """Whether a small file system can be made: root, in a container that allows it."""
    from tests.daemon.test_bad_disks import may_mount as asked

    return os.geteuid() == 0 and asked()
