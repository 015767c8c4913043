"""One archive has one daemon: the lock that says so. It ends with the process, whatever ended that."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from inboxd.errors import DiskRefused, Permanent

FILE = "daemon.lock"


@contextmanager
def only_one(root: Path) -> Iterator[None]:
    """Hold the lock of an archive. Raises `Permanent` if another process has it."""
    path = root / FILE
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise DiskRefused(f"{path} cannot be opened: {error.strerror}; the service's user must own it") from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Permanent(f"another inboxd works on {root}; stop it first") from error
        yield
    finally:
        os.close(descriptor)


def is_held(root: Path) -> bool:
    """Whether a daemon works on it now."""
    try:
        with only_one(root):
            return False
    except Permanent:
        return True
