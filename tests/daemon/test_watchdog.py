"""A mail server that hangs: our own timeouts come first, and where they cannot help, the watchdog starts us again."""

from __future__ import annotations

import socket
import time
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

WATCHDOG = 5.0


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


def test_our_own_timeout_comes_first_when_a_server_accepts_and_never_answers(
    network: Proxy, make_office: MakeOffice, dovecot: Dovecot, tmp_path: Path
) -> None:
    office = behind(network, make_office, dovecot, timeout=1)
    network.stall()
    with Manager(office.config, tmp_path, watchdog=WATCHDOG, program=HURRIED) as manager:
        manager.wait_for("given up", lambda: manager.journal().count("did not answer in time") > 2)
        network.heal()
        office.deliver(critical())
        manager.wait_for("answered", lambda: answered(office) == 1)
        assert manager.restarts == 0


def test_our_own_timeout_comes_first_when_a_server_hangs_in_the_middle_of_a_fetch(
    network: Proxy, make_office: MakeOffice, dovecot: Dovecot, tmp_path: Path
) -> None:
    office = behind(network, make_office, dovecot, timeout=1)
    large = letter("A question", "How long does a study permit take? " + "words " * 250_000)
    with Manager(office.config, tmp_path, watchdog=WATCHDOG, program=HURRIED) as manager:
        manager.wait_for("connected", lambda: "mailbox.connected" in manager.journal())
        network.delay(0.05)
        before = network.passed[TO_CLIENT]
        office.deliver(in_bytes(large))
        manager.wait_for("in the middle of it", lambda: network.passed[TO_CLIENT] > before + 300_000)
        network.stall()
        manager.wait_for("given up", lambda: "did not answer in time" in manager.journal())
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
    with Manager(office.config, tmp_path, watchdog=WATCHDOG, program=HURRIED) as manager:
        manager.wait_for("killed and started again", lambda: manager.restarts >= 1)
        network.drop()
        network.heal()
        manager.wait_for("answered", lambda: answered(office) == 1)
        assert manager.statuses[0] == -6, "SIGABRT, as systemd sends it"
        time.sleep(0.5)
        assert answered(office) == 1
        assert office.ask("SELECT state FROM mails") == ["done"]


def test_a_server_that_is_down_for_good_is_no_reason_to_restart(
    make_office: MakeOffice, dovecot: Dovecot, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    office = make_office(imap=Server(port=port, username="inbox", password="x"))
    with Manager(office.config, tmp_path, watchdog=1.5, program=HURRIED) as manager:
        manager.wait_for("tried often", lambda: manager.journal().count("mailbox.lost") >= 4)
        time.sleep(1.6)
        assert manager.restarts == 0
