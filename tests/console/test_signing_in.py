"""Who gets in, how long, and what everybody else is told: always the same."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from playwright.sync_api import expect

from inboxd import accounts
from inboxd.console import serving
from inboxd.errors import Permanent
from inboxd.roles import Role
from tests.console.browsing import complaints
from tests.console.conftest import LANGUAGES, PASSWORD, Office, Visit, a_port, serve

WRONG = "do not go together"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_person_signs_in_by_keyboard_alone_and_out_again(visit: Visit, language: str) -> None:
    page = visit("/", role=None, language=language)
    assert page.url.endswith("/sign-in")
    assert complaints(page) == []
    for key in ("Tab", "Tab", "Tab"):  # past "skip", past the other language, into the name
        page.keyboard.press(key)
    page.keyboard.type(f"officer-{language}")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text({"en": "Today", "fr": "Aujourd’hui"}[language])
    page.get_by_role("button", name={"en": "Sign out", "fr": "Fermer la session"}[language]).click()
    assert page.url.endswith("/sign-in")
    page.go_back()
    expect(page.get_by_label({"en": "Password", "fr": "Mot de passe"}[language])).to_be_visible()


def test_a_language_is_kept_with_the_account(office: Office, visit: Visit) -> None:
    page = visit("/", role=Role.VIEWER, language="en")
    page.get_by_role("button", name="Français").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Aujourd’hui")
    expect(page.locator("html")).to_have_attribute("lang", "fr-CA")
    again = visit("/", role=Role.VIEWER, language="en")
    expect(again.get_by_role("heading", level=1)).to_have_text("Aujourd’hui")
    again.get_by_role("button", name="English").click()
    expect(again.get_by_role("heading", level=1)).to_have_text("Today")


def sign_in(office: Office, name: str, password: str) -> tuple[int, str]:
    answer = office.ask("POST", "/sign-in", form={"name": name, "password": password})
    return answer.status, answer.data.decode()


def test_nobody_learns_what_was_wrong(office: Office) -> None:
    stranger = sign_in(office, "nobody-here", PASSWORD)
    wrong = sign_in(office, "admin-en", "x" * 20)
    assert stranger == wrong
    assert wrong[0] == 401
    assert WRONG in wrong[1]
    assert office.journal("sign_in_failed")[-1].actor == "person:admin-en"


def test_five_wrong_passwords_lock_an_account_for_a_while(
    office: Office, later: Callable[..., datetime]
) -> None:
    accounts.add(office.desk.database, office.world.clock.at, name="forgetful", password=PASSWORD, role=Role.VIEWER,
                 language="en", actor="person:test")
    for _ in range(5):
        assert sign_in(office, "forgetful", "not the password")[0] == 401
    assert sign_in(office, "forgetful", PASSWORD)[0] == 401
    assert office.journal("sign_in_locked")[-1].actor == "person:forgetful"
    later(minutes=16)
    assert sign_in(office, "forgetful", PASSWORD)[0] == 303


def test_whoever_does_nothing_or_was_changed_signs_in_again(
    office: Office, later: Callable[..., datetime]
) -> None:
    def gets_in(token: str, **headers: str) -> bool:
        return office.ask("GET", "/", token=token, **headers).status == 200

    token = office.token(Role.VIEWER)
    later(minutes=59)
    assert gets_in(token)
    later(minutes=59)
    assert gets_in(token), "a page that was asked for counts"
    later(minutes=59)
    assert gets_in(token, HX_Request="true"), "a page that refreshes itself is answered"
    later(minutes=2)
    assert not gets_in(token), "but keeps nobody signed in"
    token = office.token(Role.VIEWER)
    for _ in range(13):
        later(minutes=58)
        kept = gets_in(token)
    assert not kept, "twelve hours are enough"
    token = office.token(Role.TEMPLATE_ADMIN, "fr")
    accounts.set_role(office.desk.database, later(), "template-admin-fr", Role.TEMPLATE_ADMIN, "person:test")
    assert not gets_in(token)
    token = office.token(Role.TEMPLATE_ADMIN, "fr")
    accounts.set_state(office.desk.database, later(), "template-admin-fr", "disabled", "person:test")
    assert not gets_in(token)
    assert sign_in(office, "template-admin-fr", PASSWORD)[0] == 401
    accounts.set_state(office.desk.database, later(), "template-admin-fr", "active", "person:test")
    assert sign_in(office, "template-admin-fr", PASSWORD)[0] == 303


def test_one_address_may_not_try_password_after_password(office: Office) -> None:
    settings = office.desk.context.settings
    own = settings.model_copy(
        update={"console": settings.console.model_copy(update={"listen": f"127.0.0.1:{a_port()}"})}
    )
    context = office.world.context
    context.settings = own
    try:
        stop, address = serve(office.desk, sign_ins=3)
        there = Office(world=office.world, desk=office.desk, address=address)
        assert [sign_in(there, "nobody", PASSWORD)[0] for _ in range(4)] == [401, 401, 401, 429]
        there.pool.clear()
        stop()
    finally:
        context.settings = settings
    assert "console.refused what=sign_ins" in office.world.log.getvalue()


def test_an_account_has_a_plain_name_and_a_long_password(office: Office) -> None:
    def add(name: str, password: str) -> None:
        accounts.add(office.desk.database, office.world.clock.at, name=name, password=password, role=Role.VIEWER,
                     language="en", actor="person:test")

    for name, password, said in (
        ("Kim", PASSWORD, "small letters"), ("kim\n", PASSWORD, "small letters"), ("kim", "short", "12 to 256"),
        ("kim", "x" * 257, "12 to 256"), ("viewer-en", PASSWORD, "already"),
    ):
        with pytest.raises(Permanent, match=said):
            add(name, password)


def test_the_desk_says_when_its_address_is_taken(office: Office) -> None:
    with pytest.raises(Permanent, match="cannot be listened on: Address already in use"):
        serving.listen(office.desk.settings)
