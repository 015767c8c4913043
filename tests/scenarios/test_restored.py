"""An older database is restored: ids of mails, and so references, that were given since are never given again."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url, select

from inboxd.database import Database, open_engine
from inboxd.registers import BuiltIn
from inboxd.store import floors
from inboxd.tables import cases, mails
from tests.crash.letters import in_bytes, letter
from tests.scenarios.posts import FakePost
from tests.scenarios.world import Rows, World, open_world

MONDAY = datetime(2026, 11, 2, 15, 0, tzinfo=UTC)
ALONE = {"rules": "second_reader = false"}


def copy_of(world: World, root: Path) -> Database:
    """The database as it is now, in another place."""
    engine = world.context.database.engine
    world.context.database.close()
    if engine.dialect.name == "sqlite":
        shutil.copyfile(str(engine.url.database), root / "backup.sqlite")
        return Database(open_engine(f"sqlite:///{root}/backup.sqlite"))
    name = f"backup_{abs(hash(root))}"
    server = engine.url.set(drivername="postgresql", database="postgres").render_as_string(hide_password=False)
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE {name} TEMPLATE "{engine.url.database}"')
    return Database(open_engine(make_url(str(engine.url)).set(database=name).render_as_string(hide_password=False)))


@pytest.fixture(params=["sqlite", "postgresql"])
def rows(request: pytest.FixtureRequest) -> Rows:
    found: Rows = request.getfixturevalue(request.param)
    return found


@contextmanager
def office(root: Path, rows: Rows) -> Iterator[World]:
    with open_world(root, ALONE, FakePost(), rows) as opened:
        yield opened


def arrives(world: World, number: int) -> tuple[int, str]:
    """A mail with a case. Its id and reference."""
    text = f"Her mother died in Lagos on Sunday and the funeral is on Friday. The visitor visa {number} is pending.\n"
    world.deliver(in_bytes(letter(f"A constituent {number}", text)), MONDAY + timedelta(minutes=number))
    world.run()
    with world.context.database.reading() as tx:
        row = tx.execute(select(mails.c.id, cases.c.reference).join(cases, cases.c.mail_id == mails.c.id).order_by(
            mails.c.id.desc()).limit(1)).one()
    return row.id, row.reference


def restore(world: World, backup: Database) -> None:
    """The older database in place of the newer one; the inbox is empty, what was there lies in folders."""
    world.context.database = backup
    world.context.register = BuiltIn(backup)


def test_ids_count_up_without_gaps(tmp_path: Path, rows: Rows) -> None:
    with office(tmp_path, rows) as world:
        assert [arrives(world, number)[0] for number in range(4)] == [1, 2, 3, 4]
        assert "ids.raised" not in world.log.getvalue()
        assert len(list((world.context.archive.root / "ids").iterdir())) == 1


def test_a_restored_database_gives_no_reference_again(tmp_path: Path, rows: Rows) -> None:
    with office(tmp_path, rows) as world:
        given = [arrives(world, number) for number in range(2)]
        backup = copy_of(world, tmp_path)
        given += [arrives(world, number) for number in range(2, 5)]
        restore(world, backup)
        again = [arrives(world, number) for number in range(5, 8)]
        assert {reference for _, reference in again}.isdisjoint(reference for _, reference in given)
        assert min(mail_id for mail_id, _ in again) > max(mail_id for mail_id, _ in given)
        assert [right - left for (left, _), (right, _) in pairwise(again)] == [1, 1], "and goes on"
        assert re.findall(r"ids\.raised known=2 above=\d+", world.log.getvalue())
        assert world.log.getvalue().count("ids.raised") == 1
        backup.close()


def test_the_same_backup_may_be_restored_again(tmp_path: Path, rows: Rows) -> None:
    with office(tmp_path, rows) as world:
        seen = {arrives(world, 0)}
        for name in ("one", "two"):
            (tmp_path / name).mkdir()
        backups = [copy_of(world, tmp_path / name) for name in ("one", "two")]
        for turn, backup in enumerate(backups):
            restore(world, backup)
            new = {arrives(world, 10 * turn + number) for number in range(1, 4)}
            assert seen.isdisjoint(new)
            seen |= new
            backup.close()
        assert len(seen) == 7


def test_mail_that_was_seen_before_hides_no_restore(tmp_path: Path, rows: Rows) -> None:
    """Promises grow also where nothing new came: else one that is repeated would hide that ids were given."""
    with office(tmp_path, rows) as world:
        arrives(world, 0)
        world.post.box.renumber()  # type: ignore[attr-defined]
        world.deliver(in_bytes(letter("A constituent 0", "x\n", message_id="<same@parl.example>")), MONDAY)
        world.run()
        backup = copy_of(world, tmp_path)
        newest = arrives(world, 1)
        restore(world, backup)
        assert arrives(world, 2)[0] > newest[0]
        backup.close()


def test_what_dies_between_the_promise_and_the_rows_costs_an_id_and_no_mail(
    tmp_path: Path, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    with office(tmp_path, rows) as world:
        first, _ = arrives(world, 0)
        with monkeypatch.context() as patched:
            patched.setattr(floors, "put", lambda tx, **_: (_ for _ in ()).throw(KeyboardInterrupt))
            with pytest.raises(KeyboardInterrupt):
                arrives(world, 1)
        second, _ = arrives(world, 2)
        with world.context.database.reading() as tx:
            assert tx.scalars(select(mails.c.id).order_by(mails.c.id)).all() == [first, second - 1, second]
        assert first < second - 1
