"""Cases that wait for the office, and quick ways from a place on the server to its mail.

Revision: 0004, after 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from inboxd.tables import Moment

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "pauses",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("began_at", Moment(timezone=True), nullable=False),
        sa.Column("ended_at", Moment(timezone=True), nullable=True),
        sa.Column("reply_by", Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_pauses_case_id_cases")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pauses")),
    )
    op.create_index(op.f("ix_pauses_case_id"), "pauses", ["case_id"])
    op.create_index(op.f("ix_sightings_account_folder_now_uid_now"), "sightings", ["account", "folder_now", "uid_now"])
    op.create_index(op.f("ix_mails_account_size"), "mails", ["account", "size"])


def downgrade() -> None:
    op.drop_index(op.f("ix_mails_account_size"), table_name="mails")
    op.drop_index(op.f("ix_sightings_account_folder_now_uid_now"), table_name="sightings")
    op.drop_table("pauses")
