"""Rules of an invented office, an archive, and processes that read its mails, closed at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from inboxd import parsers
from inboxd.archive import MAIL, Archive
from inboxd.mail import Email, Taken
from inboxd.readers import Readers
from inboxd.settings import LimitSettings, read_settings
from inboxd.triage import Rules
from tests.office import Server, write_office
from tests.remembered import read_rules

AT = datetime(2026, 11, 18, 15, 0, tzinfo=UTC)


class Reading:
    """Mails that are in the archive, and what reads them."""

    def __init__(self, rules: Rules, root: Path) -> None:
        self.rules, self.archive = rules, Archive(root)
        self.archive.prepare()
        self._made: list[Readers] = []
        self._given = 0

    def mail(self, raw: bytes, folder: str = "INBOX") -> Taken:
        self._given += 1
        return Taken(
            mail_id=self._given, digest=self.archive.keep(MAIL, raw), size=len(raw), account="a", folder=folder,
            arrived_at=AT, attempts=0)

    def readers(self, *, alive: Callable[[], object] = lambda: None, place: str = "", **limits: float) -> Readers:
        named = {"place": place} if place else {}
        limits_ = LimitSettings.model_validate({"readers": 1, **limits})
        settings = self.rules.settings.model_copy(update={"limits": limits_})
        self._made.append(Readers(settings, self.archive, alive=alive, **named))
        return self._made[-1]

    def here(self, taken: Taken) -> Email:
        """As this process reads it."""
        return parsers.parse_under(self.rules.settings, self.archive.read(MAIL, taken.digest), digest=taken.digest)

    def close(self) -> None:
        for readers in self._made:
            readers.close()


@pytest.fixture(scope="session")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Rules:
    server = Server(port=1, username="a", password="b")
    return read_rules(read_settings(write_office(tmp_path_factory.mktemp("o"), imap=server, smtp=server)))[0]


@pytest.fixture
def reading(rules: Rules, tmp_path: Path) -> Iterator[Reading]:
    made = Reading(rules, tmp_path / "archive")
    yield made
    made.close()
