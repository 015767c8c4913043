"""Mail that the server lists and does not give: what is kept of it, and how it is known when it can be had at last.

It is one mail all the time: held by its header, people told, and decided once when it is whole, from the first receipt
on. Fails with `Transient` where the server, the disk or the database does.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection

from inboxd.archive import MAIL
from inboxd.context import Context
from inboxd.errors import Permanent
from inboxd.mailbox import FolderState, MessageInfo
from inboxd.store import held, positions

FIRST_PAUSE = timedelta(minutes=10)
LONGEST_PAUSE = timedelta(hours=6)


def pause_after(tries: int) -> timedelta:
    """How long until a mail is asked for again that was asked for so often since it was held."""
    doubled: timedelta = FIRST_PAUSE * 2.0 ** min(tries, 20)
    return min(doubled, LONGEST_PAUSE)


def header_of(app: Context, state: FolderState, info: MessageInfo) -> bytes | None:
    """What is kept of a mail of the open folder that cannot be had: its header, or a line of ours if not even that.

    None if it is not there any more.
    """
    try:
        header = app.mailbox.header(info.uid)
    except Permanent:
        header = b""
    if header.strip():
        return header
    if not app.mailbox.present([info.uid]):
        return None
    where = f"{state.folder}; uidvalidity={state.uidvalidity}; uid={info.uid}; size={info.size}"
    return f"X-Inboxd-Not-Given: {where}\r\n\r\n".encode()


def whole_already(app: Context, tx: Connection, info: MessageInfo, header: bytes) -> str | None:
    """The digest of the one mail with this header and size that is here whole: the server renumbered it, say."""
    known = positions.candidates(tx, app.settings.mailbox.account, size=info.size, message_id=None)
    half = {digest for _, digest in held.header_only(tx, app.settings.mailbox.account)}
    found = [item.digest for item in known if item.digest not in half and _begins_with(app, item.digest, header)]
    return found[0] if len(found) == 1 else None


def is_whole_now(app: Context, tx: Connection, digest: str, size: int) -> bool:
    """A mail was fetched whole. If it is one that is held by its header, it becomes that one. True if it did."""
    for mail_id, half in held.header_only(tx, app.settings.mailbox.account):
        if half == digest or not _begins_with(app, digest, app.archive.read(MAIL, half)):
            continue
        return held.fetched_whole(tx, mail_id, app.now(), digest=digest, size=size, outline=None)
    return False


def _begins_with(app: Context, digest: str, header: bytes) -> bool:
    try:
        with app.archive.open(MAIL, digest) as file:
            return file.read(len(header)) == header
    except Permanent:
        return False
