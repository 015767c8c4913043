"""One connection to the register: a request, its bounded answer. With `failures` alone it imports urllib3.

No proxy (the environment's `http_proxy` and `https_proxy` are not read), no redirect, no cookie, no compression, no
retry but one: a kept connection that the server had closed is replaced by a new one, once. Fails with `Transient`;
`Unusable` says that it is about us or about what answers there, whatever is asked.
"""

from __future__ import annotations

import contextlib
import http.client
import logging
import re
import ssl
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.response import BaseHTTPResponse

from inboxd.certificates import Certificates, certificates_of
from inboxd.errors import Permanent, Transient
from inboxd.http_register.failures import Gone, Unusable, broken, ended_after, talking
from inboxd.settings import LOOPBACK, RegisterSettings

IDLE_SECONDS = 30
"""A connection unused for longer is not used again."""
CONNECT_SECONDS = 10
LAST_WORDS_SECONDS = 5
"""How long a server that takes no more of a document may take to say why."""
SLOWEST = 64 * 1024
"""Bytes in a second. A document may take as long as at this speed, so that no answer in drops holds up the desk."""
MOST_ANSWERED = 64 * 1024
"""Bytes of an answer's body that are read."""
_PIECE = 8 * 1024
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")
"""RFC 6750 section 2.1."""

logging.getLogger("urllib3").setLevel(logging.CRITICAL)  # its warnings name the path, and with it the number


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request. `path` is below the register's address. `body` opens the bytes anew for each try."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Callable[[], contextlib.AbstractContextManager[Iterable[bytes]]] | None = None
    size: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back. `body` is the whole body unless `too_long`."""

    status: int
    media_type: str
    """Lower case, without parameters."""
    retry_after: str
    location: str
    body: bytes = field(repr=False)
    too_long: bool
    early: bool
    """It came before the whole document had been sent."""


class Wire:
    """Keeps one connection while there is something to ask. For one thread."""

    def __init__(self, settings: RegisterSettings, token: Callable[[], str], alive: Callable[[], object]) -> None:
        self.settings = settings
        self._token = token
        self._alive = alive
        parts = urlsplit(settings.url)
        self._encrypted = parts.scheme == "https"
        self._host, self._port = parts.hostname or "", parts.port
        self._root = quote(parts.path.rstrip("/"), safe="/%:@!$&'()*+,;=~-._")
        self._connection: HTTPConnection | None = None
        self._authorization = ""
        self._used_at = 0.0
        self.protection = ""
        """How the last connection was protected, for people."""
        self.certificates: Certificates | None = None
        """As the last connection showed them; None before the first one, and where it is not encrypted."""

    def ask(self, asked: Asked) -> Answer:
        """Send a request and read its answer, whatever its status. Raises `Transient`, `Unusable`."""
        self.close_idle()
        if self._connection is not None and not self._connection.is_connected:
            self.close()
        if self._connection is not None:
            try:
                return self._exchange(self._connection, asked)
            except Gone:
                self._alive()  # closed by the server meanwhile: it saw nothing, or sees the same once more
        return self._exchange(self._connect(), asked)

    def close(self) -> None:
        """Close the connection, if there is one; the next one reads the token anew. Never fails."""
        connection, self._connection, self._authorization = self._connection, None, ""
        if connection is not None:
            with contextlib.suppress(OSError):
                connection.close()

    def close_idle(self) -> None:
        """Close a connection that was not used for `IDLE_SECONDS`."""
        if self._connection is not None and time.monotonic() - self._used_at > IDLE_SECONDS:
            self.close()

    # One request

    def _exchange(self, connection: HTTPConnection, asked: Asked) -> Answer:
        seconds = 2 * self.settings.timeout_seconds + asked.size / SLOWEST
        kept = False
        try:
            with (
                asked.body() if asked.body is not None else contextlib.nullcontext() as pieces,
                ended_after(connection.sock, seconds),
            ):
                response, early = self._send(connection, asked, None if pieces is None else self._watched(pieces))
                with contextlib.closing(response):
                    answer = self._read(response, early=early)
                ordinary = answer.status in (200, 201) or answer.status >= 400
                kept = ordinary and not (answer.too_long or early or connection.is_closed)
                return answer
        finally:
            self._used_at = time.monotonic()
            if not kept:
                self.close()

    def _send(
        self, connection: HTTPConnection, asked: Asked, pieces: Iterable[bytes] | None
    ) -> tuple[BaseHTTPResponse, bool]:
        """The response, its body not yet read, and whether it came before everything was sent."""
        headers = {
            "Authorization": self._authorization,
            "Accept": "application/json, application/problem+json",
            "Accept-Encoding": "identity",
            "User-Agent": "inboxd",
            **asked.headers,
        }
        connection.timeout = self.settings.timeout_seconds
        try:
            connection.request(
                asked.method, self._root + asked.path, pieces, headers, preload_content=False, decode_content=False
            )
        except OSError as error:
            # a server that wants no more says so and closes, which breaks the sending before its word is read
            connection.timeout = min(LAST_WORDS_SECONDS, self.settings.timeout_seconds)
            try:
                return connection.getresponse(), True
            except (OSError, http.client.HTTPException, ValueError):
                raise broken(error) from error
        try:
            return connection.getresponse(), False
        except OSError as error:
            raise broken(error) from error

    def _read(self, response: BaseHTTPResponse, *, early: bool) -> Answer:
        if response.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
            raise Transient("register: the answer is compressed, which was not asked for")
        if response.length_remaining is None and not response.chunked:
            raise Transient("register: the answer has no length, so it cannot be known to be whole")
        body = bytearray()
        while len(body) <= MOST_ANSWERED and (piece := response.read(_PIECE)):
            body += piece
            self._alive()
        return Answer(
            status=response.status,
            media_type=response.headers.get("Content-Type", "").partition(";")[0].strip().lower(),
            retry_after=response.headers.get("Retry-After", ""),
            location=response.headers.get("Location", ""),
            body=bytes(body),
            too_long=len(body) > MOST_ANSWERED,
            early=early,
        )

    def _watched(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        for piece in pieces:
            yield piece
            self._alive()

    # The connection

    def _connect(self) -> HTTPConnection:
        self.close()
        if not self._encrypted and self._host not in LOOPBACK:
            raise Unusable("records.url: http without TLS is for loopback only; use https")
        authorization = f"Bearer {self._read_token()}"
        seconds = min(CONNECT_SECONDS, self.settings.timeout_seconds)
        connection: HTTPConnection
        context = self._context() if self._encrypted else None
        if self._encrypted:
            connection = HTTPSConnection(
                self._host, self._port, timeout=seconds, ssl_context=context, cert_reqs="CERT_REQUIRED"
            )
        else:
            connection = HTTPConnection(self._host, self._port, timeout=seconds)
        try:
            with talking("register: cannot connect"):
                connection.connect()
            self.protection = self._protection_of(connection)
            self.certificates = certificates_of(connection.sock, context, self.settings.ca_file)
        except BaseException:
            connection.close()
            raise
        self._connection, self._authorization = connection, authorization
        return connection

    def _protection_of(self, connection: HTTPConnection) -> str:
        sock = connection.sock
        if isinstance(sock, ssl.SSLSocket) and connection.is_verified:
            end = ssl.cert_time_to_seconds(str((sock.getpeercert() or {}).get("notAfter")))
            return f"{sock.version()}, certificate valid until {time.strftime('%Y-%m-%d', time.gmtime(end))}"
        if self._encrypted:
            raise Unusable("register: the connection is not encrypted to a verified server; nothing is sent over it")
        return "not encrypted (loopback)"

    def _read_token(self) -> str:
        try:
            token = self._token()
        except Permanent as error:
            raise Unusable(str(error)) from error
        if not _TOKEN.fullmatch(token):
            raise Unusable(f"{credential(self.settings)} gives no bearer token: letters, digits and . _ ~ + / - = only")
        return token

    def _context(self) -> ssl.SSLContext:
        try:
            return ssl.create_default_context(cafile=self.settings.ca_file)
        except OSError as error:
            raise Unusable(
                f"records.ca_file: {self.settings.ca_file} cannot be used ({error.strerror}); it must be PEM"
            ) from error


def credential(settings: RegisterSettings) -> str:
    """The setting that the token comes from."""
    return f"records.{settings.password_sources[0]}" if settings.password_sources else "records.password_credential"
