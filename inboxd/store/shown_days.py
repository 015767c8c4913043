"""Rows of what each server's certificate said when the daemon spoke to it: written by the daemon, read by the desk."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, delete, select

from inboxd.conditions import Kind, Matter
from inboxd.tables import shown_days


def days(tx: Connection, account: str) -> Mapping[Matter, datetime]:
    """Until when each is good, by kind and subject."""
    rows = tx.execute(select(shown_days).where(shown_days.c.account == account))
    return {(Kind(row.kind), row.subject): row.ends_at for row in rows}


def keep(tx: Connection, account: str, shown: Mapping[Matter, datetime], now: datetime) -> None:
    """These in place of all that were known of this mailbox's servers."""
    tx.execute(delete(shown_days).where(shown_days.c.account == account))
    for (kind, subject), ends_at in shown.items():
        row = {"account": account, "kind": kind, "subject": subject, "ends_at": ends_at, "seen_at": now}
        tx.execute(shown_days.insert().values(row))
