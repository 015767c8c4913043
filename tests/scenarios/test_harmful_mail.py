"""A mail that harms whoever reads it: people's commands meet it in a process with limits, and are told in words."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from inboxd import exporting, holding, overriding
from inboxd.exporting import Contents
from inboxd.packing import Source
from inboxd.plan import Category
from inboxd.tables import cases, mails, overrides
from tests.crash.letters import PDF, PHRASE, documents, in_bytes, letter
from tests.readers.harmful import EATS, HANGS, SECONDS, harmful, readers_of
from tests.scenarios.posts import FakePost
from tests.scenarios.rebuilt import new_database, rebuilt, unexplained
from tests.scenarios.world import Rows, World, open_world

MONDAY = datetime(2026, 11, 16, 15, 0, tzinfo=UTC)
UCI = "1122223333"
NAMED = "About UCI 11-2222-3333.\n"


@pytest.fixture
def world(tmp_path: Path, sqlite: Rows) -> Iterator[World]:
    with open_world(tmp_path / "office", {"rules": "second_reader = false"}, FakePost(), sqlite) as opened:
        yield opened
        if opened.context.readers is not None:
            opened.context.readers.close()


def arrive(world: World, *letters: bytes) -> None:
    for raw in letters:
        world.deliver(raw, world.clock.at + timedelta(minutes=1))
        world.run()


def now_harmful(world: World) -> None:
    """From now on some mails harm who reads them, as the daemon and every command does."""
    world.clock.at = max(world.clock.at, MONDAY)
    world.context.readers = readers_of(world.context.settings, world.context.archive)


def states(world: World) -> list[tuple[str, str]]:
    with world.context.database.reading() as tx:
        return [tuple(row) for row in tx.execute(select(mails.c.state, mails.c.held_reason).order_by(mails.c.id))]


def newest_case(world: World) -> str:
    with world.context.database.reading() as tx:
        return str(tx.scalars(select(cases.c.reference).order_by(cases.c.id.desc())).first())


Write = Callable[[Source, Path, Callable[[Contents], dict[str, str]]], exporting.Exported]


def exported(world: World, into: Path, write: Write) -> exporting.Exported:
    context = world.context
    source = Source(database=context.database, archive=context.archive, readers=context.reader,
                    zone=context.rules.standards.calendar.zone)
    return write(source, into, lambda contents: {"story.txt": "\n".join(contents.not_written)})


def of_person(world: World) -> Write:
    return lambda source, into, describe: exporting.export_person(
        source, UCI, (), into, actor="person:kim", now=world.clock.at, describe=describe, progress=lambda *_: None)


def of_mail(world: World, reference: str) -> Write:
    return lambda source, into, describe: exporting.export(
        source, reference, into, actor="person:kim", now=world.clock.at, describe=describe, progress=lambda *_: None)


@pytest.mark.parametrize("subject", [HANGS, EATS])
def test_about_one_person_it_is_put_in_as_it_came_and_named(world: World, tmp_path: Path, subject: str) -> None:
    now_harmful(world)
    bad = harmful(subject, NAMED)
    other = harmful(subject, "About nobody in particular.\n")
    arrive(world, documents(), bad, other, documents(padding=7))
    assert states(world)[1:3] == [("held", "UNREADABLE")] * 2
    done = exported(world, tmp_path, of_person(world))
    assert done.mail_ids == (1, 2, 4)
    raw, = (done.folder / "mail").glob("2-*.eml")
    assert raw.read_bytes() == bad
    assert f"{hashlib.sha256(bad).hexdigest()}  mail/{raw.name}" in (done.folder / "manifest.sha256").read_text()
    told, = (line for line in done.to_sever if line.startswith("mail 2: could not be read safely (reading it "))
    assert told.endswith("; look by hand")
    left, = done.left_out
    assert left.startswith("mail 3: could not be read safely (reading it "), "it may be about anybody"


def test_files_that_are_only_inside_it_are_named_and_it_is_put_in_as_it_came(world: World, tmp_path: Path) -> None:
    """A refused document of a mail that harms its reader now: a newer version of a parser, say."""
    mail = letter(f"{PHRASE} E999999999", "UCI 11-2222-3333", X_Harm=HANGS)
    mail.add_attachment(PDF, maintype="application", subtype="pdf", filename="refused.pdf")
    raw = in_bytes(mail)
    arrive(world, raw, documents())
    now_harmful(world)
    done = exported(world, tmp_path, of_mail(world, "1"))
    assert [path.read_bytes() for path in (done.folder / "mail").glob("1-*.eml")] == [raw]
    assert not (done.folder / "not-attached").exists()
    assert done.not_written == (
        f"mail 1 cannot be read safely (reading it took more than {SECONDS} s): it is in the folder as it came",
        "1-refused.pdf: could not be taken out of its mail, which cannot be read",
    )
    assert exported(world, tmp_path, of_mail(world, "2")).mail_ids == (2,)


def test_a_correction_that_would_answer_it_is_refused_and_one_that_tells_nobody_is_not(world: World) -> None:
    arrive(world, harmful(HANGS))
    reference = newest_case(world)
    now_harmful(world)
    begun = time.monotonic()
    with pytest.raises(overriding.Refused, match=(
        rf"the mail of case {reference} cannot be read \(reading it took more than {SECONDS} s\); leave --notify out"
    )):
        overriding.set_category(
            world.context, reference, Category.URGENT, reason="r", by="person:kim", how="command", notify=True)
    assert time.monotonic() - begun < 20
    with world.context.database.reading() as tx:
        assert tx.execute(select(overrides)).all() == []
    done = overriding.set_category(
        world.context, reference, Category.URGENT, reason="r", by="person:kim", how="command")
    assert (done.category, done.notified) == (Category.URGENT, "")


def test_the_next_case_is_corrected_and_its_office_told(world: World) -> None:
    now_harmful(world)
    arrive(world, harmful(EATS), harmful("Removal"))
    assert states(world) == [("held", "UNREADABLE"), ("done", "")]
    done = overriding.set_category(
        world.context, newest_case(world), Category.URGENT, reason="r", by="person:kim", how="command", notify=True)
    assert done.notified == "ack_urgent"


def test_made_anew_it_is_held_as_the_daemon_held_it(world: World, tmp_path: Path) -> None:
    now_harmful(world)
    arrive(world, harmful("Removal"), harmful(HANGS), harmful(EATS), documents())
    assert states(world) == [("done", ""), ("held", "UNREADABLE"), ("held", "UNREADABLE"), ("done", "")]
    begun = time.monotonic()
    with new_database(tmp_path) as made:
        found = rebuilt(world, made)
        assert unexplained(found) == ""
        with made.reading() as tx:
            again = [tuple(row) for row in tx.execute(select(mails.c.state, mails.c.held_reason).order_by(mails.c.id))]
    assert again == states(world)
    assert time.monotonic() - begun < 60


def test_a_mail_that_harms_only_now_is_named_by_who_makes_the_database_anew(world: World, tmp_path: Path) -> None:
    """It was decided by a version that it did not harm: the rebuilt database says which decision is missing."""
    arrive(world, harmful(HANGS), documents())
    now_harmful(world)
    with new_database(tmp_path) as made:
        found = rebuilt(world, made)
    told = unexplained(found)
    assert f"reading it took more than {SECONDS} s" in told
    assert "mail 2" not in told


def test_a_submission_completed_by_it_is_held_for_a_person(world: World) -> None:
    """What an office answers to our notice is read again with the documents; here that answer is the harmful one."""
    mail = letter(f"{PHRASE} E123456789", "Please attach these.\n", message_id="<papers@parl.example>")
    mail.add_attachment(PDF, maintype="application", subtype="pdf", filename="a.pdf")
    arrive(world, in_bytes(mail))
    assert states(world)[0][0] == "held"
    notice = world.post.sent()[0].message["Message-ID"]
    arrive(world, in_bytes(letter("Re: Documents", "UCI 99-8888-7777\n", In_Reply_To=notice, X_Harm=HANGS)))
    with world.context.database.reading() as tx:
        assert tx.scalar(select(mails.c.rule).where(mails.c.id == 2)) == "completes_submission"
    assert states(world)[0][0] == "held", "it is another person's"
    now_harmful(world)
    assert holding.retry(world.context, 1, "person:kim")
    world.run()
    assert states(world)[0] == ("held", "UNREADABLE")
