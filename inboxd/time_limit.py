"""Ends a request that takes too long: a library bounds each single read, and an answer in drops would never end."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator


@contextlib.contextmanager
def broken_after(sock: socket.socket | None, seconds: float) -> Iterator[Callable[[], bool]]:
    """Around one request: breaks the connection when it takes longer. Gives whether it did."""
    ended = threading.Event()

    def end() -> None:
        ended.set()
        if sock is not None:
            with contextlib.suppress(OSError):
                # not SSLSocket.shutdown: it takes the encryption away from what is just being sent
                socket.socket.shutdown(sock, socket.SHUT_RDWR)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield ended.is_set
    finally:
        timer.cancel()
