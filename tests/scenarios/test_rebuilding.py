"""The database made anew from archive and journal: the same mails, the same decisions, and nothing leaves meanwhile."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, func, select, text, update

from inboxd import holding, overriding, proving, rebuilding, sealing, timers
from inboxd.cli.verifying import verify
from inboxd.database import Database, open_engine
from inboxd.documents import Instruction
from inboxd.errors import Permanent
from inboxd.folder_watch import ordering
from inboxd.plan import Category
from inboxd.rebuilding import FromDatabase, FromFile, Rebuilt
from inboxd.registers import BuiltIn
from inboxd.replies import Templates
from inboxd.store import seals
from inboxd.store.journal import note
from inboxd.tables import case_mails, cases, effects, events, mails, metadata
from inboxd.tables import timers as timer_rows
from tests.crash.letters import in_bytes, letter
from tests.fakes import FakeMailbox
from tests.scenarios.officers import ALONE, CRITICAL, REFUSED, TUESDAY, URGENT, Desk, drag, open_desk, submission
from tests.scenarios.posts import FakePost
from tests.scenarios.reading import folders, read
from tests.scenarios.test_scenarios import play
from tests.scenarios.world import Rows, World, open_world
from tests.servers import Postgres

NUMBERED = {path.name[:3]: path for path in folders()}
KINDS = (
    "001", "067", "077", "109", "200", "208", "212", "220", "223", "230", "235", "240", "250", "256", "260", "270",
    "278", "290", "295", "298", "301", "310", "354", "380", "382", "384", "424", "442", "443", "481", "486", "600",
    "604", "650", "662", "673", "678", "680",
)
"""Mail of every kind, and what people and doors did about it."""


@contextmanager
def new_database(root: Path) -> Iterator[Database]:
    made = Database(open_engine(f"sqlite:///{root}/anew.sqlite"))
    yield made
    made.close()


def rebuilt(world: World, into: Database) -> Rebuilt:
    sealing.seal(world.context)
    with world.context.database.snapshot() as tx:
        return rebuilding.rebuild(world.context, FromDatabase(tx), into, lambda: None)


def unexplained(found: Rebuilt) -> str:
    return "\n".join(difference.line for difference in found.differences)


def rows(database: Database) -> dict[str, list[Any]]:
    """Every table, without what is numbered as it comes."""
    with database.reading() as tx:
        return {
            table.name: [
                {name: value for name, value in row.items() if name != "id" or table in (mails, cases, effects, events)}
                for row in tx.execute(select(table).order_by(*table.primary_key.columns)).mappings()
            ]
            for table in metadata.sorted_tables
        }


@pytest.fixture
def private(tmp_path: Path) -> Iterator[Rows]:
    """Rows of the test's own: they are sealed, and a sealed journal is not emptied for the next."""
    made = Rows(f"sqlite:///{tmp_path}/rows.sqlite")
    yield made
    made.database.close()


@pytest.fixture(scope="module")
def cluster() -> Iterator[Postgres]:
    with Postgres() as server:
        yield server


@pytest.mark.parametrize("number", KINDS)
def test_a_story_is_rebuilt_as_it_was(number: str, tmp_path: Path, private: Rows) -> None:
    scenario = read(NUMBERED[number])
    post = FakePost()
    with open_world(tmp_path / "office", scenario.sections, post, private) as world, new_database(tmp_path) as anew:
        assert play(world, scenario) == []
        sent = len(world.post.sent())
        found = rebuilt(world, anew)
        assert unexplained(found) == ""
        assert found.left_out == {}
        assert found.has_journal
        assert len(world.post.sent()) == sent, "nothing leaves"
        assert rows(anew).keys() == rows(private.database).keys()
        old, new = rows(private.database), rows(anew)
        for table in ("events", "seals", "effects", "filings", "submissions"):
            assert new[table] == old[table], table


ADDED = ("digest", "size", "arrived_at", "account", "uidvalidity", "sighting", "outline", "number", "key", "answer",
         "lies", "reference", "action_by", "program", "found", "register_unavailable", "due", "reason",
         "notified", "uid")
"""What older versions of inboxd did not write into the journal (`uid` and `reason` only of some entries)."""


def a_busy_week(desk: Desk, box: FakeMailbox) -> None:
    """Cases and documents, and nearly everything that people do about them."""
    context = desk.world.context
    first = desk.arrives(URGENT, message_id="<first@parl.example>")
    desk.later(hours=1)
    drag(box, "Enquiries/Urgent", "Waiting")
    desk.run()
    desk.later(days=6)
    desk.arrives("Here is the form.", subject="Re: A constituent", at=TUESDAY.replace(day=10),
                 In_Reply_To="<first@parl.example>")
    second = desk.arrives(CRITICAL, at=TUESDAY.replace(day=10, hour=16))
    overriding.set_category(context, second, Category.URGENT, reason="no removal", by="person:kim", how="command")
    third = desk.arrives(REFUSED, at=TUESDAY.replace(day=10, hour=17))
    overriding.set_category(context, third, Category.COMPLEX, reason="asked before", by="person:kim", how="command",
                            notify=True)
    desk.later(hours=1)
    drag(box, "Enquiries/Urgent", "Enquiries/Complex", min(box.folders["Enquiries/Urgent"].mails))
    desk.later(minutes=5)
    timers.close_case(context, third, "person:kim")
    desk.world.deliver(submission("E123456789", "UCI 99-9999-9999."), TUESDAY.replace(day=10, hour=18))
    desk.run()
    with context.database.reading() as tx:
        held = tx.scalar(select(mails.c.id).where(mails.c.state == "held"))
    assert held is not None
    holding.instruct(context, held, Instruction(action="release", actor="person:kim", number="W987654321"))
    desk.later(hours=2)
    drag(box, "Enquiries/Complex", "Trash", min(box.folders["Enquiries/Complex"].mails))
    desk.later(days=20)
    assert {"paused", "fired", "cancelled"} & {row.state for row in desk.rows(select(timer_rows))}
    assert first != second


@contextmanager
def a_desk(root: Path, private: Rows) -> Iterator[Desk]:
    post = FakePost()
    with open_desk(root / "office", post, private) as desk:
        a_busy_week(desk, post.box)
        yield desk


def test_what_people_did_is_done_again(tmp_path: Path, private: Rows) -> None:
    with a_desk(tmp_path, private) as desk, new_database(tmp_path) as anew:
        found = rebuilt(desk.world, anew)
        assert unexplained(found) == ""
        assert (found.left_out, found.has_journal) == ({}, True)
        old, new = rows(private.database), rows(anew)
        assert new["events"] == old["events"]
        assert [row["reference"] for row in new["cases"]] == [row["reference"] for row in old["cases"]]
        assert len(old["overrides"]) == 3


def test_the_rebuilt_database_goes_on_where_the_old_one_stopped(tmp_path: Path, private: Rows) -> None:
    with a_desk(tmp_path, private) as desk, new_database(tmp_path) as anew:
        assert rebuilt(desk.world, anew).has_journal
        context = desk.world.context
        with context.database.reading() as tx:
            head = seals.head(tx)
            newest = tx.scalar(select(func.max(mails.c.id))) or 0
        assert head is not None
        sent, lies = len(desk.post.sent()), desk.lies()
        context.database, context.register = anew, BuiltIn(anew)
        desk.restart()
        desk.run()
        assert (len(desk.post.sent()), desk.lies()) == (sent, lies), "nothing is done twice"
        assert verify(context, deep=True, offline=True).gaps == []
        desk.arrives(URGENT, at=TUESDAY.replace(month=12))
        with anew.reading() as tx:
            assert tx.scalar(select(func.max(mails.c.id))) == newest + 1
        sealing.seal(context)
        assert proving.prove(context, [head.digest]).faults == (), "one chain, through the rebuild"


def test_a_journal_of_an_older_version_is_played_with_what_rows_say(tmp_path: Path, private: Rows) -> None:
    with a_desk(tmp_path, private) as desk, new_database(tmp_path) as anew:
        with private.database.transaction() as tx:
            for row in tx.execute(select(events)).all():
                keep = "uid" if row.event == "taken" else "reason" if row.event in ("held", "refuse_ordered") else ""
                older = {name: value for name, value in row.detail.items() if name not in ADDED or name == keep}
                tx.execute(update(events).where(events.c.id == row.id).values(detail=older))
        assert unexplained(rebuilt(desk.world, anew)) == ""


def exported(world: World, file: Path) -> Path:
    sealing.seal(world.context)
    with world.context.database.snapshot() as tx, file.open("w", encoding="utf-8") as lines:
        rebuilding.write_lines(tx, lines, 0, lambda: None)
    return file


def test_the_archive_and_an_exported_journal_are_enough(tmp_path: Path, private: Rows) -> None:
    with a_desk(tmp_path, private) as desk, new_database(tmp_path) as anew:
        file = exported(desk.world, tmp_path / "journal.jsonl")
        register = tmp_path / "office" / "register.csv"
        found = rebuilding.rebuild(desk.world.context, FromFile(file), anew, lambda: None, records=register)
        assert unexplained(found) == ""
        assert found.has_journal
        old, new = rows(private.database), rows(anew)
        times = ("began_at", "ended_at", "at", "fired_at")  # a clock is looked at several times
        for table in ("events", "seals", "cases", "case_mails", "filings", "submissions", "pauses", "timers"):
            assert [{name: row[name] for name in row if name not in times} for row in new[table]] == [
                {name: row[name] for name in row if name not in times} for row in old[table]], table


def test_a_file_that_is_not_the_journal_is_refused(tmp_path: Path, private: Rows) -> None:
    with open_world(tmp_path / "office", {}, FakePost(), private) as world, new_database(tmp_path) as anew:
        world.deliver(in_bytes(letter("A constituent", "When?\n")), TUESDAY)
        world.run()
        lines = exported(world, tmp_path / "journal.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
        for wrong, why in (
            ([*lines[:1], *lines[2:]], "missing: place 2 is not there"),
            ([lines[0].replace('"INBOX"', '"Other"'), *lines[1:]], "changed: entry 1"),
            ([lines[1], lines[0], *lines[2:]], "missing: place 1"),
            (["{}\n", *lines], "journal.jsonl:1: not a line"),
        ):
            (tmp_path / "journal.jsonl").write_text("".join(wrong), encoding="utf-8")
            with pytest.raises(Permanent, match=why):
                FromFile(tmp_path / "journal.jsonl")
        assert anew.is_empty()


@pytest.mark.parametrize("into", ["sqlite", "postgresql"])
def test_ids_that_were_lost_stay_lost(tmp_path: Path, cluster: Postgres, into: str) -> None:
    """On PostgreSQL a transaction that was rolled back costs ids; references and keys must come out the same."""
    source = Rows(cluster.create_database())
    target = f"sqlite:///{tmp_path}/anew.sqlite" if into == "sqlite" else cluster.create_database()
    anew = Database(open_engine(target))
    post = FakePost()
    with open_desk(tmp_path / "office", post, source) as desk:
        for number in range(3):
            with source.database.transaction() as tx:
                for table in ("mails", "cases", "sightings", "effects", "events", "overrides"):
                    sequence = f"pg_get_serial_sequence('{table}', 'id')"
                    tx.execute(text(f"select nextval({sequence}) from generate_series(1, 3)"))
            if number == 1:
                post.keeper.failures.append(Permanent("SMTP RCPT: 550 5.1.1 no"))
            reference = desk.arrives(f"{URGENT} {number}", at=TUESDAY + timedelta(minutes=number))
        held = desk.rows(select(mails.c.id).where(mails.c.state == "held"))
        assert [holding.retry(desk.world.context, row.id, "person:kim") for row in held] == [True]
        overriding.set_category(desk.world.context, reference, Category.COMPLEX, reason="no funeral", by="person:kim",
                                how="command")
        desk.run()
        assert {row.state for row in desk.rows(select(mails.c.state))} == {"done"}
        found = rebuilt(desk.world, anew)
        assert unexplained(found) == ""
        assert found.has_journal
        old, new = rows(source.database), rows(anew)
        assert [row["id"] for row in old["cases"]] == [4, 8, 12]
        for table in ("mails", "cases", "events", "seals", "effects"):
            assert [(row.get("id"), row.get("reference"), row.get("key")) for row in new[table]] == [
                (row.get("id"), row.get("reference"), row.get("key")) for row in old[table]], table
        desk.world.context.database = anew
        sealing.seal(desk.world.context)
        assert proving.prove(desk.world.context).faults == ()
    anew.close()
    source.database.close()


@pytest.mark.parametrize("target", ["Closed", "Enquiries/Complex"])
@pytest.mark.parametrize("at_once", [True, False])
def test_a_copy_that_is_gone_gets_no_order_when_the_journal_is_played(
    tmp_path: Path, private: Rows, target: str, at_once: bool
) -> None:
    """The same mail lay there twice and one copy was deleted; then a person moved the other, which is an order."""
    post = FakePost()
    with open_desk(tmp_path / "office", post, private) as desk, new_database(tmp_path) as anew:
        for _ in range(2):
            desk.arrives(URGENT, message_id="<twice@parl.example>")
        urgent = post.box.folders["Enquiries/Urgent"].mails
        drag(post.box, "Enquiries/Urgent", "Trash", min(urgent))
        if not at_once:
            desk.later(minutes=5)
        drag(post.box, "Enquiries/Urgent", target, min(urgent))
        desk.later(minutes=5)
        assert (desk.case().state, desk.case().category) in {("closed", "urgent"), ("open", "complex")}
        assert [row.event for row in desk.rows(select(events.c.event).where(events.c.event == "copy_forgotten"))]
        assert unexplained(rebuilt(desk.world, anew)) == ""


@pytest.mark.parametrize("waits", [True, False])
def test_a_correction_whose_move_was_never_noted_is_played(
    tmp_path: Path, private: Rows, monkeypatch: pytest.MonkeyPatch, waits: bool
) -> None:
    """The daemon died behind the correction; to the next one the mail lay where it belonged already."""

    class Killed(BaseException):
        pass

    def killed(*_: object) -> None:
        raise Killed

    post = FakePost()
    with open_desk(tmp_path / "office", post, private) as desk, new_database(tmp_path) as anew:
        desk.arrives(URGENT)
        if waits:
            drag(post.box, "Enquiries/Urgent", "Waiting")
            desk.later(minutes=5)
        drag(post.box, "Waiting" if waits else "Enquiries/Urgent", "Enquiries/Complex")
        with monkeypatch.context() as patch:
            patch.setattr(ordering, "_do", killed)
            with pytest.raises(Killed):
                desk.run()
        desk.restart()
        desk.later(minutes=5)
        assert (desk.case().state, desk.case().category) == ("open", "complex")
        moves = desk.rows(select(events.c.event).where(events.c.event == "moved_by_person"))
        assert len(moves) == (2 if waits else 0), "out of Urgent it was never noted; out of Waiting later"
        assert unexplained(rebuilt(desk.world, anew)) == ""


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
