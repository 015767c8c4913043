"""The desk in a browser: where it listens, and under which address people open it. `[console]` in the settings."""

from __future__ import annotations

from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from inboxd.config_file import Section
from inboxd.settings.servers import LOOPBACK


class ConsoleSettings(Section):
    """`inboxd console`. It never listens on a network: an office's proxy with TLS stands before it."""

    listen: str = "127.0.0.1:8780"
    """host:port on loopback, or the path of a Unix socket."""
    origin: str = ""
    """What people type: https://desk.example. Empty: http:// and `listen`, for a look from this machine."""
    trusted_proxy: str = ""
    """The address from which X-Forwarded-For is believed; over a Unix socket its other end always is."""
    idle_minutes: Annotated[float, Field(ge=1, le=1440)] = 60
    """So long without doing anything, and one signs in again."""
    longest_hours: Annotated[float, Field(gt=0, le=24)] = 12
    """So long after signing in, in any case."""

    @property
    def address(self) -> tuple[str, int] | None:
        """Host and port; None for a Unix socket."""
        if self.listen.startswith("/"):
            return None
        host, _, port = self.listen.rpartition(":")
        return host.strip("[]"), int(port)

    @property
    def public(self) -> str:
        """The origin that browsers send."""
        return self.origin or f"http://{self.listen}"

    @property
    def is_encrypted(self) -> bool:
        return self.public.startswith("https://")

    @model_validator(mode="after")
    def _check_console(self) -> Self:
        host, colon, port = self.listen.rpartition(":")
        is_port = bool(colon) and port.isdigit() and 0 < int(port) < 65536
        if not self.listen.startswith("/") and not (is_port and host.strip("[]") in LOOPBACK):
            raise ValueError(
                'listen must be loopback with a port as "127.0.0.1:8780", or a path such as "/run/inboxd/desk.socket"; '
                "other machines come through the office's proxy"
            )
        if self.listen.startswith("/") and not self.origin:
            raise ValueError('origin is missing: over a Unix socket people come by a proxy, as "https://desk.example"')
        if not self.origin:
            return self
        parts = urlsplit(self.origin)
        whole = f"{parts.scheme}://{parts.netloc}"
        is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
        if whole != self.origin or not parts.hostname or "@" in parts.netloc or not is_safe:
            raise ValueError('origin must be like "https://desk.example", without a path or a slash at the end')
        return self
