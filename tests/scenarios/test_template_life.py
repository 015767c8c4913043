"""Texts that people edit: what is sound comes into force at once and is kept; what is broken never reaches a sender."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from inboxd import app, template_life
from inboxd.replies.collection import PACKAGED
from inboxd.tables import effects, events
from inboxd.template_life import Draft
from tests.crash.letters import documents
from tests.scenarios.posts import FakePost
from tests.scenarios.world import Rows, World, open_world

NOW = datetime(2026, 11, 12, 15, 0, tzinfo=UTC)
OUTSIDER = "someone@elsewhere.example"
SECTIONS = {"rules": "second_reader = false"}
EN, FR = "en/receipt.txt.j2", "fr/receipt.txt.j2"


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Rows:
    found: Rows = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def world(tmp_path: Path, database: Rows) -> Iterator[World]:
    yield from office(tmp_path, database)


@pytest.fixture
def lite(tmp_path: Path, sqlite: Rows) -> Iterator[World]:
    """In SQLite, for what does not depend on the database."""
    yield from office(tmp_path, sqlite)


def office(root: Path, rows: Rows) -> Iterator[World]:
    """An office with a folder for its own texts, on the day after the daemon first ran."""
    folder = root / "texts"
    for language in ("en", "fr"):
        (folder / language).mkdir(parents=True)
    with open_world(root / "office", SECTIONS, FakePost(), rows) as opened:
        settings = opened.context.settings
        replies = settings.replies.model_copy(update={"templates": folder})
        opened.context.settings = settings.model_copy(update={"replies": replies})
        opened.clock.at = NOW
        start(opened)
        yield opened


def folder_of(world: World) -> Path:
    folder = world.context.settings.replies.templates
    assert folder is not None
    return folder


def start(world: World) -> None:
    """What the daemon does about texts at its start and whenever a file has changed."""
    _, read = app.read_rules(world.context.settings)
    assert template_life.take_from_disk(world.context, read)


def edit(world: World, place: str, old: str, new: str) -> None:
    """A person opens a text in an editor, the packaged one if the office has none, and saves it with a change."""
    path = folder_of(world) / place
    for language in ("en", "fr"):
        own = folder_of(world) / language / Path(place).name
        if not own.exists():
            shutil.copyfile(PACKAGED / language / Path(place).name, own)
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def drafted(place: str, old: str, new: str) -> str:
    text = (PACKAGED / place).read_text(encoding="utf-8")
    assert old in text
    return text.replace(old, new)


def thanks() -> Draft:
    """The receipt thanks its reader, in both languages."""
    return Draft(files={EN: drafted(EN, "We received your message", "Thank you. We received your message"),
                        FR: drafted(FR, "Nous avons reçu", "Merci. Nous avons reçu")})


def submit(world: World, number: int = 0) -> Any:
    """Documents come in; the row of the receipt."""
    world.deliver(documents(padding=number), world.clock.at)
    world.run()
    with world.context.database.reading() as tx:
        return tx.execute(select(effects).where(effects.c.kind == "send").order_by(effects.c.id.desc())).first()


def rows(world: World, table: Any) -> list[Any]:
    with world.context.database.reading() as tx:
        return list(tx.execute(select(table)).all())


def test_an_edited_pair_comes_into_force_and_is_kept_with_its_author(world: World) -> None:
    before = submit(world, 1)
    edit(world, EN, "We received your message", "Thank you. We received your message")
    edit(world, FR, "Nous avons reçu", "Merci. Nous avons reçu")
    start(world)
    after = submit(world, 2)
    assert "Thank you. We received" in world.post.sent()[-1].text
    assert "Thank you" not in world.post.sent()[-2].text
    newest, first = template_life.history(world.context, "receipt")
    assert (newest.version, first.version) == (after.template_version, before.template_version)
    assert newest.by.startswith("file:")
    assert (newest.how, newest.changed) == ("file", ("receipt",))
    assert EN in newest.note
    assert FR in newest.note
    assert newest.report == {"tried": {"receipt": 1}, "differ": {"receipt": 1}, "last": 200}
    noted = [row for row in rows(world, events) if row.event == "templates_taken"]
    assert [row.detail["how"] for row in noted] == ["first", "file"]
    assert noted[1].detail["notices"] == {"receipt": after.template_version}


def test_the_desk_writes_the_files_that_the_daemon_then_finds_unchanged(world: World) -> None:
    submit(world, 1)
    taken = template_life.activate(world.context, thanks(), by="person:kim", note="politeness")
    assert taken.trial.differing() == {"receipt": 1}
    assert "Thank you" in (folder_of(world) / EN).read_text(encoding="utf-8")
    start(world)
    submit(world, 2)
    assert "Thank you. We received" in world.post.sent()[-1].text
    assert [(each.by, each.note, each.how, each.is_in_force) for each in template_life.history(world.context)] == [
        ("person:kim", "politeness", "desk", True),
        ("inboxd", "the texts in force when versions began to be kept", "first", False)]
