"""What our records say about one mail: the only reads that a decision rests on."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, BindParameter, Connection, bindparam, func, literal, or_, select

from inboxd.documents import Application, Finding
from inboxd.mail import Answer, Authentication, Email, Facts, Language, OpenCase, SentMail, Taken
from inboxd.store import fuses, pauses, returns, settlings, timelines
from inboxd.store.before import Before
from inboxd.tables import case_mails, cases, effects, mails

MAX_REFERENCES = 50
NO_ID = 2**63 - 1
"""Above every id: what has no row yet came after all that have."""

# what every mail needs is built once: building a statement costs more than carrying it out
_MENTIONED: BindParameter[Any] = bindparam("mentioned", expanding=True)
_LINKED = select(case_mails.c.case_id).join(mails, mails.c.id == case_mails.c.mail_id)
_ANSWERED = select(case_mails.c.case_id).join(effects, effects.c.mail_id == case_mails.c.mail_id)
_CASES = (
    select(cases)
    .where(
        or_(
            cases.c.reference.in_(bindparam("references", expanding=True)),
            cases.c.id.in_(_LINKED.where(mails.c.message_id.in_(_MENTIONED))),
            cases.c.id.in_(_ANSWERED.where(effects.c.message_id.in_(_MENTIONED))),
        )
    )
    .order_by(cases.c.id.desc())
)
_OURS = select(effects).where(
    effects.c.kind == "send", effects.c.message_id.in_(bindparam("ids", expanding=True))
)
_DUPLICATE = select(func.min(mails.c.id)).where(
    mails.c.message_id == bindparam("message"),
    mails.c.sender == bindparam("whose"),
    mails.c.content_digest == bindparam("content"),
    mails.c.id < bindparam("before", type_=BigInteger),
    mails.c.decisions > 0,
)
_LAST_POINTER = select(func.max(effects.c.created_at)).where(
    effects.c.recipient == bindparam("whom"),
    effects.c.template == literal("outsider", literal_execute=True),  # written out, for the index of these alone
)


def thread_of(email: Email) -> str:
    """The Message-ID that a conversation began with, as far as this mail tells."""
    return next(iter((*email.references, *email.in_reply_to, email.message_id)), "")


def content_digest(email: Email) -> str:
    """The same for two deliveries of one message, whatever the transport headers say."""
    parts = (email.subject, email.body.full, *(attachment.digest for attachment in email.attachments))
    return hashlib.sha256("\x00".join(parts).encode()).hexdigest()


def number_for(email: Email, before: Before, answers: Sequence[Answer]) -> str:
    """The application number that decides: what a person gave on releasing the mail, what a mail that completes it
    or that brought its files again gave (the last one counts), else the subject's."""
    given = (*(answer.number for answer in answers), before.sent_again.number if before.sent_again else "")
    later = next((number for number in reversed(given) if number), "")
    return (before.instruction.number if before.instruction else "") or later or email.subject_reading.number


def facts_for(
    tx: Connection,
    taken: Taken,
    email: Email,
    *,
    sent_folder: str,
    application: Application | None,
    filed: Mapping[str, set[str]],
    others: Mapping[str, Application | None],
    now: datetime,
    register_unavailable: bool = False,
    findings: Mapping[str, Finding] | None = None,
    before: Before,
    answers: tuple[Answer, ...] = (),
    other_records: tuple[str, ...] = (),
    own_check: Authentication | None = None,
) -> Facts:
    """Gather the facts.

    `application` is the record for this mail's number, `filed` the records that hold these bytes, `others` those
    records as far as they are known here. `answers`, `other_records` and `own_check` are handed through.
    """
    sender = email.sender.address if email.sender else ""
    last = answers[-1].email if answers else email
    correspondent = last.sender.address if last.sender else ""
    mentioned = tuple(dict.fromkeys((*email.in_reply_to, *email.references)))[-MAX_REFERENCES:]
    returned = (email.bounce.original_message_id,) if email.bounce and email.bounce.original_message_id else ()
    again = before.sent_again
    standing = fuses.look_at(tx, taken.mail_id, correspondent, thread_of(last), now)
    number = application.number if application else again.number if again else ""
    return Facts(
        taken=taken,
        from_sent_folder=taken.folder == sent_folder,
        application=application,
        filed_digests=frozenset(digest for digest, numbers in filed.items() if number and number in numbers),
        filed_elsewhere={
            digest: tuple((other, others.get(other)) for other in sorted(numbers - {number}))
            for digest, numbers in filed.items()
            if numbers - {number}
        },
        cases=_cases(tx, email, mentioned) if mentioned or email.case_references else (),
        ours=_ours(tx, (*mentioned, *returned)) or returns.by_recipient(tx, email.bounce, taken.arrived_at),
        is_own_mail=bool(email.message_id) and bool(_ours(tx, (email.message_id,))),
        duplicate_of=_duplicate_of(tx, taken, email, sender),
        replies_to_sender_today=standing.to_sender,
        replies_in_thread=standing.in_thread,
        waits_at_limit=standing.is_out,
        last_pointer_at=_last_pointer(tx, sender) if sender else None,
        register_unavailable=register_unavailable,
        findings=findings or {},
        instruction=before.instruction,
        asked_about=settlings.asked_about(tx, taken.mail_id, email),
        same_files=settlings.with_same_files(
            tx, taken.mail_id, email, [attachment.digest for attachment in email.attachments if not attachment.inline]
        ),
        answers=answers,
        other_records=other_records,
        sent_again=again,
        own_check=own_check or before.own_check,
    )


def _cases(tx: Connection, email: Email, mentioned: tuple[str, ...]) -> tuple[OpenCase, ...]:
    rows = tx.execute(_CASES, {"references": list(email.case_references), "mentioned": list(mentioned)}).all()
    lines = timelines.of_cases(tx, [dict(row._mapping) for row in rows]) if rows else {}
    return tuple(
        OpenCase(
            case_id=row.id,
            reference=row.reference,
            category=row.category,
            state=row.state,
            office=row.office,
            opened_at=row.opened_at,
            reply_by=row.reply_by,
            language=Language(row.language),
            answered_at=row.answered_at,
            numbers=tuple(row.numbers),
            queue=row.queue,
            waits_since=pauses.since(tx, row.id) if row.state == "waiting" else None,
            steps=lines[row.id],
        )
        for row in rows
    )


def _ours(tx: Connection, message_ids: tuple[str, ...]) -> tuple[SentMail, ...]:
    if not message_ids:
        return ()
    rows = tx.execute(_OURS, {"ids": list(message_ids)})
    return tuple(
        SentMail(
            effect_key=row.key,
            message_id=row.message_id,
            mail_id=row.mail_id or 0,
            template=row.template,
            recipient=row.recipient,
        )
        for row in rows
    )


def _duplicate_of(tx: Connection, taken: Taken, email: Email, sender: str) -> int | None:
    if not email.message_id or not sender:
        return None
    same = {"message": email.message_id, "whose": sender, "content": content_digest(email)}
    found: int | None = tx.scalar(_DUPLICATE, {**same, "before": taken.mail_id or NO_ID})
    return found


def _last_pointer(tx: Connection, sender: str) -> datetime | None:
    at: datetime | None = tx.scalar(_LAST_POINTER, {"whom": sender})
    return at
