"""An office at which mail of all kinds was worked through, and a way to give it commands as a person does."""

from __future__ import annotations

import contextlib
import json
import logging
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from inboxd import app, cli
from inboxd.replies import Templates
from tests.crash.letters import PDF, PHRASE, critical, documents, in_bytes, letter, out_of_office
from tests.office import Server, write_office
from tests.servers import Dovecot, SmtpSink

_known: dict[tuple[str, bytes], Any] = {}


@dataclass(frozen=True, kw_only=True)
class Ended:
    """What a command printed and its exit status."""

    status: int
    out: str
    err: str


def document(ended: Ended) -> Any:
    """The one JSON document on standard output."""
    assert ended.err == ""
    return json.loads(ended.out)


def one_line(ended: Ended) -> str:
    lines = ended.err.strip().splitlines()
    assert len(lines) == 1, ended.err
    assert "Traceback" not in lines[0]
    return lines[0]


Give = Callable[..., Ended]


@pytest.fixture
def give(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Give]:
    """`give(config, "show", "1")`: through `cli.main`, as `python -m inboxd` does.

    Rules files that are the same are read once: they take a second for each command.
    """

    def by_content(name: str) -> None:
        read = getattr(app, name)

        def cached(path: Path, **_: Any) -> Any:
            key = (name, path.read_bytes())
            if key not in _known:
                _known[key] = read(path)
            return _known[key]

        monkeypatch.setattr(app, name, cached)

    for name in ("read_criteria", "read_standards", "read_units"):
        by_content(name)
    load = Templates.load

    def cached_load(*settings: Any, **_: Any) -> Templates:
        key = ("templates", repr(settings).encode())
        if settings[0].templates is not None:
            return load(*settings)
        if key not in _known:
            _known[key] = load(*settings)
        templates: Templates = _known[key]
        return templates

    monkeypatch.setattr(Templates, "load", cached_load)

    def run(config: Path, *command: str) -> Ended:
        monkeypatch.setattr(sys, "argv", ["inboxd", "--config", str(config), *command])
        capsys.readouterr()
        status: object = 0
        try:
            cli.main()
        except SystemExit as end:
            status = end.code or 0
        assert isinstance(status, int)
        printed = capsys.readouterr()
        return Ended(status=status, out=printed.out, err=printed.err)

    yield run
    logging.getLogger("inboxd").handlers.clear()


@dataclass(frozen=True, kw_only=True)
class Place:
    """The servers that a worked office uses."""

    dovecot: Dovecot
    sink: SmtpSink
    user: str
    root: Path


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    root: Path = tmp_path_factory.mktemp("cli")
    with Dovecot() as dovecot, SmtpSink(root / "sink", security="plain") as sink:
        user = dovecot.fresh_user()
        write_office(
            root / "office", imap=Server(port=dovecot.port, username=user, password=dovecot.password),
            smtp=Server(port=sink.port),
        )
        yield Place(dovecot=dovecot, sink=sink, user=user, root=root / "office")


def letters() -> list[bytes]:
    """Mails 1 to 7: documents filed, documents refused, critical, machine, outsider, unverified, a dangerous one."""
    wrong = letter(f"{PHRASE} E999999999", "UCI 11-2222-3333")
    wrong.add_attachment(PDF, maintype="application", subtype="pdf", filename="a.pdf")
    unverified = letter("Hello", "Is there news?")
    del unverified["Authentication-Results"]
    ugly = letter("Hello \x1b[31m\u202ered", "When?", sender="someone@elsewhere.example")
    return [
        documents(), in_bytes(wrong), critical(), out_of_office(),
        in_bytes(letter("Hello", "When?", sender="a.person@elsewhere.example")), in_bytes(unverified), in_bytes(ugly),
    ]


@pytest.fixture
def worked(place: Place, give: Give) -> Path:
    """The settings of an office where all `letters` have their outcome. For looking; do not change it."""
    config = place.root / "inboxd.toml"
    if not (place.root / "data" / "archive").exists():
        imported = give(config, "applications", "import", str(place.root / "register.csv"))
        assert imported.status == 0, imported.err
        for raw in letters():
            place.dovecot.deliver(raw, user=place.user, at=datetime.now(UTC) - timedelta(hours=1))
        assert give(config, "once").status == 0
    return config


def copy_office(root: Path, into: Path) -> None:
    """A whole office. What SQLite keeps beside its file may go away at any moment: a command that just ended closes."""
    with contextlib.closing(sqlite3.connect(root / "data" / "inboxd.sqlite")) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copytree(root, into, ignore=shutil.ignore_patterns("*.sqlite-wal", "*.sqlite-shm"))


@pytest.fixture
def copied(worked: Path, tmp_path: Path) -> Path:
    """The same office, to change at will. Its mailbox is the same one."""
    copy_office(worked.parent, tmp_path / "office")
    return tmp_path / "office" / "inboxd.toml"
