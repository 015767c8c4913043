"""Reads for people and programs: lists, one mail's whole story, cases, and the counts that `verify` compares."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, func, select

from inboxd.tables import (
    applications,
    case_mails,
    cases,
    effects,
    events,
    files,
    filings,
    mails,
    sightings,
    submissions,
    timers,
)

Rows = list[dict[str, Any]]


def _rows(found: Iterable[RowMapping]) -> Rows:
    return [dict(row) for row in found]


def list_mails(tx: Connection, *, state: str = "", route: str = "", limit: int = 50) -> Rows:
    """The newest mails, newest first."""
    query = select(
        mails.c.id,
        mails.c.digest,
        mails.c.message_id,
        mails.c.arrived_at,
        mails.c.state,
        mails.c.route,
        mails.c.place,
        mails.c.office,
        mails.c.sender,
        mails.c.subject,
        mails.c.because,
        mails.c.held_reason,
        mails.c.attempts,
    )
    if state:
        query = query.where(mails.c.state == state)
    if route:
        query = query.where(mails.c.route == route)
    return _rows(tx.execute(query.order_by(mails.c.id.desc()).limit(limit)).mappings())


def list_cases(tx: Connection, *, state: str = "", category: str = "", limit: int = 50) -> Rows:
    """Cases, the one due first on top."""
    query: Select[Any] = select(cases)
    if state:
        query = query.where(cases.c.state == state)
    if category:
        query = query.where(cases.c.category == category)
    return _rows(tx.execute(query.order_by(cases.c.reply_by, cases.c.id).limit(limit)).mappings())


def story(tx: Connection, mail_id: int) -> Mapping[str, Any] | None:
    """Everything about one mail; None if there is no such mail."""
    mail = tx.execute(select(mails).where(mails.c.id == mail_id)).mappings().first()
    if mail is None:
        return None
    of_mail = {
        "sightings": select(sightings).where(sightings.c.mail_id == mail_id).order_by(sightings.c.id),
        "submissions": select(submissions).where(submissions.c.mail_id == mail_id).order_by(submissions.c.decision),
        "files": select(files)
        .where(files.c.mail_id == mail_id, files.c.decision == mail["decisions"])
        .order_by(files.c.path),
        "filings": select(filings).where(filings.c.mail_id == mail_id).order_by(filings.c.id),
        "cases": select(cases, case_mails.c.relation)
        .join(case_mails, case_mails.c.case_id == cases.c.id)
        .where(case_mails.c.mail_id == mail_id)
        .order_by(cases.c.id),
        "timers": select(timers).where(timers.c.mail_id == mail_id).order_by(timers.c.due_at),
        "effects": select(effects).where(effects.c.mail_id == mail_id).order_by(effects.c.id),
        "events": select(events).where(events.c.mail_id == mail_id).order_by(events.c.id),
    }
    return {"mail": dict(mail), **{name: _rows(tx.execute(query).mappings()) for name, query in of_mail.items()}}


def tally(tx: Connection) -> dict[str, dict[str, int]]:
    """How many of everything, by state."""
    counted = {}
    for name, table, column in (
        ("mails", mails, mails.c.state),
        ("effects", effects, effects.c.state),
        ("cases", cases, cases.c.state),
        ("timers", timers, timers.c.state),
        ("routes", mails, mails.c.route),
    ):
        rows = tx.execute(select(column, func.count()).select_from(table).group_by(column))
        counted[name] = {row[0] or "-": row[1] for row in rows}
    counted["records"] = {"applications": tx.scalar(select(func.count()).select_from(applications)) or 0}
    return counted


def archived(tx: Connection) -> tuple[set[str], set[str], set[str]]:
    """Digests that rows name: raw mails, attached documents, sent mails."""
    sent = {payload["digest"] for payload in tx.scalars(select(effects.c.payload).where(effects.c.kind == "send"))}
    return set(tx.scalars(select(mails.c.digest))), set(tx.scalars(select(filings.c.digest))), sent


def open_uids(tx: Connection, account: str, folder: str, uidvalidity: int) -> set[int]:
    """UIDs that rows say lie in a folder now."""
    return set(
        tx.scalars(
            select(sightings.c.uid_now).where(
                sightings.c.account == account,
                sightings.c.folder_now == folder,
                sightings.c.uidvalidity_now == uidvalidity,
                sightings.c.uid_now > 0,
            )
        )
    )


def count_in(tx: Connection, account: str, folder: str) -> int:
    """How many mails rows say lie in a folder now, under whatever numbering."""
    wanted = select(func.count()).where(
        sightings.c.account == account, sightings.c.folder_now == folder, sightings.c.uid_now > 0
    )
    return tx.scalar(wanted) or 0


def without_outcome(tx: Connection) -> list[int]:
    """Ids of mails that are decided and have neither an open effect nor an end: must be none."""
    open_effect = select(effects.c.id).where(effects.c.mail_id == mails.c.id, effects.c.state == "due").exists()
    return list(tx.scalars(select(mails.c.id).where(mails.c.state == "decided", ~open_effect)))


def doubled(tx: Connection) -> list[str]:
    """References or sends that stand twice: must be none. Unique keys already forbid it; this proves it."""
    found = tx.execute(select(cases.c.reference).group_by(cases.c.reference).having(func.count() > 1)).scalars().all()
    sent = tx.execute(select(effects.c.key).group_by(effects.c.key).having(func.count() > 1)).scalars().all()
    return [*found, *sent]
