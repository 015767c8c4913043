"""What rows say about one person: mails whose documents were verified for their records, and cases with their numbers.

Reads only. What a mail itself says is in the archive: `gathering` reads that.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from inboxd.plan import Route
from inboxd.store import conversations
from inboxd.tables import case_mails, cases, mails, tombstones


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A mail that was taken."""

    mail_id: int
    digest: str
    is_purged: bool
    is_submission: bool
    cases: int
    """How many it opened."""


def every_mail(tx: Connection) -> list[Known]:
    """All mails, in order of arrival."""
    purged = set(tx.scalars(select(tombstones.c.mail_id)))
    counted = tx.execute(select(cases.c.mail_id, func.count()).group_by(cases.c.mail_id))
    opened: dict[int, int] = {row[0]: row[1] for row in counted}
    rows = tx.execute(select(mails.c.id, mails.c.digest, mails.c.route).order_by(mails.c.arrived_at, mails.c.id))
    return [
        Known(
            mail_id=row.id,
            digest=row.digest,
            is_purged=row.id in purged,
            is_submission=row.route == Route.SUBMISSION,
            cases=opened.get(row.id, 0),
        )
        for row in rows
    ]


def established_for(tx: Connection, numbers: Collection[str]) -> set[int]:
    """Mails whose documents were verified for one of these records, or put on it by a person."""
    found: set[int] = set()
    for number in numbers:
        conversation = conversations.of_application(tx, number)
        found.update(conversation.mail_ids if conversation else ())
    return found


def cases_naming(tx: Connection, numbers: Collection[str], mail_ids: Collection[int]) -> set[int]:
    """Cases that have one of these numbers, and the one case of each of these mails where it has no other."""
    rows = tx.execute(select(cases.c.id, cases.c.mail_id, cases.c.numbers)).all()
    of_mail: dict[int, list[int]] = {}
    for row in rows:
        of_mail.setdefault(row.mail_id, []).append(row.id)
    wanted = set(numbers)
    found = {row.id for row in rows if wanted & set(row.numbers)}
    return found | {ids[0] for mail_id, ids in of_mail.items() if mail_id in mail_ids and len(ids) == 1}


def of_cases(tx: Connection, case_ids: Collection[int]) -> set[int]:
    """Mails that opened, followed up or answered these cases."""
    return set(tx.scalars(select(case_mails.c.mail_id).where(case_mails.c.case_id.in_(case_ids))))
