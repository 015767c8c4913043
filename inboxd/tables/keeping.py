"""What may go and what must not: legal holds, and what is left of mail that was purged."""

from __future__ import annotations

from sqlalchemy import JSON, Column, ForeignKey, Integer, String, Table, Text

from inboxd.tables.columns import Moment, metadata

legal_holds = Table(
    "legal_holds",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("scope", String(12), nullable=False),
    Column("subject", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("actor", String(100), nullable=False),
    Column("began_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("ended_by", String(100)),
    Column("ended_why", Text),
)
"""What a person forbade to purge: a mail, a case, an application or an office (`scope`), named by `subject`."""

tombstones = Table(
    "tombstones",
    metadata,
    Column("mail_id", ForeignKey("mails.id"), primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
    Column("actor", String(100), nullable=False),
    Column("kept", String(12), nullable=False),
    Column("last_used", Moment, nullable=False),
    Column("files", JSON, nullable=False),
    Column("removed_at", Moment),
)
"""Mails that were purged: their rows hold ids, digests, times and what was decided, and nothing of what was said.

`kept` is the class by which they went. `files` are kind and digest of what no other row needed; `removed_at` when they
were gone from the archive: until then the next purge goes on with them.
"""
