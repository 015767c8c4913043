"""Texts of replies that changed, in a sealed journal: proven, and made anew out of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from inboxd import proving, sealing, template_life
from inboxd.cli.verifying import verify
from inboxd.tables import events, template_sets, template_texts
from inboxd.tables import reply_values as kept_values
from tests.scenarios.test_rebuilding import new_database, rebuilt, unexplained
from tests.scenarios.test_rebuilding import rows as all_tables
from tests.scenarios.test_template_life import office, submit, thanks
from tests.scenarios.world import Rows, World


@pytest.fixture
def sealed(tmp_path: Path, private: Rows) -> Iterator[World]:
    """On rows of its own: a sealed journal is not emptied for the next."""
    yield from office(tmp_path, private)


def test_verify_and_a_rebuild_agree_after_texts_changed(sealed: World, tmp_path: Path) -> None:
    world = sealed
    submit(world, 1)
    template_life.activate(world.context, thanks(), by="person:kim", note="politeness")
    submit(world, 2)
    sealing.seal(world.context)
    assert verify(world.context, deep=True, offline=True).gaps == []
    assert proving.prove(world.context).faults == ()
    with new_database(tmp_path) as anew:
        found = rebuilt(world, anew)
        only, = unexplained(found).splitlines()
        assert only.startswith("mail 1, the words of send receipt")
        assert only.endswith("(the same decision; its template was changed since)")
        assert (found.left_out, found.has_journal) == ({}, True)
        old, new = all_tables(world.context.database), all_tables(anew)
    for table in (template_sets, template_texts, kept_values, events):
        assert new[table.name] == old[table.name]
    assert [row["template_version"] for row in new["effects"]] == [row["template_version"] for row in old["effects"]]
