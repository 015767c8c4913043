"""A real clamd for tests: own folder, own socket, own signatures and none of the distribution's, no freshclam.

Works as root and as an ordinary user, knows nothing but `signatures`, and so starts in a tenth of a second. Fails with
`RuntimeError` and clamd's own log.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.servers.places import HOST, find_program, free_port, short_folder, wait_until

MARKER = b"inboxd-test-marker-7f3a9c"
"""What clamd finds, as `SIGNATURE`: invented bytes that are in nothing else."""
SIGNATURE = "Inboxd.Test.Marker"
UNOFFICIAL = ".UNOFFICIAL"
"""clamd adds this to the name of every signature that is not the distribution's."""

_CONFIG = """\
LocalSocket {socket}
TCPSocket {port}
TCPAddr {host}
DatabaseDirectory {root}/signatures
TemporaryDirectory {root}/tmp
LogFile {root}/clamd.log
Foreground yes
SelfCheck 0
Bytecode no
MaxThreads 4
{extra}
"""


class ClamdServer:
    """`with ClamdServer() as server:` or `start()` and `stop()`; a stopped server keeps its socket's path and its port.

    `signatures` are more bytes that it finds, by name. `extra` is appended to clamd.conf, e.g. `StreamMaxLength 1M`.
    """

    def __init__(self, *, signatures: Mapping[str, bytes] | None = None, extra: str = "") -> None:
        self._program = find_program("clamd", package="clamav-daemon", folders=(Path("/usr/sbin"),))
        self.root = short_folder("clamd-")
        self.socket = self.root / "clamd.ctl"
        self.port = free_port()
        for name in ("signatures", "tmp"):
            (self.root / name).mkdir()
        known = {SIGNATURE: MARKER, **(signatures or {})}
        lines = "".join(f"{name}:0:*:{content.hex()}\n" for name, content in known.items())
        (self.root / "signatures" / "own.ndb").write_text(lines, encoding="ascii")
        self._config = self.root / "clamd.conf"
        self._config.write_text(
            _CONFIG.format(socket=self.socket, port=self.port, host=HOST, root=self.root, extra=extra), encoding="utf-8"
        )
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def over_tcp(self) -> str:
        """As in the settings: host:port."""
        return f"{HOST}:{self.port}"

    def start(self) -> None:
        """Returns when it takes connections (about 80 ms)."""
        if self._process:
            raise RuntimeError("clamd runs already")
        self.socket.unlink(missing_ok=True)
        with (self.root / "stdout.log").open("ab") as said:
            process = self._process = subprocess.Popen(
                [self._program, "-c", self._config], stdin=subprocess.DEVNULL, stdout=said, stderr=said,
                start_new_session=True,
            )
        wait_until(lambda: process.poll() is not None or self._pongs(), seconds=20, failure=self._complaint)
        if process.poll() is not None:
            raise RuntimeError(self._complaint())

    def _complaint(self) -> str:
        return f"clamd does not start:\n{(self.root / 'stdout.log').read_text(encoding='utf-8')}{self.log()}"

    def _pongs(self) -> bool:
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(5)
                connection.connect(str(self.socket))
                connection.sendall(b"zPING\0")
                return connection.recv(5) == b"PONG\0"
        except OSError:
            return False

    def stop(self) -> None:
        """Kill it: connections break, the socket's file stays behind. Does nothing when it is not running."""
        if process := self._process:
            self._process = None
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def pause(self) -> None:
        """It takes connections (the kernel does) and answers nothing, until `resume`."""
        assert self._process
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        assert self._process
        self._process.send_signal(signal.SIGCONT)

    def close(self) -> None:
        """Kill it and remove its folder."""
        self.stop()
        shutil.rmtree(self.root, ignore_errors=True)

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def log(self) -> str:
        """clamd's log so far."""
        path = self.root / "clamd.log"
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

