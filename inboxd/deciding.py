"""Stage 2, its loop: every mail that waits is brought to `process.py`, in groups.

The attempt is counted and committed before the work, so a mail that kills the process stops at `limits.max_attempts`
and is held. Fresh mails are decided one after the other in one transaction, for one sync of the disk; when anything
goes wrong in a group, nothing of it is recorded and each of its mails is decided by itself, as is one that was tried
before: one bad mail never holds up, or takes along, the next.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from inboxd import holding, maillog, process, reading_ahead
from inboxd.context import Context
from inboxd.errors import InboxdError, Transient, Unparsable
from inboxd.mail import Taken
from inboxd.process import Prepared
from inboxd.store import mails

LEASE = timedelta(minutes=10)
"""How long a mail in hand is left alone by other processes; a restart of the only daemon does not wait for it."""
RETRY_AFTER = timedelta(seconds=30)
AT_ONCE = 200


def all_due(app: Context) -> int:
    """Decide every mail that waits. Returns how many were tried. Raises `Transient` if the database or disk refuses."""
    tried = 0
    while not app.enough():
        with app.database.reading() as tx:
            waiting: Sequence[Taken] = mails.due(tx, app.now(), AT_ONCE)
        if not waiting:
            break
        app.reader.prepare(app.rules)  # before a mail is in hand
        groups = list(reading_ahead.groups(waiting))
        for place, group in enumerate(groups):
            if app.enough():
                break
            reading_ahead.begin(app, groups[place:])
            _attempt(app, group)
            tried += len(group)
    return tried


def _attempt(app: Context, group: Sequence[Taken]) -> None:
    now = app.now()
    with app.database.transaction() as tx:
        claims = [(taken, mails.claim(tx, taken, now, now + LEASE)) for taken in group]
    ours = [(taken, attempt) for taken, attempt in claims if attempt is not None]
    if len(ours) > 1:
        ours = _together(app, ours)
    for place, (taken, attempt) in enumerate(ours):
        try:
            _alone(app, taken, attempt)
        except Transient:
            _let_wait(app, [taken for taken, _ in ours[place + 1 :]], app.now() + RETRY_AFTER)
            raise
        app.alive()


def _together(app: Context, ours: Sequence[tuple[Taken, int]]) -> list[tuple[Taken, int]]:
    """Decide fresh mails in one transaction; those that are still to be decided, one by one."""
    prepared: list[Prepared] = []
    left: list[tuple[Taken, int]] = []
    for place, (taken, attempt) in enumerate(ours):
        if place and app.enough():
            _let_wait(app, [taken for taken, _ in ours[place:]], app.now())
            ours = ours[:place]
            break
        try:
            prepared.append(process.prepare(app, taken))
        except Exception:  # it comes again by itself, and is told of then
            left.append((taken, attempt))
        app.alive()
    try:
        with app.database.transaction() as tx, app.archive.together():
            decided = [process.settle(app, tx, each) for each in prepared]
    except Exception as error:  # whose fault it is shows when each is decided by itself
        maillog.group_divided(len(ours), why=type(error).__name__)
        return list(ours)
    for each in decided:
        process.tell(each)
    return left


def _alone(app: Context, taken: Taken, attempt: int) -> None:
    limit = app.settings.limits.max_attempts
    if attempt > limit:
        holding.hold(app, taken, "TOO_MANY_ATTEMPTS", f"tried {limit} times without coming to an end")
        return
    try:
        process.one(app, taken)
    except Transient as error:
        # the disk or the database, not the mail: it waits, and the attempt does not count
        maillog.mail_failed(taken.mail_id, attempt=attempt, why=str(error))
        _let_wait(app, [taken], app.now() + RETRY_AFTER)
        raise
    except Unparsable as error:
        holding.hold(app, taken, "UNREADABLE", str(error))
    except InboxdError as error:
        _try_again_or_hold(app, taken, attempt, str(error))
    except Exception as error:
        maillog.bug("process.one", error, mail_id=taken.mail_id)
        _try_again_or_hold(app, taken, attempt, f"an unforeseen {type(error).__name__}; see the log")


def _let_wait(app: Context, group: Sequence[Taken], again_at: datetime) -> None:
    """Put mails back that were not tried to the end, through no fault of theirs."""
    with app.database.transaction() as tx:
        for taken in group:
            mails.put_back(tx, taken.mail_id, again_at, counts=False)


def _try_again_or_hold(app: Context, taken: Taken, attempt: int, why: str) -> None:
    maillog.mail_failed(taken.mail_id, attempt=attempt, why=why)
    if attempt >= app.settings.limits.max_attempts:
        holding.hold(app, taken, "TOO_MANY_ATTEMPTS", why)
        return
    with app.database.transaction() as tx:
        mails.put_back(tx, taken.mail_id, app.now() + RETRY_AFTER * attempt, counts=True)
