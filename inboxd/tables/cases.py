"""Cases and their timers."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from inboxd.tables.columns import Moment, metadata

cases = Table(
    "cases",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("reference", String(30), nullable=False, unique=True),
    Column("mail_id", ForeignKey("mails.id"), nullable=False, index=True),
    Column("office", Text, nullable=False),
    Column("queue", String(10), nullable=False),
    Column("category", String(10), nullable=False),
    Column("high_profile", Boolean, nullable=False),
    Column("criteria", JSON, nullable=False),
    Column("numbers", JSON, nullable=False),
    Column("language", String(4), nullable=False),
    Column("state", String(10), nullable=False),
    Column("received", Moment, nullable=False),
    Column("clock_start", Moment, nullable=False),
    Column("reply_by", Moment, nullable=False),
    Column("action_by", Moment),
    Column("steps", JSON, nullable=False),
    Column("calendar_version", String(64), nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("answered_at", Moment),
    Index(None, "state", "reply_by"),
)

case_mails = Table(
    "case_mails",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("case_id", ForeignKey("cases.id"), nullable=False),
    Column("mail_id", ForeignKey("mails.id"), nullable=False, index=True),
    Column("relation", String(20), nullable=False),
    Column("at", Moment, nullable=False),
    UniqueConstraint("case_id", "mail_id"),
)

timers = Table(
    "timers",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", String(100), nullable=False, unique=True),
    Column("case_id", ForeignKey("cases.id")),
    Column("mail_id", ForeignKey("mails.id")),
    Column("kind", String(20), nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("state", String(10), nullable=False),
    Column("fired_at", Moment),
    Index(None, "state", "due_at"),
    Index(None, "case_id", "state"),
    Index(None, "mail_id", "state"),
)
"""`state`: set, fired, cancelled, or paused while its case waits for the office."""

pauses = Table(
    "pauses",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("case_id", ForeignKey("cases.id"), nullable=False, index=True),
    Column("began_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("reply_by", Moment, nullable=False),
)
"""Each time that a case waited for the office; `reply_by` is what was due when it began. One is open at most."""
