"""Rows of legal holds: what a person forbade to purge, which mails each covers, and who ended it.

A hold covers more rather than less: an application is every mail that names its number anywhere in our rows. Fails with
`Permanent`, in words for the person who asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Text, cast, func, select, update

from inboxd.errors import Permanent
from inboxd.store.journal import inserted_id, note
from inboxd.tables import case_mails, cases, filings, legal_holds, mails, settlings, submissions


class Scope(StrEnum):
    """What a hold is on."""

    MAIL = "mail"
    CASE = "case"
    APPLICATION = "application"
    OFFICE = "office"


def meant_by(tx: Connection, reference: str, *, looks_like_number: bool) -> tuple[Scope, str]:
    """What a reference means, and how it is written. Raises `Permanent` if it means nothing that there is."""
    given = reference.strip()
    if tx.scalar(select(cases.c.id).where(cases.c.reference == given.upper())) is not None:
        return Scope.CASE, given.upper()
    if given.isascii() and given.isdecimal() and len(given) <= 9:
        if tx.scalar(select(mails.c.id).where(mails.c.id == int(given))) is not None:
            return Scope.MAIL, str(int(given))
    elif looks_like_number:
        return Scope.APPLICATION, given.upper()
    if tx.scalar(select(mails.c.id).where(mails.c.office == given).limit(1)) is not None:
        return Scope.OFFICE, given
    raise Permanent(
        f"{reference!r} is no case, no mail, no application number, and no office that ever wrote; "
        "`inboxd cases` and `inboxd list` show what there is"
    )


def add(tx: Connection, scope: Scope, subject: str, now: datetime, *, reason: str, actor: str) -> int:
    """Put a hold on something; its id. Several may be on the same: each is ended by itself."""
    values = {"scope": scope, "subject": subject, "reason": reason, "actor": actor, "began_at": now}
    hold_id = inserted_id(tx.execute(legal_holds.insert().values(**values)))
    _note(tx, "legal_hold_added", scope, subject, now, actor=actor, hold=hold_id, reason=reason)
    return hold_id


def end(tx: Connection, hold_id: int, now: datetime, *, reason: str, actor: str) -> None:
    """End a hold. Raises `Permanent` if there is none of this id, or it was ended before."""
    row = tx.execute(select(legal_holds).where(legal_holds.c.id == hold_id)).first()
    if row is None or row.ended_at is not None:
        was = "is ended already" if row is not None else "is not there"
        raise Permanent(f"hold {hold_id} {was}; `inboxd hold list` shows those that hold")
    values = {"ended_at": now, "ended_by": actor, "ended_why": reason}
    tx.execute(update(legal_holds).where(legal_holds.c.id == hold_id).values(**values))
    _note(tx, "legal_hold_ended", row.scope, row.subject, now, actor=actor, hold=hold_id, reason=reason)


def _note(tx: Connection, event: str, scope: str, subject: str, now: datetime, *, actor: str, **told: object) -> None:
    """With the mail or the case; the number of an application is not told: no purge would ever find it there."""
    case_id = tx.scalar(select(cases.c.id).where(cases.c.reference == subject)) if scope == Scope.CASE else None
    mail_id = int(subject) if scope == Scope.MAIL else None
    note(tx, event, now, mail_id=mail_id, case_id=case_id, actor=actor, scope=str(scope), **told)


def listed(tx: Connection, *, ended: bool = False) -> list[dict[str, Any]]:
    """Those that hold, the oldest first; with `ended` all that ever did."""
    wanted = select(legal_holds).order_by(legal_holds.c.id)
    if not ended:
        wanted = wanted.where(legal_holds.c.ended_at.is_(None))
    rows = [dict(row) for row in tx.execute(wanted).mappings()]
    return [{**row, "mails": len(covered(tx, row["scope"], row["subject"]))} for row in rows]


def covered(tx: Connection, scope: str, subject: str) -> frozenset[int]:
    """Ids of the mails that a hold on this covers."""
    found: set[int] = set()
    for query in _covering(scope, subject):
        found.update(tx.scalars(query))
    return frozenset(found)


def _covering(scope: str, subject: str) -> Sequence[Any]:
    if scope == Scope.MAIL:
        return (select(mails.c.id).where(mails.c.id == int(subject)),)
    if scope == Scope.OFFICE:
        return (select(mails.c.id).where(mails.c.office == subject),)
    if scope == Scope.CASE:
        linked = select(case_mails.c.mail_id).join(cases, cases.c.id == case_mails.c.case_id)
        return (linked.where(cases.c.reference == subject), select(cases.c.mail_id).where(cases.c.reference == subject))
    quoted = cast(cases.c.numbers, Text).contains(f'"{subject}"', autoescape=True)
    return (
        select(submissions.c.mail_id).where(submissions.c.number == subject),
        select(filings.c.mail_id).where(filings.c.application_number == subject),
        select(settlings.c.mail_id).where(settlings.c.number == subject),
        select(settlings.c.by_mail_id).where(settlings.c.number == subject),
        select(case_mails.c.mail_id).join(cases, cases.c.id == case_mails.c.case_id).where(quoted),
        select(cases.c.mail_id).where(quoted),
        select(mails.c.id).where(func.upper(mails.c.subject).contains(subject, autoescape=True)),
    )


def mails_held(tx: Connection) -> frozenset[int]:
    """Ids of all mails under any hold."""
    rows = tx.execute(select(legal_holds.c.scope, legal_holds.c.subject).where(legal_holds.c.ended_at.is_(None)))
    return frozenset().union(*(covered(tx, scope, subject) for scope, subject in rows.all()))
