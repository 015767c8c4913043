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
from inboxd.packing import UNSAFE, Packing, Source, Story
from inboxd.parcel import Parcel
from inboxd.store import conversations, journal, reading
from inboxd.store.conversations import Conversation

LONGEST_ID = 9
"""Digits of a mail's id; what is longer is no id."""


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
    """Case references and mail ids that name the application, but were never established to belong to it."""
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


Describe = Callable[[Contents], Mapping[str, str]]
"""Makes the texts of the folder: name to content."""


def export(
    source: Source,
    reference: str,
    into: Path,
    *,
    actor: str,
    now: datetime,
    describe: Describe,
    progress: Callable[[int, int], None],
) -> Exported:
    """Write the folder for a case reference, a mail's id or an application number into the folder `into`.

    `progress` is told how many of how many mails are done. That it was given out stands in the journal of each mail
    before the folder is in its place: there is never one that nobody can be asked about.
    """
    with source.database.reading() as tx:
        name, conversation = find(tx, reference)
        stories = [story for mail_id in conversation.mail_ids if (story := reading.story(tx, mail_id)) is not None]
        unsafe = conversations.unsafe_files(tx, conversation.mail_ids, UNSAFE)
    parcel = Parcel(into, name)
    try:
        packing = Packing(source=source, parcel=parcel, unsafe=unsafe, number=conversation.number)
        for count, story in enumerate(stories):
            progress(count, len(stories))
            packing.put_in(story)
        progress(len(stories), len(stories))
        if packing.problems:
            raise Permanent("\n".join(("nothing was written:", *packing.problems)))
        contents = Contents(
            reference=name,
            stories=stories,
            files=dict(sorted(parcel.digests.items())),
            not_written=packing.not_written,
            left_out=conversation.left_out,
        )
        for text_name, text in describe(contents).items():
            parcel.add_bytes("", text_name, text.encode("utf-8", "replace"))
        manifest = parcel.finish()
        _audit(source.database, conversation, now, actor=actor, reference=name, manifest=manifest)
        parcel.seal()
    except BaseException:
        parcel.discard()
        raise
    return Exported(
        folder=parcel.target,
        mail_ids=conversation.mail_ids,
        files=tuple(sorted(parcel.digests)),
        not_written=tuple(packing.not_written),
        left_out=conversation.left_out,
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


def _audit(
    database: Database, conversation: Conversation, now: datetime, *, actor: str, reference: str, manifest: str
) -> None:
    with database.transaction() as tx:
        for mail_id in conversation.mail_ids:
            journal.note(
                tx,
                "exported",
                now,
                mail_id=mail_id,
                case_id=conversation.case_id,
                actor=actor,
                reference=reference,
                manifest=manifest,
            )
