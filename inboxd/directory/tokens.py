"""What the provider says of a person: an ID token whose signature and every claim about itself is checked. Pure.

joserfc does the signatures (RFC 7515) and the claims of RFC 7519; what OpenID Connect asks besides is here (Core
3.1.3.7). Only asymmetric algorithms: `none`, and a public key misused as a shared secret, are in no list.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from joserfc import jwt
from joserfc.errors import BadSignatureError, ExpiredTokenError, JoseError, SecurityWarning
from joserfc.jwk import ECKey, JWKRegistry, OKPKey, RSAKey
from joserfc.jws import extract_compact

from inboxd.errors import Permanent

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
LONGEST_SUBJECT = 255
Key = RSAKey | ECKey | OKPKey


class Untrusted(Permanent):
    """The token does not prove who somebody is; `why` in a word for the log, without a claim's value."""

    def __init__(self, why: str) -> None:
        super().__init__(f"directory: the provider's word on the person is refused ({why})")
        self.why = why


class UnknownKey(Untrusted):
    """No key that the provider published has signed it: it may have new ones."""


def read_keys(values: Mapping[str, Any]) -> tuple[Key, ...]:
    """The public keys of a JWKS document that may sign; what is for something else or not understood is left out."""
    keys: list[Key] = []
    listed = values.get("keys")
    for data in listed if isinstance(listed, list) else ():
        if not isinstance(data, dict) or data.get("kty") == "oct" or data.get("use", "sig") != "sig":
            continue
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", SecurityWarning)  # a key that is too short
                key = JWKRegistry.import_key(data)
        except (JoseError, SecurityWarning, ValueError, TypeError, KeyError):
            continue
        if isinstance(key, RSAKey | ECKey | OKPKey):
            keys.append(key)
    return tuple(keys)


def claims_of(
    token: str, keys: Iterable[Key], now: datetime, *, issuer: str, client_id: str, nonce: str, skew: float
) -> Mapping[str, Any]:
    """What an ID token says. Raises `Untrusted`, and `UnknownKey` where another look at the keys may help."""
    claims = _signed(token, tuple(keys))
    rules = jwt.JWTClaimsRegistry(
        now=int(now.timestamp()), leeway=int(skew),
        iss={"essential": True, "value": issuer}, sub={"essential": True}, aud={"essential": True, "value": client_id},
        exp={"essential": True}, iat={"essential": True}, nonce={"essential": True, "value": nonce},
    )  # fmt: skip
    try:
        rules.validate(dict(claims))
    except ExpiredTokenError:
        raise Untrusted("expired") from None
    except JoseError as error:
        raise Untrusted(str(getattr(error, "claim", "") or error.error)) from None
    audience, party = claims["aud"], claims.get("azp")
    if (isinstance(audience, list) and len(audience) > 1 and party is None) or party not in (None, client_id):
        raise Untrusted("azp")
    if not isinstance(claims["nonce"], str) or not 0 < len(claims["sub"]) <= LONGEST_SUBJECT:
        raise Untrusted("nonce" if not isinstance(claims["nonce"], str) else "sub")
    return claims


def _signed(token: str, keys: tuple[Key, ...]) -> Mapping[str, Any]:
    """What a token says whose signature is by one of the keys; with the name that it gives, if it gives one."""
    try:
        header = extract_compact(token.encode()).headers()
    except (JoseError, ValueError, TypeError):
        raise Untrusted("not_a_token") from None
    if header.get("alg") not in ALGORITHMS:
        raise Untrusted("algorithm")
    named = header.get("kid")
    for key in (key for key in keys if named is None or key.kid == named):
        try:
            return jwt.decode(token, key, algorithms=list(ALGORITHMS)).claims
        except BadSignatureError:
            if named is not None:
                raise UnknownKey("signature") from None
        except (JoseError, ValueError, TypeError):
            continue  # a key of another kind
    raise UnknownKey("key")
