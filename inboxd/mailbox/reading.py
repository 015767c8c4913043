"""Reading from the server with an end: of each line, each literal and each answer, in time and in size.

A timeout of the socket begins anew with every byte, so a server that sends one every ten seconds is never silent and
never done. Here each exchange has a time in all, to which every literal adds what it needs at a slow network's speed.
While bytes come, signs of life are given: a large mail over a thin line is no hang. Fails with the library's `abort`
(`failures` makes it `Lost`).
"""

from __future__ import annotations

import imaplib
import time
from collections.abc import Callable

from imapclient import IMAPClient

SLOWEST = 8 * 1024
"""Bytes a second; below that a connection is of no use for mail."""
TIMEOUTS = 10
"""An answer may take so many times what the server may be silent; literals come on top."""
LITERAL_BYTES = 64 * 1024 * 1024
"""No server sends more in one piece for what is asked here; where batches are set larger, four times a batch."""
LINE_BYTES = 1_000_000
"""imaplib's own bound."""
_PIECE = 256 * 1024
_SIGN_SECONDS = 1.0


class Bounded:
    """Stands in for imaplib's two ways of reading, for one connection."""

    def __init__(
        self, client: IMAPClient, *, seconds: float, literal_bytes: int = LITERAL_BYTES, alive: Callable[[], object]
    ) -> None:
        self._imap = client._imap
        self._seconds = seconds
        self._literal_bytes = max(literal_bytes, LITERAL_BYTES)
        self._alive = alive
        self._until: float | None = None
        self._sign_at = 0.0
        self.begin()
        self._imap.read = self.read
        self._imap.readline = self.readline

    def begin(self) -> None:
        """An exchange with the server begins."""
        self._until = time.monotonic() + TIMEOUTS * self._seconds

    def wait(self) -> None:
        """IDLE begins, which has no end of its own: whoever waits looks at the time."""
        self._until = None

    def read(self, size: int) -> bytes:
        """A literal, whole or none."""
        if size > self._literal_bytes:
            raise imaplib.IMAP4.abort("a literal that is too large")
        if self._until is not None:
            self._until += size / SLOWEST
        pieces: list[bytes] = []
        left = size
        while left:
            piece = self._imap.file.read1(min(left, _PIECE))
            if not piece:
                break
            pieces.append(piece)
            left -= len(piece)
            self._go_on()
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def readline(self) -> bytes:
        """A line; cut short where the connection ends."""
        if self._until is None:
            line: bytes = self._imap.file.readline(LINE_BYTES + 1)
            return line
        pieces: list[bytes] = []
        length = 0
        while True:
            there = self._imap.file.peek(1)  # one read of the socket at most
            if not there:
                break
            end = there.find(b"\n") + 1
            piece = self._imap.file.read(end or len(there))
            pieces.append(piece)
            length += len(piece)
            if length > LINE_BYTES:
                raise imaplib.IMAP4.error(f"got more than {LINE_BYTES} bytes")
            if end:
                break
            self._go_on()
        self._go_on()
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _go_on(self) -> None:
        now = time.monotonic()
        if self._until is not None and now > self._until:
            raise imaplib.IMAP4.abort("an answer without end")
        if now >= self._sign_at:
            self._sign_at = now + _SIGN_SECONDS
            self._alive()
