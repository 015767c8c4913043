"""The documents desk: what was found in files, what a submission said, where a filing stands, a person's instruction.

Revision: 0002, after 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("mails") as batch:
        batch.add_column(sa.Column("instruction", sa.JSON(), nullable=True))
        batch.add_column(sa.Column("outline", sa.JSON(), nullable=True))
    with op.batch_alter_table("files") as batch:
        batch.add_column(sa.Column("finding", sa.Text(), server_default=sa.text("''"), nullable=False))
    with op.batch_alter_table("filings") as batch:
        batch.add_column(sa.Column("state", sa.String(length=10), server_default=sa.text("'attached'"), nullable=False))
        batch.add_column(sa.Column("answer", sa.Text(), server_default=sa.text("''"), nullable=False))
    with op.batch_alter_table("submissions") as batch:
        batch.add_column(sa.Column("also_said", sa.JSON(), nullable=True))
        batch.add_column(sa.Column("consent", sa.Text(), server_default=sa.text("''"), nullable=False))
        batch.add_column(sa.Column("links", sa.JSON(), nullable=True))


def downgrade() -> None:
    for table, columns in (
        ("submissions", ("links", "consent", "also_said")),
        ("filings", ("answer", "state")),
        ("files", ("finding",)),
        ("mails", ("outline", "instruction")),
    ):
        with op.batch_alter_table(table) as batch:
            for column in columns:
                batch.drop_column(column)
