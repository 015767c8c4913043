"""A document as an HTTP request: its headers, and its bytes in pieces that are checked while they pass. Pure but for
reading the document.

Fails with `Permanent` if the bytes are not what they were when the document was decided about: the last piece is kept
back until the digest is known to be right, so that a register never gets the whole of a damaged file.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import re
from collections.abc import Callable, Iterator
from datetime import UTC
from typing import BinaryIO
from urllib.parse import quote

from inboxd.documents import Filing
from inboxd.errors import DiskRefused, Permanent

PIECE = 64 * 1024
LONGEST_NAME = 255
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,126}/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_KEY = re.compile(r"[\x20-\x7e]{1,255}")
_NOT_PLAIN = re.compile(r"[^\x20-\x7e]|[\"\\%]")
"""What old readers of a quoted file name stumble over; RFC 6266 appendix D."""


def headers_of(document: Filing) -> dict[str, str]:
    """The headers of the request that hands a document over. Raises `Permanent` for what is no digest or key."""
    if not _KEY.fullmatch(document.key):
        raise Permanent("register: the document's idempotency key is not 1 to 255 printable ASCII characters")
    key = document.key.replace("\\", "\\\\").replace('"', '\\"')
    media_type = document.media_type.lower()
    return {
        "Content-Type": media_type if _MEDIA_TYPE.fullmatch(media_type) else "application/octet-stream",
        "Content-Length": str(document.size),
        "Content-Digest": f"sha-256={_structured(document.digest)}",
        "Content-Disposition": _disposition(document.name),
        "Idempotency-Key": f'"{key}"',
        "Inboxd-Mail-Digest": f"sha-256={_structured(document.mail_digest)}",
        "Inboxd-Received": document.received.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "Inboxd-Sender": quote(document.sender, safe="!#$&'*+/=?^_`{|}~.@-", errors="replace"),
    }


def _structured(digest: str) -> str:
    """A digest as RFC 9530 writes it: base64 between colons."""
    if not _DIGEST.fullmatch(digest):
        raise Permanent("register: a digest is not 64 hexadecimal digits")
    return f":{base64.b64encode(bytes.fromhex(digest)).decode('ascii')}:"


def _disposition(name: str) -> str:
    """The file name twice: for old readers in ASCII, for others by RFC 8187."""
    name = name[:LONGEST_NAME]
    full = quote(name, safe="!#$&+-.^_`|~", errors="replace")
    return f"attachment; filename=\"{_NOT_PLAIN.sub('_', name)}\"; filename*=UTF-8''{full}"


def opened(document: Filing) -> Callable[[], contextlib.AbstractContextManager[Iterator[bytes]]]:
    """Opens the document's bytes anew each time it is called. Raises `DiskRefused` if they cannot be read."""

    @contextlib.contextmanager
    def open_it() -> Iterator[Iterator[bytes]]:
        try:
            file = document.open()
        except OSError as error:
            raise DiskRefused(f"a document cannot be opened: {error.strerror}") from error
        with file:
            yield _checked(document, file)

    return open_it


def _checked(document: Filing, file: BinaryIO) -> Iterator[bytes]:
    digest, size, held_back = hashlib.sha256(), 0, b""
    while piece := _read(file):
        digest.update(piece)
        size += len(piece)
        if size > document.size:
            break
        if held_back:
            yield held_back
        held_back = piece
    if size != document.size or digest.hexdigest() != document.digest:
        raise Permanent("a document no longer has the size and digest that it had when it came; it is not handed over")
    if held_back:
        yield held_back


def _read(file: BinaryIO) -> bytes:
    try:
        return file.read(PIECE)
    except OSError as error:
        raise DiskRefused(f"a document cannot be read: {error.strerror}") from error
