"""The department's own directory, through which people may sign in at the desk (OpenID Connect). `[directory]`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, cast
from urllib.parse import urlsplit

from pydantic import ConfigDict, Field, ValidationInfo, field_validator

from inboxd.roles import Role
from inboxd.settings.servers import LOOPBACK, Seconds, Secret

OPENID = "openid"
SOURCES = ("password_file", "password_env", "password_credential", "password_command")


class DirectorySettings(Secret):
    """An OpenID Connect provider. The secret is the client's, as the provider gave it out for the desk."""

    model_config = ConfigDict(validate_default=True)

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

    @field_validator("issuer")
    @classmethod
    def _check_issuer(cls, issuer: str, info: ValidationInfo) -> str:
        if not issuer:
            return issuer
        parts = urlsplit(issuer)
        if parts.scheme not in ("https", "http") or not parts.hostname or parts.query or parts.fragment:
            raise ValueError('must be like "https://login.example/tenant", without a query or fragment')
        if "@" in parts.netloc:
            raise ValueError("must be without a login")
        if parts.scheme == "http" and parts.hostname not in LOOPBACK:
            raise ValueError(f"http without TLS is for loopback only, not for {parts.hostname}; use https")
        if not any(info.data.get(name) for name in SOURCES):
            raise ValueError(
                "needs the client's secret beside it; set password_file, password_env, password_credential or "
                "password_command"
            )
        return issuer

    @field_validator("client_id", "scopes", "name_claim", "role_claim", "roles", "local_accounts")
    @classmethod
    def _check_beside_issuer(cls, value: object, info: ValidationInfo) -> object:
        """What an issuer needs, or the lack of one; each told at its own key, with the issuer's own faults."""
        if info.field_name == "local_accounts":
            if not value and not info.data.get("issuer", "is wrong"):
                raise ValueError("is off and there is no issuer, so nobody could sign in; set issuer, or leave it on")
        elif info.data.get("issuer", "is wrong") and (wrong := cls._lacking(info.field_name or "", value)):
            raise ValueError(wrong)
        return value

    @staticmethod
    def _lacking(name: str, value: object) -> str:
        if name == "scopes":
            without = OPENID not in cast("tuple[str, ...]", value)
            return 'must have "openid", or the provider says nothing of who signs in' if without else ""
        if value:
            return ""
        return {
            "client_id": "is missing; the provider gives it out for the desk",
            "roles": "is empty, so nobody could sign in by the directory; name a value of role_claim for a role, as "
            'roles = { "desk-officers" = "officer" }',
        }.get(name, "is empty; name a claim")
