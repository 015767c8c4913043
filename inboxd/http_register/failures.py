"""How talking to the register fails: the library's errors in our words, which never hold a path or a header.

`Transient` for all of it. `Unusable` is about us or about what answers there, whatever is asked; `Gone` is a
connection that broke before a word of an answer came.
"""

from __future__ import annotations

import contextlib
import http.client
import math
import socket
import ssl
from collections.abc import Iterator

from urllib3.exceptions import ConnectTimeoutError, HTTPError, NameResolutionError, NewConnectionError, ReadTimeoutError

from inboxd.errors import InboxdError, Transient
from inboxd.time_limit import broken_after


class Unusable(Transient):
    """Nothing can be asked there: refused certificate or token, a wrong address, a stranger's answer."""


class Gone(Transient):
    """The connection broke before a word of an answer came. A kept connection is then replaced once."""


def broken(error: OSError) -> Exception:
    """`Gone`, unless the server was only silent or its certificate is the reason: a new connection mends neither."""
    if isinstance(error, TimeoutError | ssl.SSLCertVerificationError):
        return error
    return Gone(f"register: the connection broke before it answered ({error.strerror or 'closed'})")


@contextlib.contextmanager
def ended_after(sock: socket.socket | None, seconds: float) -> Iterator[None]:
    """Around one request: breaks the connection when it takes longer, since the library only bounds each single read.

    Raises `Transient` then, and for every error of the library.
    """
    with broken_after(sock, seconds) as ended:
        try:
            with talking("register"):
                yield
        except Transient as error:
            if ended():
                raise Transient(f"register: the request did not end within {math.ceil(seconds)} s") from error
            raise


@contextlib.contextmanager
def talking(doing: str) -> Iterator[None]:
    """Around calls of the library. Raises `Transient` for its errors; our own pass through."""
    try:
        yield
    except InboxdError:
        raise
    except (OSError, HTTPError, http.client.HTTPException, ValueError) as error:
        raise _in_our_words(doing, error) from error


def _in_our_words(doing: str, error: Exception) -> InboxdError:
    if isinstance(error, NewConnectionError) and not isinstance(error, NameResolutionError):
        error = error.__cause__ if isinstance(error.__cause__, OSError) else error
    match error:
        case ssl.SSLCertVerificationError():
            return Unusable(
                f"{doing}: the server's certificate is refused ({error.verify_message}); set records.ca_file to the "
                "authority that signed it, and records.url to a name that is in it"
            )
        case ssl.SSLError(reason="WRONG_VERSION_NUMBER" | "HTTP_REQUEST" | "RECORD_LAYER_FAILURE"):
            return Unusable(f"{doing}: no TLS on this port; check records.url")
        case ssl.SSLError():
            return Transient(f"{doing}: TLS failed ({error.reason or 'no reason given'})")
        case NameResolutionError():
            return Transient(f"{doing}: the host name cannot be looked up; check records.url and DNS")
        case TimeoutError() | ConnectTimeoutError() | ReadTimeoutError():
            return Transient(f"{doing}: the server did not answer in time")
        case OSError():
            return Transient(f"{doing}: {error.strerror or 'the connection broke'}")
        case _:
            return Transient(f"{doing}: the answer broke off or cannot be understood ({type(error).__name__})")
