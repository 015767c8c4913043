"""Fresh mails share a transaction: nobody can tell from what came of them, also when one of them goes wrong."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, select, update

from inboxd import deciding, intake, process
from inboxd.errors import DiskRefused
from inboxd.process import Decided, Prepared
from inboxd.tables import cases, mails
from tests.crash.letters import in_bytes, letter
from tests.scenarios.posts import FakePost
from tests.scenarios.world import World, open_world

COUNT = 5
BAD = 3
"""The mail that goes wrong."""


@pytest.fixture(params=["sqlite", "postgresql"])
def world(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[World]:
    with open_world(tmp_path, {}, FakePost(), request.getfixturevalue(request.param)) as opened:
        for number in range(1, COUNT + 1):
            raw = in_bytes(letter(f"Question {number}", "Her funeral is on Friday.", sender=f"p{number}@parl.example"))
            opened.deliver(raw, opened.clock.at)
        assert intake.take_in(opened.context) == COUNT
        yield opened


def stand(world: World) -> dict[int, tuple[str, int, int]]:
    """By mail: its state, attempts, and how many cases it opened."""
    with world.context.database.reading() as tx:
        opened = list(tx.scalars(select(cases.c.mail_id)))
        rows = tx.execute(select(mails.c.id, mails.c.state, mails.c.attempts).order_by(mails.c.id))
        return {row.id: (row.state, row.attempts, opened.count(row.id)) for row in rows}


def test_all_of_them_are_decided_once(world: World) -> None:
    assert deciding.all_due(world.context) == COUNT
    assert list(stand(world).values()) == [("decided", 1, 1)] * COUNT
    assert deciding.all_due(world.context) == 0


def test_one_that_goes_wrong_while_it_is_recorded_takes_none_along(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle, bad = process.settle, sorted(stand(world))[BAD - 1]

    def failing(app: object, tx: Connection, prepared: Prepared) -> Decided:
        decided = settle(world.context, tx, prepared)  # its rows are there when it fails
        if prepared.taken.mail_id == bad:
            raise LookupError("a bug")
        return decided

    monkeypatch.setattr(process, "settle", failing)
    assert deciding.all_due(world.context) == COUNT
    found = stand(world)
    assert found.pop(bad) == ("taken", 1, 0), "nothing of it is recorded, and it is tried again later"
    assert list(found.values()) == [("decided", 1, 1)] * (COUNT - 1)
    assert "group.divided mails=5 why=LookupError" in world.log.getvalue()


def test_a_disk_that_refuses_costs_no_attempt(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def refusing(*_: object) -> Decided:
        raise DiskRefused("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(process, "settle", refusing)
        with pytest.raises(DiskRefused):
            deciding.all_due(world.context)
    assert list(stand(world).values()) == [("taken", 0, 0)] * COUNT
    world.clock.at += deciding.RETRY_AFTER
    assert deciding.all_due(world.context) == COUNT
    assert list(stand(world).values()) == [("decided", 1, 1)] * COUNT


def test_one_that_was_in_hand_when_the_process_died_is_decided_by_itself(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be the one that killed it: the others must not be there again."""
    with world.context.database.transaction() as tx:
        tx.execute(update(mails).values(attempts=1))
    alone: list[int] = []
    one = process.one
    monkeypatch.setattr(process, "one", lambda app, taken: (alone.append(taken.mail_id), one(app, taken)))
    assert deciding.all_due(world.context) == COUNT
    assert alone == sorted(stand(world))
    assert {state for state, _, _ in stand(world).values()} == {"decided"}
