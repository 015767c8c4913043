"""The bounded form of `make chaos`: one small story for each database, in calm and in a storm."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.chaos.campaign import Campaign
from tests.chaos.page import write_page
from tests.chaos.plans import Plan
from tests.servers import Postgres

PLAN = Plan(length=14, more=8, marches=8, kills=8, strikes=14, rebuild=True)
SEEDS = {"sqlite": 20261124, "postgresql": 20261123}
"""The first has a clock that jumps, the second TLS on both sides."""


@pytest.mark.timeout(400)  # half a minute on a machine that has nothing else to do
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_a_storm_loses_nothing_and_doubles_nothing(
    campaign: Campaign, database: str, postgres: Callable[[], Postgres]
) -> None:
    campaign.results.begin("in CI")
    cluster = postgres() if database == "postgresql" else None
    (ended,) = campaign.story(SEEDS[database], {database: cluster}, PLAN)
    campaign.results.add(ended)
    assert ended.database == database, "it did not get beyond the calm run"
    assert ended.judged.complaints == []
    assert ended.judged.rebuild == []
    assert ended.judged.letters > 22
    assert ended.judged.sent > 15
    killed = ended.faults["killed at a random moment"] + ended.faults["killed at a named step"]
    assert killed >= 12
    assert ended.faults.total() - killed >= 5, "nothing broke but the daemon"
    assert len(ended.reached) > 60, "steps have lost their names"
    page = campaign.root / "trust.md"
    write_page(campaign.results, page)
    assert "nothing was lost, and nothing was doubled" in page.read_text(encoding="utf-8")
