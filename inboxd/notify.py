"""What systemd is told: ready, alive, reloading, stopping, and one line of status (sd_notify(3)).

One datagram to the socket that systemd names in NOTIFY_SOCKET. Without systemd there is no such name and nothing is
sent. Telling never fails the work: a socket that is gone or full is no reason to stop reading mail. If it lasts, the
watchdog restarts the daemon.
"""

from __future__ import annotations

import os
import socket
import time

WATCHDOG_SHARE = 0.5
"""sd_watchdog_enabled(3) asks for a sign of life at half the time allowed."""


PATIENCE_SECONDS = 0.5
"""systemd is expected to read at once; READY=1 may wait a moment for it, the work may not wait long."""


def notify(*assignments: str) -> bool:
    """Send `NAME=value` assignments in one datagram. False if nobody listens or it could not be sent."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return False
    if address.startswith("@"):
        address = "\0" + address[1:]
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as to_systemd:
            to_systemd.settimeout(PATIENCE_SECONDS)
            to_systemd.connect(address)
            to_systemd.send("\n".join(assignments).encode())
    except OSError:
        return False
    return True


def ready(status: str = "") -> bool:
    """Start-up is over, or a reload is. Until then `systemctl start` and `systemctl reload` wait."""
    return notify("READY=1", *_status(status))


def reloading() -> bool:
    """A reload begins; `ready` ends it. The time lets systemd tell this reload from an earlier one."""
    return notify("RELOADING=1", f"MONOTONIC_USEC={time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000}")


def stopping(status: str = "") -> bool:
    """The mail in hand is being finished; nothing new is begun."""
    return notify("STOPPING=1", *_status(status))


def watchdog() -> bool:
    """Still at work. Due every `watchdog_seconds`; call it only where real work was seen to go on."""
    return notify("WATCHDOG=1")


def status(text: str) -> bool:
    """One line for `systemctl status`. No names or numbers of people."""
    return notify(*_status(text))


def watchdog_seconds() -> float | None:
    """How often `watchdog` is to be called, in seconds; None if systemd does not watch this process."""
    allowed, watched = os.environ.get("WATCHDOG_USEC", ""), os.environ.get("WATCHDOG_PID", "")
    if not allowed.isdecimal() or int(allowed) == 0 or (watched and watched != str(os.getpid())):
        return None
    return int(allowed) / 1_000_000 * WATCHDOG_SHARE


def _status(text: str) -> tuple[str, ...]:
    # A line break would begin another assignment.
    return (f"STATUS={' '.join(text.split())}",) if text else ()
