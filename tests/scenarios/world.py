"""The world a scenario is played in: the invented office, real stages, rows and archive, and a mailbox and courier.

`World` runs the stages as the daemon does; the clock stands still unless told. Mailbox and courier are those of a
`Post`. Whatever the stages raise is not caught.
"""

from __future__ import annotations

import dataclasses
import io
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select, text

from inboxd import canaries, deciding, holding, intake, outbox, refetching, timers, unanswered
from inboxd.archive import Archive
from inboxd.context import Context
from inboxd.database import Database, open_engine
from inboxd.documents import Instruction
from inboxd.importing import import_file
from inboxd.registers import BuiltIn
from inboxd.settings import read_settings
from inboxd.store import mails
from inboxd.store import outbox as effects_store
from inboxd.tables import cases, metadata
from tests.fakes import Clock, FakeScanner, FarRegister, InThisProcess
from tests.office import write_office
from tests.remembered import read_rules
from tests.scenarios.posts import Post

ROUNDS = 20
"""The daemon's loop comes to rest in two or three rounds; a scenario that never does is a failure."""


@dataclass(slots=True)
class World:
    """One office with its mail."""

    context: Context
    post: Post
    clock: Clock
    log: io.StringIO

    def deliver(self, raw: bytes, at: datetime, folder: str = "INBOX") -> None:
        """A mail arrives; if the clock is before that it goes forward to it."""
        self.clock.at = max(self.clock.at, at)
        self.post.deliver(raw, at, folder)

    def run(self) -> None:
        """Every stage in the daemon's order until there is nothing more to do."""
        for _ in range(ROUNDS):
            stages = (intake.take_in, refetching.fetch_again, holding.wake_waiting, deciding.all_due, timers.fire_due,
                      canaries.send_due, unanswered.settle, outbox.deliver_due, outbox.attach_due, outbox.move_due)
            if not sum([stage(self.context) for stage in stages]):
                return
        raise AssertionError(f"still busy after {ROUNDS} rounds")

    def set_doors(self, wanted: Mapping[str, str]) -> None:
        """How the doors behave from now on: `scanner` and `register` up or down, `inspector` up or stuck."""
        for door, state in wanted.items():
            doing = getattr(self.context, door)
            assert doing is not None, f"the settings of this story have no {door}"
            doing.set_state(state)

    def follow(self, mail_id: int, order: Mapping[str, Any]) -> None:
        """What people do about a mail, or what happens to doors: `release`, `refuse`, `retry`, `doors`.

        `hours` says how long; the stages run afterwards.
        """
        given = dict(order)
        action, hours, mail_id = given.pop("do"), given.pop("hours", 0), given.pop("mail", mail_id)
        if action in ("release", "refuse"):
            holding.instruct(self.context, mail_id, Instruction(action=action, actor="person:kim", **given))
        elif action == "retry":
            assert holding.retry(self.context, mail_id, "person:kim", **given)
        else:
            assert action == "doors", f"nobody knows how to {action}"
            self.set_doors(given)
        self.clock.forward(hours=hours)
        self.run()

    def restart(self) -> None:
        """What the daemon does at its start, with new connections."""
        self.context.database.close()
        with self.context.database.transaction() as tx:
            mails.release_claims(tx, self.clock.at)
            effects_store.release_claims(tx, self.clock.at)

    def placeholder(self, kind: str, ordinal: int, name: str) -> bytes:
        """`{{sent:1.message_id}}`, `{{sent:1.raw}}`, `{{case:1.reference}}`; counted from 1 over the whole story."""
        if kind == "sent":
            out = self.post.sent()[ordinal - 1]
            return out.raw if name == "raw" else str(out.message[name.replace("_", "-")]).encode()
        with self.context.database.reading() as tx:
            row = tx.execute(select(cases).order_by(cases.c.id)).all()[ordinal - 1]
        return str(getattr(row, name)).encode()


_LISTENERS: list[logging.Handler] = []
"""Of the worlds that are open; lines go to the one that was opened last. They need not end in the opposite order."""
_QUIET: list[Any] = []
"""Handlers, propagation and level where no world is open."""


@contextmanager
def _listening() -> Iterator[io.StringIO]:
    """Event lines, as the operator sees them."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    log = logging.getLogger("inboxd")
    if not _LISTENERS:
        _QUIET[:] = [log.handlers[:], log.propagate, log.level]
    _LISTENERS.append(handler)
    log.handlers[:], log.propagate = [handler], False
    log.setLevel(logging.DEBUG)
    try:
        yield stream
    finally:
        _LISTENERS.remove(handler)
        if _LISTENERS:
            log.handlers[:] = _LISTENERS[-1:]
        else:
            log.handlers[:], log.propagate = _QUIET[0], _QUIET[1]
            log.setLevel(_QUIET[2])


_GUARDED = ("events", "seals")


class Rows:
    """A database for one scenario after the other, emptied each time: one engine compiles its statements once."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.database = Database(open_engine(url))
        self.database.prepare()

    def empty(self) -> None:
        """Ids begin at 1 again. What keeps a sealed journal from being emptied is put aside for that, and put back."""
        with self.database.transaction() as tx:
            if tx.dialect.name == "postgresql":
                names = ", ".join(table.name for table in metadata.sorted_tables)
                for able in ("DISABLE", "ENABLE"):
                    for table in _GUARDED:
                        tx.execute(text(f"ALTER TABLE {table} {able} TRIGGER USER"))
                    if able == "DISABLE":
                        tx.execute(text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))
            else:
                guards = tx.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")).all()
                for guard in guards:
                    tx.execute(text(f"DROP TRIGGER {guard.name}"))
                for table in reversed(metadata.sorted_tables):
                    tx.execute(table.delete())
                for guard in guards:
                    tx.exec_driver_sql(guard.sql)


@contextmanager
def open_world(root: Path, sections: Mapping[str, str], post: Post, rows: Rows) -> Iterator[World]:
    """An office with its register filled and its Sent folder read once."""
    rows.empty()
    settings_file = write_office(root, imap=post.imap, smtp=post.smtp, database=rows.url, sections=sections)
    settings = read_settings(settings_file)
    rules, templates = read_rules(settings)
    clock = Clock(datetime(2026, 1, 5, 12, 0, tzinfo=UTC))
    mailbox, courier = post.doors(settings)
    context = Context(
        settings=settings, rules=dataclasses.replace(rules, settings=settings), templates=templates,
        database=rows.database, archive=Archive(settings.storage.archive), mailbox=mailbox, courier=courier,
        register=FarRegister() if settings.records.url else BuiltIn(rows.database), inspector=InThisProcess(),
        scanner=FakeScanner() if settings.scanner.socket else None, now=clock,
    )
    context.archive.prepare()
    settings.storage.spool.mkdir(exist_ok=True)
    report = import_file(context, root / "register.csv", lambda _: None)
    assert not report.bad
    with _listening() as log:
        world = World(context, post, clock, log)
        world.run()
        yield world
