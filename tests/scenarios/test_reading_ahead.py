"""Mails are read in a process of its own while others are decided: the outcome is the same, and a bad mail is held."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from inboxd import deciding, intake, reading_ahead
from inboxd.confined import Child
from inboxd.errors import Transient
from inboxd.mail import Taken
from inboxd.readers import Readers, one_process
from inboxd.readers.one_process import SERVE
from inboxd.tables import cases, effects, mails
from inboxd.triage import Rules
from tests.crash.letters import in_bytes, letter
from tests.scenarios.posts import FakePost
from tests.scenarios.world import Rows, World, open_world

COUNT = 45
"""More than two groups."""
TEXTS = ("Her funeral is on Friday.", "Where is her file?", "He is to be removed tomorrow at 6 p.m.")


class Asked(Readers):
    """Knows what it was asked to read ahead."""

    def __init__(self, *words: Any, **named: Any) -> None:
        super().__init__(*words, **named)
        self.begun: list[int] = []

    def begin(self, rules: Rules, mails: Sequence[Taken]) -> None:
        self.begun += [taken.mail_id for taken in mails if taken.mail_id not in self.begun]
        super().begin(rules, mails)


@contextmanager
def reading(world: World, place: str = SERVE) -> Iterator[Asked]:
    context = world.context
    context.readers = asked = Asked(context.settings, context.archive, place=place)
    try:
        yield asked
    finally:
        context.readers.close()
        context.readers = None


def morning(bad: int = 0) -> list[bytes]:
    """Mails of many people; the one with this number ends the process that reads it."""
    return [
        in_bytes(letter("ends" if number == bad else f"Question {number}", TEXTS[number % 3],
                        sender=f"p{number}@parl.example"))
        for number in range(1, COUNT + 1)
    ]  # fmt: skip


def arrive(world: World, letters: Sequence[bytes]) -> None:
    for raw in letters:
        world.deliver(raw, world.clock.at)
    assert intake.take_in(world.context) == COUNT


def outcome(world: World) -> list[tuple[object, ...]]:
    with world.context.database.reading() as tx:
        rows = tx.execute(
            select(mails.c.id, mails.c.state, mails.c.attempts, cases.c.category, cases.c.reply_by)
            .outerjoin(cases, cases.c.mail_id == mails.c.id).order_by(mails.c.id))
        replies = tx.execute(select(effects.c.mail_id, effects.c.key, effects.c.kind).order_by(effects.c.key))
        return [*map(tuple, rows), *map(tuple, replies)]


def test_what_is_read_ahead_is_decided_the_same(tmp_path: Path, sqlite: Rows) -> None:
    letters = morning()
    with open_world(tmp_path / "one", {}, FakePost(), sqlite) as world:
        arrive(world, letters)
        assert deciding.all_due(world.context) == COUNT
        by_itself = outcome(world)
    with open_world(tmp_path / "two", {}, FakePost(), sqlite) as world:
        arrive(world, letters)
        with reading(world):
            assert deciding.all_due(world.context) == COUNT
        assert outcome(world) == by_itself
    with open_world(tmp_path / "three", {}, FakePost(), sqlite) as world, reading(world):
        arrive(world, letters)
        assert deciding.all_due(world.context) == COUNT
        assert outcome(world) == by_itself, "also when they were read from their arrival on"


def test_mails_are_read_from_their_arrival_on_and_none_is_in_hand(tmp_path: Path, sqlite: Rows) -> None:
    with open_world(tmp_path, {}, FakePost(), sqlite) as world, reading(world) as asked:
        arrive(world, morning())
        with world.context.database.reading() as tx:
            first = list(tx.scalars(select(mails.c.id).order_by(mails.c.id)))
        assert asked.begun == first
        assert attempts(world) == 0


def test_no_more_is_read_ahead_than_memory_is_meant_for(
    tmp_path: Path, sqlite: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    letters = morning()
    monkeypatch.setattr(reading_ahead, "TOGETHER", 10)
    monkeypatch.setattr(reading_ahead, "TOGETHER_BYTES", sum(map(len, letters[:25])))
    with open_world(tmp_path, {}, FakePost(), sqlite) as world, reading(world) as asked:
        arrive(world, letters)
        assert len(asked.begun) == 20, "two groups; a third would be too much"
        assert deciding.all_due(world.context) == COUNT
        assert len(asked.begun) == COUNT


@pytest.mark.parametrize("bad", [12, 45])
def test_a_mail_that_ends_the_process_is_held_and_takes_none_along(tmp_path: Path, sqlite: Rows, bad: int) -> None:
    with open_world(tmp_path, {}, FakePost(), sqlite) as world:
        arrive(world, morning(bad))
        with reading(world, "tests.readers.bad_readings:serve"):
            assert deciding.all_due(world.context) == COUNT
        with world.context.database.reading() as tx:
            held = tx.execute(select(mails.c.state, mails.c.held_reason).where(mails.c.state == "held")).all()
            opened = set(tx.scalars(select(cases.c.mail_id)))
    assert [tuple(row) for row in held] == [("held", "UNREADABLE")]
    assert len(opened) == COUNT - 1


def attempts(world: World) -> int:
    with world.context.database.reading() as tx:
        return sum(tx.scalars(select(mails.c.attempts)))


def test_no_mail_is_in_hand_while_a_process_is_started(
    tmp_path: Path, sqlite: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes a second: a mail that was claimed before would be blamed for whatever ends the daemon in it."""
    counted: list[int] = []

    def started(*words: Any, **named: Any) -> Child:
        counted.append(attempts(world))
        return Child(*words, **named)

    monkeypatch.setattr(one_process, "Child", started)
    with open_world(tmp_path, {}, FakePost(), sqlite) as world:
        arrive(world, morning())
        with reading(world):
            assert deciding.all_due(world.context) == COUNT
    assert counted == [0]


def test_while_no_process_can_be_started_mails_wait_and_nothing_counts(tmp_path: Path, sqlite: Rows) -> None:
    with open_world(tmp_path, {}, FakePost(), sqlite) as world:
        with reading(world, "tests.readers.bad_readings:is_not_there"):
            arrive(world, morning())  # which nothing of that holds up
            with pytest.raises(Transient):
                deciding.all_due(world.context)
        assert attempts(world) == 0
        with reading(world):
            assert deciding.all_due(world.context) == COUNT
