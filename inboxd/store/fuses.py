"""The fuses against loops: automatic replies to one sender and in one thread, counted from rows, and whether one blew.

A fuse that went out stays out: as long as mail of that sender or thread is held for it, no reply leaves. A person who
gives one of them to the daemon again (`inboxd retry`) puts it back in: what was counted before counts no more.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from sqlalchemy import ColumnElement, Connection, Executable, String, and_, bindparam, func, or_, select

from inboxd.documents import Reason
from inboxd.plan import INSIDE
from inboxd.store.journal import DAEMON
from inboxd.tables import effects, events, mails

THREAD_WINDOW = timedelta(hours=4)
SENDER_WINDOW = timedelta(hours=24)


def to_sender(tx: Connection, address: str, now: datetime) -> int:
    """Automatic replies to this address in the last 24 hours; all of `name+tag@domain` count as one."""
    since = _since(tx, *_sender(address), now - SENDER_WINDOW)
    return _replies(tx, *_recipient(address), since)


def in_thread(tx: Connection, thread: str, now: datetime) -> int:
    """Automatic replies in this thread in the last 4 hours."""
    given = {"thread": thread}
    return _replies(tx, _REPLIES_IN_THREAD, given, _since(tx, _OF_THREAD, given, now - THREAD_WINDOW))


def is_out(tx: Connection, mail_id: int, address: str, thread: str) -> bool:
    """Whether other mail of this sender or thread is held at a limit, and no person looked at any since."""
    for known, (of, given) in ((address, _sender(address)), (thread, (_OF_THREAD, {"thread": thread}))):
        if not known:
            continue
        at = tx.scalar(of.held, {**given, "mail": mail_id})
        if at is not None and at > _since(tx, of, given, at - timedelta(microseconds=1)):
            return True
    return False


@dataclass(frozen=True, slots=True)
class _Of:
    """What is asked about mail of one sender or thread."""

    given_back: Executable
    held: Executable

    @classmethod
    def those(cls, whose: ColumnElement[bool]) -> Self:
        again = select(func.max(events.c.at)).join(mails, mails.c.id == events.c.mail_id)
        at_limit = mails.c.state == "held", mails.c.held_reason == Reason.REPLY_LIMIT
        return cls(
            again.where(whose, events.c.event == "retried", events.c.actor != DAEMON),
            select(func.max(mails.c.decided_at)).where(whose, mails.c.id != bindparam("mail"), *at_limit),
        )


def _replies_to(whose: ColumnElement[bool]) -> Executable:
    sent = effects.c.kind == "send", effects.c.template.not_in(INSIDE), effects.c.created_at >= bindparam("since")
    return select(func.count()).select_from(effects).where(whose, *sent)


def _plain(column: ColumnElement[str]) -> ColumnElement[bool]:
    return column == bindparam("address")


def _tagged(column: ColumnElement[str]) -> ColumnElement[bool]:
    """`name@domain`, or `name+tag@domain` with any tag."""
    first, last = bindparam("first", type_=String), bindparam("last", type_=String)
    of_tag = and_(column.startswith(first, escape="/"), column.endswith(last, escape="/"))
    return or_(column == bindparam("address"), of_tag)


# what every mail needs is built once: building a statement costs more than carrying it out
_OF_THREAD = _Of.those(mails.c.thread == bindparam("thread"))
_REPLIES_IN_THREAD = _replies_to(effects.c.thread == bindparam("thread"))
_OF_SENDER, _OF_TAGGED = (_Of.those(whose(mails.c.sender)) for whose in (_plain, _tagged))
_REPLIES_TO, _REPLIES_TO_TAGGED = (_replies_to(whose(effects.c.recipient)) for whose in (_plain, _tagged))


def _sender(address: str) -> tuple[_Of, dict[str, str]]:
    given = _names(address)
    return (_OF_TAGGED if len(given) > 1 else _OF_SENDER), given


def _recipient(address: str) -> tuple[Executable, dict[str, str]]:
    given = _names(address)
    return (_REPLIES_TO_TAGGED if len(given) > 1 else _REPLIES_TO), given


def _names(address: str) -> dict[str, str]:
    """What `_plain` or `_tagged` is given for an address."""
    local, _, domain = address.rpartition("@")
    base, tag, _ = local.partition("+")
    if not tag or not base:
        return {"address": address}
    return {"address": f"{base}@{domain}", "first": _escaped(f"{base}+"), "last": _escaped(f"@{domain}")}


def _escaped(text: str) -> str:
    return re.sub(r"([%_/])", r"/\1", text)


def _since(tx: Connection, of: _Of, given: dict[str, str], window: datetime) -> datetime:
    """From when replies count: the window, or the last time a person gave mail of this sender or thread back."""
    at = tx.scalar(of.given_back, given)
    return max(window, at) if at is not None else window


def _replies(tx: Connection, wanted: Executable, given: dict[str, str], since: datetime) -> int:
    return tx.scalar(wanted, {**given, "since": since}) or 0
