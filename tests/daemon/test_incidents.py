"""The running daemon and a mail server that goes down: people are told once, and once when it is back."""

from __future__ import annotations

import re
import signal
from collections import Counter
from email import message_from_bytes, policy

from tests.crash.letters import critical
from tests.daemon.conftest import MakeOffice, Office
from tests.daemon.running import EVENT, HURRIED, Running, inboxd
from tests.office import ALERTS
from tests.servers import Dovecot
from tests.servers.places import wait_until

CHIEF = "chief@officers.ircc.example"
SECTIONS = {
    "mailbox": "reconcile_seconds = 1",
    "office": f'managers = ["{CHIEF}"]',
    "watch": "mailbox_minutes = 0.05\ngrace_minutes = 0.01\nquiet_minutes = 0.05\nescalate_hours = 0.002",
}
"""Three seconds of silence, and managers seven seconds later."""


def told(office: Office) -> Counter[tuple[str, str]]:
    """How often each recipient got each English subject about the service."""
    found: Counter[tuple[str, str]] = Counter()
    for mail in office.sink.mails:
        subject = str(message_from_bytes(mail.raw, policy=policy.default)["Subject"])
        if title := re.match(r"\[SERVICE\] (.*) / ", subject):
            found[mail.recipients[0], title[1]] += 1
    return found


def test_a_mail_server_that_goes_and_comes_back_is_told_once_also_over_a_kill(make_office: MakeOffice) -> None:
    with Dovecot() as server:
        office = make_office(server=server, sections=SECTIONS)
        with Running(office.config, program=HURRIED) as daemon:
            daemon.wait_for("mailbox.connected")
            server.stop()
            daemon.wait_for("incident.told", "kind=mailbox_silent subject=mailbox step=told")
            daemon.signal(signal.SIGKILL)
        with Running(office.config, program=HURRIED) as again:
            again.wait_for("incident.told", "step=escalated")
            server.start()
            office.deliver(critical())
            again.wait_for("incident.over", "kind=mailbox_silent")
            again.wait_for("incident.told", "step=over")
            again.wait_for("mail.done mail=1")
            wait_until(lambda: told(office).total() >= 5, seconds=20, failure=lambda: f"only {told(office)} left")
            assert again.stop() == (0, "")
    silent, over = "The mailbox is not being read", "Over: The mailbox is not being read"
    assert told(office) == {(ALERTS, silent): 2, (CHIEF, silent): 1, (ALERTS, over): 1, (CHIEF, over): 1}
    assert all(EVENT.fullmatch(line) for line in again.lines)
    listed = inboxd(office.config, "incidents")
    assert listed.returncode == 0
    assert "mailbox_silent" in listed.stdout


def test_a_healthy_daemon_tells_nothing_about_itself(make_office: MakeOffice) -> None:
    office = make_office(sections=SECTIONS)
    with Running(office.config, program=HURRIED) as daemon:
        daemon.wait_for("mailbox.connected")
        office.deliver(critical())
        daemon.wait_for("mail.done mail=1")
        assert daemon.stop() == (0, "")
    assert office.ask("select count(*) from incidents") == [0]
    assert told(office) == {}
