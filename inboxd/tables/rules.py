"""What people changed about judging: criteria taken into use, and categories that a person corrected."""

from __future__ import annotations

from sqlalchemy import JSON, Column, ForeignKey, Index, Integer, String, Table, Text

from inboxd.tables.columns import Moment, metadata

activations = Table(
    "activations",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("actor", String(100), nullable=False),
    Column("note", Text, nullable=False),
    Column("old_version", String(64), nullable=False),
    Column("new_version", String(64), nullable=False, index=True),
    Column("report", JSON, nullable=False),
)
"""Each time that criteria were taken into use, with the report of what they would change; rows are only added."""

criteria_texts = Table(
    "criteria_texts",
    metadata,
    Column("version", String(64), primary_key=True),
    Column("text", Text, nullable=False),
)
"""The whole file of every version that was taken into use or replaced."""

overrides = Table(
    "overrides",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("case_id", ForeignKey("cases.id"), nullable=False, index=True),
    Column("mail_id", ForeignKey("mails.id"), nullable=False, index=True),
    Column("at", Moment, nullable=False),
    Column("actor", String(100), nullable=False),
    Column("how", String(10), nullable=False),
    Column("from_category", String(10), nullable=False),
    Column("to_category", String(10), nullable=False),
    Column("reason", Text, nullable=False),
    Column("rules_version", String(64), nullable=False),
    Column("criteria", JSON, nullable=False),
    Column("hits", JSON, nullable=False),
    Column("opinion", JSON(none_as_null=True)),
    Column("notified", String(40), nullable=False, default=""),
    Index(None, "at"),
)
"""A person's corrections; rows are only added. `mail_id` is the mail whose words decided, `criteria` the ids that the
case had then, `hits` and `opinion` what the criteria and the second reader said, `notified` the template sent."""
