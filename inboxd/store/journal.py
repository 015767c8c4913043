"""The journal of what happened: rows are added in the transaction of the thing itself, never changed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, CursorResult

from inboxd.tables import events

DAEMON = "inboxd"
_INSERT = events.insert()  # built once: building a statement costs more than carrying it out


def inserted_id(result: CursorResult[Any]) -> int:
    """The id of the one row that was inserted."""
    key = result.inserted_primary_key
    assert key is not None
    return int(key[0])


def note(
    tx: Connection,
    event: str,
    at: datetime,
    *,
    mail_id: int | None = None,
    case_id: int | None = None,
    actor: str = DAEMON,
    **detail: object,
) -> None:
    """Add one line. `detail` must be JSON values."""
    row = {"at": at, "mail_id": mail_id, "case_id": case_id, "actor": actor, "event": event, "detail": detail}
    tx.execute(_INSERT, row)
