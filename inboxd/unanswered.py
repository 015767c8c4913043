"""Mails whose text went to the server and whose answer never came: looked for, and sent again once if they are nowhere.

We died before the answer was written down, or the connection broke. Such a mail may have arrived. After
`smtp.unknown_minutes` it is looked for where a copy of it would lie; what came in meanwhile and names it (a bounce, an
answer) has shown already that it arrived (`store.decisions`). Found: done. Not found: sent once more, the same bytes
under the same Message-ID. Unknown again after that: given up, and people told, since a third might be one too many.
Told to the office's own people, it is just sent again: twice is better than never. Raises `Transient` with the mailbox.
"""

from __future__ import annotations

from collections.abc import Sequence

from inboxd import maillog
from inboxd.burying import bury
from inboxd.context import Context
from inboxd.errors import Permanent
from inboxd.settings import Place
from inboxd.store import backlogs, sending
from inboxd.store.sending import Unknown

AT_ONCE = 50
IN_THE_MAILBOX = "no answer came, but a copy is in the mailbox: it arrived"


def settle(app: Context) -> int:
    """Find out about every unknown mail whose time has come. Returns of how many.

    What goes to the outside waits for the mailbox: it must have been read, and be there to be looked into.
    """
    with app.database.reading() as tx:
        unknown = sending.unknown(tx, app.now(), AT_ONCE)
    for one in unknown:
        if one.is_inside:
            _again(app, one)
    outside = [one for one in unknown if not one.is_inside and _was_read_since(app, one)]
    if outside and app.mailbox.connected:
        found = _in_the_mailbox(app, outside)
        for one in outside:
            if one.effect.effect_id in found:
                _arrived(app, one)
            elif one.was_sent_again:
                bury(app, one.effect, sending.NEVER_CONFIRMED)
            else:
                _again(app, one)
            app.alive()
        return len(unknown)
    return sum(one.is_inside for one in unknown)


def _was_read_since(app: Context, one: Unknown) -> bool:
    """Whether the inbox was read since the wait was over: a bounce would have been seen."""
    mailbox = app.settings.mailbox
    with app.database.reading() as tx:
        last = backlogs.last_reading(tx, mailbox.account, mailbox.inbox)
    return last is not None and last >= one.effect.due_at


def _in_the_mailbox(app: Context, unknown: Sequence[Unknown]) -> set[int]:
    """Ids of those of which a copy lies where servers and gateways put one."""
    mailbox = app.settings.mailbox
    found: set[int] = set()
    for folder in (mailbox.sent_folder, mailbox.inbox, app.settings.folder(Place.AUTOMATIC)):
        try:
            app.mailbox.open(folder)
            for one in unknown:
                if app.mailbox.holds(str(one.effect.payload["message_id"])):
                    found.add(one.effect.effect_id)
        except Permanent:  # no such folder, or a server that cannot search so: nothing to be found there
            continue
    return found


def _arrived(app: Context, one: Unknown) -> None:
    with app.database.transaction() as tx:
        settled = sending.arrived(tx, [one.effect.key], app.now(), IN_THE_MAILBOX)
    for effect in settled:
        maillog.effect_settled(effect.effect_id, mail_id=effect.mail_id, how="arrived")


def _again(app: Context, one: Unknown) -> None:
    with app.database.transaction() as tx:
        sending.send_again(tx, one.effect, app.now())
    maillog.effect_settled(one.effect.effect_id, mail_id=one.effect.mail_id, how="sent again")
