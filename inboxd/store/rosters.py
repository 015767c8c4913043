"""The journal's lines about rosters that were taken into use: who, when, from which file, and what that changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from inboxd.store.journal import note
from inboxd.tables import events

IMPORTED = "roster_imported"


def add(tx: Connection, now: datetime, *, actor: str, detail: Mapping[str, Any]) -> None:
    """Keep that an export was taken into the roster. `detail` holds JSON values; no address is in it."""
    note(tx, IMPORTED, now, actor=actor, **detail)


def history(tx: Connection) -> list[dict[str, Any]]:
    """Every import, newest first."""
    rows = tx.execute(select(events).where(events.c.event == IMPORTED).order_by(events.c.id.desc()))
    return [{"at": row.at, "by": row.actor, **row.detail} for row in rows]
