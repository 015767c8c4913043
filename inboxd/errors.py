"""The failures that cross the borders between rooms.

A door maps its library's exceptions to one of these, in the module that alone imports the library. Anything else
that escapes is a bug: it is logged with its traceback and the mail in hand is held.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


class InboxdError(Exception):
    """Base of all failures that inboxd expects. The text is a sentence for the operator, without names or numbers."""


class Transient(InboxdError):
    """Worth another try later: no network, a locked database, a 4xx answer, a full disk."""

    wait_seconds: float = 0.0
    """How long the other side asked to be left alone, if it did; never less is waited."""


class DiskRefused(Transient):
    """The archive or the spool cannot be written: full, read-only, no permission. Nothing is taken until it can."""


class DatabaseRefused(Transient):
    """The database is locked, full or gone."""


class Unanswered(Transient):
    """It was handed over and no answer came: it may have been done. Never repeated before somebody looked."""


class Permanent(InboxdError):
    """No use trying again unchanged: a 5xx answer, a refused login, a mail that is too large."""


class Unparsable(Permanent):
    """The bytes are not a mail that anything can be read from; the mail is held with its raw bytes."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Problem:
    """One thing wrong in a file that a person wrote: settings, criteria, standards, template, CSV row."""

    file: Path
    line: int
    """Counted from 1; 0 when the whole file is meant."""
    key: str
    """Dotted key, column or variable name; may be empty."""
    message: str
    """What is wrong and what would be right, in one sentence."""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else str(self.file)
        return f"{place}: {self.key}: {self.message}" if self.key else f"{place}: {self.message}"


class BadConfig(Permanent):
    """Files that a person wrote do not hold together. Carries every problem found, not the first."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        if not problems:
            raise ValueError("BadConfig needs at least one problem")
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(str(problem) for problem in self.problems))
