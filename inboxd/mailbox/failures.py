"""What goes wrong on an IMAP connection, in our words. Library, socket and TLS errors end here.

`Lost`: the connection is of no use any more; connect again. `Refused` and `Unavailable`: the server answered NO or
BAD and the connection is in step. Of a server's text only short answers are passed on, with addresses taken out; of
a broken answer nothing, because it may quote a mail.
"""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from imapclient.exceptions import (
    IMAPClientAbortError,
    IMAPClientError,
    IMAPClientReadOnlyError,
    LoginError,
    ProtocolError,
)

from inboxd.errors import InboxdError, Permanent, Transient

# RFC 5530: what a server says when the same command may work later.
_PASSING = frozenset({"UNAVAILABLE", "INUSE", "LIMIT", "SERVERBUG", "EXPUNGEISSUED", "OVERQUOTA", "ALERT"})
_CODE = re.compile(r"\[([A-Z][A-Z0-9-]*)")
_ADDRESS = re.compile(r"[^\s<>\"'(),;:]+@[^\s<>\"'(),;:]+")
_SHOWN = 160


class Lost(Transient):
    """The connection is gone or out of step."""


class Answered(InboxdError):
    """The server answered NO or BAD. `code` is its response code (RFC 5530), or empty."""

    def __init__(self, text: str, code: str = "") -> None:
        super().__init__(text)
        self.code = code


class Refused(Answered, Permanent):
    """It will answer the same next time."""


class Unavailable(Answered, Transient):
    """It says that it may work later."""


def redacted(text: str) -> str:
    """A server's answer without addresses, on one line, short."""
    return _ADDRESS.sub("<address>", " ".join(text.split()))[:_SHOWN]


def answered(doing: str, error: Exception) -> Answered:
    """A NO or BAD in our words."""
    text = str(error).removeprefix("b'").removesuffix("'")
    found = _CODE.search(text)
    code = found.group(1) if found else ""
    kind = Unavailable if code in _PASSING else Refused
    return kind(f"{doing}: the server answered: {redacted(text)}", code)


def network(doing: str, error: OSError) -> InboxdError:
    """A socket or TLS error in our words."""
    match error:
        case ssl.SSLCertVerificationError():
            return Permanent(
                f"{doing}: the server's certificate is refused ({error.verify_message}); set ca_file to the authority "
                "that signed it, and host to a name that is in it"
            )
        case ssl.SSLError() if error.reason == "WRONG_VERSION_NUMBER":
            return Permanent(f'{doing}: no TLS on this port; check port, or set security = "starttls"')
        case ssl.SSLError():
            return Lost(f"{doing}: TLS failed ({error.reason or 'no reason given'})")
        case TimeoutError():
            return Lost(f"{doing}: the server did not answer in time")
        case socket.gaierror():
            return Lost(f"{doing}: the host name cannot be looked up ({error.strerror}); check host and DNS")
        case _:
            return Lost(f"{doing}: {error.strerror or 'the connection broke'}")


@contextmanager
def translated(doing: str) -> Iterator[None]:
    """Around calls of the library only: its errors become ours. `doing` begins the sentence."""
    try:
        yield
    except IMAPClientReadOnlyError as error:
        raise Refused(f"{doing}: the folder may only be read; inboxd must be allowed to move mail out of it") from error
    except IMAPClientAbortError as error:
        raise Lost(f"{doing}: the server closed the connection or broke the protocol") from error
    except ProtocolError as error:
        # Raised after the whole answer was read: the connection is in step, the answer makes no sense.
        raise Refused(f"{doing}: the server's answer cannot be understood") from error
    except LoginError as error:
        if isinstance(error.__context__, IMAPClientAbortError):
            raise Lost(f"{doing}: the server closed the connection") from error
        raise answered(doing, error) from error
    except IMAPClientError as error:
        if str(error).startswith("command:"):
            # imaplib gave up in the middle of an answer (a line over its limit): the rest is still to come.
            raise Lost(f"{doing}: the server's answer is too long") from error
        raise answered(doing, error) from error
    except OSError as error:
        raise network(doing, error) from error
    except (ValueError, IndexError, KeyError, TypeError, AttributeError) as error:
        # The library's parser fell over an answer: nothing is known about what is still to come.
        raise Lost(f"{doing}: the server's answer cannot be understood") from error
