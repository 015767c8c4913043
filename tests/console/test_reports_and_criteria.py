"""The month with the list behind each figure, and the criteria with a draft tried on past mail."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from playwright.sync_api import expect

from inboxd.roles import Role
from tests.console.browsing import complaints
from tests.console.conftest import LANGUAGES, Office, Visit
from tests.crash.letters import critical

REPORTS = {"en": "The whole report", "fr": "Le rapport complet"}
TRY = {"en": "Try it on past mail", "fr": "L’essayer sur les messages passés"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_month_leads_to_its_charts_and_to_the_list_behind_each_figure(
    office: Office, visit: Visit, later: Callable[..., datetime], language: str
) -> None:
    case = office.case_of(office.receive(critical()))
    later(minutes=5)
    month = f"{office.world.clock.at.astimezone(office.desk.zone):%Y-%m}"
    page = visit("/reports", language=language)
    page.get_by_role("combobox").select_option(month)
    page.get_by_role("button").filter(has_text={"en": "Show", "fr": "Afficher"}[language]).click()
    assert page.url.endswith(f"/reports/{month}")
    assert complaints(page) == []
    page.get_by_role("link", name=REPORTS[language]).click()
    expect(page.locator("html")).to_have_attribute("lang", language)
    assert page.locator("svg[role=img] rect").count() > 3
    assert page.evaluate("getComputedStyle(document.querySelector('svg.fills')).position") == "absolute", "its style"
    expect(page.locator("#lists")).to_contain_text(case.reference)
    page.go_back()
    page.locator(".headline a").nth(1).click()
    assert "#list-" in page.url


def test_a_count_is_given_out_again_for_five_minutes_and_says_so(
    office: Office, visit: Visit, later: Callable[..., datetime]
) -> None:
    month = f"{later(minutes=5).astimezone(office.desk.zone):%Y-%m}"
    page = visit(f"/reports/{month}")
    mails = page.locator(".headline dd").first

    def counted() -> int:
        return int(mails.inner_text().replace(",", ""))

    before = counted()
    office.receive(critical())
    page.reload()
    assert counted() == before
    expect(page.locator("main")).to_contain_text("As things stood on")
    page.get_by_role("link", name="Count again").click()
    assert page.url.endswith(f"/reports/{month}")
    assert counted() == before + 1
    office.receive(critical())
    later(minutes=5)
    page.reload()
    assert counted() == before + 2


def test_every_figure_and_list_comes_as_csv(office: Office) -> None:
    case = office.case_of(office.receive(critical()))
    month = f"{office.world.clock.at.astimezone(office.desk.zone):%Y-%m}"
    answer = office.ask("GET", f"/reports/{month}/csv", token=office.token(Role.VIEWER))
    assert answer.headers["Content-Disposition"] == f'attachment; filename="report-{month}.zip"'
    with zipfile.ZipFile(io.BytesIO(answer.data)) as packed:
        texts = {name: packed.read(name).decode("utf-8-sig") for name in packed.namelist()}
    assert any(case.reference in text for name, text in texts.items() if name.endswith(".csv"))


@pytest.mark.parametrize("month", ["2026-13", "2999-01", "1999-12", "x", "2026-1", "٢٠٢٦-٠١"])
def test_a_month_that_is_none_is_not_there(office: Office, month: str) -> None:
    from urllib.parse import quote

    assert office.ask("GET", f"/reports/{quote(month)}", token=office.token(Role.VIEWER)).status == 404


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_draft_of_the_criteria_shows_what_it_would_change_and_changes_nothing(
    office: Office, visit: Visit, language: str, tmp_path: Path
) -> None:
    mail_id = office.receive(critical("Draft"))
    in_force = office.desk.context.settings.rules.criteria
    text = in_force.read_text(encoding="utf-8")
    draft = tmp_path / "draft.toml"
    # the first critical criterion becomes a complex one
    draft.write_text(text.replace('id = "CR-01"\ncategory = "critical"', 'id = "CR-01"\ncategory = "complex"'), "utf-8")
    page = visit("/criteria", role=Role.ADMIN, language=language)
    assert complaints(page) == []
    page.set_default_timeout(60_000)
    page.locator("#draft").set_input_files(draft)
    page.get_by_role("button", name=TRY[language]).click()
    expect(page.get_by_role("status")).to_contain_text("chang", timeout=60_000)
    assert complaints(page) == []
    assert in_force.read_text(encoding="utf-8") == text
    assert office.mail(mail_id).place == "critical"


def test_a_broken_draft_is_refused_by_line(office: Office, visit: Visit, tmp_path: Path) -> None:
    draft = tmp_path / "draft.toml"
    draft.write_text("[[criterion]]\nid = 1\n<script>alert(1)</script>", "utf-8")
    page = visit("/criteria", role=Role.ADMIN)
    page.locator("#draft").set_input_files(draft)
    with page.expect_response(lambda response: response.status == 422):
        page.get_by_role("button", name=TRY["en"]).click()
    expect(page.get_by_role("alert")).to_contain_text("3: ")
