"""Outgoing mail: what became of a text whose answer never came, what is held back, and when all of it was stopped.

Revision: 0010, after 0009
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from inboxd.tables import Moment

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("effects", sa.Column("data_at", Moment(timezone=True), nullable=True))
    op.add_column("effects", sa.Column("looked_at", Moment(timezone=True), nullable=True))
    op.add_column("effects", sa.Column("hold", sa.Text(), nullable=True))
    op.add_column("effects", sa.Column("cleared_at", Moment(timezone=True), nullable=True))
    op.create_index(op.f("ix_effects_done_at"), "effects", ["done_at"])
    op.create_table(
        "stops",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("scope", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor", sa.String(length=100), nullable=False),
        sa.Column("began_at", Moment(timezone=True), nullable=False),
        sa.Column("ended_at", Moment(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(length=100), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stops")),
    )


def downgrade() -> None:
    op.drop_table("stops")
    op.drop_index(op.f("ix_effects_done_at"), table_name="effects")
    for column in ("cleared_at", "hold", "looked_at", "data_at"):
        op.drop_column("effects", column)
