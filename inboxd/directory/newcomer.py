"""Who somebody is at this office, by what the directory says of them: a name for the journal, and one role. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from inboxd.errors import Permanent
from inboxd.roles import MAY, Role
from inboxd.settings.directory import DirectorySettings

LONGEST_CLAIM = 200


class Unwelcome(Permanent):
    """The directory knows them, this office does not; `why` is a key of the page that tells them."""

    def __init__(self, why: str, subject: str, claimed: str) -> None:
        super().__init__(f"directory: {why}")
        self.why, self.subject, self.claimed = why, subject, claimed


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomer:
    """Somebody whom the directory sent."""

    issuer: str
    subject: str
    """Stable and unique at the issuer."""
    claimed: str
    """The name claim, as the directory has it today."""
    name: str
    """The same in small letters, as a start for the account's name."""
    role: Role


def newcomer(claims: Mapping[str, Any], settings: DirectorySettings) -> Newcomer:
    """Read a person out of checked claims. Raises `Unwelcome`: nobody comes in whom the settings do not name."""
    subject = str(claims["sub"])
    found = _claim(claims, settings.name_claim)
    claimed = " ".join(found.split())[:LONGEST_CLAIM] if isinstance(found, str) else ""
    if not claimed or not claimed.isprintable():
        raise Unwelcome("no_name", subject, "")
    given = _claim(claims, settings.role_claim)
    if given is None:
        raise Unwelcome("no_claim", subject, claimed)
    values = given if isinstance(given, list) else [given]
    roles = {settings.roles[value] for value in values if isinstance(value, str) and value in settings.roles}
    if not roles:
        raise Unwelcome("no_role", subject, claimed)
    role = the_one(roles)
    if role is None:
        raise Unwelcome("two_roles", subject, claimed)
    return Newcomer(issuer=settings.issuer, subject=subject, claimed=claimed, name=_plain(claimed), role=role)


def the_one(roles: set[Role]) -> Role | None:
    """The role that may do all that the others may; None if there is none among them."""
    may = {role: {action for action, who in MAY.items() if role in who} for role in roles}
    return next((role for role in roles if all(may[role] >= other for other in may.values())), None)


def _claim(claims: Mapping[str, Any], name: str) -> Any:
    """A claim by its whole name (some have dots in it), or else inside of another."""
    if name in claims:
        return claims[name]
    found: Any = claims
    for part in name.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def _plain(claimed: str) -> str:
    letters = unicodedata.normalize("NFKD", claimed.partition("@")[0].lower()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", ".", letters).strip(".")[:40].strip(".") or "person"
