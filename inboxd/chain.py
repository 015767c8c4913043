"""The chain over the journal: what an entry's digest covers, how one place hangs on the one before, what is wrong.

Pure. A digest is SHA-256 in hex. `content_of` covers everything that an entry says, `digest_of` that content, its
place and the digest before it; so whoever keeps one digest outside can tell later that everything up to it is as it
was. Fails with nothing: whatever rows hold is either right or a `Fault`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain, pairwise
from typing import Any

BEGINNING = hashlib.sha256(b"inboxd journal").hexdigest()
"""What the first place hangs on."""
CHANGED, MISSING, REORDERED, INSERTED, CUT_OFF = "changed", "missing", "reordered", "inserted", "cut off"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A row of the journal."""

    event_id: int
    at: datetime
    mail_id: int | None
    case_id: int | None
    actor: str
    event: str
    detail: Any

    @property
    def about(self) -> str:
        """For people: which entry it is, without what it says."""
        whose = "".join(f", {kind} {row}" for kind, row in (("mail", self.mail_id), ("case", self.case_id)) if row)
        return f"entry {self.event_id} ({self.event}, {_moment(self.at)}{whose})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """The place of an entry in the chain. `digest` is what the row says, right or wrong."""

    place: int
    event_id: int
    content: str
    sealed_at: datetime
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something that is not as it was sealed."""

    kind: str
    place: int
    """0: the entry has no place."""
    text: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.text}"


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _digest(*parts: object) -> str:
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def content_of(entry: Entry) -> str:
    """The digest of what an entry says. Its id is not in it, so an entry is known again at another place."""
    return _digest(_moment(entry.at), entry.mail_id, entry.case_id, entry.actor, entry.event, entry.detail)


def digest_of(previous: str, place: int, event_id: int, content: str, sealed_at: datetime) -> str:
    """The digest of a place: over its entry's id and content, and over the whole chain before it."""
    return _digest(previous, place, event_id, content, _moment(sealed_at))


def seal_all(previous: Seal | None, entries: Iterable[Entry], now: datetime) -> list[Seal]:
    """Places for entries, in the order of their ids, behind the last place that was given."""
    seals = []
    for entry in sorted(entries, key=lambda entry: entry.event_id):
        place, before = (previous.place + 1, previous.digest) if previous else (1, BEGINNING)
        content = content_of(entry)
        digest = digest_of(before, place, entry.event_id, content, now)
        previous = Seal(place=place, event_id=entry.event_id, content=content, sealed_at=now, digest=digest)
        seals.append(previous)
    return seals


def faults(
    pairs: Iterable[tuple[Seal, Entry | None]],
    *,
    erased: Mapping[int, str],
    place_of: Callable[[str], int | None],
) -> Iterator[Fault]:
    """What is wrong in a chain, in the order of its places.

    `pairs` are seals by place with the entry that each names; `erased` says what is left of entries whose detail was
    erased, by id; `place_of` names the place at which a content was sealed.
    """
    before: Seal | None = None
    for here, following in pairwise(chain(pairs, (None,))):
        assert here is not None, "only what follows the last place is None"
        seal, entry = here
        wrong = _link_fault(before, seal, following[0] if following else None)
        wrong = wrong or _entry_fault(seal, entry, erased, place_of)
        if wrong is not None:
            yield wrong
        before = seal


def _link_fault(before: Seal | None, seal: Seal, after: Seal | None) -> Fault | None:
    expected, previous = (before.place + 1, before.digest) if before else (1, BEGINNING)
    if seal.place != expected:
        last = seal.place - 1
        places = f"place {expected} is" if last == expected else f"places {expected} to {last} are"
        return Fault(kind=MISSING, place=expected, text=f"{places} not there any more")
    if seal.digest == digest_of(previous, seal.place, seal.event_id, seal.content, seal.sealed_at):
        return None
    if (before and seal.event_id <= before.event_id) or (after and after.event_id <= seal.event_id):
        text = f"place {seal.place} names entry {seal.event_id}, which belongs elsewhere"
        return Fault(kind=REORDERED, place=seal.place, text=text)
    text = f"the seal at place {seal.place} (entry {seal.event_id}) is not the one that was set"
    return Fault(kind=CHANGED, place=seal.place, text=text)


def _entry_fault(
    seal: Seal, entry: Entry | None, erased: Mapping[int, str], place_of: Callable[[str], int | None]
) -> Fault | None:
    if entry is None:
        return Fault(kind=MISSING, place=seal.place, text=f"entry {seal.event_id} (place {seal.place}) is not there")
    content = content_of(entry)
    if content in (seal.content, erased.get(seal.event_id)):
        return None
    other = place_of(content)
    if other is not None and other != seal.place:
        text = f"{entry.about} at place {seal.place} says what place {other} said"
        return Fault(kind=REORDERED, place=seal.place, text=text)
    return Fault(kind=CHANGED, place=seal.place, text=f"{entry.about} at place {seal.place} says something else now")
