"""A browser on its way to the department's directory and back, with a provider that says what a test wants."""

from __future__ import annotations

from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.console.conftest import Office
from tests.servers.odd_provider import OddProvider

BACK = "/sign-in/directory/back"


class Going:
    """A browser on its way: what the desk sent it to the provider with."""

    def __init__(self, house: Office) -> None:
        self.house = house
        answer = house.ask("GET", "/sign-in/directory")
        assert answer.status == 303, answer.headers
        self.address = answer.headers["Location"]
        self.asked = {name: values[0] for name, values in parse_qs(urlsplit(self.address).query).items()}
        self.cookie = SimpleCookie(answer.headers["Set-Cookie"])[f"{house.cookie}-way"]

    def comes_back(self, cookie: str | None = None, **given: str) -> tuple[str, str]:
        """Where the desk sends it on, and its cookie there."""
        query = {"code": f"code-{self.asked['nonce']}", "state": self.asked["state"], **given}
        pairs = "&".join(f"{name}={value}" for name, value in query.items() if value)
        way = self.cookie.value if cookie is None else cookie
        answer = self.house.ask("GET", f"{BACK}?{pairs}", Cookie=f"{self.house.cookie}-way={way}")
        assert answer.status == 303
        cookies: SimpleCookie = SimpleCookie()
        for line in answer.headers.getlist("Set-Cookie"):
            cookies.load(line)
        return answer.headers["Location"], cookies[self.house.cookie].value if self.house.cookie in cookies else ""


def claims(house: Office, provider: OddProvider, going: Going, **other: Any) -> dict[str, Any]:
    """What a sound token says of Zoé, an officer; None takes a claim away."""
    now = int(house.world.clock.at.timestamp())
    sound = {
        "iss": provider.issuer, "sub": "7f3a", "aud": "desk", "exp": now + 300, "iat": now,
        "nonce": going.asked["nonce"], "preferred_username": "Zoé Côté@ircc.example",
        "groups": ["all", "desk-officers"],
    }
    return {name: value for name, value in (sound | other).items() if value is not None}
