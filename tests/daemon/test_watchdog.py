"""A mail server that hangs: our own timeouts come first, and where they cannot help, the watchdog starts us again.

Real processes, killed and started by a manager of the tests: that takes its seconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.proxies import TO_CLIENT, Proxy
from tests.crash.letters import critical, in_bytes, letter
from tests.daemon.conftest import MakeOffice, Office
from tests.daemon.manager import Manager
from tests.daemon.running import HURRIED
from tests.office import Server
from tests.servers import Dovecot


@pytest.fixture
def network(dovecot: Dovecot) -> Iterator[Proxy]:
    with Proxy(dovecot.port) as proxy:
        yield proxy


def behind(network: Proxy, make_office: MakeOffice, dovecot: Dovecot, *, timeout: float) -> Office:
    """An office whose mail server is reached through the proxy, and may be silent for so long."""
    user = dovecot.fresh_user()
    imap = Server(port=network.port, username=user, password=dovecot.password)
    office = make_office(imap=imap)
    text = office.config.read_text(encoding="utf-8")
    office.config.write_text(text.replace("timeout_seconds = 20", f"timeout_seconds = {timeout}", 1), encoding="utf-8")
    return office


def answered(office: Office) -> int:
    return len([mail for mail in office.sink.mails if b"In-Reply-To" in mail.raw])


def test_our_own_timeouts_come_first(
    network: Proxy, make_office: MakeOffice, dovecot: Dovecot, tmp_path: Path
) -> None:
    """A server that accepts and never answers, then one that hangs in the middle of a fetch: nobody is killed."""
    office = behind(network, make_office, dovecot, timeout=1)
    large = letter("A question", "How long does a study permit take? " + "words " * 250_000)
    network.stall()
    with Manager(office.config, tmp_path, watchdog=30, program=HURRIED) as manager:
        manager.wait_for("given up", lambda: "did not answer in time" in manager.journal())
        network.heal()
        manager.wait_for("connected", lambda: "mailbox.connected" in manager.journal())
        silences = manager.journal().count("did not answer in time")
        network.delay(0.05)
        before = network.passed[TO_CLIENT]
        office.deliver(in_bytes(large))
        manager.wait_for("in the middle of it", lambda: network.passed[TO_CLIENT] > before + 300_000)
        network.stall()
        manager.wait_for("given up", lambda: manager.journal().count("did not answer in time") > silences)
        assert "mail.taken" not in manager.journal()
        network.heal()
        manager.wait_for("answered", lambda: answered(office) == 1)
        assert manager.restarts == 0
        assert office.ask("SELECT count(*) FROM mails") == [1]


def test_the_watchdog_restarts_a_daemon_that_a_server_hangs_for_good_and_mail_flows(
    network: Proxy, make_office: MakeOffice, dovecot: Dovecot, tmp_path: Path
) -> None:
    """No timeout of ours helps here: it is set to an hour. systemd kills and starts again, as often as needed."""
    office = behind(network, make_office, dovecot, timeout=3600)
    office.deliver(critical())
    network.stall()
    with Manager(office.config, tmp_path, watchdog=2.5, program=HURRIED) as manager:
        manager.wait_for("killed and started again", lambda: manager.restarts >= 1)
        network.drop()
        network.heal()
        manager.wait_for("answered", lambda: answered(office) == 1)
        assert manager.statuses[0] == -6, "SIGABRT, as systemd sends it"
        manager.wait_for("filed away", lambda: office.ask("SELECT state FROM mails") == ["done"])
        assert answered(office) == 1
