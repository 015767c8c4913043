"""Signing in through the department's directory: a provider that lies, is away or is slow lets nobody in, and harms
nothing else. A sound one, with its own pages, is in `test_directory_in_the_browser.py`."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

import pytest
from joserfc.jwk import OctKey, RSAKey

from inboxd.directory.provider import Provider
from tests.console.coming_in import BACK, Going, claims
from tests.console.conftest import Office
from tests.servers.odd_provider import OddProvider


def test_a_person_comes_in_by_name_and_subject_with_todays_role(house: Office, provider: OddProvider) -> None:
    going = Going(house)
    assert going.asked["code_challenge_method"] == "S256"
    assert going.address.startswith(f"{provider.issuer}/authorize?tenant=1&")
    assert going.asked["redirect_uri"] == house.address + BACK
    assert {"httponly", "samesite"} <= {name for name, value in going.cookie.items() if value}
    provider.sign(claims(house, provider, going))
    where, token = going.comes_back()
    assert where == "/"
    page = house.ask("GET", "/", token=token)
    assert page.status == 200
    assert "zoe.cote@directory" in page.data.decode()
    signed_in = house.journal("signed_in")[-1]
    assert (signed_in.actor, signed_in.detail["subject"], signed_in.detail["claimed"], signed_in.detail["role"]) == (
        "person:zoe.cote@directory", "7f3a", "Zoé Côté@ircc.example", "officer",
    )
    _, headers, body = next(sent for sent in provider.asked if sent[0] == "/token")
    form = {name: values[0] for name, values in parse_qs(body).items()}
    digest = hashlib.sha256(form["code_verifier"].encode()).digest()
    assert base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == going.asked["code_challenge"]
    assert base64.b64decode(headers["Authorization"].split()[1]) == b"desk:a+secret+of+the+desk"
    assert "client_secret" not in form

    again = Going(house)
    provider.sign(claims(house, provider, again, preferred_username="zoe.tremblay", groups="desk-readers"))
    assert again.comes_back()[0] == "/"
    assert house.journal("person_role")[-1].detail == {"person": "zoe.cote@directory", "role": "viewer"}
    assert house.ask("GET", "/", token=token).status == 303, "what was open with the old role is closed"
    for secret in ("a secret of the desk", "a+secret", going.asked["state"], going.asked["nonce"]):
        assert secret not in house.world.log.getvalue()


def test_another_person_of_the_same_name_is_somebody_else(house: Office, provider: OddProvider) -> None:
    for subject in ("one", "two"):
        going = Going(house)
        provider.sign(claims(house, provider, going, sub=subject, preferred_username="officer-en"))
        assert going.comes_back()[0] == "/"
    actors = [entry.actor for entry in house.journal("signed_in")[-2:]]
    assert actors == ["person:officer.en@directory", "person:officer.en@directory2"], "nor the local account's"


FORGED: dict[str, tuple[str, Callable[[Office, OddProvider, Going], None]]] = {}


def forged(why: str) -> Callable[[Callable[[Office, OddProvider, Going], None]], None]:
    def keep(make: Callable[[Office, OddProvider, Going], None]) -> None:
        FORGED[make.__name__] = (why, make)

    return keep


def says(name: str, why: str, **other: Any) -> None:
    """A token by the right key that says something wrong; times are seconds from now."""

    def make(house: Office, provider: OddProvider, going: Going) -> None:
        now = int(house.world.clock.at.timestamp())
        given = {key: now + value if key in ("exp", "iat", "nbf") and value is not None else value
                 for key, value in other.items()}
        provider.sign(claims(house, provider, going, **given))

    FORGED[name] = (why, make)


says("another issuer", "iss", iss="http://127.0.0.1:1")
says("no issuer", "iss", iss=None)
says("for another client", "aud", aud="other")
says("for nobody", "aud", aud=[])
says("for several and no party", "azp", aud=["desk", "other"])
says("for another party", "azp", azp="other")
says("another's nonce", "nonce", nonce="0" * 64)
says("no nonce", "nonce", nonce=None)
says("a list of nonces", "nonce", nonce=["x"])
says("expired", "expired", exp=-61)
says("never ends", "exp", exp=None)
says("made tomorrow", "iat", iat=86_400)
says("not valid yet", "nbf", nbf=120)
says("of nobody", "sub", sub="")
says("a subject without end", "sub", sub="x" * 256)
says("a subject that is no text", "sub", sub=7)


@forged("algorithm")
def unsigned(house: Office, provider: OddProvider, going: Going) -> None:
    provider.sign(claims(house, provider, going))
    _, body, _ = provider.token.split(".")
    header = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()
    provider.token = f"{header}.{body}."


@forged("algorithm")
def signed_with_the_public_key_as_a_secret(house: Office, provider: OddProvider, going: Going) -> None:
    public = OctKey.import_key(provider.key.as_pem(private=False).replace(b"-----", b"====="))
    provider.sign(claims(house, provider, going), key=public, algorithm="HS256")


@forged("signature")
def signed_by_a_stranger(house: Office, provider: OddProvider, going: Going) -> None:
    provider.sign(claims(house, provider, going), key=RSAKey.generate_key(2048))


@forged("key")
def signed_by_a_key_that_nobody_published(house: Office, provider: OddProvider, going: Going) -> None:
    provider.sign(claims(house, provider, going), key=RSAKey.generate_key(2048), kid="other")


@forged("key")
def signed_by_a_stranger_without_a_name(house: Office, provider: OddProvider, going: Going) -> None:
    provider.sign(claims(house, provider, going), key=RSAKey.generate_key(2048), kid=None)


@forged("signature")
def changed_on_the_way(house: Office, provider: OddProvider, going: Going) -> None:
    provider.sign(claims(house, provider, going))
    head, _, signature = provider.token.split(".")
    provider.sign(claims(house, provider, going, sub="admin"))
    provider.token = f"{head}.{provider.token.split('.')[1]}.{signature}"


@forged("not_a_token")
def no_token_at_all(house: Office, provider: OddProvider, going: Going) -> None:
    provider.token = "x" * 5000


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_word_lets_nobody_in(house: Office, provider: OddProvider, name: str) -> None:
    why, make = FORGED[name]
    going = Going(house)
    make(house, provider, going)
    assert going.comes_back() == ("/sign-in?problem=refused", "")
    assert f"console.directory why={why}" in house.world.log.getvalue().splitlines()[-1]


def test_clocks_may_differ_by_a_minute_and_several_audiences_need_our_party(
    house: Office, provider: OddProvider
) -> None:
    now = int(house.world.clock.at.timestamp())
    going = Going(house)
    provider.sign(claims(house, provider, going, exp=now - 50, iat=now + 50, aud=["other", "desk"], azp="desk"))
    assert going.comes_back()[0] == "/"


def test_an_attempt_is_good_once_for_its_own_browser_and_for_ten_minutes(house: Office, provider: OddProvider) -> None:
    stale = ("/sign-in?problem=stale", "")
    mine, other = Going(house), Going(house)
    provider.sign(claims(house, provider, mine))
    assert mine.comes_back(state=other.asked["state"]) == stale, "somebody else's answer"
    assert mine.comes_back() == stale, "and the attempt is over"
    assert other.comes_back(cookie="") == stale, "no cookie: begun in another browser"
    assert other.comes_back(cookie="x" * 43) == stale, "a cookie that was made up"
    assert other.comes_back(state="") == stale
    good = Going(house)
    provider.sign(claims(house, provider, good))
    assert good.comes_back()[0] == "/"
    assert good.comes_back() == stale, "the same address, sent again"
    replayed = Going(house)
    provider.sign(claims(house, provider, replayed))
    assert replayed.comes_back(code=f"code-{good.asked['nonce']}") == ("/sign-in?problem=refused", ""), "a used code"
    late = Going(house)
    provider.sign(claims(house, provider, late))
    house.world.clock.forward(minutes=10)
    assert late.comes_back() == stale


def test_nobody_is_sent_anywhere_else_than_to_the_first_page(house: Office, provider: OddProvider) -> None:
    going = Going(house)
    provider.sign(claims(house, provider, going))
    assert going.comes_back(next="//evil.example", redirect_uri="https://evil.example")[0] == "/"
    page = house.ask("GET", "/sign-in?problem=%3Cb%3E").data.decode()
    assert 'class="wrong"' not in page


def test_an_answer_of_another_provider_is_refused(house: Office, provider: OddProvider) -> None:
    going = Going(house)
    provider.sign(claims(house, provider, going))
    assert going.comes_back(iss="https://elsewhere.example") == ("/sign-in?problem=refused", "")
    provider.describes = {"authorization_response_iss_parameter_supported": True}
    house.desk.directory = Provider(house.desk.context.settings.directory)
    silent, named = Going(house), Going(house)
    provider.sign(claims(house, provider, silent))
    assert silent.comes_back() == ("/sign-in?problem=refused", "")
    provider.sign(claims(house, provider, named))
    assert named.comes_back(iss=provider.issuer)[0] == "/"
