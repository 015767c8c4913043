"""Where the journal to be played comes from: a database, or a file of lines that `journal export` wrote.

A database also has rows; they give what entries of older versions do not say. Both are read as they are at one moment,
so a daemon may go on beside. Raises `Permanent` for a file that is not a whole, unchanged chain from its first place.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol, TextIO

from sqlalchemy import Connection, select

from inboxd import chain
from inboxd.chain import Entry, Seal
from inboxd.errors import Permanent
from inboxd.store import seals
from inboxd.store.seals import ERASED, entry_of
from inboxd.tables import effects, events, files, mails, overrides, sightings

AT_ONCE = 500


class Source(Protocol):
    """A journal in its order, and what rows say beside it: an empty answer where there are none."""

    def entries(self) -> Iterator[Entry]: ...
    def mail(self, mail_id: int) -> Mapping[str, Any]: ...
    def sighting(self, mail_id: int, folder: str, uid: int) -> Mapping[str, Any]: ...
    def effect(self, effect_id: int) -> Mapping[str, Any]: ...
    def lies(self, sighting: int) -> tuple[str, int, int]: ...
    def correction(self, case_id: int, at: datetime) -> Mapping[str, Any]: ...
    def found(self, mail_id: int, decision: int) -> Mapping[str, tuple[str, str]]: ...


class FromDatabase:
    """The journal of a database. `tx` must see the same rows until the end (`Database.snapshot`)."""

    def __init__(self, tx: Connection) -> None:
        self.tx = tx

    def entries(self) -> Iterator[Entry]:
        last = 0
        while rows := self.tx.execute(
            select(events).where(events.c.id > last).order_by(events.c.id).limit(AT_ONCE)
        ).all():
            yield from map(entry_of, rows)
            last = rows[-1].id

    def _row(self, query: Any) -> Mapping[str, Any]:
        return dict(self.tx.execute(query).mappings().first() or {})

    def mail(self, mail_id: int) -> Mapping[str, Any]:
        return self._row(select(mails).where(mails.c.id == mail_id))

    def sighting(self, mail_id: int, folder: str, uid: int) -> Mapping[str, Any]:
        met = sightings.c.mail_id == mail_id, sightings.c.folder == folder, sightings.c.uid == uid
        return self._row(select(sightings).where(*met).order_by(sightings.c.id))

    def effect(self, effect_id: int) -> Mapping[str, Any]:
        return self._row(select(effects).where(effects.c.id == effect_id))

    def lies(self, sighting: int) -> tuple[str, int, int]:
        """Where it lies now; where it lay in between nobody knows any more."""
        row = self._row(select(sightings).where(sightings.c.id == sighting))
        return (row["folder_now"], row["uidvalidity_now"], row["uid_now"]) if row else ("", 0, 0)

    def correction(self, case_id: int, at: datetime) -> Mapping[str, Any]:
        return self._row(select(overrides).where(overrides.c.case_id == case_id, overrides.c.at == at))

    def found(self, mail_id: int, decision: int) -> Mapping[str, tuple[str, str]]:
        wanted = select(files).where(files.c.mail_id == mail_id, files.c.decision == decision)
        return {row.digest: (row.reason, row.finding) for row in self.tx.execute(wanted)}


class FromFile:
    """The journal in a file of lines. Nothing else is known: entries of older versions may lack something."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._prove()

    def entries(self) -> Iterator[Entry]:
        return (entry for _, entry in self.pairs())

    def pairs(self) -> Iterator[tuple[Seal, Entry]]:
        """Every place with its entry. Raises `Permanent` for a line that is none."""
        with self._path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                try:
                    yield _of_line(line)
                except (ValueError, KeyError, TypeError) as error:
                    raise Permanent(f"{self._path}:{number}: not a line of an exported journal") from error

    def _prove(self) -> None:
        erased = {
            int(event_id): str(content)
            for entry in self.entries()
            if entry.event == ERASED
            for event_id, content in dict(entry.detail["entries"]).items()
        }
        first = next(chain.faults(self.pairs(), erased=erased, place_of=lambda _: None), None)
        if first is not None:
            raise Permanent(f"{self._path} is not the journal as it was sealed, {first}")

    def mail(self, mail_id: int) -> Mapping[str, Any]:
        return {}

    def sighting(self, mail_id: int, folder: str, uid: int) -> Mapping[str, Any]:
        return {}

    def effect(self, effect_id: int) -> Mapping[str, Any]:
        return {}

    def lies(self, sighting: int) -> tuple[str, int, int]:
        return "", 0, 0

    def correction(self, case_id: int, at: datetime) -> Mapping[str, Any]:
        return {}

    def found(self, mail_id: int, decision: int) -> Mapping[str, tuple[str, str]]:
        return {}


def _of_line(line: str) -> tuple[Seal, Entry]:
    kept = json.loads(line)
    entry = Entry(
        event_id=int(kept["event_id"]),
        at=datetime.fromisoformat(kept["at"]),
        mail_id=kept["mail_id"],
        case_id=kept["case_id"],
        actor=kept["actor"],
        event=kept["event"],
        detail=kept["detail"],
    )
    seal = Seal(
        place=int(kept["place"]),
        event_id=entry.event_id,
        content=kept["content"],
        sealed_at=datetime.fromisoformat(kept["sealed_at"]),
        digest=kept["digest"],
    )
    return seal, entry


def write_lines(tx: Connection, file: TextIO, after: int, alive: Callable[[], object]) -> int:
    """Write every place behind `after` as a line, in order. Returns how many.

    Raises `Permanent` at the first whose entry is gone: `inboxd verify --journal` says more.
    """
    written = 0
    pairs: Iterable[tuple[Seal, Entry | None]] = seals.in_order(tx, after)
    for seal, entry in pairs:
        if entry is None:
            raise Permanent(f"entry {seal.event_id} at place {seal.place} is not there any more")
        line = {
            "place": seal.place,
            "event_id": entry.event_id,
            "at": entry.at.isoformat(),
            "mail_id": entry.mail_id,
            "case_id": entry.case_id,
            "actor": entry.actor,
            "event": entry.event,
            "detail": entry.detail,
            "content": seal.content,
            "sealed_at": seal.sealed_at.isoformat(),
            "digest": seal.digest,
        }
        file.write(json.dumps(line, ensure_ascii=True) + "\n")
        written += 1
        alive()
    return written
