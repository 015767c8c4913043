"""The process is killed while a reply completes a submission, or a new one supersedes it: each happens once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email import message_from_bytes

import pytest
from sqlalchemy import create_engine, text

from tests.crash.letters import PDF, PHRASE, in_bytes, letter
from tests.crash.ordeal import KILLED, Case, Ground, Office, Outcome
from tests.crash.test_every_step import places_to_die, turning_points
from tests.servers import Postgres

ARRIVED = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=30)


def papers(subject: str, words: str, message_id: str, **headers: str) -> bytes:
    mail = letter(subject, words, message_id=message_id, **headers)
    mail.add_attachment(PDF, maintype="application", subtype="pdf", filename="letter.pdf")
    return in_bytes(mail)


FAILED = Case(name="no number", raw=papers(PHRASE, "For our constituent, UCI 11-2222-3333.\n", "<asked@parl.example>"),
              arrived=ARRIVED)
HELD = Case(name="nobody named", raw=papers(f"{PHRASE} E123456789", "A letter.\n", "<asked@parl.example>"),
            arrived=ARRIVED)


def number(notice: str) -> bytes:
    return in_bytes(letter("Re: Documents NOT added: what to fix", "The number is E123456789.\n",
                           message_id="<reply@parl.example>", In_Reply_To=notice, References=notice))


def identifier(notice: str) -> bytes:
    return in_bytes(letter("Re: Documents received, information missing", "UCI 11-2222-3333\n",
                           message_id="<reply@parl.example>", In_Reply_To=notice, References=notice))


def once_more(notice: str) -> bytes:
    return papers(f"{PHRASE} E123456789", "For our constituent, UCI 11-2222-3333.\n", "<again@parl.example>",
                  In_Reply_To=notice, References=notice)


STORIES: dict[str, tuple[Case, Callable[[str], bytes], str]] = {
    "number": (FAILED, number, "completes"),
    "identifier": (HELD, identifier, "completes"),
    "sent again": (HELD, once_more, "supersedes"),
}


def ask(office: Office, query: str) -> list[tuple[object, ...]]:
    engine = create_engine(office.database)
    try:
        with engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query))]
    finally:
        engine.dispose()


def answered(ground: Ground, name: str, **options: str) -> Office:
    """An office that has written a notice, with the answer to it in its inbox."""
    case, answer, _ = STORIES[name]
    office = ground.office(case, **options)
    first = ground.killer.run(office.config, ("once",))
    assert first.status == 0, first.output
    notice = str(message_from_bytes(office.accepted[0].raw)["Message-ID"])
    office.dovecot.deliver(answer(notice), user=office.user, at=ARRIVED + timedelta(minutes=10))
    return office


def finish(ground: Ground, office: Office) -> None:
    final = ground.killer.run(office.config, ("once",), ("verify",))
    assert final.status == 0, final.output
    assert "nothing lost, nothing doubled" in final.output
    assert office.leftovers() == []


def found(office: Office) -> tuple[Outcome, list[tuple[object, ...]]]:
    return office.outcome(), ask(office, "select relation, number from settlings")


def go_through(ground: Ground, name: str, places: slice = slice(None), **options: str) -> None:
    model = answered(ground, name, **options)
    left_alone = ground.killer.run(model.config, ("once",))
    assert left_alone.status == 0, left_alone.output
    wanted = found(model)
    failures = []
    where_to = places_to_die if name == "number" else turning_points
    for place in where_to(left_alone.steps)[places]:
        where = f"{name}, killed at {place} ({left_alone.steps[place - 1]})"
        office = answered(ground, name, **options)
        killed = ground.killer.run(office.config, ("once",), kill_at=place)
        assert killed.status == KILLED, killed.output
        unknown = len(office.accepted) - office.sends_done()
        try:
            finish(ground, office)
        except AssertionError as error:
            failures.append(f"{where}: {error}")
        if found(office) != wanted:
            failures.append(f"{where}: {found(office)} instead of {wanted}")
        if sum(office.sent_twice().values()) > max(unknown, 0):
            failures.append(f"{where}: a mail went out twice without need")
    assert not failures, "\n".join(failures)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("third", [0, 1, 2])
@pytest.mark.parametrize("name", STORIES)
def test_settling_survives_death_at_every_step(ground: Ground, name: str, third: int) -> None:
    go_through(ground, name, slice(third, None, 3))


@pytest.mark.parametrize("name", STORIES)
def test_the_uninterrupted_way_ends_as_it_should(ground: Ground, name: str) -> None:
    office = answered(ground, name)
    finish(ground, office)
    relation = STORIES[name][2]
    assert ask(office, "select relation, number from settlings")[0][0] == relation
    assert ask(office, "select count(*) from filings") == [(1,)]
    assert ask(office, "select distinct state from mails") == [("done",)]
    assert ask(office, "select count(*) from timers where state = 'set'") == [(0,)]
    outcome = office.outcome()
    assert outcome.folders == {"Documents/Filed": 2}
    templates = sorted(str(row[0]) for row in ask(office, "select template from effects where kind = 'send'"))
    assert templates == sorted(["failure" if name == "number" else "held", "receipt"])
    decisions = ask(office, "select decisions from mails order by id")
    assert decisions == [(2,), (1,)]


@pytest.mark.timeout(600)
def test_the_same_on_postgresql(ground: Ground, postgres: Postgres) -> None:
    model = answered(ground, "number", database=postgres.create_database())
    left_alone = ground.killer.run(model.config, ("once",))
    wanted = found(model)
    commits = [place for place, step in enumerate(left_alone.steps, start=1) if step == "before commit"]
    for place in commits:
        office = answered(ground, "number", database=postgres.create_database())
        ground.killer.run(office.config, ("once",), kill_at=place)
        finish(ground, office)
        assert found(office) == wanted, f"killed at {place}"
