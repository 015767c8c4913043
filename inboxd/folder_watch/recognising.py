"""Which of our mails lies there: by size and the whole header, byte for byte. A shared Message-ID misleads nobody.

Where several mails fit, or the size differs (some servers only estimate it), the digest of the whole mail decides.
Raises `Transient` with the server or the disk; a mail that cannot be read is nobody's.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from inboxd.archive import MAIL, digest_of, digest_of_file
from inboxd.context import Context
from inboxd.errors import Permanent
from inboxd.mailbox import Identity, MessageInfo
from inboxd.store import positions
from inboxd.store.positions import Candidate

SLACK = timedelta(minutes=10)
"""The server's clock and ours may differ by so much."""
LONG_UNDER_WAY = timedelta(days=2)
"""A mail that is older than this by its own date was brought from elsewhere, whatever the server's date for it."""


def which(app: Context, identity: Identity) -> int | None:
    """The mail whose copy lies in the open folder under this number; None if it is none of ours."""
    if not identity.header:
        return None
    account = app.settings.mailbox.account
    with app.database.reading() as tx:
        same_size = positions.candidates(tx, account, size=identity.size, message_id=None)
    fitting = [candidate for candidate in same_size if _has_header(app, candidate, identity.header)]
    if len(fitting) == 1:
        return fitting[0].mail_id
    if not fitting:
        with app.database.reading() as tx:
            named = positions.candidates(tx, account, size=None, message_id=_message_id(app, identity))
        fitting = [candidate for candidate in named if _has_header(app, candidate, identity.header)]
    if not fitting:
        return None
    return _by_digest(app, identity, fitting)


def _message_id(app: Context, identity: Identity) -> str:
    try:
        return app.reader.given(identity.header).message_id
    except Permanent:
        return ""


def _has_header(app: Context, candidate: Candidate, header: bytes) -> bool:
    try:
        with app.archive.open(MAIL, candidate.digest) as file:
            return file.read(len(header)) == header
    except Permanent:
        return False


def _by_digest(app: Context, identity: Identity, fitting: list[Candidate]) -> int | None:
    try:
        found = {_whole(app, identity), _beginning(app, identity)}
    except Permanent:
        return None
    return next((candidate.mail_id for candidate in fitting if (candidate.digest, candidate.is_excerpt) in found), None)


def _whole(app: Context, identity: Identity) -> tuple[str, bool]:
    info = MessageInfo(uid=identity.uid, size=identity.size, arrived_at=identity.arrived_at)
    digest = ""
    for fetched in app.mailbox.fetch([info], lambda *_: None):
        digest = digest_of(fetched.raw or b"") if fetched.spool is None else digest_of_file(fetched.spool)
        if fetched.spool is not None:
            fetched.spool.unlink(missing_ok=True)
    return digest, False


def _beginning(app: Context, identity: Identity) -> tuple[str, bool]:
    return digest_of(app.mailbox.beginning(identity.uid)), True


def slipped_by(app: Context, identity: Identity, last_look: datetime | None) -> bool:
    """Whether a mail that is none of ours came since the last look: a person took it out of the inbox before we saw it.

    What is older was brought from elsewhere, and what the office wrote itself is no mail to it.
    """
    if last_look is None or identity.arrived_at < last_look - SLACK:
        return False
    try:
        email = app.reader.given(identity.header)
    except Permanent:
        return False
    if email.date is not None and email.date < last_look - LONG_UNDER_WAY:
        return False
    return email.sender is None or email.sender.address not in app.settings.office.own_addresses
