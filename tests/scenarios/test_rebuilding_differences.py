"""Where a database made anew differs from the one there is, it is named, with the reason if there is one."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from inboxd.errors import Permanent
from inboxd.replies import Templates
from inboxd.store.journal import note
from inboxd.tables import case_mails, cases, effects, mails
from inboxd.tables import timers as timer_rows
from tests.crash.letters import in_bytes, letter
from tests.scenarios.officers import ALONE, REFUSED, TUESDAY, URGENT
from tests.scenarios.posts import FakePost
from tests.scenarios.rebuilt import new_database, rebuilt, rows, unexplained
from tests.scenarios.world import Rows, World, open_world


def small_office(world: World) -> None:
    for number, words in enumerate((URGENT, REFUSED)):
        world.deliver(in_bytes(letter("A constituent", f"{words}\n")), TUESDAY + timedelta(minutes=number))
        world.run()


@pytest.mark.parametrize(("change", "line"), [
    (update(mails).where(mails.c.id == 2).values(route="submission"), "mail 2, its route: was submission, is enquiry"),
    (update(cases).where(cases.c.id == 1).values(reply_by=TUESDAY), "its reply_by: was 2026-11-03T15:00:00+00:00, is "),
    (update(cases).where(cases.c.id == 1).values(category="not_met"), "its category: was not_met, is urgent"),
    (update(cases).where(cases.c.id == 1).values(reference="MC26-000009-K"), "mail 1, case MC26-000009-K, its"),
    (update(timer_rows).where(timer_rows.c.kind == "reply_breach").values(state="cancelled"),
     "clock reply_breach of case"),
    (update(effects).where(effects.c.template == "ack_urgent").values(recipient="x@y.example"), "send ack_urgent"),
    (delete(case_mails).where(case_mails.c.id == 1), "mail 1, what it is to case MC26-000001-"),
])
def test_a_row_that_was_changed_is_a_difference_without_a_reason(
    tmp_path: Path, private: Rows, change: Any, line: str
) -> None:
    with open_world(tmp_path / "office", ALONE, FakePost(), private) as world, new_database(tmp_path) as anew:
        small_office(world)
        with private.database.transaction() as tx:
            tx.execute(change)
        found = rebuilt(world, anew)
        assert not found.is_explained
        assert line in unexplained(found)
        assert "NOT EXPLAINED" in unexplained(found)


def test_other_rules_are_a_reason_and_say_which(tmp_path: Path, private: Rows) -> None:
    with open_world(tmp_path / "office", ALONE, FakePost(), private) as world, new_database(tmp_path) as anew:
        small_office(world)
        rules = world.context.rules
        urgent = rules.standards.standards["urgent"].model_copy(update={"business_days": 3})
        standards = dataclasses.replace(rules.standards, standards={**rules.standards.standards, "urgent": urgent})
        world.context.rules = dataclasses.replace(rules, standards=standards, version="f" * 64)
        found = rebuilt(world, anew)
        assert found.is_explained
        assert "its reply_by: was 2026-11-05T15:00:00+00:00, is 2026-11-06T15:00:00+00:00 (decided by the rules " \
            f"{rules.version[:12]}; those in force are {'f' * 12})" in unexplained(found)
        assert {difference.mail_id for difference in found.differences} == {1}


def test_what_follows_from_a_difference_says_from_which(tmp_path: Path, private: Rows) -> None:
    with open_world(tmp_path / "office", ALONE, FakePost(), private) as world, new_database(tmp_path) as anew:
        world.deliver(in_bytes(letter("A constituent", f"{URGENT}\n", message_id="<a@parl.example>")), TUESDAY)
        world.run()
        world.context.rules = dataclasses.replace(world.context.rules, version="f" * 64)
        world.deliver(in_bytes(letter("Re: A constituent", "Thank you.\n", In_Reply_To="<a@parl.example>")),
                      TUESDAY + timedelta(minutes=1))
        world.run()
        with private.database.transaction() as tx:
            tx.execute(update(mails).values(office="o9"))
        found = rebuilt(world, anew)
        first, second = (difference.reason for difference in found.differences if difference.what == "its office")
        assert first.startswith("decided by the rules ")
        assert second == "follows from mail 1"


def test_a_mail_whose_file_is_gone_is_named(tmp_path: Path, private: Rows) -> None:
    with open_world(tmp_path / "office", ALONE, FakePost(), private) as world, new_database(tmp_path) as anew:
        small_office(world)
        with private.database.reading() as tx:
            digest = tx.scalar(select(mails.c.digest).where(mails.c.id == 2)) or ""
        path = world.context.archive.path("mail", digest)
        path.chmod(0o600)
        path.unlink()
        found = rebuilt(world, anew)
        assert not found.is_explained
        assert "mail 2, journal: was decided of 2026-11-03 15:01:00 could not be played: cannot read from the " \
            "archive: the file is not there" in unexplained(found)
        assert not found.has_journal


def test_nothing_is_added_to_the_archive_and_no_door_is_used(tmp_path: Path, private: Rows) -> None:
    with open_world(tmp_path / "office", ALONE, FakePost(), private) as world, new_database(tmp_path) as anew:
        small_office(world)
        files = sorted(world.context.archive.root.rglob("*"))
        settings, standards = world.context.settings, world.context.rules.standards
        other = settings.replies.model_copy(update={"contact": "613-555-0199"})
        world.context.templates = Templates.load(
            other, settings.office, standards.calendar.zone, settings.documents)
        world.context.mailbox.connected = False  # type: ignore[misc]
        found = rebuilt(world, anew)
        assert sorted(world.context.archive.root.rglob("*")) == files
        assert {(difference.what.partition(" (")[0], difference.reason) for difference in found.differences} == {
            (f"the words of send {template}", "the same decision; a setting that is shown in it was changed since")
            for template in ("ack_urgent", "not_met")}
        assert found.has_journal
        old, new = rows(private.database), rows(anew)
        assert new["effects"] == old["effects"], "what was sent is what is named"


def test_only_an_empty_database_is_filled(tmp_path: Path, private: Rows) -> None:
    with (
        open_world(tmp_path / "office", ALONE, FakePost(), private) as world,
        pytest.raises(Permanent, match="is not empty"),
    ):
        rebuilt(world, private.database)


def test_a_kind_of_entry_that_nobody_knows_is_said(tmp_path: Path, private: Rows) -> None:
    with open_world(tmp_path / "office", ALONE, FakePost(), private) as world, new_database(tmp_path) as anew:
        small_office(world)
        with private.database.transaction() as tx:
            note(tx, "from_tomorrow", TUESDAY, mail_id=1)
        assert rebuilt(world, anew).left_out == {"from_tomorrow": 1}
