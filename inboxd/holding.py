"""Held mail: holding one that could not be decided, and the ways out: retry, release, refuse, or by itself.

A person's instruction is kept with the mail and audited here; the mail is then decided again by the same rules, which
read it (`Facts.instruction`). What waits for a scanner or a register is tried again by itself, with growing pauses.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection

from inboxd import alerts, maillog
from inboxd.context import Context
from inboxd.documents import Instruction, Reason
from inboxd.errors import Permanent, Transient
from inboxd.mail import Taken
from inboxd.parsers.references import application_numbers
from inboxd.store import decisions, held
from inboxd.store.journal import DAEMON
from inboxd.triage.submissions import WAITING

LONGEST_PAUSE = timedelta(hours=1)
AT_ONCE = 50


def hold(app: Context, taken: Taken, reason: str, detail: str) -> None:
    """Hold a mail that could not be decided, and tell people."""
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


def retry(app: Context, mail_id: int, actor: str, *, send_again: bool = False) -> bool:
    """Give a held mail to the stages again. False if it is not held. Of a header alone, the mail is asked for again.

    Raises `Permanent` if a reply to it may have arrived, unless the person says so (`send_again`).
    """
    with app.database.transaction() as tx:
        again = held.retry(tx, mail_id, app.now(), actor, send_again=send_again)
    if again:
        maillog.mail_retried(mail_id, actor=actor)
    return again


def instruct(app: Context, mail_id: int, instruction: Instruction) -> None:
    """Keep what a person decided about a held submission, and give the mail to the stages again.

    Raises `Permanent`, in words for that person, if the mail is not one that can be released or refused.
    """
    with app.database.transaction() as tx:
        held.instruct(tx, mail_id, app.now(), instruction)
    maillog.mail_instructed(mail_id, action=instruction.action, actor=instruction.actor)


def number_given(app: Context, text: str) -> str:
    """A number that a person gave, of a record that exists. Raises `Permanent`; `Transient` with the register."""
    compact = text.upper().replace(" ", "").replace("-", "")
    prefixes = app.settings.documents.two_letter_prefixes
    record = app.register.look_up(compact) if compact.isalnum() and compact.isascii() else None
    if record is None and application_numbers(compact, prefixes) != (compact,):
        raise Permanent("--number is no application number such as E123456789")
    if record is None:
        raise Permanent("the register has no record with this --number; nothing was changed")
    return compact


def try_again_later(app: Context, tx: Connection, mail_id: int, reason: Reason, now: datetime) -> None:
    """When a mail that waits for another program is decided again: each time later, up to an hour."""
    first = app.settings.scanner if reason is Reason.NOT_SCANNED else app.settings.records
    doubled = timedelta(seconds=first.retry_seconds) * 2.0 ** min(held.decisions_of(tx, mail_id) - 1, 12)
    held.try_again_at(tx, mail_id, now + min(doubled, LONGEST_PAUSE))


def wake_waiting(app: Context) -> int:
    """Give those their turn again whose time has come, once the program that they wait for answers. How many."""
    woken = 0
    for reason in sorted(WAITING):
        with app.database.reading() as tx:
            due = held.waiting_for(tx, reason, app.now(), AT_ONCE)
        if not due:
            continue
        if not _answers(app, reason):
            with app.database.transaction() as tx:
                for mail_id in due:
                    try_again_later(app, tx, mail_id, reason, app.now())
            continue
        for mail_id in due:
            woken += retry(app, mail_id, DAEMON)
    return woken


def _answers(app: Context, reason: Reason) -> bool:
    try:
        if reason is Reason.NOT_SCANNED:
            if app.scanner is not None:
                app.scanner.check()
        else:
            app.register.check()
    except (Transient, Permanent) as error:
        maillog.door_unavailable("scanner" if reason is Reason.NOT_SCANNED else "register", str(error))
        return False
    return True
