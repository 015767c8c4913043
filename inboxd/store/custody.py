"""The chain of custody of the files of one mail, put together from its rows: where each came from, what it was found
to be, who decided what about it, where it went, and where its bytes lie. Pure; it reads rows that were read before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]
BETWEEN = " > "
"""Between a wrapping and what was in it: `winmail.dat > scan.pdf`."""


def of_files(
    mail: Row, files: Sequence[Row], submission: Row | None, filings: Sequence[Row], effects: Sequence[Row]
) -> list[dict[str, Any]]:
    """One row for each file of a mail, whole by itself."""
    by_path = {str(file["path"]): file for file in files}
    return [
        {
            "path": file["path"],
            "place": BETWEEN.join(_way(str(file["path"]), by_path)),
            "original_name": file["name"],
            "safe_name": file["safe_name"],
            "size": file["size"],
            "declared_type": file["declared_type"],
            "sniffed_type": file["sniffed_type"],
            "digest": file["digest"],
            "mail_id": mail["id"],
            "mail_digest": mail["digest"],
            "message_id": mail["message_id"],
            "sender": mail["sender"],
            "arrived_at": mail["arrived_at"],
            "taken_at": mail["taken_at"],
            "decided_at": mail["decided_at"],
            "rule": mail["rule"],
            "rules_version": mail["rules_version"],
            "verified_by": submission["verified_by"] if submission else "",
            "instruction": mail["instruction"],
            "finding": file["finding"],
            "outcome": file["outcome"],
            "reason": file["reason"],
            "filings": [_filing(row, effects) for row in filings if row["digest"] == file["digest"]],
            "kept_in": _kept_in(file, filings),
        }
        for file in files
    ]


def _kept_in(file: Row, filings: Sequence[Row]) -> str:
    """The kind of archived file that has its bytes; empty for one that was never fetched."""
    if not file["digest"]:
        return ""
    return "documents" if any(row["digest"] == file["digest"] for row in filings) else "mail"


def _way(path: str, by_path: Mapping[str, Row]) -> Iterator[str]:
    """Names of the wrappings around a file, outermost first, and its own."""
    parts = path.split("/")
    for count in range(1, len(parts) + 1):
        step = "/".join(parts[:count])
        yield str(by_path[step]["safe_name"]) if step in by_path else step


def _filing(row: Row, effects: Sequence[Row]) -> dict[str, Any]:
    """To which record, since when, and what the register said. Over HTTP the time is that of its answer."""
    this = (row["application_number"], row["digest"])
    handed_in = [
        effect["done_at"]
        for effect in effects
        if effect["kind"] == "attach" and (effect["payload"].get("number"), effect["payload"].get("digest")) == this
    ]
    attached = row["state"] == "attached"
    return {
        "number": row["application_number"],
        "state": row["state"],
        "answer": row["answer"],
        "decided_at": row["filed_at"],
        "attached_at": (next(iter(handed_in), None) or row["filed_at"]) if attached else None,
        "by_mail": row["mail_id"],
    }
