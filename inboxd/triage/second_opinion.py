"""Two readers, one category: what the criteria say weighed against what the second reader thinks (`product.md`).

Agreement decides. A critical signal from one of them alone, a disagreement or a guess goes to a person. A refusal
needs both: the criteria find nothing in it, and the second reader is sure. Where the criteria are silent or torn, the
second reader settles it only if it is sure and they object to nothing; what it settles as critical needs a hint of
theirs. Between urgent and complex, which share one clock and one promise (`domain.md` 1.6 C8), the reader that is sure
decides. The shares were chosen on texts by hands that the model had not learned from (docs/training.md).
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
SUSPECTS_WITH_A_HINT = 0.05
"""The same where they leave it open and hint at something critical."""
SUSPECTS_BESIDE_ANOTHER_NAME = 0.03
"""The same where they name the other of urgent and complex."""
SEES_NOTHING_CRITICAL = 0.01
"""Share of critical below which a hint (a removal only imagined, long past) beside a known topic forbids no refusal."""
AGREES_WITH_A_HIT = 0.5
"""Confidence from which it settles what the criteria found and left open."""
AGREES_WITH_A_HIT_BESIDE_DOUBTS = 0.7
"""The same where they hint at something critical, or a day is named so near that most criticals name one."""
SURE = 0.75
"""Confidence from which it settles what the criteria are silent on: of such opinions nineteen in twenty are right."""
SURE_BESIDE_DOUBTS = 0.9
"""The same beside such doubts."""
SURE_OF_CRITICAL = 0.8
SURE_BETWEEN_URGENT_AND_COMPLEX = 0.9
SURE_OF_REFUSAL = {(True, False): 0.8, (False, False): 0.9, (True, True): 0.85, (False, True): 0.9}
"""By whether the criteria know its topic, and whether words of the text might mean more."""
SURE_OF_REFUSAL_DESPITE_A_HINT = 0.9
"""Of such opinions, with nothing critical in them, none was wrong on texts by other hands (docs/training.md)."""
SOON = 1
_ONE_CLOCK = frozenset({Category.URGENT, Category.COMPLEX})


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
        return _both_named(reading.category, opinion)
    if opinion.share(Category.CRITICAL) >= (SUSPECTS_WITH_A_HINT if reading.hints_at_critical else SUSPECTS_ALONE):
        return None
    if reading.passport or reading.for_people:
        return None
    return _refused(reading, opinion) if opinion.category is Category.NOT_MET else _left_open(reading, opinion)


def _both_named(named: Category, opinion: Opinion) -> Category | None:
    """Neither says critical, and the criteria settled on a category."""
    critical = opinion.share(Category.CRITICAL)
    if named is opinion.category:
        return named if opinion.confidence >= AGREES and critical < SUSPECTS else None
    one_clock = {named, opinion.category} == _ONE_CLOCK
    sure = opinion.confidence >= SURE_BETWEEN_URGENT_AND_COMPLEX and critical < SUSPECTS_BESIDE_ANOTHER_NAME
    return opinion.category if one_clock and sure else None


def _refused(reading: Reading, opinion: Opinion) -> Category | None:
    """Not met, though the criteria do not say so by themselves: only where none of them speaks for anything."""
    if reading.hits:
        return None
    if reading.hints_at_critical:
        explained = bool(reading.not_met_topics) and opinion.share(Category.CRITICAL) < SEES_NOTHING_CRITICAL
        return Category.NOT_MET if explained and opinion.confidence >= SURE_OF_REFUSAL_DESPITE_A_HINT else None
    doubted = reading.uncertain or reading.nearest_day <= SOON
    sure = opinion.confidence >= SURE_OF_REFUSAL[bool(reading.not_met_topics), doubted]
    return Category.NOT_MET if sure else None


def _left_open(reading: Reading, opinion: Opinion) -> Category | None:
    """Urgent or complex, where the criteria do not settle it."""
    found = {hit.category for hit in reading.hits}
    needed = SURE_BETWEEN_URGENT_AND_COMPLEX if found else SURE
    if found == {opinion.category}:
        needed = AGREES_WITH_A_HIT
    if reading.hints_at_critical or reading.nearest_day <= SOON:
        beside_doubts = AGREES_WITH_A_HIT_BESIDE_DOUBTS if needed == AGREES_WITH_A_HIT else SURE_BESIDE_DOUBTS
        needed = max(needed, beside_doubts)
    return opinion.category if opinion.confidence >= needed else None
