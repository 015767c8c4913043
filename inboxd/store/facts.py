"""What our records say about one mail: the only reads that a decision rests on."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, func, or_, select, true

from inboxd.documents import Application, Finding, Instruction
from inboxd.mail import Answer, Authentication, AuthResult, Email, Facts, Language, OpenCase, SentAgain, SentMail, Taken
from inboxd.store import fuses, pauses, returns, settlings, timelines
from inboxd.tables import case_mails, cases, effects, events, mails

MAX_REFERENCES = 50


def thread_of(email: Email) -> str:
    """The Message-ID that a conversation began with, as far as this mail tells."""
    return next(iter((*email.references, *email.in_reply_to, email.message_id)), "")


def content_digest(email: Email) -> str:
    """The same for two deliveries of one message, whatever the transport headers say."""
    parts = (email.subject, email.body.full, *(attachment.digest for attachment in email.attachments))
    return hashlib.sha256("\x00".join(parts).encode()).hexdigest()


def number_for(email: Email, instruction: Instruction | None, given: Sequence[str] = ()) -> str:
    """The application number that decides: what a person gave on releasing the mail, what the mails that complete it
    gave (`given`, in their order), else the subject's."""
    later = next((number for number in reversed(given) if number), "")
    return (instruction.number if instruction else "") or later or email.subject_reading.number


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
    instruction: Instruction | None = None,
    answers: tuple[Answer, ...] = (),
    other_records: tuple[str, ...] = (),
    sent_again: SentAgain | None = None,
    own_check: Authentication | None = None,
) -> Facts:
    """Gather the facts.

    `application` is the record for this mail's number, `filed` the records that hold these bytes, `others` those
    records as far as they are known here. `answers`, `other_records` and `sent_again` are handed through.
    """
    sender = email.sender.address if email.sender else ""
    last = answers[-1].email if answers else email
    correspondent = last.sender.address if last.sender else ""
    mentioned = tuple(dict.fromkeys((*email.in_reply_to, *email.references)))[-MAX_REFERENCES:]
    returned = (email.bounce.original_message_id,) if email.bounce and email.bounce.original_message_id else ()
    number = application.number if application else sent_again.number if sent_again else ""
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
        cases=_cases(tx, email, mentioned),
        ours=_ours(tx, (*mentioned, *returned)) or returns.by_recipient(tx, email.bounce, taken.arrived_at),
        is_own_mail=bool(email.message_id) and bool(_ours(tx, (email.message_id,))),
        duplicate_of=_duplicate_of(tx, taken, email, sender),
        replies_to_sender_today=fuses.to_sender(tx, correspondent, now) if correspondent else 0,
        replies_in_thread=fuses.in_thread(tx, thread_of(last), now) if thread_of(last) else 0,
        waits_at_limit=fuses.is_out(tx, taken.mail_id, correspondent, thread_of(last)),
        last_pointer_at=_last_pointer(tx, sender) if sender else None,
        register_unavailable=register_unavailable,
        findings=findings or {},
        instruction=instruction,
        asked_about=settlings.asked_about(tx, taken.mail_id, email),
        same_files=settlings.with_same_files(
            tx, taken.mail_id, email, [attachment.digest for attachment in email.attachments if not attachment.inline]
        ),
        answers=answers,
        other_records=other_records,
        sent_again=sent_again,
        own_check=own_check,
    )


def own_check(tx: Connection, mail_id: int) -> Authentication | None:
    """What our own look at a mail's DKIM signatures found when it was decided before, if it found anything."""
    wanted = events.c.mail_id == mail_id, events.c.event == "decided"
    for detail in tx.scalars(select(events.c.detail).where(*wanted).order_by(events.c.id.desc())):
        if told := (detail or {}).get("dkim"):
            check = Authentication(result=AuthResult(told[0]), detail=told[1])
            return None if check.result is AuthResult.NONE else check
    return None


def _cases(tx: Connection, email: Email, mentioned: tuple[str, ...]) -> tuple[OpenCase, ...]:
    linked = select(case_mails.c.case_id).join(mails, mails.c.id == case_mails.c.mail_id)
    answered = select(case_mails.c.case_id).join(effects, effects.c.mail_id == case_mails.c.mail_id)
    found = tx.execute(
        select(cases)
        .where(
            or_(
                cases.c.reference.in_(email.case_references),
                cases.c.id.in_(linked.where(mails.c.message_id.in_(mentioned))),
                cases.c.id.in_(answered.where(effects.c.message_id.in_(mentioned))),
            )
        )
        .order_by(cases.c.id.desc())
    )
    rows = found.all()
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
    rows = tx.execute(select(effects).where(effects.c.kind == "send", effects.c.message_id.in_(message_ids)))
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
    found: int | None = tx.scalar(
        select(func.min(mails.c.id)).where(
            mails.c.message_id == email.message_id,
            mails.c.sender == sender,
            mails.c.content_digest == content_digest(email),
            mails.c.id < taken.mail_id if taken.mail_id else true(),
            mails.c.decisions > 0,
        )
    )
    return found


def _last_pointer(tx: Connection, sender: str) -> datetime | None:
    at: datetime | None = tx.scalar(
        select(func.max(effects.c.created_at)).where(effects.c.recipient == sender, effects.c.template == "outsider")
    )
    return at
