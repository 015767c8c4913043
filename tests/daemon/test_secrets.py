"""A secret that fails in every door is in no line, no file, no argument and no variable of any process; and whatever is
kept is for its owner alone."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

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
    """What any process of the same user can read of a process."""
    return b"".join(Path(f"/proc/{pid}/{name}").read_bytes() for name in ("cmdline", "environ", "comm"))


@pytest.fixture
def credentials(tmp_path: Path) -> Path:
    folder = tmp_path / "credentials"
    folder.mkdir(mode=0o700)
    for name, secret in SECRETS.items():
        (folder / name).write_text(secret, encoding="utf-8")
        (folder / name).chmod(0o400)
    (folder / "archive").write_text(inboxd(tmp_path, "archive", "key").stdout, encoding="utf-8")
    return folder


def test_a_secret_that_fails_in_every_door_is_nowhere(
    make_office: MakeOffice, credentials: Path, dovecot: Dovecot, tmp_path: Path
) -> None:
    environment = {"CREDENTIALS_DIRECTORY": str(credentials)}
    (credentials / "imap").chmod(0o600)
    (credentials / "imap").write_text(dovecot.password, encoding="utf-8")
    with SmtpSink(tmp_path / "refusing", security="plain", login=True) as refusing, RegisterServer(
        security="plain", host="127.0.0.1"
    ) as register:
        user = dovecot.fresh_user()
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
        said = ""
        with Running(office.config, program=HURRIED, environment=environment) as daemon:
            daemon.wait_for("mail.taken mail=2")
            daemon.wait_for("door.unavailable")
            daemon.wait_for("effect.failed", "kind=send")
            seen = b"".join(known_of(pid) for pid in family(daemon.process.pid))
            (credentials / "imap").write_text(SECRETS["imap"], encoding="utf-8")
            said += "\n".join(daemon.lines)
            status, error = daemon.stop()
            said += error
        for command in (("once",), ("check",), ("check", "--json"), ("verify",), ("list",), ("show", "1")):
            ended = inboxd(office.config, *command, environment=environment)
            said += ended.stdout + ended.stderr
        assert "login failed" in said, "each secret was tried"
        assert "535" in said
        assert "401" in said
    files = b"".join(path.read_bytes() for path in office.root.rglob("*") if path.is_file())
    key = (credentials / "archive").read_text().split()[1]
    for secret in (*SECRETS.values(), key):
        assert secret not in said
        assert secret.encode() not in seen
        assert secret.encode() not in files


def test_whatever_is_kept_is_for_its_owner_alone(make_office: MakeOffice, credentials: Path, tmp_path: Path) -> None:
    office = make_office(sections={"archive": 'key_credential = "archive"'})
    shutil.rmtree(office.root / "data")
    (office.root / "data").mkdir(mode=0o700)
    environment = {"CREDENTIALS_DIRECTORY": str(credentials)}
    before = os.umask(0o022)
    try:
        given = tmp_path / "given"
        given.mkdir()
        register = str(office.root / "register.csv")
        ended = inboxd(office.config, "applications", "import", register, environment=environment)
        assert ended.returncode == 0, ended.stderr
        for raw in (critical(), documents()):
            office.deliver(raw)
        with Running(office.config, program=HURRIED, environment=environment) as daemon:
            daemon.wait_for("mail.done", times=2)
            exported = inboxd(office.config, "export", "2", "--into", str(given), environment=environment)
            assert exported.returncode == 0, exported.stderr
            kept = [path for root in (office.root / "data", given / "2") for path in (root, *root.rglob("*"))]
            wide = {str(path): oct(stat.S_IMODE(path.lstat().st_mode)) for path in kept
                    if not path.is_symlink() and path.lstat().st_mode & 0o077}
        assert wide == {}
        names = {path.name for path in kept}
        assert {"inboxd.sqlite", "inboxd.sqlite-wal", "archive", "spool", "documents", "mail", "sent", "ids", "keys",
                "daemon.lock", "manifest.sha256"} <= names
        assert sum(path.suffix == ".aes" for path in kept) > 4
        rebuilt = inboxd(office.config, "rebuild", "--verify", environment=environment)
        assert rebuilt.returncode == 0, rebuilt.stdout + rebuilt.stderr
        verified = inboxd(office.config, "verify", "--deep", "--offline", environment=environment)
        assert verified.returncode == 0, verified.stdout
        without = inboxd(office.config, "once")
        assert without.returncode == 1
        assert "archive.key_credential" in without.stderr
    finally:
        os.umask(before)


def test_without_its_key_nothing_is_taken_and_nothing_is_lost(
    make_office: MakeOffice, credentials: Path
) -> None:
    office = make_office(sections={"archive": 'key_credential = "archive"'})
    environment = {"CREDENTIALS_DIRECTORY": str(credentials)}
    assert inboxd(office.config, "once", environment=environment).returncode == 0
    right = (credentials / "archive").read_text()
    office.deliver(critical())
    for wrong, words in (
        (right.split()[0] + " " + "A" * 43 + "=\n", "is not the one of that name"),
        (inboxd(office.root, "archive", "key").stdout.replace("-", "-0"), "no such key is given"),
        ("", "gives no key"),
    ):
        (credentials / "archive").write_text(wrong)
        ended = inboxd(office.config, "once", environment=environment)
        assert ended.returncode == 1
        assert words in ended.stderr
        assert office.folders() == {"INBOX": 1}
    (credentials / "archive").write_text(right)
    assert inboxd(office.config, "once", environment=environment).returncode == 0
    assert office.folders() == {"Enquiries/Critical": 1}
