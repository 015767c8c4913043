"""The door to the SMTP server: one mail, one recipient, one answer kept. Alone imports smtplib.

Nothing is sent in clear text outside loopback, and there is no falling back to it. About one mail: 5xx is
`Permanent`, 4xx and the network are `Transient`. A server that cannot be used at all (refused login, certificate, no
STARTTLS, 5xx before MAIL) says nothing about the mail in hand: `send` raises `Transient` for it, so that no reply is
buried for a wrong password; `check` raises `Permanent` with what to do.
"""

from __future__ import annotations

import contextlib
import re
import smtplib
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from email.parser import BytesHeaderParser
from email.policy import compat32

from inboxd.certificates import Certificates, certificates_of
from inboxd.errors import InboxdError, Permanent, Transient, Unanswered
from inboxd.plan import OutgoingMail
from inboxd.settings import LOOPBACK, Security, SmtpSettings

IDLE_SECONDS = 30
"""A connection unused for longer is not used again."""
_ADDRESS = re.compile(r"[^\s<>\"'(),;:]+@[^\s<>\"'(),;:]+")
_ONE_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+")
"""RFC 5321 without quoted local parts and address literals: no room for a second address or a command."""
_BARE_LINE_END = re.compile(rb"\r(?!\n)|(?<!\r)\n")
_COPIES = re.compile(r"cc|bcc|resent-.*|apparently-to|disposition-notification-to|return-receipt-to", re.IGNORECASE)
"""Header fields that bring a mail, or word of it, to somebody else."""
_LOGIN_CODES = frozenset({530, 534, 535, 538})
"""RFC 4954: the login is missing or wrong. About us, not about the mail."""
_SHOWN = 300


class _Broken(Transient):
    """The connection is gone, or the server says that it will close it (421)."""


class SmtpCourier:
    """Hands mails in, over one connection that is kept while there is something to send."""

    def __init__(self, settings: SmtpSettings, password: Callable[[], str]) -> None:
        self.settings = settings
        self._password = password
        self._server: smtplib.SMTP | None = None
        self._used_at = 0.0
        self.certificates: Certificates | None = None
        """As the last connection showed them; None before the first one, and where it is not encrypted."""

    def send(self, mail: OutgoingMail, about_to: Callable[[], object] = lambda: None) -> str:
        """Hand in one mail and return the server's answer, e.g. `250 2.0.0 Ok: queued as 4F2`.

        `Transient`: try again later with the same bytes. `Permanent`: this mail will never be accepted.
        `Unanswered`: the text went and no answer came. `about_to` is called before the text goes; if it raises, nothing
        goes. A kept connection that turns out to be dead is replaced once, before the text is sent.
        """
        _check_mail(mail)
        self.close_idle()
        if self._server is not None:
            try:
                self._envelope(mail)
            except _Broken:
                self.close()
        if self._server is None:
            self._connect_for_mail()
            self._envelope(mail)
        try:
            about_to()
        except BaseException:
            self.close()
            raise
        answer = self._hand_over(mail)
        self._used_at = time.monotonic()
        return answer

    def check(self) -> str:
        """Connect, log in, ask for a sign of life, leave. Returns what was found; raises as said above."""
        self.close()
        self._connect()
        try:
            server = self._live()
            with _talking("SMTP check"):
                code, text = server.noop()
            if code != 250:
                raise _refusal("SMTP check", code, text)
            limit = server.esmtp_features.get("size", "")
            login = f"logged in by {self.settings.password_sources[0]}" if self.settings.username else "no login"
            size = f", takes mails of up to {int(limit):,} bytes" if limit.isdigit() and limit != "0" else ""
            return f"{self.settings.security.value}, {login}{size}"
        finally:
            self.close()

    def close(self) -> None:
        """Say goodbye and close. Never fails; closing twice is nothing."""
        server, self._server = self._server, None
        if server is None:
            return
        with contextlib.suppress(Exception):
            if server.sock is not None:
                server.sock.settimeout(5)
            server.quit()
        server.close()

    def close_idle(self) -> None:
        """Close a connection that was not used for `IDLE_SECONDS`. For the loop that calls `send`."""
        if self._server is not None and time.monotonic() - self._used_at > IDLE_SECONDS:
            self.close()

    # One mail

    def _envelope(self, mail: OutgoingMail) -> None:
        """MAIL and RCPT: until here nothing has been sent, and the mail may be tried again at once."""
        server = self._live()
        limit = server.esmtp_features.get("size", "")
        if limit.isdigit() and 0 < int(limit) < len(mail.raw):
            raise Permanent(f"the mail has {len(mail.raw):,} bytes and the SMTP server takes {int(limit):,} at most")
        options = [f"size={len(mail.raw)}"] if "size" in server.esmtp_features else []
        self._command("MAIL", lambda: server.mail(mail.sender, options))
        self._command("RCPT", lambda: server.rcpt(mail.recipient))

    def _hand_over(self, mail: OutgoingMail) -> str:
        server = self._live()
        try:
            with _talking("SMTP DATA"):
                code, text = server.data(mail.raw)
        except smtplib.SMTPDataError as error:  # refused before the text
            raise self._reset(_refusal("SMTP DATA", error.smtp_code, error.smtp_error)) from error
        except Transient as error:
            self.close()
            raise Unanswered(f"{error}; it may have been accepted") from error
        if not 200 <= code < 300:
            raise self._reset(_refusal("SMTP DATA", code, text))
        return _line(code, text)

    def _command(self, verb: str, ask: Callable[[], tuple[int, bytes]]) -> None:
        try:
            with _talking(f"SMTP {verb}"):
                code, text = ask()
        except Transient:
            self.close()
            raise
        if not 200 <= code < 300:
            raise self._reset(_refusal(f"SMTP {verb}", code, text))

    def _reset(self, failure: InboxdError) -> InboxdError:
        """After a refusal: clean up for the next mail, or close what is not in step."""
        server = self._live()
        clean = False
        if not isinstance(failure, _Broken):
            with contextlib.suppress(OSError, smtplib.SMTPException):
                clean = server.rset()[0] == 250
        if not clean:
            self.close()
        return failure

    # The connection

    def _live(self) -> smtplib.SMTP:
        if self._server is None:
            raise _Broken("SMTP: there is no connection")
        return self._server

    def _connect_for_mail(self) -> None:
        try:
            self._connect()
        except Permanent as error:
            raise Transient(str(error)) from error

    def _connect(self) -> None:
        settings = self.settings
        if settings.security == Security.PLAIN and settings.host not in LOOPBACK:
            raise Permanent('smtp: security = "plain" is for loopback only; use "tls" or "starttls"')
        context = None if settings.security == Security.PLAIN else self._context()
        secret = self._password() if settings.username else ""
        if not (settings.username + secret).isascii():
            raise Permanent("smtp: name and password must be ASCII; SMTP logins carry nothing else here")
        with _talking("smtp: cannot connect"):
            server: smtplib.SMTP
            if settings.security == Security.TLS:
                server = smtplib.SMTP_SSL(
                    settings.host, settings.port, timeout=settings.timeout_seconds, context=context
                )
            else:
                server = smtplib.SMTP(settings.host, settings.port, timeout=settings.timeout_seconds)
        try:
            self._greet(server, context)
            if settings.security != Security.PLAIN and not isinstance(server.sock, ssl.SSLSocket):
                raise Permanent("smtp: the connection is not encrypted; nothing is sent over it")
            self.certificates = certificates_of(server.sock, context, settings.ca_file)
            if settings.username:
                _log_in(server, settings, secret)
        except BaseException:
            server.close()
            raise
        self._server = server
        self._used_at = time.monotonic()

    def _context(self) -> ssl.SSLContext:
        try:
            return ssl.create_default_context(cafile=self.settings.ca_file)
        except OSError as error:
            raise Permanent(
                f"smtp.ca_file: {self.settings.ca_file} cannot be used ({error.strerror}); it must be PEM"
            ) from error

    def _greet(self, server: smtplib.SMTP, context: ssl.SSLContext | None) -> None:
        """EHLO, and STARTTLS where that is the setting: encrypted, or an end."""
        with _talking("SMTP EHLO"):
            code, text = server.ehlo()
        if code != 250:
            raise _refusal("SMTP EHLO", code, text)
        if self.settings.security != Security.STARTTLS:
            return
        if not server.has_extn("starttls"):
            raise Permanent(
                "smtp: the server does not offer STARTTLS; nothing is sent in clear text. "
                'Set security = "tls" and its port, or find out who is between'
            )
        with _talking("smtp: STARTTLS failed"):
            server.starttls(context=context)
        with _talking("SMTP EHLO"):
            code, text = server.ehlo()
        if code != 250:
            raise _refusal("SMTP EHLO", code, text)


def _log_in(server: smtplib.SMTP, settings: SmtpSettings, secret: str) -> None:
    if not server.has_extn("auth"):
        raise Permanent("smtp: the server offers no login here; remove smtp.username, or check port and security")
    try:
        with _talking("smtp: login failed"):
            server.login(settings.username, secret)
    except smtplib.SMTPAuthenticationError as error:
        failure = _refusal("smtp: login", error.smtp_code, error.smtp_error)
        if isinstance(failure, Permanent):
            failure = Permanent(f"{failure}; check smtp.username and what smtp.{settings.password_sources[0]} gives")
        raise failure from error


def _check_mail(mail: OutgoingMail) -> None:
    """What must never leave: more than one recipient, a command hidden in an address, line ends read in two ways."""
    for address, what in ((mail.sender, "sender"), (mail.recipient, "recipient")):
        if what == "sender" and not address:
            continue  # the null return path
        if not _ONE_ADDRESS.fullmatch(address):
            raise Permanent(f"the {what} is not one plain address; the mail is not sent")
    if _BARE_LINE_END.search(mail.raw):
        raise Permanent("the mail has a line end that is not CRLF; it is not sent")
    header = BytesHeaderParser(policy=compat32).parsebytes(mail.raw)
    copies = sorted({name.title() for name in header if _COPIES.fullmatch(name)})
    if copies:
        raise Permanent(f"the mail has a header field {copies[0]}; a mail of ours has one recipient and is not sent")
    if header.get_all("To", []) != [mail.recipient]:
        raise Permanent("the mail's To is not just the one recipient; it is not sent")


def _line(code: int, text: bytes) -> str:
    return f"{code} {' '.join(text.decode('utf-8', 'replace').split())}"


def _refusal(doing: str, code: int, text: bytes | str) -> InboxdError:
    """The server's answer in our words, addresses taken out."""
    raw = text.encode("utf-8", "replace") if isinstance(text, str) else text
    sentence = f"{doing}: the server answered {_ADDRESS.sub('<address>', _line(code, raw))[:_SHOWN]}"
    if code == 421 or code < 200:
        return _Broken(sentence)
    if 500 <= code < 600 and not (code in _LOGIN_CODES and doing == "SMTP MAIL"):
        return Permanent(sentence)
    return Transient(sentence)


@contextlib.contextmanager
def _talking(doing: str) -> Iterator[None]:
    """Around calls of the library: its errors in our words, but for refusals that carry a code of their own."""
    try:
        yield
    except (smtplib.SMTPDataError, smtplib.SMTPAuthenticationError):
        raise
    except smtplib.SMTPServerDisconnected as error:
        raise _Broken(f"{doing}: the server closed the connection") from error
    except smtplib.SMTPResponseException as error:
        if error.smtp_error == "Line too long.":  # smtplib's own, under the code 500; it has hung up
            raise _Broken(f"{doing}: the server's answer cannot be understood") from error
        raise _refusal(doing, error.smtp_code, error.smtp_error) from error
    except smtplib.SMTPException as error:
        raise Permanent(f"{doing}: the server offers no way that this client knows") from error
    except ssl.SSLCertVerificationError as error:
        raise Permanent(
            f"{doing}: the server's certificate is refused ({error.verify_message}); set ca_file to the authority that "
            "signed it, and host to a name that is in it"
        ) from error
    except ssl.SSLError as error:
        if error.reason == "WRONG_VERSION_NUMBER":
            raise Permanent(f'{doing}: no TLS on this port; check port, or set security = "starttls"') from error
        raise _Broken(f"{doing}: TLS failed ({error.reason or 'no reason given'})") from error
    except TimeoutError as error:
        raise _Broken(f"{doing}: the server did not answer in time") from error
    except socket.gaierror as error:
        raise _Broken(f"{doing}: the host name cannot be looked up ({error.strerror}); check host and DNS") from error
    except OSError as error:
        raise _Broken(f"{doing}: {error.strerror or 'the connection broke'}") from error
    except ValueError as error:
        raise _Broken(f"{doing}: the server's answer cannot be understood") from error
