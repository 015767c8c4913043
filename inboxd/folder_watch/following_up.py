"""A case that waits for the office goes on by itself when the office writes: nobody has to remember it.

A follow-up that raises the case has done so already, with a new clock; this is for all others.
"""

from __future__ import annotations

from inboxd import parking
from inboxd.context import Context
from inboxd.store import homes, pauses
from inboxd.store.journal import DAEMON


def resume_written_to(app: Context) -> int:
    """Have waiting cases go on from the time when the office's mail arrived. How many."""
    with app.database.reading() as tx:
        found = pauses.written_to(tx)
    resumed = 0
    for case_id, arrived in found:
        with app.database.transaction() as tx:
            if parking.resume(app, tx, case_id, DAEMON, at=arrived, why="the office wrote"):
                homes.bring_home(tx, case_id, app.now())
                resumed += 1
    return resumed
