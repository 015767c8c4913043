"""Later mails that complete or supersede a submission.

Revision: 0006, after 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from inboxd.tables import Moment

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "settlings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("mail_id", sa.Integer(), nullable=False),
        sa.Column("by_mail_id", sa.Integer(), nullable=False),
        sa.Column("relation", sa.String(length=10), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("at", Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by_mail_id"], ["mails.id"], name=op.f("fk_settlings_by_mail_id_mails")),
        sa.ForeignKeyConstraint(["mail_id"], ["mails.id"], name=op.f("fk_settlings_mail_id_mails")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settlings")),
        sa.UniqueConstraint("mail_id", "by_mail_id", name=op.f("uq_settlings_mail_id_by_mail_id")),
    )
    op.create_index(op.f("ix_settlings_by_mail_id"), "settlings", ["by_mail_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_settlings_by_mail_id"), table_name="settlings")
    op.drop_table("settlings")
