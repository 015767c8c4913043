"""docs/ladder.md keeps its word: its steps, people, settings and worked example are those of inboxd."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from inboxd import calendar, ladder
from inboxd.plan import Category
from inboxd.replies import NOTICES
from inboxd.settings import OfficeSettings
from inboxd.standard_tables import FilingTable, ReviewStandard
from tests.standards_file import STANDARDS, TEXT, toronto

PAGE = (Path(__file__).parents[2] / "docs" / "ladder.md").read_text(encoding="utf-8")
STEPS = [[cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.splitlines()
         if re.match(r"\| [a-z ]+ \| .+ \| `[a-z_]+` \|$", line)]
WHO = {"on call, team": "on_call", "team": "team", "managers, team": "managers"}


def test_every_step_is_on_the_page_with_its_people_and_notice() -> None:
    assert {(notice.strip("`"), WHO[who]) for _, _, who, notice in STEPS} == {
        (step.notice, str(step.to)) for step in ladder.STEPS.values()}
    assert [name for _, _, _, name in STEPS if name.strip("`") not in NOTICES] == []


def test_options_on_the_page_are_options() -> None:
    known = {*ReviewStandard.model_fields, *FilingTable.model_fields}
    named = {option for _, when, _, _ in STEPS for option in re.findall(r"`(\w+)`", when)}
    assert named <= known
    assert len(named) == 8
    example = tomllib.loads("\n".join(re.findall(r"^    (.+)$", PAGE.partition("## A worked")[0], re.MULTILINE)))
    assert set(example["office"]) <= set(OfficeSettings.model_fields)


def test_the_worked_example_is_what_the_standards_say() -> None:
    assert re.search(r"    \[standard\.urgent\]\n((?:    .+\n)+)", PAGE)
    lines = re.findall(r"^    (\[standard\.urgent\]|[a-z_]+ = .+)$", PAGE.partition("## A worked")[2], re.MULTILINE)
    assert "\n".join(lines) in TEXT
    received = toronto("2026-11-02 10:00")
    due = calendar.deadline(STANDARDS.calendar, received, 2, None)
    rows = re.findall(r"^\| (\d{4}-\d\d-\d\d \d\d:\d\d) \| (\w+)", PAGE, re.MULTILINE)
    assert rows == [
        (f"{plan.due_at.astimezone(STANDARDS.calendar.zone):%Y-%m-%d %H:%M}", ladder.STEPS[plan.kind].notice)
        for plan in ladder.of_case(STANDARDS, received, Category.URGENT, due)]
