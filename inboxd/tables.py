"""The tables. Changes here come with a migration in `inboxd/migrations/versions` (a test compares the two).

States use the words of `docs/flow.md`: a mail is taken, decided, held, done; an effect is due, done, buried;
a timer is set, fired, cancelled; a case is open, waiting, answered, closed.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)


class Moment(TypeDecorator[datetime]):
    """An aware datetime, stored in UTC; SQLite has no zones, so they are put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

mails = Table(
    "mails",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("account", String(100), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("size", Integer, nullable=False),
    Column("folder", String(255), nullable=False),
    Column("arrived_at", Moment, nullable=False),
    Column("taken_at", Moment, nullable=False),
    Column("state", String(10), nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("next_try_at", Moment, nullable=False),
    Column("decisions", Integer, nullable=False, default=0),
    Column("message_id", Text, nullable=False, default=""),
    Column("content_digest", String(64), nullable=False, default=""),
    Column("thread", Text, nullable=False, default=""),
    Column("sender", Text, nullable=False, default=""),
    Column("subject", Text, nullable=False, default=""),
    Column("office", Text, nullable=False, default=""),
    Column("language", String(4), nullable=False, default=""),
    Column("route", String(20), nullable=False, default=""),
    Column("rule", String(60), nullable=False, default=""),
    Column("because", Text, nullable=False, default=""),
    Column("hits", JSON, nullable=False, default=list),
    Column("excluded", JSON, nullable=False, default=list),
    Column("looked_for", JSON, nullable=False, default=list),
    Column("rules_version", String(64), nullable=False, default=""),
    Column("place", String(20), nullable=False, default=""),
    Column("held_reason", String(40), nullable=False, default=""),
    Column("held_detail", Text, nullable=False, default=""),
    Column("withheld", JSON, nullable=False, default=list),
    Column("defects", JSON, nullable=False, default=list),
    Column("decided_at", Moment),
    Column("done_at", Moment),
    UniqueConstraint("account", "digest"),
    Index(None, "state", "next_try_at"),
    Index(None, "message_id"),
    Index(None, "thread"),
    Index(None, "sender", "decided_at"),
)
"""One row a message, whatever happens to it: by the digest of its raw bytes."""

sightings = Table(
    "sightings",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("mail_id", ForeignKey("mails.id"), nullable=False, index=True),
    Column("account", String(100), nullable=False),
    Column("folder", String(255), nullable=False),
    Column("uidvalidity", BigInteger, nullable=False),
    Column("uid", BigInteger, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("folder_now", String(255), nullable=False),
    Column("uidvalidity_now", BigInteger, nullable=False),
    Column("uid_now", BigInteger, nullable=False),
    UniqueConstraint("account", "folder", "uidvalidity", "uid"),
)
"""Each place on the server where the bytes of a mail were met, and where that copy lies now (uid 0: not known)."""

submissions = Table(
    "submissions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("mail_id", ForeignKey("mails.id"), nullable=False),
    Column("decision", Integer, nullable=False),
    Column("number", String(20), nullable=False),
    Column("outcome", String(10), nullable=False),
    Column("reasons", JSON, nullable=False),
    Column("verified_by", String(20), nullable=False),
    Column("missing", JSON, nullable=False),
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("mail_id", "decision"),
)

files = Table(
    "files",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("mail_id", ForeignKey("mails.id"), nullable=False),
    Column("decision", Integer, nullable=False),
    Column("path", String(100), nullable=False),
    Column("name", Text, nullable=False),
    Column("safe_name", Text, nullable=False),
    Column("declared_type", Text, nullable=False),
    Column("sniffed_type", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("digest", String(64), nullable=False, index=True),
    Column("outcome", String(10), nullable=False),
    Column("reason", String(40), nullable=False),
    UniqueConstraint("mail_id", "decision", "path"),
)
"""Chain of custody: every file of every mail, also those not attached (outcome empty: not part of a submission)."""

filings = Table(
    "filings",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("application_number", String(20), nullable=False),
    Column("digest", String(64), nullable=False, index=True),
    Column("mail_id", ForeignKey("mails.id"), nullable=False, index=True),
    Column("path", String(100), nullable=False),
    Column("filed_at", Moment, nullable=False),
    UniqueConstraint("application_number", "digest"),
)
"""Documents attached to an application record: the same bytes once for each record."""

applications = Table(
    "applications",
    metadata,
    Column("number", String(20), primary_key=True),
    Column("family_name", Text, nullable=False),
    Column("given_name", Text, nullable=False),
    Column("date_of_birth", Date),
    Column("uci", String(20), nullable=False),
    Column("imported_at", Moment, nullable=False),
)

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
    Column("case_id", ForeignKey("cases.id"), index=True),
    Column("mail_id", ForeignKey("mails.id"), index=True),
    Column("kind", String(20), nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("state", String(10), nullable=False),
    Column("fired_at", Moment),
    Index(None, "state", "due_at"),
)

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

marks = Table(
    "marks",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("account", String(100), nullable=False),
    Column("folder", String(255), nullable=False),
    Column("uidvalidity", BigInteger, nullable=False),
    Column("next_uid", BigInteger, nullable=False),
    Column("reconciled_at", Moment),
    UniqueConstraint("account", "folder"),
)
"""For each folder that is read: its UIDVALIDITY, from which UID on (Sent only), and when it was last read in full."""
