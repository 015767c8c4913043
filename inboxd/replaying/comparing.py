"""Two decisions about one mail, and in which ways they differ for the office that wrote it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from inboxd.mail import OpenCase
from inboxd.plan import INTERNAL_NOTICES, Category, Hit, Plan

TO_REFUSAL, FROM_REFUSAL = "to_refusal", "from_refusal"
TO_REVIEW, FROM_REVIEW = "to_review", "from_review"
RAISED, LOWERED = "raised", "lowered"
CASES, ROUTE, DEADLINE, REPLY, WORDING = "cases", "route", "deadline", "reply", "wording"
KINDS: Mapping[str, str] = {
    TO_REFUSAL: "to refusal",
    LOWERED: "lowered",
    FROM_REVIEW: "from review",
    FROM_REFUSAL: "from refusal",
    RAISED: "raised",
    TO_REVIEW: "to review",
    CASES: "other number of cases",
    ROUTE: "other route",
    DEADLINE: "other deadline",
    REPLY: "other reply",
    WORDING: "other words in the same reply",
}
"""Ways to differ with their names for people, what can do most harm first."""
_DECIDED = (Category.CRITICAL, Category.URGENT, Category.COMPLEX, Category.NOT_MET)
_PRESSING = tuple(Category)
_LONGEST = 80
"""Letters of a criterion's words that are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one set of rules makes of one mail."""

    route: str
    held: str
    categories: tuple[Category, ...]
    """Of each case that it opens or joins."""
    reply_by: tuple[datetime, ...]
    action_by: tuple[datetime, ...]
    templates: tuple[str, ...]
    """Replies to the sender, in order."""
    values: tuple[Mapping[str, Any], ...]
    """What those replies say."""
    criteria: tuple[tuple[str, str], ...]
    """Id and the sender's words of what decided."""
    because: str

    @property
    def category(self) -> Category | None:
        """The most pressing of its cases."""
        return min(self.categories, key=_PRESSING.index, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One mail, judged twice."""

    mail_id: int
    received: datetime
    old: Outcome
    new: Outcome
    kinds: tuple[str, ...]
    """Keys of `KINDS` in that order; empty: nothing differs."""

    @property
    def changes(self) -> bool:
        """Category, deadline or reply differ, and not only words inside the same reply."""
        return bool(self.kinds) and self.kinds != (WORDING,)


def outcome_of(plan: Plan, cases: Sequence[OpenCase], sender: str) -> Outcome:
    """What a plan means. `cases` are those the mail may belong to, as they were."""
    known = {case.case_id: case for case in cases}
    categories: list[Category] = []
    reply_by: list[datetime] = []
    action_by: list[datetime] = []
    ids: list[str] = []
    for opened in plan.cases:
        categories.append(opened.category)
        reply_by.append(opened.deadline.reply_by)
        action_by += [opened.deadline.action_by] if opened.deadline.action_by else []
        ids += opened.criteria
    for change in plan.updates:
        case = known.get(change.case_id)
        if change.category is not None and change.deadline is not None:
            categories.append(change.category)
            reply_by.append(change.deadline.reply_by)
            action_by += [change.deadline.action_by] if change.deadline.action_by else []
            ids += change.criteria
        elif case is not None:
            categories.append(Category(case.category))
            reply_by.append(case.reply_by)
    replies = [reply for reply in plan.replies if reply.to == sender and reply.template not in INTERNAL_NOTICES]
    return Outcome(
        route=str(plan.verdict.route),
        held=str(plan.held or ""),
        categories=tuple(categories),
        reply_by=tuple(reply_by),
        action_by=tuple(action_by),
        templates=tuple(reply.template for reply in replies),
        values=tuple(reply.values for reply in replies),
        criteria=_deciding(plan.verdict.hits, ids),
        because=plan.verdict.because,
    )


def _deciding(hits: Sequence[Hit], ids: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """The criteria that decided with their words; where none did, everything that was read."""
    wanted = [hit for hit in hits if hit.criterion in ids] or list(hits)
    words: dict[str, str] = {}
    for hit in wanted:
        said = f"{hit.category} {hit.words}" if hit.where == "opinion" else hit.words
        words.setdefault(hit.criterion, said if len(said) <= _LONGEST else f"{said[: _LONGEST - 1]}…")
    return tuple(words.items())


def compare(mail_id: int, received: datetime, old: Outcome, new: Outcome) -> Compared:
    """In which ways two outcomes of one mail differ."""
    found = set(_between(old.category, new.category))
    if len(old.categories) != len(new.categories):
        found.add(CASES)
    elif sorted(old.categories) != sorted(new.categories) and not found:
        found.add(CASES)  # the most pressing one is the same, another is not
    if (old.route, old.held) != (new.route, new.held):
        found.add(ROUTE)
    if (old.reply_by, old.action_by) != (new.reply_by, new.action_by):
        found.add(DEADLINE)
    if old.templates != new.templates:
        found.add(REPLY)
    elif old.values != new.values:
        found.add(WORDING)
    kinds = tuple(kind for kind in KINDS if kind in found)
    return Compared(mail_id=mail_id, received=received, old=old, new=new, kinds=kinds)


def _between(old: Category | None, new: Category | None) -> set[str]:
    """From one category to another, in the words of `KINDS`."""
    if old is new:
        return set()
    found = set()
    for category, kind in ((old, FROM_REVIEW), (new, TO_REVIEW)):
        if category is Category.REVIEW:
            found.add(kind)
    for category, kind in ((old, FROM_REFUSAL), (new, TO_REFUSAL)):
        if category is Category.NOT_MET:
            found.add(kind)
    if old in _DECIDED and new in _DECIDED:
        found.add(RAISED if _DECIDED.index(new) < _DECIDED.index(old) else LOWERED)
    return found
