"""The network of the storms breaks where it is told to, and counts what happened."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from tests.chaos.proxies import TO_CLIENT, TO_SERVER, Proxy
from tests.servers.places import HOST


class Echo:
    """Sends back what it gets, and keeps it."""

    def __init__(self) -> None:
        self.got = bytearray()
        self._listener = socket.create_server((HOST, 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection:
            try:
                while chunk := connection.recv(65536):
                    self.got += chunk
                    connection.sendall(chunk)
            except OSError:
                return

    def close(self) -> None:
        self._listener.close()


@pytest.fixture
def echo() -> Iterator[Echo]:
    server = Echo()
    yield server
    server.close()


@pytest.fixture
def proxy(echo: Echo) -> Iterator[Proxy]:
    with Proxy(echo.port) as made:
        yield made


def read_to_the_end(plug: socket.socket) -> bytes:
    got = b""
    try:
        while chunk := plug.recv(65536):
            got += chunk
    except ConnectionResetError:
        pass
    return got


def test_nothing_is_changed_on_the_way(proxy: Proxy, echo: Echo) -> None:
    with socket.create_connection((HOST, proxy.port), timeout=5) as plug:
        plug.sendall(b"x" * 200_000)
        got = b""
        while len(got) < 200_000:
            got += plug.recv(65536)
    assert bytes(echo.got) == got == b"x" * 200_000
    assert not proxy.happened


@pytest.mark.parametrize("reset", [True, False])
@pytest.mark.parametrize("count", [1, 7, 99_999])
def test_a_cut_lets_through_just_so_many_bytes(proxy: Proxy, echo: Echo, count: int, reset: bool) -> None:
    with socket.create_connection((HOST, proxy.port), timeout=5) as plug:
        proxy.cut_after(count, TO_SERVER, reset=reset)
        with contextlib.suppress(OSError):  # it may be broken while we still write
            plug.sendall(b"y" * 100_000)
        read_to_the_end(plug)
        end = time.monotonic() + 5
        while len(echo.got) < count and time.monotonic() < end and not reset:
            time.sleep(0.01)
    assert len(echo.got) <= count, "more came through than should"
    if not reset:
        assert len(echo.got) == count
    assert proxy.happened["cut"] == 1
    assert not proxy.is_armed(TO_SERVER)


def test_a_cut_of_answers(proxy: Proxy) -> None:
    with socket.create_connection((HOST, proxy.port), timeout=5) as plug:
        proxy.cut_after(3, TO_CLIENT, reset=False)
        plug.sendall(b"hello")
        assert read_to_the_end(plug) == b"hel"


def test_silence_refusal_and_healing(proxy: Proxy) -> None:
    with socket.create_connection((HOST, proxy.port), timeout=5) as plug:
        proxy.stall()
        plug.sendall(b"a")
        plug.settimeout(0.2)
        with pytest.raises(TimeoutError):
            plug.recv(1)
        proxy.heal()
        plug.settimeout(5)
        assert plug.recv(1) == b"a"
        proxy.refuse()
        with socket.create_connection((HOST, proxy.port), timeout=5) as other:
            assert read_to_the_end(other) == b""
        proxy.heal()
        plug.sendall(b"b")
        assert plug.recv(1) == b"b"
    assert proxy.happened["refused"] == 1
