"""Until when certificates are good, learned from real connections: IMAP, SMTP and the register over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from inboxd.certificates import Certificates, authority_end
from inboxd.mailbox import ImapMailbox
from inboxd.settings import MailboxSettings, SmtpSettings
from inboxd.smtp import SmtpCourier
from tests.servers import Dovecot, SmtpSink

ENDS = datetime.now(UTC).replace(microsecond=0) + timedelta(days=9)


class Issued:
    """An authority in a file, and a server certificate that ends in nine days."""

    def __init__(self, root: Path, *, intermediate: bool = False) -> None:
        root.mkdir()
        self.root = trustme.CA()
        signer = self.root.create_child_ca() if intermediate else self.root
        issued = signer.issue_cert("localhost", not_after=ENDS)
        self.ca, self.certificate, self.key = root / "ca.pem", root / "server.pem", root / "server.key"
        self.root.cert_pem.write_to_path(self.ca)
        self.certificate.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
        issued.private_key_pem.write_to_path(self.key)


@pytest.fixture
def issued(tmp_path: Path) -> Issued:
    return Issued(tmp_path / "issued")


@pytest.fixture(scope="module")
def plain_dovecot() -> Iterator[Dovecot]:
    with Dovecot() as server:
        yield server


def mailbox(server: Dovecot, tmp_path: Path, **given: object) -> ImapMailbox:
    values = {"host": "localhost", "username": "inbox", "password_env": "X", **given}
    return ImapMailbox(MailboxSettings.model_validate(values), lambda: server.password, tmp_path)


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_the_mailbox_knows_when_its_servers_certificate_ends(tmp_path: Path, issued: Issued, security: str) -> None:
    with Dovecot(extra=f"ssl_cert = <{issued.certificate}\nssl_key = <{issued.key}") as server:
        port = server.tls_port if security == "tls" else server.port
        door = mailbox(server, tmp_path, port=port, security=security, ca_file=str(issued.ca))
        assert door.certificates is None
        door.connect()
        try:
            assert door.certificates is not None
            assert door.certificates.ends == ENDS
            assert door.certificates.authority_ends is not None
            assert door.certificates.authority_ends > ENDS
            assert 0 <= door.certificates.age_seconds < 60
        finally:
            door.close()
        assert door.certificates is not None, "known still when the connection is gone"


def test_nothing_is_known_of_a_connection_in_clear_text(tmp_path: Path, plain_dovecot: Dovecot) -> None:
    door = mailbox(plain_dovecot, tmp_path, host="127.0.0.1", port=plain_dovecot.port, security="plain")
    door.connect()
    assert door.certificates is None
    door.close()


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_the_courier_knows_too(tmp_path: Path, issued: Issued, security: str) -> None:
    with SmtpSink(tmp_path / "sink", security=security) as sink:
        assert sink._context is not None
        sink._context.load_cert_chain(issued.certificate, issued.key)
        given = {"host": "localhost", "port": sink.port, "security": security, "ca_file": str(issued.ca)}
        door = SmtpCourier(SmtpSettings.model_validate(given), lambda: "")
        door.check()
        assert door.certificates is not None
        assert door.certificates.ends == ENDS


def name(words: str) -> tuple[tuple[tuple[str, str], ...], ...]:
    return (((("commonName", words)),),)


def test_of_several_authorities_the_one_that_signed_counts_and_of_its_two_the_later() -> None:
    """As `ssl` shows them. An authority is renewed by putting its successor beside it, under the same name."""
    shown = {"issuer": name("Ours"), "notAfter": "Jan  1 00:00:00 2027 GMT"}
    old = {"subject": name("Ours"), "notAfter": "Feb  1 00:00:00 2027 GMT"}
    new = {"subject": name("Ours"), "notAfter": "Feb  1 00:00:00 2037 GMT"}
    other = {"subject": name("Theirs"), "notAfter": "Feb  1 00:00:00 2047 GMT"}
    assert authority_end(shown, [old, other]) == datetime(2027, 2, 1, tzinfo=UTC)
    assert authority_end(shown, [old, new, other]) == datetime(2037, 2, 1, tzinfo=UTC)
    assert authority_end({"issuer": name("Between")}, [old, other]) == datetime(2047, 2, 1, tzinfo=UTC)
    assert authority_end(shown, []) is None
    assert authority_end(shown, [{"subject": name("Ours"), "notAfter": "some day"}]) is None


def test_an_intermediate_authority_leaves_those_of_the_file(tmp_path: Path) -> None:
    issued = Issued(tmp_path / "chain", intermediate=True)
    with SmtpSink(tmp_path / "sink", security="tls") as sink:
        assert sink._context is not None
        sink._context.load_cert_chain(issued.certificate, issued.key)
        given = {"host": "localhost", "port": sink.port, "security": "tls", "ca_file": str(issued.ca)}
        door = SmtpCourier(SmtpSettings.model_validate(given), lambda: "")
        door.check()
        assert door.certificates is not None
        assert door.certificates.ends == ENDS
        assert door.certificates.authority_ends is not None


def test_two_looks_at_the_same_certificate_are_equal() -> None:
    assert Certificates(ends=ENDS, seen_at=1.0) == Certificates(ends=ENDS, seen_at=2.0)
