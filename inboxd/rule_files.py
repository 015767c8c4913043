"""Replacing a file of rules as a whole: never half, never over somebody else's change.

Raises `Permanent`, in words for the person who asked, if the file cannot be read, locked or replaced.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from inboxd.errors import Permanent

_NO_PLACE = (
    "the account that inboxd runs under must be able to write there; docs/operating.md, Clocks, says how to give the "
    "file a folder of its own"
)


@contextmanager
def locked(path: Path) -> Iterator[str]:
    """Keep other commands from changing a file meanwhile. Gives its text as it is now.

    The lock is on the file that is replaced: whoever waited for it sees afterwards that the path holds another one.
    """
    descriptor = -1
    try:
        try:
            descriptor = os.open(path, os.O_RDONLY)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            is_same = os.path.samestat(os.fstat(descriptor), path.stat())
            text = path.read_bytes().decode("utf-8")
        except OSError as error:
            raise Permanent(f"{path} cannot be read: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise Permanent(f"{path} is not UTF-8 (byte {error.start}); save it as UTF-8") from error
        if not is_same:
            raise Permanent(f"{path} was changed meanwhile; nothing was done, give the command again")
        yield text
    finally:
        if descriptor >= 0:
            os.close(descriptor)


def replace(path: Path, text: str) -> None:
    """Put `text` in place of a file, with its owner and permissions: whole or not at all."""
    try:
        put(path, text.encode("utf-8"), like=path)
    except OSError as error:
        raise Permanent(f"{path} cannot be replaced: {error.strerror}; nothing was changed; {_NO_PLACE}") from error


def replace_together(folder: Path, texts: Mapping[str, str | None]) -> None:
    """Put several files of a folder in place, or take them away (None), all in one moment as far as a disk can.

    A new one belongs to whom the folder belongs to. All are written out under
    other names first, so what a disk refuses is refused before the first one is changed.
    """
    unfinished: dict[Path, Path] = {}
    try:
        for place, text in texts.items():
            target = folder / place
            if text is not None:
                if not target.parent.is_dir():
                    target.parent.mkdir(mode=0o750)
                    _give(target.parent, like=folder)
                unfinished[target] = _written_beside(target, text.encode("utf-8"), 0o640, target)
        for target, written in unfinished.items():
            written.replace(target)
        for place, text in texts.items():
            if text is None:
                (folder / place).unlink(missing_ok=True)
        for inside in {(folder / place).parent for place in texts}:
            if inside.is_dir():
                _sync(inside)
    except OSError as error:
        for written in unfinished.values():
            written.unlink(missing_ok=True)
        raise Permanent(f"{folder} cannot be written: {error.strerror}; nothing was changed; {_NO_PLACE}") from error


def put(path: Path, content: bytes, *, mode: int = 0o600, like: Path | None = None) -> None:
    """Write a file whole or not at all: under another name, fsynced, renamed, the folder fsynced. Raises OSError.

    `like`: the file whose owner and permissions it gets, instead of `mode`.
    """
    unfinished = _written_beside(path, content, mode, like)
    try:
        unfinished.replace(path)
    except OSError:
        unfinished.unlink(missing_ok=True)
        raise
    _sync(path.parent)


def _written_beside(path: Path, content: bytes, mode: int, like: Path | None) -> Path:
    """The content, fsynced, under a name beside `path`. Raises OSError, and then nothing is left there."""
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    try:
        with unfinished.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.chmod(mode)
        if like is not None:
            if like.exists():
                shutil.copymode(like, unfinished)
            _give(unfinished, like=like if like.exists() else path.parent)
    except OSError:
        unfinished.unlink(missing_ok=True)
        raise
    return unfinished


def _give(path: Path, *, like: Path) -> None:
    """To the owner and group of `like`: what root writes, the service must still read."""
    owner = like.stat()
    with contextlib.suppress(PermissionError):  # only root can give a file away; its group often can be kept
        os.chown(path, -1, owner.st_gid)
        os.chown(path, owner.st_uid, owner.st_gid)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
