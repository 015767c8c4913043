"""A look at folders that people work in: cheap numbers of each (STATUS), and what tells one mail from another.

Nothing is opened by a look, and no flag changes. A folder that is missing is made; one that cannot be made or asked
about is left out, and the caller is told why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from inboxd.mailbox.failures import Refused
from inboxd.mailbox.folders import Folders, Talk
from inboxd.mailbox.moving import batches

HEADER_BYTES = 256 * 1024
_HEADERS_AT_ONCE = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """The numbers of a folder (RFC 3501 6.3.10). The same ones again: nothing came and nothing went."""

    folder: str
    uidvalidity: int
    uidnext: int
    exists: int
    modseq: int = 0
    """HIGHESTMODSEQ (RFC 7162), which changes with flags too: some clients move by copying and marking deleted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What tells a mail from another one without reading it whole."""

    uid: int
    size: int
    arrived_at: datetime
    header: bytes = field(repr=False)
    """With the empty line behind it, at most 256 KiB; empty if the server does not give it."""


Unwatched = Callable[[str, str], None]
"""Told of each folder that cannot be looked at, and why."""


def glances(talk: Talk, folders: Folders, names: Iterable[str], unwatched: Unwatched) -> list[Glance]:
    """The numbers of each folder, in order; missing ones are made first."""
    found = []
    for name in names:
        try:
            found.append(_glance(talk, folders, name))
        except Refused as refusal:
            unwatched(name, str(refusal))
    return found


def _glance(talk: Talk, folders: Folders, name: str) -> Glance:
    try:
        return _status(talk, folders, name)
    except Refused:
        folders.ensure(name)
        return _status(talk, folders, name)


def _status(talk: Talk, folders: Folders, name: str) -> Glance:
    server_name = folders.name(name)
    with talk(f"cannot look at folder {name!r}") as client:
        wanted = ["UIDVALIDITY", "UIDNEXT", "MESSAGES"]
        if client.has_capability("CONDSTORE"):
            wanted.append("HIGHESTMODSEQ")
        answer = client.folder_status(server_name, wanted)
    validity = answer.get(b"UIDVALIDITY", 0)
    if not validity:
        raise Refused(f"cannot look at folder {name!r}: it has no UIDVALIDITY")
    return Glance(
        folder=name,
        uidvalidity=validity,
        uidnext=answer.get(b"UIDNEXT", 0),
        exists=answer.get(b"MESSAGES", 0),
        modseq=answer.get(b"HIGHESTMODSEQ", 0),
    )


def identities(talk: Talk, uids: Sequence[int]) -> list[Identity]:
    """What tells each mail of the open folder from others, ascending. Those that are gone are left out."""
    found: list[Identity] = []
    for batch in batches(sorted(set(uids)), _HEADERS_AT_ONCE):
        found += _identities(talk, batch)
    return found


def _identities(talk: Talk, batch: list[int]) -> list[Identity]:
    items = ["RFC822.SIZE", "INTERNALDATE", f"BODY.PEEK[HEADER]<0.{HEADER_BYTES}>"]
    try:
        with talk("cannot read headers") as client:
            answer = client.fetch(batch, items)
    except Refused:
        if len(batch) > 1:
            return [found for uid in batch for found in _identities(talk, [uid])]
        answer = {batch[0]: {}}
    return [_identity(uid, answer[uid]) for uid in batch if uid in answer]


def _identity(uid: int, answer: dict[bytes, Any]) -> Identity:
    size, arrived = answer.get(b"RFC822.SIZE"), answer.get(b"INTERNALDATE")
    header = answer.get(b"BODY[HEADER]<0>", answer.get(b"BODY[HEADER]"))
    return Identity(
        uid=uid,
        size=size if isinstance(size, int) else 0,
        arrived_at=arrived.astimezone(UTC) if isinstance(arrived, datetime) else datetime.now(UTC),
        header=header if isinstance(header, bytes) else b"",
    )
