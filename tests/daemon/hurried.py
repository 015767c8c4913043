"""`python -m tests.daemon.hurried` is `inboxd` with pauses of a fraction of a second, and, if asked, with faults.

INBOXD_TEST_FAULTS names them, separated by commas:
parse=WORDS     parsing a mail that holds the words raises an error whose text is the mail itself
die=WORDS       parsing a mail that holds the words kills the process
stage           intake raises an error whose text is a name; stage=NAME: in that channel only
hang=NAME       intake of that channel never comes back
busy=MS         how long SQLite waits for a lock
"""

from __future__ import annotations

import os
import signal
import threading
from datetime import timedelta
from typing import Any

from inboxd import cli, daemon, database, deciding, intake, jobs, outbox, parsers
from inboxd.context import Context
from inboxd.mail import Email

_parse, _take_in = parsers.parse, intake.take_in


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
    """Fails always, or in the channel that is named."""
    assert app.archive
    for kind, channel in _faults():
        if kind == "stage" and channel in ("", app.channel):
            raise KeyError("Okonjo-Reyes, Amara")
        if kind == "hang" and channel == app.channel:
            threading.Event().wait()
    return _take_in(app)


def _faults() -> list[tuple[str, str]]:
    given = os.environ.get("INBOXD_TEST_FAULTS", "")
    return [(kind, words) for kind, _, words in (fault.partition("=") for fault in given.split(",") if fault)]


def main() -> None:
    outbox.FIRST_PAUSE = timedelta(seconds=0.3)
    deciding.RETRY_AFTER = timedelta(seconds=0.2)
    daemon.FIRST_PAUSE_SECONDS = 0.2
    jobs.WATCH_SECONDS = 0.3
    parsers.parse = faulty_parse
    for kind, value in _faults():
        if kind in ("stage", "hang"):
            intake.take_in = faulty_intake
        elif kind == "busy":
            database.BUSY_TIMEOUT_MS = int(value)
    cli.main()


if __name__ == "__main__":
    main()
