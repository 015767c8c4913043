"""The department's own directory, through which people may sign in at the desk (OpenID Connect). `[directory]`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from inboxd.roles import Role
from inboxd.settings.servers import LOOPBACK, Seconds, Secret

OPENID = "openid"


class DirectorySettings(Secret):
    """An OpenID Connect provider. The secret is the client's, as the provider gave it out for the desk."""

    issuer: str = ""
    """As the provider names itself, to the letter. Empty: there is none."""
    client_id: str = ""
    scopes: tuple[str, ...] = (OPENID, "profile")
    name_claim: str = "preferred_username"
    """What people are called in the journal, beside the subject that never changes."""
    role_claim: str = "groups"
    """What says which role somebody has; a dotted name is looked for inside."""
    roles: dict[str, Role] = Field(default={})
    """A value of that claim, and the role that it gives. Whoever has none of them does not come in."""
    local_accounts: bool = True
    """Whether accounts with a password of our own may sign in too."""
    ca_file: Path | None = None
    timeout_seconds: Annotated[Seconds, Field(le=60)] = 10
    skew_seconds: Annotated[float, Field(ge=0, le=300)] = 60
    """So far the provider's clock may be from ours."""

    @property
    def is_used(self) -> bool:
        return bool(self.issuer)

    @model_validator(mode="after")
    def _check_directory(self) -> Self:
        if not self.issuer:
            if not self.local_accounts:
                raise ValueError(
                    "local_accounts is false and there is no issuer, so nobody could sign in; set issuer, or "
                    "local_accounts = true"
                )
            return self
        wrong = [*self._wrong_issuer(), *self._missing()]
        if wrong:
            raise ValueError("; ".join(wrong))
        return self

    def _wrong_issuer(self) -> list[str]:
        parts = urlsplit(self.issuer)
        if parts.scheme not in ("https", "http") or not parts.hostname or parts.query or parts.fragment:
            return ['issuer must be like "https://login.example/tenant", without a query or fragment']
        if "@" in parts.netloc:
            return ["issuer must be without a login"]
        if parts.scheme == "http" and parts.hostname not in LOOPBACK:
            return [f"issuer: http without TLS is for loopback only, not for {parts.hostname}; use https"]
        return []

    def _missing(self) -> list[str]:
        wrong = []
        if not self.client_id:
            wrong.append("client_id is missing; the provider gives it out for the desk")
        if not self.password_sources:
            wrong.append(
                "has no source for the client's secret; set password_file, password_env, password_credential or "
                "password_command"
            )
        if OPENID not in self.scopes:
            wrong.append('scopes must have "openid", or the provider says nothing of who signs in')
        if not self.roles:
            wrong.append(
                "roles is empty, so nobody could sign in by the directory; name a value of "
                f'{self.role_claim} for a role, as roles = {{ "desk-officers" = "officer" }}'
            )
        wrong += [f"{name} is empty; name a claim" for name in ("name_claim", "role_claim") if not getattr(self, name)]
        return wrong
