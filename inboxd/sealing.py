"""Sealing: each entry of the journal is given its place in the chain, soon after it was written and once for ever.

Not in the transaction that writes the entry: there every process would wait for every other. A batch is one
transaction, so dying anywhere leaves a chain that is whole, and the next round goes on behind it. The head of the chain
goes to the log now and then, for somebody outside to keep. Raises `Transient` with the database.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from inboxd import maillog
from inboxd.chain import Seal
from inboxd.context import Context
from inboxd.store import seals

AT_ONCE = 500
TELL_EVERY = 1000
"""So many places, or an hour, after which the head is told again."""
HOUR = timedelta(hours=1)


def seal(app: Context) -> int:
    """Seal every entry that has no place yet. Returns how many; call it before the journal is proved."""
    with app.database.reading() as tx:
        last = seals.head(tx)
        if seals.newest(tx) <= (last.event_id if last else 0):
            return 0
    with app.database.transaction() as tx:
        up_to = seals.horizon(tx)
    sealed = 0
    while not app.stopping():
        with app.database.transaction() as tx:
            last = seals.head(tx)
            given = seals.seal(tx, up_to, AT_ONCE, app.now())
        if not given:
            break
        sealed += len(given)
        if _is_told(last, given[-1]):
            maillog.journal_sealed(given[-1].place, head=given[-1].digest)
        app.alive()
    return sealed


def _is_told(before: Seal | None, head: Seal) -> bool:
    """Whether this head is one for the log: the first of an hour, or past another thousand. Knows no state but rows."""
    return (
        before is None
        or before.place // TELL_EVERY != head.place // TELL_EVERY
        or _hour(before.sealed_at) != _hour(head.sealed_at)
    )


def _hour(at: datetime) -> int:
    return int(at.timestamp() // HOUR.total_seconds())
