"""Mails read in this process: where `limits.readers` is 0, and once more where a process failed on one without harm.

The only place beside that process that calls the parsers on a mail (`readers.serving`); a test of the house sees to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from inboxd import parsers
from inboxd.archive import MAIL, Archive, digest_of
from inboxd.documents import Outlined
from inboxd.mail import Email, Taken
from inboxd.settings import Settings

if TYPE_CHECKING:  # a command that decides nothing loads no rules
    from inboxd.triage import Rules


class ReadHere:
    """As `Readers`, without processes: what a mail does, it does to this one."""

    def __init__(self, settings: Settings, archive: Archive) -> None:
        self._settings, self._archive = settings, archive

    def start(self, rules: Rules) -> None:
        """Nothing is to be started."""

    def prepare(self, rules: Rules) -> None:
        """Nothing is to be started."""

    def begin(self, rules: Rules, mails: Sequence[Taken]) -> None:
        """Nothing is read ahead."""

    def read(self, rules: Rules, taken: Taken) -> Email:
        """As `stored`; the rules are asked when it is decided."""
        return self.stored(taken.digest, taken.outline)

    def stored(self, digest: str, outline: Sequence[Outlined] | None = None, *, at_most: float = 0) -> Email:
        """A mail of the archive; with an `outline`, the archive has only its beginning. `at_most` binds nothing."""
        email = parsers.parse_under(self._settings, self._archive.read(MAIL, digest), digest=digest)
        return email if outline is None else parsers.as_excerpt(email, outline)

    def given(self, raw: bytes) -> Email:
        """A mail that is in no archive, or only its header."""
        return parsers.parse_under(self._settings, raw, digest=digest_of(raw))

    def close(self) -> None:
        """Nothing was started."""
