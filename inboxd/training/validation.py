"""How good a model is on texts that it did not learn from, and what its scores are worth. Pure: plain numbers.

Every figure is made from scores of texts that were held out with their whole group. docs/training.md says what each
means. Shares are from 0 to 1; None where there is nothing to count.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from inboxd.opinions import READ
from inboxd.plan import Category
from inboxd.second_reader.model import Thresholds
from inboxd.training.sources import Labelled

LEVELS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
"""Confidences at which the figures are given."""
CONFIDENT_RIGHT = 0.97
CRITICAL_REACHED = 0.99
Row = Sequence[float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One text that was held out, with its shares."""

    text: Labelled
    shares: tuple[float, ...]

    @property
    def category(self) -> Category:
        return READ[max(range(len(READ)), key=lambda at: (self.shares[at], -at))]

    @property
    def confidence(self) -> float:
        return max(self.shares)

    @property
    def is_right(self) -> bool:
        return self.category is self.text.category


def shares(row: Row, sharpness: float) -> tuple[float, ...]:
    """Scores as shares that add up to 1."""
    top = max(row)
    powers = [math.exp(sharpness * (score - top)) for score in row]
    return tuple(power / sum(powers) for power in powers)


def fit_sharpness(rows: Sequence[Row], texts: Sequence[Labelled]) -> float:
    """The sharpness under which the held-out texts are least surprising (golden section; 0.05 to 20)."""

    def surprise(sharpness: float) -> float:
        return -sum(
            math.log(max(shares(row, sharpness)[READ.index(text.category)], 1e-12))
            for row, text in zip(rows, texts, strict=True)
        )

    low, high = 0.05, 20.0
    golden = (math.sqrt(5) - 1) / 2
    for _ in range(40):
        left, right = high - golden * (high - low), low + golden * (high - low)
        if surprise(left) <= surprise(right):
            high = right
        else:
            low = left
    return round((low + high) / 2, 4)


def thresholds(held: Sequence[Held]) -> Thresholds:
    """Where to draw lines so that what is said of them in `Thresholds` holds on these texts."""
    right, confident = 0, 1.0
    for number, one in enumerate(sorted(held, key=lambda one: -one.confidence), start=1):
        right += one.is_right
        if right / number >= CONFIDENT_RIGHT:
            confident = one.confidence
    critical = sorted(one.shares[0] for one in held if one.text.category is Category.CRITICAL)
    missed = int(len(critical) * (1 - CRITICAL_REACHED))
    return Thresholds(
        confident=round(confident, 4), critical=math.floor(critical[missed] * 1e4) / 1e4 if critical else 0.0
    )


def figures(held: Sequence[Held], folds: Sequence[Sequence[int]]) -> dict[str, Any]:
    """The figures of a cross-validation; `folds` says which of `held` belong together."""
    by_fold = [share for fold in folds if (share := accuracy(held[place] for place in fold)) is not None]
    return {
        "texts": len(held),
        "accuracy": accuracy(held),
        "macro_f1": _macro_f1(held),
        "per_category": {str(category): _category(held, category) for category in READ},
        "in_pairs": accuracy(one for one in held if one.text.in_pair),
        "by_language": {
            language: accuracy(one for one in held if one.text.language == language)
            for language in sorted({one.text.language for one in held})
        },
        "folds": by_fold,
        "gap_between_folds": _rounded(max(by_fold) - min(by_fold)) if by_fold else None,
        "at_confidence": [_at(held, level) for level in LEVELS],
        "critical_missed": sorted(
            one.text.id for one in held if one.text.category is Category.CRITICAL and not one.is_right
        ),
        "calibration": _calibration(held),
    }


def _rounded(share: float) -> float:
    return round(share, 4)


def accuracy(held: Iterable[Held]) -> float | None:
    """The share that was right, from 0 to 1; None of nothing."""
    counted = [one.is_right for one in held]
    return _rounded(sum(counted) / len(counted)) if counted else None


def _category(held: Sequence[Held], category: Category) -> dict[str, float | int | None]:
    labelled = sum(one.text.category is category for one in held)
    said = sum(one.category is category for one in held)
    right = sum(one.is_right for one in held if one.category is category)
    return {
        "labelled": labelled,
        "said": said,
        "precision": _rounded(right / said) if said else None,
        "recall": _rounded(right / labelled) if labelled else None,
        "f1": _rounded(2 * right / (labelled + said)) if labelled + said else None,
    }


def _macro_f1(held: Sequence[Held]) -> float | None:
    counted = Counter(one.text.category for one in held)
    found = [_category(held, category)["f1"] for category in READ if counted[category]]
    return _rounded(sum(value or 0 for value in found) / len(found)) if found else None


def _at(held: Sequence[Held], level: float) -> dict[str, float | int | None]:
    """What would be decided if only opinions of this confidence decided."""
    sure = [one for one in held if one.confidence >= level]
    refused = [one for one in sure if one.category is Category.NOT_MET]
    return {
        "confidence": level,
        "decided": _rounded(len(sure) / len(held)) if held else None,
        "right": accuracy(sure),
        "critical_missed": sum(one.text.category is Category.CRITICAL and not one.is_right for one in sure),
        "refused": len(refused),
        "refused_wrongly": sum(not one.is_right for one in refused),
    }


def _calibration(held: Sequence[Held]) -> list[dict[str, float | int | None]]:
    """Of the texts read at about one confidence: how many were right."""
    rows: list[dict[str, float | int | None]] = []
    for low in (0.25, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9):
        high = {0.25: 0.4}.get(low, low + 0.1)
        here = [one for one in held if low <= one.confidence < high or (low == 0.9 and one.confidence >= high)]
        mean = _rounded(sum(one.confidence for one in here) / len(here)) if here else None
        rows.append({"from": low, "texts": len(here), "mean_confidence": mean, "right": accuracy(here)})
    return rows
