"""Commands about mails and cases, with real data: list, show, cases, close, retry and explain."""

from __future__ import annotations

import hashlib
import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from tests.cli.conftest import Give, Place, document, one_line
from tests.crash.letters import critical, documents
from tests.office import Server, write_office
from tests.servers.places import free_port


def moments(value: Any) -> list[str]:
    """All strings in a document that look like a time."""
    if isinstance(value, dict):
        return [found for item in value.values() for found in moments(item)]
    if isinstance(value, list):
        return [found for item in value for found in moments(item)]
    return [value] if isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\dT", value) else []


def shown_at(moment: str) -> str:
    return datetime.fromisoformat(moment).astimezone(ZoneInfo("America/Toronto")).strftime("%Y-%m-%d %H:%M")


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


def test_show_tells_the_chain_of_custody_of_each_file(copied: Path, give: Give) -> None:
    with closing(sqlite3.connect(copied.parent / "data/inboxd.sqlite")) as database:
        database.execute(
            "update files set name = ?, declared_type = 'image/png', finding = 'nothing against \x1b[31mit' "
            "where mail_id = 1 and path = '2'", ("../\u202epass\x1bport.pdf",),
        )
        database.execute("update submissions set consent = 'She consented in writing', links = '[\"drive.example\"]'")
        given = '{"action": "release", "actor": "person:ana", "number": "E123456789", "reason": ""}'
        database.execute("update mails set instruction = ? where id = 1", (given,))
        database.commit()
    story = document(give(copied, "show", "1", "--json"))
    mail, (first, second) = story["mail"], story["custody"]
    assert first["mail_digest"] == mail["digest"]
    for name in ("sender", "arrived_at", "taken_at", "decided_at", "rule", "message_id"):
        assert first[name] == mail[name] != "", name
    assert first["verified_by"] == "uci"
    assert [filing["number"] for filing in first["filings"]] == ["E123456789"]
    assert first["filings"][0]["attached_at"] is not None
    for file in (first, second):
        assert hashlib.sha256(Path(file["lies_in"]).read_bytes()).hexdigest() == file["digest"]
    shown = give(copied, "show", "1").out
    for words in (
        f"file 2 {first['safe_name']}: attached", "its name as sent: ../pass port.pdf", "(declared image/png)",
        "the look inside: nothing against  [31mit", "attached to record E123456789", f"lies in {first['lies_in']}",
        'consent, in its words: "She consented in writing"', "links to files elsewhere: drive.example",
        "A person decided: release E123456789, by person:ana", f"taken {shown_at(mail['taken_at'])}, lies in ",
    ):
        assert words in shown, words
    refused = document(give(copied, "show", "2", "--json"))["custody"][0]
    assert (refused["outcome"], refused["reason"], refused["filings"]) == ("refused", "NUMBER_UNKNOWN", [])
    assert refused["lies_in"].endswith(refused["mail_digest"])
    assert "inside the raw message at 2" in give(copied, "show", "2").out


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


def test_list_held_says_why_how_long_and_until_when(copied: Path, give: Give) -> None:
    held, = document(give(copied, "list", "--held", "--json"))
    assert (held["id"], held["held_reason"], held["late"]) == (6, "SENDER_UNVERIFIED", "")
    assert (held["filing_warning"], held["filing_breach"]) == (None, None)
    assert (held["held_business_days"], held["held_office_seconds"] < 3600) == (0, True)
    long_ago = datetime.now(UTC) - timedelta(days=10)
    with closing(sqlite3.connect(copied.parent / "data/inboxd.sqlite")) as database:
        database.execute("update mails set state = 'held', held_reason = 'INFO_MISSING' where id in (1, 2)")
        database.execute("drop trigger inboxd_events_delete")
        database.execute("delete from events where mail_id in (1, 2)")
        for mail_id, days in ((1, 1), (2, -1)):
            for kind, more in (("filing_warning", -3), ("filing_breach", 0)):
                due = datetime.now(UTC) + timedelta(days=days + more)
                database.execute(
                    "insert into timers (key, mail_id, kind, due_at, state) values (?, ?, ?, ?, 'set')",
                    (f"{mail_id}/{kind}", mail_id, kind, f"{due:%Y-%m-%d %H:%M:%S.%f}"),
                )
        database.execute("update mails set decided_at = ? where id = 1", (f"{long_ago:%Y-%m-%d %H:%M:%S.%f}",))
        database.commit()
    rows = document(give(copied, "list", "--held", "--json"))
    assert [(row["id"], row["late"]) for row in rows] == [(2, "breach"), (1, "warning"), (6, "")]
    assert 5 <= rows[1]["held_business_days"] <= 8
    shown = give(copied, "list", "--held").out
    for words in ("INFO_MISSING", "SENDER_UNVERIFIED", "LATE", f"{rows[1]['held_business_days']} d ", "o1"):
        assert words in shown, words
    assert [row["id"] for row in document(give(copied, "list", "--held", "--limit", "1", "--json"))] == [2]
    assert "and 2 more; --limit shows them" in give(copied, "list", "--held", "--limit", "1").out
    assert document(give(copied, "list", "--held", "--route", "enquiry", "--json")) == []
    assert document(give(copied, "list", "--held", "--state", "held", "--json")) != []
    wrong = give(copied, "list", "--held", "--state", "done")
    assert wrong.status == 2
    assert "--held and --state done cannot go together" in wrong.err


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
