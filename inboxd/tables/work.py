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
    text,
)

from inboxd.tables.columns import Moment, metadata

_TO_OUTSIDER, _IS_RETRIED = text("template = 'outsider'"), text("event = 'retried'")

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
    Column("data_at", Moment),
    Column("looked_at", Moment),
    Column("hold", Text),
    Column("cleared_at", Moment),
    Index(None, "state", "due_at"),
    Index(None, "done_at"),
    Index(None, "data_at", sqlite_where=text("data_at IS NOT NULL"), postgresql_where=text("data_at IS NOT NULL")),
    Index(None, "message_id"),
    Index(None, "recipient", "created_at"),
    Index(None, "thread", "created_at"),
    Index("ix_effects_recipient_outsider", "recipient", "created_at", sqlite_where=_TO_OUTSIDER,
          postgresql_where=_TO_OUTSIDER),
)
"""The outbox: everything to be done outside, and what came of it. Sent mails stay here with the server's answer.

Of a mail: `data_at` is when its text began to go to the server, as long as no answer is known; `looked_at` when it was
looked for in vain, to be sent once more; `hold` why a person holds it; `cleared_at` when a person let it go.
"""

stops = Table(
    "stops",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("scope", String(10), nullable=False),
    Column("reason", Text, nullable=False),
    Column("actor", String(100), nullable=False),
    Column("began_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("ended_by", String(100)),
)
"""When mail to the outside was stopped: all of it by a person, or what was unusual by the breaker. Open: not ended."""

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
    Index("ix_events_at_retried", "at", sqlite_where=_IS_RETRIED, postgresql_where=_IS_RETRIED),
)
"""The journal: what happened, in order; rows are only added. Triggers keep one that is sealed as it is."""

seals = Table(
    "seals",
    metadata,
    Column("place", Integer, primary_key=True, autoincrement=False),
    Column("event_id", ForeignKey("events.id"), nullable=False, unique=True),
    Column("content", String(64), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("sealed_at", Moment, nullable=False),
    Column("erased_by", ForeignKey("events.id")),
)
"""The chain over the journal (`chain.py`): each entry's place, what it held, and a digest over that and the one before.

`erased_by`: the entry that says that this one's detail was erased, and what is left of it.
"""
