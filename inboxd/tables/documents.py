"""Documents: submissions, every file of every mail, what is on which record, the built-in register."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Column,
    Date,
    ForeignKey,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from inboxd.tables.columns import Moment, metadata

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
    Column("also_said", JSON(none_as_null=True)),
    Column("consent", Text, nullable=False, server_default=text("''")),
    Column("links", JSON(none_as_null=True)),
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
    Column("finding", Text, nullable=False, server_default=text("''")),
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
    Column("state", String(10), nullable=False, server_default=text("'attached'")),
    Column("answer", Text, nullable=False, server_default=text("''")),
    UniqueConstraint("application_number", "digest"),
)
"""Documents attached to an application record: the same bytes once for each record.

`state`: due (on its way to a register over HTTP), attached, refused (by that register, whose words are `answer`).
"""

settlings = Table(
    "settlings",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("mail_id", ForeignKey("mails.id"), nullable=False),
    Column("by_mail_id", ForeignKey("mails.id"), nullable=False, index=True),
    Column("relation", String(10), nullable=False),
    Column("number", String(20), nullable=False),
    Column("at", Moment, nullable=False),
    UniqueConstraint("mail_id", "by_mail_id"),
)
"""Later mails because of which a submission (`mail_id`) was decided again: one completes it with what was missing, such
as its `number`, or supersedes it by bringing the same files. Each does so once."""

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
