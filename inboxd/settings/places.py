"""Where a mail ends up on the IMAP server, and the folder for each place."""

from __future__ import annotations

from enum import StrEnum


class Place(StrEnum):
    """Where a mail ends up on the IMAP server; the folder's name for each is in the settings."""

    FILED = "filed"
    PARTIAL = "partial"
    FAILED = "failed"
    CRITICAL = "critical"
    URGENT = "urgent"
    COMPLEX = "complex"
    REVIEW = "review"
    NOT_MET = "not_met"
    PASSPORT = "passport"
    STATUS = "status"
    MINISTER = "minister"
    OUTSIDERS = "outsiders"
    ANSWERS = "answers"
    AUTOMATIC = "automatic"
    HELD = "held"
    QUARANTINE = "quarantine"
    """Malware was found in it: nobody opens it in a mail client."""
    WAITING = "waiting"
    """A person put it here: its case waits for the office, and the reply clock stands still."""
    CLOSED = "closed"
    """A person put it here, or closed its case by command."""
    RELEASE = "release"
    """A person puts a held submission here to have it released; nothing stays in it."""
    STAY = "stay"
    """Not moved: a mail of the Sent folder."""


ORDERS = (Place.WAITING, Place.CLOSED, Place.RELEASE)
"""Places whose folders are there to give orders by moving mail; each needs a folder of its own."""

DEFAULT_FOLDERS: dict[Place, str] = {
    Place.FILED: "Documents/Filed",
    Place.PARTIAL: "Documents/Partial",
    Place.FAILED: "Documents/Failed",
    Place.CRITICAL: "Enquiries/Critical",
    Place.URGENT: "Enquiries/Urgent",
    Place.COMPLEX: "Enquiries/Complex",
    Place.REVIEW: "Enquiries/Review",
    Place.NOT_MET: "Enquiries/Not met",
    Place.PASSPORT: "Passport",
    Place.STATUS: "Status",
    Place.MINISTER: "Minister",
    Place.OUTSIDERS: "Outsiders",
    Place.ANSWERS: "Answers",
    Place.AUTOMATIC: "Automatic",
    Place.HELD: "Held",
    Place.QUARANTINE: "Quarantine",
    Place.WAITING: "Waiting",
    Place.CLOSED: "Closed",
    Place.RELEASE: "Documents/Release",
}
