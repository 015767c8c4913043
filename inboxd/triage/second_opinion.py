"""Two readers, one category: what the criteria say weighed against what the second reader thinks (`product.md`).

Agreement decides. A critical signal from one of them alone, a disagreement or a guess goes to a person. A refusal
needs both: the criteria find nothing in it, and the second reader is sure. Where the criteria are silent or torn, the
second reader settles it only if it is sure and they object to nothing; what it settles as critical needs a hint of
theirs. The shares were chosen on texts by hands that the model had not learned from (docs/training.md).
Pure.
"""

from __future__ import annotations

import dataclasses

from inboxd.opinions import Opinion
from inboxd.plan import Category
from inboxd.triage.reading import Reading

AGREES = 0.35
"""Confidence from which the second reader's word counts as agreement; below it is a guess."""
AGREES_ON_CRITICAL = 0.6
SUSPECTS = 0.3
"""Share of critical from which nothing lower is decided, even where both readers name the same."""
SUSPECTS_ALONE = 0.15
"""The same where the criteria leave it open."""
SUSPECTS_WITH_A_HINT = 0.03
"""The same where they leave it open and hint at something critical."""
AGREES_WITH_A_HIT = 0.5
"""Confidence from which it settles what the criteria found and left open beside doubts."""
SURE = 0.75
"""Confidence from which it settles what the criteria are silent on: of such opinions nineteen in twenty are right."""
SURE_OF_CRITICAL = 0.8
SURE_OF_REFUSAL = 0.7
"""With a topic that the criteria know, and nothing else in the text that they cannot place."""
SURE_WITHOUT_A_TOPIC = 0.8
SURE_BESIDE_DOUBTS = 0.9
"""Where words of the text might mean more, or a day is named so near that most criticals name one."""
SURE_WITHOUT_A_TOPIC_BESIDE_DOUBTS = 0.95
SOON = 1


def weigh(reading: Reading, opinion: Opinion | None) -> Reading:
    """The reading with the category that both readers support; None where a person decides. Without one: unchanged."""
    if opinion is None:
        return reading
    category = _settled(reading, opinion)
    # what is refused by both is understood: nothing of it stays open
    uncertain = reading.uncertain and category is not Category.NOT_MET
    return dataclasses.replace(reading, category=category, uncertain=uncertain, opinion=opinion)


def suspects(opinion: Opinion | None) -> bool:
    """Does the second reader alone see enough to call people at once?"""
    return opinion is not None and opinion.share(Category.CRITICAL) >= SUSPECTS_ALONE


def _settled(reading: Reading, opinion: Opinion) -> Category | None:
    if reading.category is Category.CRITICAL or any(hit.category is Category.CRITICAL for hit in reading.hits):
        agreed = opinion.category is Category.CRITICAL and opinion.confidence >= AGREES_ON_CRITICAL
        return Category.CRITICAL if agreed else None
    if opinion.category is Category.CRITICAL:
        hinted = reading.category is None and reading.may_be_worse
        return Category.CRITICAL if hinted and opinion.confidence >= SURE_OF_CRITICAL else None
    if reading.category is not None:
        agreed = reading.category is opinion.category and opinion.confidence >= AGREES
        return reading.category if agreed and opinion.share(Category.CRITICAL) < SUSPECTS else None
    if opinion.share(Category.CRITICAL) >= (SUSPECTS_WITH_A_HINT if reading.hints_at_critical else SUSPECTS_ALONE):
        return None
    return _left_open(reading, opinion)


def _left_open(reading: Reading, opinion: Opinion) -> Category | None:
    """The criteria do not settle it: the second reader does, if they object to nothing."""
    if reading.passport:
        return None
    doubted = reading.hints_at_critical or reading.nearest_day <= SOON
    found = {hit.category for hit in reading.hits}
    if opinion.category is Category.NOT_MET:
        if found or reading.hints_at_critical:
            return None
        needed = SURE_BESIDE_DOUBTS if doubted or reading.uncertain else SURE_OF_REFUSAL
        if not reading.not_met_topics:
            needed = SURE_WITHOUT_A_TOPIC_BESIDE_DOUBTS if doubted or reading.uncertain else SURE_WITHOUT_A_TOPIC
    else:
        if opinion.category is Category.COMPLEX and Category.URGENT in found:
            return None
        needed = AGREES_WITH_A_HIT if opinion.category in found else SURE
        needed = max(needed, SURE_BESIDE_DOUBTS) if doubted else needed
    return opinion.category if opinion.confidence >= needed else None
