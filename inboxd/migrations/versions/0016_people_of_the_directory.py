"""The desk: people who sign in through the department's own directory.

Revision: 0016, after 0015
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("people", sa.Column("issuer", sa.Text(), nullable=True))
    op.add_column("people", sa.Column("subject", sa.String(length=255), nullable=True))
    op.create_index("ix_people_issuer_subject", "people", ["issuer", "subject"], unique=True)


def downgrade() -> None:
    op.drop_index("ix_people_issuer_subject", "people")
    op.drop_column("people", "subject")
    op.drop_column("people", "issuer")
