"""The files of a mail that was not fetched whole, by what its server says of them: names and sizes, no bytes."""

from __future__ import annotations

from collections.abc import Sequence

from inboxd.documents import Attachment, Outlined
from inboxd.parsers.file_names import distinct, fallback_name, safe_name
from inboxd.parsers.headers import structured


def attachments(outline: Sequence[Outlined]) -> tuple[Attachment, ...]:
    """One attachment for each, without content and digest; it can be named, and never attached."""
    named = []
    for item in outline:
        _, parameters = structured(b"attachment" + item.fields.encode("latin-1", "replace"))
        given = parameters.get("filename") or parameters.get("name")
        named.append((item, given.text("") if given else ""))
    names = distinct(safe_name(name, fallback_name(item.path, item.media_type, "")) for item, name in named)
    return tuple(
        Attachment(
            path=item.path,
            name=name,
            safe_name=shown,
            declared_type=item.media_type,
            sniffed_type="",
            size=item.size,
            digest="",
            inline=False,
            content=b"",
        )
        for (item, name), shown in zip(named, names, strict=True)
    )
