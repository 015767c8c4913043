"""Whether everything in a scene has come to rest, and what has not; asked of the rows and of the inbox."""

from __future__ import annotations

from collections.abc import Sequence

from imapclient.exceptions import IMAPClientError
from sqlalchemy.exc import SQLAlchemyError

from tests.chaos.scene import Scene
from tests.chaos.stream import Item


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
