"""A fresh `python -m inboxd` process, nothing preloaded, nothing wrapped, is killed by another at a random moment."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.crash.letters import critical, documents, in_bytes, letter, out_of_office
from tests.crash.ordeal import Case, Ground
from tests.crash.test_every_step import ARRIVED, CASES
from tests.office import PROJECT


def inboxd(config: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "inboxd", "--config", str(config), *command], cwd=PROJECT, capture_output=True,
        text=True, timeout=60, check=False,
    )


@pytest.mark.timeout(240)
def test_many_mails_survive_kill_dash_nine(ground: Ground) -> None:
    chance = random.Random(7)
    office = ground.office(Case(name="first", raw=critical("A."), arrived=ARRIVED))
    kinds = {
        "submission": [documents(padding=number) for number in range(6)],
        "enquiry": [critical(name) for name in ("B.", "C.", "D.", "E.")],
        "automatic": [out_of_office() for _ in range(4)],
        "outsider": [in_bytes(letter("Hello", "When?\n", sender=f"someone{n}@elsewhere.example")) for n in range(4)],
    }
    for raw in (raw for kind in kinds.values() for raw in kind):
        office.dovecot.deliver(raw, user=office.user, at=ARRIVED)

    killed_at_work = 0
    for _ in range(4):
        with subprocess.Popen(
            [sys.executable, "-m", "inboxd", "run", "--config", str(office.config)], cwd=PROJECT, text=True,
            stdout=subprocess.PIPE,
        ) as daemon:
            assert daemon.stdout is not None
            for line in daemon.stdout:
                if "mailbox.connected" in line:
                    break
            time.sleep(chance.uniform(0.02, 0.35))
            daemon.kill()
        accepted_unknown = len(office.accepted) - office.sends_done()
        assert accepted_unknown <= killed_at_work + 1
        killed_at_work += 1
    final = inboxd(office.config, "once")
    assert final.returncode == 0, final.stdout + final.stderr
    verified = inboxd(office.config, "verify", "--deep")
    assert verified.returncode == 0, verified.stdout + verified.stderr

    outcome = office.outcome()
    routes = {route: sum(count for row, count in outcome.rows["mails"].items() if row[3] == route) for route in kinds}
    assert routes == {"submission": 6, "enquiry": 5, "automatic": 4, "outsider": 4}
    assert {row[1] for row in outcome.rows["mails"]} == {"done"}
    assert {row[2] for row in outcome.rows["mails"]} == {1}, "a mail was decided twice"
    assert outcome.rows["cases"].total() == 5
    assert outcome.rows["filings"].total() == 6 + 1, "six passports, and one letter that is the same each time"
    assert sum(outcome.folders.values()) == 19
    assert "INBOX" not in outcome.folders
    assert sum(office.sent_twice().values()) <= killed_at_work
    assert office.leftovers() == []


def test_a_fresh_process_that_dies_between_the_servers_250_and_its_commit_sends_the_same_mail_again(
    ground: Ground,
) -> None:
    """The one window that SMTP leaves open, in a process that has nothing preloaded."""
    case = CASES["documents"]()
    model = ground.office(case)
    steps = ground.killer.run(model.config, ("once",)).steps
    expected = model.outcome()
    office = ground.office(case)
    place = steps.index("after SMTP data") + 1
    died = subprocess.run(
        [sys.executable, "-m", "tests.crash.killer", str(place), str(office.config.with_name("steps")),
         "--config", str(office.config), "once"], cwd=PROJECT, capture_output=True, timeout=60, check=False,
    )
    assert died.returncode == -9, died.stderr
    assert (len(office.accepted), office.sends_done()) == (1, 0)
    assert inboxd(office.config, "once").returncode == 0
    assert len(office.accepted) == 2
    assert sum(office.sent_twice().values()) == 1
    assert office.outcome() == expected
    assert inboxd(office.config, "verify").returncode == 0
