"""What the tests of the HTTP register hand over and look up, all of it invented."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import os
from collections.abc import Callable
from datetime import datetime, timedelta, timezone

from inboxd.documents import Filing
from inboxd.http_register import HttpRegister

Make = Callable[..., HttpRegister]

NUMBER = "E123456789"
OTHER = "F987654321"
RECORD = {
    "family_name": "Tremblay-O'Neil", "given_name": "Zoé", "date_of_birth": "1984-06-30", "uci": "11-2233-4455",
}
PROBLEM = "application/problem+json"


def filing(content: bytes = b"%PDF-1.7 the papers", *, number: str = NUMBER, **changed: object) -> Filing:
    digest = hashlib.sha256(content).hexdigest()
    document = Filing(
        key=f"attach/{number}/{digest}", number=number, digest=digest, size=len(content),
        media_type="application/pdf", name="Preuve d’identité (2).pdf", mail_digest="ab" * 32,
        received=datetime(2026, 3, 8, 1, 30, 5, tzinfo=timezone(timedelta(hours=-5))), sender="ann@mp.example",
        open=lambda: io.BytesIO(content),
    )
    return dataclasses.replace(document, **changed)  # type: ignore[arg-type]  # fields by name


BIG = filing(os.urandom(3_000_000))
"""Larger than what the sockets of both sides hold, so that the client is still sending when things go wrong."""
