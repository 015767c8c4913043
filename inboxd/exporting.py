"""Giving out a file: a folder with everything that belongs to a reference, each byte proved, all or nothing.

Raw mails, attached documents, files that were held or refused, replies as sent, the story, a manifest of digests. What
a malware scanner found, or could not look at, is listed and never written out, and no mail that has it in it. Raises
`Permanent`, in words for the person who asked: no such reference, a folder that is there already, each file of the
archive that is missing or damaged; `DiskRefused` if a disk refuses. Nothing half-written is left.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from inboxd.database import Database
from inboxd.errors import Permanent
from inboxd.gathering import gather
from inboxd.packing import UNSAFE, Packing, Source, Story
from inboxd.parcel import Parcel
from inboxd.store import conversations, journal, reading
from inboxd.store.conversations import Conversation

LONGEST_ID = 9
"""Digits of a mail's id; what is longer is no id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be given out."""

    name: str
    """Of the folder."""
    reference: str
    """As it stands in the journal."""
    mail_ids: tuple[int, ...]
    case_id: int | None
    numbers: frozenset[str]
    """Only documents on these records are meant; empty: on any."""
    left_out: tuple[str, ...]
    to_sever: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What was written, and what was not."""

    folder: Path
    mail_ids: tuple[int, ...]
    files: tuple[str, ...]
    """Paths inside the folder."""
    not_written: tuple[str, ...]
    """One line for each thing that is only listed, and why."""
    left_out: tuple[str, ...]
    """What names the same thing, but was never established to belong to it; of a person: what could not be read."""
    to_sever: tuple[str, ...]
    """What a person must look at before the folder is given out: others in the same mail."""
    manifest: str
    """SHA-256 of the manifest; it stands in the journal too, and proves what was given out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What the texts of the folder are written from."""

    reference: str
    stories: Sequence[Story]
    files: Mapping[str, str]
    """SHA-256 by path."""
    not_written: Sequence[str]
    left_out: Sequence[str]
    to_sever: Sequence[str]


Describe = Callable[[Contents], Mapping[str, str]]
"""Makes the texts of the folder: name to content."""
Progress = Callable[[int, int], None]
"""Told how many of how many are done."""


def export(
    source: Source,
    reference: str,
    into: Path,
    *,
    actor: str,
    now: datetime,
    describe: Describe,
    progress: Progress,
) -> Exported:
    """Write the folder for a case reference, a mail's id or an application number into the folder `into`.

    That it was given out stands in the journal of each mail before the folder is in its place: there is never one that
    nobody can be asked about.
    """
    with source.database.reading() as tx:
        name, found = find(tx, reference)
    wanted = Wanted(
        name=name,
        reference=name,
        mail_ids=found.mail_ids,
        case_id=found.case_id,
        numbers=frozenset((found.number,) if found.number else ()),
        left_out=found.left_out,
    )
    return _write(source, wanted, into, actor=actor, now=now, describe=describe, progress=progress)


def export_person(
    source: Source,
    uci: str,
    applications: Sequence[str],
    into: Path,
    *,
    actor: str,
    now: datetime,
    describe: Describe,
    progress: Progress,
) -> Exported:
    """Write the folder about one person, by UCI and further application numbers, as `export` does.

    `progress` is told of the mails that are searched, then of those that are written.
    """
    with source.database.snapshot() as tx:
        found = gather(source, tx, uci, applications, progress)
    wanted = Wanted(
        name=found.name,
        reference=f"person {found.shown}",
        mail_ids=found.mail_ids,
        case_id=None,
        numbers=found.numbers,
        left_out=found.left_out,
        to_sever=found.to_sever,
    )
    return _write(source, wanted, into, actor=actor, now=now, describe=describe, progress=progress)


def _write(
    source: Source,
    wanted: Wanted,
    into: Path,
    *,
    actor: str,
    now: datetime,
    describe: Describe,
    progress: Progress,
) -> Exported:
    with source.database.reading() as tx:
        stories = [story for mail_id in wanted.mail_ids if (story := reading.story(tx, mail_id)) is not None]
        unsafe = conversations.unsafe_files(tx, wanted.mail_ids, UNSAFE)
    parcel = Parcel(into, wanted.name)
    try:
        packing = Packing(source=source, parcel=parcel, unsafe=unsafe, numbers=wanted.numbers)
        for count, story in enumerate(stories):
            progress(count, len(stories))
            packing.put_in(story)
        progress(len(stories), len(stories))
        if packing.problems:
            raise Permanent("\n".join(("nothing was written:", *packing.problems)))
        contents = Contents(
            reference=wanted.name,
            stories=stories,
            files=dict(sorted(parcel.digests.items())),
            not_written=packing.not_written,
            left_out=wanted.left_out,
            to_sever=wanted.to_sever,
        )
        for text_name, text in describe(contents).items():
            parcel.add_bytes("", text_name, text.encode("utf-8", "replace"))
        manifest = parcel.finish()
        _audit(source.database, wanted, now, actor=actor, manifest=manifest)
        parcel.seal()
    except BaseException:
        parcel.discard()
        raise
    return Exported(
        folder=parcel.target,
        mail_ids=wanted.mail_ids,
        files=tuple(sorted(parcel.digests)),
        not_written=tuple(packing.not_written),
        left_out=wanted.left_out,
        to_sever=wanted.to_sever,
        manifest=manifest,
    )


def find(tx: Connection, reference: str) -> tuple[str, Conversation]:
    """The mails that a reference means, and the reference as it is written. Raises `Permanent` if it means none."""
    name = reference.strip().upper()
    found = conversations.of_case(tx, name)
    if found is None and name.isascii() and name.isdigit() and len(name) <= LONGEST_ID:
        name = str(int(name))
        found = conversations.of_mail(tx, int(name))
    if found is None and name.isascii() and name.isalnum():
        found = conversations.of_application(tx, name)
    if found is None:
        raise Permanent(
            f"{reference!r} is no case, no mail and no application with documents; "
            "`inboxd cases` and `inboxd list` show what there is"
        )
    if not found.mail_ids:
        raise Permanent(
            f"no document was ever verified for {name}, so nothing is given out by it; "
            f"what names it can be exported by itself: {', '.join(found.left_out)}"
        )
    return name, found


def _audit(database: Database, wanted: Wanted, now: datetime, *, actor: str, manifest: str) -> None:
    with database.transaction() as tx:
        for mail_id in wanted.mail_ids:
            journal.note(
                tx,
                "exported",
                now,
                mail_id=mail_id,
                case_id=wanted.case_id,
                actor=actor,
                reference=wanted.reference,
                manifest=manifest,
            )
