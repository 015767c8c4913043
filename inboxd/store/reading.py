"""Reads for people and programs: lists, one mail's whole story, cases, and the counts that `verify` compares."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, func, or_, select

from inboxd.ladder import BREACH, FILING_BREACH, FILING_WARNING
from inboxd.store import custody, overrides, purges, settlings
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
    tombstones,
)

Rows = list[dict[str, Any]]
FILING_DUE = (FILING_WARNING, FILING_BREACH)


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


def list_held(tx: Connection) -> Rows:
    """Held mails, the most pressing first: by when their documents must be filed, then by how long they wait."""
    held = select(mails.c.id).where(mails.c.state == "held")
    wanted = ("id", "held_reason", "held_detail", "arrived_at", "route", "place", "office", "sender", "subject")
    rows = _rows(
        tx.execute(
            select(*(mails.c[name] for name in wanted), mails.c.decided_at).where(mails.c.id.in_(held))
        ).mappings()
    )
    due: dict[tuple[int, str], datetime] = {}
    clocks = select(timers.c.mail_id, timers.c.kind, timers.c.due_at).where(
        timers.c.mail_id.in_(held), timers.c.kind.in_(FILING_DUE), timers.c.state != "cancelled"
    )
    for mail_id, kind, due_at in tx.execute(clocks):
        due[mail_id, kind] = due_at
    since = _held_since(tx, held)
    for row in rows:
        decided = row.pop("decided_at")
        row["held_since"] = since.get(row["id"]) or decided or row["arrived_at"]
        row |= {kind: due.get((row["id"], kind)) for kind in FILING_DUE}
    return sorted(rows, key=_pressing)


def _pressing(row: Mapping[str, Any]) -> tuple[bool, datetime, datetime, int]:
    breach, since = row["filing_breach"], row["held_since"]
    return breach is None, breach or since, since, row["id"]


def _held_since(tx: Connection, held: Select[tuple[int]]) -> dict[int, datetime]:
    """Since when each mail is held without an end in between; a retry that held it again is no end."""
    since: dict[int, datetime] = {}
    told = select(events.c.mail_id, events.c.at, events.c.event, events.c.detail).where(
        events.c.mail_id.in_(held),
        or_(
            events.c.event.in_(("held", "decided", "send_cancelled")),
            events.c.event.endswith("_buried", autoescape=True),
        ),
    )
    for mail_id, at, event, detail in tx.execute(told.order_by(events.c.id)):
        if event == "decided" and not detail.get("held"):
            since.pop(mail_id, None)
        else:
            since.setdefault(mail_id, at)
    return since


def list_cases(tx: Connection, *, state: str = "", category: str = "", limit: int = 50) -> Rows:
    """Cases, the one due first on top; `corrected` says from what, and by whom, where a person did."""
    query: Select[Any] = select(cases)
    if state:
        query = query.where(cases.c.state == state)
    if category:
        query = query.where(cases.c.category == category)
    rows = _rows(tx.execute(query.order_by(cases.c.reply_by, cases.c.id).limit(limit)).mappings())
    corrected = overrides.newest(tx, [row["id"] for row in rows])
    for row in rows:
        last = corrected.get(row["id"])
        row["corrected"] = f"from {last['from_category']}, {last['actor']}" if last else ""
    return rows


def story(tx: Connection, mail_id: int) -> Mapping[str, Any] | None:
    """Everything about one mail; None if there is no such mail."""
    mail = tx.execute(select(mails).where(mails.c.id == mail_id)).mappings().first()
    if mail is None:
        return None
    of_mail = {
        "sightings": select(sightings).where(sightings.c.mail_id == mail_id).order_by(sightings.c.id),
        "submissions": select(submissions).where(submissions.c.mail_id == mail_id).order_by(submissions.c.decision),
        "files": select(files)
        .where(files.c.mail_id == mail_id, files.c.decision == _newest_look(mail_id))
        .order_by(files.c.id),
        "filings": _filings_for(mail_id),
        "cases": select(cases, case_mails.c.relation)
        .join(case_mails, case_mails.c.case_id == cases.c.id)
        .where(case_mails.c.mail_id == mail_id)
        .order_by(cases.c.id),
        "timers": select(timers).where(timers.c.mail_id == mail_id).order_by(timers.c.due_at, timers.c.id),
        "effects": select(effects).where(effects.c.mail_id == mail_id).order_by(effects.c.id),
        "events": select(events).where(events.c.mail_id == mail_id).order_by(events.c.id),
    }
    rows = {name: _rows(tx.execute(query).mappings()) for name, query in of_mail.items()}
    submission = next(reversed(rows["submissions"]), None)
    chain = custody.of_files(dict(mail), rows["files"], submission, rows["filings"], rows["effects"])
    return {
        "mail": dict(mail),
        **rows,
        "settlings": settlings.of_mail(tx, mail_id),
        "overrides": overrides.of_mail(tx, mail_id),
        "purged": purges.of_mail(tx, mail_id),
        "custody": chain,
    }


def _newest_look(mail_id: int) -> Any:
    """The last decision that saw the mail's files: one that only held it lists none."""
    return select(func.max(files.c.decision)).where(files.c.mail_id == mail_id).scalar_subquery()


def _filings_for(mail_id: int) -> Select[Any]:
    """What this mail brought to a record, and what was there already when it brought the same again."""
    seen = select(files.c.digest).where(files.c.mail_id == mail_id)
    numbers = select(submissions.c.number).where(submissions.c.mail_id == mail_id)
    again = filings.c.digest.in_(seen) & filings.c.application_number.in_(numbers)
    return select(filings).where(or_(filings.c.mail_id == mail_id, again)).order_by(filings.c.id)


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
    by_class = tx.execute(select(tombstones.c.kept, func.count()).group_by(tombstones.c.kept))
    counted["purged"] = {row[0]: row[1] for row in by_class}
    return counted


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


def without_breach(tx: Connection) -> list[str]:
    """References of cases that nobody answered and that no timer calls, or called, late: must be none."""
    breach = timers.c.case_id == cases.c.id, timers.c.kind == BREACH, timers.c.state != "cancelled"
    running = select(cases.c.reference).where(cases.c.state.in_(("open", "waiting")))
    return list(tx.scalars(running.where(~select(timers.c.id).where(*breach).exists()).order_by(cases.c.id)))


def doubled(tx: Connection) -> list[str]:
    """References or sends that stand twice: must be none. Unique keys already forbid it; this proves it."""
    found = tx.execute(select(cases.c.reference).group_by(cases.c.reference).having(func.count() > 1)).scalars().all()
    sent = tx.execute(select(effects.c.key).group_by(effects.c.key).having(func.count() > 1)).scalars().all()
    return [*found, *sent]
