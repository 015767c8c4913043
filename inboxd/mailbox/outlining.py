"""What a mail consists of, as the server tells it (BODYSTRUCTURE, RFC 3501 7.4.2), for one that is not fetched whole.

Servers get this wrong in many ways (design.md): it serves the notice that names the files, nothing is decided by it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from inboxd.documents import Outlined

MOST_PARTS = 500
_BASE64_SHARE = 0.73
"""Bytes of a file for each byte of base64 with its line ends (76 characters and CRLF for 57 bytes)."""


def leaves(structure: Any, path: str = "") -> Iterator[Outlined]:
    """The leaves that are no plain text of the mail, at most `MOST_PARTS`. Parts that make no sense are left out."""
    found = 0
    for where, part in _walk(structure, path, 0):
        leaf = _leaf(where, part)
        if leaf is not None and found < MOST_PARTS:
            found += 1
            yield leaf


def _walk(part: Any, path: str, depth: int) -> Iterator[tuple[str, Any]]:
    if not isinstance(part, tuple) or not part or depth > 50:
        return
    if isinstance(part[0], list):
        for number, child in enumerate(part[0], start=1):
            yield from _walk(child, f"{path}.{number}" if path else str(number), depth + 1)
    else:
        yield path or "1", part


def _leaf(path: str, part: tuple[Any, ...]) -> Outlined | None:
    texts = [item.decode("latin-1").lower() if isinstance(item, bytes) else "" for item in part[:6]]
    size = part[6] if len(part) > 6 and isinstance(part[6], int) else 0
    disposition = next((item for item in part[7:] if _is_disposition(item)), (b"", None))
    fields = "".join(_pairs(disposition[1])) + "".join(_pairs(part[2] if len(part) > 2 else None))
    media_type = "/".join(texts[:2])
    is_text = media_type in ("text/plain", "text/html") and disposition[0].lower() != b"attachment"
    if is_text and "name" not in fields.lower():
        return None
    size = int(size * _BASE64_SHARE) if texts[5] == "base64" else size
    return Outlined(path=path, media_type=media_type, fields=fields, size=size)


def _is_disposition(item: Any) -> bool:
    return (
        isinstance(item, tuple)
        and len(item) == 2
        and isinstance(item[0], bytes)
        and (item[1] is None or isinstance(item[1], tuple))
    )


def _pairs(flat: Any) -> Iterator[str]:
    """`; filename="a.pdf"` for each pair of a parameter list."""
    if not isinstance(flat, tuple):
        return
    for name, value in zip(flat[::2], flat[1::2], strict=False):
        if isinstance(name, bytes) and isinstance(value, bytes):
            quoted = value.decode("latin-1").replace("\\", "\\\\").replace('"', '\\"')
            yield f'; {name.decode("latin-1")}="{quoted}"'
