"""A secret that fails in every door is in no line, no file, no argument and no variable of any process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from inboxd.credentials import new_key
from tests.crash.letters import critical, documents
from tests.daemon.conftest import MakeOffice
from tests.daemon.running import HURRIED, Running, inboxd
from tests.office import Server
from tests.servers import Dovecot, SmtpSink
from tests.servers.register import RegisterServer

SECRETS = {"imap": "1map-pa55-pâté", "smtp": "5mtp-pa55-Zuckerhut", "register": "t0ken-of-the-register"}


def family(pid: int) -> Iterator[int]:
    """A process and all its children."""
    yield pid
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        yield from family(int(child))


def known_of(pid: int) -> bytes:
    """What other processes of the same user can read of a process."""
    return b"".join(Path(f"/proc/{pid}/{name}").read_bytes() for name in ("cmdline", "environ", "comm"))


@pytest.fixture
def credentials(tmp_path: Path) -> Path:
    folder = tmp_path / "credentials"
    folder.mkdir(mode=0o700)
    for name, secret in {**SECRETS, "archive": new_key("20261101")}.items():
        (folder / name).write_text(secret, encoding="utf-8")
        (folder / name).chmod(0o600)
    return folder


def test_a_secret_that_fails_in_every_door_is_nowhere(
    make_office: MakeOffice, credentials: Path, dovecot: Dovecot, tmp_path: Path
) -> None:
    """Also while it works at the first door and fails at the others; and where a person looks, with `check`."""
    environment, user = {"CREDENTIALS_DIRECTORY": str(credentials)}, dovecot.fresh_user()
    (credentials / "imap").write_text(dovecot.password, encoding="utf-8")
    with (
        SmtpSink(tmp_path / "refusing", security="plain", login=True) as refusing,
        RegisterServer(security="plain", host="127.0.0.1") as register,
    ):
        office = make_office(
            imap=Server(port=dovecot.port, extra={"username": f'"{user}"', "password_credential": '"imap"'}),
            smtp=Server(port=refusing.port, extra={"username": '"inbox"', "password_credential": '"smtp"'}),
            sections={
                "records": f'url = "{register.url}"\npassword_credential = "register"',
                "archive": 'key_credential = "archive"',
            },
        )
        for raw in (critical(), documents()):
            dovecot.deliver(raw, user=user)
        with Running(office.config, program=HURRIED, environment=environment) as daemon:
            daemon.wait_for("door.unavailable")
            daemon.wait_for("effect.failed", "kind=send")
            seen = b"".join(known_of(pid) for pid in family(daemon.process.pid))
            status, error = daemon.stop()
        (credentials / "imap").write_text(SECRETS["imap"], encoding="utf-8")
        checked = inboxd(office.config, "check", environment=environment)
    said = "\n".join((*daemon.lines, error, checked.stdout, checked.stderr))
    assert (status, checked.returncode) == (0, 1)
    assert "login failed" in checked.stdout, "each secret was tried"
    assert "535" in said
    assert "401" in said
    files = b"".join(path.read_bytes() for path in office.root.rglob("*") if path.is_file())
    for secret in (*SECRETS.values(), (credentials / "archive").read_text().split()[1]):
        assert secret not in said
        assert secret.encode() not in seen
        assert secret.encode() not in files


def test_without_its_key_nothing_is_taken_and_nothing_is_lost(make_office: MakeOffice, credentials: Path) -> None:
    office = make_office(sections={"archive": 'key_credential = "archive"'})
    environment = {"CREDENTIALS_DIRECTORY": str(credentials)}
    office.deliver(critical())
    right = (credentials / "archive").read_text()
    assert inboxd(office.config, "once", environment=environment).returncode == 0
    assert office.folders() == {"Enquiries/Critical": 1}
    office.deliver(critical("again"))
    (credentials / "archive").write_text(right.split()[0] + " " + "A" * 43 + "=\n")
    ended = inboxd(office.config, "once", environment=environment)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "is not the one of that name that the archive was written with" in ended.stderr
    assert office.folders() == {"Enquiries/Critical": 1, "INBOX": 1}
