"""The words of the roster: a member's office with its addresses and days, and the roster that finds them. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

from inboxd.mail import Language

KINDS = ("mp", "senator", "minister")
PROVINCES = ("NL", "PE", "NS", "NB", "QC", "ON", "MB", "SK", "AB", "BC", "YT", "NT", "NU")


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One address of one office. `office` is the office's own short name for itself, e.g. o101."""

    office: str
    member: str
    kind: str
    """mp, senator or minister."""
    riding: str
    """Empty for a Senator or the Minister's Office."""
    province: str
    """Two-letter postal code of a province or territory."""
    language: Language
    """The language this person is answered in; BOTH when both are wanted."""
    phone: str
    address: str
    """Lower case."""
    valid_from: date = date.min
    valid_until: date = date.max
    line: int = field(default=0, compare=False)
    """Where it stands in its file, from 1."""

    def is_valid(self, on: date) -> bool:
        return self.valid_from <= on <= self.valid_until

    def meets(self, other: Member) -> bool:
        """Whether both are valid on some day."""
        return self.valid_from <= other.valid_until and other.valid_from <= self.valid_until


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """Everyone who may write as a client."""

    offices: Mapping[str, tuple[Member, ...]]
    """Every row of each office, in the order of the file, valid or not."""
    addresses: Mapping[str, tuple[Member, ...]]
    version: str
    """SHA-256 of the file, 64 hex digits."""

    @property
    def domains(self) -> tuple[str, ...]:
        """Domains that several offices write from; what one alone has may be anybody's (a private mailbox)."""
        offices: dict[str, set[str]] = {}
        for address, rows in self.addresses.items():
            offices.setdefault(address.rpartition("@")[2], set()).update(row.office for row in rows)
        return tuple(sorted(domain for domain, names in offices.items() if len(names) > 1))

    def find(self, address: str, on: date) -> Member | None:
        """Who wrote from `address` (any case) on that day; None if nobody who is, or then was, on the roster."""
        rows = self.addresses.get(address.strip().lower(), ())
        return next((row for row in rows if row.is_valid(on)), None)

    def nearest(self, address: str, on: date) -> Member | None:
        """The row of `address` that was valid last before that day, else the one that will be first; None if none."""
        rows = self.addresses.get(address.strip().lower(), ())
        past = [row for row in rows if row.valid_until < on]
        if past:
            return max(past, key=lambda row: row.valid_until)
        return min((row for row in rows if row.valid_from > on), key=lambda row: row.valid_from, default=None)


def roster_of(members: Sequence[Member], version: str) -> Roster:
    """Rows that contradict each other nowhere, found by office and by address."""
    offices: dict[str, tuple[Member, ...]] = {}
    addresses: dict[str, tuple[Member, ...]] = {}
    for member in members:
        offices[member.office] = (*offices.get(member.office, ()), member)
        addresses[member.address] = (*addresses.get(member.address, ()), member)
    return Roster(offices=MappingProxyType(offices), addresses=MappingProxyType(addresses), version=version)
