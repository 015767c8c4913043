"""Which mails belong together: to a case, to one mail's conversation, or to an application record. Reads only.

What is found here is given out to people, so a mail comes in only by what triage established: the case it joined, the
same office in the same thread, a document that was verified for the record and what completed it. A number in a text
establishes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, Text, and_, cast, func, or_, select

from inboxd.plan import Route
from inboxd.tables import case_mails, cases, files, filings, mails, settlings, submissions


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """Mails in order of arrival, and what names the same thing without being established to belong to it."""

    mail_ids: tuple[int, ...]
    case_id: int | None = None
    number: str = ""
    """The application number, if that is what was asked for: only its documents are meant."""
    left_out: tuple[str, ...] = ()
    """References and ids of what names that number and was left out."""


def of_case(tx: Connection, reference: str) -> Conversation | None:
    """The mails that opened, followed up or answered a case; None if there is no such case."""
    case_id = tx.scalar(select(cases.c.id).where(cases.c.reference == reference))
    if case_id is None:
        return None
    linked = select(case_mails.c.mail_id).where(case_mails.c.case_id == case_id)
    return Conversation(mail_ids=_in_order(tx, tx.scalars(linked)), case_id=case_id)


def of_mail(tx: Connection, mail_id: int) -> Conversation | None:
    """A mail with the others of its cases, and with those of the same office in its thread; None if there is none."""
    row = tx.execute(select(mails.c.thread, mails.c.office, mails.c.route).where(mails.c.id == mail_id)).first()
    if row is None:
        return None
    own_cases = select(case_mails.c.case_id).where(case_mails.c.mail_id == mail_id)
    found = {mail_id, *tx.scalars(select(case_mails.c.mail_id).where(case_mails.c.case_id.in_(own_cases)))}
    if row.thread and row.office and row.route != Route.UNVERIFIED:
        # a stranger can name any thread: who wrote decides
        same = mails.c.thread == row.thread, mails.c.office == row.office, mails.c.route != Route.UNVERIFIED
        found |= set(tx.scalars(select(mails.c.id).where(*same)))
    return Conversation(mail_ids=_in_order(tx, found))


def of_application(tx: Connection, number: str) -> Conversation | None:
    """The mails whose documents were verified for a record, or put on it by a person; None if nothing names it."""
    brought = select(filings.c.mail_id).where(filings.c.application_number == number)
    released = cast(mails.c.instruction, Text).like('%"release"%')
    judged = (
        select(submissions.c.mail_id)
        .join(mails, mails.c.id == submissions.c.mail_id)
        .where(
            submissions.c.number == number,
            submissions.c.decision == mails.c.decisions,
            submissions.c.outcome != "hold",
            or_(submissions.c.verified_by != "", released),
        )
    )
    found = {*tx.scalars(brought), *tx.scalars(judged)}
    found |= set(tx.scalars(select(settlings.c.by_mail_id).where(settlings.c.mail_id.in_(found))))
    meant = select(submissions.c.mail_id).where(submissions.c.number == number)
    doubtful = {*tx.scalars(meant), *_in_subject(tx, number)} - found
    named = (
        select(cases.c.reference)
        .where(cast(cases.c.numbers, Text).contains(f'"{number}"', autoescape=True))
        .order_by(cases.c.id)
    )
    left_out = (*(str(mail_id) for mail_id in sorted(doubtful)), *tx.scalars(named))
    if not found and not left_out:
        return None
    return Conversation(mail_ids=_in_order(tx, found), number=number, left_out=left_out)


def _in_subject(tx: Connection, number: str) -> Iterator[int]:
    whole = re.compile(rf"(?<![A-Z0-9]){re.escape(number)}(?![A-Z0-9])", re.IGNORECASE)
    near = select(mails.c.id, mails.c.subject).where(func.upper(mails.c.subject).contains(number, autoescape=True))
    return (row.id for row in tx.execute(near) if whole.search(row.subject))


def _in_order(tx: Connection, mail_ids: Iterable[int]) -> tuple[int, ...]:
    wanted = select(mails.c.id).where(mails.c.id.in_(sorted(set(mail_ids))))
    return tuple(tx.scalars(wanted.order_by(mails.c.arrived_at, mails.c.id)))


def unsafe_files(tx: Connection, mail_ids: Iterable[int], reasons: Iterable[str]) -> frozenset[str]:
    """Digests of files of these mails that the last look at them, in whatever mail, refused for one of these reasons.

    The same bytes may have come twice, and the scanner may have learned of them only the second time.
    """
    ours = select(files.c.digest).where(files.c.mail_id.in_(sorted(mail_ids)))
    newest = select(files.c.mail_id, func.max(files.c.decision).label("decision")).group_by(files.c.mail_id).subquery()
    found = (
        select(files.c.digest)
        .join(newest, and_(newest.c.mail_id == files.c.mail_id, newest.c.decision == files.c.decision))
        .where(files.c.digest.in_(ours), files.c.reason.in_(sorted(reasons)))
    )
    return frozenset(tx.scalars(found))
