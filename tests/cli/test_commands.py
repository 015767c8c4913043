"""Every command, with real data: what it prints, what it touches, how it ends."""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Ended, Give, Place
from tests.crash.letters import critical, documents
from tests.office import Server, write_office
from tests.servers.places import free_port


def document(ended: Ended) -> Any:
    """The one JSON document on standard output."""
    assert ended.err == ""
    return json.loads(ended.out)


def moments(value: Any) -> list[str]:
    """All strings in a document that look like a time."""
    if isinstance(value, dict):
        return [found for item in value.values() for found in moments(item)]
    if isinstance(value, list):
        return [found for item in value for found in moments(item)]
    return [value] if isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\dT", value) else []


def one_line(ended: Ended) -> str:
    lines = ended.err.strip().splitlines()
    assert len(lines) == 1, ended.err
    assert "Traceback" not in lines[0]
    return lines[0]


def state_of(folder: Path) -> dict[str, str]:
    """Every file below a folder and the digest of its bytes."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*")) if path.is_file()
    }


# list, show, cases


def test_list_shows_all_mails_newest_first(worked: Path, give: Give) -> None:
    shown = give(worked, "list")
    assert shown.status == 0
    assert shown.err == ""
    for route in ("submission", "enquiry", "automatic", "outsider", "unverified"):
        assert route in shown.out
    assert "\x1b[31m" not in shown.out
    assert "\u202e" not in shown.out
    rows = document(give(worked, "list", "--json"))
    assert [row["id"] for row in rows] == [7, 6, 5, 4, 3, 2, 1]


def test_list_by_state_route_and_limit(worked: Path, give: Give) -> None:
    assert [row["id"] for row in document(give(worked, "list", "--state", "held", "--json"))] == [6]
    assert [row["id"] for row in document(give(worked, "list", "--route", "submission", "--json"))] == [2, 1]
    assert [row["id"] for row in document(give(worked, "list", "--limit", "2", "--json"))] == [7, 6]
    assert give(worked, "list", "--state", "taken").out.strip() == "Mails: none"


def test_json_times_carry_their_offset(worked: Path, give: Give) -> None:
    found = [
        moment for command in (["list"], ["show", "3"], ["cases"])
        for moment in moments(document(give(worked, *command, "--json")))
    ]
    assert len(found) > 20
    assert all(datetime.fromisoformat(moment).tzinfo is not None for moment in found)


def test_show_tells_the_story_of_a_submission(worked: Path, give: Give) -> None:
    shown = give(worked, "show", "1")
    assert shown.status == 0
    for words in ("submits_documents", "E123456789: accept", "passport.pdf: attached", "sha256", "receipt to",
                  "250 2.0.0 Ok", "kept as sent:", "Documents/Filed", "taken", "decided", "send_done", "move_done"):
        assert words in shown.out, words
    kept = Path(re.search(r"kept as sent: (.+)", shown.out)[1])  # type: ignore[index]  # the line is there
    assert b"Message-ID: <inboxd." in kept.read_bytes()


def test_show_tells_the_story_of_a_case(worked: Path, give: Give) -> None:
    shown = give(worked, "show", "3").out
    for words in ("hit CR-01 (critical)", "Case MC", "reply by", "action by", "timer reply_breach: set"):
        assert words in shown, words
    story = document(give(worked, "show", "3", "--json"))
    assert story["mail"]["route"] == "enquiry"
    assert len(story["cases"]) == 1
    assert story["sightings"][0]["folder_now"] == "Enquiries/Critical"


def test_show_of_a_mail_that_is_not_there(worked: Path, give: Give) -> None:
    ended = give(worked, "show", "99")
    assert ended.status == 1
    assert one_line(ended) == "Error: there is no mail 99; `inboxd list` shows the ids"


def test_cases_lists_what_is_due_first(worked: Path, give: Give) -> None:
    rows = document(give(worked, "cases", "--json"))
    assert [row["category"] for row in rows] == ["critical"]
    assert rows[0]["reference"] in give(worked, "cases").out
    assert document(give(worked, "cases", "--category", "urgent", "--json")) == []
    assert document(give(worked, "cases", "--state", "closed", "--json")) == []


# close, retry


def test_close_stops_every_timer_of_a_case(copied: Path, give: Give) -> None:
    reference = document(give(copied, "cases", "--json"))[0]["reference"]
    ended = give(copied, "close", reference.lower())
    assert (ended.status, ended.out) == (0, f"case {reference} is closed\n")
    story = document(give(copied, "show", "3", "--json"))
    assert story["cases"][0]["state"] == "closed"
    assert "set" not in {timer["state"] for timer in story["timers"]}
    again = give(copied, "close", reference)
    assert again.status == 1
    assert one_line(again) == f"Error: there is no open case {reference}; `inboxd cases` shows them"


def test_retry_decides_a_held_mail_again_and_names_what_is_not_held(copied: Path, give: Give, place: Place) -> None:
    ended = give(copied, "retry", "6", "1", "99")
    assert ended.status == 1
    assert ended.out == "mail 6 is due again; the daemon takes it within seconds\n"
    assert ended.err.splitlines() == [
        "inboxd: mail 1 is not held; `inboxd list --state held` shows what is",
        "inboxd: mail 99 is not held; `inboxd list --state held` shows what is",
    ]
    assert document(give(copied, "show", "6", "--json"))["mail"]["state"] == "taken"
    assert give(copied, "once").status == 0
    mail = document(give(copied, "show", "6", "--json"))["mail"]
    assert (mail["state"], mail["held_reason"], mail["decisions"]) == ("held", "SENDER_UNVERIFIED", 2)


# explain


def test_explain_says_why_and_touches_nothing(worked: Path, give: Give, tmp_path: Path) -> None:
    mail = tmp_path / "letter.eml"
    mail.write_bytes(critical("new"))
    before = state_of(worked.parent)
    told = give(worked, "explain", str(mail), "--at", "2026-12-24T15:00", "--replies")
    assert told.status == 0, told.err
    for words in ("enquiry by rule enquires, to folder Enquiries/Critical", "hit CR-01", "reply by", "ack_critical",
                  "skipped: Saturday"):
        assert words in told.out, words
    as_json = document(give(worked, "explain", str(mail), "--json"))
    assert as_json["plan"]["verdict"]["route"] == "enquiry"
    mail.write_bytes(documents())
    assert "documents: accept" in give(worked, "explain", str(mail)).out
    after = state_of(worked.parent)
    assert {name for name in after.keys() | before.keys() if after.get(name) != before.get(name)} == set()


def test_explain_without_a_database_makes_none(give: Give, tmp_path: Path) -> None:
    config = write_office(tmp_path / "new", imap=Server(port=free_port(), username="x", password="y"),
                          smtp=Server(port=free_port()))
    mail = tmp_path / "letter.eml"
    mail.write_bytes(critical())
    before = state_of(tmp_path)
    told = give(config, "explain", str(mail))
    assert told.status == 0, told.err
    assert "note: decided without the database (there is none yet)" in told.out
    assert state_of(tmp_path) == before


def test_explain_of_what_is_no_mail(worked: Path, give: Give, tmp_path: Path) -> None:
    missing = give(worked, "explain", str(tmp_path / "no.eml"))
    assert missing.status == 1
    assert one_line(missing) == f"inboxd: {tmp_path}/no.eml cannot be read: No such file or directory"
    (tmp_path / "x.eml").write_bytes(b"\x00\x01\x02")
    assert give(worked, "explain", str(tmp_path / "x.eml")).status == 1
    (tmp_path / "y.eml").write_bytes(critical())
    wrong = give(worked, "explain", str(tmp_path / "y.eml"), "--at", "tomorrow")
    assert one_line(wrong) == "inboxd: --at 'tomorrow' is not a time such as 2026-12-24T15:00"


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
        "settings", "rules", "archive", "spool", "database", "mailbox", "smtp", "clock", "holidays",
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


# applications import


def test_import_reports_every_bad_row_and_takes_the_others(copied: Path, give: Give, tmp_path: Path) -> None:
    rows = tmp_path / "rows.csv"
    rows.write_text(
        "number,family_name,given_name,date_of_birth,uci\n"
        "E200000001,Good,One,1980-01-31,\n"
        "nonsense,Bad,Two,,\n"
        "E200000003,Bad,Three,31/01/1980,\n"
        "E200000004,Bad,Four,,12-34\n"
        "E200000001,Bad,Five,,\n"
        "E200000006,Bad, Jr,Six,,\n"
        "E200000007,Good,Seven,,1122-3344\n",
        encoding="utf-8",
    )
    ended = give(copied, "applications", "import", str(rows))
    assert ended.status == 1
    assert ended.out == "7 rows read: 2 new, 0 changed, 5 refused\n"
    complaints = [line for line in ended.err.splitlines() if line.startswith(str(rows))]
    assert [line.removeprefix(f"{rows}:").partition(" ")[0] for line in complaints] == ["3:", "4:", "5:", "6:", "7:"]
    assert "importing" in ended.err, "the progress bar is on standard error"
    again = document(give(copied, "applications", "import", str(rows), "--json"))
    assert (again["read"], again["new"], again["changed"], len(again["bad"])) == (7, 0, 0, 5)
    assert {bad["key"] for bad in again["bad"]} == {"number", "date_of_birth", "uci", ""}


def test_import_brings_a_record_up_to_date(copied: Path, give: Give, tmp_path: Path) -> None:
    rows = tmp_path / "rows.csv"
    rows.write_text("number,family_name,given_name,date_of_birth,uci\nE123456789,Changed,Amara,,\n", encoding="utf-8")
    ended = give(copied, "applications", "import", str(rows))
    assert (ended.status, ended.out) == (0, "1 rows read: 0 new, 1 changed, 0 refused\n")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"number,name\nE1,x\n", "the header lacks family_name, given_name, date_of_birth, uci"),
        (b"\xff\xfenumber", "is not UTF-8"),
        (b"", "the header lacks number"),
        (None, "cannot be read: No such file or directory"),
    ],
)
def test_import_refuses_a_file_that_is_no_register(
    copied: Path, give: Give, tmp_path: Path, content: bytes | None, words: str
) -> None:
    rows = tmp_path / "rows.csv"
    if content is not None:
        rows.write_bytes(content)
    ended = give(copied, "applications", "import", str(rows))
    assert ended.status == 78
    assert words in ended.err
    assert "Traceback" not in ended.err


# templates


def test_templates_are_checked_listed_and_previewed(worked: Path, give: Give, tmp_path: Path) -> None:
    assert re.fullmatch(r"\d+ notices in English and French are sound\n", give(worked, "templates", "check").out)
    rows = document(give(worked, "templates", "list", "--json"))
    names = {row["name"] for row in rows}
    assert {"receipt", "failure", "ack_critical", "held", "alert"} <= names
    assert all(name in give(worked, "templates", "list").out for name in names)
    for language, word in (("en", "received"), ("fr", "reçu")):
        preview = give(worked, "templates", "preview", "receipt", "--lang", language)
        assert preview.status == 0
        assert word in preview.out.lower()
    mail = tmp_path / "letter.eml"
    mail.write_bytes(documents())
    assert "E*****6789" in give(worked, "templates", "preview", "receipt", "--mail", str(mail)).out
    other = give(worked, "templates", "preview", "failure", "--mail", str(mail))
    assert other.status == 1
    assert "that mail would cause receipt, not failure" in one_line(other)
    assert "there is no notice nonsense; there are" in one_line(give(worked, "templates", "preview", "nonsense"))


def test_templates_check_names_file_and_line(copied: Path, give: Give) -> None:
    own = copied.parent / "texts"
    (own / "en").mkdir(parents=True)
    (own / "fr").mkdir()
    packaged = Path("inboxd/templates/en/receipt.txt.j2").read_text(encoding="utf-8")
    (own / "en" / "receipt.txt.j2").write_text(f"{packaged}\n{{{{ nonsense }}}}\n", encoding="utf-8")
    text = copied.read_text(encoding="utf-8").replace("[replies]", '[replies]\ntemplates = "texts"')
    copied.write_text(text, encoding="utf-8")
    ended = give(copied, "templates", "check")
    assert ended.status == 78
    assert f"receipt.txt.j2:{len(packaged.splitlines()) + 2}" in ended.err
    assert "nonsense" in ended.err


# db, and words in general


def test_db_upgrade_makes_the_tables_once(give: Give, tmp_path: Path) -> None:
    config = write_office(tmp_path / "new", imap=Server(port=free_port(), username="x", password="y"),
                          smtp=Server(port=free_port()))
    made = give(config, "db", "upgrade")
    assert made.status == 0
    assert re.fullmatch(r"the database went from revision none to \w+\n", made.out)
    again = give(config, "db", "upgrade")
    assert re.fullmatch(r"the database is at revision \w+ already\n", again.out)


COMMANDS = (
    "run", "once", "check", "list", "show", "cases", "explain", "verify", "retry", "close", "db", "db upgrade",
    "applications", "applications import", "templates", "templates check", "templates list", "templates preview",
)


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_of_each_command(give: Give, tmp_path: Path, command: str) -> None:
    told = give(tmp_path / "there is none", *command.split(), "--help")
    assert told.status == 0
    assert told.out.startswith(f"Usage: inboxd {command}".rstrip())
    assert len(told.out.splitlines()) > 3


def test_every_command_is_in_the_help(give: Give, tmp_path: Path) -> None:
    told = give(tmp_path / "x", "--help").out
    listed = set(re.findall(r"^  ([a-z]+)  ", told, flags=re.MULTILINE))
    assert listed == {command.split()[0] for command in COMMANDS}


@pytest.mark.parametrize(
    "command", [["frobnicate"], ["list", "--state", "lost"], ["show", "one"], ["close"], ["templates", "preview"]]
)
def test_wrong_words_end_with_2(worked: Path, give: Give, command: list[str]) -> None:
    ended = give(worked, *command)
    assert ended.status == 2
    assert ended.out == ""
    assert "Usage: inboxd" in ended.err
    assert "Error: " in ended.err


def test_the_settings_file_may_stand_anywhere(worked: Path, give: Give) -> None:
    nowhere = Path("/nonexistent.toml")
    assert give(nowhere, "list", "--config", str(worked), "--json").status == 0
    assert give(nowhere, f"--config={worked}", "list", "--json").status == 0
    assert give(worked, "--version").out.startswith("inboxd, version ")
