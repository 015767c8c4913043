"""Rows of a person's corrections: what the machine had said, the case's new clock, where its mails belong now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, select, update

from inboxd.calendar import Deadline
from inboxd.errors import Transient
from inboxd.plan import Category, TimerPlan
from inboxd.store import clocks, outbox
from inboxd.store.journal import inserted_id, note
from inboxd.tables import case_mails, cases, events, mails, overrides

OPINION = "opinion"
"""Where a hit of the second reader says it stands."""
PRESSING = (Category.CRITICAL, Category.URGENT, Category.REVIEW, Category.COMPLEX, Category.NOT_MET)
"""Of several cases of one mail, whose folder it lies in: the first of these."""
ANSWER = "answer"
"""An officer's mail is tied to its case by this word."""
_CORRECTED = (
    select(overrides.c.id)
    .join(cases, cases.c.id == overrides.c.case_id)
    .where(cases.c.mail_id == bindparam("mail"))
    .limit(1)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The mail whose words decided a case, and what was said about it then."""

    mail_id: int
    digest: str
    rules_version: str
    hits: tuple[Mapping[str, Any], ...]
    """What the criteria hit: criterion, category, words, where."""
    opinion: Mapping[str, Any] | None
    """What the second reader thought: category, words."""


def case_of(tx: Connection, reference: str) -> Mapping[str, Any] | None:
    """The case's row with `was_answered`: whether a person's mail answered it; None if there is no such case."""
    row = tx.execute(select(cases).where(cases.c.reference == reference)).mappings().first()
    if row is None:
        return None
    answers = select(case_mails.c.id).where(case_mails.c.case_id == row["id"], case_mails.c.relation == ANSWER)
    return {**row, "was_answered": tx.scalar(answers.limit(1)) is not None}


def evidence_for(tx: Connection, case: Mapping[str, Any]) -> Evidence:
    """What decided a case: the follow-up that raised it last, else the mail that opened it."""
    raised = select(events.c.mail_id).where(events.c.case_id == case["id"], events.c.event == "case_raised")
    mail_id = tx.scalar(raised.order_by(events.c.id.desc()).limit(1)) or case["mail_id"]
    row = tx.execute(select(mails.c.digest, mails.c.rules_version, mails.c.hits).where(mails.c.id == mail_id)).one()
    said = [
        {name: hit[name] for name in ("criterion", "category", "words", "where")}
        for hit in row.hits
        if hit.get("case", "") in ("", case["reference"])  # of a mail with several cases, what was read for this one
    ]
    opinion = next((hit for hit in said if hit["where"] == OPINION), None)
    return Evidence(
        mail_id=mail_id,
        digest=row.digest,
        rules_version=row.rules_version,
        hits=tuple(hit for hit in said if hit["where"] != OPINION),
        opinion=opinion and {"category": opinion["category"], "words": opinion["words"]},
    )


def count_of(tx: Connection, case_id: int) -> int:
    """How often a case was corrected."""
    return tx.scalar(select(func.count()).select_from(overrides).where(overrides.c.case_id == case_id)) or 0


def record(
    tx: Connection,
    case: Mapping[str, Any],
    evidence: Evidence,
    category: Category,
    now: datetime,
    *,
    actor: str,
    reason: str,
    how: str,
    notified: str,
) -> int:
    """Keep a correction. Returns its id."""
    return inserted_id(
        tx.execute(
            overrides.insert().values(
                case_id=case["id"],
                mail_id=evidence.mail_id,
                at=now,
                actor=actor,
                how=how,
                from_category=case["category"],
                to_category=category,
                reason=reason,
                rules_version=evidence.rules_version,
                criteria=case["criteria"],
                hits=list(evidence.hits),
                opinion=evidence.opinion,
                notified=notified,
            )
        )
    )


def re_clock(
    tx: Connection,
    override_id: int,
    case: Mapping[str, Any],
    category: Category,
    deadline: Deadline,
    plans: Iterable[TimerPlan],
    now: datetime,
    *,
    state: str,
    answered_at: datetime | None,
    actor: str,
    how: str,
    reason: str,
    notified: str,
) -> None:
    """Give a case its new category and clock; every timer it had is cancelled and these are set.

    A timer that fired at the very same time before is not set again. Raises `Transient` if the case changed meanwhile.
    """
    unchanged = cases.c.category == case["category"], cases.c.state == case["state"]
    changed = tx.execute(
        update(cases)
        .where(cases.c.id == case["id"], *unchanged)
        .values(
            category=category,
            criteria=[],
            state=state,
            answered_at=answered_at,
            clock_start=deadline.clock_start,
            reply_by=deadline.reply_by,
            action_by=deadline.action_by,
            steps=list(deadline.steps),
            calendar_version=deadline.calendar_version,
        )
    )
    if changed.rowcount != 1:
        raise Transient("the case changed meanwhile; once more")
    clocks.cancel(tx, case["id"], None)
    clocks.set_timers(
        tx,
        f"case/{case['reference']}/override-{override_id}",
        clocks.unfired(tx, case["id"], plans),
        case_id=case["id"],
        mail_id=case["mail_id"],
    )
    note(
        tx,
        "case_overridden",
        now,
        mail_id=case["mail_id"],
        case_id=case["id"],
        actor=actor,
        previous=case["category"],
        category=category,
        state=state,
        reply_by=deadline.reply_by.isoformat(),
        how=how,
        reason=reason,
        notified=notified,
    )


def move_mails(tx: Connection, case_id: int, now: datetime) -> int:
    """Have the mails of a corrected case moved to where they belong now. Returns how many copies move.

    Only those that lie with the enquiries: what is held, quarantined or filed stays, and the Minister's Office's too.
    """
    linked = (
        select(mails.c.id)
        .join(case_mails, case_mails.c.mail_id == mails.c.id)
        .where(case_mails.c.case_id == case_id, case_mails.c.relation != ANSWER)
    )
    why = f"corrected-{case_id}-{count_of(tx, case_id)}"  # not by the override's id: a rebuilt database gives others
    moved = 0
    for mail_id in tx.scalars(linked.order_by(mails.c.id)).all():
        place = place_of(tx, mail_id)
        if place is not None:
            moved += outbox.move_again(tx, mail_id, place, now, why=why)
    return moved


def place_of(tx: Connection, mail_id: int) -> Category | None:
    """The folder of an enquiry by the categories that its cases have now; None if the mail lies elsewhere."""
    row = tx.execute(select(mails.c.place, mails.c.state).where(mails.c.id == mail_id)).one()
    if row.place not in (*PRESSING, "held"):
        return None
    of_mail = (
        select(cases.c.category)
        .join(case_mails, case_mails.c.case_id == cases.c.id)
        .where(case_mails.c.mail_id == mail_id, cases.c.state != "closed", cases.c.queue != "mil")
    )
    found = [Category(category) for category in tx.scalars(of_mail)]
    return min(found, key=PRESSING.index, default=None)


def is_corrected(tx: Connection, mail_id: int) -> bool:
    """Whether a person corrected a case that this mail opened."""
    return tx.scalar(_CORRECTED, {"mail": mail_id}) is not None


def of_mail(tx: Connection, mail_id: int) -> list[dict[str, Any]]:
    """Corrections of the cases that a mail belongs to, oldest first, each with its case's reference."""
    linked = select(case_mails.c.case_id).where(case_mails.c.mail_id == mail_id)
    found = (
        select(overrides, cases.c.reference)
        .join(cases, cases.c.id == overrides.c.case_id)
        .where(overrides.c.case_id.in_(linked))
        .order_by(overrides.c.id)
    )
    return [dict(row) for row in tx.execute(found).mappings()]


def newest(tx: Connection, case_ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """The last correction of each of these cases that has one."""
    wanted = select(overrides).where(overrides.c.case_id.in_(sorted(case_ids))).order_by(overrides.c.id)
    return {row["case_id"]: dict(row) for row in tx.execute(wanted).mappings()}
