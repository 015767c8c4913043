"""What goes wrong on an IMAP connection, in our words. Library, socket and TLS errors end here.

`Lost`: the connection is of no use any more; connect again. `Refused` and `Unavailable`: the server answered NO or
BAD and the connection is in step. `Throttled`: it asks to be left alone, which is no mail's fault. Of a server's text
only short answers are passed on, with addresses taken out; of a broken answer nothing, because it may quote a mail.
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
_PASSING = frozenset({"SERVERBUG", "EXPUNGEISSUED", "OVERQUOTA", "ALERT"})
_BUSY = frozenset({"LIMIT", "THROTTLED", "INUSE", "UNAVAILABLE"})
"""It has too much to do, or takes us for something that does."""
_BACKOFF = re.compile(r"Suggested Backoff Time: (\d{1,12}) milliseconds", re.IGNORECASE)
"""Exchange: "BAD Request is throttled. Suggested Backoff Time: 89117 milliseconds"."""
_TOO_CHATTY = "user is authenticated but not connected"
"""Exchange to a client that connects too often, holds too many connections, or may not open this mailbox."""
_ASKS_FOR_PEACE = ("request is throttled", "server busy", "server unavailable", "too many connections")
LONGEST_WAIT_SECONDS = 600.0
"""A server may ask for more; then it is asked again all the same, and says so again."""
_CHATTY_SECONDS = 60.0
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


class Throttled(Unavailable):
    """It asks to be left alone, for `wait_seconds` if it says so (`LONGEST_WAIT_SECONDS` at most)."""

    def __init__(self, text: str, code: str = "", *, wait_seconds: float = 0.0) -> None:
        super().__init__(text, code)
        self.wait_seconds = wait_seconds


def redacted(text: str) -> str:
    """A server's answer without addresses, on one line, short."""
    return _ADDRESS.sub("<address>", " ".join(text.split()))[:_SHOWN]


def answered(doing: str, error: Exception) -> Answered:
    """A NO or BAD in our words."""
    text = str(error).removeprefix("b'").removesuffix("'")
    found = _CODE.search(text)
    code = found.group(1) if found else ""
    told = f"{doing}: the server answered: {redacted(text)}"
    if (asked := _BACKOFF.search(text)) is not None:
        return Throttled(told, code, wait_seconds=min(int(asked.group(1)) / 1000, LONGEST_WAIT_SECONDS))
    if _TOO_CHATTY in text.lower():
        told += "; it says so when it was asked too much, and where this login may not open this mailbox"
        return Throttled(told, code, wait_seconds=_CHATTY_SECONDS)
    if code in _BUSY or any(words in text.lower() for words in _ASKS_FOR_PEACE):
        return Throttled(told, code)
    kind = Unavailable if code in _PASSING else Refused
    return kind(told, code)


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
