"""The mail by which inboxd measures how long mail takes: its token, which nobody else can make.

Time and a random part, and an HMAC over both and the mailbox's name with a secret of this installation. Who sees one
can send it again, which proves nothing new; who sees none cannot make one. The secret is a file in the archive's folder
that is made when it is first needed; without it (a restore that left it out) old tokens are just mail of our own.
Fails with `DiskRefused`.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import re
import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path

from inboxd.errors import DiskRefused

FILE = "canary.secret"
OLDEST = timedelta(days=7)
"""A token that comes back later measures nothing any more."""
_STAMP = "%Y%m%dT%H%M%SZ"
_TOKEN = re.compile(r"\binboxd canary (\d{8}T\d{6}Z)-([0-9a-f]{16})-([0-9a-f]{32})\b")
_BYTES = 32


def subject_for(secret: bytes, account: str, at: datetime) -> str:
    """The subject of a new canary mail; every call makes another one."""
    stamp, nonce = at.astimezone(UTC).strftime(_STAMP), secrets.token_hex(8)
    return f"inboxd canary {stamp}-{nonce}-{_mac(secret, account, stamp, nonce)}"


def token_in(subject: str) -> str:
    """The token that a subject carries, genuine or not; empty if none."""
    found = _TOKEN.search(subject)
    return "-".join(found.groups()) if found else ""


def is_genuine(root: Path, account: str, subject: str, arrived_at: datetime) -> bool:
    """Whether this installation made the token in a subject, for this mailbox, not long before the mail arrived."""
    found = _TOKEN.search(subject)
    if found is None:
        return False
    try:
        secret = (root / FILE).read_bytes()
    except OSError:
        return False
    stamp, nonce, mac = found.groups()
    try:
        made_at = datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC)
    except ValueError:
        return False
    fresh = -timedelta(hours=1) <= arrived_at - made_at <= OLDEST
    return len(secret) == _BYTES and hmac.compare_digest(mac, _mac(secret, account, stamp, nonce)) and fresh


def _mac(secret: bytes, account: str, stamp: str, nonce: str) -> str:
    return hmac.new(secret, f"{account}\n{stamp}\n{nonce}".encode(), hashlib.sha256).hexdigest()[:32]


def secret(root: Path) -> bytes:
    """The secret of this installation, made at the first call: readable by us alone, on the disk before it is used."""
    path = root / FILE
    try:
        with contextlib.suppress(FileExistsError):
            beside = root / f".{FILE}.{os.getpid()}"
            descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            try:
                os.write(descriptor, secrets.token_bytes(_BYTES))
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            try:
                os.link(beside, path)  # never over one that is there
            finally:
                beside.unlink()
        return path.read_bytes()
    except OSError as error:
        raise DiskRefused(f"{path} cannot be made or read: {error.strerror}") from error
