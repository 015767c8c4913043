"""Our holiday table against the `holidays` package: the same days, and each difference that is known has its reason.

The package is not what inboxd counts by: its federal category lacks two days of the public service's agreements, and a
release of it must not move anybody's deadline.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import holidays
import pytest

from inboxd.standards import Standards, read_standards

OURS = Path(__file__).parents[2] / "config" / "standards.toml"
YEARS = range(2026, 2031)


@dataclass(frozen=True, kw_only=True)
class Difference:
    """A day that we keep and the package's federal category does not, with the list of the package that has it."""

    region: str
    name: str
    why: str
    province: str
    category: str
    not_in: tuple[int, ...] = ()
    """Years in which not even that list has our day."""


KNOWN = (
    *(
        Difference(
            region=region, name="Easter Monday", province="ON", category="optional",
            why="a designated paid holiday in the agreements of the federal public service (domain.md 1.7, U55); the "
            "package lists it only as optional, since private employers under federal law need not give it",
        )
        for region in ("august", "quebec")
    ),
    Difference(
        region="august", name="Civic Holiday", province="ON", category="optional",
        why="the agreements give one more day, the first Monday of August where a province has none of its own "
        "(domain.md 1.7); the package knows it as a custom of provinces",
    ),
    Difference(
        region="quebec", name="Quebec’s National Holiday", province="QC", category="public", not_in=(2028,),
        why="in Quebec that day is 24 June (domain.md 1.7); the package has it as provincial law, which moves it from "
        "a Sunday to Monday but not from a Saturday: our weekend days go to the next workday (U55), so 26 June 2028",
    ),
)  # fmt: skip


def standards(region: str, folder: Path) -> Standards:
    text = OURS.read_text(encoding="utf-8").replace('region = "august"', f'region = "{region}"', 1)
    (folder / "standards.toml").write_text(text, encoding="utf-8")
    return read_standards(folder / "standards.toml")


def workdays(category: str, province: str | None = None) -> dict[date, str]:
    """Days of the package from Monday to Friday: on weekends the office is closed anyway."""
    table = holidays.Canada(subdiv=province, years=YEARS, categories=(category,), language="en_CA")
    return {day: name for day, name in table.items() if day.weekday() < 5}


@pytest.mark.parametrize("region", ["august", "quebec"])
def test_holidays_differ_from_the_packages_federal_ones_only_where_it_is_known_why(
    region: str, tmp_path: Path
) -> None:
    ours, theirs = standards(region, tmp_path).calendar.closed, workdays("government")
    assert {day for day in theirs if day not in ours} == set()
    more = {(ours[day].name_en, day.year) for day in ours if day not in theirs}
    assert more == {(known.name, year) for known in KNOWN if known.region == region for year in YEARS}


@pytest.mark.parametrize("known", KNOWN, ids=lambda known: f"{known.region} {known.name}")
def test_the_day_of_each_difference_is_the_one_that_the_package_lists_elsewhere(
    known: Difference, tmp_path: Path
) -> None:
    elsewhere = workdays(known.category, known.province)
    days = [day for day, row in standards(known.region, tmp_path).calendar.closed.items() if row.name_en == known.name]
    assert [day.year for day in days] == list(YEARS)
    assert tuple(day.year for day in days if day not in elsewhere) == known.not_in
    assert known.why


@pytest.mark.parametrize(("province", "names"), [("ON", {"Family Day"}), ("QC", set())])
def test_provincial_days_that_the_federal_service_does_not_keep_are_working_days(
    province: str, names: set[str], tmp_path: Path
) -> None:
    """Family Day is none of the federal public service's (domain.md 1.7)."""
    region = "quebec" if province == "QC" else "august"
    ours, theirs = standards(region, tmp_path).calendar.closed, workdays("public", province)
    assert {name for day, name in theirs.items() if day not in ours} == names


def test_the_days_that_both_have_bear_the_same_names() -> None:
    """Another day under the same date would be chance, not agreement."""
    ours, theirs = read_standards(OURS).calendar.closed, workdays("government")

    def bare(name: str) -> str:
        return name.replace("’", "'").replace("New Year's Day", "New Year").partition(" (")[0].removesuffix(" Day")

    named = {(bare(ours[day].name_en), bare(theirs[day].partition(";")[0])) for day in theirs}
    assert {pair for pair in named if pair[0] != pair[1]} == set()
