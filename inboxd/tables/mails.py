"""Mails: what was taken, where it lies on the server, how far each folder was read."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from inboxd.tables.columns import Moment, metadata

_IS_HELD = text("state = 'held'")

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
    Column("dates", JSON(none_as_null=True)),
    Column("looked_for", JSON, nullable=False, default=list),
    Column("rules_version", String(64), nullable=False, default=""),
    Column("place", String(20), nullable=False, default=""),
    Column("held_reason", String(40), nullable=False, default=""),
    Column("held_detail", Text, nullable=False, default=""),
    Column("withheld", JSON, nullable=False, default=list),
    Column("defects", JSON, nullable=False, default=list),
    Column("instruction", JSON(none_as_null=True)),
    Column("outline", JSON(none_as_null=True)),
    Column("decided_at", Moment),
    Column("done_at", Moment),
    UniqueConstraint("account", "digest"),
    Index(None, "state", "next_try_at"),
    Index(None, "message_id"),
    Index(None, "thread"),
    Index(None, "sender", "decided_at"),
    Index(None, "account", "size"),
    Index("ix_mails_sender_held", "sender", "decided_at", sqlite_where=_IS_HELD, postgresql_where=_IS_HELD),
    Index("ix_mails_thread_held", "thread", "decided_at", sqlite_where=_IS_HELD, postgresql_where=_IS_HELD),
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
    Index(None, "account", "folder_now", "uid_now"),
)
"""Each place on the server where the bytes of a mail were met, and where that copy lies now.

`uid_now` 0: under a number that is not known; with `folder_now` empty too: in none of our folders any more.
"""

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

floors = Table(
    "floors",
    metadata,
    Column("name", String(20), primary_key=True),
    Column("above", Integer, nullable=False),
    Column("promised", Integer, nullable=False),
)
"""For the ids of mails: a new one is greater than `above`; up to `promised` the archive knows that it may be given."""
