"""Who is at the directory now: each attempt is made of a random cookie of the browser that went, and is good once."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
from datetime import datetime, timedelta

from inboxd.directory.provider import Going

WAY = timedelta(minutes=10)
"""So long somebody may take there."""
MOST_GOING = 10_000


class Goings:
    """Who is at the directory now. Memory only: after a restart one presses the button once more."""

    def __init__(self) -> None:
        self._until: dict[str, datetime] = {}
        self._hand = threading.Lock()

    def begin(self, now: datetime) -> str:
        """A new attempt; what is returned goes into the browser's cookie."""
        token = secrets.token_urlsafe(32)
        with self._hand:
            if len(self._until) >= MOST_GOING:
                self._until = {name: until for name, until in self._until.items() if now < until}
            while len(self._until) >= MOST_GOING:
                del self._until[next(iter(self._until))]
            self._until[token] = now + WAY
        return token

    def end(self, token: str, now: datetime) -> bool:
        """Whether this attempt was open; it is not any more."""
        with self._hand:
            until = self._until.pop(token, None)
        return until is not None and now < until


def going(token: str) -> Going:
    """What only the browser with this cookie, and the provider, know."""
    state, nonce, verifier = (
        hmac.new(token.encode(), part, hashlib.sha256).hexdigest() for part in (b"state", b"nonce", b"verifier")
    )
    return Going(state=state, nonce=nonce, verifier=verifier)
