"""Taking criteria into use: the file is replaced as a whole, the old one is kept, and who did it why is written down.

The row and the file are one step: the file is replaced last, inside the transaction, so a disk that refuses leaves
neither. Dying in between leaves a file that no row tells of; `inboxd check` says so, and giving the command again
records it. Raises `Permanent` if the file cannot be replaced or changed meanwhile.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from inboxd import alerts, maillog, rule_files
from inboxd.context import Context
from inboxd.errors import DiskRefused, Permanent, Problem
from inboxd.store import activations

VERSIONS = "criteria"
"""The folder beside the archived mails where every version lies."""
LONGEST_ACTOR = 100
VERSION_LETTERS = 12


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
            rule_files.replace(target, content.decode("utf-8"))
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
        rule_files.put(target, content, mode=0o400)
    except OSError as error:
        raise DiskRefused(f"{target} cannot be written: {error.strerror}; nothing was changed") from error


def tell_refused(context: Context, problems: tuple[Problem, ...]) -> int:
    """Tell people that changed rules were not taken into use; once a day for the same problems. How many are told."""
    now = context.now()
    words = "\n".join(str(problem) for problem in problems)
    key = f"rules/{hashlib.sha256(words.encode()).hexdigest()[:32]}/{now:%Y-%m-%d}"
    told = alerts.prepare(context, key, "rules_refused", received=now)
    with context.database.transaction() as tx:
        alerts.put_in(tx, told, now)
    return len(told)
