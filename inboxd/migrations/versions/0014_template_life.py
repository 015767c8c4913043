"""The texts of replies: every version that was taken into use, and what late replies were made of.

Revision: 0014, after 0013
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from inboxd.tables import Moment

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "template_sets",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", Moment(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=100), nullable=False),
        sa.Column("how", sa.String(length=10), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.Column("notices", sa.JSON(), nullable=False),
        sa.Column("changed", sa.JSON(), nullable=False),
        sa.Column("report", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_template_sets")),
    )
    op.create_index(op.f("ix_template_sets_version"), "template_sets", ["version"])
    op.create_table(
        "template_texts",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_template_texts")),
    )
    op.create_table(
        "reply_values",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("template", sa.String(length=40), nullable=False),
        sa.Column("at", Moment(timezone=True), nullable=False),
        sa.Column("language", sa.String(length=4), nullable=False),
        sa.Column("french_first", sa.Boolean(), nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_reply_values")),
    )
    op.create_index(op.f("ix_reply_values_template_at"), "reply_values", ["template", "at"])


def downgrade() -> None:
    op.drop_table("reply_values")
    op.drop_table("template_texts")
    op.drop_table("template_sets")
