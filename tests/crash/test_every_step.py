"""The process is killed between every two steps of one mail's way; what comes of the mail is the same each time.

The steps are counted in a run that is left alone, so none is missed when the way changes. The one difference that is
allowed: a mail that the SMTP server accepted and whose 250 was not committed yet goes out once more, with the same
Message-ID and the same bytes.
"""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from tests.crash.letters import critical, documents, in_bytes, letter, out_of_office
from tests.crash.ordeal import KILLED, Case, Ended, Ground, Office
from tests.servers import Postgres

ARRIVED = datetime.now(UTC).replace(microsecond=0) - timedelta(days=12)
"""Long enough ago for the timers of a critical case to be due at once: page, reminders, breach, escalations, alarm."""

CASES: dict[str, Callable[[], Case]] = {
    "documents": lambda: Case(name="documents", raw=documents(), arrived=ARRIVED),
    "critical": lambda: Case(name="critical", raw=critical(), arrived=ARRIVED),
    "out of office": lambda: Case(name="out of office", raw=out_of_office(), arrived=ARRIVED),
    "large, in parts": lambda: Case(
        name="large, in parts", raw=documents(padding=600_000), arrived=ARRIVED,
        sections={"mailbox": "stream_above_bytes = 100000"},
    ),
    "above the limit": lambda: Case(
        name="above the limit", raw=documents(padding=60_000), arrived=ARRIVED,
        sections={"limits": "max_mail_bytes = 50000"},
    ),
}
MUST_BE_PASSED = {
    "documents": {
        "after fetching a mail", "after archive.keep", "after fsync", "after rename", "after commit", "after parse",
        "after decide", "after render a reply", "after attach", "before commit", "after SMTP rcpt", "after SMTP data",
        "after send", "before mailbox.move", "after mailbox.move",
    },
    "critical": {"after render an alert", "after commit", "after SMTP data"},
    "out of office": {"after parse", "after decide", "after mailbox.move"},
    "large, in parts": {"after archive.keep_file", "after rename", "after attach"},
    "above the limit": {"after mailbox.beginning", "after archive.keep", "after mailbox.move"},
}
"""So that a renamed door does not quietly take its steps out of the test."""


LOOKS_ONLY = {"mailbox.open", "mailbox.uids", "mailbox.sizes", "mailbox.connect"}
LEAVES_NOTHING = {"after fsync", "after parse", "before decide", "after decide", "after render a reply",
                  "after render an alert"}
"""A process that is killed leaves what it wrote whether it was synced or not (power cuts are not what is tried here),
and what it only thought is gone: dying there is dying at the step before."""


def places_to_die(steps: tuple[str, ...]) -> list[int]:
    """Numbers of the steps, from 1, that differ in what is done already.

    Nothing happens between "after X" and "before Y", so dying at either is the same death; nor does the world differ
    before and after a look at the server, or between the beginning of a transaction and its first row. Where a loop
    goes round (a third alarm after the second), the same step after the same sixteen steps is taken once.
    """
    places: dict[tuple[str, ...], int] = {}
    for number, (previous, step) in enumerate(zip(("", *steps), steps, strict=False), start=1):
        if previous.startswith("after") and step.startswith("before"):
            continue
        if step == "in a transaction, before its first row" or step.partition(" ")[2] in LOOKS_ONLY:
            continue
        if step in LEAVES_NOTHING:
            continue
        places.setdefault(steps[max(0, number - 17):number], number)
    return sorted(places.values())


def turning_points(steps: tuple[str, ...]) -> list[int]:
    """Where something was committed, or happened outside, just before."""
    return [place for place in places_to_die(steps) if not steps[place - 1].startswith("before")]


def uninterrupted(ground: Ground, case: Case, **options: str) -> tuple[Ended, Office]:
    office = ground.office(case, **options)
    ended = ground.killer.run(office.config, ("once",))
    assert ended.status == 0, ended.output
    office.is_over()
    return ended, office


def killed_and_started_again(ground: Ground, case: Case, *deaths: int, **options: str) -> Office:
    """Die at each of these steps, one process after another; then a run that is left alone, and `verify --journal`."""
    office = ground.office(case, **options)
    accepted_unknown = 0
    for death in deaths:
        killed = ground.killer.run(office.config, ("once",), kill_at=death)
        assert killed.status in (KILLED, 0), killed.output
        accepted_unknown = max(accepted_unknown, len(office.accepted) - office.sends_done())
    final = ground.killer.run(office.config, ("once",), ("verify", "--journal"))
    assert final.status == 0, final.output
    assert "nothing lost, nothing doubled" in final.output
    assert office.leftovers() == [], "an unfinished file stays for ever"
    assert sum(office.sent_twice().values()) <= accepted_unknown, "a mail went out twice without need"
    return office


def differences(expected: Office, found: Office) -> list[str]:
    """What came out differently, in words."""
    wanted, got = expected.outcome(), found.outcome()
    return [
        f"{name.name}: {getattr(got, name.name)} instead of {getattr(wanted, name.name)}"
        for name in dataclasses.fields(wanted) if getattr(got, name.name) != getattr(wanted, name.name)
    ]


def go_through(ground: Ground, case: Case, deaths: Sequence[tuple[int, ...]], model: Office, steps: tuple[str, ...],
               **options: str) -> None:
    failures = []
    for places in deaths:
        names = " then ".join(f"{place} ({steps[place - 1]})" for place in places)
        try:
            failures += [f"killed at {names}: {line}" for line in
                         differences(model, killed_and_started_again(ground, case, *places, **options))]
        except AssertionError as error:
            failures.append(f"killed at {names}: {error}")
    assert not failures, "\n".join(failures)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("half", [0, 1])
@pytest.mark.parametrize("name", CASES)
def test_a_mail_survives_death_at_every_step(ground: Ground, name: str, half: int) -> None:
    case = CASES[name]()
    ended, model = uninterrupted(ground, case)
    assert set(ended.steps) >= MUST_BE_PASSED[name]
    last = ended.steps.index("before parse") if name == "large, in parts" else len(ended.steps)
    where = places_to_die if name in ("documents", "critical") else turning_points
    deaths = [(place,) for place in where(ended.steps[:last])]  # from there on it goes the way of the small one
    assert len(deaths) > 8
    go_through(ground, case, deaths[half::2], model, ended.steps)


def test_the_uninterrupted_way_ends_as_it_should(ground: Ground) -> None:
    """What the ordeals are compared with is itself right: one of each, and in its folder."""
    done = uninterrupted(ground, CASES["documents"]())[1].outcome()
    assert {name: rows.total() for name, rows in done.rows.items() if rows} == {
        "mails": 1, "submissions": 1, "filings": 2, "files": 2, "effects": 2,
    }
    assert done.sent.total() == 1
    assert done.folders == {"Documents/Filed": 1}

    done = uninterrupted(ground, CASES["critical"]())[1].outcome()
    assert done.rows["cases"].total() == done.rows["case_mails"].total() == 1
    kinds = {(kind, state) for _, kind, _, state in done.rows["timers"]}
    assert kinds == {(kind, "fired") for kind in (
        "page", "reply_warning", "reply_warning_2", "reply_breach", "escalation_1", "escalation_2", "action_warning",
        "action_alarm")}
    assert done.sent.total() == 1 + len(kinds)
    assert done.folders == {"Enquiries/Critical": 1}

    done = uninterrupted(ground, CASES["out of office"]())[1].outcome()
    assert not done.sent
    assert done.folders == {"Automatic": 1}

    done = uninterrupted(ground, CASES["above the limit"]())[1].outcome()
    assert [row[1] for row in done.rows["mails"]] == ["done"]
    assert done.sent.total() == 1
    assert done.folders == {"Documents/Failed": 1}


@pytest.mark.timeout(600)
def test_a_mail_survives_two_deaths(ground: Ground) -> None:
    """The second death is in the recovery from the first; with a fixed seed, so that a failure comes again."""
    case = CASES["documents"]()
    ended, model = uninterrupted(ground, case)
    places = places_to_die(ended.steps)
    chance = random.Random(20261112)
    deaths = [tuple(chance.sample(places, 2)) for _ in range(12)]
    go_through(ground, case, deaths, model, ended.steps)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", ["documents", "critical"])
def test_the_same_on_postgresql(ground: Ground, postgres: Postgres, name: str) -> None:
    """Where the database decides: around each commit, and between the server's 250 and commit 3."""
    case = CASES[name]()
    ended, model = uninterrupted(ground, case, database=postgres.create_database())
    deciding = [
        place for place in places_to_die(ended.steps)
        if ended.steps[place - 1] in ("before commit", "after commit", "after SMTP data", "after mailbox.move")
    ]
    assert len(deciding) > 15
    for place in deciding[:: 3 if name == "documents" else 7]:
        go_through(ground, case, [(place,)], model, ended.steps, database=postgres.create_database())


def test_a_mail_that_kills_the_process_is_held_and_the_next_one_is_not_held_up(ground: Ground) -> None:
    """Three attempts are counted before the work; the fourth start holds the mail and goes on."""
    office = ground.office(CASES["documents"]())
    ended, _ = uninterrupted(ground, CASES["documents"]())
    place = ended.steps.index("before parse") + 1
    following = in_bytes(letter("Automatic reply: away", "I am away.\n", Auto_Submitted="auto-replied"))
    for attempt in range(3):
        assert ground.killer.run(office.config, ("once",), kill_at=None if attempt else place).status in (KILLED, 0)
        if attempt == 0:
            office.dovecot.deliver(following, user=office.user, at=ARRIVED)
    assert office.outcome().folders == {"Documents/Filed": 1, "Automatic": 1}
