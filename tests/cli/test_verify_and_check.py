"""`verify` names every gap between mails, archive and server; `check` names all that would keep inboxd from working."""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.conftest import Ended, Give, Place, document
from tests.servers.places import free_port

# verify


def test_verify_finds_nothing_wrong(worked: Path, give: Give) -> None:
    for options in ([], ["--deep"], ["--offline"]):
        ended = give(worked, "verify", *options)
        assert ended.status == 0, ended.out
        assert "received 7 = 6 done + 1 held + 0 decided + 0 taken" in ended.out
        assert ended.out.endswith("verified: nothing lost, nothing doubled\n")
    found = document(give(worked, "verify", "--json"))
    assert found["ok"] is True
    assert found["gaps"] == []


@pytest.mark.parametrize("kind", ["mail", "documents", "sent"])
def test_verify_names_a_file_that_is_gone_and_one_that_was_changed(copied: Path, give: Give, kind: str) -> None:
    first, *_ = sorted(path for path in (copied.parent / "data/archive" / kind).rglob("*") if path.is_file())
    bytes_before = first.read_bytes()
    first.chmod(0o600)
    first.write_bytes(bytes_before[:-1] + b"?")
    assert give(copied, "verify", "--offline").status == 0, "only --deep reads the files"
    deep = give(copied, "verify", "--offline", "--deep")
    assert deep.status == 1
    assert f"GAP: {kind} {first.name[:12]}: a file in the archive no longer has the digest" in deep.out
    first.unlink()
    gone = give(copied, "verify", "--offline")
    assert gone.status == 1
    assert f"GAP: {kind} {first.name[:12]} is named by a row and not in the archive" in gone.out
    assert gone.out.endswith("1 gaps\n")
    assert document(give(copied, "verify", "--offline", "--json"))["ok"] is False


def test_verify_names_a_mail_without_an_end(copied: Path, give: Give) -> None:
    with closing(sqlite3.connect(copied.parent / "data/inboxd.sqlite")) as database:
        database.execute("update mails set state = 'decided' where id = 4")
        database.commit()
    ended = give(copied, "verify", "--offline")
    assert ended.status == 1
    assert "GAP: mail 4 is decided and has neither an open effect nor an end" in ended.out


def test_verify_asks_the_server_and_says_when_it_cannot(copied: Path, give: Give, place: Place) -> None:
    folders = place.dovecot.folders(user=place.user)
    text = copied.read_text(encoding="utf-8")
    copied.write_text(text.replace(f"port = {place.dovecot.port}", f"port = {free_port()}"), encoding="utf-8")
    ended = give(copied, "verify")
    assert ended.status == 1
    assert "GAP: the mail server could not be asked: mailbox: cannot connect: Connection refused" in ended.out
    copied.write_text(text, encoding="utf-8")
    assert give(copied, "verify").status == 0
    assert place.dovecot.folders(user=place.user) == folders, "looking makes no folder"


# check


def findings(ended: Ended) -> dict[str, bool]:
    return {item["what"]: item["ok"] for item in json.loads(ended.out)}


def test_check_finds_all_well(worked: Path, give: Give) -> None:
    ended = give(worked, "check")
    assert ended.status == 0, ended.out
    assert all(line.startswith("ok   ") for line in ended.out.splitlines())
    assert set(findings(give(worked, "check", "--json"))) == {
        "settings", "rules", "second reader", "archive", "spool", "database", "criteria", "mailbox", "smtp", "clock",
        "incidents", "endings", "records", "files", "scanner", "security",
    }


def test_check_names_wrong_settings_and_rules(copied: Path, give: Give) -> None:
    text = copied.read_text(encoding="utf-8")
    copied.write_text(text + "\n[colours]\n", encoding="utf-8")
    ended = give(copied, "check")
    assert ended.status == 1
    assert "BAD  settings" in ended.out
    assert "colours: is not an option" in ended.out
    copied.write_text(text, encoding="utf-8")
    (copied.parent / "roster.csv").write_text("office\n", encoding="utf-8")
    ended = give(copied, "check")
    assert ended.status == 1
    assert "BAD  rules: " in ended.out
    assert "roster.csv:1" in ended.out


@pytest.mark.parametrize("server", ["mailbox", "smtp"])
def test_check_names_a_server_that_is_not_there(copied: Path, give: Give, place: Place, server: str) -> None:
    port = place.dovecot.port if server == "mailbox" else place.sink.port
    text = copied.read_text(encoding="utf-8").replace(f"port = {port}\n", f"port = {free_port()}\n")
    copied.write_text(text, encoding="utf-8")
    ended = give(copied, "check")
    assert ended.status == 1
    bad = [line for line in ended.out.splitlines() if line.startswith("BAD")]
    assert len(bad) == 1
    assert bad[0].startswith(f"BAD  {server}: ")
    assert "Connection refused" in bad[0]


def test_check_names_a_refused_login(copied: Path, give: Give) -> None:
    (copied.parent / "imap.password").write_text("wrong", encoding="utf-8")
    bad = [line for line in give(copied, "check").out.splitlines() if line.startswith("BAD")]
    assert len(bad) == 1
    assert "check mailbox.username and what mailbox.password_file gives" in bad[0]


def test_check_names_too_little_room_no_alerts_and_a_clock_that_went_back(copied: Path, give: Give) -> None:
    text = copied.read_text(encoding="utf-8")
    copied.write_text(text.replace("min_free_bytes = 1048576", f"min_free_bytes = {10**16}"), encoding="utf-8")
    assert findings(give(copied, "check", "--json"))["archive"] is False
    copied.write_text(re.sub(r"alerts = .*", "alerts = []", text), encoding="utf-8")
    with closing(sqlite3.connect(copied.parent / "data/inboxd.sqlite")) as database:
        database.execute("drop trigger inboxd_events_update")
        database.execute("update events set at = '2099-01-01 00:00:00.000000' where id = 1")
        database.commit()
    found = findings(give(copied, "check", "--json"))
    assert (found["alerts"], found["clock"]) == (False, False)


def test_check_names_an_old_database(copied: Path, give: Give) -> None:
    with closing(sqlite3.connect(copied.parent / "data/inboxd.sqlite")) as database:
        database.execute("delete from alembic_version")
        database.commit()
    ended = give(copied, "check")
    assert ended.status == 1
    assert "BAD  database: the database is at revision none" in ended.out
