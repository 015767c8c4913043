"""Connecting to the IMAP server: TLS, login, capabilities. Never sends a password in clear text off this machine.

Fails with `Permanent` where somebody must change something (refused login, certificate, no STARTTLS), with
`Transient` where waiting helps.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Callable

from imapclient import IMAPClient, SocketTimeout

from inboxd.certificates import Certificates, certificates_of
from inboxd.errors import Permanent
from inboxd.mailbox.failures import Lost, Refused, translated
from inboxd.mailbox.reading import Bounded
from inboxd.settings import LOOPBACK, MailboxSettings, Security

_CONNECT_SECONDS = 30


def connect(
    settings: MailboxSettings, password: Callable[[], str], alive: Callable[[], object]
) -> tuple[IMAPClient, Bounded, Certificates | None]:
    """A logged-in client, its capabilities read after the login; the bounds of its reading; and until when the
    server's certificates are good. `alive` is called while bytes come.

    Nothing is left open when it fails.
    """
    if settings.security == Security.PLAIN and settings.host not in LOOPBACK:
        raise Permanent('mailbox: security = "plain" is for loopback only; use "tls" or "starttls"')
    secret = password()
    context = None if settings.security == Security.PLAIN else _context(settings)
    try:
        with translated("mailbox: cannot connect"):
            client = IMAPClient(
                settings.host, settings.port, ssl=settings.security == Security.TLS, ssl_context=context,
                timeout=SocketTimeout(min(_CONNECT_SECONDS, settings.timeout_seconds), settings.timeout_seconds),
            )
    except Refused as refusal:  # no login was tried yet: a BYE, or no IMAP at all
        raise Lost(str(refusal)) from refusal
    # IMAPClient sets level 5: every message would be formatted twice for a log nobody reads, text included.
    client._imap.debug = 0
    reading = Bounded(client, seconds=settings.timeout_seconds, literal_bytes=4 * settings.batch_bytes, alive=alive)
    try:
        client.normalise_times = False
        client.socket().setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        # IMAPClient writes the end of a SEARCH by itself: without this it waits 40 ms for the answer to the beginning
        client.socket().setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if settings.security == Security.STARTTLS:
            _encrypt(client, context)
        _login(client, settings, secret)
        with translated("mailbox: cannot read the server's capabilities"):
            client.capabilities()
        return client, reading, certificates_of(client.socket(), context, settings.ca_file)
    except BaseException:
        hang_up(client)
        raise


def hang_up(client: IMAPClient) -> None:
    """Close the socket without a word. Never fails."""
    with contextlib.suppress(Exception):
        client.shutdown()


def leave(client: IMAPClient, *, seconds: float) -> None:
    """Log out if the server answers in time, and close. Never fails."""
    try:
        client.socket().settimeout(seconds)
        client.logout()
    except Exception:
        hang_up(client)


def _context(settings: MailboxSettings) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=settings.ca_file)
    except OSError as error:
        raise Permanent(
            f"mailbox.ca_file: {settings.ca_file} cannot be used ({error.strerror}); it must hold certificates in PEM"
        ) from error


def _offers(client: IMAPClient, capability: str) -> bool:
    return capability in client._imap.capabilities


def _encrypt(client: IMAPClient, context: ssl.SSLContext | None) -> None:
    if not _offers(client, "STARTTLS"):
        raise Permanent(
            "mailbox: the server does not offer STARTTLS; the password is not sent in clear text. "
            'Set security = "tls" and its port, or find out who is between'
        )
    with translated("mailbox: STARTTLS failed"):
        client.starttls(context)


def _login(client: IMAPClient, settings: MailboxSettings, secret: str) -> None:
    """LOGIN, or AUTHENTICATE PLAIN where LOGIN is switched off or cannot carry the letters."""
    if settings.security != Security.PLAIN and not isinstance(client.socket(), ssl.SSLSocket):
        raise Permanent("mailbox: the connection is not encrypted; the password is not sent")
    sasl = _offers(client, "LOGINDISABLED") or not (settings.username + secret).isascii()
    if sasl and not _offers(client, "AUTH=PLAIN"):
        raise Permanent(
            "mailbox: the server allows no login with this password on this connection (no LOGIN, or letters beyond "
            'ASCII, and no AUTH=PLAIN); check security = "tls", or use an ASCII password'
        )
    try:
        with translated("mailbox: login failed"):
            if sasl:
                client.plain_login(settings.username, secret)
            else:
                client.login(settings.username, secret)
    except Refused as refusal:
        source = ", ".join(settings.password_sources) or "password source"
        raise Permanent(f"{refusal}; check mailbox.username and what mailbox.{source} gives") from refusal
