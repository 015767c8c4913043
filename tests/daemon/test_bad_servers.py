"""Servers that are absent, refuse the login or show a bad certificate: one clear line, and no mail is lost or stuck."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme

from tests.crash.letters import critical, out_of_office
from tests.daemon.conftest import MakeOffice
from tests.daemon.running import HURRIED, Running, inboxd
from tests.office import Server
from tests.servers import Dovecot, SmtpSink
from tests.servers.places import free_port


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
