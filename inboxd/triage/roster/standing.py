"""What mail from an address comes to on a day, by the roster and the settings: the words of `inboxd roster show`.

It says what `triage.rules` does, in their order; a test holds the two together. Pure.
"""

from __future__ import annotations

from datetime import date

from inboxd.triage.lookalikes import lookalike_of
from inboxd.triage.roster.people import Roster
from inboxd.triage.roster.remarks import Ours

ANSWERED_IN = {"en": "in English", "fr": "in French", "both": "in both languages"}


def standing(roster: Roster, address: str, on: date, ours: Ours) -> str:
    """One sentence."""
    wanted = address.strip().lower()
    domain = wanted.rpartition("@")[2]
    row = roster.find(wanted, on)
    if wanted in ours.service:
        return "is our own address: its mail counts as ours"
    if wanted in ours.officers or domain in ours.officer_domains:
        return "is an officer's: in a case's thread its mail is the answer"
    if row is not None and row.kind == "minister":
        return f"is a client of office {row.office}, the Minister's Office: its mail has its own queue and no reply"
    if row is not None:
        return f"is a client of office {row.office}, answered {ANSWERED_IN[row.language]}"
    nearest = roster.nearest(wanted, on)
    if nearest is not None and nearest.valid_until < on:
        return f"was of office {nearest.office} until {nearest.valid_until}: its mail is held for a person"
    if nearest is not None:
        return f"is of office {nearest.office} from {nearest.valid_from} on: until then its mail is held for a person"
    if domain in ours.client_domains:
        return "is a client by its domain alone: an office of its own, answered in the language it writes"
    if imitated := lookalike_of(domain, ours.client_domains):
        return f"is no client; its domain looks like {imitated}: people are told once a day"
    return "is no client: it gets a pointer to the right place, now and then"
