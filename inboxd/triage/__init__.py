"""Pure decisions: one mail, its facts and the office's rules in, a plan out. Touches nothing.

`rules` holds the order in which a mail's kind is settled.
"""

from __future__ import annotations

import dataclasses
from datetime import datetime

from inboxd import calendar
from inboxd.mail import Email, Facts
from inboxd.plan import Plan
from inboxd.triage.limits import within_limits
from inboxd.triage.question import Question, Rules
from inboxd.triage.rules import RULES

__all__ = ["Question", "Rules", "ask", "decide"]


def ask(email: Email, facts: Facts, rules: Rules, now: datetime) -> Question:
    """Put a mail, its facts and the rules together."""
    day = calendar.local_time(rules.standards.calendar, facts.taken.arrived_at).date()
    address = email.sender.address if email.sender else ""
    member = rules.roster.find(address, day)
    former = rules.roster.nearest(address, day) if member is None else None
    question = Question(email=email, facts=facts, rules=rules, now=now, member=member, former=former)
    if former is not None and question.is_released:
        # a person let it through: it is mail of the office that the address was, or will be, of
        return dataclasses.replace(question, member=former, former=None)
    return question


def decide(email: Email, facts: Facts, rules: Rules, now: datetime) -> Plan:
    """What becomes of a mail. The same arguments always give the same plan."""
    question = ask(email, facts, rules, now)
    for rule in RULES:
        plan = rule(question)
        if plan is not None:
            return within_limits(question, plan)
    raise AssertionError("the last rule takes every mail")
