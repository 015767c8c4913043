"""Indexes without which deciding and sending grew slower with everything that was ever done.

Timers of one mail or case in one state; mails whose text went and of which no answer is known.

Revision: 0017, after 0016
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_UNKNOWN = sa.text("data_at IS NOT NULL")


def upgrade() -> None:
    for name in ("case_id", "mail_id"):
        op.create_index(op.f(f"ix_timers_{name}_state"), "timers", [name, "state"])
        op.drop_index(op.f(f"ix_timers_{name}"), table_name="timers")
    op.create_index(
        op.f("ix_effects_data_at"), "effects", ["data_at"], sqlite_where=_UNKNOWN, postgresql_where=_UNKNOWN
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_effects_data_at"), table_name="effects")
    for name in ("case_id", "mail_id"):
        op.create_index(op.f(f"ix_timers_{name}"), "timers", [name])
        op.drop_index(op.f(f"ix_timers_{name}_state"), table_name="timers")
