"""Asking again for mail that is held by its header, because the server did not give it: with growing pauses, for ever.

Each try is counted and committed before it is made. One that fails costs nobody else anything but the round it was made
in. Raises `Transient` when the server, the disk or the database refuses.
"""

from __future__ import annotations

from inboxd import maillog, unfetched
from inboxd.archive import MAIL
from inboxd.context import Context
from inboxd.errors import Permanent
from inboxd.mailbox import MessageInfo
from inboxd.store import held, positions
from inboxd.store.positions import Copy

AT_ONCE = 5
"""Mails that are asked for in one round: they are those that make trouble."""


def fetch_again(app: Context) -> int:
    """Ask for what is due. Returns how many mails are whole now. Opens other folders than the inbox."""
    with app.database.reading() as tx:
        due = held.to_fetch_again(tx, app.settings.mailbox.account, app.now(), AT_ONCE)
    return sum(_try(app, mail_id, tries) for mail_id, tries in due)


def _try(app: Context, mail_id: int, tries: int) -> bool:
    with app.database.transaction() as tx:
        held.try_to_fetch(tx, mail_id, app.now() + unfetched.pause_after(tries))
        copies = positions.copies_of(tx, mail_id)
    return any(_ask(app, mail_id, copy) for copy in reversed(copies) if copy.folder and copy.uid)


def _ask(app: Context, mail_id: int, copy: Copy) -> bool:
    """Ask for one copy of it. Where the server renumbered the folder, the look at folders finds the new number."""
    try:
        state = app.mailbox.open(copy.folder)
    except Permanent:
        return False
    infos = app.mailbox.sizes([copy.uid]) if state.uidvalidity == copy.uidvalidity else []
    if not infos:
        return False
    info = infos[0]
    if info.size > app.settings.limits.max_mail_bytes:
        return _ask_for_beginning(app, mail_id, info)

    def still_not(_: MessageInfo, why: str) -> None:
        maillog.mail_unfetchable(app.settings.mailbox.account, state.folder, info.uid, why)

    for fetched in app.mailbox.fetch([info], still_not):
        if fetched.spool is not None:
            digest = app.archive.keep_file(MAIL, fetched.spool)
        else:
            digest = app.archive.keep(MAIL, fetched.raw or b"")
        with app.database.transaction() as tx:
            done = held.fetched_whole(tx, mail_id, app.now(), digest=digest, size=fetched.size, outline=None)
        return _told(mail_id, fetched.size, done)
    return False


def _ask_for_beginning(app: Context, mail_id: int, info: MessageInfo) -> bool:
    try:
        raw = app.mailbox.beginning(info.uid)
    except Permanent:
        return False
    digest, outline = app.archive.keep(MAIL, raw), app.mailbox.outline(info.uid)
    with app.database.transaction() as tx:
        done = held.fetched_whole(tx, mail_id, app.now(), digest=digest, size=info.size, outline=outline)
    return _told(mail_id, info.size, done)


def _told(mail_id: int, size: int, done: bool) -> bool:
    if done:
        maillog.mail_whole(mail_id, size=size)
    return done
