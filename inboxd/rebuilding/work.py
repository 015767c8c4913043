"""The rebuild itself: an empty database, the journal played into it, the comparison, and what is carried over.

Raises `Permanent` if the new database is not empty, `Transient` if a disk, a database or the register does not answer;
then nothing is there that anybody should use.
"""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from inboxd import floor, maillog
from inboxd.archive import SENT, Archive
from inboxd.context import Context
from inboxd.database import Database
from inboxd.errors import Permanent
from inboxd.importing import import_file
from inboxd.rebuilding import carrying, comparing
from inboxd.rebuilding.comparing import Difference
from inboxd.rebuilding.doors import Closed, Overlay, Remembered
from inboxd.rebuilding.playing import Player
from inboxd.rebuilding.sources import FromDatabase, FromFile
from inboxd.rebuilding.telling import told_differently
from inboxd.registers import BuiltIn
from inboxd.store import outbox, purges

Alive = Callable[[], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """What became of it."""

    entries: int
    """Of the journal that was played."""
    mails: int
    cases: int
    differences: tuple[Difference, ...]
    left_out: Mapping[str, int]
    """Entries that were not played, by kind: nobody knows how, or their detail was erased."""
    purged: int
    """Mails that the journal says were purged. A database gives their rows along; a file has no more of them than when
    they came and went, so they and their cases are not in the new database.
    """
    has_journal: bool
    """The new database has the old journal with its chain, not one of its own."""

    @property
    def is_explained(self) -> bool:
        """Nothing differs but for a reason that is known."""
        return all(difference.reason for difference in self.differences)


def rebuild(
    context: Context,
    source: FromDatabase | FromFile,
    into: Database,
    alive: Alive,
    *,
    records: Path | None = None,
    to_keep: bool = True,
) -> Rebuilt:
    """Play a journal into an empty database. `alive` is called after each entry.

    `records`: a register file, for a source that has no application records. `to_keep` False: the new database is
    thrown away, so nothing that it would need is added to the archive.
    """
    if into.is_there() and not into.is_empty():
        raise Permanent("the database to be made is not empty; name one that is")
    into.prepare()
    old = source.tx if isinstance(source, FromDatabase) else None
    if old is not None:
        carrying.before(old, into)
    if records is not None:
        import_file(dataclasses.replace(context, database=into), records, lambda _: None)
    with (
        tempfile.TemporaryDirectory(prefix="rebuild-", dir=context.settings.storage.spool) as scratch,
        maillog.silent(),
    ):
        overlay = Overlay(context.archive, Path(scratch))
        remembered = Remembered(context.inspector, context.register, has_scanner=bool(context.settings.scanner.socket))
        closed = Closed()
        app = dataclasses.replace(
            context,
            database=into,
            archive=overlay,
            mailbox=closed,
            courier=closed,
            inspector=remembered,
            scanner=remembered,
            signatures=remembered,
            register=BuiltIn(into) if context.register.is_ours else remembered,
            started=None,
        )
        player = Player(app, remembered, source)
        app.now = player.now
        entries, purged = 0, set[int | None]()
        for entry in source.entries():
            player.play(entry)
            if entry.event == purges.PURGED:
                purged.add(entry.mail_id)
            entries, last = entries + 1, entry.event_id
            alive()
        player.finish()
        if old is not None:
            carrying.purged(old, into)
        result = _compared(context, player, source, into, entries)
        if old is not None:
            has_journal = carrying.after(old, into, last if entries else 0)
        else:
            assert isinstance(source, FromFile)
            has_journal = carrying.journal_of(source.pairs, into, floor.promised(context.archive.root))
        if to_keep:
            _keep_needed(into, overlay, context.archive)
    return dataclasses.replace(result, purged=len(purged), has_journal=has_journal)


def _compared(
    context: Context, player: Player, source: FromDatabase | FromFile, into: Database, entries: int
) -> Rebuilt:
    rules = context.rules.version
    with into.reading() as tx:
        new = comparing.stories(tx)
        if isinstance(source, FromDatabase):
            old, reasons = comparing.stories(source.tx), comparing.reasons_of(source.tx, rules)
            found = comparing.differences(old, new, player.problems, reasons)
        else:
            found = told_differently(source, tx, player.problems, rules)
    return Rebuilt(
        entries=entries,
        mails=len(new),
        cases=len(comparing.references(new)),
        differences=tuple(found),
        left_out=dict(player.left_out),
        purged=0,
        has_journal=False,
    )


def _keep_needed(into: Database, overlay: Overlay, archive: Archive) -> None:
    """What is still to be sent and was worded anew must be in the archive before the new database is used."""
    with into.reading() as tx:
        wanted = outbox.digests_to_send(tx)
    for digest in wanted:
        if not archive.has(SENT, digest) and overlay.has(SENT, digest):
            archive.keep(SENT, overlay.read(SENT, digest))
