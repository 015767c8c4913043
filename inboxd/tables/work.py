"""The outbox and the journal."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
)

from inboxd.tables.columns import Moment, metadata

effects = Table(
    "effects",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", Text, nullable=False, unique=True),
    Column("kind", String(10), nullable=False),
    Column("mail_id", ForeignKey("mails.id"), index=True),
    Column("state", String(10), nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("due_at", Moment, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("done_at", Moment),
    Column("last_error", Text, nullable=False, default=""),
    Column("answer", Text, nullable=False, default=""),
    Column("payload", JSON, nullable=False),
    Column("message_id", Text, nullable=False, default=""),
    Column("recipient", Text, nullable=False, default=""),
    Column("template", String(40), nullable=False, default=""),
    Column("template_version", String(64), nullable=False, default=""),
    Column("thread", Text, nullable=False, default=""),
    Index(None, "state", "due_at"),
    Index(None, "message_id"),
    Index(None, "recipient", "created_at"),
    Index(None, "thread", "created_at"),
)
"""The outbox: everything to be done outside, and what came of it. Sent mails stay here with the server's answer."""

events = Table(
    "events",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("mail_id", ForeignKey("mails.id"), index=True),
    Column("case_id", ForeignKey("cases.id"), index=True),
    Column("actor", String(100), nullable=False),
    Column("event", String(40), nullable=False),
    Column("detail", JSON, nullable=False),
)
"""The journal: what happened, in order; rows are only added."""
