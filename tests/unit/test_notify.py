"""What systemd is told, on a real datagram socket as systemd opens it."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from inboxd import notify


@pytest.fixture
def systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """The listening end, named in NOTIFY_SOCKET."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.settimeout(5)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        yield listening


def heard(listening: socket.socket) -> list[str]:
    return listening.recv(4096).decode().split("\n")


def test_a_life_is_told_in_order(systemd: socket.socket) -> None:
    assert notify.ready("reading the inbox")
    assert notify.watchdog()
    assert notify.status("12 mails held")
    assert notify.stopping("finishing the mail in hand")
    assert [heard(systemd) for _ in range(4)] == [
        ["READY=1", "STATUS=reading the inbox"],
        ["WATCHDOG=1"],
        ["STATUS=12 mails held"],
        ["STOPPING=1", "STATUS=finishing the mail in hand"],
    ]


def test_reload_carries_the_monotonic_time_that_systemd_compares(systemd: socket.socket) -> None:
    before = time.monotonic_ns() // 1000
    assert notify.reloading()
    assert notify.ready()
    first, stamp = heard(systemd)
    name, _, value = stamp.partition("=")
    assert (first, name) == ("RELOADING=1", "MONOTONIC_USEC")
    assert before <= int(value) <= time.monotonic_ns() // 1000
    assert heard(systemd) == ["READY=1"]


def test_status_stays_one_line(systemd: socket.socket) -> None:
    assert notify.status("held\nREADY=1\r\n  mail")
    assert heard(systemd) == ["STATUS=held READY=1 mail"]


def test_abstract_socket_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"inboxd-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(f"\0{name}")
        listening.settimeout(5)
        monkeypatch.setenv("NOTIFY_SOCKET", f"@{name}")
        assert notify.ready()
        assert heard(listening) == ["READY=1"]


@pytest.mark.parametrize("address", [None, "", "relative/path", "vsock:2:1234"])
def test_without_systemd_nothing_is_sent(monkeypatch: pytest.MonkeyPatch, address: str | None) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    if address is not None:
        monkeypatch.setenv("NOTIFY_SOCKET", address)
    assert not notify.ready()


def test_systemd_gone_does_not_stop_the_work(systemd: socket.socket, tmp_path: Path) -> None:
    systemd.close()
    assert not notify.watchdog()
    (tmp_path / "notify").unlink()
    assert not notify.watchdog()


def test_systemd_that_does_not_listen_does_not_block_the_work(systemd: socket.socket) -> None:
    sent = 0
    while notify.watchdog():
        sent += 1
        assert sent < 100_000
    assert sent > 0
    assert heard(systemd) == ["WATCHDOG=1"]
    assert notify.watchdog()


@pytest.mark.parametrize(
    ("allowed", "watched", "every"),
    [
        ("90000000", None, 45.0),
        ("90000000", "own", 45.0),
        ("90000000", "1", None),
        ("0", None, None),
        ("soon", None, None),
        (None, None, None),
    ],
)
def test_sign_of_life_is_due_at_half_the_time_allowed(
    monkeypatch: pytest.MonkeyPatch, allowed: str | None, watched: str | None, every: float | None
) -> None:
    for name, value in (("WATCHDOG_USEC", allowed), ("WATCHDOG_PID", watched)):
        monkeypatch.delenv(name, raising=False)
        if value is not None:
            monkeypatch.setenv(name, str(os.getpid()) if value == "own" else value)
    assert notify.watchdog_seconds() == every
