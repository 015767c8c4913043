"""What people are told about mail in the folders: taken away, met where nobody sent it, or found late. Once each.

Where nobody owes anything (a case that was answered or closed, a mail without one) it is noted in the journal alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from inboxd import alerts, maillog
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


def declare_gone(app: Context, gone: Gone) -> None:
    """Note that a mail is gone; its case stays as it is. People are told where somebody still owes something."""
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


def report_strangers(app: Context, folder: str, uidvalidity: int, uids: Sequence[int]) -> None:
    """Tell people that mails lie there which nobody sent to the inbox. Once: each is looked into only once."""
    key = f"strangers/{app.settings.mailbox.account}/{folder}/{uidvalidity}/{max(uids)}"
    told = alerts.prepare(app, key, "strangers", received=app.now())
    with app.database.transaction() as tx:
        note(tx, "strangers", app.now(), actor=ordering.CLIENT, folder=folder, count=len(uids))
        alerts.put_in(tx, told, app.now())
    maillog.folder_strangers(folder, count=len(uids))


def report_found(app: Context, folder: str, uidvalidity: int, uids: Sequence[int]) -> None:
    """Tell people that mails were moved before inboxd had read them: they were taken, the move was no order."""
    account = app.settings.mailbox.account
    for uid in uids:
        with app.database.transaction() as tx:
            mail_id = positions.met_at(tx, account, folder, uidvalidity, uid)
            if mail_id is None:
                continue  # the server would not give it, or it is gone again
            standing = positions.standing_of(tx, mail_id)
            note(tx, "found_late", app.now(), mail_id=mail_id, actor=ordering.CLIENT, folder=folder)
            ordering.tell(app, tx, f"found/{standing.digest[:32]}", "found_late", standing)
        maillog.mail_found_late(mail_id, folder=folder)
