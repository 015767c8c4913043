"""Alembic's entry: runs the migrations on the connection that `inboxd.database` hands over."""

from __future__ import annotations

from alembic import context

from inboxd.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, render_as_batch=True, transactional_ddl=False)
context.run_migrations()
