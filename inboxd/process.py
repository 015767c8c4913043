"""Stage 2, READ THIS FIRST: one mail, from its bytes to its recorded outcome.

Parse, look up facts, decide (pure), render, record: all or nothing in one transaction. The attempt is counted and
committed before the work, so a mail that kills the process stops at `limits.max_attempts` and is held; one bad mail
never holds up the next.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from inboxd import alerts, maillog, parsers, records, triage
from inboxd.archive import DOCUMENTS, MAIL, SENT
from inboxd.context import Context
from inboxd.errors import InboxdError, Transient, Unparsable
from inboxd.mail import Application, Email, Facts, Taken
from inboxd.plan import Plan
from inboxd.replies import render
from inboxd.store import decisions, facts, mails
from inboxd.store.decisions import Rendered

LEASE = timedelta(minutes=10)
"""How long a mail in hand is left alone by other processes; a restart of the only daemon does not wait for it."""
RETRY_AFTER = timedelta(seconds=30)
AT_ONCE = 50


def one(app: Context, taken: Taken) -> None:
    """Decide what becomes of one mail and record it. `all_due` counts attempts and holds what fails."""
    email = read(app, app.archive.read(MAIL, taken.digest), taken.digest)
    now = app.now()
    with app.database.transaction() as tx:
        known = look_up(app, tx, taken, email, now)
        plan = triage.decide(email, known, app.rules, now)
        replies = render_replies(app, tx, taken, email, plan, now)
        attach(app, tx, taken, email, plan, now)
        office = triage.ask(email, known, app.rules, now).office
        effects = decisions.record(tx, taken, email, plan, replies, now, office=office)
    maillog.mail_decided(
        taken.mail_id, route=plan.verdict.route, rule=plan.verdict.rule, place=plan.place, effects=effects
    )
    if plan.held is not None:
        maillog.mail_held(taken.mail_id, reason=plan.held)


def read(app: Context, raw: bytes, digest: str) -> Email:
    """Parse one mail under the settings in force. Raises `Unparsable`."""
    settings = app.settings
    return parsers.parse(
        raw,
        digest=digest,
        limits=settings.limits,
        office=settings.office,
        authserv_ids=settings.senders.authserv_ids,
        two_letter_prefixes=settings.documents.two_letter_prefixes,
    )


def look_up(app: Context, tx: Connection, taken: Taken, email: Email, now: datetime) -> Facts:
    """What our records say about this mail."""
    number = email.subject_reading.number
    application: Application | None = records.look_up(tx, number) if number else None
    filed = records.filed(tx, [attachment.digest for attachment in email.attachments])
    return facts.facts_for(
        tx, taken, email, sent_folder=app.settings.mailbox.sent_folder, application=application, filed=filed, now=now
    )


def render_replies(
    app: Context, tx: Connection, taken: Taken, email: Email, plan: Plan, now: datetime
) -> tuple[Rendered, ...]:
    """Render what the plan wants sent, and keep the bytes: files first, they are harmless if we die here.

    A reply of the same kind that this mail caused before (it was held and is decided again) is not made again.
    """
    rendered = []
    made: Counter[str] = Counter()
    for reply in plan.replies:
        key = decisions.reply_key(taken.digest, reply, made[reply.template])
        made[reply.template] += 1
        if decisions.was_put_in(tx, key):
            continue
        answered = None if reply.template == "alert" else email
        mail = render(app.templates, reply, answered, office=app.settings.office, effect_key=key, now=now)
        rendered.append(Rendered(key=key, plan=reply, mail=mail, digest=app.archive.keep(SENT, mail.raw)))
    return tuple(rendered)


def attach(app: Context, tx: Connection, taken: Taken, email: Email, plan: Plan, now: datetime) -> None:
    """Put the good files of a submission in the store and on the record."""
    paths = decisions.attached_paths(plan.submission)
    for attachment in email.attachments:
        if plan.submission is not None and attachment.path in paths:
            digest = app.archive.keep(DOCUMENTS, attachment.content)
            records.attach(
                tx, number=plan.submission.number, digest=digest, mail_id=taken.mail_id, path=attachment.path, at=now
            )


def all_due(app: Context) -> int:
    """Decide every mail that waits. Returns how many were tried. Raises `Transient` if the database or disk refuses."""
    tried = 0
    while not app.stopping():
        with app.database.reading() as tx:
            waiting: Sequence[Taken] = mails.due(tx, app.now(), AT_ONCE)
        if not waiting:
            break
        for taken in waiting:
            if app.stopping():
                break
            _attempt(app, taken)
            app.alive()
            tried += 1
    return tried


def _attempt(app: Context, taken: Taken) -> None:
    now = app.now()
    with app.database.transaction() as tx:
        attempt = mails.claim(tx, taken.mail_id, now, now + LEASE)
    if attempt is None:
        return
    limit = app.settings.limits.max_attempts
    if attempt > limit:
        _hold(app, taken, "TOO_MANY_ATTEMPTS", f"tried {limit} times without coming to an end")
        return
    try:
        one(app, taken)
    except Transient as error:
        # the disk or the database, not the mail: it waits, and the attempt does not count
        maillog.mail_failed(taken.mail_id, attempt=attempt, why=str(error))
        with app.database.transaction() as tx:
            mails.put_back(tx, taken.mail_id, app.now() + RETRY_AFTER, counts=False)
        raise
    except Unparsable as error:
        _hold(app, taken, "UNREADABLE", str(error))
    except InboxdError as error:
        _try_again_or_hold(app, taken, attempt, str(error))
    except Exception as error:
        maillog.bug("process.one", error, mail_id=taken.mail_id)
        _try_again_or_hold(app, taken, attempt, f"an unforeseen {type(error).__name__}; see the log")


def _try_again_or_hold(app: Context, taken: Taken, attempt: int, why: str) -> None:
    maillog.mail_failed(taken.mail_id, attempt=attempt, why=why)
    if attempt >= app.settings.limits.max_attempts:
        _hold(app, taken, "TOO_MANY_ATTEMPTS", why)
        return
    with app.database.transaction() as tx:
        mails.put_back(tx, taken.mail_id, app.now() + RETRY_AFTER * attempt, counts=True)


def _hold(app: Context, taken: Taken, reason: str, detail: str) -> None:
    stay = taken.folder == app.settings.mailbox.sent_folder
    told = alerts.prepare(
        app,
        f"held/{taken.digest[:32]}/{reason}",
        "held",
        received=taken.arrived_at,
        mail_id=taken.mail_id,
        reason=reason,
    )
    with app.database.transaction() as tx:
        decisions.hold(tx, taken.mail_id, app.now(), reason=reason, detail=detail, stay=stay)
        alerts.put_in(tx, told, app.now())
    maillog.mail_held(taken.mail_id, reason=reason)


def retry(app: Context, mail_id: int, actor: str) -> bool:
    """Give a held mail to the stages again. False if it is not held. Raises `Permanent` if only its header is here."""
    with app.database.transaction() as tx:
        again = mails.retry(tx, mail_id, app.now(), actor)
    if again:
        maillog.mail_retried(mail_id, actor=actor)
    return again
