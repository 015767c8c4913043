"""The texts of replies: every version that was taken into use, and what late replies were made of."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Index, Integer, String, Table, Text

from inboxd.tables.columns import Moment, metadata

template_sets = Table(
    "template_sets",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("actor", String(100), nullable=False),
    Column("how", String(10), nullable=False),
    Column("note", Text, nullable=False),
    Column("version", String(64), nullable=False, index=True),
    Column("files", JSON, nullable=False),
    Column("notices", JSON, nullable=False),
    Column("changed", JSON, nullable=False),
    Column("report", JSON, nullable=False),
)
"""Each time that texts were taken into use; rows are only added, and the newest is in force.

`files`: for each place, such as `en/receipt.txt.j2`, the digest of its text and whether it is the office's own;
`notices`: the version of each; `changed`: of which notices it is another than before; `report`: what the trial over
past mail showed.
"""

template_texts = Table(
    "template_texts",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("text", Text, nullable=False),
)
"""The text of every file of every set, once."""

reply_values = Table(
    "reply_values",
    metadata,
    Column("key", Text, primary_key=True),
    Column("template", String(40), nullable=False),
    Column("at", Moment, nullable=False),
    Column("language", String(4), nullable=False),
    Column("french_first", Boolean, nullable=False),
    Column("values", JSON, nullable=False),
    Index(None, "template", "at"),
)
"""What the latest mails of each notice were made of, by the key of their effect, to try changed texts on."""
