"""The directory over time: new keys, roles that change, people who leave, a provider that is away, slow or wrong."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import parse_qs

import pytest
from joserfc.jwk import RSAKey

from inboxd import accounts
from inboxd.directory.newcomer import Unwelcome, newcomer, the_one
from inboxd.directory.provider import AT_ONE_TIME, Provider
from inboxd.errors import DatabaseRefused, Permanent, Transient
from inboxd.roles import Role
from inboxd.settings.directory import DirectorySettings
from tests.console.coming_in import BACK, Going, claims
from tests.console.conftest import PASSWORD, Office, a_port
from tests.servers import Certificates
from tests.servers.odd_provider import OddProvider


def test_new_keys_are_fetched_when_a_token_names_one_but_not_for_every_forger(
    house: Office, provider: OddProvider
) -> None:
    moment = [1000.0]
    house.desk.directory = Provider(house.desk.context.settings.directory, clock=lambda: moment[0])

    def comes(kid: str) -> str:
        going = Going(house)
        provider.sign(claims(house, provider, going), kid=kid)
        return going.comes_back()[0]

    def looks() -> int:
        return sum(path == "/keys" for path, _, _ in provider.asked)

    assert comes("first") == "/"
    provider.key = RSAKey.generate_key(2048, {"kid": "second", "use": "sig"})
    provider.published = [provider.key.as_dict(private=False), {"kty": "oct", "k": "eA", "kid": "third"}, {"kty": "?"}]
    assert comes("second") == "/sign-in?problem=refused", "asked for half a minute ago at the earliest"
    moment[0] += 31
    assert comes("second") == "/"
    seen = looks()
    for kid in ("third", "fourth", "first"):
        assert comes(kid) == "/sign-in?problem=refused"
    assert looks() == seen
    moment[0] += 3601
    assert comes("second") == "/", "and once an hour in any case"
    assert looks() == seen + 1


@pytest.mark.parametrize(("other", "why"), [
    ({"groups": None}, "no_claim"), ({"groups": []}, "no_role"), ({"groups": ["Desk-Officers"]}, "no_role"),
    ({"groups": [["desk-officers"]]}, "no_role"), ({"groups": ["desk-officers", "desk-texts"]}, "two_roles"),
    ({"preferred_username": None}, "no_name"), ({"preferred_username": "  "}, "no_name"),
    ({"preferred_username": "kim\u202e"}, "no_name"),
])
def test_who_has_no_role_here_is_told_why_in_both_languages(
    house: Office, provider: OddProvider, other: dict[str, Any], why: str
) -> None:
    going = Going(house)
    provider.sign(claims(house, provider, going, sub="stranger", **other))
    where, token = going.comes_back()
    assert (where, token) == (f"/sign-in?problem={why}", "")
    refused = house.journal("sign_in_refused")[-1]
    assert (refused.actor, refused.detail["subject"], refused.detail["why"]) == ("directory", "stranger", why)
    told = {language: house.ask("GET", where, Accept_Language=language).data.decode() for language in ("en", "fr")}
    assert "The directory " in told["en"]
    assert "Le répertoire " in told["fr"]


def test_several_groups_give_the_role_that_covers_the_others() -> None:
    assert the_one({Role.VIEWER, Role.OFFICER}) is Role.OFFICER
    assert the_one({Role.ADMIN, Role.OFFICER, Role.TEMPLATE_ADMIN}) is Role.ADMIN
    assert the_one({Role.OFFICER, Role.TEMPLATE_ADMIN}) is None


def test_a_role_may_stand_inside_of_a_claim_or_in_one_with_dots_in_its_name() -> None:
    def role(name: str, given: dict[str, Any]) -> Role:
        settings = DirectorySettings(
            issuer="https://login.example", client_id="desk", password_env="X", roles={"a": Role.ADMIN}, role_claim=name
        )
        return newcomer({"sub": "1", "preferred_username": "x"} | given, settings).role

    assert role("realm_access.roles", {"realm_access": {"roles": ["a"]}}) is Role.ADMIN
    assert role("https://login.example/roles", {"https://login.example/roles": "a"}) is Role.ADMIN
    with pytest.raises(Unwelcome, match="no_claim"):
        role("realm_access.roles", {"realm_access": "a"})


def test_who_is_disabled_here_stays_out_and_keeps_no_visit(house: Office, provider: OddProvider) -> None:
    def comes() -> tuple[str, str]:
        going = Going(house)
        provider.sign(claims(house, provider, going, sub="leaver", preferred_username="leaver"))
        return going.comes_back()

    database, name = house.desk.database, "leaver@directory"
    _, token = comes()
    accounts.set_state(database, house.world.clock.at, name, "disabled", "person:test")
    assert house.ask("GET", "/", token=token).status == 303
    assert comes() == ("/sign-in?problem=disabled", "")
    with pytest.raises(Permanent, match="has no password here"):
        accounts.set_password(database, house.world.clock.at, name, PASSWORD, "person:test")
    with pytest.raises(Permanent, match="gets its role from the directory"):
        accounts.set_role(database, house.world.clock.at, name, Role.ADMIN, "person:test")
    accounts.set_state(database, house.world.clock.at, name, "active", "person:test")
    form = {"name": name, "password": ""}
    assert house.ask("POST", "/sign-in", form=form).status == 401, "no password fits"
    _, token = comes()
    house.world.clock.forward(minutes=59)
    assert house.ask("GET", "/", token=token).status == 200
    house.world.clock.forward(hours=1)
    assert house.ask("GET", "/", token=token).status == 303, "it ends like any other"


def test_local_accounts_can_be_turned_off_and_end_at_once(house: Office, provider: OddProvider) -> None:
    token, context = house.token(Role.ADMIN), house.desk.context
    settings = context.settings
    form = {"name": "admin-en", "password": PASSWORD}
    assert house.ask("POST", "/sign-in", form=form).status == 303
    directory = settings.directory.model_copy(update={"local_accounts": False})
    context.settings = settings.model_copy(update={"directory": directory})
    try:
        assert house.ask("GET", "/", token=token).status == 303
        refused = house.ask("POST", "/sign-in", form=form)
        assert refused.status == 403
        assert 'name="password"' not in refused.data.decode()
        going = Going(house)
        provider.sign(claims(house, provider, going))
        _, by_directory = going.comes_back()
        assert house.ask("GET", "/", token=by_directory).status == 200
        context.settings = settings.model_copy(update={"directory": DirectorySettings()})
        assert house.ask("GET", "/", token=by_directory).status == 303, "another way that was closed"
    finally:
        context.settings = settings


def test_a_provider_that_is_away_or_slow_harms_nothing_else(house: Office, provider: OddProvider) -> None:
    def local() -> int:
        return house.ask("POST", "/sign-in", form={"name": "officer-en", "password": PASSWORD}).status

    going = Going(house)
    for waits, drips in ((1.0, False), (0.0, True)):
        provider.waits, provider.drips = waits, drips
        house.desk.directory = Provider(house.desk.context.settings.directory)
        began = time.monotonic()
        answer = house.ask("GET", "/sign-in/directory")
        assert answer.headers["Location"] == "/sign-in?problem=later"
        assert time.monotonic() - began < 5
        assert local() == 303
    assert going.comes_back()[0] == "/sign-in?problem=later"
    page = house.ask("GET", "/sign-in?problem=later").data.decode()
    assert "does not answer" in page
    assert 'name="password"' in page
    provider.waits, provider.drips = 0.0, False
    moment = [0.0]
    house.desk.directory = Provider(house.desk.context.settings.directory, clock=lambda: moment[0])
    assert Going(house).address.startswith(provider.issuer)
    provider.waits, moment[0] = 1.0, 16.0
    assert house.ask("GET", "/sign-in/directory").headers["Location"] == "/sign-in?problem=later", "it was there before"
    left = house.ask("GET", "/sign-in/left").data.decode()
    assert "own session may still be open" in left
    assert "http-equiv" not in left
    gone = house.desk.context.settings.directory.model_copy(update={"issuer": f"http://127.0.0.1:{a_port()}"})
    house.desk.directory = Provider(gone)
    assert house.ask("GET", "/sign-in/directory").headers["Location"] == "/sign-in?problem=later"
    assert local() == 303
    assert "door.unavailable door=directory" in house.world.log.getvalue()
    with pytest.raises(Transient, match=r"does not answer as it should within 0\.5 s \(Connection refused\)"):
        Provider(gone).check()


def test_only_so_many_wait_for_a_slow_provider() -> None:
    settings = DirectorySettings(
        issuer="http://127.0.0.1:1", client_id="desk", password_env="X", roles={"a": Role.ADMIN}
    )
    busy = Provider(settings)
    for _ in range(AT_ONE_TIME):
        busy._talks.acquire()
    with pytest.raises(Transient, match="others are waiting"):
        busy.where_to_leave("http://127.0.0.1:2/sign-in")


@pytest.mark.parametrize(("describes", "said"), [
    ({"issuer": "https://elsewhere.example"}, "names itself"),
    ({"token_endpoint": "http://login.example/token"}, "token_endpoint is missing or is no https"),
    ({"authorization_endpoint": "javascript:alert(1)"}, "authorization_endpoint is missing or is no https"),
    ({"jwks_uri": None}, "jwks_uri is missing"),
    ({"end_session_endpoint": "file:///etc/passwd"}, "end_session_endpoint is missing or is no https"),
    ({"code_challenge_methods_supported": ["plain"]}, "no PKCE with S256"),
    ({"token_endpoint_auth_methods_supported": ["private_key_jwt"]}, "takes no client secret"),
])
def test_a_provider_that_does_not_fit_is_named_and_nobody_is_sent_there(
    house: Office, provider: OddProvider, describes: dict[str, Any], said: str
) -> None:
    provider.describes = describes
    assert house.ask("GET", "/sign-in/directory").headers["Location"] == "/sign-in?problem=setup"
    with pytest.raises(Permanent, match=said):
        Provider(house.desk.context.settings.directory).check()


def test_a_refused_client_is_the_operators_matter(house: Office, provider: OddProvider) -> None:
    provider.status = 401
    assert Going(house).comes_back()[0] == "/sign-in?problem=setup"
    assert "refuses the client; check client_id and its secret" in house.world.log.getvalue()
    assert Going(house).comes_back(code="", error="access_denied")[0] == "/sign-in?problem=denied"


def test_a_provider_that_wants_the_secret_in_the_form_gets_it_there(house: Office, provider: OddProvider) -> None:
    provider.describes = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    going = Going(house)
    provider.sign(claims(house, provider, going))
    assert going.comes_back()[0] == "/"
    _, headers, body = next(sent for sent in provider.asked if sent[0] == "/token")
    assert parse_qs(body)["client_secret"] == [provider.secret]
    assert "Authorization" not in headers


def test_its_certificate_is_checked_against_the_settings_authority(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DESK_SECRET", "x")
    tls = Certificates(tmp_path_factory.mktemp("tls"))
    with OddProvider(tls.server_context()) as provider:
        def asked_with(ca: object) -> str:
            return Provider(DirectorySettings(
                issuer=provider.issuer, client_id="desk", password_env="DESK_SECRET", roles={"a": Role.ADMIN},
                ca_file=ca,
            )).check()

        assert asked_with(tls.ca) == f"{provider.issuer} answers, 1 keys, nothing to sign out at"
        for other in (tls.other_ca, None):
            with pytest.raises(Permanent, match=r"certificate is refused .*; set directory\.ca_file"):
                asked_with(other)
        with pytest.raises(Permanent, match=r"directory\.ca_file: .* cannot be used"):
            asked_with(tls.key.parent / "none.pem")


def test_one_address_may_not_try_the_directory_again_and_again(house: Office) -> None:
    from tests.console.conftest import serve

    context, settings = house.desk.context, house.desk.context.settings
    console = settings.console.model_copy(update={"listen": f"127.0.0.1:{a_port()}"})
    context.settings = settings.model_copy(update={"console": console})
    try:
        stop, address = serve(house.desk, sign_ins=3)
        there = Office(world=house.world, desk=house.desk, address=address)
        paths = ("/sign-in/directory", BACK, "/sign-in/directory", BACK)
        assert [there.ask("GET", path).status for path in paths] == [303, 303, 303, 429]
        there.pool.clear()
        stop()
    finally:
        context.settings = settings


def test_without_a_directory_there_is_no_such_page(office: Office) -> None:
    assert [office.ask("GET", path).status for path in ("/sign-in/directory", BACK)] == [404, 404]
    assert "/sign-in/directory" not in office.ask("GET", "/sign-in").data.decode()


def test_our_own_database_that_is_away_is_not_the_directorys_fault(
    house: Office, provider: OddProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object, **__: object) -> None:
        raise DatabaseRefused("the database is locked")

    going = Going(house)
    provider.sign(claims(house, provider, going))
    monkeypatch.setattr(accounts, "enter", away)
    path = f"{BACK}?code=x&state={going.asked['state']}"
    answer = house.ask("GET", path, Cookie=f"{house.cookie}-way={going.cookie.value}")
    assert answer.status == 503
    assert "database" in answer.data.decode()
