"""Incidents of the daemon itself: what is wrong with it, since when, and which steps of its ladder were told."""

from __future__ import annotations

from sqlalchemy import JSON, Column, ForeignKey, Index, Integer, String, Table, UniqueConstraint

from inboxd.tables.columns import Moment, metadata

incidents = Table(
    "incidents",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("account", String(100), nullable=False),
    Column("kind", String(30), nullable=False),
    Column("subject", String(60), nullable=False),
    Column("live", String(200), unique=True),
    Column("state", String(10), nullable=False),
    Column("began_at", Moment, nullable=False),
    Column("noticed_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("ends_at", Moment),
    Column("detail", JSON, nullable=False),
    Index(None, "noticed_at"),
)
"""`state` is open or over. `live` is account, kind and subject until the incident is settled, then nothing: so there is
one at a time. `began_at` is since when it is so, `noticed_at` when it was first seen, `ends_at` the day on which what
ends (a certificate, a password, a table) is no longer good. `detail` holds counts, never words of a mail."""

incident_steps = Table(
    "incident_steps",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("incident_id", ForeignKey("incidents.id"), nullable=False, index=True),
    Column("step", String(12), nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("state", String(10), nullable=False),
    Column("settled_at", Moment),
    UniqueConstraint("incident_id", "step"),
)
"""The ladder of each incident: told, escalated, past, over. A step is set, fired or cancelled; it fires once."""

shown_days = Table(
    "shown_days",
    metadata,
    Column("account", String(100), primary_key=True),
    Column("kind", String(30), primary_key=True),
    Column("subject", String(60), primary_key=True),
    Column("ends_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
)
"""Until when the certificate of each server is good, as the daemon was shown it when it last changed: for the desk,
which speaks to no server. Nothing is decided by it."""
