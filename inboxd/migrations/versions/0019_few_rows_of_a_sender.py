"""Indexes without which a mail cost more with each that its sender ever wrote: of the few rows that are asked for.

Mails that are held, what people gave back, pointers to strangers.

Revision: 0019, after 0018
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_INDEXES = (
    ("ix_mails_sender_held", "mails", ("sender", "decided_at"), "state = 'held'"),
    ("ix_mails_thread_held", "mails", ("thread", "decided_at"), "state = 'held'"),
    ("ix_events_at_retried", "events", ("at",), "event = 'retried'"),
    ("ix_effects_recipient_outsider", "effects", ("recipient", "created_at"), "template = 'outsider'"),
)


def upgrade() -> None:
    for name, table, columns, where in _INDEXES:
        op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def downgrade() -> None:
    for name, table, _, _ in reversed(_INDEXES):
        op.drop_index(name, table_name=table)
