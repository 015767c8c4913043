"""Waiting for mail. IDLE is a hint and nothing else: whoever waits searches afterwards, and searches by the clock too.

The library hides a dead connection during IDLE (an empty answer at once, for ever), loses a line that comes in two
packets, and waits for ever for the answer to DONE. So: slices of a second, an early empty answer or any exception
means the connection is dead (`Lost`), and DONE has a timeout.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterable
from typing import Any

from imapclient import IMAPClient

from inboxd.mailbox.failures import Lost

SLICE_SECONDS = 1.0
DONE_SECONDS = 10.0


def wait_plainly(seconds: float, stop: Callable[[], bool]) -> None:
    """Without IDLE: let time pass, in slices."""
    end = time.monotonic() + seconds
    while not stop() and (left := end - time.monotonic()) > 0:
        time.sleep(min(SLICE_SECONDS / 2, left))


def wait_in_idle(client: IMAPClient, seconds: float, stop: Callable[[], bool], *, timeout: float) -> bool:
    """Whether mail may have come within `seconds`. `timeout`: the socket's, restored afterwards."""
    end = time.monotonic() + seconds
    client.idle()
    news = _has_unread(client, timeout)
    while not news and not stop() and (left := end - time.monotonic()) > 0:
        span = min(SLICE_SECONDS, left)
        began = time.monotonic()
        lines = client.idle_check(timeout=span)
        if not lines and time.monotonic() - began < span * 0.9:
            raise Lost("waiting for mail: the connection is dead")
        news = _tells_of_mail(lines)
    client.socket().settimeout(min(DONE_SECONDS, timeout))
    _, late = client.idle_done()
    client.socket().settimeout(timeout)
    return _tells_of_mail(late) or news


def _tells_of_mail(lines: Iterable[tuple[Any, ...]]) -> bool:
    news = False
    for line in lines:
        if line and line[0] == b"BYE":
            raise Lost("waiting for mail: the server said goodbye")
        news = news or (len(line) > 1 and line[1] in (b"EXISTS", b"RECENT"))
    return news


def _has_unread(client: IMAPClient, timeout: float) -> bool:
    """Lines that came together with the server's `+` are in the reader's buffer, where no poll sees them."""
    connection = client.socket()
    connection.setblocking(False)
    try:
        return bool(client._imap.file.peek(1))
    except (BlockingIOError, ssl.SSLWantReadError):
        return False
    finally:
        connection.settimeout(timeout)
