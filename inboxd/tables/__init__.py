"""The tables. Changes here come with a migration in `inboxd/migrations/versions` (a test compares the two).

States use the words of `docs/flow.md`: a mail is taken, decided, held, done; an effect is due, done, buried, cancelled;
a timer is set, fired, cancelled; a case is open, waiting, answered, closed; an incident is open, over; an account is
active, disabled.
"""

from __future__ import annotations

from inboxd.tables.cases import case_mails, cases, pauses, timers
from inboxd.tables.columns import Moment, metadata
from inboxd.tables.documents import applications, files, filings, settlings, submissions
from inboxd.tables.incidents import incident_steps, incidents, shown_days
from inboxd.tables.keeping import legal_holds, tombstones
from inboxd.tables.mails import floors, mails, marks, sightings
from inboxd.tables.people import people, visits
from inboxd.tables.rules import activations, criteria_texts, overrides
from inboxd.tables.texts import reply_values, template_sets, template_texts
from inboxd.tables.work import effects, events, seals, stops

__all__ = [
    "Moment",
    "activations",
    "applications",
    "case_mails",
    "cases",
    "criteria_texts",
    "effects",
    "events",
    "files",
    "filings",
    "floors",
    "incident_steps",
    "incidents",
    "legal_holds",
    "mails",
    "marks",
    "metadata",
    "overrides",
    "pauses",
    "people",
    "reply_values",
    "seals",
    "settlings",
    "shown_days",
    "sightings",
    "stops",
    "submissions",
    "template_sets",
    "template_texts",
    "timers",
    "tombstones",
    "visits",
]
