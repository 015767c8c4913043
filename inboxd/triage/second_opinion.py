"""Two readers, one category: what the criteria say weighed against what the second reader thinks (`product.md`).

Agreement decides. A critical signal from one of them alone, a disagreement or a guess goes to a person. A refusal
needs both. Where the criteria are silent or torn, the second reader settles it only if it is sure and they object to
nothing; what it settles as critical needs a hint of theirs. Pure.
"""

from __future__ import annotations

import dataclasses

from inboxd.opinions import Opinion
from inboxd.plan import Category
from inboxd.triage.reading import Reading

AGREES = 0.4
"""Confidence from which the second reader's word counts as agreement; below it is a guess."""
AGREES_ON_CRITICAL = 0.5
SURE = 0.85
"""Confidence from which it settles what the criteria leave open: of such opinions some nineteen in twenty are right."""
SUSPECTS = 0.2
"""Share of critical from which nothing lower is decided."""
SOON = 1
"""With a day named so near, nothing that the criteria leave open is settled as less than critical."""


def weigh(reading: Reading, opinion: Opinion | None) -> Reading:
    """The reading with the category that both readers support; None where a person decides. Without one: unchanged."""
    if opinion is None:
        return reading
    return dataclasses.replace(reading, category=_settled(reading, opinion), opinion=opinion)


def _settled(reading: Reading, opinion: Opinion) -> Category | None:
    critical_hit = any(hit.category is Category.CRITICAL for hit in reading.hits)
    if reading.category is Category.CRITICAL or critical_hit:
        agreed = opinion.category is Category.CRITICAL and opinion.confidence >= AGREES_ON_CRITICAL
        return Category.CRITICAL if agreed and (reading.category or opinion.confidence >= SURE) else None
    if opinion.category is Category.CRITICAL:
        hinted = reading.category is None and reading.may_be_worse
        return Category.CRITICAL if hinted and opinion.confidence >= SURE else None
    if opinion.share(Category.CRITICAL) >= SUSPECTS:
        return None
    if reading.category is not None:
        agreed = reading.category is opinion.category and opinion.confidence >= AGREES
        return reading.category if agreed else None
    return _left_open(reading, opinion)


def _left_open(reading: Reading, opinion: Opinion) -> Category | None:
    """The criteria do not settle it: urgent or complex by the second reader alone, if they object to nothing."""
    if opinion.category is Category.NOT_MET or opinion.confidence < SURE:
        return None
    others = {hit.category for hit in reading.hits} - {opinion.category}
    higher = opinion.category is Category.COMPLEX and Category.URGENT in others
    if higher or reading.hints_at_critical or reading.nearest_day <= SOON or reading.passport:
        return None
    return opinion.category
