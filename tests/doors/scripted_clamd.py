"""A clamd that says exactly what a test tells it to, when it is told to, also what no clamd should say.

It understands INSTREAM and keeps what was sent. Bytes go out as they are given, in as many packets as there are pieces.
"""

from __future__ import annotations

import contextlib
import shutil
import socket
import threading
from collections import deque
from types import TracebackType
from typing import Self

from tests.servers.places import HOST, short_folder

Piece = bytes | float | None
"""Bytes to send as a packet, seconds to wait, or None to stay silent with the connection open."""


class ScriptedClamd:
    """`with ScriptedClamd(b"stream: OK\\0") as server:`; every connection is answered by the same pieces.

    `after`: so many bytes of the content are read before it answers; None is all of it. `slowly`: seconds between two
    reads. `replies` answers other commands.
    """

    def __init__(
        self, *pieces: Piece, after: int | None = None, slowly: float = 0, unix: bool = False,
        replies: dict[bytes, bytes] | None = None,
    ) -> None:
        self.pieces = pieces
        self.streams: deque[bytes] = deque(maxlen=8)
        """What came: the content of each whole INSTREAM."""
        self.commands: list[bytes] = []
        self._after, self._slowly = after, slowly
        self._replies = replies or {}
        self._folder = short_folder("scripted-") if unix else None
        if self._folder is not None:
            self.place = f"{self._folder}/clamd.ctl"
            self._listener = socket.socket(socket.AF_UNIX)
            self._listener.bind(self.place)
            self._listener.listen()
        else:
            self._listener = socket.create_server((HOST, 0))
            self.place = f"{HOST}:{self._listener.getsockname()[1]}"
        self._closing = threading.Event()
        self._threads: list[threading.Thread] = []
        self._open: list[socket.socket] = []

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
        if self._folder is not None:
            shutil.rmtree(self._folder)

    def _start(self, work: object, *arguments: object) -> None:
        assert callable(work)
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                if connection.family != socket.AF_UNIX:
                    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._open.append(connection)
                self._start(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            command = bytearray()
            while not command.endswith(b"\0"):
                command += connection.recv(1)
            self.commands.append(bytes(command[1:-1]))
            if self.commands[-1] == b"INSTREAM":
                self._read_stream(connection)
            elif (reply := self._replies.get(self.commands[-1])) is not None:
                connection.sendall(reply)
                connection.close()
                return
            for piece in self.pieces:
                if piece is None:
                    self._closing.wait()
                elif isinstance(piece, bytes):
                    connection.sendall(piece)
                else:
                    self._closing.wait(piece)
            connection.close()

    def _read_stream(self, connection: socket.socket) -> None:
        content = bytearray()
        while length := int.from_bytes(self._read(connection, 4), "big"):
            for start in range(0, length, 65536):
                if self._after is not None and len(content) >= self._after:
                    return
                content += self._read(connection, min(65536, length - start))
                self._closing.wait(self._slowly)
        self.streams.append(bytes(content))

    @staticmethod
    def _read(connection: socket.socket, count: int) -> bytes:
        got = bytearray()
        while len(got) < count:
            piece = connection.recv(count - len(got))
            if not piece:
                raise ConnectionResetError
            got += piece
        return bytes(got)
