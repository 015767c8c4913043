"""Where a test server lives: programs, short folders, free ports, and the ordinary user it runs as.

A missing program is a failure that names the Debian package, never a skip.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

HOST = "127.0.0.1"
_ROOM = 2 * 1024**3


def _short() -> Path:
    """Sockets need short paths; in memory, where there is room, an IMAP server answers ten times as quickly."""
    memory, usual = Path("/dev/shm"), Path("/tmp")
    if os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > _ROOM:
        return memory
    return usual if os.access(usual, os.W_OK) else Path(tempfile.gettempdir())


_SHORT = _short()


def find_program(name: str, *, package: str, folders: tuple[Path, ...] = ()) -> Path:
    """Full path of a program; `folders` are looked at first. Raises `RuntimeError` that names the package."""
    for folder in folders:
        if (folder / name).is_file():
            return folder / name
    path = os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin:/sbin"
    if found := shutil.which(name, path=path):
        return Path(found)
    raise RuntimeError(f"{name} is not installed; the tests need it: apt-get install {package}")


def short_folder(prefix: str) -> Path:
    """A new folder that others may enter (servers drop root), with a path short enough for a socket's 108 bytes."""
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=_SHORT))
    folder.chmod(0o755)
    return folder


def free_port() -> int:
    """A port nobody listens on now. Another process may take it before the server does; that start then fails."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def account_for(*names: str) -> pwd.struct_passwd:
    """The user a server runs as: the caller, or when the caller is root the first of `names` that exists."""
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid())
    for name in names:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise RuntimeError(f"none of the users {', '.join(names)} exists; the server refuses to run as root")


def can_enter(folder: Path, user: pwd.struct_passwd) -> bool:
    """Whether `user` may pass through every parent of `folder`."""
    if user.pw_uid == os.geteuid():
        return True
    for parent in (folder, *folder.parents):
        status = parent.stat()
        if not (status.st_mode & 0o001 or (status.st_uid == user.pw_uid and status.st_mode & 0o100)):
            return False
    return True


def wait_until(ready: Callable[[], bool], *, seconds: float, failure: Callable[[], str]) -> None:
    """Ask every 10 ms. Raises `RuntimeError` with `failure()` when time is up."""
    end = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > end:
            raise RuntimeError(failure())
        time.sleep(0.01)


def answers(port: int) -> bool:
    """Whether something accepts connections on this port and says something."""
    try:
        with socket.create_connection((HOST, port), timeout=1) as connection:
            connection.settimeout(1)
            return bool(connection.recv(1))
    except OSError:
        return False
