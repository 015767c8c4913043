"""The stage of the demo: a real Dovecot, an SMTP server that keeps what it gets, an office's settings, the daemon.

Everything lies in one folder but Dovecot's own files, which go when it stops. The daemon is the real program in its
own process; its event lines go to a log file. Raises `DemoFailure` with one clear line.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from inboxd.database import Database, open_engine
from inboxd.settings import Settings, read_settings
from inboxd.store import reading
from tests.office import PROJECT, Server, write_office
from tests.servers import Dovecot, Received, SmtpSink

PATIENCE_SECONDS = 60.0
TEXTS = "texts"
"""The folder of the office's own texts, empty at first."""
SECTIONS = {
    "documents": 'required_information = ["name", "date_of_birth", "consent"]',
    "limits": "readers = 1",
    "replies": f'templates = "{TEXTS}"',
}
"""What this office's settings say besides: what must come with documents; mails are read as an office has them read;
where its own texts are, so that a template admin can take one into use."""
STOPPING_SECONDS = 20.0


class DemoFailure(Exception):
    """The demo cannot go on; its text is one line for people."""


class Stage:
    """`with Stage(folder) as stage:` starts the servers and writes the settings; leaving stops all of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "inboxd.log"
        self.complaints = folder / "inboxd.err"
        self.dovecot = Dovecot()
        self.sink = SmtpSink(security="starttls", login=True)
        self.config = folder / "inboxd.toml"
        self._settings: Settings | None = None
        self._database: Database | None = None
        self._daemon: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Stage:
        try:
            self.dovecot.start()
            self.sink.start()
            self._furnish()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop the daemon and the servers, in this order."""
        with contextlib.suppress(DemoFailure):
            self.stop_daemon()
        if self._database is not None:
            self._database.close()
        self.sink.stop()
        self.dovecot.close()

    def _furnish(self) -> None:
        (self.folder / TEXTS).mkdir()
        authorities = {}
        for name, server in (("imap", self.dovecot), ("smtp", self.sink)):
            authorities[name] = self.folder / f"{name}-ca.pem"
            shutil.copyfile(server.certificates.ca, authorities[name])
        write_office(
            self.folder,
            imap=Server(
                port=self.dovecot.tls_port,
                security="tls",
                username=Dovecot.user,
                password=Dovecot.password,
                ca_file=authorities["imap"],
                extra={"reconcile_seconds": "5"},
            ),
            smtp=Server(
                port=self.sink.port,
                security="starttls",
                username=SmtpSink.user,
                password=SmtpSink.password,
                ca_file=authorities["smtp"],
            ),
            sections=SECTIONS | {"console": f'listen = "127.0.0.1:{_free_port()}"'},
        )

    # The program

    def inboxd(self, *arguments: str, timeout: float = PATIENCE_SECONDS) -> str:
        """Run one command to its end; returns what it printed. Raises `DemoFailure` on any exit status but 0."""
        try:
            done = subprocess.run(
                self.command(arguments),
                cwd=PROJECT,
                env=_environment(),
                capture_output=True,
                text=True,
                encoding="utf-8",
                timeout=timeout,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise DemoFailure(f"inboxd {' '.join(arguments)} did not end within {timeout:.0f} s") from error
        if done.returncode != 0:
            said = (done.stderr.strip() or done.stdout.strip()).splitlines()
            raise DemoFailure(
                f"inboxd {' '.join(arguments)} ended with status {done.returncode}: {' / '.join(said[-3:])}"
            )
        return done.stdout

    def once(self) -> None:
        """`inboxd once`: everything that is due, its event lines to the log."""
        with self.log.open("ab") as log, self.complaints.open("ab") as complaints:
            process = subprocess.Popen(
                self.command(["once"]),
                cwd=PROJECT,
                env=_environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=complaints,
                start_new_session=True,
            )
            try:
                status = process.wait(PATIENCE_SECONDS)
            except BaseException as error:
                process.kill()
                process.wait()
                if isinstance(error, subprocess.TimeoutExpired):
                    late = f"inboxd once did not end within {PATIENCE_SECONDS:.0f} s; see {self.log}"
                    raise DemoFailure(late) from error
                raise
        if status != 0:
            raise DemoFailure(f"inboxd once ended with status {status}; {self._complaint()}")

    def start_daemon(self) -> None:
        """`inboxd run` in the background."""
        with self.log.open("ab") as log, self.complaints.open("ab") as complaints:
            self._daemon = subprocess.Popen(
                self.command(["run"]),
                cwd=PROJECT,
                env=_environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=complaints,
                start_new_session=True,
            )

    def stop_daemon(self) -> None:
        """SIGTERM, and wait. Raises `DemoFailure` unless it ends with status 0 by itself."""
        process, self._daemon = self._daemon, None
        if process is None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            status = process.wait(STOPPING_SECONDS)
        except subprocess.TimeoutExpired as error:
            process.kill()
            process.wait()
            raise DemoFailure(f"inboxd run did not stop within {STOPPING_SECONDS:.0f} s of SIGTERM") from error
        if status != 0:
            raise DemoFailure(f"inboxd run ended with status {status}; {self._complaint()}")

    def check_daemon(self) -> None:
        """Raises `DemoFailure` if `inboxd run` ended by itself."""
        if self._daemon is not None and (status := self._daemon.poll()) is not None:
            self._daemon = None
            raise DemoFailure(f"inboxd run ended by itself with status {status}; {self._complaint()}")

    def _complaint(self) -> str:
        """The last line of what the program said on standard error, and where the rest is."""
        lines = self.complaints.read_text(encoding="utf-8", errors="replace").split("\n")
        last = next((line for line in reversed(lines) if line.strip()), "")
        return f"{last or 'it said nothing'} (see {self.log} and {self.complaints})"

    def command(self, arguments: Sequence[str]) -> list[str]:
        """The words that run the program on this stage's settings."""
        return [sys.executable, "-m", "inboxd", "--config", str(self.config), *arguments]

    def environment(self) -> dict[str, str]:
        """What a program of the demo is given of ours."""
        return _environment()

    # What can be seen

    @property
    def settings(self) -> Settings:
        if self._settings is None:
            self._settings = read_settings(self.config)
        return self._settings

    @property
    def database(self) -> Database:
        if self._database is None:
            self._database = Database(open_engine(self.settings.storage.database))
        return self._database

    def settle(self, mails: int) -> None:
        """Wait until so many mails are taken and nothing is left to do for any of them."""
        end = time.monotonic() + PATIENCE_SECONDS
        while True:
            self.check_daemon()
            with self.database.reading() as tx:
                tally = reading.tally(tx)
            states = tally["mails"]
            finished = states.get("done", 0) + states.get("held", 0)
            if finished >= mails and finished == sum(states.values()) and not tally["effects"].get("due", 0):
                return
            if time.monotonic() > end:
                raise DemoFailure(
                    f"{finished} of {mails} mails were finished after {PATIENCE_SECONDS:.0f} s; see {self.log}"
                )
            time.sleep(0.1)

    def stories(self) -> Mapping[str, Mapping[str, Any]]:
        """The story of every mail, by the SHA-256 of its bytes."""
        found: dict[str, Mapping[str, Any]] = {}
        with self.database.reading() as tx:
            for row in reading.list_mails(tx, limit=10_000):
                story = reading.story(tx, row["id"])
                assert story is not None
                found[story["mail"]["digest"]] = story
        return found

    def sent(self) -> list[Received]:
        """What the SMTP server has accepted so far, in order."""
        return self.sink.mails

    def folders(self) -> Iterator[tuple[str, list[bytes]]]:
        """Every folder on the IMAP server that can hold mail, by name, with its mails."""
        with self.dovecot.client() as client:
            listed = sorted((name, flags) for flags, _, name in client.list_folders())
        for name, flags in listed:
            if not {b"\\Noselect", b"\\NonExistent"}.intersection(flags):
                yield name, self.dovecot.messages(name)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _environment() -> dict[str, str]:
    """Ours, without what would make the daemon speak to a service manager or read other settings."""
    unwanted = ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "CREDENTIALS_DIRECTORY", "INBOXD_CONFIG")
    return {name: value for name, value in os.environ.items() if name not in unwanted} | {"PYTHONUTF8": "1"}
