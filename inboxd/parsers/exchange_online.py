"""What Exchange Online says of a sender: its Authentication-Results names no server and keeps its own grammar.

Such a field could be anybody's. It counts only where all of this holds (docs/senders.md, "Exchange Online"):

- the mail carries exactly one `X-MS-Exchange-Organization-AuthAs` and one `-AuthSource` that names a server of Exchange
  Online; its header firewall takes both from all that comes from outside;
- every Received field above it was written by a server of Exchange Online, and at least one is above it;
- it is the topmost field of its name, and stands above the Received of the server where the mail came in.

Pure; never fails: what is not as it should be says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_HOSTS = (".protection.outlook.com", ".prod.outlook.com", ".outlook.office365.com")
_OUTBOUND = ".outbound.protection.outlook.com"
"""Where another organisation's mail leaves Exchange Online: for us, outside."""
_FROM = re.compile(r"\s*from\s+([^\s;()]{1,255})", re.IGNORECASE)
_BY = re.compile(r"\bby\s+([^\s;()]{1,255})", re.IGNORECASE)
_COMMENT = re.compile(r"\([^()]*\)")
_RESULT = re.compile(r"(spf|dkim|dmarc|compauth)\s*=\s*([a-z]{1,20})\b(.*)", re.IGNORECASE | re.DOTALL)
_PROPERTY = re.compile(r"\b(smtp\.mailfrom|header\.d|header\.from)\s*=\s*([^\s;,]{1,255})", re.IGNORECASE)
_ONCE = ("spf", "dmarc", "compauth")


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What Exchange Online says of one mail."""

    results: tuple[tuple[str, str, tuple[str, ...]], ...] = ()
    """Method, result, and the domains it is about."""
    insider: bool = False
    """Somebody who logged in to our own organisation handed it in; nothing was checked, nothing needed to be."""


def said(fields: Sequence[tuple[str, str]]) -> Said | None:
    """What Exchange Online wrote in the header `fields` (lower-case name, text), topmost first. None: nothing sure."""
    kind, source = _one(fields, "authas"), _one(fields, "authsource")
    if not kind or not _is_ours(source):
        return None
    text, delivered = _own_field(fields)
    if kind == "internal":
        return Said(insider=True) if delivered else None
    results = _read(text)
    return None if results is None else Said(results=results)


def _one(fields: Sequence[tuple[str, str]], name: str) -> str:
    found = [text for known, text in fields if known == f"x-ms-exchange-organization-{name}"]
    return found[0].strip().lower() if len(found) == 1 else ""


def _is_ours(host: str) -> bool:
    return host.lower().rstrip(".").endswith(_HOSTS)


def _own_field(fields: Sequence[tuple[str, str]]) -> tuple[str, bool]:
    """The field, or an empty text, and whether a server of Exchange Online delivered the mail at all."""
    delivered = False
    for name, text in fields:
        if name == "authentication-results":
            return (text if delivered else ""), delivered
        if name != "received":
            continue
        by, sender = _BY.search(text), _FROM.match(text)
        if by is None or not _is_ours(by.group(1)):
            return "", delivered
        delivered = True
        came_from = sender.group(1).lower() if sender else ""
        if not _is_ours(came_from) or came_from.endswith(_OUTBOUND):
            return "", delivered
    return "", delivered


def _read(text: str) -> tuple[tuple[str, str, tuple[str, ...]], ...] | None:
    """The results; None for a field that says the same twice, or nothing."""
    bare = _COMMENT.sub(" ", text)
    results = []
    for segment in bare.split(";"):
        found = _RESULT.match(segment.strip())
        if found is None:
            continue  # its own words, such as the recipient's domain between two results
        given = (value.rpartition("@")[2] for _, value in _PROPERTY.findall(found.group(3)))
        domains = tuple(value.strip('"<>.').lower() for value in given)
        results.append((found.group(1).lower(), found.group(2).lower(), domains))
    methods = [method for method, _, _ in results]
    return tuple(results) if results and all(methods.count(method) <= 1 for method in _ONCE) else None
