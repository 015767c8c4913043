"""Signing in through a real provider (Canaille) with its own pages, in a real browser; and `inboxd check` at it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, Page, expect

from inboxd import accounts
from inboxd.cli import checking
from tests.console.browsing import complaints
from tests.console.conftest import LANGUAGES, PICTURES, Office, a_port, an_office
from tests.servers.provider import Known, Provider

KIM = Known(name="kim.desrosiers", full_name="Kim Desrosiers", groups=("everybody", "desk-officers"))
LEE = Known(name="lee.lavoie", full_name="Lee Lavoie", groups=("desk-officers",))
OTHER = Known(name="otto.elsewhere", full_name="Otto Elsewhere", groups=("everybody",))
ENTER = {"en": "Sign in through the directory", "fr": "Ouvrir une session par le répertoire"}
LEAVE = {"en": "Sign out", "fr": "Fermer la session"}
OUT = {"en": "Signed out", "fr": "Session fermée"}
NO_ROLE = {"en": "none of your groups has a role here", "fr": "aucun de vos groupes n’a de rôle ici"}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    port, root = a_port(), tmp_path_factory.mktemp("real-directory")
    with Provider(desk=f"http://127.0.0.1:{port}", people=(KIM, LEE, OTHER)) as provider:
        (root / "secret").write_text(provider.secret + "\n")
        (root / "secret").chmod(0o600)
        lines = (
            f'issuer = "{provider.issuer}"\nclient_id = "{provider.client_id}"\npassword_file = "{root}/secret"\n'
            'scopes = ["openid", "profile", "groups"]\nname_claim = "name"\nroles = { "desk-officers" = "officer" }'
        )
        with an_office(root, port, directory=lines) as made:
            yield made


@pytest.fixture
def arrive(house: Office, browser: Browser) -> Iterator[Callable[[str], Page]]:
    """A new browser on the desk's first page."""
    house.world.clock.at = datetime.now(UTC)
    opened = []

    def go(language: str) -> Page:
        context = browser.new_context(locale=f"{language}-CA")
        opened.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.goto(house.address + "/")
        return page

    yield go
    for context in opened:
        context.close()


def sign_in_there(page: Page, who: Known) -> None:
    """The provider's own pages: name, password, and that the desk may know who it is."""
    page.locator("input[name=login]").fill(who.name)
    page.locator("form#loginform button[type=submit]").click()
    page.locator("input[name=password]").fill(who.password)
    page.locator("button[type=submit]").last.click()
    consents = page.locator("button[name=answer][value=accept]")
    consents.or_(page.locator("[role=alert], .account")).first.wait_for()
    if consents.count():  # it is asked once
        consents.click()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_person_comes_through_the_directory_and_leaves_both(
    house: Office, arrive: Callable[[str], Page], language: str
) -> None:
    page = arrive(language)
    assert complaints(page) == []
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"sign-in-with-a-directory-{language}.png")
    page.get_by_role("link", name=ENTER[language]).click()
    who = {"en": KIM, "fr": LEE}[language]
    sign_in_there(page, who)
    expect(page).to_have_url(house.address + "/")
    expect(page.locator(".account")).to_contain_text(f"{who.name}@directory")
    signed_in = house.journal("signed_in")[-1]
    assert (signed_in.detail["subject"], signed_in.detail["claimed"]) == (who.name, who.full_name)
    assert page.context.cookies(house.address)[-1]["httpOnly"]
    page.get_by_role("button", name=LEAVE[language]).click()
    expect(page).to_have_url(re.compile(r"/oauth/end_session\?client_id=desk&"))
    page.locator("button[value=logout]").click()
    expect(page.locator(".message, [role=status]").first).to_be_visible()
    page.goto(house.address + "/")
    assert page.url == house.address + "/sign-in"
    assert house.journal("signed_out")[-1].actor == f"person:{who.name}@directory"
    page.get_by_role("link", name=ENTER[language]).click()
    expect(page).to_have_url(re.compile("/login"))  # the provider's session is over too


@pytest.mark.parametrize("language", LANGUAGES)
def test_who_has_no_role_is_told_on_the_page_of_the_sign_in(
    house: Office, arrive: Callable[[str], Page], language: str
) -> None:
    page = arrive(language)
    page.get_by_role("link", name=ENTER[language]).click()
    sign_in_there(page, OTHER)
    expect(page.get_by_role("alert")).to_contain_text(NO_ROLE[language])
    assert "code=" not in page.url
    assert complaints(page) == []
    page.go_back()
    page.goto(house.address + "/sign-in/left")
    page.wait_for_url(re.compile("end_session"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_after_signing_out_tells_where_the_directory_cannot(
    house: Office, arrive: Callable[[str], Page], language: str
) -> None:
    directory, house.desk.directory = house.desk.directory, None
    try:
        page = arrive(language)
        page.goto(house.address + "/sign-in/left")
        expect(page.get_by_role("heading", level=1)).to_have_text(OUT[language])
        assert complaints(page) == []
    finally:
        house.desk.directory = directory


def test_a_visit_from_the_directory_ends_when_the_account_is_disabled(
    house: Office, arrive: Callable[[str], Page]
) -> None:
    page = arrive("en")
    page.get_by_role("link", name=ENTER["en"]).click()
    sign_in_there(page, KIM)
    expect(page.locator(".account")).to_be_visible()
    now, name = house.world.clock.at, "kim.desrosiers@directory"
    accounts.set_state(house.desk.database, now, name, "disabled", "person:test")
    page.goto(house.address + "/")
    page.get_by_role("link", name=ENTER["en"]).click()
    expect(page.get_by_role("alert")).to_contain_text("your account is disabled here")
    accounts.set_state(house.desk.database, now, name, "active", "person:test")


def test_check_asks_the_directory(house: Office) -> None:
    found = list(checking._directory(house.desk.context))
    assert [(finding.what, finding.ok) for finding in found] == [("directory", True)]
    assert found[0].text.endswith(" answers, 1 keys")
