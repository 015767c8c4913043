"""Canary mails as the rows have them: put into the outbox, handed to the server, come back, decided. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from inboxd.canary import token_in
from inboxd.plan import CANARY, Route
from inboxd.tables import effects, mails

NEWEST = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Canary:
    """One of them, as far as it got."""

    put_in_at: datetime
    handed_at: datetime | None
    """When the outgoing server took it."""
    decided_at: datetime | None
    """When it was back, and recognised."""

    @property
    def took(self) -> timedelta | None:
        """From handing it over to the decision."""
        return self.decided_at - self.handed_at if self.decided_at and self.handed_at else None


def newest(tx: Connection, address: str) -> list[Canary]:
    """Those sent to this address, the newest first."""
    came = (
        select(mails.c.subject, mails.c.decided_at)
        .where(mails.c.sender == address.lower(), mails.c.route == Route.CANARY)
        .order_by(mails.c.decided_at.desc())
        .limit(NEWEST)
    )
    decided = {token_in(row.subject): row.decided_at for row in tx.execute(came)}
    sent = (
        select(effects.c.payload, effects.c.created_at, effects.c.done_at)
        .where(effects.c.recipient == address, effects.c.template == CANARY)
        .order_by(effects.c.created_at.desc())
        .limit(NEWEST)
    )
    return [
        Canary(
            put_in_at=row.created_at,
            handed_at=row.done_at,
            decided_at=decided.get(token_in(str(row.payload["subject"]))),
        )
        for row in tx.execute(sent)
    ]


def late_since(found: list[Canary], now: datetime, allowed: timedelta) -> datetime | None:
    """When the one was handed over that should be back and is not; None if a later one is back, or none is late."""
    for canary in found:
        if canary.decided_at is not None:
            return None
        if canary.handed_at is not None and now - canary.handed_at > allowed:
            return canary.handed_at
    return None
