"""`inboxd console` as a process: over a Unix socket behind a proxy with TLS, until it is told to stop."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

from inboxd import accounts, app
from inboxd.roles import Role
from inboxd.settings import read_settings
from tests.console.conftest import PASSWORD
from tests.office import PROJECT, Server, write_office

ORIGIN = "https://desk.example"


class OverSocket(HTTPConnection):
    """What the office's proxy does."""

    def __init__(self, path: Path) -> None:
        super().__init__("desk.example", timeout=20)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


def ask(path: Path, client: str) -> tuple[int, str]:
    """Sign in as the proxy hands it on for a client; status, and the cookie that is set."""
    line = OverSocket(path)
    line.request("POST", "/sign-in", urlencode({"name": "kim", "password": PASSWORD}), {
        "Host": "desk.example", "Origin": ORIGIN, "X-Forwarded-For": client, "X-Forwarded-Proto": "https",
        "Content-Type": "application/x-www-form-urlencoded",
    })  # fmt: skip
    answer = line.getresponse()
    cookies = [value for name, value in answer.getheaders() if name.lower() == "set-cookie" and "desk=" in value]
    line.close()
    return answer.status, "".join(cookies)


def test_the_desk_serves_a_proxy_over_a_socket_and_stops_when_told(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    path = tmp_path / "desk.socket"
    config = write_office(
        tmp_path / "office", imap=Server(port=1993, username="inbox", password="x"), smtp=Server(port=1465),
        sections={"console": f'listen = "{path}"\norigin = "{ORIGIN}"', "rules": "second_reader = false"},
    )
    database = app.open_database(read_settings(config))
    database.prepare()
    accounts.add(database, datetime.now(UTC), name="kim", password=PASSWORD, role=Role.VIEWER, language="en",
                 actor="person:test")
    database.close()
    running = subprocess.Popen(
        [sys.executable, "-m", "inboxd", "console", "--config", str(config)], cwd=PROJECT, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )
    try:
        ends = time.monotonic() + 60
        while not path.exists():
            assert running.poll() is None, running.communicate()
            assert time.monotonic() < ends
            time.sleep(0.05)
        status, cookie = ask(path, "192.0.2.1")
        assert status == 303
        assert cookie.startswith("__Host-desk=")
        assert {"HttpOnly", "Path=/", "Secure", "SameSite=lax"} <= set(cookie.split("; "))
        assert 429 in [ask(path, "192.0.2.1")[0] for _ in range(20)], "each client of the proxy by itself"
        assert ask(path, "192.0.2.2")[0] == 303
        assert path.stat().st_mode & 0o007 == 0
    finally:
        running.send_signal(signal.SIGTERM)
        out, complaints = running.communicate(timeout=60)
    assert (running.returncode, complaints) == (0, "")
    told = list(dict.fromkeys(line.split()[2] for line in out.splitlines()))
    assert told == ["console.started", "console.refused", "console.stopped"]
    assert not path.exists()
