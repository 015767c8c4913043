"""One fact flips the category: pairs of enquiries, English and French (`domain.md` 5.1, 5.3).

What the criteria cannot tell today must come out as review, never as a wrong decision; `minimal_pairs.toml` lists it.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from inboxd.plan import Category
from tests.unit.enquiries import asked

PAIRS: list[dict[str, Any]] = tomllib.loads(
    (Path(__file__).parent / "minimal_pairs.toml").read_text(encoding="utf-8")
)["pair"]
SIDES = [(pair["fact"], pair[side]) for pair in PAIRS for side in ("one", "other")]
UNCLEAR_MOST = 20
"""A change of the criteria may not make more of these unclear."""


def _said(text: str) -> str:
    category = asked(text).category
    return "review" if category is None else str(category)


@pytest.mark.parametrize(("fact", "side"), SIDES, ids=lambda value: value if isinstance(value, str) else value["text"])
def test_each_side_is_read_as_expected(fact: str, side: dict[str, str]) -> None:
    assert _said(side["text"]) == side["expected"], fact


def test_one_fact_flips_the_category() -> None:
    meant = [[pair[side].get("wish", pair[side]["expected"]) for side in ("one", "other")] for pair in PAIRS]
    assert [pair["fact"] for pair, (one, other) in zip(PAIRS, meant, strict=True)
            if (one == other) != pair.get("same", False)] == []  # fmt: skip


def test_there_are_thirty_pairs_in_each_language_and_every_category_is_met() -> None:
    by_language = Counter(pair["language"] for pair in PAIRS)
    assert by_language["en"] >= 30
    assert by_language["fr"] >= 30
    for language in by_language:
        seen = {pair[side]["expected"] for pair in PAIRS if pair["language"] == language for side in ("one", "other")}
        assert {str(category) for category in Category} <= seen
    assert len({side["text"] for _, side in SIDES}) == len(SIDES)


def test_what_is_unclear_has_a_wish_and_is_rare() -> None:
    unclear = [side for _, side in SIDES if side["expected"] == "review"]
    assert all(side["wish"] in {"critical", "urgent", "complex", "not_met"} for side in unclear)
    assert all("wish" not in side for _, side in SIDES if side["expected"] != "review")
    assert len(unclear) <= UNCLEAR_MOST
    assert [side["text"] for side in unclear if side["wish"] == "critical"] == []
