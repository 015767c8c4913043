"""Real servers for the doors, started once for all tests; each test has a mailbox of its own in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from inboxd.mailbox import ImapMailbox
from inboxd.settings import LimitSettings, MailboxSettings, SmtpSettings
from inboxd.smtp import SmtpCourier
from tests.doors.looks import BAD, MEMORY, Looking, Make
from tests.doors.scripted_imap import ScriptedImap
from tests.doors.smtp_post import MakeCourier
from tests.servers import Dovecot, Postgres, SmtpSink


@pytest.fixture(scope="session")
def dovecot() -> Iterator[Dovecot]:
    with Dovecot() as server:
        yield server


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    with Postgres() as cluster:
        yield cluster


@pytest.fixture
def user(dovecot: Dovecot) -> str:
    """A user with an empty mailbox."""
    return dovecot.fresh_user()


MakeMailbox = Callable[..., ImapMailbox]


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    return tmp_path / "spool"


@pytest.fixture
def make_mailbox(dovecot: Dovecot, user: str, spool: Path) -> Iterator[MakeMailbox]:
    """Makes mailboxes over TLS for `user`; settings can be overridden, `password` and `server` too. All are closed."""
    made: list[ImapMailbox] = []

    def make(*, server: Dovecot = dovecot, password: str = Dovecot.password, **changed: object) -> ImapMailbox:
        values: dict[str, object] = {
            "host": server.host, "port": server.tls_port, "security": "tls", "ca_file": server.certificates.ca,
            "username": user, "password_env": "UNUSED", "timeout_seconds": 5,
        }
        mailbox = ImapMailbox(MailboxSettings.model_validate(values | changed), lambda: password, spool)
        made.append(mailbox)
        return mailbox

    yield make
    for mailbox in made:
        mailbox.close()


@pytest.fixture
def mailbox(make_mailbox: MakeMailbox) -> ImapMailbox:
    """Connected over TLS."""
    connected = make_mailbox()
    connected.connect()
    return connected


Connect = Callable[..., ImapMailbox]


@pytest.fixture
def connect(tmp_path: Path) -> Iterator[Connect]:
    """Connects to a scripted server in clear text and opens the inbox."""
    made: list[ImapMailbox] = []

    def make(server: ScriptedImap, *, folder: str = "INBOX", **changed: object) -> ImapMailbox:
        values: dict[str, object] = {
            "host": "127.0.0.1", "port": server.port, "security": "plain", "username": "inbox",
            "password_env": "UNUSED", "timeout_seconds": 0.6,
        }
        mailbox = ImapMailbox(MailboxSettings.model_validate(values | changed), lambda: "secret", tmp_path / "spool")
        made.append(mailbox)
        mailbox.connect()
        if folder:
            mailbox.open(folder)
        return mailbox

    yield make
    for mailbox in made:
        mailbox.close()


def never() -> bool:
    """For a wait that nobody cuts short."""
    return False


@pytest.fixture
def make() -> Iterator[Make]:
    """Processes that look inside files; closed at the end."""
    made: list[Looking] = []

    def workers(*, seconds: float = 30, function: str = BAD, alive: Callable[[], object] = lambda: None) -> Looking:
        limits = LimitSettings(file_seconds=seconds, file_memory_bytes=MEMORY)
        made.append(Looking(limits, alive=alive, function=function))
        return made[-1]

    yield workers
    for one in made:
        one.close()


@pytest.fixture
def workers(make: Make) -> Looking:
    return make()


@pytest.fixture
def make_courier() -> Iterator[MakeCourier]:
    """Couriers that trust the sink they are made for; settings can be overridden."""
    made: list[SmtpCourier] = []

    def make(sink: SmtpSink, *, password: str = SmtpSink.password, **changed: object) -> SmtpCourier:
        login = {"username": sink.user, "password_env": "UNUSED"} if sink.login_required else {}
        values: dict[str, object] = {
            "host": sink.host, "port": sink.port, "security": sink.security, "ca_file": sink.certificates.ca,
            "timeout_seconds": 2, **login,
        }
        courier = SmtpCourier(SmtpSettings.model_validate(values | changed), lambda: password)
        made.append(courier)
        return courier

    yield make
    for courier in made:
        courier.close()


@pytest.fixture(params=["starttls", "tls"])
def sink(request: pytest.FixtureRequest) -> Iterator[SmtpSink]:
    with SmtpSink(security=request.param, login=True) as server:
        yield server


@pytest.fixture
def plain_sink() -> Iterator[SmtpSink]:
    with SmtpSink(security="plain") as server:
        yield server
