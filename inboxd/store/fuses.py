"""The fuses against loops: automatic replies to one sender and in one thread, counted from rows, and whether one blew.

A fuse that went out stays out: as long as mail of that sender or thread is held for it, no reply leaves. A person who
gives one of them to the daemon again (`inboxd retry`) puts it back in: what was counted before counts no more.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Select,
    String,
    and_,
    bindparam,
    func,
    literal,
    or_,
    select,
)

from inboxd.documents import Reason
from inboxd.plan import INSIDE
from inboxd.store.journal import DAEMON
from inboxd.tables import effects, events, mails

THREAD_WINDOW = timedelta(hours=4)
SENDER_WINDOW = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fuses:
    """How they stand for one correspondent and thread."""

    to_sender: int = 0
    """Automatic replies to this address in the last 24 hours; all of `name+tag@domain` count as one."""
    in_thread: int = 0
    """Automatic replies in this thread in the last 4 hours."""
    is_out: bool = False
    """Other mail of this sender or thread is held at a limit, and no person looked at any since."""


def look_at(tx: Connection, mail_id: int, address: str, thread: str, now: datetime) -> Fuses:
    """The fuses of a correspondent and a thread; what is empty has none."""
    of_sender = _names(address) if address else {}
    wanted = [_TAGGED if "first" in of_sender else _SENDER] if address else []
    if thread:
        wanted.append(_THREAD)
    if not wanted:
        return Fuses()
    given: dict[str, Any] = {**of_sender, "thread": thread, "mail": mail_id}
    begins = {f"{of}_begins": now - _WINDOW[of] for of in wanted}
    # two looks for all of them: every mail pays for each
    found = tx.execute(_stands(tuple(wanted)), _used(wanted, given, "mail") | begins).one()._mapping
    since, out = {}, False
    for of in wanted:
        given_back, held = found[f"{of}_given_back"], found[f"{of}_held"]
        since[f"{of}_since"] = given_back or begins[f"{of}_begins"]
        if held is not None and (given_back is None or held > given_back):
            out = out or not _given_back_after(tx, of, _used([of], given), held, begins[f"{of}_begins"])
    counts = tx.execute(_counted(tuple(wanted)), _used(wanted, given) | since).one()._mapping
    to_sender = sum(counts[of] for of in wanted if of != _THREAD)
    return Fuses(to_sender=to_sender, in_thread=counts.get(_THREAD, 0), is_out=out)


_IS_HELD: BindParameter[str] = literal("held", literal_execute=True)
_IS_RETRIED: BindParameter[str] = literal("retried", literal_execute=True)
"""Written out, not bound: else an index of these rows alone is not used."""
_SENDER, _TAGGED, _THREAD = "sender", "tagged", "thread"
_WINDOW = {_SENDER: SENDER_WINDOW, _TAGGED: SENDER_WINDOW, _THREAD: THREAD_WINDOW}
_BINDS = {_SENDER: ("address",), _TAGGED: ("address", "first", "last"), _THREAD: ("thread",)}


def _used(wanted: list[str], given: Mapping[str, Any], *more: str) -> dict[str, Any]:
    return {name: given[name] for name in (*(name for of in wanted for name in _BINDS[of]), *more)}


def _given_back_after(tx: Connection, of: str, whose: Mapping[str, Any], held: datetime, begins: datetime) -> bool:
    """Whether a person gave mail back since the last one was held; that nobody did since `begins` is known."""
    return held < begins and tx.scalar(_given_back(of), {**whose, f"{of}_begins": held}) is not None


# what every mail needs is built once: building a statement costs more than carrying it out
@cache
def _stands(wanted: tuple[str, ...]) -> Select[Any]:
    """When a person last gave mail back in the window, and when the last one that is held at a limit was decided."""
    columns = []
    for of in wanted:
        whose = _whose(of, mails.c.sender, mails.c.thread)
        at_limit = mails.c.state == _IS_HELD, mails.c.held_reason == Reason.REPLY_LIMIT
        held = select(func.max(mails.c.decided_at)).where(whose, mails.c.id != bindparam("mail"), *at_limit)
        again = _given_back(of).scalar_subquery()
        columns += [again.label(f"{of}_given_back"), held.scalar_subquery().label(f"{of}_held")]
    return select(*columns)


@cache
def _given_back(of: str) -> Select[Any]:
    """By the few that people gave back lately, never by all mail of a sender."""
    of_these = select(mails.c.id).where(mails.c.id == events.c.mail_id, _whose(of, mails.c.sender, mails.c.thread))
    begins: BindParameter[Any] = bindparam(f"{of}_begins", type_=events.c.at.type)
    by_person = events.c.event == _IS_RETRIED, events.c.actor != DAEMON, events.c.at >= begins
    return select(func.max(events.c.at)).where(*by_person, of_these.correlate(events).exists())


@cache
def _counted(wanted: tuple[str, ...]) -> Select[Any]:
    """Automatic replies since a moment for each."""
    columns = []
    for of in wanted:
        since: BindParameter[Any] = bindparam(f"{of}_since", type_=effects.c.created_at.type)
        sent = effects.c.kind == "send", effects.c.template.not_in(INSIDE), effects.c.created_at >= since
        replies = select(func.count()).select_from(effects)
        replies = replies.where(_whose(of, effects.c.recipient, effects.c.thread), *sent)
        columns.append(replies.scalar_subquery().label(of))
    return select(*columns)


def _whose(of: str, address: ColumnElement[str], thread: ColumnElement[str]) -> ColumnElement[bool]:
    if of == _THREAD:
        return thread == bindparam("thread")
    plain = address == bindparam("address")
    if of == _SENDER:
        return plain
    # `name@domain`, or `name+tag@domain` with any tag
    first, last = bindparam("first", type_=String), bindparam("last", type_=String)
    of_tag = and_(address.startswith(first, escape="/"), address.endswith(last, escape="/"))
    return or_(plain, of_tag)


def _names(address: str) -> dict[str, str]:
    """What tells mail of a sender, or to him, apart."""
    local, _, domain = address.rpartition("@")
    base, tag, _ = local.partition("+")
    if not tag or not base:
        return {"address": address}
    return {"address": f"{base}@{domain}", "first": _escaped(f"{base}+"), "last": _escaped(f"@{domain}")}


def _escaped(text: str) -> str:
    return re.sub(r"([%_/])", r"/\1", text)
