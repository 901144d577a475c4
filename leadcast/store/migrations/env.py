"""Alembic's entry: it runs on the connection that :mod:`leadcast.store.migrate` hands over."""

from alembic import context

from leadcast.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
