"""Samples for the alerts about the service itself (`conditions.Kind`): values, of which the catalogue makes notices."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from inboxd.conditions import ENDINGS, Kind
from inboxd.plan import Value

TITLES = (*Kind, *(f"{kind}_past" for kind in Kind if kind in ENDINGS))
SUBJECTS = (
    "mailbox",
    "smtp",
    "records",
    "scanner",
    "mails",
    "mailbox.ca_file",
    "mailbox.sent_folder",
    "smtp.ca_file",
    "records.ca_file",
    "storage.archive",
    "rules.standards",
    "senders.roster",
    "replies.templates",
)
"""Sections and options of the settings that an incident can be about."""
_BEGAN = datetime(2026, 12, 14, 13, 12, tzinfo=UTC)
_ENDED = datetime(2026, 12, 14, 15, 40, tzinfo=UTC)
_ENDS = datetime(2027, 1, 31, 5, 0, tzinfo=UTC)

BEGUN: Mapping[str, Value] = {
    "what": Kind.MAILBOX_SILENT.value,
    "title": Kind.MAILBOX_SILENT.value,
    "subject": "mailbox",
    "since": _BEGAN,
    "ends": "",
    "ended": "",
    "step": "told",
    "waiting": "",
    "problems": (),
}
BEGUN_VARIANTS: Mapping[str, tuple[Value, ...]] = {
    "title": TITLES,
    "what": tuple(Kind),
    "subject": SUBJECTS,
    "step": ("escalated", "past"),
    "waiting": ("12",),
    "ends": (_ENDS,),
    "problems": (("templates/en/receipt.txt.j2:3: nubmer: is not a value of the notice receipt",),),
}
LASTING: Mapping[str, Value] = {
    "what": Kind.REPLIES_WAITING.value,
    "title": Kind.REPLIES_WAITING.value,
    "subject": "smtp",
    "step": "escalated",
    "waiting": "12",
}
ENDING: Mapping[str, Value] = {
    "what": Kind.PASSWORD_ENDS.value,
    "title": Kind.PASSWORD_ENDS.value,
    "subject": "mailbox",
    "ends": _ENDS,
}
PAST: Mapping[str, Value] = {
    "what": Kind.CERTIFICATE_ENDS.value,
    "title": "certificate_ends_past",
    "subject": "smtp",
    "step": "past",
    "ends": _BEGAN,
}
OVER: Mapping[str, Value] = {**BEGUN, "ended": _ENDED, "step": "over"}
OVER_VARIANTS: Mapping[str, tuple[Value, ...]] = {
    "title": TITLES,
    "what": tuple(Kind),
    "subject": SUBJECTS,
    "ends": (_ENDS,),
    "ended": ("",),
}
