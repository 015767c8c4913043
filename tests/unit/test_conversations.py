"""Reads on both databases: what is held and how pressing it is, which mails belong together, the chain of custody."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from inboxd.database import Database, open_engine
from inboxd.store import conversations, journal, reading
from inboxd.store.custody import of_files
from inboxd.tables import case_mails, cases, effects, files, filings, mails, submissions, timers
from tests.servers import Postgres

NOW = datetime(2026, 11, 18, 15, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
NUMBER = "E123456789"
_numbers = count(1)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Postgres]:
    with Postgres() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def tx(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Connection]:
    url = (
        f"sqlite:///{tmp_path}/inboxd.sqlite" if request.param == "sqlite"
        else request.getfixturevalue("cluster").create_database()
    )
    database = Database(open_engine(url))
    database.prepare()
    with database.transaction() as opened:
        yield opened
    database.close()


def mail(tx: Connection, at: datetime = NOW, **given: Any) -> int:
    values = {
        "account": "main", "folder": "INBOX", "size": 1, "arrived_at": at, "taken_at": at, "next_try_at": at,
        "state": "done", "decisions": 1, "office": "o1", "sender": "a@parl.example", "route": "submission",
        "digest": f"mail-{next(_numbers)}", **given,
    }
    return journal.inserted_id(tx.execute(mails.insert().values(**values)))


def submission(tx: Connection, mail_id: int, outcome: str, *, number: str = NUMBER, verified_by: str = "") -> None:
    tx.execute(submissions.insert().values(
        mail_id=mail_id, decision=1, number=number, outcome=outcome, reasons=[], verified_by=verified_by, missing=[],
        consent="", created_at=NOW,
    ))


def file(tx: Connection, mail_id: int, path: str, digest: str, **given: Any) -> None:
    tx.execute(files.insert().values(**{
        "mail_id": mail_id, "decision": 1, "path": path, "name": f"{path}.pdf", "safe_name": f"{path}.pdf",
        "declared_type": "a/b", "sniffed_type": "a/b", "size": 1, "digest": digest, "outcome": "attached", "reason": "",
        "finding": "", **given,
    }))


def filing(tx: Connection, mail_id: int, digest: str, number: str = NUMBER, state: str = "attached") -> None:
    tx.execute(filings.insert().values(
        application_number=number, digest=digest, mail_id=mail_id, path="2", filed_at=NOW, state=state, answer="",
    ))


def case(tx: Connection, reference: str, mail_id: int, *numbers: str) -> int:
    case_id = journal.inserted_id(tx.execute(cases.insert().values(
        reference=reference, mail_id=mail_id, office="o1", queue="mcmps", category="urgent", high_profile=False,
        criteria=[], numbers=list(numbers), language="en", state="open", received=NOW, clock_start=NOW, reply_by=NOW,
        steps=[], calendar_version="1", opened_at=NOW,
    )))
    tx.execute(case_mails.insert().values(case_id=case_id, mail_id=mail_id, relation="opened", at=NOW))
    return case_id


# Held


def test_the_most_pressing_comes_first(tx: Connection) -> None:
    def held(name: str, since: datetime, breach: datetime | None, state: str = "set") -> int:
        mail_id = mail(tx, state="held", held_reason="INFO_MISSING", subject=name, decided_at=since)
        journal.note(tx, "decided", since, mail_id=mail_id, held="INFO_MISSING")
        for kind, due in (("filing_warning", breach), ("filing_breach", breach)):
            if due is not None:
                tx.execute(timers.insert().values(
                    key=f"{name}/{kind}", mail_id=mail_id, kind=kind, due_at=due, state=state,
                ))
        return mail_id

    no_clock = held("no clock", NOW - 90 * HOUR, None)
    soon = held("soon", NOW, NOW + HOUR)
    late = held("late", NOW, NOW - HOUR, state="fired")
    stopped = held("its clock was stopped", NOW - 91 * HOUR, NOW - 80 * HOUR, state="cancelled")
    mail(tx, subject="not held")
    rows = reading.list_held(tx)
    assert [row["id"] for row in rows] == [late, soon, stopped, no_clock]
    assert [row["filing_breach"] for row in rows] == [NOW - HOUR, NOW + HOUR, None, None]


def test_since_when_is_counted_from_the_first_time_without_an_end_between(tx: Connection) -> None:
    def events(mail_id: int, *told: tuple[str, str]) -> None:
        for hours, (event, held) in enumerate(told):
            journal.note(tx, event, NOW + hours * HOUR, mail_id=mail_id, held=held)

    again = mail(tx, state="held", decided_at=NOW + 5 * HOUR)
    events(again, ("taken", ""), ("decided", "INFO_MISSING"), ("retried", ""), ("decided", "INFO_MISSING"))
    released = mail(tx, state="held", held_reason="EFFECT_FAILED", sender="b", decided_at=NOW)
    events(released, ("decided", "INFO_MISSING"), ("release_ordered", ""), ("decided", ""), ("send_buried", ""))
    broken = mail(tx, state="held", sender="c", decided_at=NOW + 7 * HOUR)
    events(broken, ("taken", ""), ("taken", ""), ("taken", ""), ("taken", ""), ("held", ""))
    unknown = mail(tx, state="held", sender="d", decided_at=NOW + 7 * HOUR)
    since = {row["id"]: row["held_since"] for row in reading.list_held(tx)}
    assert since == {again: NOW + HOUR, released: NOW + 3 * HOUR, broken: NOW + 4 * HOUR, unknown: NOW + 7 * HOUR}


# Belonging together


def test_an_application_has_what_was_verified_for_it(tx: Connection) -> None:
    filed = mail(tx, NOW + HOUR)
    submission(tx, filed, "accept", verified_by="uci")
    filing(tx, filed, "a" * 64)
    refused = mail(tx, NOW, subject="earlier")
    submission(tx, refused, "fail", verified_by="name")
    released = mail(tx, NOW, subject="c", instruction={"action": "release", "actor": "x"})
    submission(tx, released, "fail")
    held = mail(tx, NOW, subject="d", state="held")
    submission(tx, held, "hold", verified_by="name")
    told_off = mail(tx, NOW, subject="e", instruction={"action": "refuse", "actor": "x"})
    submission(tx, told_off, "fail")
    named = mail(tx, NOW, subject=f"Re: {NUMBER.lower()}?")
    mail(tx, NOW, subject=f"{NUMBER}0 and X{NUMBER}")
    enquiry = mail(tx, NOW, subject="g")
    case(tx, "MC26-1", enquiry, "EP12345678", NUMBER)
    case(tx, "MC26-2", enquiry, "EP12345678")
    found = conversations.of_application(tx, NUMBER)
    assert found is not None
    assert found.mail_ids == (refused, released, filed)
    assert found.left_out == (str(held), str(told_off), str(named), "MC26-1")
    assert conversations.of_application(tx, "E000000000") is None
    assert conversations.of_application(tx, "%") is None


def test_a_case_and_a_mail_have_their_conversation(tx: Connection) -> None:
    first = mail(tx, NOW, thread="<t>")
    answer = mail(tx, NOW + HOUR, thread="<t>", office="", route="answer")
    again = mail(tx, NOW + 2 * HOUR, thread="<t>")
    mail(tx, NOW, thread="<t>", office="o2")
    mail(tx, NOW, thread="", office="o1")
    forged = mail(tx, NOW, thread="<t>", route="unverified")
    case_id = case(tx, "MC26-1", first)
    tx.execute(case_mails.insert().values(case_id=case_id, mail_id=answer, relation="answer", at=NOW))
    of_case = conversations.of_case(tx, "MC26-1")
    assert of_case is not None
    assert (of_case.mail_ids, of_case.case_id) == ((first, answer), case_id)
    of_mail = conversations.of_mail(tx, first)
    assert of_mail is not None
    assert of_mail.mail_ids == (first, answer, again)
    of_forged = conversations.of_mail(tx, forged)
    assert of_forged is not None
    assert of_forged.mail_ids == (forged,)
    assert conversations.of_mail(tx, 99) is None
    assert conversations.of_case(tx, "MC26-9") is None


def test_the_last_look_at_bytes_decides_whether_they_are_safe(tx: Connection) -> None:
    first, second, third = mail(tx), mail(tx, NOW + HOUR), mail(tx, NOW + 2 * HOUR)
    file(tx, first, "2", "a" * 64)
    file(tx, second, "2", "a" * 64, reason="MALWARE", outcome="refused")
    file(tx, first, "3", "b" * 64)
    file(tx, third, "2", "b" * 64, reason="MALWARE", outcome="refused")
    file(tx, third, "2", "b" * 64, decision=2)
    file(tx, third, "3", "c" * 64, decision=2, reason="NOT_SCANNED", outcome="held")
    assert conversations.unsafe_files(tx, [first], ["MALWARE"]) == {"a" * 64}
    assert conversations.unsafe_files(tx, [first, third], ["MALWARE", "NOT_SCANNED"]) == {"a" * 64, "c" * 64}
    assert conversations.unsafe_files(tx, [], ["MALWARE"]) == frozenset()


# Custody


def test_the_story_has_the_last_look_at_the_files_and_what_was_on_the_record(tx: Connection) -> None:
    earlier = mail(tx)
    filing(tx, earlier, "a" * 64)
    filing(tx, earlier, "b" * 64, number="EP12345678")
    again = mail(tx, NOW + HOUR, decisions=3)
    submission(tx, again, "accept", verified_by="name")
    file(tx, again, "2", "a" * 64, outcome="held", reason="INFO_MISSING")
    file(tx, again, "2", "a" * 64, outcome="confirmed", reason="DUPLICATE", decision=2, finding="nothing")
    file(tx, again, "3", "b" * 64, outcome="held", reason="OTHER_RECORD", decision=2)
    story = reading.story(tx, again)
    assert story is not None
    first, second = story["custody"]
    assert (first["outcome"], first["verified_by"], first["finding"]) == ("confirmed", "name", "nothing")
    assert [(row["number"], row["by_mail"]) for row in first["filings"]] == [(NUMBER, earlier)]
    assert (first["kept_in"], second["kept_in"], second["filings"]) == ("documents", "mail", [])


def test_a_file_that_was_never_fetched_lies_nowhere(tx: Connection) -> None:
    mail_id = mail(tx)
    file(tx, mail_id, "2", "", outcome="refused", reason="TOO_LARGE", sniffed_type="")
    story = reading.story(tx, mail_id)
    assert story is not None
    assert [(row["kept_in"], row["digest"], row["filings"]) for row in story["custody"]] == [("", "", [])]


def test_over_http_a_document_is_attached_when_the_register_said_so(tx: Connection) -> None:
    mail_id = mail(tx)
    for digest, state in (("a" * 64, "attached"), ("b" * 64, "due"), ("c" * 64, "refused")):
        file(tx, mail_id, digest[0], digest)
        filing(tx, mail_id, digest, state=state)
        tx.execute(effects.insert().values(
            key=digest, kind="attach", mail_id=mail_id, state="done", due_at=NOW, created_at=NOW,
            done_at=NOW + 2 * HOUR, payload={"number": NUMBER, "digest": digest},
        ))
    story = reading.story(tx, mail_id)
    assert story is not None
    told = [(row["state"], row["attached_at"]) for file in story["custody"] for row in file["filings"]]
    assert told == [("attached", NOW + 2 * HOUR), ("due", None), ("refused", None)]


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("2", "winmail.dat"), ("2/1", "winmail.dat > scan.pdf"), ("2/1/3", "winmail.dat > scan.pdf > 2/1/3"),
        ("9/1.1", "9 > b.pdf"),
    ],
)
def test_the_way_through_wrappings_is_shown(path: str, place: str) -> None:
    given = {"2": "winmail.dat", "2/1": "scan.pdf", "9/1.1": "b.pdf"}
    blank = dict.fromkeys(
        ("name", "size", "declared_type", "sniffed_type", "digest", "outcome", "reason", "finding"), "")
    rows = [{**blank, "path": path, "safe_name": name} for path, name in given.items()]
    if path not in given:
        rows.append({**blank, "path": path, "safe_name": path})
    owner = dict.fromkeys(("id", "digest", "message_id", "sender", "arrived_at", "taken_at", "decided_at", "rule",
                           "rules_version", "instruction"))
    found = {row["path"]: row["place"] for row in of_files(owner, rows, None, [], [])}
    assert found[path] == place
