"""Until when the certificates of a TLS connection are good: the server's own, and the authority's that signed it.

The authority is looked for in `ca_file` alone: the system's store is renewed by the system. Never fails: what cannot be
told is None, since a connection that works must not break over a date.
"""

from __future__ import annotations

import contextlib
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificates:
    """When they end, as the last connection showed them."""

    ends: datetime
    authority_ends: datetime | None = None
    """Of the authority in `ca_file`; None where there is no such file."""
    seen_at: float = field(default_factory=time.monotonic, compare=False)
    """When the connection was made, on the clock that is never set."""

    @property
    def age_seconds(self) -> float:
        """How long ago that was: a connection that stays up for weeks shows what was renewed long since."""
        return time.monotonic() - self.seen_at


def certificates_of(connection: object, context: ssl.SSLContext | None, ca_file: Path | None) -> Certificates | None:
    """Of a connection whose server was verified by `context`; None if it is not encrypted."""
    if not isinstance(connection, ssl.SSLSocket):
        return None
    shown: Mapping[str, Any] = {}
    with contextlib.suppress(ValueError, OSError):
        shown = connection.getpeercert() or {}
    ends = _end(shown)
    if ends is None:
        return None
    trusted = context.get_ca_certs() if context is not None and ca_file is not None else []
    return Certificates(ends=ends, authority_ends=authority_end(shown, trusted))


def authority_end(shown: Mapping[str, Any], trusted: list[Any]) -> datetime | None:
    """The end of the authority that signed the server's certificate; of the longest-lived, if an intermediate did.

    An old authority beside its successor, in a file that serves both, is no reason to worry.
    """
    signers = [authority for authority in trusted if authority.get("subject") == shown.get("issuer")]
    ends = [end for end in map(_end, signers or trusted) if end is not None]
    return max(ends, default=None)


def _end(certificate: Mapping[str, Any]) -> datetime | None:
    try:
        return datetime.fromtimestamp(ssl.cert_time_to_seconds(str(certificate["notAfter"])), UTC)
    except (KeyError, ValueError, OverflowError, OSError):
        return None
