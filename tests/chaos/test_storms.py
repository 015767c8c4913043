"""The bounded form of `make chaos`: one small story, in calm and in a storm on each database."""

from __future__ import annotations

import pytest

from tests.chaos.campaign import Campaign
from tests.chaos.page import write_page
from tests.chaos.plans import Plan
from tests.servers import Postgres

PLAN = Plan(length=16, marches=8, kills=8, strikes=14)


@pytest.mark.timeout(400)
def test_a_storm_loses_nothing_and_doubles_nothing(campaign: Campaign, postgres: Postgres) -> None:
    campaign.results.begin("in CI")
    both = {"sqlite": None, "postgresql": postgres}
    storms = list(campaign.story(20261122, both, PLAN))
    assert [ended.database for ended in storms] == ["sqlite", "postgresql"]
    for ended in storms:
        campaign.results.add(ended)
        assert ended.judged.complaints == [], f"seed {ended.seed} on {ended.database}"
        assert ended.judged.letters > 16
        assert ended.faults["killed at a random moment"] + ended.faults["killed at a named step"] >= 12
        assert len(ended.reached) > 60, "steps have lost their names"
    page = campaign.root / "trust.md"
    write_page(campaign.results, page)
    assert "nothing was lost, and nothing was doubled" in page.read_text(encoding="utf-8")
