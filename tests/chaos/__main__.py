"""`python -m tests.chaos --minutes N --seed S --database sqlite|postgresql|both`: storms until the time is over.

Each seed is a story: played once in calm, then in a storm on each database. Results go to docs/trust.json as each storm
ends, the page docs/trust.md is written from it at the end (`--page-only`: only that). Exit status 1: a promise was broken.
"""

from __future__ import annotations

import argparse
import contextlib
import logging
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

import psycopg

from tests.chaos.checks import Judged
from tests.chaos.nursery import Nursery
from tests.chaos.outcome import Outcome, outcome
from tests.chaos.page import write_page
from tests.chaos.results import Results
from tests.chaos.scene import Scene
from tests.chaos.storm import Ended, Storm
from tests.chaos.weather import may_mount
from tests.office import PROJECT
from tests.servers import Dovecot, Postgres

DATABASES = ("sqlite", "postgresql")
STRIKES, KILLS = 60, 60
SHARE_OF_THE_RAREST = 0.75


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description="The daemon in a storm of faults.")
    parser.add_argument("--minutes", type=float, default=10.0, help="no new storm is begun after so long")
    parser.add_argument("--seed", type=int, default=0, help="of the first storm; 0: one that no run has had")
    parser.add_argument("--database", choices=(*DATABASES, "both"), default="both")
    parser.add_argument("--results", type=Path, default=PROJECT / "docs" / "trust.json")
    parser.add_argument("--page", type=Path, default=PROJECT / "docs" / "trust.md")
    parser.add_argument("--page-only", action="store_true", help="write the page from the results, no storm")
    return parser.parse_args()


class Campaign:
    """One run: servers, and storm after storm."""

    def __init__(self, root: Path, dovecot: Dovecot, nursery: Nursery, results: Results) -> None:
        self.root, self.dovecot, self.nursery, self.results = root, dovecot, nursery, results
        self.mounts = may_mount()

    def story(self, seed: int, databases: dict[str, Postgres | None], *, kills: int = KILLS, strikes: int = STRIKES,
              length: int = 60) -> Iterator[Ended]:
        """One story, in calm and then in a storm on each database."""
        secure, jumps = seed % 2 == 1, seed % 3 == 0
        with self._scene(f"{seed}-calm", None, secure=secure) as scene:
            calm = _come_to_an_end(Storm(scene, seed, length=length), scene)
            wanted = None if calm.judged.complaints else outcome(scene, clocks=not jumps)
        if wanted is None:
            yield calm
            return
        for name, postgres in databases.items():
            with self._scene(f"{seed}-{name}", postgres, secure=secure) as scene:
                self.results.note_steps(name, calm.reached, {})
                storm = Storm(
                    scene, seed, wanted=wanted, choose=self._rarest(name, seed), strikes=strikes, kills=kills,
                    jumps=jumps, length=length,
                )
                ended = _come_to_an_end(storm, scene)
                if ended.judged.complaints:
                    self._keep(scene, f"{seed}-{name}")
            yield ended

    @contextlib.contextmanager
    def _scene(self, name: str, postgres: Postgres | None, *, secure: bool) -> Iterator[Scene]:
        root = self.root / name
        try:
            with Scene(root=root, dovecot=self.dovecot, nursery=self.nursery, postgres=postgres, secure=secure,
                       small_disk=self.mounts) as scene:
                yield scene
        finally:
            shutil.rmtree(root, ignore_errors=True)

    def _keep(self, scene: Scene, name: str) -> None:
        """What a person needs to look at a broken promise: the event lines."""
        path = Path(tempfile.gettempdir()) / f"chaos-{name}.log"
        path.write_text("\n".join(scene.log.lines), encoding="utf-8")
        print(f"  its event lines are kept: {path}", flush=True)

    def _rarest(self, database: str, seed: int) -> Callable[[], tuple[str, int]]:
        """Chooses the named step of the next death: mostly one at which daemons died least."""
        chance = random.Random(f"steps {seed}")

        def choose() -> tuple[str, int]:
            died = self.results.steps(database)
            names = sorted(died, key=lambda name: (died[name], chance.random()))
            first = names[:12] if chance.random() < SHARE_OF_THE_RAREST else names
            return chance.choice(first), chance.choice((1, 1, 1, 2, 3, 5))

        return choose


def _come_to_an_end(storm: Storm, scene: Scene) -> Ended:
    """What does not come to rest is a broken promise like another."""
    try:
        return storm.run()
    except TimeoutError as error:
        life = storm.life
        if life is not None and life.alive:
            life.kill()
        return storm.ended(Judged(complaints=[str(error)], letters=len(scene.copies)), 0.0)


def _tell(ended: Ended) -> None:
    killed = ended.faults["killed at a named step"] + ended.faults["killed at a random moment"]
    verdict = "nothing lost, nothing doubled" if not ended.judged.complaints else "PROMISES BROKEN"
    print(f"seed {ended.seed} on {ended.database}: {ended.judged.letters} letters, {killed} kills,"
          f" {sum(ended.faults.values()) - killed} other faults, {ended.judged.repeated} sent twice,"
          f" {ended.seconds:.0f} s: {verdict}", flush=True)
    for complaint in ended.judged.complaints[:12]:
        print(f"  {complaint[:600]}", flush=True)


def durable(postgres: Postgres) -> None:
    """A commit that was told survives the end of the server's processes, as on a real server."""
    with psycopg.connect(postgres.url().replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("alter system set synchronous_commit = 'on'")
        connection.execute("select pg_reload_conf()")


def _run(arguments: argparse.Namespace, results: Results) -> bool:
    began, sound = time.monotonic(), True
    names = DATABASES if arguments.database == "both" else (arguments.database,)
    taken = [seed for run in results.content["runs"] for of in run["databases"].values() for seed in of["seeds"]]
    seed = arguments.seed or max(taken, default=0) + 1
    results.begin(f"--minutes {arguments.minutes:g} --seed {seed} --database {arguments.database}")
    memory = Path("/dev/shm")
    root = Path(tempfile.mkdtemp(prefix="chaos-", dir=memory if os.access(memory, os.W_OK) else None))
    try:
        with contextlib.ExitStack() as stack:
            dovecot = stack.enter_context(Dovecot())
            nursery = stack.enter_context(Nursery())
            databases: dict[str, Postgres | None] = dict.fromkeys(names)
            if "postgresql" in databases:
                databases["postgresql"] = postgres = stack.enter_context(Postgres())
                durable(postgres)
            campaign = Campaign(root, dovecot, nursery, results)
            while time.monotonic() - began < arguments.minutes * 60:
                for ended in campaign.story(seed, databases):
                    results.add(ended)
                    _tell(ended)
                    sound &= not ended.judged.complaints
                seed += 1
    finally:
        subprocess.run(["sh", "-c", f"umount -l {root}/*/data 2>/dev/null; true"], check=False)
        shutil.rmtree(root, ignore_errors=True)
    return sound


def _stop(_: int, __: FrameType | None) -> None:
    raise KeyboardInterrupt


def main() -> int:
    """Storms, then the page. Returns the exit status."""
    arguments = _arguments()
    logging.getLogger("mail.log").setLevel(logging.CRITICAL)  # the SMTP server's complaints about broken connections
    signal.signal(signal.SIGTERM, _stop)
    results = Results(arguments.results)
    sound = True
    if not arguments.page_only:
        try:
            sound = _run(arguments, results)
        except KeyboardInterrupt:
            print("stopped", file=sys.stderr)
    results.write()
    write_page(results, arguments.page)
    print(f"written: {arguments.page}")
    return 0 if sound else 1


if __name__ == "__main__":
    sys.exit(main())
