"""Registers in other processes, started once for a module of tests, and clients that trust them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from inboxd.http_register import HttpRegister
from inboxd.settings import RegisterSettings
from tests.doors.http_register.papers import NUMBER, RECORD, Make
from tests.servers import RegisterServer


@pytest.fixture(scope="module")
def tls_server() -> Iterator[RegisterServer]:
    with RegisterServer(security="tls") as server:
        yield server


@pytest.fixture(scope="module")
def plain_server() -> Iterator[RegisterServer]:
    with RegisterServer(security="plain") as server:
        yield server


@pytest.fixture
def plain(plain_server: RegisterServer) -> RegisterServer:
    """In clear text, with one record."""
    plain_server.begin_anew()
    plain_server.knows(NUMBER, **RECORD)
    return plain_server


@pytest.fixture(params=["tls", "plain"])
def server(request: pytest.FixtureRequest) -> RegisterServer:
    """Both ways, with one record."""
    found: RegisterServer = request.getfixturevalue(f"{request.param}_server")
    found.begin_anew()
    found.knows(NUMBER, **RECORD)
    return found


@pytest.fixture
def make() -> Iterator[Make]:
    """Makes clients that trust the server they are made for; settings can be overridden. All are closed."""
    made: list[HttpRegister] = []

    def make_it(
        server: RegisterServer, *, token: str | Callable[[], str] = RegisterServer.token,
        alive: Callable[[], object] = lambda: None, **changed: object,
    ) -> HttpRegister:
        values: dict[str, object] = {
            "url": server.url, "ca_file": server.certificates.ca, "password_env": "UNUSED", "timeout_seconds": 5,
        }
        settings = RegisterSettings.model_validate(values | changed)
        client = HttpRegister(settings, token if callable(token) else lambda: token, alive)
        made.append(client)
        return client

    yield make_it
    for client in made:
        client.close()
