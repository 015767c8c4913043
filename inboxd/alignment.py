"""Which domains one organisation owns: what DMARC compares (RFC 7489 section 3.2), by the public suffix list.

Two names below one public suffix, such as two departments below `gc.ca` or two owners below `on.ca`, are never one
organisation, unless the office says so (`senders.one_organisation`). The list comes with its package and is read once;
an ending that it does not know counts as a suffix, as the list's own rules say. Pure; never fails.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache

from publicsuffixlist import PublicSuffixList

Groups = Collection[Collection[str]]
"""Domains that are one organisation though the list says otherwise; what lies below one of them belongs to it."""


@lru_cache(maxsize=1)
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList(accept_unknown=True)


def plain(domain: str) -> str:
    """The name as it stands in DNS: lower case, international labels encoded; empty if it is none."""
    name = domain.strip().rstrip(".").lower()
    if not name.isascii():
        try:
            name = name.encode("idna").decode("ascii")
        except UnicodeError:
            return ""
    labels = name.split(".")
    fits = len(name) <= 253 and all(0 < len(label) <= 63 for label in labels)
    return name if fits and all(label.replace("-", "").replace("_", "").isalnum() for label in labels) else ""


@lru_cache(maxsize=4096)
def organisation_of(domain: str) -> str:
    """The organisational domain, such as `parl.gc.ca` of `mail.parl.gc.ca`; empty for a public suffix."""
    name = plain(domain)
    return (_suffixes().privatesuffix(name) or "") if name else ""


def aligned(domain: str, sender: str, groups: Groups = ()) -> bool:
    """Whether what `domain` proves is true of `sender` (RFC 7489 3.1, relaxed): the same name, or the same owner."""
    proven, claimed = plain(domain), plain(sender)
    if "." not in proven or "." not in claimed:
        return False
    owner = organisation_of(proven)
    if proven == claimed or (owner and owner == organisation_of(claimed)):
        return True
    return any(_within(proven, group) and _within(claimed, group) for group in groups)


def _within(name: str, group: Collection[str]) -> bool:
    known = [plain(member) for member in group]
    return any(member and (name == member or name.endswith(f".{member}")) for member in known)
