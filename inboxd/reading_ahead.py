"""Which mails are decided together, and which are read meanwhile: the next ones, while the daemon does something else.

Reading takes about as long as all the rest, in processes of its own: they should never wait for the daemon.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from inboxd.context import Context
from inboxd.mail import Taken
from inboxd.store import mails

TOGETHER = 20
TOGETHER_BYTES = 8 * 1024 * 1024
"""So many mails, or bytes of them, are in memory and in one transaction at most."""
AHEAD = 3
"""So many groups are read, with the one in hand: enough for the time in which what was decided is sent and moved."""


def groups(waiting: Sequence[Taken]) -> Iterator[list[Taken]]:
    """Fresh mails together as far as they are small; one that was tried before by itself. In their order."""
    group: list[Taken] = []
    size = 0
    for taken in waiting:
        alone = taken.attempts > 0
        if group and (alone or len(group) == TOGETHER or size + taken.size > TOGETHER_BYTES):
            yield group
            group, size = [], 0
        group.append(taken)
        size = TOGETHER_BYTES if alone else size + taken.size
    if group:
        yield group


def begin(app: Context, waiting: Sequence[Sequence[Taken]]) -> None:
    """Have the group in hand read, which is the first one, and a few behind it; a large mail when its turn comes."""
    in_hand, *others = waiting[:AHEAD]
    app.reader.begin(app.rules, in_hand)
    _begin(app, others)


def begin_soon(app: Context) -> None:
    """Have mails read that nobody has in hand yet. Raises `Transient` if the database refuses."""
    with app.database.reading() as tx:
        waiting = mails.due(tx, app.now(), AHEAD * TOGETHER)
    _begin(app, list(groups(waiting))[:AHEAD])


def _begin(app: Context, ahead: Sequence[Sequence[Taken]]) -> None:
    left = TOGETHER_BYTES
    for group in ahead:
        left -= sum(taken.size for taken in group)
        if left < 0:
            return
        app.reader.begin(app.rules, group)
