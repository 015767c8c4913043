"""Mail whose period is over goes, and nothing else: what is left proves itself, and says nothing of anybody."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from inboxd import proving, purging, rebuilding, sealing, timers
from inboxd.archive import DOCUMENTS, KINDS, MAIL, Archive
from inboxd.ciphering import Key, Keyring
from inboxd.cli.verifying import Result, verify
from inboxd.database import Database, open_engine
from inboxd.errors import Permanent
from inboxd.purging import Due, Outlook
from inboxd.rebuilding import FromDatabase
from inboxd.settings import Kept
from inboxd.store import legal_holds, purges, reading
from inboxd.tables import applications, cases, events, files, mails, metadata, sightings, tombstones
from tests.crash.letters import PDF, PHRASE, documents, in_bytes, letter
from tests.scenarios.posts import FakePost
from tests.scenarios.world import Rows, World, open_world
from tests.servers import Postgres

MONDAY = datetime(2026, 11, 2, 15, 0, tzinfo=UTC)
PERIODS = """
submission = "2 years"
enquiry = "3 years"
not_met = "2 years"
outsider = "30 days"
automatic = "90 days"
"""
SECTIONS = {"rules": "second_reader = false", "retention": PERIODS}
URGENT = "Her mother died in Lagos on Sunday and the funeral is on Friday. Her visa E246813579 is still pending."
NOT_MET = "Mr Zavadovsky would like an update. Could you please tell us the status of the application?"
OUTSIDER = "a.stranger@elsewhere.example"
SAID = ("Zavadovsky", "Lagos", "E246813579", "E123456789", OUTSIDER, "passport.pdf", "emploi", "A constituent of ours",
        "11-2222-3333")
"""What the mails say, of which nothing may be left."""


@pytest.fixture
def private(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Rows]:
    """Rows of the test's own: they are sealed, and a sealed journal is not emptied for the next."""
    on_postgres = getattr(request, "param", "") == "postgresql"
    url = request.getfixturevalue("cluster").create_database() if on_postgres else f"sqlite:///{tmp_path}/rows.sqlite"
    made = Rows(url)
    yield made
    made.database.close()


@pytest.fixture(scope="module")
def cluster() -> Iterator[Postgres]:
    with Postgres() as server:
        yield server


def worked_through(world: World) -> None:
    """Mails 1 to 6: documents filed, criterion not met, an urgent case closed, a stranger, a machine, one held."""
    unverified = letter("Hello from nobody", "Is there news?")
    del unverified["Authentication-Results"]
    for minute, raw in enumerate((
        documents(), in_bytes(letter("A constituent of ours", NOT_MET)), in_bytes(letter("A funeral", URGENT)),
        in_bytes(letter("Hello", "When?", sender=OUTSIDER)),
        in_bytes(letter("Automatic reply: Lagos", "I am out of the office.", Auto_Submitted="auto-replied")),
        in_bytes(unverified),
    )):
        world.deliver(raw, MONDAY + timedelta(minutes=minute))
    world.run()
    urgent = reference_of(world, 3)
    assert timers.close_case(world.context, urgent, "person:kim")
    world.run()


def reference_of(world: World, mail_id: int) -> str:
    with world.context.database.reading() as tx:
        return str(tx.scalars(select(cases.c.reference).where(cases.c.mail_id == mail_id)).one())


@contextmanager
def office(root: Path, rows: Rows, sections: dict[str, str] = SECTIONS) -> Iterator[World]:
    with open_world(root / "office", sections, FakePost(), rows) as world:
        worked_through(world)
        yield world


def look(world: World) -> Outlook:
    with world.context.database.reading() as tx:
        return purging.look(tx, world.context.settings.retention, world.clock.at)


def going(world: World) -> dict[int, Kept]:
    return {mail_id: item.kept for item in look(world).due for mail_id in item.group.mail_ids}


def purge(world: World, due: tuple[Due, ...] | None = None) -> purging.Purged:
    sealing.seal(world.context)
    done = purging.purge(world.context, look(world).due if due is None else due, actor="person:Kim Osei")
    sealing.seal(world.context)
    return done


def said(world: World) -> str:
    """Every row of the database but the register, and every file of the archive, as text."""
    archive = world.context.archive
    with world.context.database.reading() as tx:
        kept = [
            repr(tuple(row)) for table in metadata.sorted_tables if table is not applications
            for row in tx.execute(select(table))
        ]
    kept += [archive.read(kind, digest).decode("latin-1") for kind in KINDS for digest in archive.digests(kind)]
    return "\n".join(kept)


def verified(world: World) -> Result:
    return verify(world.context, deep=True, offline=True)


def expect_whole(world: World) -> Result:
    found = verified(world)
    assert found.gaps == []
    assert proving.prove(world.context).faults == ()
    return found


def files_of(world: World) -> int:
    return sum(len(list(world.context.archive.digests(kind))) for kind in KINDS)


def test_nothing_goes_before_its_time_and_by_default_nothing_goes_ever(tmp_path: Path, private: Rows) -> None:
    with office(tmp_path, private, {"rules": "second_reader = false"}) as world:
        world.clock.forward(days=40_000)
        assert look(world).due == ()
        assert look(world).stays["enquiry is kept for good"] == 1
        assert look(world).stays["mail … is held"] == 1


def test_each_class_goes_when_its_own_period_is_over(tmp_path: Path, private: Rows) -> None:
    with office(tmp_path, private) as world:
        assert going(world) == {}
        world.clock.forward(days=31)
        assert going(world) == {4: Kept.OUTSIDER}
        world.clock.forward(days=60)
        assert going(world) == {4: Kept.OUTSIDER, 5: Kept.AUTOMATIC}
        world.clock.forward(days=700)
        assert going(world) == {
            1: Kept.SUBMISSION, 2: Kept.NOT_MET, 4: Kept.OUTSIDER, 5: Kept.AUTOMATIC}
        world.clock.forward(days=400)
        assert set(going(world)) == {1, 2, 3, 4, 5}, "what is held stays"


@pytest.mark.parametrize("private", ["sqlite", "postgresql"], indirect=True)
def test_what_is_purged_says_nothing_any_more_and_everything_still_adds_up(tmp_path: Path, private: Rows) -> None:
    with office(tmp_path, private) as world:
        before = said(world)
        assert [words for words in SAID if words not in before] == []
        world.clock.forward(days=1200)
        world.deliver(in_bytes(letter("A new matter", "The visitor visa is needed, her mother died.")), world.clock.at)
        world.run()
        count, received = files_of(world), verified(world).tally["mails"]
        done = purge(world)
        assert (done.mails, done.by_class, done.skipped) == (
            5, {"outsider": 1, "automatic": 1, "submission": 1, "not_met": 1, "enquiry": 1}, 0)
        assert done.files == count - files_of(world) > 5
        left = said(world)
        assert [words for words in SAID if words in left] == []
        found = expect_whole(world)
        assert found.tally["mails"] == received
        assert found.tally["purged"] == {"outsider": 1, "automatic": 1, "submission": 1, "not_met": 1, "enquiry": 1}
        assert not any("belong to no row" in note for note in found.notes)
        with world.context.database.reading() as tx:
            story = reading.story(tx, 2)
            assert story is not None
            assert (story["mail"]["route"], story["mail"]["state"]) == ("enquiry", "done")
            assert story["purged"]["kept"] == "not_met"
            assert story["purged"]["actor"] == "person:Kim Osei"
            told = tx.execute(select(events).where(events.c.event == "purged")).all()
        assert [row.mail_id for row in told] == [4, 5, 1, 2, 3]
        assert {row.actor for row in told} == {"person:Kim Osei"}
        assert look(world).due == ()
        assert purge(world).mails == 0


def test_a_rebuild_says_what_it_cannot_know_and_keeps_the_journal(tmp_path: Path, private: Rows) -> None:
    with office(tmp_path, private) as world:
        world.clock.forward(days=800)
        purge(world)
        anew = Database(open_engine(f"sqlite:///{tmp_path}/anew.sqlite"))
        with world.context.database.snapshot() as tx:
            found = rebuilding.rebuild(world.context, FromDatabase(tx), anew, lambda: None)
        assert [difference.line for difference in found.differences if not difference.reason] == []
        assert found.has_journal
        assert found.left_out["taken"] == 4
        assert (found.mails, found.cases) == (6, 2)
        with anew.reading() as tx, world.context.database.reading() as old:
            assert tx.execute(select(tombstones)).all() == old.execute(select(tombstones)).all()
            assert tx.execute(select(mails).order_by(mails.c.id)).all()[0].digest
        anew.close()


@pytest.mark.parametrize("dies", ["empty", "remove-1", "remove-2", "mark_removed"])
def test_a_purge_that_dies_anywhere_goes_on_where_it_stopped(
    tmp_path: Path, private: Rows, monkeypatch: pytest.MonkeyPatch, dies: str
) -> None:
    with office(tmp_path, private) as world:
        world.clock.forward(days=1200)
        sealing.seal(world.context)
        due = look(world).due
        name, _, at = dies.partition("-")
        owner = Archive if name == "remove" else purges
        real: Callable[..., object] = getattr(owner, name)
        calls = 0

        def dying(*given: object, **more: object) -> object:
            nonlocal calls
            calls += 1
            result = real(*given, **more) if name == "empty" or calls < int(at or 1) else None
            if calls == int(at or 1):
                raise KeyboardInterrupt
            return result

        with monkeypatch.context() as patched, suppress(KeyboardInterrupt):
            patched.setattr(owner, name, dying)
            purging.purge(world.context, due, actor="person:kim")
        assert calls
        sealing.seal(world.context)
        expect_whole(world)
        outlook = look(world)
        assert outlook.unfinished == (0 if dies == "empty" else 5)
        purge(world)
        assert look(world).unfinished == 0
        assert set(going(world)) == set()
        assert not any("belong to no row" in note for note in expect_whole(world).notes)
        left = said(world)
        assert [words for words in SAID if words in left] == []


def put_hold(world: World, reference: str) -> tuple[int, str, str, int]:
    return purging.put_hold(
        world.context.database, reference, world.clock.at, looks_like_number=reference.startswith("E"),
        reason="Access request 2029-17", actor="person:Kim Osei")


def test_a_hold_is_on_a_mail_a_case_an_application_or_an_office(tmp_path: Path, private: Rows) -> None:
    with office(tmp_path, private) as world:
        world.clock.forward(days=1200)
        database, now = world.context.database, world.clock.at
        for reference, scope, kept in (
            ("1", "mail", {1}), (reference_of(world, 3), "case", {3}), ("E123456789", "application", {1}),
            ("E246813579", "application", {3}), ("o1", "office", {1, 2, 3, 5}),
        ):
            hold_id, on, subject, count = put_hold(world, reference)
            assert (on, subject) == (scope, reference)
            assert set(going(world)) == {1, 2, 3, 4, 5} - kept
            assert count >= len(kept)
            purging.end_hold(database, hold_id, now, reason="answered", actor="person:Ana")
            with pytest.raises(Permanent, match="is ended already"):
                purging.end_hold(database, hold_id, now, reason="over", actor="person:Ana")
        with pytest.raises(Permanent, match="hold 99 is not there"):
            purging.end_hold(database, 99, now, reason="over", actor="person:Ana")
        with pytest.raises(Permanent, match="is no case, no mail"):
            put_hold(world, "o999")
        with database.reading() as tx:
            assert legal_holds.listed(tx) == []
            assert {row["ended_by"] for row in legal_holds.listed(tx, ended=True)} == {"person:Ana"}
            told = tx.execute(select(events).where(events.c.event == "legal_hold_added")).all()
        assert {row.actor for row in told} == {"person:Kim Osei"}
        assert "E123456789" not in str(told), "what is in the journal of no mail is never erased"


def test_what_is_put_under_a_hold_after_the_look_stays(tmp_path: Path, private: Rows) -> None:
    with office(tmp_path, private) as world:
        world.clock.forward(days=1200)
        due = look(world).due
        hold_id, *_ = put_hold(world, "E123456789")
        assert purge(world, due).skipped == 1
        with world.context.database.reading() as tx:
            assert set(tx.scalars(select(tombstones.c.mail_id))) == {2, 3, 4, 5}
        purging.end_hold(world.context.database, hold_id, world.clock.at, reason="answered", actor="person:Ana")
        assert set(going(world)) == {1}


def test_a_document_that_another_mail_needs_stays_on_its_record(tmp_path: Path, private: Rows) -> None:
    with office(tmp_path, private) as world:
        world.clock.forward(days=600)
        again = letter(f"{PHRASE} E123456789", "Please attach these to the record. UCI 11-2222-3333.\n")
        again.add_attachment(
            documents_of(world)[0], maintype="application", subtype="pdf", filename="the same again.pdf")
        world.deliver(in_bytes(again), world.clock.at)
        world.run()
        shared = set(world.context.archive.digests(DOCUMENTS))
        assert len(shared) == 2
        world.clock.forward(days=200)
        assert 1 in going(world)
        assert 7 not in going(world)
        purge(world)
        left = set(world.context.archive.digests(DOCUMENTS))
        assert len(left) == 1
        assert left < shared
        expect_whole(world)
        world.clock.forward(days=1000)
        purge(world)
        assert set(world.context.archive.digests(DOCUMENTS)) == set()
        assert "E123456789" not in said(world)
        expect_whole(world)


def documents_of(world: World) -> list[bytes]:
    with world.context.database.reading() as tx:
        digests = tx.scalars(select(files.c.digest).where(files.c.mail_id == 1).order_by(files.c.path)).all()
    return [world.context.archive.read(DOCUMENTS, digest) for digest in digests]


def test_a_copy_that_the_server_numbers_anew_brings_back_no_word(tmp_path: Path, private: Rows) -> None:
    with office(tmp_path, private) as world:
        world.clock.forward(days=800)
        purge(world)
        with world.context.database.reading() as tx:
            digest = tx.scalars(select(mails.c.digest).where(mails.c.id == 5)).one()
        copy = next(raw for kept in world.post.contents().values() for raw in kept if digest_is(raw, digest))
        world.deliver(copy, world.clock.at)
        world.run()
        with world.context.database.reading() as tx:
            assert len(tx.execute(select(sightings).where(sightings.c.mail_id == 5)).all()) == 2
            assert tx.scalars(select(mails.c.decisions).where(mails.c.id == 5)).one() == 1, "it is not decided again"
        assert world.context.archive.has(MAIL, digest)
        assert purging.come_back(world.context) == 1
        assert not world.context.archive.has(MAIL, digest)
        assert purging.come_back(world.context) == 0
        assert going(world) == {}, "that it was met again is no use"
        expect_whole(world)


def digest_is(raw: bytes, digest: str) -> bool:
    from inboxd.archive import digest_of

    return digest_of(raw) == digest


def test_a_reply_to_a_purged_failure_is_read_by_itself(tmp_path: Path, private: Rows) -> None:
    wrong = letter(PHRASE, "Please attach this. Born 1980-01-01.\n", message_id="<wrong@parl.example>")
    wrong.add_attachment(PDF, maintype="application", subtype="pdf", filename="a.pdf")
    with open_world(tmp_path / "office", SECTIONS, FakePost(), private) as world:
        world.deliver(in_bytes(wrong), MONDAY)
        world.run()
        notice = world.post.sent()[-1].message
        world.clock.forward(days=800)
        assert purge(world).by_class == {"submission": 1}
        reply = letter(f"Re: {notice['Subject']}", "The number is E123456789.", In_Reply_To=str(notice["Message-ID"]))
        world.deliver(in_bytes(reply), world.clock.at)
        world.run()
        with world.context.database.reading() as tx:
            states = [tuple(row) for row in tx.execute(select(mails.c.state, mails.c.decisions).order_by(mails.c.id))]
        assert states == [("done", 1), ("done", 1)]
        sealing.seal(world.context)
        expect_whole(world)


def test_an_encrypted_archive_is_purged_like_any_other(tmp_path: Path, private: Rows) -> None:
    with open_world(tmp_path / "office", SECTIONS, FakePost(), private) as world:
        keys = Keyring(keys=(Key(key_id="k1", secret=b"k" * 32),))
        world.context.archive = Archive(world.context.archive.root, lambda: keys)
        world.context.archive.prepare()
        worked_through(world)
        expect_whole(world)
        world.clock.forward(days=1200)
        assert purge(world).mails == 5
        expect_whole(world)
        left = [path.name for kind in KINDS for path in (world.context.archive.root / kind).glob("*/*")]
        assert left
        assert all(name.endswith(".k1.aes") for name in left)
