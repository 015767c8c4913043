"""The values that the openers of mails and wrappings share: one file as it was found, and a wrapping opened.

Values only: frozen, slotted, keyword-only. Nothing in here does anything that can fail.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from inboxd.parsers.headers import Parameter


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A file of a mail or of a wrapping. `content` is decoded from its transfer encoding, otherwise exact."""

    path: str
    """Place in the mail or wrapping: `1.2` in MIME, `1.2#1` for a uuencoded file in that text, `1` in a wrapping."""
    content_type: str
    """As declared, lower case; `application/octet-stream` where a wrapping declares none."""
    filename: str
    """Decoded; empty if none was given."""
    content: bytes = field(repr=False)
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    """Of the Content-Type."""
    disposition: str = ""
    content_id: str = ""
    """Without brackets."""
    content_location: str = ""
    parent: str = ""
    """Content type of the container; empty at the root."""
    shown: bool = False
    """A wrapping says of it that its text shows it (MS-OXCMSG 2.2.2.18, MS-OXPROPS PidTagAttachmentHidden)."""
    kind: str = ""
    """Its type where its bytes must not be asked: an object that a wrapping holds in its own form, not as a file."""

    def parameter(self, name: str) -> str:
        """A Content-Type parameter as text; empty if absent."""
        found = self.parameters.get(name)
        return found.text() if found else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What a wrapping says to who opens it: a message that a person wrote, not taken apart."""

    sender: str
    """As it stands in the From field, on one line; empty if there is none."""
    subject: str
    plain: str = field(repr=False)
    html: str = field(repr=False)
    """Both forms as decoded text; either may be empty."""
    message_id: str = ""
    """With angle brackets; empty if there is none."""
    is_the_mail: bool = False
    """No message that was attached, but the mail itself as Outlook writes it (winmail.dat)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A wrapping that could be read: an attached message, a winmail.dat, an Outlook item."""

    kind: str
    """What it is, by its bytes."""
    parts: tuple[Part, ...]
    """Its files, one level: a wrapping among them is a file like others."""
    text: str = field(default="", repr=False)
    """Its own text or HTML, for what that shows inline; empty if it has none that can be read."""
    letter: Letter | None = None
    """What a person says in it; None for a delivery report or what a machine answered."""
    defects: tuple[str, ...] = ()
    """What could not be read of it, by short stable names; never content."""
