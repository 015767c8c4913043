"""The provider: what it says of itself (discovery, keys), where to send people, and who comes back with a code.

What it says of itself is kept for an hour; keys are asked for anew when a token names one that nobody knows, at most
every half minute. At most two threads wait for it at one time, so that a slow provider never stops the desk.
"""

from __future__ import annotations

import base64
import hashlib
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote_plus, urlencode, urlsplit

from inboxd.credentials import read_password
from inboxd.directory import wire
from inboxd.directory.newcomer import Newcomer, newcomer
from inboxd.directory.tokens import Key, UnknownKey, Untrusted, claims_of, read_keys
from inboxd.errors import InboxdError, Permanent, Transient
from inboxd.settings.directory import DirectorySettings

KEPT_SECONDS = 3600
KEYS_AGAIN_SECONDS = 30
ALIVE_SECONDS = 15
"""Before somebody is sent there, it has answered within so long: a browser's own error page would help nobody."""
AT_ONE_TIME = 2
WELL_KNOWN = "/.well-known/openid-configuration"


@dataclass(frozen=True, slots=True, kw_only=True)
class Going:
    """What belongs to one attempt to sign in, known to one browser alone."""

    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """What the provider says of itself."""

    authorize: str
    token: str
    keys: str
    end: str
    """Empty: it has nothing to sign out at."""
    says_issuer: bool
    """RFC 9207: its answers name it, so that one provider's cannot pass for another's."""
    secret_in_form: bool


class Provider:
    """One provider, for all threads of the desk."""

    def __init__(self, settings: DirectorySettings, clock: Callable[[], float] = time.monotonic) -> None:
        self.settings = settings
        self._clock = clock
        self._hand = threading.Lock()
        self._talks = threading.BoundedSemaphore(AT_ONE_TIME)
        self._said: tuple[Description, float] | None = None
        self._keys: tuple[tuple[Key, ...], float] | None = None

    def check(self) -> str:
        """Ask it who it is and for its keys, and read the secret. A sentence for `inboxd check`."""
        with self._talking():
            read_password(self.settings, owner="directory")
            said = self._description(within=0)
            keys = self._published(said, afresh=True)
        signing_out = "" if said.end else ", nothing to sign out at"
        return f"{self.settings.issuer} answers, {len(keys)} keys{signing_out}"

    def where_to(self, going: Going, back: str, language: str) -> str:
        """The address at the provider that a person goes to for signing in."""
        with self._talking():
            said = self._description(within=ALIVE_SECONDS)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(going.verifier.encode()).digest()).rstrip(b"=").decode()
        values = {
            "response_type": "code", "client_id": self.settings.client_id, "redirect_uri": back,
            "scope": " ".join(self.settings.scopes), "state": going.state, "nonce": going.nonce,
            "code_challenge": challenge, "code_challenge_method": "S256", "ui_locales": language,
        }  # fmt: skip
        return _with(said.authorize, values)

    def who_came(self, answer: Mapping[str, str], going: Going, back: str, now: datetime) -> Newcomer:
        """Exchange the code that a person came back with. Raises `Untrusted`, `Unwelcome`, or `Transient`.

        The caller has seen that `state` is this browser's own, once.
        """
        with self._talking():
            said = self._description()
            if answer.get("iss", "" if said.says_issuer else self.settings.issuer) != self.settings.issuer:
                raise Untrusted("answer_of_another")
            token = self._exchange(said, answer.get("code", ""), going, back)
            return newcomer(self._claims(said, token, going, now), self.settings)

    def where_to_leave(self, back: str) -> str:
        """The address at which a person ends the provider's own session; empty if it has none."""
        with self._talking():
            said = self._description(within=ALIVE_SECONDS)
        values = {"client_id": self.settings.client_id, "post_logout_redirect_uri": back}
        return _with(said.end, values) if said.end else ""

    @contextmanager
    def _talking(self) -> Iterator[None]:
        if not self._talks.acquire(blocking=False):
            raise Transient("directory: others are waiting for the provider already")
        try:
            yield
        finally:
            self._talks.release()

    def _exchange(self, said: Description, code: str, going: Going, back: str) -> str:
        settings = self.settings
        secret = read_password(settings, owner="directory")
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": back, "code_verifier": going.verifier}
        headers = {}
        if said.secret_in_form:
            form |= {"client_id": settings.client_id, "client_secret": secret}
        else:  # RFC 6749 2.3.1: both are encoded before they are joined
            pair = f"{quote_plus(settings.client_id)}:{quote_plus(secret)}"
            headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
        answer = wire.post(said.token, settings, form, headers)
        if answer.status >= 500:
            raise Transient(f"directory: the provider answers with status {answer.status}")
        if answer.values.get("error") == "invalid_client":
            raise Permanent("directory: the provider refuses the client; check client_id and its secret")
        token = answer.values.get("id_token")
        if answer.status != 200 or not isinstance(token, str):
            raise Untrusted("code")
        return token

    def _claims(self, said: Description, token: str, going: Going, now: datetime) -> Mapping[str, Any]:
        settings = self.settings

        def judged(keys: tuple[Key, ...]) -> Mapping[str, Any]:
            return claims_of(
                token, keys, now, issuer=settings.issuer, client_id=settings.client_id, nonce=going.nonce,
                skew=settings.skew_seconds,
            )  # fmt: skip

        known = self._published(said)
        try:
            return judged(known)
        except UnknownKey:
            renewed = self._published(said, afresh=True)
            if renewed is known:
                raise
            return judged(renewed)

    # What it says of itself

    def _description(self, *, within: float = KEPT_SECONDS) -> Description:
        """As it was read at most so long ago. An older one serves where it does not answer and nobody is sent there."""
        kept, now = self._said, self._clock()
        if kept is not None and now - kept[1] < within:
            return kept[0]
        try:
            said = self._described(wire.get(self.settings.issuer.rstrip("/") + WELL_KNOWN, self.settings))
        except Transient:
            if kept is None or within < KEPT_SECONDS:
                raise
            return kept[0]
        with self._hand:
            self._said = (said, now)
        return said

    def _described(self, answer: wire.Answer) -> Description:
        values, settings = answer.values, self.settings
        if answer.status >= 500:
            raise Transient(f"directory: the provider answers with status {answer.status}")
        if answer.status != 200 or not values:
            raise Permanent(f"directory.issuer: there is no provider (status {answer.status}); check the address")
        if values.get("issuer") != settings.issuer:
            raise Permanent(f"directory.issuer: the provider names itself {values.get('issuer')!r}; set exactly that")
        places = {name: values.get(name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")}
        places["end_session_endpoint"] = values.get("end_session_endpoint") or ""
        for name, place in places.items():
            if not isinstance(place, str) or (place and not wire.is_protected(place, settings)) or urlsplit(
                place
            ).fragment or not (place or name == "end_session_endpoint"):
                raise Permanent(f"directory: the provider's {name} is missing or is no https address")
        if "S256" not in _listed(values, "code_challenge_methods_supported", "S256"):
            raise Permanent("directory: the provider has no PKCE with S256, without which a stolen code could be used")
        ways = _listed(values, "token_endpoint_auth_methods_supported", "client_secret_basic")
        if not {"client_secret_basic", "client_secret_post"} & ways:
            raise Permanent("directory: the provider takes no client secret (client_secret_basic or _post)")
        return Description(
            authorize=str(places["authorization_endpoint"]),
            token=str(places["token_endpoint"]),
            keys=str(places["jwks_uri"]),
            end=str(places["end_session_endpoint"]),
            says_issuer=values.get("authorization_response_iss_parameter_supported") is True,
            secret_in_form="client_secret_basic" not in ways,
        )

    def _published(self, said: Description, *, afresh: bool = False) -> tuple[Key, ...]:
        """Its keys. Asked for afresh too soon after the last time, the same object is given again."""
        kept, now = self._keys, self._clock()
        if kept is not None and now - kept[1] < (KEYS_AGAIN_SECONDS if afresh else KEPT_SECONDS):
            return kept[0]
        try:
            answer = wire.get(said.keys, self.settings)
            keys = read_keys(answer.values) if answer.status == 200 else ()
            if not keys:
                raise Transient(f"directory: the provider gives no key (status {answer.status})")
        except InboxdError:
            if kept is None or afresh:
                raise
            return kept[0]
        with self._hand:
            self._keys = (keys, now)
        return keys


def _listed(values: Mapping[str, Any], name: str, default: str) -> set[str]:
    found = values.get(name, [default])
    return {item for item in found if isinstance(item, str)} if isinstance(found, list) else set()


def _with(url: str, values: Mapping[str, str]) -> str:
    return f"{url}{'&' if urlsplit(url).query else '?'}{urlencode(values)}"
