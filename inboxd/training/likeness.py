"""Which texts belong on one side of a split: of one pair, theme, thread or application number, or of like words.

Without this a model is praised for remembering. Pure; the answer does not depend on chance.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import combinations

from inboxd.training.sources import Labelled
from inboxd.triage.folding import fold

RUN = 4
"""Texts are compared by runs of so many words."""
COMMON_RUN = 12
"""A run that more texts share is a turn of phrase and says nothing."""
ALIKE = 0.15
"""Texts that share so much of the shorter one's runs are told apart by little."""
_NUMBER = re.compile(r"\b[A-Z]{1,2}\d{7,12}\b")


def groups(texts: Sequence[Labelled]) -> list[int]:
    """For each text the number of its group; alone in it if nothing is like it."""
    parent = list(range(len(texts)))

    def root(place: int) -> int:
        while parent[place] != place:
            parent[place] = parent[parent[place]]
            place = parent[place]
        return place

    by_tie: dict[str, int] = {}
    for place, text in enumerate(texts):
        for tie in (*text.ties, *(f"number/{number}" for number in _NUMBER.findall(text.text))):
            parent[root(place)] = root(by_tie.setdefault(tie, place))
    for first, second in _alike(texts):
        parent[root(second)] = root(first)
    roots = [root(place) for place in range(len(texts))]
    numbered = {found: number for number, found in enumerate(dict.fromkeys(roots))}
    return [numbered[found] for found in roots]


def _alike(texts: Sequence[Labelled]) -> list[tuple[int, int]]:
    runs: list[set[tuple[str, ...]]] = []
    holders: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for place, text in enumerate(texts):
        words = re.findall(r"[a-z0-9]+", fold(text.text).text)
        runs.append({tuple(words[start : start + RUN]) for start in range(len(words) - RUN + 1)})
        for run in runs[-1]:
            holders[run].append(place)
    shared = Counter(
        both for places in holders.values() if 2 <= len(places) <= COMMON_RUN for both in combinations(places, 2)
    )
    return [both for both, count in shared.items() if count >= ALIKE * min(len(runs[both[0]]), len(runs[both[1]]))]


def folds(texts: Sequence[Labelled], group_of: Sequence[int], count: int) -> list[list[int]]:
    """The places of the texts of each of `count` folds: whole groups, every category in every fold, by digest."""
    members: dict[int, list[int]] = defaultdict(list)
    for place, group in enumerate(group_of):
        members[group].append(place)
    mixed = sorted(
        members.values(), key=lambda places: hashlib.sha256(texts[places[0]].text.encode("utf-8", "replace")).digest()
    )
    found: list[list[int]] = [[] for _ in range(count)]
    held: list[Counter[str]] = [Counter() for _ in range(count)]
    for places in sorted(mixed, key=len, reverse=True):
        wanted = [str(texts[place].category) for place in places]
        least = min(range(count), key=lambda at: (sum(held[at][one] for one in wanted), len(found[at]), at))
        found[least] += places
        held[least].update(wanted)
    return [sorted(places) for places in found]
