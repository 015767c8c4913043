"""Whatever is kept is for its owner alone: every folder 0700, every file 0600 or less, whatever the umask says."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from inboxd import exporting, sealing
from inboxd.archive import Archive
from inboxd.ciphering import Key, Keyring
from inboxd.packing import Source
from inboxd.readers.here import ReadHere
from tests.crash.letters import critical, documents
from tests.scenarios.posts import FakePost
from tests.scenarios.world import Rows, open_world

MONDAY = datetime(2026, 11, 2, 15, 0, tzinfo=UTC)


@pytest.fixture
def careless() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def too_wide(*roots: Path) -> dict[str, str]:
    found = [path for root in roots for path in (root, *root.rglob("*")) if not path.is_symlink()]
    assert len(found) > 20
    return {str(path): oct(stat.S_IMODE(path.stat().st_mode)) for path in found if path.stat().st_mode & 0o077}


@pytest.mark.parametrize("keys", [(), (Key(key_id="k1", secret=b"k" * 32),)], ids=["plain", "encrypted"])
@pytest.mark.usefixtures("careless")
def test_a_full_story_leaves_nothing_that_others_may_read(tmp_path: Path, keys: tuple[Key, ...]) -> None:
    state = tmp_path / "state"
    state.mkdir(mode=0o700)
    rows = Rows(f"sqlite:///{state}/inboxd.sqlite")
    with open_world(tmp_path / "office", {"rules": "second_reader = false"}, FakePost(), rows) as world:
        archive = Archive(state / "archive", lambda: Keyring(keys=keys))
        archive.prepare()
        world.context.archive = archive
        for raw in (critical(), documents()):
            world.deliver(raw, MONDAY)
        world.run()
        sealing.seal(world.context)
        settings = world.context.settings
        source = Source(database=world.context.database, archive=archive, readers=ReadHere(settings, archive),
                        zone=world.context.rules.standards.calendar.zone)
        exporting.export(source, "2", state, actor="person:kim", now=MONDAY, describe=lambda _: {"story.txt": "-"},
                         progress=lambda *_: None)
        assert too_wide(state) == {}
        names = {path.name for path in state.rglob("*")}
        assert {"inboxd.sqlite", "inboxd.sqlite-wal", "mail", "documents", "sent", "ids", "manifest.sha256"} <= names
        assert stat.S_IMODE(settings.storage.spool.stat().st_mode) == 0o700
    rows.database.close()
