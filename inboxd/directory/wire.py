"""One request to the provider and its bounded answer. Alone in this package it imports urllib3.

No proxy, no redirect, no cookie, no compression, no retry; the certificate is checked against the settings' authority
or the system's. Raises `Transient` for what may be better later, `Permanent` for what a person has to mend.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from inboxd.errors import InboxdError, Permanent, Transient
from inboxd.settings import LOOPBACK
from inboxd.settings.directory import DirectorySettings
from inboxd.time_limit import broken_after

MOST_ANSWERED = 256 * 1024
_PIECE = 16 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back."""

    status: int
    values: Mapping[str, Any]
    """Its JSON object; empty if it is none."""


def is_protected(url: str, settings: DirectorySettings) -> bool:
    """Whether an address may be spoken to: by TLS, or on loopback where the issuer itself is."""
    parts = urlsplit(url)
    if parts.scheme == "https":
        return bool(parts.hostname)
    issuer = urlsplit(settings.issuer)
    return parts.scheme == "http" == issuer.scheme and parts.hostname in LOOPBACK


def get(url: str, settings: DirectorySettings) -> Answer:
    """What is there, as JSON."""
    return _ask("GET", url, settings, {}, None)


def post(url: str, settings: DirectorySettings, form: Mapping[str, str], headers: Mapping[str, str]) -> Answer:
    """Send a form; the answer as JSON."""
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    return _ask("POST", url, settings, {**kind, **headers}, urlencode(form))


def _ask(
    method: str, url: str, settings: DirectorySettings, headers: Mapping[str, str], body: str | None
) -> Answer:
    if not is_protected(url, settings):
        raise Permanent(f"directory: {url} is not protected by TLS; nothing is sent there")
    parts = urlsplit(url)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    with _talking(settings), contextlib.closing(_connection(url, settings)) as connection:
        connection.connect()
        with broken_after(connection.sock, 2 * settings.timeout_seconds):
            connection.request(
                method, target or "/", body, {"Accept": "application/json", "User-Agent": "inboxd", **headers},
                preload_content=False, decode_content=False,
            )  # fmt: skip
            response = connection.getresponse()
            raw = bytearray()
            while len(raw) <= MOST_ANSWERED and (piece := response.read(_PIECE)):
                raw += piece
    if len(raw) > MOST_ANSWERED:
        raise Permanent("directory: the provider's answer is far too long; check directory.issuer")
    return Answer(status=response.status, values=_object(bytes(raw)))


def _connection(url: str, settings: DirectorySettings) -> HTTPConnection:
    parts = urlsplit(url)
    if parts.scheme == "http":
        return HTTPConnection(parts.hostname or "", parts.port, timeout=settings.timeout_seconds)
    try:
        context = ssl.create_default_context(cafile=settings.ca_file)
    except OSError as error:
        raise Permanent(
            f"directory.ca_file: {settings.ca_file} cannot be used ({error.strerror}); it must be PEM"
        ) from error
    return HTTPSConnection(
        parts.hostname or "", parts.port, timeout=settings.timeout_seconds, ssl_context=context,
        cert_reqs="CERT_REQUIRED",
    )  # fmt: skip


def _object(raw: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


@contextlib.contextmanager
def _talking(settings: DirectorySettings) -> Any:
    """Around calls of the library: its errors in our words, which never hold a code or a secret."""
    try:
        yield
    except InboxdError:
        raise
    except ssl.SSLCertVerificationError as error:
        raise Permanent(
            f"directory: the provider's certificate is refused ({error.verify_message}); set directory.ca_file to the "
            "authority that signed it, and directory.issuer to a name that is in it"
        ) from error
    except (OSError, HTTPError, http.client.HTTPException, ValueError) as error:
        under = error.__cause__ if isinstance(error, HTTPError) and isinstance(error.__cause__, OSError) else error
        cause = getattr(under, "strerror", None) or type(error).__name__
        raise Transient(
            f"directory: the provider does not answer as it should within {settings.timeout_seconds:g} s ({cause})"
        ) from error
