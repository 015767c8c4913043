"""All about one person in a folder: what names the person wherever it stands, what is another's, what is unsure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from inboxd import exporting, sealing
from inboxd.archive import Archive
from inboxd.ciphering import Key, Keyring
from inboxd.errors import Permanent
from inboxd.exporting import Contents, Exported
from inboxd.packing import Source
from inboxd.tables import events
from tests.crash.letters import PDF, documents, in_bytes, letter
from tests.scenarios.posts import FakePost
from tests.scenarios.world import Rows, World, open_world

MONDAY = datetime(2026, 11, 2, 15, 0, tzinfo=UTC)
UCI = "11-2222-3333"
KEYS = Keyring(keys=(Key(key_id="k1", secret=b"k" * 32),))


def with_file(name: str, text: str) -> bytes:
    mail = letter("A visa for a constituent", text)
    mail.add_attachment(PDF, maintype="application", subtype="pdf", filename=name)
    return in_bytes(mail)


def both(number: str, other: str) -> bytes:
    text = (f"Her mother died on Sunday, the funeral is on Friday, and the visitor visa {number} is pending.\n\n"
            f"Also, for another constituent, the work permit {other} expires tomorrow.\n")
    return in_bytes(letter("Two matters", text))


LETTERS = (
    documents(),                                                                     # 1 verified by the record
    in_bytes(letter("A question", "What became of the person with UCI 1122223333?")),  # 2 the UCI as it is also written
    both("E123456789", "W987654321"),                                                # 3 somebody else beside
    with_file("E123456789 letter.pdf", "Please see the file."),                      # 4 in a file's name
    in_bytes(letter("W987654321", "Only about the other one, UCI 99-8888-7777.")),   # 5 not this person
    in_bytes(letter("A question", "Nothing is named. The number 5E1234567890 is an invoice.")),  # 6 not a number
    in_bytes(letter("A question", "The second application, V 444 555 666, is also hers.")),       # 7 her second record
)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    root = tmp_path_factory.mktemp("person")
    rows = Rows(f"sqlite:///{root}/rows.sqlite")
    with open_world(root / "office", {"rules": "second_reader = false"}, FakePost(), rows) as opened:
        opened.context.archive = Archive(opened.context.archive.root, lambda: KEYS)
        opened.context.archive.prepare()
        for minute, raw in enumerate(LETTERS):
            opened.deliver(raw, MONDAY + timedelta(minutes=minute))
        opened.run()
        sealing.seal(opened.context)
        yield opened
    rows.database.close()


def source_of(world: World) -> Source:
    context = world.context
    return Source(database=context.database, archive=context.archive, readers=context.reader,
                  zone=context.rules.standards.calendar.zone)


def export(world: World, into: Path, uci: str = UCI, *numbers: str) -> tuple[Exported, list[Contents]]:
    seen: list[Contents] = []

    def describe(contents: Contents) -> dict[str, str]:
        seen.append(contents)
        return {"story.json": json.dumps([story["mail"]["id"] for story in contents.stories])}

    done = exporting.export_person(
        source_of(world), uci, numbers, into, actor="person:kim", now=world.clock.at, describe=describe,
        progress=lambda *_: None)
    return done, seen


def about(done: Exported, mail_id: int) -> list[str]:
    return [line for line in done.to_sever if line.startswith(f"mail {mail_id}:")]


def test_everything_about_one_person_and_nothing_else(world: World, tmp_path: Path) -> None:
    done, _ = export(world, tmp_path)
    assert done.mail_ids == (1, 2, 3, 4, 7)
    assert done.folder == tmp_path / "person-1122223333"
    for line in (done.folder / "manifest.sha256").read_text().splitlines():
        digest, path = line.split("  ", 1)
        assert hashlib.sha256((done.folder / path).read_bytes()).hexdigest() == digest
    assert sum(path.startswith("documents/") for path in done.files) == 2
    assert sum(path.startswith("mail/") for path in done.files) == 5
    assert any(path.startswith("notices/1-receipt") for path in done.files)
    assert (done.folder / "mail" / "1-2026-11-02.eml").read_bytes() == LETTERS[0], "plain, for whoever asked"
    assert done.left_out == ()


def test_who_else_is_in_a_mail_is_told_masked(world: World, tmp_path: Path) -> None:
    done, seen = export(world, tmp_path)
    assert any("also names W*****4321" in line for line in about(done, 3))
    assert about(done, 1) == []
    assert about(done, 7) == []
    assert not any("W987654321" in line for line in done.to_sever)
    assert seen[0].to_sever == done.to_sever


def test_what_is_written_in_the_journal_does_not_name_the_person(world: World, tmp_path: Path) -> None:
    export(world, tmp_path)
    with world.context.database.reading() as tx:
        told: list[Any] = tx.execute(select(events).where(events.c.event == "exported")).all()
    assert {row.mail_id for row in told} == {1, 2, 3, 4, 7}
    assert {row.detail["reference"] for row in told} == {"person ******3333"}
    assert {row.actor for row in told} == {"person:kim"}


@pytest.mark.parametrize(("uci", "words"), [
    ("99-9999-9999", "nothing names this person"), ("E123456789", "is no UCI"), ("12", "is no UCI"),
    ("../../etc", "is no UCI"), ("١١٢٢٢٢٣٣٣٣", "is no UCI"),
])
def test_who_is_not_there_is_told_and_leaves_no_folder(world: World, tmp_path: Path, uci: str, words: str) -> None:
    with pytest.raises(Permanent, match=words):
        export(world, tmp_path, uci)
    assert list(tmp_path.iterdir()) == []


def test_a_number_that_no_record_of_ours_has_can_be_given(world: World, tmp_path: Path) -> None:
    done, _ = export(world, tmp_path, "99-9999-9999", "w987654321")
    assert done.mail_ids == (3, 5)
    assert any("belongs to" in line or "also names" in line for line in about(done, 3))


def test_a_mail_that_cannot_be_read_is_named(world: World, tmp_path: Path) -> None:
    with world.context.database.reading() as tx:
        taken = tx.execute(select(events.c.detail).where(events.c.event == "taken", events.c.mail_id == 6)).scalar_one()
    path = world.context.archive.path("mail", taken["digest"])
    aside = path.rename(path.with_name("aside"))
    try:
        done, _ = export(world, tmp_path)
    finally:
        aside.rename(path)
    assert done.left_out == (
        "mail 6: could not be read (cannot read from the archive: the file is not there); look by hand",)
