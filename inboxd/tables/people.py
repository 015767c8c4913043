"""Who works at the desk: accounts, and each time that somebody is signed in. No password, no token is stored."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Text

from inboxd.tables.columns import Moment, metadata

people = Table(
    "people",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(60), nullable=False, unique=True),
    Column("password", Text, nullable=False),
    Column("role", String(20), nullable=False),
    Column("language", String(2), nullable=False),
    Column("state", String(10), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("locked_until", Moment),
    Column("signed_in_at", Moment),
    Column("issuer", Text),
    Column("subject", String(255)),
    Index("ix_people_issuer_subject", "issuer", "subject", unique=True),
)
"""`password` is its argon2 digest. `state`: active, disabled. `failures` since the last good sign-in.

`issuer` and `subject` of somebody who comes by the department's directory: they have no password here, and their name
has an @ in it, which no local account has."""

visits = Table(
    "visits",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("person_id", ForeignKey("people.id"), nullable=False, index=True),
    Column("form_token", String(64), nullable=False),
    Column("began_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("ends_at", Moment, nullable=False),
)
"""One row while somebody is signed in: the SHA-256 of the cookie, and what every form of theirs must carry."""
