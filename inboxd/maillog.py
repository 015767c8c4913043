"""The operator's log: one function for each event, one line for each call, with the mail's id.

Lines are `time level event key=value …` (logfmt). No name, address, number, subject or text of a mail is ever in
one; exceptions are logged by class and by the lines of code they passed, since their messages may quote content.
Where one process serves several mailboxes, each line ends with the channel's name.
"""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

_log = logging.getLogger("inboxd")
_channel = ContextVar("channel", default="")


class _Line(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        return f"{at.replace('+00:00', 'Z')} {record.levelname.lower()} {record.getMessage()}"


def start(stream: TextIO | None = None, *, level: str = "INFO") -> None:
    """Send event lines to `stream` (standard output by default). Other libraries' loggers stay silent."""
    handler = logging.StreamHandler(stream or sys.stdout)
    handler.setFormatter(_Line())
    _log.handlers[:] = [handler]
    _log.propagate = False
    _log.setLevel(level)
    logging.lastResort = None
    if not logging.root.handlers:  # else Python itself complains on standard error that there is none
        logging.root.addHandler(logging.NullHandler())


@contextmanager
def of_channel(name: str) -> Iterator[None]:
    """All lines of this thread meanwhile are this channel's. Empty: the process has one mailbox, no line names it."""
    before = _channel.set(name)
    try:
        yield
    finally:
        _channel.reset(before)


@contextmanager
def silent() -> Iterator[None]:
    """No lines meanwhile: what is only played again is no event of the service."""
    before = _log.level
    _log.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        _log.setLevel(before)


def _value(value: object) -> str:
    text = str(value)
    if text and all(ch.isalnum() or ch in "-_.:/+<>@" for ch in text):
        return text
    text = "".join(ch if ch.isprintable() else " " for ch in text)
    return '"' + text.replace("\\", "\\\\").replace('"', "'") + '"'


def _emit(level: int, event: str, **fields: object) -> None:
    if _log.isEnabledFor(level):
        if channel := _channel.get():
            fields["channel"] = channel
        _log.log(level, "%s", " ".join([event, *(f"{key}={_value(value)}" for key, value in fields.items())]))


def console_started(version: str, *, where: str) -> None:
    _emit(logging.INFO, "console.started", version=version, where=where)


def console_stopped() -> None:
    _emit(logging.INFO, "console.stopped")


def directory_refused(why: str) -> None:
    """Somebody came from the directory and was not let in; `why` is a word, never what the directory said."""
    _emit(logging.WARNING, "console.directory", why=why)


def console_refused(what: str) -> None:
    """Somebody tries to sign in again and again from one address."""
    _emit(logging.WARNING, "console.refused", what=what)


def daemon_started(version: str, *, mode: str) -> None:
    _emit(logging.INFO, "daemon.started", version=version, mode=mode)


def daemon_stopping(why: str) -> None:
    _emit(logging.INFO, "daemon.stopping", why=why)


def daemon_stopped() -> None:
    _emit(logging.INFO, "daemon.stopped")


def rules_loaded(version: str) -> None:
    _emit(logging.INFO, "rules.loaded", version=version[:12])


def rules_refused(problem: str) -> None:
    """A changed file does not hold together; the running rules stay."""
    _emit(logging.ERROR, "rules.refused", problem=problem)


def mailbox_connected(account: str) -> None:
    _emit(logging.INFO, "mailbox.connected", account=account)


def mailbox_lost(account: str, why: str, *, retry_seconds: float) -> None:
    _emit(logging.WARNING, "mailbox.lost", account=account, why=why, retry_in=f"{retry_seconds:.0f}s")


def reading_overdue(account: str, seconds: float) -> None:
    """Nobody tries to read the mailbox although the time has come: the watchdog gets no sign from here on."""
    _emit(logging.ERROR, "mailbox.overdue", account=account, seconds=f"{seconds:.0f}")


def mailbox_reconciled(account: str, folder: str, *, new: int) -> None:
    _emit(logging.DEBUG, "mailbox.reconciled", account=account, folder=folder, new=new)


def mailbox_renumbered(account: str, folder: str) -> None:
    """UIDVALIDITY changed: every mail in the folder is met again and recognised by its digest."""
    _emit(logging.WARNING, "mailbox.renumbered", account=account, folder=folder)


def mail_taken(mail_id: int, *, size: int) -> None:
    _emit(logging.INFO, "mail.taken", mail=mail_id, size=size)


def mail_seen_again(mail_id: int, folder: str) -> None:
    _emit(logging.INFO, "mail.seen_again", mail=mail_id, folder=folder)


def ids_raised(given: int, *, above: int) -> None:
    """The database is older than the archive: what it forgot keeps its ids, new mails get greater ones."""
    _emit(logging.WARNING, "ids.raised", known=given, above=above)


def mail_moved(mail_id: int, *, source: str, target: str, act: str, why: str) -> None:
    """A person moved it in a mail client; `act` is what that meant."""
    _emit(logging.INFO, "mail.moved_by_person", mail=mail_id, source=source, target=target, act=act, why=why or "-")


def mail_gone(mail_id: int, *, folder: str) -> None:
    """A person deleted it, or took it out of our folders; its bytes are kept and its case goes on."""
    _emit(logging.WARNING, "mail.gone", mail=mail_id, folder=folder)


def mail_found_late(mail_id: int, *, folder: str) -> None:
    """A person had moved it out of the inbox before it was seen there."""
    _emit(logging.WARNING, "mail.found_late", mail=mail_id, folder=folder)


def folder_strangers(folder: str, *, count: int) -> None:
    """Mails lie in one of our folders that never came through the inbox; they are left alone."""
    _emit(logging.WARNING, "folder.strangers", folder=folder, count=count)


def folder_unwatched(folder: str, why: str) -> None:
    """The server does not let us look at, or make, a folder: what people move there is not seen."""
    _emit(logging.ERROR, "folder.unwatched", folder=folder, why=why)


def mail_unfetchable(account: str, folder: str, uid: int, why: str) -> None:
    _emit(logging.ERROR, "mail.unfetchable", account=account, folder=folder, uid=uid, why=why)


def mail_whole(mail_id: int, *, size: int) -> None:
    """What was held by its header could be fetched at last."""
    _emit(logging.INFO, "mail.whole", id=mail_id, size=size)


def mail_decided(mail_id: int, *, route: str, rule: str, place: str, effects: int) -> None:
    _emit(logging.INFO, "mail.decided", mail=mail_id, route=route, rule=rule, place=place, effects=effects)


def mail_held(mail_id: int, *, reason: str) -> None:
    _emit(logging.WARNING, "mail.held", mail=mail_id, reason=reason)


def mail_failed(mail_id: int, *, attempt: int, why: str) -> None:
    _emit(logging.WARNING, "mail.failed", mail=mail_id, attempt=attempt, why=why)


def group_divided(mails: int, *, why: str) -> None:
    """Several mails were not recorded together; each is decided by itself next."""
    _emit(logging.WARNING, "group.divided", mails=mails, why=why)


def mail_done(mail_id: int) -> None:
    _emit(logging.INFO, "mail.done", mail=mail_id)


def mail_retried(mail_id: int, *, actor: str) -> None:
    _emit(logging.INFO, "mail.retried", mail=mail_id, actor=actor)


def mails_purged(mail_ids: Iterable[int]) -> None:
    """A person purged these, together: they are empty now, and their files are about to go."""
    known = sorted(mail_ids)
    _emit(logging.WARNING, "mails.purged", count=len(known), mails=",".join(map(str, known)))


def purge_ended(*, mails: int, files: int, skipped: int) -> None:
    """How many mails, files of the archive, and groups that were used or held meanwhile."""
    _emit(logging.WARNING, "purge.ended", mails=mails, files=files, skipped=skipped)


def mail_instructed(mail_id: int, *, action: str, actor: str) -> None:
    _emit(logging.INFO, "mail.instructed", id=mail_id, action=action, actor=actor)


def case_overridden(case_id: int, *, category: str, how: str, actor: str) -> None:
    _emit(logging.INFO, "case.overridden", case=case_id, category=category, how=how, actor=actor)


def criteria_activated(version: str, *, previous: str, actor: str) -> None:
    _emit(logging.INFO, "criteria.activated", version=version, previous=previous, actor=actor)


def templates_taken(version: str, *, set_id: int, how: str, actor: str, notices: int) -> None:
    """Texts came into force: `how` is first, release, file, desk or restore; so many notices are others than before."""
    _emit(logging.INFO, "templates.taken", version=version, set=set_id, how=how, actor=actor, notices=notices)


def templates_refused(why: str, *, in_force: str) -> None:
    """One thing that is wrong with the texts on disk; the last good ones stay in force."""
    _emit(logging.WARNING, "templates.refused", why=why, in_force=in_force)


def calendar_changed(version: str, *, previous: str, moved: int, actor: str) -> None:
    """A person added or took back a closure; `moved` open clocks run longer."""
    _emit(logging.INFO, "calendar.changed", version=version, previous=previous, moved=moved, actor=actor)


def door_unavailable(door: str, why: str) -> None:
    """The scanner or a register does not answer; the documents that need it wait."""
    _emit(logging.WARNING, "door.unavailable", door=door, why=why)


def effect_done(effect_id: int, *, kind: str, mail_id: int | None) -> None:
    _emit(logging.INFO, "effect.done", effect=effect_id, kind=kind, mail=mail_id or "-")


def effect_failed(effect_id: int, *, kind: str, mail_id: int | None, attempt: int, why: str) -> None:
    _emit(logging.WARNING, "effect.failed", effect=effect_id, kind=kind, mail=mail_id or "-", attempt=attempt, why=why)


def effect_unknown(effect_id: int, *, mail_id: int | None, why: str) -> None:
    """The text of a mail went to the server and no answer came back: it is looked for before it is sent again."""
    _emit(logging.WARNING, "effect.unknown", effect=effect_id, mail=mail_id or "-", why=why)


def effect_settled(effect_id: int, *, mail_id: int | None, how: str) -> None:
    """An unknown mail is unknown no more: arrived, or sent once more."""
    _emit(logging.WARNING, "effect.settled", effect=effect_id, mail=mail_id or "-", how=how)


def outgoing_stopped(scope: str, why: str) -> None:
    """Mail to the outside waits for a person: all of it, or what is unusual in bulk."""
    _emit(logging.ERROR, "outgoing.stopped", scope=scope, why=why)


def outgoing_released(*, mails: int, actor: str) -> None:
    _emit(logging.WARNING, "outgoing.released", mails=mails, actor=actor)


def outgoing_changed(act: str, *, effect_id: int, actor: str) -> None:
    """A person held, released or cancelled one mail."""
    _emit(logging.INFO, "outgoing.changed", act=act, effect=effect_id, actor=actor)


def effect_buried(effect_id: int, *, kind: str, mail_id: int | None, why: str) -> None:
    _emit(logging.ERROR, "effect.buried", effect=effect_id, kind=kind, mail=mail_id or "-", why=why)


def clock_set_back(seconds: float) -> None:
    """The system's clock was set back; what is due by it rings when it says so, once."""
    _emit(logging.WARNING, "clock.set_back", seconds=f"{seconds:.0f}")


def timer_fired(timer_id: int, *, kind: str, case_id: int | None, late_seconds: float) -> None:
    _emit(logging.INFO, "timer.fired", timer=timer_id, kind=kind, case=case_id or "-", late=f"{late_seconds:.0f}s")


def digest_made(day: str, *, mails: int) -> None:
    _emit(logging.INFO, "digest.made", day=day, mails=mails)


def journal_sealed(place: int, *, head: str) -> None:
    """Up to this place the journal is sealed; whoever keeps the head can prove later that nothing of it changed."""
    _emit(logging.INFO, "journal.sealed", place=place, head=head)


def incident_opened(incident_id: int, *, kind: str, subject: str) -> None:
    """Something is wrong with the service itself; `subject` is the section or option of the settings it is about."""
    _emit(logging.WARNING, "incident.opened", incident=incident_id, kind=kind, subject=subject)


def incident_told(incident_id: int, *, kind: str, subject: str, step: str) -> None:
    """A step of its ladder was put in the outbox: told, escalated, past, over."""
    _emit(logging.WARNING, "incident.told", incident=incident_id, kind=kind, subject=subject, step=step)


def incident_over(incident_id: int, *, kind: str, subject: str) -> None:
    _emit(logging.INFO, "incident.over", incident=incident_id, kind=kind, subject=subject)


def database_unavailable(why: str, *, retry_seconds: float) -> None:
    _emit(logging.ERROR, "database.unavailable", why=why, retry_in=f"{retry_seconds:.0f}s")


def stage_failed(stage: str, why: str) -> None:
    """A stage was refused by a door for a reason that will not pass by itself."""
    _emit(logging.ERROR, "stage.failed", stage=stage, why=why)


def storage_refused(why: str, *, retry_seconds: float) -> None:
    """The archive or the spool cannot be written (full disk, permissions): nothing is taken until it can."""
    _emit(logging.ERROR, "storage.refused", why=why, retry_in=f"{retry_seconds:.0f}s")


def bug(where: str, error: BaseException, *, mail_id: int | None = None) -> None:
    """Something nobody foresaw. Class and code lines only: the message of an exception may quote a mail."""
    _emit(logging.ERROR, "bug", where=where, error=type(error).__name__, mail=mail_id or "-", trail=trail(error))


def trail(error: BaseException) -> str:
    """The lines of code that an exception passed, innermost first."""
    frames = traceback.extract_tb(error.__traceback__)
    return " < ".join(f"{Path(frame.filename).name}:{frame.lineno}:{frame.name}" for frame in reversed(frames))
