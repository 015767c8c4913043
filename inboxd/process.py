"""Stage 2, READ THIS FIRST: one mail, from its bytes to its recorded outcome.

Parse, ask outside, then in one transaction look up facts, decide (pure), render, record: all or nothing. `deciding.py`
brings the mails here, counts their attempts, and holds what fails.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import Connection

from inboxd import canary, conversing, holding, looking_inside, maillog, records, triage
from inboxd.archive import DOCUMENTS, MAIL, SENT
from inboxd.context import Context
from inboxd.documents import Application, Finding
from inboxd.errors import InboxdError, Permanent, Transient
from inboxd.mail import Answer, Authentication, Email, Facts, SubjectIntent, Taken
from inboxd.plan import INTERNAL_NOTICES, Plan
from inboxd.replies import render
from inboxd.store import decisions, facts
from inboxd.store.before import Before
from inboxd.store.decisions import Rendered
from inboxd.triage.submissions import WAITING


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """What is asked before the transaction, because it is slow: a register over HTTP, and what is inside files."""

    application: Application | None = None
    """Of a register over HTTP; our own is asked in the transaction."""
    unavailable: bool = False
    findings: Mapping[str, Finding] = field(default_factory=dict)
    answers: tuple[Answer, ...] = ()
    """The mails that complete this submission."""
    other_records: tuple[str, ...] = ()
    """Of a register over HTTP: numbers beside the one that counts that it has."""
    own_check: Authentication | None = None
    """What our own look at its DKIM signatures found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """One mail, with all that is slow and needs no transaction."""

    taken: Taken
    email: Email
    outside: Outside
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What became of one mail, for the log."""

    taken: Taken
    plan: Plan
    effects: int


def one(app: Context, taken: Taken) -> None:
    """Decide what becomes of one mail and record it."""
    prepared = prepare(app, taken)
    with app.database.transaction() as tx, app.archive.together():
        decided = settle(app, tx, prepared)
    tell(decided)


def prepare(app: Context, taken: Taken) -> Prepared:
    """Parse a mail and ask what its decision needs from outside. Raises `Unparsable`, `Transient`."""
    email = app.reader.read(app.rules, taken)
    now = app.now()
    outside = replace(ask_outside(app, taken, email, now), own_check=check_signature(app, taken, email, now))
    return Prepared(taken=taken, email=email, outside=outside, now=now)


def settle(app: Context, tx: Connection, prepared: Prepared) -> Decided:
    """Decide by what our records say now, and write it down, with everything that follows."""
    taken, email, now = prepared.taken, prepared.email, prepared.now
    known = look_up(app, tx, taken, email, now, prepared.outside)
    plan = triage.decide(email, known, app.rules, now)
    expect_looked_into(email, plan, known)
    replies = render_replies(app, tx, taken, email, plan, known, now)
    attach(app, tx, taken, email, plan, now)
    office = triage.ask(email, known, app.rules, now).office
    effects = decisions.record(
        tx, taken, email, plan, known, replies, now, office=office, standards=app.rules.standards
    )
    if plan.held in WAITING:
        holding.try_again_later(app, tx, taken.mail_id, plan.held, now)
    return Decided(taken=taken, plan=plan, effects=effects)


def tell(decided: Decided) -> None:
    """Log what was decided, once it is committed."""
    mail_id, plan = decided.taken.mail_id, decided.plan
    maillog.mail_decided(
        mail_id, route=plan.verdict.route, rule=plan.verdict.rule, place=plan.place, effects=decided.effects
    )
    if plan.held is not None:
        maillog.mail_held(mail_id, reason=plan.held)


def ask_outside(app: Context, taken: Taken, email: Email, now: datetime) -> Outside:
    """Ask what the decision needs from outside. Only a document submission needs anything."""
    if email.automatic is not None or email.subject_reading.intent is SubjectIntent.NONE:
        return Outside()
    with app.database.reading() as tx:
        outside = Outside(answers=conversing.answers_to(app, tx, taken))
        before = Before.of(tx, taken)
    number = facts.number_for(email, before, outside.answers)
    if number and not app.register.is_ours:
        try:
            outside = replace(
                outside,
                application=app.register.look_up(number),
                other_records=conversing.other_records(email, outside.answers, number, app.register.look_up),
            )
        except (Transient, Permanent) as error:
            maillog.door_unavailable("register", str(error))
            outside = replace(outside, unavailable=True)
    with app.database.reading() as tx:
        known = look_up(app, tx, taken, email, now, outside)
    known = looking_inside.with_findings(email, known, app.rules, now, app.inspector, app.scanner, app.stopping)
    return replace(outside, findings=known.findings)


def check_signature(app: Context, taken: Taken, email: Email, now: datetime) -> Authentication | None:
    """Our own look at the DKIM signatures of a client's or officer's mail; what was found once stays (keys change)."""
    if app.signatures is None or email.sender is None or email.automatic is not None or taken.outline is not None:
        return None
    with app.database.reading() as tx:
        known = look_up(app, tx, taken, email, now)
    asked = triage.ask(email, known, app.rules, now)
    if known.from_sent_folder or not (asked.is_client or asked.is_officer):
        return None
    if known.own_check is not None:
        return known.own_check
    raw = app.archive.read(MAIL, taken.digest)
    return app.signatures.verify(raw, email.sender.domain, taken.arrived_at)


def look_up(
    app: Context, tx: Connection, taken: Taken, email: Email, now: datetime, outside: Outside | None = None
) -> Facts:
    """What our records say about this mail."""
    if outside is None:
        outside = Outside(answers=conversing.answers_to(app, tx, taken))
    before = Before.of(tx, taken)
    number = facts.number_for(email, before, outside.answers)
    application, other_records = outside.application, outside.other_records
    if number and app.register.is_ours:
        application = records.look_up(tx, number)
        other_records = conversing.other_records(
            email, outside.answers, number, lambda other: records.look_up(tx, other)
        )
    filed = records.filed(tx, [attachment.digest for attachment in email.attachments])
    others = {other: records.look_up(tx, other) for numbers in filed.values() for other in numbers}
    known = facts.facts_for(
        tx,
        taken,
        email,
        sent_folder=app.settings.mailbox.sent_folder,
        application=application,
        filed=filed,
        others=others,
        register_unavailable=outside.unavailable,
        findings=outside.findings,
        now=now,
        answers=outside.answers,
        other_records=other_records,
        before=before,
        own_check=outside.own_check,
    )
    return replace(known, is_canary=_is_canary(app, taken, email))


def _is_canary(app: Context, taken: Taken, email: Email) -> bool:
    """Whether inboxd itself sent it, to measure how long mail takes."""
    if email.sender is None or email.sender.address not in app.settings.office.own_addresses:
        return False
    root, account = app.settings.storage.archive, app.settings.mailbox.account
    return canary.is_genuine(root, account, email.subject, taken.arrived_at)


def expect_looked_into(email: Email, plan: Plan, known: Facts) -> None:
    """No file passes that nobody looked into: the record may have come between the look and this transaction."""
    if any(attachment.digest not in known.findings for attachment in looking_inside.considered(email, plan)):
        raise InboxdError("the records changed while the documents were looked into; once more")


def render_replies(
    app: Context, tx: Connection, taken: Taken, email: Email, plan: Plan, known: Facts, now: datetime
) -> tuple[Rendered, ...]:
    """Render what the plan wants sent, and keep the bytes: files first, they are harmless if we die here.

    A reply of the same kind that this mail caused before (it was held and is decided again) is not made again. One
    that answers a mail which completed this one is that mail's: its key, its thread, and its end waits for it.
    """
    rendered = []
    completing = {answer.mail_id: answer.email for answer in known.answers}
    made: Counter[tuple[str, str]] = Counter()
    for reply in plan.replies:
        answered = completing.get(reply.answers, email)
        inside = reply.template in INTERNAL_NOTICES
        # what people are told after a completing mail is news, though the same was told before
        cause = known.answers[-1].email.digest if inside and known.answers else answered.digest
        key = decisions.reply_key(cause, reply, made[cause, reply.template])
        made[cause, reply.template] += 1
        if decisions.was_put_in(tx, key):
            continue
        mail = render(
            app.templates, reply, None if inside else answered, office=app.settings.office, effect_key=key, now=now
        )
        rendered.append(
            Rendered(
                key=key,
                plan=reply,
                mail=mail,
                digest=app.archive.keep(SENT, mail.raw),
                mail_id=reply.answers or taken.mail_id,
                thread="" if inside else facts.thread_of(answered),
            )
        )
    return tuple(rendered)


def attach(app: Context, tx: Connection, taken: Taken, email: Email, plan: Plan, now: datetime) -> None:
    """Put the good files of a submission in the store, and on the record or on their way to its register."""
    paths = decisions.attached_paths(plan.submission)
    ours = app.register.is_ours
    for attachment in email.attachments:
        if plan.submission is None or attachment.path not in paths:
            continue
        digest = app.archive.keep(DOCUMENTS, attachment.content)
        number = plan.submission.number
        records.attach(
            tx,
            number=number,
            digest=digest,
            mail_id=taken.mail_id,
            path=attachment.path,
            at=now,
            state=records.ATTACHED if ours else records.DUE,
        )
        if not ours:
            decisions.hand_in(tx, taken, email, attachment, number, now)
