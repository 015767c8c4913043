"""The database made anew from archive and journal: the same mails, the same decisions, and nothing leaves meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, text, update

from inboxd import holding, overriding, proving, rebuilding, sealing, timers
from inboxd.cli.verifying import verify
from inboxd.database import Database, open_engine
from inboxd.documents import Instruction
from inboxd.errors import Permanent
from inboxd.plan import Category
from inboxd.rebuilding import FromFile
from inboxd.registers import BuiltIn
from inboxd.store import seals
from inboxd.tables import events, mails
from inboxd.tables import timers as timer_rows
from tests.crash.letters import in_bytes, letter
from tests.fakes import FakeMailbox
from tests.scenarios.officers import CRITICAL, REFUSED, TUESDAY, URGENT, Desk, drag, open_desk, submission
from tests.scenarios.posts import FakePost
from tests.scenarios.reading import folders, read
from tests.scenarios.rebuilt import exported, new_database, rebuilt, rows, unexplained
from tests.scenarios.test_scenarios import play
from tests.scenarios.world import Rows, open_world
from tests.servers import Postgres

NUMBERED = {path.name[:3]: path for path in folders()}
KINDS = (
    "001", "067", "077", "109", "200", "208", "212", "220", "223", "230", "235", "240", "250", "256", "260", "270",
    "278", "290", "295", "298", "301", "310", "354", "380", "382", "384", "424", "442", "443", "481", "486", "600",
    "604", "650", "662", "673", "678", "680",
)
"""Mail of every kind, and what people and doors did about it."""


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
