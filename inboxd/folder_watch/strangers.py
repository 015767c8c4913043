"""Mails in our folders that are none of ours: left alone and told of once; or found late and taken after all."""

from __future__ import annotations

from collections.abc import Sequence

from inboxd import alerts, maillog
from inboxd.context import Context
from inboxd.folder_watch import ordering
from inboxd.store import positions
from inboxd.store.journal import note


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
