"""Rows of incidents and of the steps of their ladders. What is measured for them is in `backlogs`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from inboxd.conditions import Finding, Kind, Matter
from inboxd.store.journal import inserted_id, note
from inboxd.tables import incident_steps, incidents

OPEN, OVER = "open", "over"
SET, FIRED, CANCELLED = "set", "fired", "cancelled"
TOLD, ESCALATED, PAST, ENDED = "told", "escalated", "past", "over"
"""Steps: the team is told; managers are; what ended is past; it is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a ladder."""

    due_at: datetime
    state: str
    settled_at: datetime | None = None
    """When it was told, or cancelled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One incident with its ladder."""

    incident_id: int
    account: str
    kind: Kind
    subject: str
    state: str
    began_at: datetime
    noticed_at: datetime
    ended_at: datetime | None
    ends_at: datetime | None
    detail: Mapping[str, int]
    steps: Mapping[str, Step]

    @property
    def matter(self) -> Matter:
        return self.kind, self.subject

    @property
    def is_open(self) -> bool:
        return self.state == OPEN

    def is_ahead_of(self, now: datetime) -> bool:
        """Whether it happened in the future: the clock was set back."""
        return self.noticed_at > now or (self.ended_at is not None and self.ended_at > now)

    def fired(self, *steps: str) -> bool:
        """Whether any of these steps was told."""
        return any(step in self.steps and self.steps[step].state == FIRED for step in steps)


def live(tx: Connection, account: str) -> list[Incident]:
    """Those that are open, and those whose end is not settled yet, oldest first."""
    query = select(incidents).where(incidents.c.account == account, incidents.c.live.is_not(None))
    return _read(tx, tx.execute(query.order_by(incidents.c.id)).all())


def newest(tx: Connection, account: str, limit: int, *, only_open: bool = False) -> list[Incident]:
    """All that ever were, or only those that are not over, newest first."""
    query = select(incidents).where(incidents.c.account == account).order_by(incidents.c.id.desc()).limit(limit)
    return _read(tx, tx.execute(query.where(incidents.c.state == OPEN) if only_open else query).all())


def _read(tx: Connection, rows: Sequence[Row[Any]]) -> list[Incident]:
    steps: dict[int, dict[str, Step]] = {row.id: {} for row in rows}
    for step in tx.execute(select(incident_steps).where(incident_steps.c.incident_id.in_(list(steps)))):
        steps[step.incident_id][step.step] = Step(due_at=step.due_at, state=step.state, settled_at=step.settled_at)
    return [
        Incident(
            incident_id=row.id,
            account=row.account,
            kind=Kind(row.kind),
            subject=row.subject,
            state=row.state,
            began_at=row.began_at,
            noticed_at=row.noticed_at,
            ended_at=row.ended_at,
            ends_at=row.ends_at,
            detail=row.detail,
            steps=steps[row.id],
        )
        for row in rows
    ]


def open_one(tx: Connection, account: str, finding: Finding, now: datetime, steps: Mapping[str, datetime]) -> int:
    """A new incident with its ladder. Returns its id; 0 if there is one about this already."""
    key = f"{account}/{finding.kind}/{finding.subject}"
    if tx.scalar(select(incidents.c.id).where(incidents.c.live == key)) is not None:
        return 0
    row = tx.execute(
        incidents.insert().values(
            account=account,
            kind=finding.kind,
            subject=finding.subject,
            live=key,
            state=OPEN,
            began_at=min(finding.since, now),
            noticed_at=now,
            ends_at=finding.ends_at,
            detail=dict(finding.detail),
        )
    )
    incident_id = inserted_id(row)
    for step, due_at in steps.items():
        _set(tx, incident_id, step, due_at)
    note(tx, "incident_opened", now, incident=incident_id, kind=finding.kind, subject=finding.subject)
    return incident_id


def _set(tx: Connection, incident_id: int, step: str, due_at: datetime) -> None:
    tx.execute(incident_steps.insert().values(incident_id=incident_id, step=step, due_at=due_at, state=SET))


def end(tx: Connection, incident_id: int, now: datetime, settle_at: datetime) -> bool:
    """It is not so any more. What is to be said about that is due at `settle_at`. False if it was over before."""
    changed = tx.execute(
        update(incidents)
        .where(incidents.c.id == incident_id, incidents.c.state == OPEN)
        .values(state=OVER, ended_at=now)
    )
    if changed.rowcount != 1:
        return False
    _set(tx, incident_id, ENDED, settle_at)
    note(tx, "incident_over", now, incident=incident_id)
    return True


def go_on(tx: Connection, incident_id: int, now: datetime) -> bool:
    """It is so again before its end was settled: the same incident. False if it was settled meanwhile."""
    changed = tx.execute(
        update(incidents)
        .where(incidents.c.id == incident_id, incidents.c.state == OVER, incidents.c.live.is_not(None))
        .values(state=OPEN, ended_at=None)
    )
    if changed.rowcount != 1:
        return False
    tx.execute(
        incident_steps.delete().where(incident_steps.c.incident_id == incident_id, incident_steps.c.step == ENDED)
    )
    note(tx, "incident_again", now, incident=incident_id)
    return True


def bring_up_to_date(tx: Connection, incident_id: int, finding: Finding) -> None:
    """Newer counts; and another day, where what ends was replaced by something that ends soon too."""
    tx.execute(
        update(incidents)
        .where(incidents.c.id == incident_id)
        .values(detail=dict(finding.detail), ends_at=finding.ends_at)
    )
    if finding.ends_at is not None:
        tx.execute(
            update(incident_steps)
            .where(
                incident_steps.c.incident_id == incident_id,
                incident_steps.c.step == PAST,
                incident_steps.c.due_at != finding.ends_at,
            )
            .values(due_at=finding.ends_at, state=SET, settled_at=None)
        )


def set_back(tx: Connection, incident: Incident, now: datetime) -> None:
    """The clock was set back behind what the rows say: what is still to be told keeps its distance, from now on."""
    ended = incident.ended_at and min(incident.ended_at, now)
    tx.execute(
        update(incidents)
        .where(incidents.c.id == incident.incident_id)
        .values(noticed_at=min(incident.noticed_at, now), began_at=min(incident.began_at, now), ended_at=ended)
    )
    for name, step in incident.steps.items():
        counted_from = incident.ended_at if name == ENDED and incident.ended_at is not None else incident.noticed_at
        if step.state == SET and name != PAST and counted_from > now:
            tx.execute(
                update(incident_steps)
                .where(incident_steps.c.incident_id == incident.incident_id, incident_steps.c.step == name)
                .values(due_at=now + (step.due_at - counted_from))
            )


def fire(tx: Connection, incident: Incident, step: str, now: datetime) -> bool:
    """Settle a step that is told in this very transaction. False if it is not set any more, or came to nothing."""
    wanted = OVER if step == ENDED else OPEN
    state = tx.scalar(select(incidents.c.state).where(incidents.c.id == incident.incident_id))
    return state == wanted and _settle(tx, incident.incident_id, step, FIRED, now)


def close(tx: Connection, incident: Incident, now: datetime) -> None:
    """Nothing more is to be said: what is still set is cancelled, and the next time is another incident."""
    closed = tx.execute(
        update(incidents).where(incidents.c.id == incident.incident_id, incidents.c.state == OVER).values(live=None)
    )
    if closed.rowcount == 1:
        for name in incident.steps:
            _settle(tx, incident.incident_id, name, CANCELLED, now)


def _settle(tx: Connection, incident_id: int, step: str, state: str, now: datetime) -> bool:
    changed = tx.execute(
        update(incident_steps)
        .where(
            incident_steps.c.incident_id == incident_id, incident_steps.c.step == step, incident_steps.c.state == SET
        )
        .values(state=state, settled_at=now)
    )
    return changed.rowcount == 1
