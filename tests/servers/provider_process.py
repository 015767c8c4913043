"""The process of `tests.servers.provider`: Canaille, a real OpenID Connect provider, with people that it is told of.

Run by the python of the provider's own environment (`make provider`), so it imports nothing of ours. The first line of
standard input says in JSON who there is; when the input ends, the process ends.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from typing import Any

from canaille import create_app  # type: ignore[import-not-found, unused-ignore]
from canaille.app import models  # type: ignore[import-not-found, unused-ignore]
from canaille.backends import Backend  # type: ignore[import-not-found, unused-ignore]
from joserfc.jwk import RSAKey
from werkzeug.serving import make_server  # type: ignore[import-not-found, unused-ignore]


def fill(given: dict[str, Any]) -> None:
    """Its rows: people in groups, and the desk as a client."""
    rows = Backend.instance
    groups: dict[str, list[Any]] = {}
    for person in given["people"]:
        user = models.User(
            user_name=person["name"], formatted_name=person["full_name"], family_name=person["full_name"],
            display_name=person["full_name"], emails=[f"{person['name']}@directory.example"],
            password=person["password"],
        )
        rows.save(user)
        for group in person["groups"]:
            groups.setdefault(group, []).append(user)
    for name, members in groups.items():
        rows.save(models.Group(display_name=name, members=members))
    client = models.Client(
        client_id=given["client_id"], client_name="The desk", client_secret=given["secret"],
        client_uri=given["desk"], redirect_uris=[f"{given['desk']}/sign-in/directory/back"],
        post_logout_redirect_uris=[f"{given['desk']}/sign-in"], grant_types=["authorization_code"],
        response_types=["code"], scope=["openid", "profile", "groups"],
        token_endpoint_auth_method="client_secret_basic", id_token_signed_response_alg="RS256",
    )
    rows.save(client)  # it refers to itself, so it must be there
    client.audience = [client]
    rows.save(client)


def main() -> None:
    given = json.loads(sys.stdin.readline())
    key = RSAKey.generate_key(2048, {"kid": "first", "use": "sig", "alg": "RS256"})
    application = create_app(config={
        "SECRET_KEY": "for tests alone", "SERVER_NAME": f"127.0.0.1:{given['port']}", "PREFERRED_URL_SCHEME": "http",
        "CANAILLE": {
            "NAME": "The directory", "DATABASE": "memory", "JAVASCRIPT": False, "HTMX": False,
            "CAPTCHA_ENABLED": False, "SMTP": None, "SMPP": None,
        },
        "CANAILLE_OIDC": {"ACTIVE_JWKS": [key.as_dict(private=True)], "TRUSTED_DOMAINS": []},
    })
    with application.app_context():
        fill(given)
    server = make_server("127.0.0.1", given["port"], application, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print("ready", flush=True)
    sys.stdin.read()
    os._exit(0)


main()
