"""Which of our mails a bounce returned, where it does not carry that mail's Message-ID (or a relay gave it another).

First by what the returned mail answered, if it was an automatic answer: that ties it to one row. Else by its recipient
alone, and only where the bounce names no Message-ID: an officer's own mail from this inbox comes back with its own.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from inboxd.mail import Bounce, SentMail
from inboxd.tables import effects, mails

LOOK_BACK = timedelta(days=14)
"""Servers give up after five days; some say so late."""
_MOST_RECIPIENTS = 20
RETURNED = "returned as undeliverable"


def by_recipient(tx: Connection, bounce: Bounce | None, arrived_at: datetime) -> tuple[SentMail, ...]:
    """The newest mail of ours that this bounce can be about, or none. Delivered and delayed ones are never guessed."""
    if bounce is None or not bounce.recipients or bounce.action not in ("failed", ""):
        return ()
    to_them = (
        effects.c.kind == "send",
        effects.c.state == "done",
        func.lower(effects.c.recipient).in_(bounce.recipients[:_MOST_RECIPIENTS]),
        effects.c.done_at > arrived_at - LOOK_BACK,
        effects.c.done_at <= arrived_at,
        effects.c.last_error != RETURNED,
    )
    if bounce.answered:
        answered = mails.c.id == effects.c.mail_id, mails.c.message_id.in_(bounce.answered)
        wanted = select(effects).join(mails, answered[0]).where(*to_them, answered[1])
    elif not bounce.original_message_id:
        wanted = select(effects).where(*to_them)
    else:
        return ()
    row = tx.execute(wanted.order_by(effects.c.id.desc()).limit(1)).first()
    if row is None:
        return ()
    return (
        SentMail(
            effect_key=row.key,
            message_id=row.message_id,
            mail_id=row.mail_id or 0,
            template=row.template,
            recipient=row.recipient,
        ),
    )
