"""What the daemon tells people about itself, and how soon: `[watch]` in the settings."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from inboxd.config_file import Section
from inboxd.settings.servers import Count

Duration = Annotated[float, Field(gt=0, le=100_000)]
Days = Annotated[int, Field(ge=1, le=366)]


class WatchSettings(Section):
    """When something about the daemon is an incident, and when whom it is told to. In minutes, hours, days."""

    mailbox_minutes: Duration = 10
    """So long without a reading of the mailbox."""
    queue_minutes: Duration = 30
    """So long that a mail waits to be decided, a reply to be sent, a document for a scanner or register."""
    queue_count: Count = 50
    """A queue that grows is told of from so many on."""
    grace_minutes: Duration = 5
    """What is over again within this time tells nobody."""
    quiet_minutes: Duration = 10
    """What begins again within this time after its end is the same incident; after it, the end is told."""
    escalate_hours: Duration = 2
    """So long after the team was told, managers are."""
    days_before: Days = 30
    """So long before a password, the holiday table or the roster ends."""
    certificate_days: Days = 14
    """The same for a certificate."""
