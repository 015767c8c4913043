"""Stage 3: effects outside, one by one, each with a fixed key: send a mail, hand in a document, move a mail.

The result is committed after every single effect, and before the text of a mail goes out, that it does: dying between
that and the commit of the answer leaves the mail *unknown*, for `unanswered.py` to look for. A move is repeated: the
mail is gone already. What fails is tried again with growing pauses; what cannot work is buried and its mail held, so
that a person sees it. Which mails leave now is said in `pacing.py`.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from inboxd import maillog, pacing, records
from inboxd.archive import DOCUMENTS, SENT
from inboxd.burying import bury, without_their_words
from inboxd.context import Context
from inboxd.documents import Filing
from inboxd.errors import InboxdError, Permanent, Transient, Unanswered
from inboxd.plan import Effect, EffectKind, OutgoingMail
from inboxd.settings import Place
from inboxd.store import clocks, outbox, sending

LEASE = timedelta(minutes=10)
MOVED = "moved"
AT_ONCE = 100
FIRST_PAUSE = timedelta(seconds=20)
LONGEST_PAUSE = timedelta(hours=1)
FAILURES_IN_A_ROW = 3
"""So many refused sends one after the other: it is the server, not the mail; the rest waits for the next round."""


def pause_after(attempt: int, jitter: float) -> timedelta:
    """How long to wait after the n-th failed attempt (from 1); `jitter` in 0..1 spreads it by a fifth."""
    doubled: timedelta = min(FIRST_PAUSE * 2.0 ** min(attempt - 1, 20), LONGEST_PAUSE)
    return doubled * (0.9 + 0.2 * jitter)


def deliver_due(app: Context) -> int:
    """Send every mail that may leave now. Returns how many effects were done."""
    done = 0
    failures = 0
    while not app.enough() and failures < FAILURES_IN_A_ROW:
        due = pacing.choose(app, AT_ONCE)
        if not due:
            break
        claimed = False
        for effect, following in zip(due, (*due[1:], None), strict=True):
            if not claimed and (app.enough() or failures >= FAILURES_IN_A_ROW):
                break
            if not claimed and not _claim(app, effect):
                failures, done = 0, done + 1  # another process has it
                continue
            worked, claimed = _send(app, effect, following)
            failures = 0 if worked else failures + 1
            done += worked
            app.alive()
    return done


def _send(app: Context, effect: Effect, following: Effect | None) -> tuple[bool, bool]:
    """Send a mail that is claimed. Returns whether it is through, and whether the following one is claimed: that
    belongs to the commit of the answer, and each commit waits for the disk."""
    try:
        raw = app.archive.read(SENT, str(effect.payload["digest"]))
        answer = app.courier.send(
            OutgoingMail(
                message_id=str(effect.payload["message_id"]),
                sender=str(effect.payload["sender"]),
                recipient=str(effect.payload["recipient"]),
                subject=str(effect.payload["subject"]),
                template=str(effect.payload["template"]),
                template_version=str(effect.payload["template_version"]),
                raw=raw,
            ),
            lambda: _about_to(app, effect),
        )
    except Unanswered as error:
        _no_answer(app, effect, error)
        return False, False
    except Transient as error:
        _failed(app, effect, error)
        return False, False
    except Permanent as error:
        bury(app, effect, str(error))
        return True, False
    goes_on = following is not None and not app.enough()
    now = app.now()
    with app.database.transaction() as tx:
        outbox.done(tx, effect, now, answer)
        finished = effect.mail_id is not None and outbox.finish_mail(tx, effect.mail_id, now)
        claimed = goes_on and following is not None and outbox.claim(tx, following.effect_id, now, now + LEASE)
    maillog.effect_done(effect.effect_id, kind=effect.kind, mail_id=effect.mail_id)
    if finished and effect.mail_id is not None:
        maillog.mail_done(effect.mail_id)
    return True, claimed


def _about_to(app: Context, effect: Effect) -> None:
    with app.database.transaction() as tx:
        sending.about_to(tx, effect, app.now())


def _no_answer(app: Context, effect: Effect, error: Unanswered) -> None:
    attempt, now = effect.attempts + 1, app.now()
    if attempt >= app.settings.limits.send_attempts:
        bury(app, effect, f"given up after {attempt} attempts: {error}")
        return
    wait = timedelta(minutes=app.settings.smtp.unknown_minutes)
    look_at = now + max(wait, pause_after(attempt, random.random()))  # noqa: S311  # spreads load, protects nothing
    with app.database.transaction() as tx:
        sending.no_answer(tx, effect, now, str(error), look_at)
    maillog.effect_unknown(effect.effect_id, mail_id=effect.mail_id, why=without_their_words(str(error)))


def attach_due(app: Context) -> int:
    """Hand every due document in at the register. Returns how many were taken. One failure ends the round."""
    done = 0
    while not app.enough():
        with app.database.reading() as tx:
            due = outbox.due(tx, EffectKind.ATTACH, app.now(), AT_ONCE)
        if not due:
            break
        for effect in due:
            if app.enough() or not _attach(app, effect):
                return done
            done += 1
            app.alive()
    return done


def _attach(app: Context, effect: Effect) -> bool:
    """False if the register could not be asked: the others would fare no better now."""
    if not _claim(app, effect):
        return True
    number, digest = str(effect.payload["number"]), str(effect.payload["digest"])
    try:
        answer = app.register.attach(_filing(app, effect))
    except Transient as error:
        _failed(app, effect, error)
        return False
    except Permanent as error:
        bury(app, effect, str(error))
        return True
    with app.database.transaction() as tx:
        records.settle(tx, number, digest, records.ATTACHED, answer)
        outbox.done(tx, effect, app.now(), answer)
        finished = False
        if effect.mail_id is not None:
            if not outbox.has_due(tx, effect.mail_id, EffectKind.ATTACH):
                clocks.cancel_filing(tx, effect.mail_id)
            finished = outbox.finish_mail(tx, effect.mail_id, app.now())
    maillog.effect_done(effect.effect_id, kind=effect.kind, mail_id=effect.mail_id)
    if finished and effect.mail_id is not None:
        maillog.mail_done(effect.mail_id)
    return True


def _filing(app: Context, effect: Effect) -> Filing:
    given = effect.payload
    digest = str(given["digest"])
    return Filing(
        key=effect.key,
        number=str(given["number"]),
        digest=digest,
        size=int(given["size"]),
        media_type=str(given["media_type"]),
        name=str(given["name"]),
        mail_digest=str(given["mail_digest"]),
        received=datetime.fromisoformat(str(given["received"])),
        sender=str(given["sender"]),
        open=lambda: app.archive.open(DOCUMENTS, digest),
    )


def _claim(app: Context, effect: Effect) -> bool:
    now = app.now()
    with app.database.transaction() as tx:
        return outbox.claim(tx, effect.effect_id, now, now + LEASE)


def _failed(app: Context, effect: Effect, error: InboxdError) -> None:
    attempt = effect.attempts + 1
    # a register that is down for days has refused nothing: the filing clock tells people, the document waits
    if attempt >= app.settings.limits.send_attempts and effect.kind is not EffectKind.ATTACH:
        bury(app, effect, f"given up after {attempt} attempts: {error}")
        return
    again_at = app.now() + pause_after(attempt, random.random())  # noqa: S311  # spreads load, protects nothing
    with app.database.transaction() as tx:
        outbox.failed(tx, effect, str(error), again_at)
    why = without_their_words(str(error))
    maillog.effect_failed(effect.effect_id, kind=effect.kind, mail_id=effect.mail_id, attempt=attempt, why=why)


def move_due(app: Context) -> int:
    """Move every finished mail to its folder, in batches. Returns how many. Raises `Transient` with the server."""
    done = 0
    while not app.enough():
        with app.database.reading() as tx:
            due = outbox.due(tx, EffectKind.MOVE, app.now(), AT_ONCE)
            places = {effect.effect_id: outbox.sighting(tx, int(effect.payload["sighting"])) for effect in due}
        if not due:
            break
        batches: dict[tuple[str, int, str], list[Effect]] = {}
        for effect in due:
            folder, uidvalidity, _ = places[effect.effect_id]
            target = app.settings.folder(Place(str(effect.payload["place"])))
            batches.setdefault((folder, uidvalidity, target), []).append(effect)
        for (folder, uidvalidity, target), effects in batches.items():
            claimed = _claim_all(app, effects)
            uids = {effect.effect_id: places[effect.effect_id][2] for effect in claimed}
            _move(app, folder, uidvalidity, target, claimed, uids)
            done += len(claimed)
            app.alive()
    return done


def _claim_all(app: Context, effects: Sequence[Effect]) -> list[Effect]:
    now = app.now()
    with app.database.transaction() as tx:
        return [effect for effect in effects if outbox.claim(tx, effect.effect_id, now, now + LEASE)]


def _move(
    app: Context, folder: str, uidvalidity: int, target: str, claimed: Sequence[Effect], uids: Mapping[int, int]
) -> None:
    """Move one batch. A mail that is not where it was has been moved by a person, or by us before a crash."""
    try:
        answer, new = _moved_on_server(app, folder, uidvalidity, target, [uid for uid in uids.values() if uid])
    except Transient:
        with app.database.transaction() as tx:
            for effect in claimed:
                outbox.failed(tx, effect, "no connection to the mailbox", app.now())
        raise
    except Permanent as error:
        for effect in claimed:
            _failed(app, effect, error)
        return
    now = app.now()
    finished = []
    with app.database.transaction() as tx:
        for effect in claimed:
            uid = uids[effect.effect_id]
            if answer == MOVED:
                outbox.moved(tx, int(effect.payload["sighting"]), target, *new.get(uid, (0, 0)))
            outbox.done(tx, effect, now, answer if uid in new or answer != MOVED else "was not there any more")
            if effect.mail_id is not None and outbox.finish_mail(tx, effect.mail_id, now):
                finished.append(effect.mail_id)
    for effect in claimed:
        maillog.effect_done(effect.effect_id, kind=effect.kind, mail_id=effect.mail_id)
    for mail_id in finished:
        maillog.mail_done(mail_id)


def _moved_on_server(
    app: Context, folder: str, uidvalidity: int, target: str, uids: Sequence[int]
) -> tuple[str, dict[int, tuple[int, int]]]:
    """What happened, and the new (UIDVALIDITY, UID) of each UID that the server told."""
    if folder == target:
        return "lies there already", {}
    if not folder:
        return "lies in none of our folders any more", {}
    app.mailbox.ensure_folder(target)
    if app.mailbox.open(folder).uidvalidity != uidvalidity:
        return "the folder was renumbered; the mail is met again under a new number", {}
    return MOVED, app.mailbox.move(uids, target)
