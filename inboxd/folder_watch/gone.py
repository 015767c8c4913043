"""A mail that a person deleted, or moved out of the folders that inboxd owns: noted; its case stays as it is.

People are told once where somebody still owes something: a case that is not answered, a mail that is held.
"""

from __future__ import annotations

from dataclasses import dataclass

from inboxd import maillog
from inboxd.context import Context
from inboxd.folder_watch import ordering
from inboxd.store import positions
from inboxd.store.journal import note
from inboxd.store.positions import Copy, Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """A mail no copy of which lies in our folders any more, and where its copies lay."""

    standing: Standing
    copies: tuple[Copy, ...]


def declare(app: Context, gone: Gone) -> None:
    """Note it, and tell people if it matters."""
    standing = gone.standing
    owed = standing.state == "held" or any(state in ("open", "waiting") for _, _, _, state, _ in standing.cases)
    source = gone.copies[-1].folder
    with app.database.transaction() as tx:
        for copy in gone.copies:
            positions.lose(tx, copy.sighting)
        note(tx, "taken_away_by_person", app.now(), mail_id=standing.mail_id, actor=ordering.CLIENT, source=source)
        if owed:
            ordering.tell(app, tx, f"gone/{standing.digest[:32]}", "mail_gone", standing)
    maillog.mail_gone(standing.mail_id, folder=source)
