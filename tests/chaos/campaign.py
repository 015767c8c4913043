"""Storm after storm over the same servers: a seed is a story, played in calm first, then stormy on each database."""

from __future__ import annotations

import contextlib
import json
import random
import shutil
import stat
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import psycopg

from tests.chaos.checks import Judged
from tests.chaos.march import led_to
from tests.chaos.nursery import Nursery
from tests.chaos.outcome import outcome
from tests.chaos.plans import Choose, Ended, Plan
from tests.chaos.results import Results, version
from tests.chaos.scene import Scene
from tests.chaos.storm import Storm
from tests.chaos.weather import may_mount
from tests.servers import Dovecot, Postgres

FULL = Plan(length=60, more=56, marches=60, kills=110, strikes=130, rebuild=True)
"""The weather of `make chaos`."""
STEPS = replace(FULL, marches=100, kills=6, strikes=10)
"""Fair weather in which daemons die at their named steps: for those at which none has died yet."""

LED_AT_MOST = 2
"""So often a daemon is led to the same step in a storm; who does not come to it twice has no time for it now."""


class Campaign:
    """One run: servers, and storm after storm."""

    def __init__(self, root: Path, dovecot: Dovecot, nursery: Nursery, results: Results) -> None:
        self.root, self.dovecot, self.nursery, self.results = root, dovecot, nursery, results
        self.mounts = may_mount()
        self._tried: dict[str, Counter[str]] = {}

    def story(
        self, seed: int, databases: Mapping[str, Postgres | None], plan: Plan = FULL
    ) -> Iterator[Ended]:
        """One story, in calm and then in a storm on each database."""
        secure, jumps = seed % 2 == 1, seed % 3 == 0
        with self.scene(f"{seed}-calm", None, secure=secure) as scene:
            calm = _come_to_an_end(Storm(scene, seed, Plan(length=plan.length, more=plan.more)), scene)
            wanted = None if calm.judged.complaints else outcome(scene, clocks=not jumps)
        if wanted is None:
            yield calm
            return
        for name, postgres in databases.items():
            with self.scene(f"{seed}-{name}", postgres, secure=secure) as scene:
                self.results.note_steps(name, calm.reached | led_to(), {})
                bad = replace(plan, jumps=jumps, choose=self._rarest(name, seed, calm.late),
                              had=self.results.total(name, version())["faults"])
                ended = _come_to_an_end(Storm(scene, seed, bad, wanted=wanted), scene)
                if ended.judged.complaints or ended.judged.rebuild:
                    self._keep(scene, f"{seed}-{name}")
            yield ended

    @contextlib.contextmanager
    def scene(self, name: str, postgres: Postgres | None, *, secure: bool) -> Iterator[Scene]:
        """An office with an empty mailbox; gone afterwards."""
        root = self.root / name
        try:
            with Scene(root=root, dovecot=self.dovecot, nursery=self.nursery, postgres=postgres, secure=secure,
                       small_disk=self.mounts) as scene:
                yield scene
        finally:
            shutil.rmtree(root, ignore_errors=True)

    def _keep(self, scene: Scene, name: str) -> None:
        """What a person needs to look at a broken promise: settings, archive, database, and the event lines."""
        place = Path(tempfile.mkdtemp(prefix=f"chaos-{name}-"))
        kept = shutil.copytree(scene.root, place / "scene", ignore=_no_pipe)
        (place / "events.log").write_text("\n".join(scene.log.lines), encoding="utf-8")
        keys = {scene.keys[row["digest"]]: row["id"] for row in scene.rows("select id, digest from mails")
                if row["digest"] in scene.keys}
        (place / "letters.json").write_text(json.dumps(keys, indent=1), encoding="utf-8")
        if scene.postgres is not None:
            scene.postgres.dump(scene.database, place / "database.sql")
        print(f"  it is kept: {kept.parent}", flush=True)

    def _rarest(self, database: str, seed: int, late: frozenset[str]) -> Choose:
        """Chooses the named step of the next death: one at which daemons died least, or tried to."""
        chance, tried = random.Random(f"steps {seed}"), self._tried.setdefault(database, Counter())
        led = Counter[str]()

        def choose(after_the_leap: bool, near: tuple[str, ...]) -> tuple[str, int] | None:
            died = self.results.steps(database, version())
            if near:
                fresh = [name for name in near if not died.get(name) and led[name] < LED_AT_MOST]
                if not fresh:
                    return None
                name = min(fresh, key=lambda name: tried[name])  # of equal ones the first to which it comes
                tried[name] += 1
                led[name] += 1
                return name, 1
            names = [name for name in died if (died[name] or name not in led_to()) and (name in late) == after_the_leap]
            names = names or list(died)
            name = min(names, key=lambda name: (died[name] + tried[name], chance.random()))
            tried[name] += 1
            return name, 1 if died[name] == 0 else chance.choice((1, 2, 3))

        return choose


def _no_pipe(folder: str, names: list[str]) -> set[str]:
    return {name for name in names if stat.S_ISFIFO((Path(folder) / name).lstat().st_mode)}


def _come_to_an_end(storm: Storm, scene: Scene) -> Ended:
    """What does not come to rest is a broken promise like another."""
    try:
        return storm.run()
    except TimeoutError as error:
        life = storm.life
        if life is not None and life.alive:
            life.kill()
        return storm.ended(Judged(complaints=[str(error)], letters=len(scene.copies)), 0.0)


def tell(ended: Ended) -> None:
    """One storm in a line, and what was broken."""
    killed = ended.faults["killed at a named step"] + ended.faults["killed at a random moment"]
    verdict = "nothing lost, nothing doubled" if not ended.judged.complaints else "PROMISES BROKEN"
    print(f"seed {ended.seed} on {ended.database}: {ended.judged.letters} letters, {killed} kills,"
          f" {sum(ended.faults.values()) - killed} other faults, {ended.judged.repeated} sent twice,"
          f" {ended.seconds:.0f} s: {verdict}", flush=True)
    for complaint in (*ended.judged.complaints[:12], *ended.judged.rebuild):
        print(f"  {complaint[:600]}", flush=True)


def durable(postgres: Postgres) -> None:
    """A commit that was told survives the end of the server's processes, as on a real server."""
    with psycopg.connect(postgres.url().replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("alter system set synchronous_commit = 'on'")
        connection.execute("select pg_reload_conf()")
