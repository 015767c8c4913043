"""The whole desk on PostgreSQL: every page, and each kind of act once."""

from __future__ import annotations

import re
import secrets
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import Connection

from inboxd import accounts
from inboxd.console.doors import DOORS, FREE
from inboxd.directory.newcomer import Newcomer
from inboxd.roles import Role
from tests.console.conftest import PASSWORD, Office, a_port, an_office
from tests.crash.letters import critical, documents, in_bytes, letter
from tests.servers import Postgres


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with Postgres() as cluster:
        root = tmp_path_factory.mktemp("desk-on-postgresql")
        with an_office(root, a_port(), cluster.create_database()) as made:
            yield made


def without_identity() -> bytes:
    return documents(uci="none")


def test_every_page_opens(house: Office) -> None:
    mail_id = house.receive(critical())
    house.receive(without_identity())
    house.receive(in_bytes(letter("Hello", "Any news?")))
    reference = house.case_of(mail_id).reference
    token = house.token(Role.ADMIN)
    seen = 0
    for door in DOORS:
        if door.method == "GET" and door.action is not FREE and "file_id" not in door.path:
            path = door.path.replace("{reference}", reference).replace("{mail_id:int}", str(mail_id))
            path = path.replace("{month}", "2026-01").replace("{name}", "ack_critical")
            assert house.ask("GET", path, token=token).status == 200, path
            seen += 1
    assert seen > 12
    for path in ("/?category=critical&state=open", "/?queue=mil", "/held?reason=SENDER_UNVERIFIED"):
        assert house.ask("GET", path, token=token).status == 200


def test_the_first_sign_in_by_the_directory_may_happen_twice_at_once(house: Office) -> None:
    together = threading.Barrier(4)

    def comes(subject: str) -> str:
        who = Newcomer(issuer="https://login.example", subject=subject, claimed="Kim", name="kim", role=Role.VIEWER)
        together.wait()
        done = accounts.enter(house.desk.database, house.world.clock.at, who, language="fr", longest=timedelta(hours=1))
        assert done is not None
        return done.token

    for _ in range(5):
        one, other = secrets.token_hex(4), secrets.token_hex(4)
        with ThreadPoolExecutor(4) as pool:
            tokens = list(pool.map(comes, (one, one, other, other)))
        ways = accounts.Ways(issuer="https://login.example")
        visits = [accounts.visit_of(house.desk.database, house.world.clock.at, token, idle=timedelta(hours=1),
                                    counts=False, ways=ways) for token in tokens]
        names = [visit.name for visit in visits if visit is not None]
        assert len(names) == 4
        assert names[0] == names[1] != names[2] == names[3], "each person has one account"


def test_a_name_that_somebody_got_in_between_is_left_to_them(house: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    at = house.world.clock.at
    first = Newcomer(issuer="https://login.example", subject=secrets.token_hex(4), claimed="Lee", name="lee",
                     role=Role.VIEWER)
    second = Newcomer(issuer="https://login.example", subject=secrets.token_hex(4), claimed="Lee", name="lee",
                      role=Role.VIEWER)
    free, looks = accounts._free_name, []

    def as_it_was_a_moment_ago(tx: Connection, start: str) -> str:
        looks.append(start)
        return "lee@directory" if len(looks) == 2 else free(tx, start)

    monkeypatch.setattr(accounts, "_free_name", as_it_was_a_moment_ago)
    ways, names = accounts.Ways(issuer="https://login.example"), []
    for who in (first, second):
        done = accounts.enter(house.desk.database, at, who, language="en", longest=timedelta(hours=1))
        assert done is not None
        visit = accounts.visit_of(house.desk.database, at, done.token, idle=timedelta(hours=1), counts=False, ways=ways)
        assert visit is not None
        names.append(visit.name)
    assert names == ["lee@directory", "lee@directory2"]
    assert len(looks) == 3, "the second looked once more"


def test_guesses_at_one_moment_are_all_counted(house: Office) -> None:
    database, now, guesses = house.desk.database, house.world.clock.at, 8
    accounts.add(database, now, name="guessed", password=PASSWORD, role=Role.VIEWER, language="en", actor="person:test")
    together = threading.Barrier(guesses)

    def guess(number: int) -> bool:
        together.wait()
        return accounts.sign_in(database, now, "guessed", f"{PASSWORD}{number}", longest=timedelta(hours=1)) is None

    with ThreadPoolExecutor(guesses) as pool:
        assert all(pool.map(guess, range(guesses)))
    counted = [entry.detail["failures"] for entry in house.journal("sign_in_failed") + house.journal("sign_in_locked")
               if entry.actor == "person:guessed"]
    assert counted == list(range(1, accounts.FAILURES + 1)), "then the account is locked"
    assert accounts.sign_in(database, now, "guessed", PASSWORD, longest=timedelta(hours=1)) is None


def test_people_sign_in_work_and_are_in_the_journal(house: Office) -> None:
    answer = house.ask("POST", "/sign-in", form={"name": "admin-fr", "password": PASSWORD})
    assert answer.status == 303
    assert house.ask("POST", "/sign-in", form={"name": "admin-fr", "password": "x" * 20}).status == 401
    mail_id, held = house.receive(critical()), house.receive(without_identity())
    reference, token = house.case_of(mail_id).reference, house.token(Role.ADMIN)
    acts = [
        (f"/cases/{reference}/wait", {}, "case_paused"), (f"/cases/{reference}/resume", {}, "case_resumed"),
        (f"/cases/{reference}/category", {"category": "complex", "reason": "x"}, "case_overridden"),
        (f"/cases/{reference}/answered", {}, "answer_noted"), (f"/cases/{reference}/close", {}, "case_closed"),
        (f"/mails/{held}/refuse", {"reason": "NUMBER_UNKNOWN"}, "refuse_ordered"),
        ("/outbox/stop", {"reason": "x"}, "outgoing_stopped"), ("/outbox/let-go", {}, "outgoing_released"),
        ("/language", {"language": "en", "back": "/"}, ""), ("/sign-out", {}, "signed_out"),
    ]
    for path, form, entry in acts:
        answer = house.ask("POST", path, token=token, form={"form_token": house.form_token(token), **form})
        assert answer.status == 303, (path, re.sub("<[^>]+>", " ", answer.data.decode())[-300:])
        assert not entry or house.journal(entry)[-1].actor == "person:admin-en", path
