"""What the daemon tells people about itself, and how soon: `[watch]` in the settings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

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
    restart_minutes: Annotated[float, Field(ge=5, le=1440)] = 15
    """So long after it was due the mailbox was not tried: the watchdog is left without a sign (`pulse.py`)."""
    canary_minutes: Annotated[float, Field(ge=0, le=1440)] = 0
    """inboxd writes to itself so often, to see that mail arrives; 0: never."""
    canary_late_minutes: Duration = 10
    """So long may such a mail be under way."""
    metrics_file: Path | None = None
    """Where the figures for a monitoring system are written, once a minute (`metrics.py`)."""

    @model_validator(mode="after")
    def _check_metrics_file(self) -> Self:
        if self.metrics_file is not None and self.metrics_file.suffix != ".prom":
            raise ValueError("metrics_file must end with .prom; the textfile collector reads no other")
        return self
