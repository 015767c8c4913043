"""A small provider that lies as it is told: forged tokens, new keys, silence. What a sound one does is `provider`.

It signs whatever `says` holds. There is no sign-in page: a test takes `state` and `nonce` out of the address that the
desk sends people to, and comes back by itself.
"""

from __future__ import annotations

import json
import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs

from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from tests.servers.places import HOST


class OddProvider:
    """`with OddProvider() as provider:`; `tls`: what it presents, else it is plain."""

    client_id = "desk"
    secret = "a secret of the desk"

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self._server = ThreadingHTTPServer((HOST, 0), _Handler)
        self._server.daemon_threads = True
        self._server.provider = self  # type: ignore[attr-defined]
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        scheme = "http" if tls is None else "https"
        self.issuer = f"{scheme}://{'localhost' if tls else HOST}:{self._server.server_port}"
        self.begin_anew()

    def begin_anew(self) -> None:
        """Sound again, for the next test."""
        self.key = RSAKey.generate_key(2048, {"kid": "first", "use": "sig"})
        self.published = [self.key.as_dict(private=False)]
        self.describes: dict[str, Any] = {}
        self.token = ""
        """What the token endpoint gives out."""
        self.status = 200
        self.waits = 0.0
        self.drips = False
        self.asked: list[tuple[str, dict[str, str], str]] = []

    def sign(
        self, claims: dict[str, Any], *, key: RSAKey | OctKey | None = None, algorithm: str = "RS256",
        kid: str | None = "first",
    ) -> None:
        """The next token says this."""
        header = {"alg": algorithm} | ({} if kid is None else {"kid": kid})
        self.token = jwt.encode(header, claims, key or self.key, algorithms=[algorithm])

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trail: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def description(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer, "authorization_endpoint": f"{self.issuer}/authorize?tenant=1",
            "token_endpoint": f"{self.issuer}/token", "jwks_uri": f"{self.issuer}/keys", **self.describes,
        }


class _Handler(BaseHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        provider: OddProvider = self.server.provider  # type: ignore[attr-defined]
        provider.asked.append((self.path, dict(self.headers), ""))
        if self.path == "/.well-known/openid-configuration":
            self._answer(provider.description())
        else:
            self._answer({"keys": provider.published})

    def do_POST(self) -> None:
        provider: OddProvider = self.server.provider  # type: ignore[attr-defined]
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        provider.asked.append((self.path, dict(self.headers), body))
        used = [parse_qs(sent)["code"] for _, _, sent in provider.asked[:-1] if sent]
        if parse_qs(body)["code"] in used:
            self._answer({"error": "invalid_grant"}, 400)
        elif provider.status != 200:
            self._answer({"error": "invalid_client"}, provider.status)
        else:
            self._answer({"access_token": "x", "token_type": "Bearer", "id_token": provider.token})

    def _answer(self, values: dict[str, Any], status: int = 200) -> None:
        provider: OddProvider = self.server.provider  # type: ignore[attr-defined]
        time.sleep(provider.waits)
        raw = json.dumps(values).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        try:
            for letter in raw if provider.drips else ():
                self.wfile.write(bytes([letter]))
                self.wfile.flush()
                time.sleep(0.05)
            self.wfile.write(b"" if provider.drips else raw)
        except OSError:
            self.close_connection = True  # whoever asked has hung up
