"""`rebuild` and `journal export`: the database made anew by commands, compared, kept or thrown away."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from tests.cli.conftest import Give, document, one_line


def by_hand(config: Path, statement: str) -> None:
    with closing(sqlite3.connect(config.parent / "data/inboxd.sqlite")) as database:
        database.execute(statement)
        database.commit()


def test_rebuild_says_that_the_decisions_are_the_same_and_keeps_nothing(copied: Path, give: Give) -> None:
    def files() -> list[Path]:
        return sorted(path for path in copied.parent.rglob("*") if path.suffix not in (".sqlite-shm", ".sqlite-wal"))

    before = files()
    ended = give(copied, "rebuild", "--verify")
    assert ended.status == 0, ended.out + ended.err
    assert "7 mails, 1 cases" in ended.out
    assert ended.out.endswith("rebuilt: the same mails, the same decisions\n")
    assert ended.err == "", "no event lines: nothing happened"
    assert files() == before


def test_rebuild_into_a_new_database_that_can_be_used(copied: Path, give: Give) -> None:
    head = document(give(copied, "journal", "head", "--json"))["head"]
    anew = copied.parent / "data/anew.sqlite"
    found = document(give(copied, "rebuild", "--into", f"sqlite:///{anew}", "--json"))
    assert (found["ok"], found["mails"], found["has_journal"], found["head"]) == (True, 7, True, head)
    assert "is not empty" in one_line(give(copied, "rebuild", "--into", f"sqlite:///{anew}"))
    text = copied.read_text(encoding="utf-8")
    copied.write_text(text.replace("data/inboxd.sqlite", "data/anew.sqlite"), encoding="utf-8")
    proved = give(copied, "verify", "--deep", "--journal", "--head", head)
    assert proved.status == 0, proved.out
    assert give(copied, "once").status == 0
    assert give(copied, "verify", "--journal", "--head", head).status == 0


def test_rebuild_names_what_differs(copied: Path, give: Give) -> None:
    by_hand(copied, "update mails set rule = 'enquires' where id = 1")
    ended = give(copied, "rebuild", "--verify")
    assert ended.status == 1
    assert "DIFFERS: mail 1, its rule: was enquires, is submits_documents (NOT EXPLAINED)" in ended.out
    assert ended.out.endswith("rebuilt: 1 differences, 1 of them without a known reason\n")
    criteria = copied.parent / "criteria.toml"
    criteria.write_text(criteria.read_text(encoding="utf-8") + "\n# read again\n", encoding="utf-8")
    again = give(copied, "rebuild", "--verify")
    assert again.status == 0, again.out
    assert "note: mail 1, its rule: was enquires, is submits_documents (decided by the rules " in again.out


def test_the_archive_and_an_exported_journal_are_enough(copied: Path, give: Give) -> None:
    lines = give(copied, "journal", "export").out
    file = copied.parent / "journal.jsonl"
    file.write_text(lines, encoding="utf-8")
    (copied.parent / "data/inboxd.sqlite").unlink()
    register = str(copied.parent / "register.csv")
    into = f"sqlite:///{copied.parent}/data/inboxd.sqlite"
    ended = give(copied, "rebuild", "--journal", str(file), "--records", register, "--into", into)
    assert ended.status == 0, ended.out + ended.err
    assert "the journal was taken over with its chain; its head is " in ended.out
    proved = give(copied, "verify", "--journal", "--head", ended.out.partition("its head is ")[2][:64])
    assert proved.status == 0, proved.out
    assert give(copied, "journal", "export").out.startswith(lines), "the chain goes on behind it"


def test_export_goes_on_where_the_last_one_ended(copied: Path, give: Give) -> None:
    whole = give(copied, "journal", "export").out.splitlines(keepends=True)
    assert give(copied, "journal", "export", "--after", "5").out == "".join(whole[5:])


def test_rebuild_needs_to_know_what_for(copied: Path, give: Give) -> None:
    assert "give --into, --verify or both" in give(copied, "rebuild").err
    assert "--records is for --journal" in give(copied, "rebuild", "--verify", "--records", str(copied)).err
