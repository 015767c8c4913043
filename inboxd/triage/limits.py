"""What stands above every rule: no automatic reply that nobody reads, and none past the limits (promise 4, RFC 3834).

Nothing is dropped: a reply is withheld, everything else still happens, and the mail is held for a person. Past a limit
for one sender or one thread it stays so until a person gives a mail of that sender to the daemon again
(`inboxd retry`); one alert tells of it. Pure; never fails.
"""

from __future__ import annotations

import dataclasses
import re

from inboxd.documents import Reason
from inboxd.plan import Plan, ReplyPlan
from inboxd.settings import Place
from inboxd.triage.question import Question

_UNREAD = re.compile(
    r"(?:.*[._+-])?(?:no-?_?reply|do-?_?not-?_?reply|ne-?pas-?repondre|nepasrepondre|noreply|donotreply|pasdereponse)(?:[._+-].*)?"
    r"|owner-.+|.+-owner|.+-request|.+-bounces?|mailer-daemon|postmaster|listserv|majordomo|mailman|sympa|bounces?(?:[+-].*)?"
)
"""Local parts that RFC 3834 section 2 names, those of list software, and those that say that nobody reads them."""


def is_unread(address: str) -> bool:
    """Whether an address says of itself that no person reads what is sent to it."""
    return _UNREAD.fullmatch(address.rpartition("@")[0].lower()) is not None


def within_limits(question: Question, plan: Plan) -> Plan:
    """The plan, without replies to its sender that must not be sent; a person looks instead."""
    correspondents = (question.sender, question.correspondent)
    to_sender = tuple(reply for reply in plan.replies if reply.to in correspondents)
    if not to_sender:
        return plan
    if any(is_unread(reply.to) for reply in to_sender):
        told = () if plan.held else question.alerts("held", reason=Reason.NO_SENDER)
        return _withheld(plan, to_sender, Reason.NO_SENDER, told)
    limits, facts = question.rules.settings.replies, question.facts
    tripped = (
        facts.replies_to_sender_today + len(to_sender) > limits.per_sender_per_day
        or facts.replies_in_thread + len(to_sender) > limits.per_thread_per_4_hours
    )
    if not tripped and not facts.waits_at_limit:
        return plan
    told = () if facts.waits_at_limit else question.alerts("reply_limit", reason=Reason.REPLY_LIMIT)
    return _withheld(plan, to_sender, Reason.REPLY_LIMIT, told)


def _withheld(plan: Plan, replies: tuple[ReplyPlan, ...], reason: Reason, told: tuple[ReplyPlan, ...]) -> Plan:
    kept = tuple(reply for reply in plan.replies if reply not in replies)
    return dataclasses.replace(
        plan,
        replies=(*kept, *told),
        withheld=tuple(reply.template for reply in replies),
        held=plan.held or reason,
        place=plan.place if plan.place is Place.CRITICAL else Place.HELD,
    )
