"""What a request must carry to be let in, judged on plain values: whose origin, which form. Pure.

Every answer, an error too, leaves with `HEADERS`.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from urllib.parse import urlsplit

from inboxd.settings.console import ConsoleSettings

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""No script and no style but the shipped files; nothing from elsewhere, and no page around ours."""
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
FIELD = "form_token"
"""The field of every form that carries the token of the visit."""


def is_ours(settings: ConsoleSettings, host: str) -> bool:
    """Whether the request is for this desk: another name that leads here (DNS rebinding) is not answered."""
    return host.lower() == urlsplit(settings.public).netloc.lower()


def comes_from_us(settings: ConsoleSettings, headers: Mapping[str, str]) -> bool:
    """Whether a page of ours sent this form. A browser says so; one that says nothing is refused."""
    if "origin" in headers:
        return headers["origin"] == settings.public
    return headers.get("sec-fetch-site") == "same-origin"


def carries(given: str, wanted: str) -> bool:
    """Whether the form has the token of this visit."""
    return bool(given) and hmac.compare_digest(given.encode(), wanted.encode())


def way_name(settings: ConsoleSettings) -> str:
    """The cookie of somebody who went to the directory."""
    return f"{cookie_name(settings)}-way"


def cookie_name(settings: ConsoleSettings) -> str:
    """With TLS under the prefix that makes browsers keep it to this host, this path and TLS.

    Browsers keep cookies by host alone: desks of two channels on two ports of one host each have a name of their own.
    """
    port = urlsplit(settings.public).port
    return ("__Host-desk" if settings.is_encrypted else "desk") + (f"-{port}" if port else "")
