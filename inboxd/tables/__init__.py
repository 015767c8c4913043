"""The tables. Changes here come with a migration in `inboxd/migrations/versions` (a test compares the two).

States use the words of `docs/flow.md`: a mail is taken, decided, held, done; an effect is due, done, buried;
a timer is set, fired, cancelled; a case is open, waiting, answered, closed.
"""

from __future__ import annotations

from inboxd.tables.cases import case_mails, cases, timers
from inboxd.tables.columns import Moment, metadata
from inboxd.tables.documents import applications, files, filings, submissions
from inboxd.tables.mails import mails, marks, sightings
from inboxd.tables.work import effects, events

__all__ = [
    "Moment",
    "applications",
    "case_mails",
    "cases",
    "effects",
    "events",
    "files",
    "filings",
    "mails",
    "marks",
    "metadata",
    "sightings",
    "submissions",
    "timers",
]
