"""Recording what was decided about one mail: rows and outbox, all or nothing in the caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from inboxd import __version__
from inboxd.documents import Attachment, FileOutcome, Finding, SubmissionPlan
from inboxd.errors import Transient
from inboxd.mail import Email, Facts, Taken
from inboxd.plan import EffectKind, OutgoingMail, Plan, ReplyPlan
from inboxd.settings import Place
from inboxd.standards import Standards
from inboxd.store import clocks, homes, outbox, overrides, returns, sending, settlings
from inboxd.store.facts import content_digest, thread_of
from inboxd.store.journal import note
from inboxd.tables import effects, files, mails, submissions

# what every mail needs is built once: building a statement costs more than carrying it out
_FOUND = (
    *("state", "decided_at", "message_id", "content_digest", "thread", "sender", "subject", "office", "language"),
    *("route", "rule", "because", "hits", "excluded", "dates", "looked_for", "rules_version", "place"),
    *("held_reason", "held_detail", "withheld", "defects"),
)
_DECIDE = (
    update(mails)
    .where(
        mails.c.id == bindparam("mail"), mails.c.state == "taken", mails.c.decisions == bindparam("decided")
    )
    .values(decisions=mails.c.decisions + 1, **{name: bindparam(f"new_{name}") for name in _FOUND})
)
_KEEP_FILES = files.insert()
_KEEP_SUBMISSION = submissions.insert()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A reply ready for the outbox: its fixed key, its bytes' digest in the archive."""

    key: str
    plan: ReplyPlan
    mail: OutgoingMail
    digest: str
    mail_id: int
    """The mail that it answers, or because of which people are told."""
    thread: str
    """Of that mail; empty for what people are told."""


def reply_key(digest: str, reply: ReplyPlan, ordinal: int) -> str:
    """The fixed key of a reply: one of each kind for each mail, whatever happens again.

    By the mail's digest, not its id: ids come again after an older database is restored, and with them would come
    Message-IDs that were used for other mails. A notice that is due once is the same, whichever mail causes it.
    """
    if reply.once:
        return f"once/{reply.once}/{reply.to}"
    return f"reply/{digest[:32]}/{reply.template}/{ordinal}"


def was_put_in(tx: Connection, key: str) -> bool:
    """Whether an effect with this key exists already."""
    return outbox.is_known(tx, key)


def record(
    tx: Connection,
    taken: Taken,
    email: Email,
    plan: Plan,
    known: Facts,
    rendered: Sequence[Rendered],
    now: datetime,
    *,
    office: str,
    standards: Standards,
) -> int:
    """Write a plan down. Returns how many effects it put in. Raises `Transient` if another process decided the mail."""
    decision = _mark_decided(tx, taken, email, plan, now, office)
    _note_arrivals(tx, taken, email, known, now)
    _keep_files(tx, taken.mail_id, decision, email, plan.submission, known.findings)
    if plan.submission is not None:
        _keep_submission(tx, taken.mail_id, decision, plan.submission, now)
    for case in plan.cases:
        clocks.open_case(tx, taken.mail_id, case, now)
    for change in plan.updates:
        clocks.apply(tx, taken.mail_id, change, now)
        homes.settle(tx, change.case_id, now, arrived=taken.arrived_at)
    if plan.submission is not None and not plan.filing_timers:
        clocks.cancel_filing(tx, taken.mail_id)
    clocks.set_timers(tx, f"mail/{taken.mail_id}", plan.filing_timers, case_id=None, mail_id=taken.mail_id)
    for key in plan.undelivered:
        _mark_undelivered(tx, key, now, standards)
    count = sum(
        outbox.add_mail(
            tx,
            item.key,
            item.mail,
            now,
            mail_id=item.mail_id,
            digest=item.digest,
            thread=item.thread,
        )
        for item in rendered
    )
    for item in rendered:
        if item.mail_id != taken.mail_id:
            outbox.reopen_mail(tx, item.mail_id)
    place = _corrected_place(tx, taken.mail_id, plan.place) if taken.decisions else plan.place
    moves = outbox.add_moves(tx, taken.mail_id, decision, place, now) if place is not Place.STAY else 0
    note(
        tx,
        "decided",
        now,
        mail_id=taken.mail_id,
        route=plan.verdict.route,
        rule=plan.verdict.rule,
        place=place,
        held=plan.held or "",
        rules=plan.verdict.rules_version,
        program=__version__,
        **_said_outside(known),
    )
    for order in plan.settles:
        settlings.carry_out(tx, taken.mail_id, order, now)
    if plan.answers_place is not None:
        settlings.bring_along(tx, taken.mail_id, plan.answers_place, now)
    if plan.held is None and not moves:  # else its move is the last thing that is done
        outbox.finish_mail(tx, taken.mail_id, now)
    return count + moves


def _note_arrivals(tx: Connection, taken: Taken, email: Email, known: Facts, now: datetime) -> None:
    """A mail that names one of ours, or is it, shows that ours arrived, also where no answer of the server told so."""
    keys = [sent.effect_key for sent in known.ours]
    if known.is_own_mail:
        keys += tx.scalars(select(effects.c.key).where(effects.c.message_id == email.message_id))
    sending.arrived(tx, keys, now, f"no answer came, but mail {taken.mail_id} shows that it arrived")


def _said_outside(known: Facts) -> dict[str, Any]:
    """What no later look is sure to find again: a register that did not answer, what was found in files."""
    told: dict[str, Any] = {"register_unavailable": True} if known.register_unavailable else {}
    found = {digest: [item.reason, item.detail] for digest, item in known.findings.items() if item.reason is not None}
    if known.own_check is not None:
        told["dkim"] = [known.own_check.result.value, known.own_check.detail]
    return {**told, "found": found} if found else told


def _corrected_place(tx: Connection, mail_id: int, place: Place) -> Place:
    """Where a mail goes that is decided again: a person's word on its case stands against the rules."""
    if not overrides.is_corrected(tx, mail_id):
        return place
    corrected = overrides.place_of(tx, mail_id)
    if corrected is None or place is Place.HELD:
        return place
    tx.execute(update(mails).where(mails.c.id == mail_id).values(place=corrected))
    return Place(corrected)


def _mark_undelivered(tx: Connection, key: str, now: datetime, standards: Standards) -> None:
    """A mail of ours came back. Where it was itself the answer to a case, the case is open again."""
    tx.execute(update(effects).where(effects.c.key == key).values(last_error=returns.RETURNED))
    mail_id = tx.scalar(select(effects.c.mail_id).where(effects.c.key == key))
    note(tx, "undelivered", now, mail_id=mail_id, key=key)
    if mail_id is not None:
        clocks.reopen_unanswered(tx, mail_id, now, standards)


def _mark_decided(tx: Connection, taken: Taken, email: Email, plan: Plan, now: datetime, office: str) -> int:
    verdict = plan.verdict
    decided = {
        "state": "held" if plan.held else "decided",
        "decided_at": now,
        "message_id": email.message_id,
        "content_digest": content_digest(email),
        "thread": thread_of(email),
        "sender": email.sender.address if email.sender else "",
        "subject": email.subject,
        "office": office,
        "language": email.language,
        "route": verdict.route,
        "rule": verdict.rule,
        "because": verdict.because,
        "hits": [asdict(hit) for hit in verdict.hits],
        "excluded": [asdict(item) for item in verdict.excluded],
        "dates": [
            asdict(item) | {"first": item.first.isoformat(), "last": item.last.isoformat()} for item in verdict.dates
        ],
        "looked_for": list(verdict.looked_for),
        "rules_version": verdict.rules_version,
        "place": plan.place,
        "held_reason": plan.held or "",
        "held_detail": "",
        "withheld": list(plan.withheld),
        "defects": list(email.defects),
    }
    given = {f"new_{name}": value for name, value in decided.items()}
    if tx.execute(_DECIDE, {**given, "mail": taken.mail_id, "decided": taken.decisions}).rowcount != 1:
        raise Transient("another process decided this mail")
    return taken.decisions + 1


def _keep_files(
    tx: Connection,
    mail_id: int,
    decision: int,
    email: Email,
    submission: SubmissionPlan | None,
    findings: Mapping[str, Finding],
) -> None:
    outcomes = {item.path: item for item in submission.files} if submission else {}
    rows = []
    for attachment in email.attachments:
        planned = outcomes.get(attachment.path)
        rows.append(
            {
                "mail_id": mail_id,
                "decision": decision,
                "path": attachment.path,
                "name": attachment.name,
                "safe_name": attachment.safe_name,
                "declared_type": attachment.declared_type,
                "sniffed_type": attachment.sniffed_type,
                "size": attachment.size,
                "digest": attachment.digest,
                "outcome": planned.outcome if planned else "",
                "reason": planned.reason or "" if planned else "",
                "finding": findings[attachment.digest].detail if attachment.digest in findings else "",
            }
        )
    if rows:
        tx.execute(_KEEP_FILES, rows)


def _keep_submission(tx: Connection, mail_id: int, decision: int, submission: SubmissionPlan, now: datetime) -> None:
    row = {
        "mail_id": mail_id,
        "decision": decision,
        "number": submission.number,
        "outcome": submission.outcome,
        "reasons": list(submission.reasons),
        "verified_by": submission.verified_by,
        "missing": list(submission.missing),
        "also_said": list(submission.also_said),
        "consent": submission.consent,
        "links": list(submission.links),
        "created_at": now,
    }
    tx.execute(_KEEP_SUBMISSION, row)


def attached_paths(submission: SubmissionPlan | None) -> frozenset[str]:
    """Paths of the attachments that go to the record."""
    if submission is None:
        return frozenset()
    return frozenset(item.path for item in submission.files if item.outcome is FileOutcome.ATTACHED)


def hand_in(tx: Connection, taken: Taken, email: Email, document: Attachment, number: str, now: datetime) -> None:
    """Have a document handed in at a register over HTTP. Its key is its place there: the same one is handed in once."""
    outbox.add(
        tx,
        f"attach/{number}/{document.digest}",
        EffectKind.ATTACH,
        now,
        mail_id=taken.mail_id,
        payload={
            "number": number,
            "digest": document.digest,
            "size": document.size,
            "media_type": document.sniffed_type,
            "name": document.safe_name,
            "mail_digest": taken.digest,
            "received": taken.arrived_at.isoformat(),
            "sender": email.sender.address if email.sender else "",
        },
    )


def hold(tx: Connection, mail_id: int, now: datetime, *, reason: str, detail: str, stay: bool) -> bool:
    """Hold a mail that could not be decided, and have it moved where a person looks. False if it is not waiting.

    `stay`: a mail of the Sent folder, which is never moved.
    """
    changed = tx.execute(
        update(mails)
        .where(mails.c.id == mail_id, mails.c.state == "taken")
        .values(
            state="held",
            decisions=mails.c.decisions + 1,
            decided_at=now,
            place=Place.HELD,
            held_reason=reason,
            held_detail=detail,
            route="unreadable",
            rule="hold",
            because=detail,
        )
    )
    if changed.rowcount != 1:
        return False
    decision = int(tx.execute(select(mails.c.decisions).where(mails.c.id == mail_id)).scalar_one())
    if not stay:
        outbox.add_moves(tx, mail_id, decision, Place.HELD, now)
    note(tx, "held", now, mail_id=mail_id, reason=reason, detail=detail)
    return True
