"""`python -m tests.daemon.hurried` is `inboxd` with pauses of a fraction of a second, and, if asked, with faults.

INBOXD_TEST_FAULTS names them, separated by commas:
parse=WORDS     parsing a mail that holds the words raises an error whose text is the mail itself
die=WORDS       parsing a mail that holds the words kills the process
stage           intake raises an error whose text is a name
busy=MS         how long SQLite waits for a lock
"""

from __future__ import annotations

import os
import signal
from datetime import timedelta
from typing import Any

from inboxd import cli, daemon, database, intake, outbox, parsers, process
from inboxd.context import Context
from inboxd.mail import Email

_parse = parsers.parse


def faulty_parse(raw: bytes, **options: Any) -> Email:
    """Fails as the environment asks, else parses."""
    for kind, words in _faults():
        if words and words.encode() in raw:
            if kind == "parse":
                raise LookupError(raw.decode("utf-8", "replace"))
            if kind == "die":
                os.kill(os.getpid(), signal.SIGKILL)
    return _parse(raw, **options)


def faulty_intake(app: Context) -> int:
    """Fails always."""
    assert app.archive
    raise KeyError("Okonjo-Reyes, Amara")


def _faults() -> list[tuple[str, str]]:
    given = os.environ.get("INBOXD_TEST_FAULTS", "")
    return [(kind, words) for kind, _, words in (fault.partition("=") for fault in given.split(",") if fault)]


def main() -> None:
    outbox.FIRST_PAUSE = timedelta(seconds=0.3)
    process.RETRY_AFTER = timedelta(seconds=0.2)
    daemon.FIRST_PAUSE_SECONDS = 0.2
    parsers.parse = faulty_parse
    for kind, value in _faults():
        if kind == "stage":
            intake.take_in = faulty_intake
        elif kind == "busy":
            database.BUSY_TIMEOUT_MS = int(value)
    cli.main()


if __name__ == "__main__":
    main()
