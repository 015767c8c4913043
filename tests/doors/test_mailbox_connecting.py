"""Connecting to a real Dovecot: encryption, certificates, passwords, and what is said when it fails."""

from __future__ import annotations

import logging
import socket
from pathlib import Path

import pytest

from inboxd.errors import Permanent, Transient
from tests.doors.conftest import MakeMailbox
from tests.doors.letters import everything, letter
from tests.servers import Dovecot


@pytest.mark.parametrize("security", ["tls", "starttls", "plain"])
def test_reads_mail_over_every_kind_of_connection(
    dovecot: Dovecot, user: str, make_mailbox: MakeMailbox, security: str
) -> None:
    dovecot.deliver(letter(), user=user)
    mailbox = make_mailbox(security=security, port=dovecot.tls_port if security == "tls" else dovecot.port)
    assert not mailbox.connected
    mailbox.connect()
    mailbox.open("INBOX")
    assert mailbox.connected
    assert [mail.raw for mail in everything(mailbox)] == [letter()]
    assert {"IDLE", "MOVE", "UIDPLUS"} <= mailbox.capabilities()


@pytest.mark.parametrize("security", ["tls", "starttls", "plain"])
def test_the_end_of_a_command_does_not_wait_for_an_answer_to_its_beginning(
    dovecot: Dovecot, make_mailbox: MakeMailbox, security: str
) -> None:
    mailbox = make_mailbox(security=security, port=dovecot.tls_port if security == "tls" else dovecot.port)
    mailbox.connect()
    assert mailbox._client is not None
    assert mailbox._client.socket().getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_refuses_a_server_whose_authority_it_does_not_know(
    dovecot: Dovecot, make_mailbox: MakeMailbox, security: str
) -> None:
    port = dovecot.tls_port if security == "tls" else dovecot.port
    mailbox = make_mailbox(security=security, port=port, ca_file=dovecot.certificates.other_ca)
    with pytest.raises(Permanent, match=r"certificate is refused .* set ca_file"):
        mailbox.connect()
    assert not mailbox.connected


def test_refuses_a_certificate_for_another_name(
    dovecot: Dovecot, make_mailbox: MakeMailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    # 127.0.0.2 reaches the same listener only if Dovecot listens there; so the name is looked up to 127.0.0.1 here.
    real = socket.getaddrinfo

    def looked_up(host: object, *rest: object, **named: object) -> object:
        return real("127.0.0.1" if host == "imap.elsewhere.example" else host, *rest, **named)  # type: ignore[arg-type]  # passed on as they came

    monkeypatch.setattr(socket, "getaddrinfo", looked_up)
    with pytest.raises(Permanent, match="host to a name that is in it"):
        make_mailbox(host="imap.elsewhere.example").connect()


def test_a_wrong_password_is_permanent_and_says_where_to_look(make_mailbox: MakeMailbox) -> None:
    mailbox = make_mailbox(password="not-the-password")
    with pytest.raises(Permanent, match=r"check mailbox\.username and what mailbox\.password_env gives") as caught:
        mailbox.connect()
    assert "not-the-password" not in str(caught.value)
    assert not mailbox.connected


def test_a_password_beyond_ascii_is_carried(make_mailbox: MakeMailbox, user: str) -> None:
    with Dovecot() as other:
        other.stop(hard=True)
        other.password = "pâté-où-ça"
        settings = other.root / "dovecot.conf"
        settings.write_text(settings.read_text().replace("password=secret", f"password={other.password}"))
        other.start()
        mailbox = make_mailbox(server=other, password=other.password)
        mailbox.connect()
        assert mailbox.open("INBOX").exists == 0
        mailbox.close()


def test_tls_to_a_port_without_it_says_so(dovecot: Dovecot, make_mailbox: MakeMailbox) -> None:
    with pytest.raises(Permanent, match='check port, or set security = "starttls"'):
        make_mailbox(port=dovecot.port).connect()


def test_a_ca_file_that_is_missing_is_named(make_mailbox: MakeMailbox, tmp_path: Path) -> None:
    with pytest.raises(Permanent, match=r"mailbox.ca_file: .*absent\.pem cannot be used"):
        make_mailbox(ca_file=tmp_path / "absent.pem").connect()


def test_nobody_listening_is_transient(dovecot: Dovecot, make_mailbox: MakeMailbox) -> None:
    from tests.servers.places import free_port

    with pytest.raises(Transient, match="refused"):
        make_mailbox(port=free_port()).connect()


def test_no_text_of_a_mail_reaches_a_log(
    dovecot: Dovecot, user: str, make_mailbox: MakeMailbox, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    dovecot.deliver(letter(77), user=user)
    mailbox = make_mailbox()
    mailbox.connect()
    mailbox.open("INBOX")
    everything(mailbox)
    assert "letter 77" not in caplog.text
    assert Dovecot.password not in caplog.text
