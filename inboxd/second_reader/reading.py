"""A model reads one text: the opinion, and the words that spoke for it. Pure and repeatable; never fails on any text.

A score is a sum over the known features of the text, each by how often it stands there, how rare it is, and what it
was found to say. Each block of features has length one, so that a long text is not surer than a short one; what the
model does not know is part of that length and says nothing, so that of strange words it is not sure.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from operator import mul

from inboxd.opinions import READ, Opinion
from inboxd.second_reader.features import Places, read_features
from inboxd.second_reader.model import RARITY_STEP, UNKNOWN_RARITY, Model
from inboxd.second_reader.tokens import Token
from inboxd.triage.folding import Folded

WORDS_SHOWN = 6
_UNSHOWN = frozenset(
    ("the", "and", "for", "with", "that", "this", "has", "have", "was", "are", "but", "her", "his", "our", "their",
     "les", "des", "une", "est", "sur", "par", "pour", "dans", "avec", "que", "qui", "son", "ses", "aux", "mais",
     "<name>", "<app>", "<uci>", "<tel>", "<mail>", "<number>", "<hundreds>", "<tens>", "<year>")
)  # fmt: skip
"""Words that alone tell a person nothing, names and numbers of people."""
_CLASSES = len(READ)
_OFTEN = (0.0, *(1 + math.log(count) for count in range(1, 64)))
"""What a feature counts that is met so often."""

_Weighed = tuple[int, float, Sequence[int]]


def give_opinion(model: Model, text: str, received: datetime) -> Opinion:
    """What `model` thinks of a text. `received` is aware; it says which day "tomorrow" is."""
    folded, tokens, blocks = read_features(text, received)
    found = [_weigh(model, block, share) for block, share in zip(blocks, model.manifest.block_weights, strict=True)]
    shares = _shares(_scores(model, found), model.manifest.sharpness)
    best = max(range(_CLASSES), key=lambda category: (shares[category], -category))
    return Opinion(
        category=READ[best],
        confidence=shares[best],
        shares=tuple(zip(READ, shares, strict=True)),
        words=_words(folded, tokens, _spoke(model, found, best, len(tokens))),
    )


def _weigh(model: Model, block: Places, share: float) -> list[_Weighed]:
    """The features that the model knows: their place in it, their value, the tokens they stand at."""
    rows = []
    square = 0.0
    features, begins, rarity = model.features, model.begins, model.rarity
    for feature, places in block.items():
        count = len(places)
        often = _OFTEN[count] if count < len(_OFTEN) else 1 + math.log(count)
        upper = feature >> 16
        end = begins[upper + 1]
        at = bisect_left(features, feature, begins[upper], end)
        if at == end or features[at] != feature:
            value = often * UNKNOWN_RARITY
        else:
            value = often * rarity[at] * RARITY_STEP
            rows.append((at, value, places))
        square += value * value
    if not rows:
        return []
    length = share / math.sqrt(square)
    return [(at, value * length, places) for at, value, places in rows]


def _scores(model: Model, found: Sequence[list[_Weighed]]) -> list[float]:
    weights, scales = model.weights, model.manifest.scales
    scores = []
    for category, scale in enumerate(scales):
        score = 0.0
        for rows in found:
            for at, value, _ in rows:
                score += value * weights[at * _CLASSES + category] * scale
        scores.append(score)
    return scores


def _shares(scores: Sequence[float], sharpness: float) -> tuple[float, ...]:
    top = max(scores)
    powers = [math.exp(sharpness * (score - top)) for score in scores]
    total = sum(powers)
    return tuple(power / total for power in powers)


def _spoke(model: Model, found: Sequence[list[_Weighed]], best: int, tokens: int) -> list[float]:
    """How much each token spoke for the category, against the mean of the others."""
    spoke = [0.0] * tokens
    weights, scales = model.weights, model.manifest.scales
    for rows in found:
        for at, value, places in rows:
            start = at * _CLASSES
            said = list(map(mul, weights[start : start + _CLASSES], scales))
            part = value * (said[best] - (sum(said) - said[best]) / (_CLASSES - 1)) / len(places)
            for place in places:
                spoke[place] += part
    return spoke


def _words(folded: Folded, tokens: Sequence[Token], spoke: Sequence[float]) -> tuple[str, ...]:
    """The weightiest words, each kind once; neighbours that both weigh are shown together."""
    best: dict[str, int] = {}
    for place, token in enumerate(tokens):
        if len(token.text) > 2 and token.text not in _UNSHOWN and spoke[place] > 0:
            known = best.setdefault(token.text, place)
            if spoke[place] > spoke[known]:
                best[token.text] = place
    chosen = sorted(best.values(), key=lambda place: (-spoke[place], place))[:WORDS_SHOWN]
    weight: dict[tuple[int, int], float] = defaultdict(float)
    for first, last in _runs(sorted(chosen)):
        weight[first, last] = max(spoke[first : last + 1])
    ordered = sorted(weight, key=lambda run: (-weight[run], run))
    shown = (folded.words(tokens[first].start, tokens[last].end)[0] for first, last in ordered)
    return tuple(dict.fromkeys(shown))


def _runs(places: Sequence[int]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for place in places:
        if runs and place == runs[-1][1] + 1:
            runs[-1] = runs[-1][0], place
        else:
            runs.append((place, place))
    return runs
