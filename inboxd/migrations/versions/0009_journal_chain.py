"""The journal's chain: seals, triggers that keep sealed entries as they are, and the floor for ids of mails.

Revision: 0009, after 0006

A later migration that rebuilds `events` or `seals` on SQLite (batch mode) loses their triggers: it must call `guard`
again, and a test of the database says so.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from inboxd.tables import Moment

revision = "0009"
down_revision = "0006"
branch_labels = None
depends_on = None

ONLY_ADDED = "the journal is only added to"
_SEALED = "EXISTS (SELECT 1 FROM seals WHERE seals.event_id = OLD.id AND seals.erased_by IS NULL)"
_ONCE_SEALED = "EXISTS (SELECT 1 FROM seals WHERE seals.event_id = OLD.id)"
_OTHER_SEAL = (
    "OLD.place <> NEW.place OR OLD.event_id <> NEW.event_id OR OLD.content <> NEW.content OR OLD.digest <> NEW.digest "
    "OR OLD.sealed_at <> NEW.sealed_at OR OLD.erased_by IS NOT NULL"
)
GUARDS = (
    ("events", "UPDATE", _SEALED),
    ("events", "DELETE", _ONCE_SEALED),
    ("seals", "UPDATE", _OTHER_SEAL),
    ("seals", "DELETE", "1 = 1"),
)
"""Table, what is refused, and when: an entry may be erased once the chain names the entry that says so."""


def upgrade() -> None:
    op.create_table(
        "seals",
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("content", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("sealed_at", Moment(timezone=True), nullable=False),
        sa.Column("erased_by", sa.Integer()),
        sa.ForeignKeyConstraint(["erased_by"], ["events.id"], name=op.f("fk_seals_erased_by_events")),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_seals_event_id_events")),
        sa.PrimaryKeyConstraint("place", name=op.f("pk_seals")),
        sa.UniqueConstraint("event_id", name=op.f("uq_seals_event_id")),
    )
    op.create_table(
        "floors",
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("above", sa.Integer(), nullable=False),
        sa.Column("promised", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_floors")),
    )
    guard()


def guard() -> None:
    """Have the database itself refuse what would change a sealed entry."""
    if op.get_bind().dialect.name != "postgresql":
        for table, what, when in GUARDS:
            op.execute(
                f"CREATE TRIGGER inboxd_{table}_{what.lower()} BEFORE {what} ON {table} WHEN {when} "
                f"BEGIN SELECT RAISE(ABORT, '{ONLY_ADDED}'); END"
            )
        return
    for table, what, when in GUARDS:
        _function(f"inboxd_{table}_{what.lower()}", when, "OLD" if what == "DELETE" else "NEW")
        op.execute(
            f"CREATE TRIGGER inboxd_only_added_{what.lower()} BEFORE {what} ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION inboxd_{table}_{what.lower()}()"
        )
    _function("inboxd_truncate", "EXISTS (SELECT 1 FROM seals)", "NULL")
    for table in ("events", "seals"):
        op.execute(
            f"CREATE TRIGGER inboxd_only_added_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION inboxd_truncate()"
        )


def _function(name: str, when: str, result: str) -> None:
    """A trigger's own WHEN may not look into other tables on PostgreSQL: the question is asked inside."""
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {when} THEN "
        f"RAISE EXCEPTION '{ONLY_ADDED}' USING ERRCODE = 'restrict_violation'; END IF; RETURN {result}; END $$"
    )


def downgrade() -> None:
    names = [f"inboxd_{table}_{what.lower()}" for table, what, _ in GUARDS]
    if op.get_bind().dialect.name == "postgresql":
        for name in (*names, "inboxd_truncate"):
            op.execute(f"DROP FUNCTION {name}() CASCADE")
    else:
        for name in names:
            op.execute(f"DROP TRIGGER {name}")
    op.drop_table("floors")
    op.drop_table("seals")
