"""The servers that inboxd speaks to: IMAP, SMTP, the register of application records, the malware scanner."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import Field, Strict, model_validator

from inboxd.config_file import Section

Seconds = Annotated[float, Field(gt=0)]
Port = Annotated[int, Field(ge=1, le=65535)]
Count = Annotated[int, Field(ge=1)]

LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Security(StrEnum):
    """tls: TLS from the first byte. starttls: upgraded before login, or nothing. plain: loopback only."""

    TLS = "tls"
    STARTTLS = "starttls"
    PLAIN = "plain"


class Secret(Section):
    """Something that is opened by a secret. At most one source for it; the secret itself is never in the file."""

    password_file: Path | None = None
    password_env: str = ""
    password_credential: str = ""
    password_command: tuple[str, ...] = ()
    password_expires: Annotated[date, Strict()] | None = None
    """The day on which it stops working; people are told before (`[watch]`)."""

    @property
    def password_sources(self) -> tuple[str, ...]:
        names = ("password_file", "password_env", "password_credential", "password_command")
        return tuple(name for name in names if getattr(self, name))

    @model_validator(mode="after")
    def _check_sources(self) -> Self:
        sources = self.password_sources
        if len(sources) > 1:
            raise ValueError(f"has {len(sources)} password sources ({', '.join(sources)}); keep one")
        return self


class Login(Secret):
    """A server with a login."""

    host: str
    port: Port
    security: Security = Security.TLS
    ca_file: Path | None = None
    username: str = ""
    timeout_seconds: Seconds = 60

    @model_validator(mode="after")
    def _check_login(self) -> Self:
        if self.security is Security.PLAIN and self.host not in LOOPBACK:
            raise ValueError(f'security = "plain" is for loopback only, not for {self.host}; use "tls" or "starttls"')
        if self.username and not self.password_sources:
            raise ValueError(
                "has a username and no password source; set password_file, password_env, "
                "password_credential or password_command"
            )
        return self


class MailboxSettings(Login):
    """The inbox that is polled over IMAP."""

    account: str = "main"
    port: Port = 993
    inbox: str = "INBOX"
    sent_folder: str = "Sent"
    idle: bool = True
    reconcile_seconds: Seconds = 60
    idle_renew_seconds: Seconds = 290
    batch_bytes: Count = 8 * 1024 * 1024
    batch_count: Count = 100
    stream_above_bytes: Count = 8 * 1024 * 1024
    give_up_seconds: Annotated[float, Field(ge=0, le=86_400)] = 120
    """So long the server may list a mail and not give it, before it is held by its header."""

    @property
    def read_in_full(self) -> tuple[str, ...]:
        """The folders that are read at each round; the others are watched for changes."""
        return tuple(filter(None, (self.inbox, self.sent_folder)))

    @model_validator(mode="after")
    def _check_username(self) -> Self:
        if not self.username:
            raise ValueError("username is missing; IMAP needs a login")
        return self


class SmtpSettings(Login):
    """Where replies are handed in, and how many at a time."""

    port: Port = 465
    per_minute: Count = 120
    unknown_minutes: Annotated[float, Field(ge=0, le=1440)] = 10
    """So long a mail whose answer never came is waited for before it is looked for and sent again."""
    bulk_limit: Count = 300
    """So many unusual mails to the outside in `bulk_minutes` are let go before a person must."""
    bulk_minutes: Annotated[float, Field(gt=0, le=1440)] = 10
    storm_limit: Count = 500
    """So many answers in an hour to mail that had just come, to all senders together; then a person must let go."""


class RegisterSettings(Secret):
    """Where application records are: in inboxd's own database, or at a register over HTTP (`docs/registers.md`).

    The secret is the bearer token of the HTTP register.
    """

    url: str = ""
    ca_file: Path | None = None
    timeout_seconds: Seconds = 30
    retry_seconds: Seconds = 60

    @model_validator(mode="after")
    def _check_url(self) -> Self:
        if not self.url:
            return self
        parts = urlsplit(self.url)
        if (
            parts.scheme not in ("https", "http")
            or not parts.hostname
            or parts.query
            or parts.fragment
            or "@" in self.url
        ):
            raise ValueError('url must be like "https://register.example/v1", without a login, query or fragment')
        if parts.scheme == "http" and parts.hostname not in LOOPBACK:
            raise ValueError(f"url: http without TLS is for loopback only, not for {parts.hostname}; use https")
        return self


class ScannerSettings(Section):
    """The malware scanner clamd. Without a socket no file is scanned."""

    socket: str = ""
    """The path of its Unix socket, or host:port on a trusted network (the protocol has no login and no TLS)."""
    timeout_seconds: Seconds = 120
    retry_seconds: Seconds = 60

    @model_validator(mode="after")
    def _check_socket(self) -> Self:
        host, colon, port = self.socket.rpartition(":")
        over_tcp = bool(colon) and bool(host) and port.isdigit() and 0 < int(port) < 65536
        if self.socket and not self.socket.startswith("/") and not over_tcp:
            raise ValueError('socket must be a path such as "/run/clamav/clamd.ctl", or host:port as "127.0.0.1:3310"')
        return self
