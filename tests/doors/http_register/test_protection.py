"""Certificates, clear text, the token, and what is logged."""

from __future__ import annotations

from pathlib import Path

import pytest

from inboxd.errors import Permanent, Transient
from inboxd.http_register import HttpRegister
from inboxd.settings import RegisterSettings
from tests.doors.http_register.papers import NUMBER, PROBLEM, Make, filing
from tests.servers import RegisterServer

# Encryption


@pytest.mark.parametrize(
    ("certificate", "ca", "why"),
    [("good", "other_ca", "local issuer|self.signed"), ("good", None, "local issuer|self.signed"),
     ("wrong_name", "ca", "Hostname mismatch"), ("expired", "ca", "expired")],
)
def test_a_server_whose_certificate_is_not_good_gets_nothing(
    make: Make, certificate: str, ca: str | None, why: str
) -> None:
    with RegisterServer(certificate=certificate) as server:
        server.knows(NUMBER)
        register = make(server, ca_file=getattr(server.certificates, ca) if ca else None)
        for ask in (lambda: register.look_up(NUMBER), lambda: register.attach(filing())):
            with pytest.raises(Transient, match=rf"certificate is refused \(.*({why}).*\); set records\.ca_file"):
                ask()
        with pytest.raises(Permanent, match=rf"certificate is refused \(.*({why}).*\); set records\.ca_file"):
            register.check()
        assert server.asked == []


def test_it_is_known_when_the_certificates_end(tls_server: RegisterServer, plain: RegisterServer, make: Make) -> None:
    tls_server.begin_anew()
    register = make(tls_server)
    assert register.certificates is None
    found = register.check()
    assert register.certificates is not None
    assert f"certificate valid until {register.certificates.ends:%Y-%m-%d}" in found
    assert register.certificates.authority_ends is not None
    in_clear = make(plain)
    in_clear.check()
    assert in_clear.certificates is None


def test_tls_to_a_port_without_it_says_so(plain: RegisterServer, make: Make) -> None:
    register = make(plain, url=plain.url.replace("http:", "https:"))
    with pytest.raises(Transient, match=r"no TLS on this port; check records\.url"):
        register.look_up(NUMBER)
    with pytest.raises(Permanent, match="no TLS on this port"):
        register.check()
    assert plain.asked == []


def test_clear_text_to_a_port_with_tls_gives_no_answer(tls_server: RegisterServer, make: Make) -> None:
    tls_server.begin_anew()
    with pytest.raises(Transient):
        make(tls_server, url=tls_server.url.replace("https:", "http:")).look_up(NUMBER)
    assert tls_server.asked == []


def test_clear_text_to_another_host_is_refused_even_unchecked() -> None:
    settings = RegisterSettings.model_construct(url="http://register.example/v1", timeout_seconds=1)
    with pytest.raises(Permanent, match="loopback only"):
        HttpRegister(settings, lambda: "secret").check()


def test_a_ca_file_that_is_missing_is_named(tls_server: RegisterServer, make: Make, tmp_path: Path) -> None:
    register = make(tls_server, ca_file=tmp_path / "absent.pem")
    with pytest.raises(Permanent, match=r"records\.ca_file: .*absent\.pem cannot be used"):
        register.check()
    with pytest.raises(Transient, match=r"records\.ca_file"):
        register.look_up(NUMBER)


# The token


def test_the_token_is_read_for_each_connection_and_a_new_one_is_taken_up(server: RegisterServer, make: Make) -> None:
    tokens = [server.token]
    reads: list[str] = []

    def read() -> str:
        reads.append(tokens[-1])
        return tokens[-1]

    register = make(server, token=read)
    register.look_up(NUMBER)
    register.look_up(NUMBER)
    assert len(reads) == 1
    server.takes_token("new-token")
    with pytest.raises(Transient, match=r"token is not accepted; check what records\.password_env gives"):
        register.look_up(NUMBER)
    tokens.append("new-token")
    assert register.attach(filing()) == "attached as DOC-1"
    assert len(reads) == 2


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_token_refuses_no_document(server: RegisterServer, make: Make, status: int) -> None:
    server.answers(status, {"title": "No"}, media_type=PROBLEM, times=3)
    register = make(server)
    for ask in (lambda: register.look_up(NUMBER), lambda: register.attach(filing())):
        with pytest.raises(Transient, match=rf"records\.password_env gives: the server answered {status}$") as caught:
            ask()
        assert server.token not in str(caught.value)
    with pytest.raises(Permanent, match=rf"records\.password_env gives: the server answered {status}$"):
        register.check()


@pytest.mark.parametrize("token", ["", "two words", "é", "a\r\nX: y", "a\n", "=", "quote\""])
def test_what_is_no_token_is_not_sent_and_not_shown(plain: RegisterServer, make: Make, token: str) -> None:
    register = make(plain, token=token)
    for kind, ask in ((Transient, lambda: register.look_up(NUMBER)), (Permanent, register.check)):
        with pytest.raises(kind, match=r"records\.password_env gives no bearer token") as caught:
            ask()
        assert not token or token not in str(caught.value).replace(" = ", "")
    assert plain.connections == 0


def test_a_credential_that_cannot_be_read_refuses_no_document(plain: RegisterServer, make: Make) -> None:
    def absent() -> str:
        raise Permanent("records.password_file: /run/token does not exist")

    register = make(plain, token=absent)
    for ask in (lambda: register.look_up(NUMBER), lambda: register.attach(filing())):
        with pytest.raises(Transient, match="/run/token does not exist"):
            ask()
    with pytest.raises(Permanent, match="/run/token does not exist"):
        register.check()
