"""One mail's ordeal: an office with an empty database, one mail in a real mailbox, a process that dies on the way.

`Office.outcome()` is everything that came of the mail, read from the database, the IMAP server and the SMTP server.
An interrupted way must end in the very outcome of the uninterrupted one.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any, Self

from sqlalchemy import create_engine, select

from inboxd.tables import (
    case_mails,
    cases,
    effects,
    files,
    filings,
    mails,
    metadata,
    submissions,
    timers,
)
from tests import log_lines
from tests.office import PROJECT, Server, write_office
from tests.servers import Dovecot, Received, SmtpSink

KILLED = -9
LISTS = frozenset({"outbox"})
"""Commands that answer a person, with addresses; what others print is event lines."""


class Killer:
    """The other end of `tests.crash.killer`."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.crash.killer"], cwd=PROJECT, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )

    def run(self, config: Path, *commands: tuple[str, ...], kill_at: int | None = None) -> Ended:
        """Run commands one after the other in one new process; dead at step `kill_at` (from 1) if it comes so far."""
        trace, output = config.with_name("steps"), config.with_name("output")
        for path in (trace, output):
            path.write_bytes(b"")
        job = {
            "config": str(config), "commands": [["--config", str(config), *command] for command in commands],
            "kill_at": kill_at, "trace": str(trace), "output": str(output),
        }
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        answer, said = self._process.stdout.readline(), output.read_text(encoding="utf-8")
        if not LISTS.intersection(command[0] for command in commands):
            log_lines.look_at(said.splitlines())
        return Ended(
            status=int(answer), output=said,
            steps=tuple(trace.read_text(encoding="utf-8").splitlines()),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a process ended, what it printed, and the steps that it reached."""

    status: int
    output: str
    steps: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of everything, without times of work, attempts and wording."""

    rows: dict[str, Counter[tuple[Any, ...]]]
    """For each table its rows, without ids: a database may leave gaps in them after a transaction that was lost."""
    sent: Counter[tuple[str, str]]
    """Recipient and subject of everything that the SMTP server accepted, each Message-ID once."""
    folders: dict[str, int]
    """How many mails lie in each folder that is not empty."""


@dataclass(kw_only=True)
class Office:
    """One office with its own database, archive and mailbox; servers are shared."""

    config: Path
    dovecot: Dovecot
    user: str
    sink: SmtpSink
    database: str
    _before: int = field(init=False)
    _after: int | None = None

    def __post_init__(self) -> None:
        self._before = len(self.sink.mails)

    @property
    def accepted(self) -> list[Received]:
        """What the SMTP server accepted since this office exists, and until it was over."""
        return self.sink.mails[self._before:self._after]

    def is_over(self) -> None:
        """What the server accepts from now on is another office's: after a death the same mail may get another id."""
        self._after = len(self.sink.mails)

    def sends_done(self) -> int:
        """How many sends the database knows to be done; 0 if there are no tables yet."""
        return sum(row[:2] == ("send", "done") for row in self._rows(_QUERIES["effects"]))

    def outcome(self) -> Outcome:
        accepted = {str(mail["Message-ID"]): mail for mail in map(_read, self.accepted)}
        return Outcome(
            rows={name: Counter(self._rows(query)) for name, query in _QUERIES.items()},
            sent=Counter((str(mail["To"]), _without_references(str(mail["Subject"]))) for mail in accepted.values()),
            folders={folder: count for folder, count in self._folders().items() if count},
        )

    def _folders(self) -> dict[str, int]:
        with self.dovecot.client(self.user) as client:
            names = [name for flags, _, name in client.list_folders() if b"\\Noselect" not in flags]
            return {name: int(client.folder_status(name, ["MESSAGES"])[b"MESSAGES"]) for name in names}

    def sent_twice(self) -> Counter[str]:
        """How often each Message-ID was accepted more than once; the bytes must be the same."""
        ids = Counter(str(_read(mail)["Message-ID"]) for mail in self.accepted)
        different = {mail.raw for mail in self.accepted}
        assert len(different) == len(ids), "two different texts went out under one Message-ID"
        return Counter({message_id: count - 1 for message_id, count in ids.items() if count > 1})

    def leftovers(self) -> list[Path]:
        """Unfinished files that nobody will ever use."""
        data = self.config.parent / "data"
        names = [*(data / "spool").glob("*"), *(data / "archive").rglob(".*")]
        return [path for path in names if path.is_file()]

    def _rows(self, query: Any) -> list[tuple[Any, ...]]:
        if self.database.startswith("sqlite") and not Path(self.database.removeprefix("sqlite:///")).exists():
            return []
        engine = create_engine(self.database)
        try:
            with engine.connect() as connection:
                if not set(metadata.tables) & set(engine.dialect.get_table_names(connection)):
                    return []
                return [tuple(map(_without_references, row)) for row in connection.execute(query)]
        finally:
            engine.dispose()


def _read(mail: Received) -> EmailMessage:
    return message_from_bytes(mail.raw, policy=SMTP)


def _without_references(value: Any) -> Any:
    """A case's reference holds the id of its mail."""
    return re.sub(r"MC\d\d-\d{6}-[A-Z]", "<reference>", value) if isinstance(value, str) else value


_QUERIES = {
    "mails": select(
        mails.c.digest, mails.c.state, mails.c.decisions, mails.c.route, mails.c.rule, mails.c.place,
        mails.c.held_reason,
    ),
    "submissions": select(submissions.c.number, submissions.c.outcome, submissions.c.decision),
    "filings": select(filings.c.application_number, filings.c.digest),
    "files": select(files.c.path, files.c.digest, files.c.outcome),
    "cases": select(cases.c.category, cases.c.state, cases.c.reply_by, cases.c.action_by),
    "case_mails": select(case_mails.c.relation),
    "timers": select(timers.c.key, timers.c.kind, timers.c.due_at, timers.c.state),
    "effects": select(effects.c.kind, effects.c.state, effects.c.template, effects.c.recipient),
}


@dataclass(frozen=True, kw_only=True)
class Case:
    """A kind of mail, and what the office needs for it."""

    name: str
    raw: bytes
    arrived: datetime
    sections: Mapping[str, str] = field(default_factory=dict)


@dataclass(kw_only=True)
class Ground:
    """Where ordeals take place: the servers, the killer, and one prepared office to copy."""

    dovecot: Dovecot
    sink: SmtpSink
    killer: Killer
    root: Path
    template: Path | None = None
    count: int = 0

    def office(self, case: Case, *, database: str = "") -> Office:
        """A new office with the register imported and the mail in its inbox, not yet taken."""
        self.count += 1
        root = self.root / f"office-{self.count}"
        user = self.dovecot.fresh_user()
        url = database or f"sqlite:///{root}/data/inboxd.sqlite"
        config = write_office(
            root, imap=Server(port=self.dovecot.port, username=user, password=self.dovecot.password),
            smtp=Server(port=self.sink.port), database=url, sections=case.sections,
        )
        if database or self.template is None:
            imported = self.killer.run(config, ("applications", "import", str(root / "register.csv"), "--json"))
            assert imported.status == 0, imported.output
        if not database and self.template is None:
            self.template = self.root / "prepared"
            shutil.copytree(root / "data", self.template)
        elif not database:
            assert self.template is not None
            shutil.copytree(self.template, root / "data", dirs_exist_ok=True)
        self.dovecot.deliver(case.raw, user=user, at=case.arrived)
        return Office(config=config, dovecot=self.dovecot, user=user, sink=self.sink, database=url)
