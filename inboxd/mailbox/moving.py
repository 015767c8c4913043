"""Moving mails of the open folder to another, in batches, with the new UIDs where the server tells them.

MOVE where the server has it, else COPY, STORE \\Deleted, UID EXPUNGE of those UIDs alone. A plain EXPUNGE is never
sent: it would also remove what somebody else has marked. Moving again what is gone changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from imapclient import DELETED, IMAPClient

from inboxd.mailbox.failures import Refused
from inboxd.mailbox.folders import Folders, Talk

BATCH = 200
"""Ids on one command line: far below any server's limit for a line."""

Moved = dict[int, tuple[int, int]]
_COPYUID = re.compile(rb"(\d+) ([\d,:]+) ([\d,:]+)")


def batches(uids: Iterable[int], size: int = BATCH) -> Iterator[list[int]]:
    left = iter(uids)
    while batch := list(islice(left, size)):
        yield batch


def move(talk: Talk, folders: Folders, uids: Sequence[int], folder: str) -> Moved:
    """Old UID to (UIDVALIDITY, UID) in `folder`. Left out: what was gone, and what the server does not tell."""
    moved: Moved = {}
    for batch in batches(sorted(set(uids))):
        try:
            moved |= _move_batch(talk, folders.name(folder), batch)
        except Refused:
            if not _present(talk, batch):
                continue
            folders.ensure(folder)
            moved |= _move_batch(talk, folders.name(folder), batch)
    return moved


def _present(talk: Talk, uids: list[int], *criteria: str) -> list[int]:
    with talk("cannot search the folder") as client:
        return sorted(client.search(["UID", ",".join(map(str, uids)), *criteria]))


def _move_batch(talk: Talk, name: str, batch: list[int]) -> Moved:
    with talk("cannot move mail") as client:
        if client.has_capability("MOVE"):
            client.move(batch, name)
            return _copied(client, batch)
        expunges = bool(client.has_capability("UIDPLUS"))
    # Without UID EXPUNGE a moved mail stays, marked deleted, which no search of ours finds; do not copy it again.
    here = _present(talk, batch) if expunges else _present(talk, batch, "NOT", "DELETED")
    if not here:
        return {}
    with talk("cannot copy mail") as client:
        client.copy(here, name)
        moved = _copied(client, here)
    with talk("cannot remove copied mail") as client:
        client.add_flags(here, [DELETED], silent=True)
        if expunges:
            client.uid_expunge(here)
    return moved


def _copied(client: IMAPClient, batch: list[int]) -> Moved:
    """RFC 4315: COPYUID <uidvalidity> <old uids> <new uids>, in the same order."""
    moved: Moved = {}
    for line in client._imap.response("COPYUID")[1]:
        if line and (told := _COPYUID.match(line)):
            validity, old, new = told.groups()
            moved |= {
                uid: (int(validity), new_uid)
                for uid, new_uid in zip(_expanded(old, len(batch)), _expanded(new, len(batch)), strict=False)
                if uid in batch
            }
    return moved


def _expanded(uid_set: bytes, most: int) -> Iterator[int]:
    """`304,319:320` to 304, 319, 320; never more than `most`, however long a range a server claims."""
    def every() -> Iterator[int]:
        for part in uid_set.split(b","):
            low, _, high = part.partition(b":")
            ends = sorted((int(low), int(high or low)))
            yield from range(ends[0], ends[1] + 1)

    return islice(every(), most)
