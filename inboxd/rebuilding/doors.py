"""Doors for a rebuild: nothing goes out through them, and what comes in is what came in then.

The archive is read, and what would be added to it goes into a folder that is thrown away. A register over HTTP is still
asked for its records, which are those of today; what it, the scanner or the look inside a file said then and may not
say again is remembered from the journal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from inboxd.archive import Archive, digest_of
from inboxd.certificates import Certificates
from inboxd.documents import Application, Attachment, Filing, Finding, Inspector, Reason, Register
from inboxd.errors import Permanent, Transient
from inboxd.mail import Authentication, AuthResult

CLOSED = "this door is closed while the database is made anew"
FROM_SCANNER = (Reason.MALWARE, Reason.NOT_SCANNED)


class Overlay(Archive):
    """An archive that is only read, with a folder of its own in front for what is added."""

    def __init__(self, behind: Archive, scratch: Path) -> None:
        super().__init__(scratch, lambda: behind.keys)
        self.behind = behind
        self.prepare()

    def has(self, kind: str, digest: str) -> bool:
        return self.behind.has(kind, digest) or super().has(kind, digest)

    def keep(self, kind: str, raw: bytes) -> str:
        digest = digest_of(raw)
        return digest if self.behind.has(kind, digest) else super().keep(kind, raw)

    def read(self, kind: str, digest: str) -> bytes:
        return super().read(kind, digest) if super().has(kind, digest) else self.behind.read(kind, digest)

    def open(self, kind: str, digest: str) -> BinaryIO:
        return super().open(kind, digest) if super().has(kind, digest) else self.behind.open(kind, digest)


class Closed:
    """A mailbox and a courier in one, neither of which can be used."""

    connected = False
    certificates: Certificates | None = None

    def __getattr__(self, name: str) -> Any:
        raise Permanent(f"{name}: {CLOSED}")

    def close(self) -> None:
        """It never was open."""

    def close_idle(self) -> None:
        """It never was open."""


class Remembered:
    """What was said from outside about the mail in hand: inspector, scanner, register and DNS as they answered then."""

    is_ours = False
    certificates: Certificates | None = None

    def __init__(self, inspector: Inspector, register: Register, *, has_scanner: bool) -> None:
        self._inspector, self._register, self._has_scanner = inspector, register, has_scanner
        self._found: Mapping[str, tuple[str, str]] = {}
        self._was_down = False
        self._signature: Sequence[str] | None = None
        self.does_not_answer = False
        """The register did not answer now."""

    def set_to(
        self,
        found: Mapping[str, tuple[str, str]],
        *,
        register_was_down: bool,
        signature: Sequence[str] | None = None,
    ) -> None:
        """The findings of a decision, by digest of the file; whether the register answered; what DKIM keys said."""
        self._found, self._was_down, self._signature = found, register_was_down, signature

    def verify(self, raw: bytes, sender: str, at: datetime) -> Authentication | None:
        if not self._signature:
            return None
        result, detail = self._signature
        return Authentication(result=AuthResult(result), detail=detail)

    def inspect(self, attachment: Attachment) -> Finding:
        reason, detail = self._found.get(attachment.digest, ("", ""))
        if reason == Reason.NOT_CHECKED:
            return Finding(reason=Reason.NOT_CHECKED, detail=detail)
        return self._inspector.inspect(attachment)

    def scan(self, content: bytes) -> Finding:
        reason, detail = self._found.get(digest_of(content), ("", ""))
        said = reason in FROM_SCANNER or (self._has_scanner and reason and reason != Reason.NOT_CHECKED)
        return Finding(reason=Reason(reason), detail=detail) if said else Finding()

    def look_up(self, number: str) -> Application | None:
        if self._was_down:
            raise Transient("the register did not answer then")
        try:
            return self._register.look_up(number)
        except (Transient, Permanent):
            self.does_not_answer = True
            raise

    def attach(self, document: Filing) -> str:
        raise Permanent(CLOSED)

    def check(self) -> str:
        return "as it was then"

    def close(self) -> None:
        """The real ones belong to the context."""

    def close_idle(self) -> None:
        """The real ones belong to the context."""
