"""Commands where the settings file names a second mailbox: which one they work on, and what is told of all."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import Give, Place, one_line
from tests.crash.letters import critical, in_bytes, letter
from tests.liaison import DESK, write_both
from tests.office import Server


@pytest.fixture
def main(tmp_path: Path, place: Place) -> Path:
    """Both mailboxes, with a mail in each."""
    dovecot = place.dovecot
    users = dovecot.fresh_user(), f"mil-{dovecot.fresh_user()}"
    dovecot.deliver(critical(), user=users[0])
    dovecot.deliver(in_bytes(letter("A file", "Where does this file stand?", sender=DESK)), user=users[1])
    servers = [Server(port=dovecot.port, username=user, password=dovecot.password) for user in users]
    return write_both(tmp_path / "office", imap=servers[0], liaison=servers[1], smtp=Server(port=place.sink.port))


def test_once_does_all_and_other_commands_one(main: Path, give: Give) -> None:
    ended = give(main, "once")
    assert (ended.status, ended.err) == (0, "")
    done = [line.rpartition(" ")[2] for line in ended.out.splitlines() if " mail.done mail=1" in line]
    assert done == ["channel=main", "channel=mil"]

    ours = json.loads(give(main, "cases", "--json").out)
    theirs = json.loads(give(main, "--channel", "mil", "cases", "--json").out)
    again = json.loads(give(main, "cases", "--json", "--channel=mil").out)
    by_file = json.loads(give(main.parent / "mil" / "inboxd.toml", "cases", "--json").out)
    assert ours[0]["reference"].startswith("MC")
    assert theirs[0]["reference"].startswith("MIL")
    assert theirs == again == by_file
    reference = ours[0]["reference"]
    assert reference in give(main, "--channel", "main", "show", "1").out
    assert reference not in give(main, "--channel", "mil", "show", "1").out, "mail 1 of the other is another mail"
    assert give(main, "--channel", "mil", "close", reference).status == 1, "no command reaches into the other"
    for name in ("main", "mil"):
        assert give(main, "--channel", name, "verify").out.endswith("verified: nothing lost, nothing doubled\n")


def test_once_of_one_channel_leaves_the_other(main: Path, give: Give) -> None:
    ended = give(main, "once", "--channel", "mil")
    assert ended.status == 0
    assert "channel=" not in ended.out, "it is the only one here"
    assert (main.parent / "mil" / "data" / "inboxd.sqlite").exists()
    assert not (main.parent / "data" / "inboxd.sqlite").exists()


def test_once_does_what_it_can_and_says_that_it_was_not_all(main: Path, give: Give) -> None:
    data = main.parent / "data"
    shutil.rmtree(data)
    data.write_text("no folder", encoding="utf-8")
    ended = give(main, "once")
    assert ended.status == 1
    assert [line for line in ended.out.splitlines() if " error storage.refused" in line and "channel=main" in line]
    assert [line for line in ended.out.splitlines() if " mail.done mail=1 channel=mil" in line]


def test_check_tells_of_all_channels_whose_finding_it_is(main: Path, give: Give) -> None:
    ended = give(main, "check")
    assert ended.status == 0, ended.out
    lines = ended.out.splitlines()
    assert {line.split()[1] for line in lines} == {"main:", "mil:"}
    assert len([line for line in lines if line.startswith("ok   mil: ")]) * 2 == len(lines)
    rows = json.loads(give(main, "check", "--json").out)
    assert {row["channel"] for row in rows} == {"main", "mil"}
    (main.parent / "mil" / "roster.csv").write_text("office,member\n", encoding="utf-8")
    ended = give(main, "check")
    assert ended.status == 1
    assert "BAD  mil: rules: " in ended.out
    assert "BAD  main" not in ended.out


def test_check_opens_nothing_where_two_channels_meet(main: Path, give: Give) -> None:
    file = main.parent / "mil" / "inboxd.toml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("sqlite:///data/", "sqlite:///../data/"), encoding="utf-8")
    ended = give(main, "check")
    assert ended.status == 1
    line, = ended.out.splitlines()
    assert line.startswith(f"BAD  settings: {file}:")
    assert "storage.database: is the same as in" in line
    assert not (main.parent / "data" / "inboxd.sqlite").exists()
    for command in ("run", "once"):
        ended = give(main, command)
        assert ended.status == 78
        assert "storage.database: is the same as in" in one_line(ended)


def test_a_database_of_another_mailbox_is_refused_however_its_url_is_written(main: Path, give: Give) -> None:
    assert give(main, "once").status == 0
    mil = main.parent / "mil" / "data"
    for name in ("inboxd.sqlite", "inboxd.sqlite-wal", "inboxd.sqlite-shm"):
        (mil / name).unlink(missing_ok=True)
    (mil / "inboxd.sqlite").hardlink_to(main.parent / "data" / "inboxd.sqlite")
    ended = give(main, "once")
    assert ended.status == 1
    assert "channel mil: storage.database holds the mail of main" in one_line(ended)


def test_a_name_that_no_channel_has(main: Path, give: Give) -> None:
    ended = give(main, "--channel", "mli", "list")
    assert ended.status == 78
    assert "there is no channel 'mli'; there are: main, mil" in one_line(ended)
    ended = give(main, "list", "--channel")
    assert ended.status == 2


def test_all_databases_are_upgraded_together(main: Path, give: Give) -> None:
    ended = give(main, "db", "upgrade")
    assert ended.status == 0, ended.err
    assert [line.partition(":")[0] for line in ended.out.splitlines()] == ["main", "mil"]
    assert give(main, "--channel", "mil", "db", "upgrade").out.endswith(" already\n")
