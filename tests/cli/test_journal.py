"""`journal head` and `verify --journal`: what was sealed is proved, what was done to it is named, exit status 1."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.conftest import Give, document


def by_hand(config: Path, *statements: str) -> None:
    """What somebody does who has the file and knows about the triggers."""
    with closing(sqlite3.connect(config.parent / "data/inboxd.sqlite")) as database:
        for trigger in ("events_update", "events_delete", "seals_update", "seals_delete"):
            database.execute(f"drop trigger inboxd_{trigger}")
        for statement in statements:
            database.execute(statement)
        database.commit()


def test_the_daemon_seals_and_the_head_can_be_kept(copied: Path, give: Give) -> None:
    found = document(give(copied, "journal", "head", "--json"))
    place, head, *_ = give(copied, "journal", "head").out.split()
    assert (int(place), head) == (found["place"], found["head"])
    assert re.fullmatch("[0-9a-f]{64}", head)
    ended = give(copied, "verify", "--offline", "--journal", "--head", head.upper())
    assert ended.status == 0, ended.out
    assert f"note: the head of the journal is {head} at place {place}" in ended.out
    assert f"journal: 0 erased, {place} sealed" in ended.out
    assert document(give(copied, "verify", "--offline", "--journal", "--json"))["ok"] is True


def test_what_commands_wrote_since_is_sealed_before_it_is_proved(copied: Path, give: Give) -> None:
    before = document(give(copied, "journal", "head", "--json"))
    assert give(copied, "retry", "6").status == 0
    assert give(copied, "verify", "--offline", "--journal", "--head", before["head"]).status == 0
    assert document(give(copied, "journal", "head", "--json"))["place"] == before["place"] + 1


@pytest.mark.parametrize(("statements", "said"), [
    (["update events set detail = '{}' where id = 2"],
     r"the journal, changed: entry 2 \(.*\) at place 2 says something"),
    (["delete from events where id = 2"], r"the journal, missing: entry 2 \(place 2\) is not there"),
    (["delete from seals where place = 2", "delete from events where id = 2"], "missing: place 2 is not there"),
    (["update events set id = -1 where id = 2", "update events set id = 2 where id = 3",
      "update events set id = 3 where id = -1"], r"reordered: entry 2 \(.*\) at place 2 says what place 3 said"),
    (["insert into events (id, at, actor, event, detail) values (0, '2026-11-02 12:00:03', 'x', 'taken', '{}')"],
     r"inserted: entry 0 \(taken, .*\) stands between sealed entries"),
])
def test_verify_names_what_was_done_to_the_journal(
    copied: Path, give: Give, statements: list[str], said: str
) -> None:
    by_hand(copied, *statements)
    assert give(copied, "verify", "--offline").status == 0, "only --journal proves it"
    ended = give(copied, "verify", "--offline", "--journal")
    assert ended.status == 1
    first = next(line for line in ended.out.splitlines() if line.startswith("GAP"))
    assert re.search(said, first), ended.out


def test_verify_names_a_tail_that_was_cut_off(copied: Path, give: Give) -> None:
    head = document(give(copied, "journal", "head", "--json"))["head"]
    by_hand(copied, "delete from seals where place > 5", "delete from events where id > 5")
    ended = give(copied, "verify", "--offline", "--journal", "--head", head)
    assert ended.status == 1
    assert f"GAP: the journal, cut off: the head {head} is not in the chain" in ended.out
    assert "GAP: the journal, missing: mail 6 is there, and no entry taken" in ended.out, "rows tell a part of it"


def test_a_head_is_for_the_journal(copied: Path, give: Give) -> None:
    ended = give(copied, "verify", "--head", "x")
    assert ended.status == 2
    assert ended.err.endswith("Error: --head is for --journal\n")


def test_room_is_left_after_a_restore_on_a_new_machine(copied: Path, give: Give) -> None:
    ended = give(copied, "db", "restored", "--room", "50")
    assert ended.status == 0
    assert re.fullmatch(r"the newest mail that is known is 7; the next one gets an id above 5\d\n", ended.out)
