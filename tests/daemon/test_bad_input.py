"""What goes wrong outside: the operator gets one clear line, and afterwards no mail is lost or stuck.

Programs that are wrong, servers that refuse, disks that are full, databases that are locked, and mail that is too big,
too much or broken. Each fault is a real one: a real refused login, a real ENOSPC, a real lock.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from io import RawIOBase
from pathlib import Path

import pytest
import trustme

from tests.crash.letters import PDF, PHRASE, critical, documents, in_bytes, letter, out_of_office
from tests.daemon.conftest import MakeOffice, Office
from tests.daemon.running import HURRIED, Running, inboxd
from tests.office import Server
from tests.servers import Dovecot, SmtpSink
from tests.servers.places import free_port

CONFIG_STATUS = 78


def one_line(text: str) -> str:
    """The only line of an error. More lines, or a traceback, are a failure."""
    lines = text.strip().splitlines()
    assert len(lines) == 1, text
    return lines[0]


# Words


@pytest.mark.parametrize(
    "command", [["run", "--fast"], ["frobnicate"], ["list", "--state", "lost"], ["show", "seven"], ["retry"]]
)
def test_a_wrong_option_is_named_and_the_status_is_2(office: Office, command: list[str]) -> None:
    ended = inboxd(office.config, *command)
    assert ended.returncode == 2
    assert "Usage: inboxd" in ended.stderr
    assert command[-1] in ended.stderr or "ID..." in ended.stderr
    assert "Traceback" not in ended.stderr


def test_no_settings_file(tmp_path: Path) -> None:
    ended = inboxd(tmp_path / "nowhere.toml", "run")
    assert ended.returncode == CONFIG_STATUS
    assert one_line(ended.stderr) == f"inboxd: {tmp_path}/nowhere.toml: cannot be read: No such file or directory"
    assert ended.stdout == ""


def test_every_wrong_setting_is_named_with_its_line(office: Office) -> None:
    text = office.config.read_text(encoding="utf-8")
    office.config.write_text(
        text.replace("timeout_seconds = 20", "timeout_seconds = -1", 1)
        .replace("min_free_bytes = 1048576", "colour = 1"),
        encoding="utf-8",
    )
    lines = office.config.read_text(encoding="utf-8").splitlines()
    ended = inboxd(office.config, "once")
    assert ended.returncode == CONFIG_STATUS
    wrong, unknown = ended.stderr.strip().splitlines()
    assert f"inboxd.toml:{lines.index('timeout_seconds = -1') + 1}: mailbox.timeout_seconds:" in wrong
    assert f"inboxd.toml:{lines.index('colour = 1') + 1}: storage.colour:" in unknown


def test_wrong_rules_end_the_start_with_the_status_for_settings(office: Office) -> None:
    (office.root / "criteria.toml").write_text("[[criterion]]\n", encoding="utf-8")
    ended = inboxd(office.config, "run")
    assert ended.returncode == CONFIG_STATUS
    assert all("criteria.toml" in line for line in ended.stderr.strip().splitlines())


# Servers


def mailbox_server(dovecot: Dovecot, **changed: object) -> Server:
    values: dict[str, object] = {
        "port": dovecot.tls_port, "security": "tls", "username": "inbox-bad", "password": dovecot.password,
        "ca_file": dovecot.certificates.ca,
    }
    return Server(**(values | changed))  # type: ignore[arg-type]  # values of a test


def test_an_imap_server_that_is_not_there(make_office: MakeOffice) -> None:
    office = make_office(imap=Server(port=free_port(), username="inbox", password="secret"))
    ended = inboxd(office.config, "once")
    assert ended.returncode == 1
    line = next(line for line in ended.stdout.splitlines() if "mailbox.lost" in line)
    assert "cannot connect: Connection refused" in line
    assert ended.stderr == ""


def test_a_refused_login_says_which_setting_and_the_daemon_goes_on_when_it_is_mended(
    make_office: MakeOffice, dovecot: Dovecot
) -> None:
    office = make_office(imap=mailbox_server(dovecot, password="wrong"))
    ended = inboxd(office.config, "once")
    assert ended.returncode == 1
    assert "login failed" in ended.stdout
    assert "check mailbox.username and what mailbox.password_file gives" in ended.stdout
    assert "wrong" not in ended.stdout

    office.deliver(critical())
    with Running(office.config, program=HURRIED) as daemon:
        daemon.wait_for("mailbox.lost", "login failed", times=2)
        (office.root / "imap.password").write_text(dovecot.password, encoding="utf-8")
        daemon.wait_for("mail.done mail=1")
        assert daemon.stop() == (0, "")


def expired_certificate(root: Path) -> tuple[Path, Path, Path]:
    """(authority, certificate, key) of a certificate that ended yesterday."""
    root.mkdir(exist_ok=True)
    authority = trustme.CA()
    issued = authority.issue_cert("localhost", not_after=datetime.now(UTC) - timedelta(days=1))
    authority.cert_pem.write_to_path(root / "ca.pem")
    issued.private_key_pem.write_to_path(root / "key.pem")
    issued.cert_chain_pems[0].write_to_path(root / "certificate.pem")
    return root / "ca.pem", root / "certificate.pem", root / "key.pem"


def test_certificates_that_are_not_to_be_trusted(make_office: MakeOffice, dovecot: Dovecot, tmp_path: Path) -> None:
    office = make_office(imap=mailbox_server(dovecot, ca_file=dovecot.certificates.other_ca))
    ended = inboxd(office.config, "once")
    assert ended.returncode == 1
    assert "the server's certificate is refused" in ended.stdout
    assert "set ca_file to the authority that signed it" in ended.stdout

    authority, certificate, key = expired_certificate(tmp_path / "expired")
    with Dovecot(extra=f"ssl_cert = <{certificate}\nssl_key = <{key}") as server:
        office = make_office(imap=mailbox_server(server, ca_file=authority), root=tmp_path / "second")
        ended = inboxd(office.config, "once")
        assert ended.returncode == 1
        assert "certificate has expired" in ended.stdout
        office.deliver(out_of_office())


def test_an_smtp_server_with_an_expired_certificate_buries_no_reply(make_office: MakeOffice, tmp_path: Path) -> None:
    authority, certificate, key = expired_certificate(tmp_path / "expired")
    with SmtpSink(tmp_path / "tls-sink", security="tls") as server:
        assert server._context is not None
        server._context.load_cert_chain(certificate, key)
        office = make_office(smtp=Server(port=server.port, security="tls", ca_file=authority))
        office.deliver(critical())
        ended = inboxd(office.config, "once")
        assert "certificate has expired" in next(line for line in ended.stdout.splitlines() if "effect.failed" in line)
        assert "effect.buried" not in ended.stdout
        assert server.mails == []
        good = tmp_path / "tls-sink" / "tls"
        server._context.load_cert_chain(good / "server.pem", good / "server.key")
        office.config.write_text(
            office.config.read_text(encoding="utf-8").replace(str(authority), str(good / "ca.pem")), encoding="utf-8"
        )
        assert inboxd(office.config, "once").returncode == 0
        assert len(server.mails) >= 1
    assert office.folders() == {"Enquiries/Critical": 1}


# Disks


def test_an_archive_that_cannot_be_made(office: Office) -> None:
    office.deliver(critical())
    data = office.root / "data"
    (data / "archive").write_text("a file where the folder should be", encoding="utf-8")
    for command in ("run", "once"):
        ended = inboxd(office.config, command)
        assert ended.returncode == 1
        assert one_line(ended.stderr) == "inboxd: cannot make the archive folder: Not a directory"
    checked = inboxd(office.config, "check")
    assert checked.returncode == 1
    bad = [line for line in checked.stdout.splitlines() if line.startswith("BAD")]
    assert any("archive" in line and "the service's user must own the folder" in line for line in bad)
    (data / "archive").unlink()
    assert inboxd(office.config, "once").returncode == 0
    assert office.folders() == {"Enquiries/Critical": 1}


def test_an_archive_that_goes_away_and_comes_back(make_office: MakeOffice) -> None:
    """A disk that is unmounted under the daemon: nothing is taken, nothing is held, and then it goes on."""
    office = make_office(sections={"mailbox": "reconcile_seconds = 1"})
    archive = office.root / "data" / "archive"
    with Running(office.config, program=HURRIED) as daemon:
        daemon.wait_for("mailbox.connected")
        archive.rename(archive.with_name("elsewhere"))
        office.deliver(critical())
        assert "No such file or directory" in daemon.wait_for("storage.refused", "retry_in=", times=2)
        assert office.folders() == {"INBOX": 1}
        archive.with_name("elsewhere").rename(archive)
        daemon.wait_for("mail.done mail=1")
        assert not any("mail.failed" in line for line in daemon.lines)
        assert daemon.stop() == (0, "")


def test_an_archive_that_becomes_read_only(make_office: MakeOffice) -> None:
    """Only where the test may mount (root), or where permissions count (everybody else)."""
    root = os.geteuid() == 0
    with contextlib.ExitStack() as cleanup:
        office = make_office(sections={"mailbox": "reconcile_seconds = 1"})
        archive = office.root / "data" / "archive"
        archive.mkdir()
        if root and not may_mount():
            return  # root in a container without mounts: no permission can be taken from it
        if root:
            archive.rmdir()
            archive.symlink_to(cleanup.enter_context(small_disk(8)))

        def writable(allowed: bool) -> None:
            if root:
                mode = "rw" if allowed else "ro"
                subprocess.run(["mount", "-o", f"remount,{mode}", archive.resolve()], check=True)
            else:
                for folder in (archive, *(path for path in archive.rglob("*") if path.is_dir())):
                    folder.chmod(0o700 if allowed else 0o500)

        assert inboxd(office.config, "once").returncode == 0
        with Running(office.config, program=HURRIED) as daemon:
            daemon.wait_for("mailbox.connected")
            if root:
                daemon.stop()  # a file system with a file open for writing cannot be made read-only
            writable(False)
            office.deliver(critical())
            if root:
                ended = inboxd(office.config, "once")
                assert ended.returncode == 1
                assert "Read-only file system" in one_line(ended.stderr)
            else:
                assert "Permission denied" in daemon.wait_for("storage.refused")
            writable(True)
        assert inboxd(office.config, "once").returncode == 0
        assert office.folders() == {"Enquiries/Critical": 1}


@contextmanager
def small_disk(megabytes: int) -> Iterator[Path]:
    """A file system of its own that is soon full. Root only; tests run as root in CI and in containers."""
    folder = Path(tempfile.mkdtemp(prefix="disk-", dir="/tmp"))
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)
        folder.rmdir()


def may_mount() -> bool:
    if os.geteuid() != 0:
        return False
    try:
        with small_disk(1):
            return True
    except subprocess.CalledProcessError:
        return False


def write_until_it_fails(file: RawIOBase) -> None:
    while True:
        file.write(b"\0" * 4096)


def fill(path: Path, *, but: int) -> None:
    """Write to a file until its disk is full, but for so many bytes."""
    with path.open("wb", buffering=0) as file:
        with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
            write_until_it_fails(file)
        file.truncate(file.tell() - but)


def test_a_full_disk_takes_nothing_and_goes_on_when_there_is_room(make_office: MakeOffice) -> None:
    """ENOSPC where a file system can be mounted, else EFBIG by a limit on the size of files."""
    if may_mount():
        with small_disk(12) as disk:
            office = make_office(
                root=disk / "office", sections={"mailbox": "stream_above_bytes = 500000\nreconcile_seconds = 1"}
            )
            office.config.write_text(
                office.config.read_text(encoding="utf-8").replace("min_free_bytes = 1048576", "min_free_bytes = 1"),
                encoding="utf-8",
            )
            office.deliver(out_of_office())
            with Running(office.config, program=HURRIED) as daemon:
                daemon.wait_for("mail.done mail=1")
                filling = disk / "filling"
                fill(filling, but=100_000)
                for padding in (300_000, 900_000):
                    office.deliver(documents(padding=padding))
                line = daemon.wait_for("retry_in=", "No space left on device", times=2)
                assert "storage.refused" in line
                assert daemon.mark() < 40, "it must not spin"
                assert office.folders()["INBOX"] == 2
                filling.unlink()
                daemon.wait_for("mail.done mail=3", seconds=30)
                assert daemon.stop() == (0, "")
            assert office.folders() == {"Automatic": 1, "Documents/Failed": 2}
            assert len(office.sink.mails) == 2
            assert inboxd(office.config, "verify", "--deep").returncode == 0
            assert list((office.root / "data" / "spool").iterdir()) == []
    else:
        office = make_office()
        assert inboxd(office.config, "once").returncode == 0
        limited = ("-c", "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (700000, 700000)); "
                   "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); import inboxd.cli; inboxd.cli.main()")
        office.deliver(documents(padding=1_500_000))
        refused = inboxd(office.config, "once", program=limited)
        assert "storage.refused" in refused.stdout
        assert "File too large" in refused.stdout
        assert inboxd(office.config, "once").returncode == 0
        assert sum(office.folders().values()) == 1


def test_less_than_the_least_room_is_said_before_the_disk_is_full(make_office: MakeOffice) -> None:
    office = make_office(sections={"storage": ""})
    office.config.write_text(
        office.config.read_text(encoding="utf-8").replace("min_free_bytes = 1048576", f"min_free_bytes = {10**15}"),
        encoding="utf-8",
    )
    office.deliver(critical())
    ended = inboxd(office.config, "once")
    assert ended.returncode == 1
    assert "storage.min_free_bytes" in ended.stdout
    assert office.folders() == {"INBOX": 1}


# Databases


def test_a_locked_database_is_waited_for_and_then_named(office: Office) -> None:
    assert inboxd(office.config, "once").returncode == 0
    office.deliver(critical())
    path = office.root / "data" / "inboxd.sqlite"
    with closing(sqlite3.connect(path, isolation_level=None)) as other, Running(
        office.config, program=HURRIED, environment={"INBOXD_TEST_FAULTS": "busy=300"}
    ) as daemon:
        daemon.wait_for("mailbox.connected")
        other.execute("BEGIN IMMEDIATE")
        office.deliver(out_of_office())
        assert "database is locked" in daemon.wait_for("database.unavailable", "retry_in=")
        other.execute("ROLLBACK")
        daemon.wait_for("mail.done mail=1")
        daemon.wait_for("mail.done mail=2")
        assert daemon.stop() == (0, "")
    assert office.folders() == {"Enquiries/Critical": 1, "Automatic": 1}


def test_a_database_of_another_version_is_refused_with_the_command(office: Office) -> None:
    assert inboxd(office.config, "once").returncode == 0
    path = office.root / "data" / "inboxd.sqlite"
    with closing(sqlite3.connect(path)) as database:
        database.execute("update alembic_version set version_num = '9999'")
        database.commit()
    ended = inboxd(office.config, "run")
    assert ended.returncode == 1
    line = one_line(ended.stderr)
    assert "revision 9999" in line
    upgrade = inboxd(office.config, "db", "upgrade")
    assert upgrade.returncode == 1
    assert "9999" in one_line(upgrade.stderr)
    assert "newer" in one_line(upgrade.stderr)


def test_a_file_that_is_no_database(office: Office) -> None:
    (office.root / "data" / "inboxd.sqlite").write_bytes(b"this is a letter, not a database" * 100)
    ended = inboxd(office.config, "once")
    assert ended.returncode == 1
    assert "not a database" in one_line(ended.stderr)


# Mail


BROKEN = {
    "no bytes": b"",
    "one byte": b"\n",
    "no header": b"\r\n\r\nJust words.\r\n",
    "binary": bytes(range(256)) * 20,
    "NUL everywhere":
        b"From: a@parl.example\r\nSubject: one\x00two\r\nMessage-ID: <x\x00y@z>\r\nX\x00: y\r\n\r\nbody \x00 end\r\n",
    "no end of a multipart":
        b"From: a@parl.example\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n",
    "NUL in the name of a file":
        b"From: a@parl.example\r\nContent-Type: application/pdf; name=\"a\x00b.pdf\"\r\n"
        b"Content-Disposition: attachment; filename*=utf-8''a%00%ED%A0%80b.pdf\r\n\r\n%PDF-1.4\r\n",
    "multipart without a boundary": b"From: a@parl.example\r\nContent-Type: multipart/mixed\r\n\r\ntext\r\n",
    "unknown charset": b"From: a@parl.example\r\nContent-Type: text/plain; charset=klingon\r\n\r\n\xff\xfe\xfd\r\n",
    "bad base64": b"From: a@parl.example\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!not=base64===\r\n",
    "half an encoded word": b"From: =?utf-8?q?=C3?= <a@parl.example>\r\nSubject: =?utf-8?b?w4?= =?x?y?z?=\r\n\r\nx\r\n",
    "lone surrogates":
        "From: \ud800 <a@parl.example>\r\nSubject: \ud800 \udfff\r\n\r\n\ud83d\r\n".encode("utf-8", "surrogatepass"),
    "a very long header": b"From: a@parl.example\r\nSubject: " + b"word " * 60_000 + b"\r\n\r\nx\r\n",
    "ten thousand headers": b"From: a@parl.example\r\n" + b"X-A: b\r\n" * 10_000 + b"\r\nx\r\n",
    "bare line ends": b"From: a@parl.example\nSubject: x\n\nline\rline\n\r\n",
    "two senders": b"From: a@parl.example, b@parl.example\r\nFrom: c@parl.example\r\n\r\nx\r\n",
    "an impossible date": b"From: a@parl.example\r\nDate: Thu, 99 Foo 99999 99:99:99 +9999\r\n\r\nx\r\n",
}


def nested(depth: int) -> bytes:
    raw = b"From: a@parl.example\r\nSubject: deep\r\n\r\nend\r\n"
    for _ in range(depth):
        raw = b"From: a@parl.example\r\nContent-Type: message/rfc822\r\n\r\n" + raw
    return raw


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_malformed_mail_of_all_kinds_gets_an_outcome(
    make_office: MakeOffice, request: pytest.FixtureRequest, database: str
) -> None:
    """One after the other in one daemon; the sound one at the end is not held up. PostgreSQL stores no NUL."""
    url = request.getfixturevalue("postgres").create_database() if database == "postgresql" else ""
    office = make_office(database=url)
    broken = {**BROKEN, "nested two hundred times": nested(200)}
    for raw in broken.values():
        office.deliver(raw)
    office.deliver(critical())
    ended = inboxd(office.config, "once")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert " bug " not in ended.stdout, ended.stdout
    outcomes = office.ask("select state from mails order by id")
    assert set(outcomes) <= {"done", "held"}
    assert outcomes[-1] == "done"
    folders = office.folders()
    assert sum(folders.values()) == len(broken) + 1
    assert folders.get("INBOX", 0) == 0
    assert folders["Enquiries/Critical"] == 1
    assert inboxd(office.config, "verify", "--deep").returncode == 0
    shown = inboxd(office.config, "show", "5")
    assert shown.returncode == 0
    assert "\x00" not in shown.stdout


def test_a_mail_that_raises_is_held_after_three_attempts_and_the_next_is_not_held_up(make_office: MakeOffice) -> None:
    office = make_office(sections={"mailbox": "reconcile_seconds = 1"})
    office.deliver(in_bytes(letter("Hello", "raise-over-me")))
    office.deliver(critical())
    faults = {"INBOXD_TEST_FAULTS": "parse=raise-over-me"}
    with Running(office.config, program=HURRIED, environment=faults) as daemon:
        daemon.wait_for("mail.done mail=2")
        daemon.wait_for("mail.held mail=1", "TOO_MANY_ATTEMPTS")
        assert len([line for line in daemon.lines if "mail.failed mail=1" in line]) == 3
        daemon.wait_for("effect.done", "kind=move mail=1")
        assert daemon.stop() == (0, "")
    assert office.folders() == {"Held": 1, "Enquiries/Critical": 1}
    assert inboxd(office.config, "retry", "1").returncode == 0
    assert inboxd(office.config, "once").returncode == 0
    assert "Held" not in office.folders(), "the fault is mended: it is decided like any other"


def test_a_mail_that_kills_the_process_is_held_after_three_attempts(office: Office) -> None:
    office.deliver(in_bytes(letter("Hello", "die-over-me")))
    office.deliver(critical())
    faults = {"INBOXD_TEST_FAULTS": "die=die-over-me"}
    statuses = [inboxd(office.config, "once", program=HURRIED, environment=faults).returncode for _ in range(4)]
    assert statuses == [-9, -9, -9, 0]
    assert office.folders() == {"Held": 1, "Enquiries/Critical": 1}
    assert office.ask("select held_reason, attempts from mails where id = 1") == [("TOO_MANY_ATTEMPTS", 4)]


def test_a_mail_above_the_limit_is_held_by_its_header(make_office: MakeOffice) -> None:
    office = make_office(sections={"limits": "max_mail_bytes = 100000"})
    office.deliver(documents(padding=200_000))
    office.deliver(critical())
    ended = inboxd(office.config, "once")
    assert ended.returncode == 0
    assert "mail.held mail=2 reason=TOO_LARGE_MAIL" in ended.stdout or "mail.held mail=1" in ended.stdout
    assert office.folders() == {"Held": 1, "Enquiries/Critical": 1}
    held = office.ask("select id, held_detail from mails where state = 'held'")
    assert "only its header was read, the mail itself is on the server" in held[0][1]
    assert office.ask("select count(*) from effects where kind = 'send' and template = 'failure'") == [0]

    again = inboxd(office.config, "retry", str(held[0][0]))
    assert again.returncode == 1
    assert "only its header is here" in one_line(again.stderr)

    office.config.write_text(
        office.config.read_text(encoding="utf-8").replace("max_mail_bytes = 100000", ""), encoding="utf-8"
    )
    with office.dovecot.client(office.user) as client:
        client.select_folder("Held")
        client.move(client.search(), "INBOX")
    assert inboxd(office.config, "once").returncode == 0
    assert office.folders() == {"Documents/Failed": 1, "Enquiries/Critical": 1}
    assert inboxd(office.config, "verify").returncode == 0


def two_hundred_attachments() -> bytes:
    mail = letter(f"{PHRASE} E123456789", "UCI 11-2222-3333, two hundred pages.")
    for number in range(200):
        mail.add_attachment(PDF + b"%%%d\n" % number, maintype="application", subtype="pdf", filename=f"p{number}.pdf")
    return in_bytes(mail)


def test_two_hundred_attachments(office: Office) -> None:
    imported = inboxd(office.config, "applications", "import", str(office.root / "register.csv"), "--json")
    assert imported.returncode == 0
    office.deliver(two_hundred_attachments())
    assert inboxd(office.config, "once").returncode == 0
    assert office.folders() == {"Documents/Filed": 1}
    assert office.ask("select count(*) from filings") == [200]
    assert len(office.sink.mails) == 1
    assert inboxd(office.config, "verify", "--deep").returncode == 0


MEASURED = (
    "-c",
    "import atexit, re, sys, inboxd.cli\n"
    "peak = lambda: re.search(r'VmHWM:\\s*(\\d+)', open('/proc/self/status').read())[1]\n"
    "atexit.register(lambda: print('peak', peak(), file=sys.stderr))\n"
    "inboxd.cli.main()",
)


def sixty_megabytes() -> bytes:
    """Three files of 15 MB each, which base64 makes 60."""
    mail = EmailMessage()
    small = letter(f"{PHRASE} E123456789", "UCI 11-2222-3333, scanned in colour.")
    for name, value in small.items():
        if not name.lower().startswith(("content-", "mime-")):
            mail[name] = value
    mail.set_content("UCI 11-2222-3333, scanned in colour.")
    piece = PDF + os.urandom(1 << 20) * 14
    for number in range(3):
        mail.add_attachment(piece + b"%d" % number, maintype="application", subtype="pdf", filename=f"s{number}.pdf")
    return mail.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def test_a_mail_of_sixty_megabytes_in_bounded_memory(office: Office) -> None:
    raw = sixty_megabytes()
    assert len(raw) > 58_000_000
    office.deliver(raw)
    del raw
    office.deliver(critical())
    ended = inboxd(office.config, "once", program=MEASURED)
    assert ended.returncode == 0, ended.stdout
    peak = int(ended.stderr.split()[-1]) // 1024
    print(f"peak memory with a mail of 60 MB: {peak} MiB")
    assert peak < 600
    assert office.folders() == {"Documents/Failed": 1, "Enquiries/Critical": 1}
    assert office.ask("select distinct reason from files where outcome <> ''") != []
    assert list((office.root / "data" / "spool").iterdir()) == []


def test_fifty_mails_below_the_limit_for_streaming_do_not_add_up(office: Office) -> None:
    """Each fits in memory, together they would not: what was fetched is written down in between."""
    piece = os.urandom(1 << 20) * 5
    for number in range(20):
        mail = letter("Scans", "Please see.", sender=f"someone{number}@elsewhere.example")
        mail.add_attachment(piece, maintype="application", subtype="octet-stream", filename=f"{number}.bin")
        office.deliver(mail.as_bytes())
    ended = inboxd(office.config, "once", program=MEASURED)
    assert ended.returncode == 0, ended.stdout
    peak = int(ended.stderr.split()[-1]) // 1024
    print(f"peak memory with twenty mails of 7 MB: {peak} MiB")
    assert peak < 300
    assert office.folders() == {"Outsiders": 20}
