"""Whether everything in a scene has come to rest, and what has not; asked of the rows and of the inbox."""

from __future__ import annotations

from collections.abc import Sequence

from imapclient.exceptions import IMAPClientError
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from inboxd.tables import timers
from tests.chaos.scene import Scene
from tests.chaos.stream import Item


def alarms_are_late(scene: Scene) -> bool:
    """Whether a timer is due and has not rung, as while the disk is full; or nobody can tell."""
    late = timers.c.state == "set", timers.c.due_at <= scene.clock.now()
    try:
        with scene.reading() as tx:
            return tx.scalar(select(timers.c.id).where(*late).limit(1)) is not None
    except SQLAlchemyError:
        return True


def state_of(scene: Scene) -> object:
    """None while something is open, else what would be another value if anything happened."""
    try:
        if still_open(scene):
            return None
        rows = scene.rows("select count(*) as n, max(id) as last from events")
        return rows[0]["n"], rows[0]["last"], len(scene.sink.mails)
    except (SQLAlchemyError, IMAPClientError, OSError):
        return None


def still_open(scene: Scene) -> list[str]:
    """What is not at its end, in words."""
    rows = scene.rows("select id, state from mails")
    missing = len(scene.keys) - len(rows)
    found = [f"{missing} letters are not taken"] if missing > 0 else []
    found += [f"mail {row['id']} is {row['state']}" for row in rows if row["state"] in ("taken", "decided")]
    found += [
        f"{row['kind']} {row['id']} is due, {row['attempts']} attempts, {row['last_error']}"
        for row in scene.rows("select id, kind, attempts, last_error from effects where state = 'due'")
    ]
    with scene.dovecot.client(scene.user) as client:
        client.select_folder("INBOX", readonly=True)
        if lying := client.search():
            found.append(f"{len(lying)} mails lie in the inbox")
    return found


def stuck(scene: Scene, todo: Sequence[Item]) -> str:
    """Why it does not come to rest, and the last event lines."""
    try:
        found = still_open(scene)[:6]
    except (SQLAlchemyError, IMAPClientError, OSError) as error:
        found = [type(error).__name__]
    found += [f"{item.key} waits for {item.after}" for item in todo[:4]]
    return "; ".join([*found, *scene.log.lines[-4:]])
