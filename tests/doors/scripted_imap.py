"""An IMAP server that says exactly what a test tells it to, also what no server should say.

It speaks enough by itself to log in, select and log out; what a test scripts for a command comes first. Bytes go out
as they are given, in as many packets as there are pieces.
"""

from __future__ import annotations

import contextlib
import re
import socket
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import pytest

from inboxd.errors import Transient
from tests.servers.places import HOST

TAG = b"<tag>"
"""Replaced by the tag of the command in what is sent."""
Piece = bytes | float | None
"""Bytes to send as a packet, seconds to wait, or None to close the connection."""

_LITERAL = re.compile(rb"\{(\d+)\}$")


@dataclass(frozen=True, slots=True)
class Script:
    pieces: tuple[Piece, ...]


class ScriptedImap:
    """`with ScriptedImap(b"IDLE MOVE") as server:`, then `server.on("UID FETCH", b"* 1 FETCH ...", b"<tag> OK done")`.

    Line ends are given in the script. Scripts for one command are used up in order; `always` repeats the last.
    """

    def __init__(
        self, capabilities: bytes = b"", *, exists: int = 2, greeting: tuple[Piece, ...] | None = None
    ) -> None:
        self.capabilities = b"IMAP4rev1 " + capabilities
        self.exists = exists
        self.greeting = greeting or (b"* OK ready\r\n",)
        self.commands: list[bytes] = []
        """Every command line that came, without its tag."""
        self.connections = 0
        self._scripts: defaultdict[str, deque[Script]] = defaultdict(deque)
        self._always: dict[str, Script] = {}
        self._listener = socket.create_server((HOST, 0))
        self.port: int = self._listener.getsockname()[1]
        self._closing = threading.Event()
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []

    def on(self, command: str, *pieces: Piece) -> None:
        self._scripts[command].append(Script(pieces))

    def always(self, command: str, *pieces: Piece) -> None:
        self._always[command] = Script(pieces)

    def sent(self, command: str) -> list[bytes]:
        """The command lines that began with `command`."""
        return [line for line in self.commands if line.upper().startswith(command.encode())]

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)
        for connection in self._open:
            connection.close()

    def _start(self, work: object, *arguments: object) -> None:
        assert callable(work)
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.connections += 1
                self._open.append(connection)
                self._start(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection.makefile("rb") as lines:
            if not self._say(connection, b"*", self.greeting):
                return
            for line in lines:
                tag, _, command = line.rstrip(b"\r\n").partition(b" ")
                if not command:  # DONE, or what follows a continuation
                    command, tag = tag, self._idle_tag
                self.commands.append(command)
                if not self._say(connection, tag, self._answer(command, tag)):
                    return

    _idle_tag = b"*"

    def _answer(self, command: bytes, tag: bytes) -> tuple[Piece, ...]:
        words = command.decode("ascii", "replace").upper().split()
        name = " ".join(words[:2]) if words[0] == "UID" else words[0]
        if name == "IDLE":
            self._idle_tag = tag
        if self._scripts[name]:
            return self._scripts[name].popleft().pieces
        if name in self._always:
            return self._always[name].pieces
        said = {
            "CAPABILITY": b"* CAPABILITY " + self.capabilities + b"\r\n",
            "SELECT": b"* %d EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n* OK [UIDNEXT 100] ok\r\n" % self.exists,
            "NAMESPACE": b'* NAMESPACE (("" "/")) NIL NIL\r\n',
            "LIST": b'* LIST () "/" ""\r\n',
            "LOGOUT": b"* BYE bye\r\n",
        }.get(name, b"")
        return (b"+ idling\r\n",) if name == "IDLE" else (said + TAG + b" OK done\r\n",)

    def _say(self, connection: socket.socket, tag: bytes, pieces: tuple[Piece, ...]) -> bool:
        for piece in pieces:
            match piece:
                case None:
                    connection.shutdown(socket.SHUT_RDWR)
                    return False
                case float() | int():
                    self._closing.wait(piece)
                case _:
                    connection.sendall(piece.replace(TAG, tag))
        return True


def quick_to_fail(action: Callable[[], object]) -> str:
    """Runs into `Transient` long before a minute is over, without burning the processor; returns what was said."""
    began, busy = time.monotonic(), time.process_time()
    with pytest.raises(Transient) as caught:
        action()
    took = time.monotonic() - began
    assert took < 20
    assert time.process_time() - busy < 0.5 + took / 2, "it spun"
    return str(caught.value)
