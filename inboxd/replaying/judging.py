"""Past mails, one after the other: read from the archive and decided by two sets of rules.

A mail that cannot be judged is said to be so, with why: not decided yet, only its header kept, its file missing or
damaged, no mail that can be read, a fault of inboxd itself. Raises `Transient` if the archive's disk or the database
does not answer: no figure would hold.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from inboxd import maillog, process, triage
from inboxd.context import Context
from inboxd.errors import InboxdError, Permanent, Transient, Unparsable
from inboxd.mail import Body, Email, Facts, Taken
from inboxd.opinions import Opinion, SecondReader
from inboxd.replaying.comparing import Compared, compare, outcome_of
from inboxd.store import past
from inboxd.store.held import HEADER_ONLY
from inboxd.store.past import PastMail
from inboxd.triage import Rules
from inboxd.triage.criteria import Criteria


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """A mail that was not judged."""

    mail_id: int
    received: datetime
    why: str
    """For people: one sentence without words of the mail."""
    bug: str = ""
    """Where, if inboxd itself failed on it."""


def past_mails(context: Context, since: datetime, until: datetime) -> list[PastMail]:
    """Every mail received in that time (aware, `until` not included), in order of receipt."""
    with context.database.reading() as tx:
        return past.mails_between(tx, since, until)


def known_then(context: Context, tx: Connection, taken: Taken, email: Email, arrived: datetime) -> Facts:
    """What our records said about a mail when it was decided; for one that is not ours, what they say now."""
    return past.as_of_decision(tx, process.look_up(context, tx, taken, email, arrived), email)


def judge_past(context: Context, new: Criteria, mails: Sequence[PastMail]) -> Iterator[Compared | Unread]:
    """Judge each mail by the rules in force (`context.rules`) and by the same with `new` criteria."""
    for mail in mails:
        yield _judge(context, new, mail)


def _judge(context: Context, new: Criteria, mail: PastMail) -> Compared | Unread:
    taken = mail.taken

    def unread(why: str, bug: str = "") -> Unread:
        return Unread(mail_id=taken.mail_id, received=taken.arrived_at, why=why, bug=bug)

    if mail.state == "taken":
        return unread("it is not decided yet")
    if mail.held_reason in HEADER_ONLY:
        return unread("it is held by its header: only that is here")
    try:
        email = context.reader.stored(taken.digest, taken.outline)
    except Transient:
        raise
    except Unparsable as error:
        return unread(f"it cannot be read as a mail: {error}")
    except Permanent as error:
        return unread(str(error))
    except Exception as error:
        return unread("a fault of inboxd itself", f"{type(error).__name__}, {maillog.trail(error)}")
    try:
        # facts once, for both: the only thing that differs are the rules
        with context.database.reading() as tx:
            facts = known_then(context, tx, taken, email, taken.arrived_at)
        return _compared(context.rules, new, email, facts)
    except InboxdError:
        raise
    except Exception as error:
        # one mail that our own code fails on must not hide the others
        return unread("a fault of inboxd itself", f"{type(error).__name__}, {maillog.trail(error)}")


class _Once:
    """The second reader, asked once for the same words: its opinion does not depend on the criteria, and costs most."""

    def __init__(self, reader: SecondReader) -> None:
        self._reader = reader
        self._known: dict[tuple[Body, str, bool, datetime], Opinion] = {}

    @property
    def version(self) -> str:
        return self._reader.version

    def opinion(self, body: Body, subject: str, *, is_reply: bool, received: datetime) -> Opinion:
        key = (body, subject, is_reply, received)
        if key not in self._known:
            self._known[key] = self._reader.opinion(body, subject, is_reply=is_reply, received=received)
        return self._known[key]


def _compared(old: Rules, new: Criteria, email: Email, facts: Facts) -> Compared:
    arrived = facts.taken.arrived_at
    if old.second_reader is not None:
        old = dataclasses.replace(old, second_reader=_Once(old.second_reader))
    sender = email.sender.address if email.sender else ""
    outcomes = [
        outcome_of(triage.decide(email, facts, rules, arrived), facts.cases, sender)
        for rules in (old, dataclasses.replace(old, criteria=new))
    ]
    return compare(facts.taken.mail_id, arrived, *outcomes)
