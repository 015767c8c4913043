"""The fuses against loops: automatic replies to one sender and in one thread, counted from rows, and whether one blew.

A fuse that went out stays out: as long as mail of that sender or thread is held for it, no reply leaves. A person who
gives one of them to the daemon again (`inboxd retry`) puts it back in: what was counted before counts no more.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from inboxd.documents import Reason
from inboxd.plan import INSIDE
from inboxd.store.journal import DAEMON
from inboxd.tables import effects, events, mails

THREAD_WINDOW = timedelta(hours=4)
SENDER_WINDOW = timedelta(hours=24)


def to_sender(tx: Connection, address: str, now: datetime) -> int:
    """Automatic replies to this address in the last 24 hours; all of `name+tag@domain` count as one."""
    since = _since(tx, _is_sender(mails.c.sender, address), now - SENDER_WINDOW)
    return _replies(tx, _is_sender(effects.c.recipient, address), since)


def in_thread(tx: Connection, thread: str, now: datetime) -> int:
    """Automatic replies in this thread in the last 4 hours."""
    return _replies(tx, effects.c.thread == thread, _since(tx, mails.c.thread == thread, now - THREAD_WINDOW))


def is_out(tx: Connection, mail_id: int, address: str, thread: str) -> bool:
    """Whether other mail of this sender or thread is held at a limit, and no person looked at any since."""
    for known, whose in ((address, _is_sender(mails.c.sender, address)), (thread, mails.c.thread == thread)):
        if not known:
            continue
        held = select(func.max(mails.c.decided_at)).where(
            whose, mails.c.id != mail_id, mails.c.state == "held", mails.c.held_reason == Reason.REPLY_LIMIT
        )
        at = tx.scalar(held)
        if at is not None and at > _since(tx, whose, at - timedelta(microseconds=1)):
            return True
    return False


def _is_sender(column: ColumnElement[str], address: str) -> ColumnElement[bool]:
    local, _, domain = address.rpartition("@")
    base, tag, _ = local.partition("+")
    if not tag or not base:
        return column == address
    tagged = and_(column.startswith(f"{base}+", autoescape=True), column.endswith(f"@{domain}", autoescape=True))
    return or_(column == f"{base}@{domain}", tagged)


def _since(tx: Connection, whose: ColumnElement[bool], window: datetime) -> datetime:
    """From when replies count: the window, or the last time a person gave mail of this sender or thread back."""
    again = select(func.max(events.c.at)).join(mails, mails.c.id == events.c.mail_id)
    at = tx.scalar(again.where(whose, events.c.event == "retried", events.c.actor != DAEMON))
    return max(window, at) if at is not None else window


def _replies(tx: Connection, condition: ColumnElement[bool], since: datetime) -> int:
    sent = effects.c.kind == "send", effects.c.template.not_in(INSIDE), effects.c.created_at >= since
    return tx.scalar(select(func.count()).select_from(effects).where(condition, *sent)) or 0
