"""Every way of writing a date is looked for only where a word stands that it cannot do without."""

from __future__ import annotations

import random
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inboxd.triage.dates_written import WAYS, Way
from inboxd.triage.folding import fold
from inboxd.triage.horizon import Mention, mentions

TODAY = date(2026, 11, 3)
LABELLED = Path(__file__).parents[1] / "labelled"


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.needs[0] + str(WAYS.index(way)))
def test_no_such_date_lacks_its_words(way: Way) -> None:
    @settings(max_examples=60, suppress_health_check=list(HealthCheck), deadline=None)
    @given(st.from_regex(way.pattern))
    def told(text: str) -> None:
        for found in way.pattern.finditer(text):
            assert any(word in found[0] for word in way.needs), found[0]

    told()


def slowly(text: str) -> tuple[Mention, ...]:
    """Every date, by looking for every way of writing one."""
    found = [
        Mention(match.start(), match.end(), *days, way.sure)
        for way in WAYS for match in way.pattern.finditer(text)
        if (days := way.resolve(match, TODAY)) is not None
    ]
    kept: list[Mention] = []
    for mention in sorted(found, key=lambda each: (each.start - each.end, each.start)):
        if all(mention.end <= other.start or other.end <= mention.start for other in kept):
            kept.append(mention)
    return tuple(sorted(kept, key=lambda each: each.start))


def test_labelled_texts_name_the_same_days() -> None:
    texts = [path.read_text(encoding="utf-8", errors="replace") for path in sorted(LABELLED.rglob("*.*"))]
    assert len(texts) > 3
    words = " ".join(texts).split()
    chance = random.Random(7)
    for _ in range(300):
        start = chance.randrange(len(words))
        text = fold(" ".join(words[start : start + 400])).text
        assert mentions(text, TODAY) == slowly(text)
