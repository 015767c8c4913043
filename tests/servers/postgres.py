"""A temporary PostgreSQL cluster for tests: own folder, own port on 127.0.0.1, gone afterwards.

Durability is off (fsync, full_page_writes): it is for tests of behaviour, not of crashes of the machine. Runs as
the caller, or as `postgres` or `nobody` when the caller is root. Fails with `RuntimeError` and the server's log.
"""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg

from tests.servers.places import HOST, account_for, can_enter, find_program, free_port, short_folder

_PACKAGE = "postgresql"


def _installed() -> tuple[Path, ...]:
    folders = Path("/usr/lib/postgresql").glob("*/bin")
    return tuple(sorted(folders, key=lambda folder: float(folder.parent.name), reverse=True))


class Postgres:
    """`with Postgres() as cluster:`; each `create_database()` is empty and has a URL of its own."""

    user = "inboxd"

    def __init__(self, root: Path | None = None) -> None:
        self._initdb = find_program("initdb", package=_PACKAGE, folders=_installed())
        self._server = find_program("postgres", package=_PACKAGE, folders=_installed())
        self._control = find_program("pg_ctl", package=_PACKAGE, folders=_installed())
        self._owner = account_for("postgres", "nobody")
        self._own_root = root is None
        self.root = short_folder("postgres-") if root is None else root
        self.root.mkdir(parents=True, exist_ok=True)
        if not can_enter(self.root, self._owner):
            raise RuntimeError(f"{self.root}: user {self._owner.pw_name} cannot enter it; give a public folder or none")
        self._sockets = short_folder("pg-")
        self._data = self.root / "data"
        self.port = free_port()
        self._numbers = itertools.count(1)
        self._running = False

    def _do(self, *command: str | Path) -> None:
        root = os.geteuid() == 0
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, cwd="/",
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}, timeout=60,
            user=self._owner.pw_uid if root else None, group=self._owner.pw_gid if root else None,
            extra_groups=[] if root else None,
        )
        if done.returncode:
            raise RuntimeError(f"{Path(command[0]).name} failed:\n{done.stdout}{done.stderr}{self.log()}")

    def start(self) -> None:
        """Make the cluster if it is not there, start it, return when it answers (about 1.5 s the first time)."""
        if not self._data.exists():
            self._data.mkdir(mode=0o700)
            if os.geteuid() == 0:
                for folder in (self._data, self._sockets):
                    os.chown(folder, self._owner.pw_uid, self._owner.pw_gid)
            self._do(self._initdb, "-D", self._data, "-U", self.user, "-A", "trust", "-E", "UTF8", "--no-locale",
                     "--no-sync", "--no-instructions")
            settings = {
                "listen_addresses": HOST, "port": self.port, "unix_socket_directories": self._sockets, "fsync": "off",
                "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "32MB",
                "max_connections": 100, "logging_collector": "off", "timezone": "UTC",
            }
            with (self._data / "postgresql.auto.conf").open("a", encoding="utf-8") as file:
                file.writelines(f"{name} = '{value}'\n" for name, value in settings.items())
        self._do(self._control, "start", "-D", self._data, "-w", "-t", "20", "-s", "-l", self._data / "server.log",
                 "-p", self._server)
        self._running = True

    def stop(self, *, hard: bool = False) -> None:
        """Disconnects everybody at once; data stays. Does nothing when it is not running.

        `hard` ends it without a checkpoint, as a crash does; the next start replays its log.
        """
        if self._running:
            self._running = False
            mode = "immediate" if hard else "fast"
            self._do(self._control, "stop", "-D", self._data, "-m", mode, "-w", "-t", "20", "-s")

    def restart(self) -> None:
        self.stop()
        self.start()

    def close(self) -> None:
        """Stop, and remove what was made outside a given `root`."""
        self.stop()
        shutil.rmtree(self._sockets, ignore_errors=True)
        if self._own_root:
            shutil.rmtree(self.root, ignore_errors=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def log(self) -> str:
        path = self._data / "server.log"
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    def url(self, database: str = "postgres") -> str:
        """For `sqlalchemy.create_engine`, with the psycopg 3 driver."""
        return f"postgresql+psycopg://{self.user}@{HOST}:{self.port}/{database}"

    def create_database(self) -> str:
        """A new, empty database; returns its URL."""
        name = f"inboxd_{next(self._numbers)}"
        address = f"postgresql://{self.user}@{HOST}:{self.port}/postgres"
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        return self.url(name)

    def dump(self, url: str, path: Path) -> None:
        """Write a database as SQL, to be looked at later."""
        program = find_program("pg_dump", package=_PACKAGE, folders=_installed())
        name = url.rpartition("/")[2]
        with path.open("wb") as file:
            subprocess.run([program, "-h", HOST, "-p", str(self.port), "-U", self.user, name], stdout=file, check=True)
