"""One mail's ordeal: an office with an empty database, one mail in a real mailbox, a process that dies on the way.

`Office.outcome()` is everything that came of the mail, read from the database, the IMAP server and the SMTP server.
An interrupted way must end in the very outcome of the uninterrupted one.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes
from pathlib import Path
from typing import Any, Self

from sqlalchemy import create_engine, select

from inboxd import tables
from tests.office import PROJECT, Server, write_office
from tests.servers import Dovecot, Received, SmtpSink

KILLED = -9


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
        answer = self._process.stdout.readline()
        return Ended(
            status=int(answer), output=output.read_text(encoding="utf-8"),
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

    mails: list[tuple[Any, ...]]
    submissions: list[tuple[Any, ...]]
    filings: list[tuple[Any, ...]]
    files: list[tuple[Any, ...]]
    cases: list[tuple[Any, ...]]
    case_mails: int
    timers: list[tuple[Any, ...]]
    effects: list[tuple[Any, ...]]
    sent: dict[str, str]
    """Message-ID and recipient of everything that the SMTP server accepted."""
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

    def __post_init__(self) -> None:
        self._before = len(self.sink.mails)

    @property
    def accepted(self) -> list[Received]:
        """What the SMTP server accepted since this office exists."""
        return self.sink.mails[self._before:]

    def sends_done(self) -> int:
        """How many sends the database knows to be done; 0 if there are no tables yet."""
        return sum(row[0] == "send" and row[2] == "done" for row in self._rows(_EFFECTS))

    def outcome(self) -> Outcome:
        sent = {}
        for mail in self.accepted:
            message_id = str(message_from_bytes(mail.raw)["Message-ID"])
            assert len(mail.recipients) == 1
            assert sent.setdefault(message_id, mail.recipients[0]) == mail.recipients[0]
        lying = self._folders()
        return Outcome(
            mails=self._rows(_MAILS), submissions=self._rows(_SUBMISSIONS), filings=self._rows(_FILINGS),
            files=self._rows(_FILES), cases=self._rows(_CASES), case_mails=len(self._rows(_CASE_MAILS)),
            timers=self._rows(_TIMERS), effects=self._rows(_EFFECTS), sent=sent,
            folders={folder: count for folder, count in lying.items() if count},
        )

    def _folders(self) -> dict[str, int]:
        with self.dovecot.client(self.user) as client:
            names = [name for flags, _, name in client.list_folders() if b"\\Noselect" not in flags]
            return {name: int(client.folder_status(name, ["MESSAGES"])[b"MESSAGES"]) for name in names}

    def sent_twice(self) -> Counter[str]:
        """How often each Message-ID was accepted more than once; the bytes must be the same."""
        ids = Counter(str(message_from_bytes(mail.raw)["Message-ID"]) for mail in self.accepted)
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
                names = set(tables.metadata.tables)
                if not names & set(engine.dialect.get_table_names(connection)):
                    return []
                return sorted(tuple(row) for row in connection.execute(query))
        finally:
            engine.dispose()


_MAILS = select(
    tables.mails.c.digest, tables.mails.c.state, tables.mails.c.decisions, tables.mails.c.route, tables.mails.c.rule,
    tables.mails.c.place, tables.mails.c.held_reason,
)
_SUBMISSIONS = select(tables.submissions.c.mail_id, tables.submissions.c.number, tables.submissions.c.outcome)
_FILINGS = select(tables.filings.c.application_number, tables.filings.c.digest, tables.filings.c.mail_id)
_FILES = select(tables.files.c.mail_id, tables.files.c.path, tables.files.c.digest, tables.files.c.outcome)
_CASES = select(tables.cases.c.reference, tables.cases.c.category, tables.cases.c.state, tables.cases.c.reply_by)
_CASE_MAILS = select(tables.case_mails.c.case_id, tables.case_mails.c.mail_id)
_TIMERS = select(tables.timers.c.key, tables.timers.c.kind, tables.timers.c.due_at, tables.timers.c.state)
_EFFECTS = select(
    tables.effects.c.kind, tables.effects.c.key, tables.effects.c.state, tables.effects.c.template,
    tables.effects.c.recipient,
)


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
