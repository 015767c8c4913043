"""Taking criteria into use: the file is replaced as a whole, the old one is kept, and who did it why is written down.

The row and the file are one step: the file is replaced last, inside the transaction, so a disk that refuses leaves
neither. Dying in between leaves a file that no row tells of; `inboxd check` says so, and giving the command again
records it. Raises `Permanent` if the file cannot be replaced or changed meanwhile.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from inboxd import alerts, maillog
from inboxd.context import Context
from inboxd.errors import DiskRefused, Permanent, Problem
from inboxd.store import activations

VERSIONS = "criteria"
"""The folder beside the archived mails where every version lies."""
LONGEST_ACTOR = 100
VERSION_LETTERS = 12
_NO_PLACE = (
    "the account that inboxd runs under must be able to write there; docs/criteria.md says how to give the criteria a "
    "folder of their own"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Activated:
    """What was done."""

    activation_id: int
    at: datetime
    file: Path
    """The file that is in force now."""
    copies: Path
    """The folder with both versions."""


def version_of(content: bytes) -> str:
    """The version of a criteria file by its bytes, as `Criteria.version`."""
    return hashlib.sha256(content).hexdigest()[:VERSION_LETTERS]


def read_file(path: Path) -> bytes:
    """The bytes of a criteria file. Raises `Permanent` if it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise Permanent(f"{path} cannot be read: {error.strerror}") from error


def is_in_force(context: Context) -> bool:
    """Whether the office's criteria file is the one whose criteria are in force here; True if it cannot be read."""
    try:
        return version_of(context.settings.rules.criteria.read_bytes()) == context.rules.criteria.version
    except OSError:
        return True


def activate(
    context: Context, content: bytes, *, checked: str, report: Mapping[str, Any], remark: str, by: str
) -> Activated:
    """Take `content` into use in place of the office's criteria file.

    `checked` is the version that was checked and replayed, `report` what that showed, against `report["old_version"]`.
    """
    if version_of(content) != checked:
        raise Permanent("the new file changed since it was checked; nothing was done")
    if not by.strip() or not remark.strip():
        raise Permanent("an activation says who made it, and why")
    actor, now = by.strip()[:LONGEST_ACTOR], context.now()
    target = context.settings.rules.criteria.resolve()
    in_force = read_file(target)
    if version_of(in_force) != report["old_version"]:
        raise Permanent(f"{target} changed since the report was made; nothing was done, give the command again")
    copies = context.archive.root / VERSIONS
    _keep_copy(copies, in_force)
    _keep_copy(copies, content)
    with context.database.transaction() as tx:
        activation_id = _record(tx, now, in_force, content, actor=actor, remark=remark.strip(), report=report)
        if content != in_force:
            _replace(target, content)
    maillog.criteria_activated(checked, previous=report["old_version"], actor=actor)
    return Activated(activation_id=activation_id, at=now, file=target, copies=copies)


def _record(
    tx: Connection,
    now: datetime,
    in_force: bytes,
    content: bytes,
    *,
    actor: str,
    remark: str,
    report: Mapping[str, Any],
) -> int:
    old, new = version_of(in_force), version_of(content)
    for version, text in ((old, in_force), (new, content)):
        activations.keep_text(tx, version, text.decode("utf-8"))
    last = activations.newest(tx)
    # a file that was changed by hand is recorded as what it replaced, not as itself
    previous = last["new_version"] if old == new and last is not None else old
    return activations.add(tx, now, actor=actor, remark=remark, old_version=previous, new_version=new, report=report)


def _keep_copy(folder: Path, content: bytes) -> None:
    """Put a version beside the archive, once, read-only. Raises `DiskRefused`."""
    target = folder / f"{version_of(content)}.toml"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        if target.is_file() and target.read_bytes() == content:
            return
        _write(target, content, mode=0o400)
    except OSError as error:
        raise DiskRefused(f"{target} cannot be written: {error.strerror}; nothing was changed") from error


def _replace(target: Path, content: bytes) -> None:
    """Replace the criteria file as a whole, with its owner and permissions."""
    try:
        _write(target, content, like=target)
    except OSError as error:
        raise Permanent(f"{target} cannot be replaced: {error.strerror}; nothing was changed; {_NO_PLACE}") from error


def _write(target: Path, content: bytes, *, mode: int = 0o600, like: Path | None = None) -> None:
    """Whole or not at all: under another name, fsynced, renamed, the folder fsynced."""
    unfinished = target.with_name(f".{target.name}.{secrets.token_hex(6)}")
    try:
        with unfinished.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.chmod(mode)
        if like is not None:
            shutil.copymode(like, unfinished)
            owner = like.stat()
            with contextlib.suppress(PermissionError):  # only root can give a file away; its group often can be kept
                os.chown(unfinished, -1, owner.st_gid)
                os.chown(unfinished, owner.st_uid, owner.st_gid)
        unfinished.replace(target)
    except OSError:
        unfinished.unlink(missing_ok=True)
        raise
    descriptor = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def tell_refused(context: Context, problems: tuple[Problem, ...]) -> int:
    """Tell people that changed rules were not taken into use; once a day for the same problems. How many are told."""
    now = context.now()
    words = "\n".join(str(problem) for problem in problems)
    key = f"rules/{hashlib.sha256(words.encode()).hexdigest()[:32]}/{now:%Y-%m-%d}"
    told = alerts.prepare(context, key, "rules_refused", received=now)
    with context.database.transaction() as tx:
        alerts.put_in(tx, told, now)
    return len(told)
