"""Rows of submissions that a later mail settles: which are meant, having them decided again, what completed them.

A mail completes a submission with what was missing, or supersedes it by bringing the same files. Each does so once,
whatever happens again: the pair is a unique key, put in with the decision about the later mail. Fails with
`InboxdError` where the submission changed meanwhile: the later mail is decided again, by what is true then.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, bindparam, or_, select, update

from inboxd.errors import InboxdError
from inboxd.mail import EarlierSubmission, Email, SentAgain, Taken
from inboxd.plan import Relation, Route, Settling
from inboxd.settings import Place
from inboxd.store import homes
from inboxd.store.journal import note
from inboxd.store.mails import as_taken
from inboxd.tables import effects, files, mails, settlings, submissions, tombstones

ASKING = ("failure", "held")
"""Templates of notices about documents that something was wrong with."""
NOT_FILED = ("fail", "hold")
MOST = 50
"""Earlier mails with the same files that are looked at."""
BESIDE_DOCUMENTS = (Place.FILED, Place.PARTIAL, Place.FAILED, Place.HELD)
"""Places of a mail that completes a submission; in any other it lies for what else it says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Completing:
    """A mail that completed a submission."""

    taken: Taken
    number: str


def asked_about(tx: Connection, mail_id: int, email: Email) -> tuple[EarlierSubmission, ...]:
    """The submissions whose failure or held notice this mail answers.

    What In-Reply-To names goes before References: in a long thread that is the notice that was open on the screen.
    """
    for message_ids in (email.in_reply_to, email.references):
        if not message_ids:
            continue
        found = _submissions(tx, _ASKED_ABOUT, {"ids": list(message_ids[-MOST:])}, by_mail_id=mail_id)
        if found:
            return found
    return ()


def with_same_files(
    tx: Connection, mail_id: int, email: Email, digests: Collection[str]
) -> tuple[EarlierSubmission, ...]:
    """Earlier submissions that are not filed and hold one of these files."""
    if not digests or not mail_id:
        return ()
    found = _submissions(
        tx,
        _WITH_FILES,
        {"digests": list(digests)},
        by_mail_id=mail_id,
        mentioned=(*email.in_reply_to, *email.references),
    )
    return found[-MOST:]


def _earlier(condition: ColumnElement[bool]) -> Select[Any]:
    """Submissions that a mail may be about, oldest first."""
    return (
        select(mails, submissions.c.outcome, submissions.c.reasons, submissions.c.missing, submissions.c.number)
        .join(submissions, and_(submissions.c.mail_id == mails.c.id, submissions.c.decision == mails.c.decisions))
        .where(condition, mails.c.route == Route.SUBMISSION, mails.c.id != bindparam("by_mail"))
        .where(mails.c.id.not_in(select(tombstones.c.mail_id)))  # nothing is left of them to be decided
        .order_by(mails.c.id)
    )


# what every mail needs is built once: building a statement costs more than carrying it out
_ASKING = select(effects.c.mail_id).where(
    effects.c.kind == "send",
    effects.c.message_id.in_(bindparam("ids", expanding=True)),
    effects.c.template.in_(ASKING),
)
# the notice after a completing mail answers that mail
_THROUGH = select(settlings.c.mail_id).where(
    settlings.c.by_mail_id.in_(_ASKING), settlings.c.relation == Relation.COMPLETES
)
_ASKED_ABOUT = _earlier(or_(mails.c.id.in_(_ASKING), mails.c.id.in_(_THROUGH)))
_WITH_FILES = _earlier(
    and_(
        mails.c.id.in_(
            select(files.c.mail_id).where(
                files.c.digest.in_(bindparam("digests", expanding=True)), files.c.mail_id < bindparam("by_mail")
            )
        ),
        submissions.c.outcome.in_(NOT_FILED),
    )
)
_SENT_AGAIN = (
    select(settlings)
    .where(settlings.c.mail_id == bindparam("mail"), settlings.c.relation == Relation.SUPERSEDES)
    .order_by(settlings.c.id.desc())
    .limit(1)
)


def _submissions(
    tx: Connection, wanted: Select[Any], given: dict[str, Any], *, by_mail_id: int, mentioned: Sequence[str] = ()
) -> tuple[EarlierSubmission, ...]:
    """Submissions as they were last decided, oldest first."""
    rows = tx.execute(wanted, {**given, "by_mail": by_mail_id}).all()
    if not rows:
        return ()
    by_this = settlings.c.by_mail_id == by_mail_id, settlings.c.mail_id.in_([row.id for row in rows])
    joined = set(tx.scalars(select(settlings.c.mail_id).where(*by_this)))
    return tuple(
        EarlierSubmission(
            mail_id=row.id,
            decision=row.decisions,
            state=row.state,
            office=row.office,
            subject=row.subject,
            outcome=row.outcome,
            reasons=tuple(row.reasons),
            missing=tuple(row.missing),
            number=row.number,
            by_a_person=row.instruction is not None,
            joined=row.id in joined,
            in_thread=bool(mentioned) and _is_mentioned(tx, row, mentioned),
            waiting=_waiting(tx, row),
        )
        for row in rows
    )


def _is_mentioned(tx: Connection, row: Row[tuple[object, ...]], mentioned: Sequence[str]) -> bool:
    """Whether these Message-IDs hold that of the mail, or of a notice about it."""
    if row.message_id in mentioned:
        return True
    notices = effects.c.mail_id == row.id, effects.c.kind == "send", effects.c.message_id.in_(mentioned[-MOST:])
    return tx.scalar(select(effects.c.id).where(*notices).limit(1)) is not None


def _waiting(tx: Connection, row: Row[tuple[object, ...]]) -> frozenset[str]:
    """Files that would have gone to a record, had the rest of the mail been right."""
    reason = row.reasons[0] if row.reasons else ""
    of_mail = files.c.mail_id == row.id, files.c.decision == row.decisions
    for_the_rest = or_(files.c.outcome == "held", and_(files.c.outcome == "refused", files.c.reason == reason))
    return frozenset(tx.scalars(select(files.c.digest).where(*of_mail, for_the_rest)))


def carry_out(tx: Connection, by_mail_id: int, order: Settling, now: datetime) -> bool:
    """Have an earlier submission decided again because of a mail. False if that mail did so before.

    Raises `InboxdError` if the submission was decided, or is being decided, since it was looked at.
    """
    known = settlings.c.mail_id == order.mail_id, settlings.c.by_mail_id == by_mail_id
    if tx.scalar(select(settlings.c.id).where(*known)) is not None:
        return False
    changed = tx.execute(
        update(mails)
        .where(mails.c.id == order.mail_id, mails.c.decisions == order.decision, mails.c.state != "taken")
        .values(state="taken", attempts=0, next_try_at=now, held_reason="", held_detail="", done_at=None)
    )
    if changed.rowcount != 1:
        raise InboxdError("the earlier submission changed meanwhile; once more")
    tx.execute(
        settlings.insert().values(
            mail_id=order.mail_id, by_mail_id=by_mail_id, relation=order.relation, number=order.number, at=now
        )
    )
    note(tx, f"{order.relation}_submission", now, mail_id=by_mail_id, submission=order.mail_id)
    note(tx, f"{order.relation}_ordered", now, mail_id=order.mail_id, by_mail=by_mail_id)
    return True


def completing(tx: Connection, mail_id: int) -> tuple[Completing, ...]:
    """The mails that completed a submission, in order."""
    rows = tx.execute(
        select(mails, settlings.c.number)
        .join(settlings, settlings.c.by_mail_id == mails.c.id)
        .where(settlings.c.mail_id == mail_id, settlings.c.relation == Relation.COMPLETES)
        .order_by(settlings.c.id)
    )
    return tuple(Completing(taken=as_taken(row), number=row.number) for row in rows)


def sent_again(tx: Connection, mail_id: int) -> SentAgain | None:
    """The later mail that brought the files of this one to a record; None if none did."""
    row = tx.execute(_SENT_AGAIN, {"mail": mail_id}).first()
    return None if row is None else SentAgain(mail_id=row.by_mail_id, number=row.number)


def of_mail(tx: Connection, mail_id: int) -> list[dict[str, Any]]:
    """Everything that settled this mail or that it settled, in order, with how the submission stands now."""
    now = (
        select(submissions.c.outcome)
        .where(submissions.c.mail_id == settlings.c.mail_id)
        .order_by(submissions.c.decision.desc())
        .limit(1)
        .scalar_subquery()
    )
    either = or_(settlings.c.mail_id == mail_id, settlings.c.by_mail_id == mail_id)
    rows = tx.execute(
        select(settlings, now.label("outcome"), mails.c.state)
        .join(mails, mails.c.id == settlings.c.mail_id)
        .where(either)
        .order_by(settlings.c.id)
    )
    return [dict(row) for row in rows.mappings()]


def bring_along(tx: Connection, mail_id: int, place: Place, now: datetime) -> None:
    """The mails that completed a submission lie where its documents do, unless they have a case of their own."""
    for other in completing(tx, mail_id):
        row = tx.execute(select(mails.c.place, mails.c.state).where(mails.c.id == other.taken.mail_id)).one()
        if row.place in BESIDE_DOCUMENTS and row.state in ("decided", "done"):
            homes.send(tx, other.taken.mail_id, place, now)
