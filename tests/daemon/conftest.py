"""Real servers, started once; each test has an office and a mailbox of its own in them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from tests.office import Server, write_office
from tests.servers import Dovecot, Postgres, SmtpSink

ON_CALL = re.compile(r'(\[\[on_call\]\]\ndays = "\w+"\nhours = )"[^"]+"')


@pytest.fixture(scope="session")
def dovecot() -> Iterator[Dovecot]:
    with Dovecot() as server:
        yield server


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[SmtpSink]:
    with SmtpSink(tmp_path / "sink", security="plain") as server:
        yield server


@dataclass(kw_only=True)
class Office:
    """One office: its configuration, its mailbox, the server of its replies."""

    config: Path
    dovecot: Dovecot
    user: str
    sink: SmtpSink
    database: str

    @property
    def root(self) -> Path:
        return self.config.parent

    def deliver(self, raw: bytes, *, at: datetime | None = None) -> None:
        self.dovecot.deliver(raw, user=self.user, at=at)

    def ask(self, query: str) -> list[Any]:
        """Rows of the office's database; single columns as values."""
        engine = create_engine(self.database)
        try:
            with engine.connect() as connection:
                rows = connection.execute(text(query)).all()
        finally:
            engine.dispose()
        return [row[0] if len(row) == 1 else tuple(row) for row in rows]

    def folders(self) -> dict[str, int]:
        """How many mails lie in each folder that is not empty."""
        with self.dovecot.client(self.user) as client:
            names = [name for flags, _, name in client.list_folders() if b"\\Noselect" not in flags]
            lying = {name: int(client.folder_status(name, ["MESSAGES"])[b"MESSAGES"]) for name in names}
        return {name: count for name, count in lying.items() if count}


MakeOffice = Callable[..., Office]


@pytest.fixture
def make_office(tmp_path: Path, dovecot: Dovecot, sink: SmtpSink) -> MakeOffice:
    """Makes an office; `server` instead of the shared Dovecot, `imap` and `smtp` as settings, `sections` added."""

    def make(
        *, server: Dovecot = dovecot, imap: Server | None = None, smtp: Server | None = None,
        sections: dict[str, str] | None = None, root: Path = tmp_path / "office", database: str = "",
    ) -> Office:
        user = server.fresh_user()
        url = database or f"sqlite:///{root}/data/inboxd.sqlite"
        config = write_office(
            root, imap=imap or Server(port=server.port, username=user, password=server.password),
            smtp=smtp or Server(port=sink.port), sections=sections, database=url,
        )
        # the clock is real here: whether a page leaves at once must not hang on the hour at which the test runs
        standards = root / "standards.toml"
        told, windows = ON_CALL.subn(r'\1"00:00-24:00"', standards.read_text(encoding="utf-8"))
        assert windows == 2
        standards.write_text(told, encoding="utf-8")
        mailbox = imap.username if imap else user
        return Office(config=config, dovecot=server, user=mailbox, sink=sink, database=url)

    return make


@pytest.fixture
def office(make_office: MakeOffice) -> Office:
    return make_office()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    with Postgres() as cluster:
        yield cluster
