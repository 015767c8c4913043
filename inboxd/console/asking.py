"""What a page is asked, and what it may answer: plain values, so that a page knows nothing of HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from inboxd.accounts import Visit
from inboxd.errors import Permanent


class NotThere(Permanent):
    """There is no such case, mail or file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request, already let in."""

    path: str
    place: Mapping[str, str] = field(default_factory=dict)
    """What the path names: a reference, the id of a mail."""
    query: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)
    chosen: tuple[str, ...] = ()
    """Every value of the form's field `id`, where several things can be ticked."""
    upload: bytes = b""
    visit: Visit | None = None
    """None only on the pages before the sign-in."""
    language: str = "en"
    token: str = ""
    """The cookie itself; for signing out alone."""
    way: str = ""
    """The cookie of somebody who went to the directory."""
    address: str = ""

    @property
    def person(self) -> Visit:
        """Who asks. The gate lets nobody else in."""
        assert self.visit is not None
        return self.visit


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page to be drawn."""

    template: str
    values: Mapping[str, object]
    status: int = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class GoTo:
    """Look there now: after every act, so that reloading a page does nothing twice."""

    path: str
    """Ours; a whole address only for going to the directory."""
    token: str = ""
    """A cookie to keep from now on."""
    forget: bool = False
    """The cookie is over."""
    language: str = ""
    """Kept in the browser, for the sign-in page."""
    way: str = ""
    """A cookie to keep while somebody is at the directory."""
    arrived: bool = False
    """That cookie is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """Bytes to be saved; never shown by the browser."""

    content: bytes
    name: str
    """Safe: it stands in a header."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """A page that was made elsewhere, with the policy that it needs."""

    html: str
    policy: str


Answer = Page | GoTo | Download | Whole
