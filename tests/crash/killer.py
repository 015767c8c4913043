"""A process that runs real `inboxd` commands and is killed (SIGKILL, no clean-up of any kind) at a named step.

`python -m tests.crash.killer` reads one job a line from standard input and answers one line for each. A job is a
fork: a process of its own that runs the command line of inboxd as it is, with its doors wrapped so that each step is
counted and, at the one asked for, the process kills itself. Nothing of this is in `inboxd`: the product has no switch.

The parent imports everything and reads the rules once, because that is two seconds for each process and there are
hundreds of them; what a child does with its database, archive, IMAP and SMTP connections is all its own.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import json
import os
import signal
import smtplib
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from imapclient import IMAPClient
from sqlalchemy import Connection

from inboxd import alerts, app, cli, daemon, parsers, process, records, triage
from inboxd.archive import Archive
from inboxd.cli import verifying
from inboxd.database import Database, open_engine
from inboxd.mailbox import ImapMailbox
from inboxd.readers.frames import ReadingRules
from inboxd.readers.weighing import Weights
from inboxd.settings import read_settings
from inboxd.smtp import SmtpCourier
from tests.crash import forked
from tests.crash.letters import critical, documents
from tests.remembered import remember_rules


class Steps:
    """Counts the steps of a run, writes their names down, and dies at one of them."""

    def __init__(self, trace: Path, kill_at: int | None) -> None:
        self._trace = trace.open("a", encoding="utf-8", buffering=1)
        self._kill_at = kill_at
        self._count = 0

    def reach(self, name: str) -> None:
        self._count += 1
        self._trace.write(f"{name}\n")
        if self._count == self._kill_at:
            os.kill(os.getpid(), signal.SIGKILL)


def _around(steps: Steps, owner: Any, name: str, label: str) -> None:
    """Two steps for each call: before and after."""
    original = getattr(owner, name)

    @functools.wraps(original)
    def wrapped(*arguments: Any, **named: Any) -> Any:
        steps.reach(f"before {label}")
        result = original(*arguments, **named)
        steps.reach(f"after {label}")
        return result

    setattr(owner, name, wrapped)


def _around_each_mail(steps: Steps) -> None:
    original = ImapMailbox.fetch

    def fetch(*arguments: Any) -> Iterator[Any]:
        steps.reach("before fetch")
        for fetched in original(*arguments):
            steps.reach("after fetching a mail")
            yield fetched

    setattr(ImapMailbox, "fetch", fetch)  # noqa: B010  # mypy would compare two signatures


def _around_transactions(steps: Steps) -> None:
    original = Database.transaction

    @contextlib.contextmanager
    def transaction(self: Database) -> Iterator[Connection]:
        steps.reach("before a transaction")
        with original(self) as connection:
            steps.reach("in a transaction, before its first row")
            yield connection
            steps.reach("before commit")
        steps.reach("after commit")

    Database.transaction = transaction  # type: ignore[method-assign]  # that is the point


def wrap_the_doors(steps: Steps) -> None:
    """Every door and every pure stage of one mail's way, and every write that reaches the disk."""
    for name in ("connect", "open", "uids", "sizes", "header", "beginning", "outline", "ensure_folder", "move"):
        _around(steps, ImapMailbox, name, f"mailbox.{name}")
    for name in ("copy", "add_flags", "uid_expunge"):
        _around(steps, IMAPClient, name, f"imap {name}")
    _around_each_mail(steps)
    _around_transactions(steps)
    for name in ("keep", "keep_file"):
        _around(steps, Archive, name, f"archive.{name}")
    _around(steps, os, "fsync", "fsync")
    _around(steps, Path, "rename", "rename")
    _around(steps, parsers, "parse", "parse")
    _around(steps, triage, "decide", "decide")
    _around(steps, process, "render", "render a reply")
    _around(steps, alerts, "render", "render an alert")
    _around(steps, records, "attach", "attach")
    _around(steps, SmtpCourier, "send", "send")
    for name in ("mail", "rcpt", "data"):
        _around(steps, smtplib.SMTP, name, f"SMTP {name}")


def remember() -> None:
    """In the parent: what lives are told and what they read is read once."""
    forked.remember_setup()
    remember_rules()


def rehearse(config: Path) -> None:
    """Load what a process loads late (migrations, parsers, tables of file types), so that forks have it."""
    assert daemon
    assert verifying
    settings = read_settings(config)
    rules, _ = app.read_rules(settings)
    forked.rehearse(ReadingRules.of(settings, Weights.of(rules)), documents(), critical())
    empty = Database(open_engine("sqlite://"))
    empty.upgrade()
    empty.close()


def _child(job: dict[str, Any]) -> int:
    forked.wait_for_orders()
    output = os.open(job["output"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(output, 1)
    os.dup2(output, 2)
    wrap_the_doors(Steps(Path(job["trace"]), job["kill_at"]))
    status = 0
    for command in job["commands"]:
        sys.argv = ["inboxd", *command]
        try:
            cli.main()
            status = 0
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
        sys.stdout.flush()
        if status:
            break
    return status


def do(job: dict[str, Any]) -> int:
    """Run a job in a process of its own. Returns its exit status, or minus the signal that killed it."""
    pid = os.fork()
    if pid == 0:
        status = 70
        try:
            status = _child(job)
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)
    _, ended = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(ended)


def main() -> None:
    """Serve jobs until standard input ends; with arguments, run `KILL_AT TRACE COMMAND...` in this very process."""
    if len(sys.argv) > 1:
        kill_at, trace, *command = sys.argv[1:]
        wrap_the_doors(Steps(Path(trace), int(kill_at) or None))
        sys.argv = ["inboxd", *command]
        cli.main()
        return
    remember()
    rehearsed = False
    for line in sys.stdin:
        job = json.loads(line)
        if not rehearsed:
            rehearse(Path(job["config"]))
            rehearsed = True
            gc.collect()
            gc.freeze()  # forks share what they only read
        print(do(job), flush=True)


if __name__ == "__main__":
    main()
