"""For commands on an office that has worked mail through: its rows, and commands that know its clock."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from inboxd import app
from inboxd.context import Context
from inboxd.tables import cases, effects, events, mails, timers
from tests.scenarios.posts import FakePost
from tests.scenarios.world import Rows, World, open_world


@contextmanager
def office_of_commands(root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """An office on a SQLite file, whose criteria decide alone. Commands are given its clock."""
    rows = Rows(f"sqlite:///{root}/inboxd.sqlite")
    with open_world(root / "office", {"rules": "second_reader = false"}, FakePost(), rows) as opened:
        build = app.build

        def at_that_time(path: Path, *, touch: bool = True) -> Context:
            context = build(path, touch=touch)
            context.now = opened.clock
            return context

        monkeypatch.setattr(app, "build", at_that_time)
        yield opened
    rows.database.close()


def every_row(world: World, table: Any) -> list[Any]:
    """The rows of a table, by id."""
    with world.context.database.reading() as tx:
        return list(tx.execute(select(table).order_by(table.c.id)).all())


def everything(world: World) -> str:
    """What a command that only looks must leave as it is."""
    return repr([every_row(world, table) for table in (mails, cases, timers, effects, events)])


def case_of(world: World, mail_id: int) -> Any:
    """The one case of a mail."""
    found, = (row for row in every_row(world, cases) if row.mail_id == mail_id)
    return found
