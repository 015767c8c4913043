"""A mail that harms whoever reads it, and what an office reads with that it harms: real processes, told by subject."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from inboxd.archive import Archive
from inboxd.readers import Readers
from inboxd.settings import Settings
from tests.crash.letters import in_bytes, letter

BAD = "tests.readers.bad_readings:serve"
HANGS, EATS = "for ever", "all memory"
SECONDS = 2
MEMORY = 512 * 1024 * 1024


def readers_of(
    settings: Settings, archive: Archive, *, alive: Callable[[], object] = lambda: None, seconds: float = SECONDS
) -> Readers:
    """What an office with one reader reads with, if some mails harm it."""
    bounds: dict[str, Any] = {"readers": 1, "mail_seconds": seconds, "mail_memory_bytes": MEMORY}
    limits = settings.limits.model_copy(update=bounds)
    return Readers(settings.model_copy(update={"limits": limits}), archive, alive=alive, place=BAD)


def harmful(subject: str, text: str = "She is being removed from Canada tomorrow morning.\n") -> bytes:
    """Reading it hangs, or eats all memory. Where nobody does that to it, it opens a critical case."""
    return in_bytes(letter(subject, text))
